"""One lane: what its cameras saw becomes passages, decisions and barrier motion.

A passage is on disk before anything acts on it. It is told as soon as its plate is settled (revision 0), again when the
vehicle has left, when the rear camera has read the trailer, and when the barrier has closed behind it. Each revision
replaces the one before.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
import uuid_utils.compat

from contract.messages import (
    BarrierEvent,
    Cancellation,
    Decision,
    DecisionReason,
    LaneMode,
    PlateRead,
    TimeQuality,
    Verdict,
)
from edge.clock import time_quality
from edge.config import LaneSettings
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.barrier import Mode, Wish
from edge.gate_controller.controller import GateController
from edge.gate_controller.policy import decide
from edge.gate_controller.settings import Passback
from edge.gate_controller.whereabouts import Whereabouts
from edge.lpr.types import Observation, PlateSettled, VehicleLeft
from edge.node.journal import Journal, PassageSoFar
from edge.node.proofs import BESIDE, EARLY, WHOLE, View, proofs_of

log = structlog.get_logger(__name__)
_NEAR = timedelta(seconds=2)
"""Two cameras of one lane may differ by so much in when they see the same vehicle."""
_GRANT_S = 10.0
"""A grant that the barrier did not take up within this is void: who knows what stands there by then."""
_GRANTED_BY_LIST = (DecisionReason.LISTED_EXACT, DecisionReason.PASSBACK)
_KEPT = 4
"""Passages that may still get a rear plate or barrier events."""


class LaneRunner:
    """Makes passages of one lane. Called from the node's reader thread only, but for `opened_by_operator`."""

    def __init__(
        self,
        lane: LaneSettings,
        journal: Journal,
        *,
        access: AccessListKeeper,
        gate: GateController | None,
        whereabouts: Whereabouts,
        join_window_s: float,
        mode: Callable[[], LaneMode],
    ) -> None:
        """`mode` tells who moves the barrier now."""
        self._lane = lane
        self._journal = journal
        self._access = access
        self._gate = gate
        self._whereabouts = whereabouts
        self._mode = mode
        self._join_window = timedelta(seconds=join_window_s)
        self._in_view: dict[str, tuple[int, PassageSoFar]] = {}
        self._left: deque[PassageSoFar] = deque(maxlen=_KEPT)
        self._rears: deque[View] = deque(maxlen=_KEPT)
        self._operator_at: datetime | None = None
        self._operator_wish: Wish | None = None

    def settled(self, camera: str, event: PlateSettled) -> None:
        """The plate of the vehicle in view is known: tell it, then decide and act."""
        decision = self._decide(event.plate, event.at)
        passage, stored = self._tell(_begin(event.so_far, decision), View(camera, event.so_far, EARLY))
        self._in_view[camera] = (event.track_id, passage)
        if decision.verdict is Verdict.GRANT and stored and self._gate is not None:
            self._gate.open(Wish(passage.passage_id, time.monotonic() + _GRANT_S))

    def left(self, camera: str, event: VehicleLeft) -> None:
        """The vehicle has left: tell all that was seen of it."""
        seen = event.observation
        track_id, passage = self._in_view.pop(camera, (None, None))
        if passage is None or track_id != event.track_id:
            passage = _begin(seen, self._decide(seen.plate, seen.last_seen_at))
        else:
            passage = _update(passage, seen)
        views = [View(camera, seen, WHOLE)]
        rears = [rear for rear in self._rears if self._belongs(rear.seen, passage)]
        if rears:
            self._rears.remove(rears[0])
            passage = _with_rear(passage, rears[0].seen)
            views.append(_shown(rears[0], passage, alone=len(rears) == 1))
        if passage.cancelled is not None:
            self._revoke(passage)
        elif passage.plate is not None and passage.plate.confidence >= self._lane.barrier.open_confidence:
            way = passage.direction or self._lane.direction
            self._whereabouts.went(passage.plate.text, way, passage.last_seen_at)
        passage, _ = self._tell(passage, *views)
        self._left.append(passage)

    def rear_left(self, camera: str, event: VehicleLeft) -> None:
        """The rear camera has seen a vehicle go: join what it saw to the passage that left at that time."""
        rear = View(camera, event.observation)
        seen = rear.seen
        fitting = [passage for passage in self._left if not passage.rear_seen and self._belongs(seen, passage)]
        if not fitting:
            self._rears.append(rear)
            return
        passage = min(fitting, key=lambda one: abs(seen.first_monotonic_s - one.left_s))
        joined = _with_rear(passage, seen)
        view = _shown(rear, joined, alone=len(fitting) == 1)
        news = (joined.second_plate, joined.container) != (passage.second_plate, passage.container)
        if news or (view.kinds and self._journal.takes_pictures):
            joined, _ = self._tell(joined, view)
        self._left[self._left.index(passage)] = joined

    def opened_by_operator(self, wish: Wish, at: datetime) -> None:
        """A person opened this lane's barrier from afar."""
        self._operator_at, self._operator_wish = at, wish
        if self._gate is not None:
            self._gate.open(wish)

    def _revoke(self, passage: PassageSoFar) -> None:
        """The vehicle went back: whatever opened for it opens for nobody else."""
        if self._gate is None:
            return
        if passage.decision is not None and passage.decision.reason in _GRANTED_BY_LIST:
            self._gate.revoke(passage.passage_id)
        wish, at = self._operator_wish, self._operator_at
        if wish is not None and at is not None and self._answers(passage, at):
            self._gate.revoke(wish.wish_id)

    def tick(self, now: datetime) -> None:
        """Tell what the barrier did behind a vehicle once it has closed; forget what the rear camera saw in vain."""
        while self._rears and now - self._rears[0].seen.last_seen_at > self._join_window:
            log.warning("rear camera saw a vehicle that the front camera did not", lane=self._lane.lane)
            self._rears.popleft()
        if self._gate is None or self._gate.mode not in (Mode.CLOSED, Mode.EMERGENCY, Mode.FAULT):
            return
        for index, passage in enumerate(self._left):
            if self._events(passage) != passage.barrier:
                self._left[index], _ = self._tell(passage)

    def _belongs(self, rear: Observation, passage: PassageSoFar) -> bool:
        earliest_s = passage.came_s - _NEAR.total_seconds()
        latest_s = passage.left_s + self._join_window.total_seconds()
        return earliest_s <= rear.first_monotonic_s <= latest_s

    def _decide(self, plate: PlateRead | None, at: datetime) -> Decision:
        return decide(
            plate,
            mode=self._mode(),
            direction=self._lane.direction,
            access=self._access.current,
            open_confidence=self._lane.barrier.open_confidence,
            now=at,
            clock_trusted=time_quality() is not TimeQuality.UNSET,
            passback=self._passback(plate, at),
        )

    def _passback(self, plate: PlateRead | None, at: datetime) -> Passback:
        if plate is None or self._whereabouts.last_way(plate.text, at) is not self._lane.direction:
            return Passback.OFF
        return self._lane.barrier.anti_passback

    def _events(self, passage: PassageSoFar) -> tuple[BarrierEvent, ...]:
        """What the barrier did for this vehicle: until the next one came."""
        if self._gate is None:
            return ()
        others = [*self._left, *(one for _, one in self._in_view.values())]
        later = [one.first_seen_at for one in others if one.first_seen_at > passage.first_seen_at]
        return self._gate.events(passage.first_seen_at, min(later, default=None))

    def _confirmed(self, passage: PassageSoFar) -> Decision | None:
        """A question that a person answered by opening, from afar or by hand, is a grant by that person."""
        decision = passage.decision
        if decision is None or decision.verdict is not Verdict.ASK:
            return decision
        opened = [event.at for event in passage.barrier if event.event == "opened_by_hand"]
        if self._operator_at is not None:
            opened.append(self._operator_at)
        answers = [at for at in opened if self._answers(passage, at)]
        if not answers:
            return decision
        return decision.model_copy(
            update={"verdict": Verdict.GRANT, "reason": DecisionReason.OPERATOR, "at": min(answers)}
        )

    @staticmethod
    def _answers(passage: PassageSoFar, at: datetime) -> bool:
        """Whether who opened then opened for this vehicle."""
        return passage.first_seen_at <= at <= passage.last_seen_at + _NEAR

    def _tell(self, passage: PassageSoFar, *views: View) -> tuple[PassageSoFar, bool]:
        """Store the passage's next revision and the pictures that were not sent yet; whether all is on disk."""
        known = {(ref.kind, ref.sha256) for ref in passage.evidence}
        taken = self._journal.takes_pictures
        proofs = [proof for view in views for proof in proofs_of(view, self._journal.doubt)] if taken else []
        fresh = [proof for proof in proofs if (proof.ref.kind, proof.ref.sha256) not in known]
        passage = replace(
            passage,
            revision=passage.revision + 1,
            # the newest pictures come first: they show what this revision says
            evidence=(*(proof.ref for proof in fresh), *passage.evidence),
            barrier=self._events(passage),
        )
        passage = replace(passage, decision=self._confirmed(passage))
        return passage, self._journal.record(self._lane, passage, fresh)


