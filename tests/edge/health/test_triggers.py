"""Loop and cameras of a lane that do not count the same vehicles: who is told of, how soon, and what is no fault."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages import HealthReason, Severity
from edge.health.kept import keep, recall
from edge.health.triggers import LEARNT_AFTER, LOOP, MEMORY, LaneCounts, Stay

FRONT, REAR = "in-1-front", "in-1-rear"


class Lane:
    """Vehicles through a lane, each sensed by whoever works."""

    def __init__(self, *cameras: str, seed: int = 7) -> None:
        self.counts, self.now_s = LaneCounts(cameras), 0.0
        self.sources = (LOOP, *cameras)
        self.rng = random.Random(seed)

    def passes(self, count: int, *, misses: dict[str, float] | None = None, gap_s: float = 60.0) -> None:
        """So many vehicles; each source misses its share, 2 % unless said otherwise."""
        for _ in range(count):
            self.now_s += self.rng.uniform(0.5, 1.5) * gap_s
            for source in self.sources:
                if self.rng.random() >= (misses or {}).get(source, 0.02):
                    self.counts.sensed(self.stay(source))
            self.counts.step(self.now_s, hour=9)
        self.now_s += 100
        self.counts.step(self.now_s, hour=9)

    def sees_what_is_not_there(self, count: int, source: str) -> None:
        """A source alone tells of vehicles."""
        for _ in range(count):
            self.now_s += 60
            self.counts.sensed(self.stay(source))
            self.counts.step(self.now_s, hour=9)
        self.now_s += 100
        self.counts.step(self.now_s, hour=9)

    def stay(self, source: str) -> Stay:
        """Before the arm, below it, or behind it; a lorry takes its time."""
        shift_s = {LOOP: 0.0, FRONT: -12.0, REAR: 6.0}[source] + self.rng.uniform(-2, 2)
        return Stay(source, self.now_s + shift_s, self.now_s + shift_s + self.rng.uniform(3, 9))

    def told(self) -> set[str]:
        """The cameras with a finding."""
        return {camera for camera in self.sources[1:] if self.counts.finding(camera, hour=9) is not None}


@pytest.fixture(params=[(FRONT,), (FRONT, REAR)], ids=["one camera", "two cameras"])
def lane(request: pytest.FixtureRequest) -> Lane:
    lane = Lane(*request.param)
    lane.passes(300)
    assert lane.told() == set()
    return lane


def test_a_camera_that_sees_no_vehicle_is_told_within_30(lane: Lane) -> None:
    """It alone, and as severe."""
    lane.passes(30, misses={FRONT: 1.0})
    assert lane.told() == {FRONT}
    finding = lane.counts.finding(FRONT, hour=9)
    assert finding is not None
    assert (finding.code, finding.severity) == (HealthReason.TRIGGER_MISMATCH, Severity.SEVERE)
    assert finding.measure > finding.limit


def test_a_camera_that_misses_every_other_is_told_within_50(lane: Lane) -> None:
    """Also where vehicles follow each other closely."""
    lane.passes(50, misses={FRONT: 0.5}, gap_s=40.0)
    assert lane.told() == {FRONT}


def test_of_two_cameras_the_right_one_is_told() -> None:
    """The front camera and the loop agree: it is the rear camera."""
    lane = Lane(FRONT, REAR)
    lane.passes(300)
    lane.passes(30, misses={REAR: 1.0})
    assert lane.told() == {REAR}


def test_a_camera_that_sees_vehicles_where_none_is(lane: Lane) -> None:
    """Shadows, or a road behind the lane: nobody else tells of them."""
    lane.sees_what_is_not_there(30, FRONT)
    assert lane.told() == {FRONT}


def test_a_dead_loop_is_told_of_at_the_first_camera(lane: Lane) -> None:
    """With two cameras it is known that it is the loop; the rear camera is not to blame."""
    lane.passes(30, misses={LOOP: 1.0})
    assert lane.told() == {FRONT}


def test_it_heals_by_vehicles(lane: Lane) -> None:
    """And stands until then."""
    lane.passes(30, misses={FRONT: 1.0})
    lane.now_s += 86_400
    assert lane.told() == {FRONT}
    lane.passes(100)
    assert lane.told() == set()


@given(seed=st.integers(0, 10_000), gap_s=st.floats(15.0, 900.0))
@settings(max_examples=15, deadline=None)
def test_vehicles_close_and_far_are_no_fault(seed: int, gap_s: float) -> None:
    """A week's vehicles, each source missing one in fifty."""
    lane = Lane(FRONT, REAR, seed=seed)
    lane.passes(400, gap_s=gap_s)
    assert lane.told() == set()


