"""One simulated lane: a lorry drives up, stops at the barrier, goes; then the next. Moved by `tick`."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from simulation.barrier import SimBarrier
from simulation.settings import SimLane
from simulation.traffic import LaneTraffic, Lorry

FAR_M, STOP_M, PASS_M = 34.0, 6.8, 2.4
_APPROACH_S, _LEAVE_S, _PASS_S = 4.5, 2.0, 2.0
_PASSING_M = 16.5  # so far does the nose drive until the tail is past the camera
REAR_NEAR_M, REAR_GONE_M = 5.6, 34.0


class Phase(StrEnum):
    """Where the lorry is."""

    EMPTY = "empty"
    APPROACH = "approach"
    STOPPED = "stopped"
    LEAVING = "leaving"
    PASSING = "passing"


@dataclass
class Visit:
    """One lorry in the lane, with its times in seconds of the world's clock."""

    lorry: Lorry
    arrived_s: float
    phase_since_s: float
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A lorry that has gone through, as the rear camera sees it."""

    lorry: Lorry
    since_s: float

    def distance_m(self, now_s: float) -> float:
        """Distance of its rear from the rear camera: it gathers speed."""
        t = now_s - self.since_s
        return REAR_NEAR_M + 0.6 * t + 0.4 * t * t


@dataclass(frozen=True, slots=True)
class Sight:
    """Who is where in a lane at one moment: all that a picture of it needs.

    Attributes:
        front_m: distance of `front`'s nose from the front camera, below 0 when the nose has gone past.
        rear_m: distance of `rear` from the rear camera.

    """

    now_s: float
    arm: float
    front: Lorry | None = None
    front_m: float = FAR_M
    moving: bool = False
    rear: Lorry | None = None
    rear_m: float = REAR_GONE_M


@dataclass
class LaneWorld:
    """The state of a lane at the last `tick`."""

    site: str
    settings: SimLane
    traffic: LaneTraffic
    rng: random.Random
    gap_s: tuple[float, float]
    officer_after_s: float
    barrier: SimBarrier = field(default_factory=SimBarrier)
    phase: Phase = Phase.EMPTY
    visit: Visit | None = None
    departure: Departure | None = None
    coming: Lorry | None = None
    next_at_s: float = 0.0
    _last_s: float | None = None

    def tick(self, now_s: float) -> list[Visit]:
        """Let the lane move on to `now_s`; returns the visits that ended. Needs someone to fill `coming`."""
        elapsed_s = now_s - self._last_s if self._last_s is not None else 0.0
        self._last_s = now_s
        self.barrier.tick(elapsed_s)
        ended = self._move(now_s)
        self.barrier.presence = self.phase in (Phase.STOPPED, Phase.LEAVING, Phase.PASSING)
        if self.departure and self.departure.distance_m(now_s) >= REAR_GONE_M:
            self.departure = None
        return ended

    def _move(self, now_s: float) -> list[Visit]:
        visit = self.visit
        if visit is None:
            if now_s >= self.next_at_s and self.coming is not None:
                self.visit = Visit(self.coming, now_s, now_s)
                self.coming = None  # the world lets the next one come, and has it declared
                self.phase = Phase.APPROACH
            elif self.barrier.manual_open and now_s >= self.next_at_s - self.gap_s[0] + 1.0:
                self.barrier.by_hand(raise_arm=False)
            return []
        since_s = now_s - visit.phase_since_s
        if self.phase is Phase.APPROACH and since_s >= _APPROACH_S:
            self._to(Phase.STOPPED, now_s)
        elif self.phase is Phase.STOPPED:
            if self.barrier.arm >= 0.95 and since_s > 1.0:
                self._to(Phase.LEAVING, now_s)
            elif since_s >= self.officer_after_s and not self.barrier.manual_open:
                self.barrier.by_hand(raise_arm=True)
        elif self.phase is Phase.LEAVING and since_s >= _LEAVE_S:
            self._to(Phase.PASSING, now_s)
        elif self.phase is Phase.PASSING and since_s >= _PASS_S:
            return [self._gone(visit, now_s)]
        return []

    def _to(self, phase: Phase, now_s: float) -> None:
        assert self.visit is not None
        self.phase = phase
        self.visit.phase_since_s = now_s

    def _gone(self, visit: Visit, now_s: float) -> Visit:
        visit.left_s = now_s
        self.visit, self.phase = None, Phase.EMPTY
        self.departure = Departure(visit.lorry, now_s)
        self.next_at_s = now_s + self.rng.uniform(*self.gap_s)
        return visit

    def sight(self, now_s: float) -> Sight:
        """Who is where now."""
        visit, gone = self.visit, self.departure
        return Sight(
            now_s,
            self.barrier.arm,
            front=visit.lorry if visit else None,
            front_m=self._front_m(visit, now_s) if visit else FAR_M,
            moving=self.phase is not Phase.STOPPED,
            rear=gone.lorry if gone else None,
            rear_m=gone.distance_m(now_s) if gone else REAR_GONE_M,
        )

    def _front_m(self, visit: Visit, now_s: float) -> float:
        t = now_s - visit.phase_since_s
        if self.phase is Phase.APPROACH:
            share = min(1.0, t / _APPROACH_S)
            return FAR_M + (STOP_M - FAR_M) * (1 - (1 - share) ** 2)
        if self.phase is Phase.STOPPED:
            return STOP_M
        if self.phase is Phase.LEAVING:
            return STOP_M + (PASS_M - STOP_M) * min(1.0, t / _LEAVE_S) ** 2
        return PASS_M - _PASSING_M * min(1.0, t / _PASS_S)

    def in_sight(self) -> list[Lorry]:
        """Lorries that a camera of this lane sees, or will see next."""
        seen = [whose.lorry for whose in (self.visit, self.departure) if whose is not None]
        return [*seen, self.coming] if self.coming else seen
