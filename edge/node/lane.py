"""One lane: what its cameras saw becomes passages, decisions and barrier motion.

A passage is on disk before anything acts on it. It is told as soon as its plate is settled (revision 0), again
when the vehicle has left, and once more when the rear camera has read the trailer. Each revision replaces the
one before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat

from contract.messages import (
    Decision,
    DecisionReason,
    Evidence,
    EvidenceKind,
    Numbered,
    Passage,
    PlateRead,
    Stamp,
    Verdict,
)
from edge.clock import stamp
from edge.config import LaneSettings, NodeConfig
from edge.evidence import Proof, prove
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.controller import GateController
from edge.gate_controller.policy import decide
from edge.lpr.types import Observation, PlateSettled, VehicleLeft
from edge.outbox import Outbox

_OVERLAP_S = 6.0
"""The rear may be seen so long before the front camera has noticed that the vehicle left."""
_FORGET_REAR_S = 60.0


@dataclass
class _Told:
    """A passage as it was last told."""

    passage_id: UUID
    revision: int
    fields: dict[str, Any]
    shown: set[str] = field(default_factory=set)


class LaneRunner:
    """Makes passages of one lane. Called from the node's reader thread only, but for `opened_by_operator`."""

    def __init__(
        self,
        config: NodeConfig,
        lane: LaneSettings,
        *,
        outbox: Outbox,
        access: AccessListKeeper,
        gate: GateController | None,
        models: dict[str, str],
        on_stored: Callable[[], None],
    ) -> None:
        self._config = config
        self._lane = lane
        self._outbox = outbox
        self._access = access
        self._gate = gate
        self._models = models
        self._on_stored = on_stored
        self._current: _Told | None = None
        self._last: _Told | None = None
        self._rears: list[Observation] = []
        self._operator_at: datetime | None = None
        self.passages = 0

    def settled(self, event: PlateSettled) -> None:
        """The plate of the vehicle in view is known: tell it, then decide and act."""
        seen = event.so_far
        decision = self._decide(event.plate, event.at)
        told = _Told(uuid_utils.compat.uuid7(), -1, self._fields(seen) | {"decision": decision})
        self._current = told
        self._tell(told, seen)
        if decision.verdict is Verdict.GRANT and self._gate is not None:
            self._gate.open()

    def left(self, event: VehicleLeft) -> None:
        """The vehicle has left: tell all that was seen of it."""
        seen = event.observation
        told = self._current or _Told(uuid_utils.compat.uuid7(), -1, {})
        decision = told.fields.get("decision") or self._decide(seen.plate, seen.last_seen_at)
        told.fields |= self._fields(seen) | {"decision": self._confirmed(decision, seen)}
        self.passages += told.revision < 0
        self._tell(told, seen)
        self._current, self._last = None, told
        self._join_rear()

    def rear_left(self, event: VehicleLeft) -> None:
        """The rear camera has seen a vehicle go: join its plate to the passage that it belongs to."""
        self._rears = [rear for rear in self._rears if _apart_s(event.observation, rear) < _FORGET_REAR_S]
        self._rears.append(event.observation)
        self._join_rear()

    def _join_rear(self) -> None:
        """The rear comes into its camera's view when the front leaves the other's; either may be told first."""
        told = self._last
        if told is None:
            return
        front_last_at: datetime = told.fields["last_seen_at"]
        for rear in self._rears:
            after_s = (rear.first_seen_at - front_last_at).total_seconds()
            if -_OVERLAP_S <= after_s <= self._config.join_window_s:
                self._rears.remove(rear)
                # a rigid lorry carries one number at both ends
                rigid = told.fields.get("plate") and rear.plate and rear.plate.text == told.fields["plate"].text
                if rear.plate is not None and not rigid:
                    told.fields["second_plate"] = rear.plate
                    self._tell(told, rear)
                return

    def opened_by_operator(self, at: datetime) -> None:
        """A person opened this lane's barrier from afar."""
        self._operator_at = at
        if self._gate is not None:
            self._gate.open()

    def _decide(self, plate: PlateRead | None, at: datetime) -> Decision:
        return decide(
            plate,
            mode=self._lane.mode,
            direction=self._lane.direction,
            access=self._access.current,
            open_confidence=self._lane.barrier.open_confidence,
            now=at,
        )

    def _confirmed(self, decision: Decision, seen: Observation) -> Decision:
        """A question that a person answered by opening is a grant by that person."""
        if decision.verdict is Verdict.ASK and self._operator_at and self._operator_at >= seen.first_seen_at:
            return decision.model_copy(
                update={"verdict": Verdict.GRANT, "reason": DecisionReason.OPERATOR, "at": self._operator_at}
            )
        return decision

    def _fields(self, seen: Observation) -> dict[str, Any]:
        return {
            "first_seen_at": seen.first_seen_at,
            "last_seen_at": seen.last_seen_at,
            "plate": seen.plate,
            "abstained": seen.abstained,
            "second_plate": seen.second_plate,
            "frames": seen.frames,
            "reads": seen.reads,
        }

    def _tell(self, told: _Told, seen: Observation) -> None:
        """Store the passage's next revision, then the pictures that were not sent yet."""
        proofs = _proofs(seen)
        told.revision += 1
        known = tuple(told.fields.get("evidence", ()))
        fresh = [proof for proof in proofs if proof.ref.sha256 not in {ref.sha256 for ref in known}]
        # the newest pictures come first: they show what this revision says
        told.fields["evidence"] = (*(proof.ref for proof in fresh), *known)
        told.fields["barrier"] = self._gate.events_since(told.fields["first_seen_at"]) if self._gate else ()
        moment = stamp()
        self._outbox.append(functools.partial(self._passage, told, moment))
        for proof in fresh:
            self._outbox.append(functools.partial(self._evidence, told, proof, moment))
        self._on_stored()

    def _passage(self, told: _Told, moment: Stamp, outbox_id: UUID, seq: int) -> Numbered:
        return Passage(
            site=self._config.site,
            node=self._config.node,
            outbox_id=outbox_id,
            seq=seq,
            stamp=moment,
            passage_id=told.passage_id,
            revision=told.revision,
            lane=self._lane.lane,
            direction=self._lane.direction,
            models=self._models,
            config_hash=self._config.config_hash(),
            **told.fields,
        )

    def _evidence(self, told: _Told, proof: Proof, moment: Stamp, outbox_id: UUID, seq: int) -> Numbered:
        return Evidence(
            site=self._config.site,
            node=self._config.node,
            outbox_id=outbox_id,
            seq=seq,
            stamp=moment,
            passage_id=told.passage_id,
            kind=proof.ref.kind,
            camera=proof.ref.camera,
            captured_at=proof.ref.captured_at,
            sha256=proof.ref.sha256,
            jpeg=proof.jpeg,
        )


def _apart_s(one: Observation, other: Observation) -> float:
    return abs((one.first_seen_at - other.first_seen_at).total_seconds())


def _proofs(seen: Observation) -> list[Proof]:
    """The very frame that was read, and the plate cut from that same frame."""
    frame = seen.best_frame
    if frame is None:
        return []
    proofs = [prove(frame.image, EvidenceKind.FRAME, camera=frame.camera, captured_at=frame.captured_at)]
    if seen.best_crop is not None and seen.best_crop.size:
        proofs.append(prove(seen.best_crop, EvidenceKind.CROP, camera=frame.camera, captured_at=frame.captured_at))
    return proofs
