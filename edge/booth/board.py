"""What the booth page shows: the last vehicles of each lane, cameras, barriers and the node itself.

The node tells it; the page only looks. It asks nothing of disk or network but for pictures, so that looking costs the
lanes nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import structlog

from contract.errors import MessageError, StoreError
from contract.messages import (
    Abstention,
    CameraHealth,
    Cancellation,
    Decision,
    Direction,
    Evidence,
    EvidenceKind,
    EvidenceRef,
    LaneInfo,
    Metrics,
    Passage,
    PlateRead,
)
from contract.topics import parse_message
from edge.evidence.files import EvidenceFiles
from edge.gate_controller.barrier import Mode
from edge.outbox import Outbox, Place

log = structlog.get_logger(__name__)
SHOWN = 8
"""Vehicles a lane."""
_WAITING_READ = 400
"""Messages of the outbox that are looked through at the start: a vehicle is told in several revisions."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage as far as it is known, as the page shows it."""

    passage_id: UUID
    lane: str
    direction: Direction
    first_seen_at: datetime
    plate: PlateRead | None
    abstained: Abstention | None
    second_plate: PlateRead | None
    container: str | None
    cancelled: Cancellation | None
    decision: Decision | None
    evidence: tuple[EvidenceRef, ...]

    @classmethod
    def of(cls, told: Passage) -> Self:
        """As a message tells it."""
        return cls(
            passage_id=told.passage_id,
            lane=told.lane,
            direction=told.direction,
            first_seen_at=told.first_seen_at,
            plate=told.plate,
            abstained=told.abstained,
            second_plate=told.second_plate,
            container=told.container,
            cancelled=told.cancelled,
            decision=told.decision,
            evidence=told.evidence,
        )

    @property
    def picture(self) -> EvidenceRef | None:
        """The picture that its plate was read from; without a plate the whole frame."""
        wanted = (EvidenceKind.CROP, EvidenceKind.FRAME, EvidenceKind.OVERVIEW)
        return next((ref for kind in wanted for ref in self.evidence if ref.kind is kind), None)


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as it is now; `barrier` is None where there is none of ours."""

    info: LaneInfo
    barrier: Mode | None
    seen: tuple[Seen, ...]
    cameras: tuple[CameraHealth | None, ...]


@dataclass(frozen=True, slots=True)
class NodeSource:
    """Where the node tells how it does now. Called from the page's threads; nothing here may block."""

    lanes: Callable[[], tuple[LaneInfo, ...]]
    barrier_modes: Mapping[str, Callable[[], Mode]]
    connected: Callable[[], bool]


@dataclass
class Board:
    """Kept by the node's threads, looked at by the page's."""

    source: NodeSource
    outbox: Outbox
    files: EvidenceFiles
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    metrics: Metrics | None = None
    """The node's vital signs, as it last told them."""
    _seen: dict[str, deque[Seen]] = field(default_factory=dict)
    _cameras: dict[str, CameraHealth] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def recall(self) -> None:
        """Show what central does not have yet also after a restart: it waits in the outbox."""
        try:
            waiting = self.outbox.pending(_WAITING_READ, pictures=0)
        except StoreError:
            return  # what writes says why in the log
        for pending in sorted(waiting, key=lambda one: one.seq):
            try:
                message = parse_message(pending.topic, pending.payload)
            except MessageError:
                continue
            if isinstance(message, Passage):
                self.take(Seen.of(message))

    def take(self, seen: Seen) -> None:
        """A vehicle was told, or more of one."""
        with self._lock:
            shown = self._seen.setdefault(seen.lane, deque(maxlen=SHOWN))
            for place, one in enumerate(shown):
                if one.passage_id == seen.passage_id:
                    shown[place] = seen
                    return
            shown.appendleft(seen)

    def take_health(self, health: CameraHealth) -> None:
        """A camera told how it does."""
        with self._lock:
            self._cameras[health.camera] = health

    def take_metrics(self, metrics: Metrics) -> None:
        """The node told how it does."""
        self.metrics = metrics

    def lanes(self) -> list[LaneView]:
        """Every lane of this node."""
        return [self._view(info) for info in self.source.lanes()]

    def lane(self, name: str) -> LaneView | None:
        """The lane of that name."""
        return next((self._view(info) for info in self.source.lanes() if info.lane == name), None)

    def camera_picture(self, camera: str) -> bytes | None:
        """The last small picture that a camera told."""
        with self._lock:
            health = self._cameras.get(camera)
        return health.jpeg if health is not None else None

    def picture(self, sha256: str) -> bytes | None:
        """A picture of a vehicle that is shown; None for any other, and for one that is gone.

        Raises:
            StoreError: the disk does not give it.

        """
        with self._lock:
            everyone = [one for shown in self._seen.values() for one in shown]
        owner = next((one for one in everyone for ref in one.evidence if ref.sha256 == sha256), None)
        if owner is None:
            return None
        for picture in self.outbox.pictures.of_passage(owner.passage_id):
            if picture.sha256 != sha256:
                continue
            if picture.place is Place.KEPT:
                return self.files.read(picture.kind, sha256)
            payload = self.outbox.pictures.message_of(picture)
            return Evidence.model_validate_json(payload).jpeg if payload is not None else None
        return None

    def _view(self, info: LaneInfo) -> LaneView:
        mode = self.source.barrier_modes.get(info.lane)
        with self._lock:
            seen = tuple(self._seen.get(info.lane, ()))
            cameras = tuple(self._cameras.get(camera) for camera in info.cameras)
        return LaneView(info, mode() if mode is not None else None, seen, cameras)
