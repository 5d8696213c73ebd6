"""A lorry's way through a lane, and who opens for it."""

from __future__ import annotations

import random
from collections import Counter
from uuid import UUID

import pytest

from contract.messages import Direction
from edge.gate_controller.barrier import Limits, Mode, Output, State, Wish, step
from simulation.lane import FAR_M, REAR_NEAR_M, STOP_M, LaneWorld, Phase
from simulation.settings import SimLane
from simulation.traffic import Declared, LaneTraffic

STEP_S = 0.05


class Drive:
    """A lane with lorries coming, and its clock."""

    def __init__(self, *, officer_after_s: float = 7.0) -> None:
        rng = random.Random(3)
        traffic = LaneTraffic("north", "in-1", Direction.IN, rng, Declared.EXACT)
        lane = SimLane(lane="in-1", direction=Direction.IN, rear_camera=True)
        self.lane = LaneWorld("north", lane, traffic, rng, (5.0, 6.0), officer_after_s, next_at_s=1.0)
        self.now_s = 0.0

    def step(self) -> bool:
        """One step of the clock; whether a lorry has just gone."""
        self.lane.coming = self.lane.coming or self.lane.traffic.next()
        ended = bool(self.lane.tick(self.now_s))
        self.now_s += STEP_S
        return ended

    def until(self, phase: Phase) -> None:
        while self.lane.phase is not phase:
            assert self.now_s < 120, f"{phase} never came"
            self.step()


@pytest.fixture
def drive() -> Drive:
    return Drive()


def test_lorry_drives_up_and_stops_where_its_plate_is_large(drive: Drive) -> None:
    """The distance only shrinks from far away until the lorry stands at the stop line."""
    drive.until(Phase.APPROACH)
    before = FAR_M + 1
    while drive.lane.phase is Phase.APPROACH:
        distance = drive.lane.sight(drive.now_s).front_m
        assert distance <= before
        before = distance
        drive.step()
    assert drive.lane.sight(drive.now_s).front_m == STOP_M


def test_loop_is_taken_from_the_stop_until_the_tail_is_through(drive: Drive) -> None:
    """The presence loop tells of the lorry all the while that it can be beneath the arm."""
    drive.until(Phase.APPROACH)
    assert not drive.lane.barrier.presence
    drive.until(Phase.STOPPED)
    while True:
        assert drive.lane.barrier.presence
        if drive.step():
            break
    assert not drive.lane.barrier.presence


def test_open_barrier_lets_the_lorry_go_before_the_officer_acts(drive: Drive) -> None:
    """A node that opens in time saves the officer the walk."""
    drive.until(Phase.STOPPED)
    drive.lane.barrier.open()
    drive.until(Phase.PASSING)
    assert not drive.lane.barrier.manual_open


def test_officer_opens_by_hand_after_waiting() -> None:
    """A lorry for which nothing opens is let through by hand after the set time, and no sooner."""
    drive = Drive(officer_after_s=3.0)
    drive.until(Phase.STOPPED)
    stopped_s = drive.now_s
    while not drive.lane.barrier.manual_open:
        drive.step()
    assert drive.now_s - stopped_s >= 3.0
    drive.until(Phase.EMPTY)


def test_officer_lowers_the_arm_before_the_next_lorry(drive: Drive) -> None:
    """The arm that was raised by hand is down again when the next lorry stops."""
    drive.until(Phase.PASSING)
    drive.until(Phase.STOPPED)
    assert drive.lane.barrier.position == "closed"


def test_arm_never_comes_down_while_the_loop_is_taken_even_when_told(drive: Drive) -> None:
    """A node that wrongly orders close at every moment cannot hit a lorry."""
    while drive.now_s < 90:
        arm, presence = drive.lane.barrier.arm, drive.lane.barrier.presence
        drive.lane.barrier.close()
        drive.step()
        if presence and drive.lane.barrier.presence:
            assert drive.lane.barrier.arm >= arm


def test_tail_leaves_from_near_to_far(drive: Drive) -> None:
    """The rear camera sees the tail of the lorry that has gone through, near at first, then farther off, then no more."""
    while not drive.step():
        pass
    sight = drive.lane.sight(drive.now_s)
    assert sight.rear is not None
    assert sight.rear_m == pytest.approx(REAR_NEAR_M, abs=0.5)
    distances = []
    while drive.lane.departure is not None:
        distances.append(drive.lane.sight(drive.now_s).rear_m)
        drive.step()
    assert distances == sorted(distances)


@pytest.mark.parametrize("by_wish", [True, False])
def test_gate_and_lane_get_on_with_each_other(drive: Drive, *, by_wish: bool) -> None:
    """An hour of lorries at the node's own machine, let through by wishes or by the officer's key: no fault, no alarm."""
    state, told, gone = State(), Counter[str](), 0
    while drive.now_s < 3600:
        gone += drive.step()
        if round(drive.now_s / STEP_S) % 5:
            continue
        wish = None
        if by_wish and drive.lane.phase is Phase.STOPPED and state.mode is Mode.CLOSED:
            wish = Wish(UUID(int=gone + 1), drive.now_s + 10)
        barrier = drive.lane.barrier
        result = step(state, barrier.sensors(), now_s=drive.now_s, limits=Limits(6.0, 1.0), wish=wish)
        state = result.state
        told.update(result.events)
        if result.output is Output.RAISE:
            barrier.open()
        elif result.output is Output.LOWER:
            assert barrier.close()
    opened = {"open_commanded", "opened", "close_commanded", "closed"} if by_wish else {"opened_by_hand"}
    assert gone > 100
    assert set(told) - {"closed_without_command"} == opened
    assert all(abs(told[event] - gone) <= 1 for event in opened)