def _first_seen_at(seen: Observation) -> datetime:
    """When it came, by the clock as it is now: a clock that was set meanwhile makes no passage end before it began."""
    return seen.last_seen_at - timedelta(seconds=seen.last_monotonic_s - seen.first_monotonic_s)


def _begin(seen: Observation, decision: Decision) -> PassageSoFar:
    return PassageSoFar(
        passage_id=uuid_utils.compat.uuid7(),
        first_seen_at=_first_seen_at(seen),
        last_seen_at=seen.last_seen_at,
        frames=seen.frames,
        reads=seen.reads,
        plate=seen.plate,
        abstained=seen.abstained,
        came_s=seen.first_monotonic_s,
        left_s=seen.last_monotonic_s,
        direction=seen.crossed,
        cancelled=_cancelled(seen),
        container=seen.container,
        second_plate=seen.second_plate,
        decision=decision,
    )


def _update(passage: PassageSoFar, seen: Observation) -> PassageSoFar:
    return replace(
        passage,
        first_seen_at=_first_seen_at(seen),
        last_seen_at=seen.last_seen_at,
        frames=seen.frames,
        reads=seen.reads,
        plate=seen.plate,
        abstained=seen.abstained,
        came_s=seen.first_monotonic_s,
        left_s=seen.last_monotonic_s,
        direction=seen.crossed,
        cancelled=_cancelled(seen),
        container=seen.container or passage.container,
        second_plate=seen.second_plate or passage.second_plate,
        # what another text was read from stays with the revision that told it
        evidence=passage.evidence if seen.plate is None or _text(seen.plate) == _text(passage.plate) else (),
    )


def _text(plate: PlateRead | None) -> str | None:
    return plate.text if plate is not None else None


def _cancelled(seen: Observation) -> Cancellation | None:
    return Cancellation.REVERSED_OUT if seen.turned_back else None


def _with_rear(passage: PassageSoFar, rear: Observation) -> PassageSoFar:
    # the door of a container, where its code stands, is what the rear camera sees
    passage = replace(passage, rear_seen=True, container=passage.container or rear.container)
    if rear.plate is None or passage.second_plate is not None:
        return passage
    if passage.plate is not None and rear.plate.text == passage.plate.text:
        return passage  # a rigid lorry carries one number at both ends
    return replace(passage, second_plate=rear.plate)


def _shown(rear: View, passage: PassageSoFar, *, alone: bool) -> View:
    """Which pictures of the rear camera prove something: all when its plate is the second one.

    Else the vehicle from behind; not even that where the time it was seen at fits several passages, or several
    vehicles this one.
    """
    if rear.seen.plate is not None and passage.second_plate is rear.seen.plate:
        return replace(rear, kinds=WHOLE)
    return replace(rear, kinds=BESIDE if alone else ())
