"""Passages and their pictures on their way into the outbox."""

from __future__ import annotations

import functools
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from contract.errors import StoreError
from contract.messages import (
    Abstention,
    BarrierEvent,
    Cancellation,
    Decision,
    Direction,
    Evidence,
    EvidenceRef,
    Passage,
    PlateRead,
    Stamp,
)
from edge.clock import stamp
from edge.config import LaneSettings, NodeConfig
from edge.evidence.proof import Proof
from edge.evidence.settings import LEAST_FREE_BYTES
from edge.outbox import Outbox
from edge.outbox.outbox import Make

log = structlog.get_logger(__name__)
_MOST_OWED = 200
"""So many messages that the disk refuses are kept in memory with their pictures; after that passages alone."""


@dataclass(frozen=True, slots=True)
class PassageSoFar:
    """What is known of one passage. Each time that it is told it has the next revision."""

    passage_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    frames: int
    reads: int
    plate: PlateRead | None
    abstained: Abstention | None
    came_s: float = 0.0
    left_s: float = 0.0
    """First and last seen by the clock that is never set, in seconds: what the lane's cameras are joined by."""
    direction: Direction | None = None
    """Which way it was seen to go; None: the lane's."""
    cancelled: Cancellation | None = None
    container: str | None = None
    second_plate: PlateRead | None = None
    decision: Decision | None = None
    evidence: tuple[EvidenceRef, ...] = ()
    barrier: tuple[BarrierEvent, ...] = ()
    rear_seen: bool = False
    revision: int = -1


def _nobody_hears(_lane: LaneSettings, _passage: PassageSoFar) -> None:
    pass


class Journal:
    """Stores passages in order, each at once with its pictures. What the disk refuses now is kept and tried again.

    Used from the node's reader thread only.
    """

    def __init__(
        self,
        config: NodeConfig,
        outbox: Outbox,
        *,
        models: dict[str, str],
        on_stored: Callable[[], None],
        on_told: Callable[[LaneSettings, PassageSoFar], None] = _nobody_hears,
    ) -> None:
        """`on_stored` hears when something is on disk; `on_told` hears each revision of a passage, on disk or not."""
        self.use(config)
        self._outbox = outbox
        self._models = models
        self._on_stored = on_stored
        self._on_told = on_told
        self._owed: deque[list[Make]] = deque()
        self._refusal = ""
        self.without_pictures = False
        """Whether there was no room for pictures when the last vehicle came."""
        self.given_up = 0
        self.doubted = 0

    def use(self, config: NodeConfig) -> None:
        """Passages from now on are made under this configuration."""
        self._config = config
        self._config_hash = config.config_hash()

    @property
    def takes_pictures(self) -> bool:
        """Whether there is room for pictures. Where there is not, passages go on without them."""
        try:
            roomy = shutil.disk_usage(self._config.data_dir).free > LEAST_FREE_BYTES
        except OSError:  # the disk is gone
            roomy = False
        takes = self.owed < _MOST_OWED and roomy
        if not takes and not self.without_pictures:
            log.warning("passages are stored without pictures: the disk is nearly full, or refuses")
        self.without_pictures = not takes
        return takes

    @property
    def owed(self) -> int:
        """Messages that the disk refused so far."""
        return sum(map(len, self._owed))

    def record(self, lane: LaneSettings, passage: PassageSoFar, proofs: Sequence[Proof]) -> bool:
        """Store a revision and the pictures that came with it; true when all is on disk."""
        moment, named = stamp(), {(ref.kind, ref.sha256) for ref in passage.evidence}
        together: list[Make] = [functools.partial(self._passage, lane, passage, moment)]
        for proof in proofs:
            if (proof.ref.kind, proof.ref.sha256) in named:
                together.append(functools.partial(self._evidence, passage, proof, moment))
            else:
                self.doubt("the passage does not name the picture")
        self._owed.append(together)
        stored = self.store()
        self._on_told(lane, passage)
        return stored

    def doubt(self, reason: str) -> None:
        """A picture is left out, because it may not be of the vehicle that it came with: a fault of ours."""
        log.error("a picture is left out", reason=reason)
        self.doubted += 1

    def store(self) -> bool:
        """Store what is owed; true when nothing is owed any more."""
        while self._owed:
            try:
                self._outbox.append_all(self._owed[0])
            except StoreError as error:
                if self._refusal != str(error):  # told once, not every second
                    log.error("not on disk, trying again", reason=str(error), messages=self.owed)  # noqa: TRY400 - the disk, no bug
                self._refusal = str(error)
                return False
            except ValueError:  # pydantic's: a fault of ours, that trying again cannot heal and nothing should wait for
                log.exception("a record contradicts the contract and is given up")
                passage, *pictures = self._owed[0]
                self.given_up += len(pictures) or 1
                if pictures:  # a passage is not lost with a picture
                    self._owed[0] = [passage]
                    continue
            self._owed.popleft()
            self._on_stored()
        if self._refusal:
            log.info("the disk takes messages again")
        self._refusal = ""
        return True

    def _passage(self, lane: LaneSettings, passage: PassageSoFar, moment: Stamp, outbox_id: UUID, seq: int) -> Passage:
        return Passage(
            site=self._config.site,
            node=self._config.node,
            outbox_id=outbox_id,
            seq=seq,
            stamp=moment,
            passage_id=passage.passage_id,
            revision=passage.revision,
            lane=lane.lane,
            direction=passage.direction or lane.direction,
            cancelled=passage.cancelled,
            container=passage.container,
            first_seen_at=passage.first_seen_at,
            last_seen_at=passage.last_seen_at,
            plate=passage.plate,
            abstained=passage.abstained,
            second_plate=passage.second_plate,
            frames=passage.frames,
            reads=passage.reads,
            evidence=passage.evidence,
            decision=passage.decision,
            barrier=passage.barrier,
            models=self._models,
            config_hash=self._config_hash,
        )

    def _evidence(self, passage: PassageSoFar, proof: Proof, moment: Stamp, outbox_id: UUID, seq: int) -> Evidence:
        return Evidence(
            site=self._config.site,
            node=self._config.node,
            outbox_id=outbox_id,
            seq=seq,
            stamp=moment,
            passage_id=passage.passage_id,
            kind=proof.ref.kind,
            camera=proof.ref.camera,
            captured_at=proof.ref.captured_at,
            sha256=proof.ref.sha256,
            jpeg=proof.jpeg,
        )