def test_a_lane_in_which_many_differ_by_nature_is_learnt() -> None:
    """Motorcycles that no loop senses, one in seven; a loop that then dies is told all the same."""
    lane = Lane(FRONT)
    lane.passes(300, misses={LOOP: 0.14})
    assert lane.told() == set()
    lane.passes(40, misses={LOOP: 1.0})
    assert lane.told() == {FRONT}


def test_a_loop_that_never_worked_is_no_lanes_nature() -> None:
    """Told soon after the first vehicles."""
    lane = Lane(FRONT)
    lane.passes(LEARNT_AFTER + 20, misses={LOOP: 1.0})
    assert lane.told() == {FRONT}


def test_vehicles_that_turn_back_are_no_mismatch(lane: Lane) -> None:
    """Whether they reached the loop or not."""
    for number in range(60):
        lane.now_s += 90
        stays = [lane.stay(source) for source in (lane.sources if number % 2 else (FRONT,))]
        for stay in stays:
            lane.counts.sensed(replace(stay, went_through=stay.source == LOOP))
        lane.counts.step(lane.now_s, hour=9)
    assert lane.told() == set()


def test_a_camera_whose_picture_has_failed_is_not_told_of_twice() -> None:
    """What it misses is not learnt for usual either; it is judged again when it sees again."""
    lane = Lane(FRONT, REAR)
    lane.passes(LEARNT_AFTER - 10)
    for _ in range(60):
        lane.counts.unseeing(FRONT, lane.now_s + 160.0)  # as it is when the vehicle is decided on
        lane.passes(1, misses={FRONT: 1.0})
    assert lane.told() == set()
    lane.now_s += 300
    lane.passes(100)
    assert lane.told() == set()
    lane.passes(20, misses={FRONT: 1.0})
    assert lane.told() == {FRONT}


def test_too_few_vehicles_are_not_judged() -> None:
    """Two a day; and nobody is judged before it is known how many differ."""
    lane = Lane(FRONT)
    assert lane.counts.unjudged(FRONT, lane.now_s) == "no_reference"
    lane.passes(100)
    assert lane.counts.unjudged(FRONT, lane.now_s) is None
    lane.now_s += 86_400
    lane.passes(8, misses={FRONT: 1.0}, gap_s=43_200.0)
    assert lane.told() == set()
    assert lane.counts.unjudged(FRONT, lane.now_s) == "nothing_to_see"


def test_while_the_loop_is_not_known_nothing_is_compared(lane: Lane) -> None:
    """Its box does not answer: the camera alone tells of vehicles, and is not to blame."""
    for _ in range(40):
        lane.now_s += 60
        lane.counts.sensed(lane.stay(FRONT))
        lane.counts.forget()
        lane.counts.step(lane.now_s, hour=9)
    assert lane.told() == set()


def test_what_is_known_survives_a_restart_and_goes_with_a_service(tmp_path: Path, lane: Lane) -> None:
    """The finding too; a confirmed view has the camera learnt anew."""
    lane.passes(30, misses={FRONT: 1.0})
    path = tmp_path / "triggers-in-1.json"
    keep(path, MEMORY, lane.counts.memory)
    back = LaneCounts(lane.sources[1:], recall(path, MEMORY))
    assert back.finding(FRONT, hour=9) == lane.counts.finding(FRONT, hour=9)
    back.confirm(FRONT)
    assert back.finding(FRONT, hour=9) is None
    assert back.unjudged(FRONT, lane.now_s) == "no_reference"
    path.write_bytes(b"{")
    assert recall(path, MEMORY) is None
