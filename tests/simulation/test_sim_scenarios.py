"""The scripted scenes: the same for the same seed, quiet at both ends, true to what can be seen."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from contract.plate import parse
from contract.vocabulary import Direction
from simulation.actors import Vehicle
from simulation.motion import ArmPlan, Go, Queuer, Track, Wait, drive, queue
from simulation.scenarios import REGION, SCENARIOS, Scenario, scenario
from simulation.shot import Box
from simulation.show import QUIET_S, Show
from simulation.view import HEIGHT, LANE_M, WIDTH, View
from simulation.walkers import Walker

NOT_EMPTY_AT_FIRST = {"stands_at_start", "night_stands_at_start"}
IN_LANE_M = 3.55
SHOWS: dict[tuple[str, int], Show] = {}


def show_of(one: Scenario, seed: int) -> Show:
    key = (one.name, seed)
    if key not in SHOWS:
        SHOWS[key] = one.show(seed)
    return SHOWS[key]


def in_lane(show: Show, now_s: float) -> list[Box]:
    boxes = (actor.box(now_s) for actor in show.actors if isinstance(actor, (Vehicle, Walker)))
    return [box for box in boxes if box and box.x1 < IN_LANE_M and box.x2 > 0]


def hidden(at: tuple[float, float], box: Box) -> bool:
    """Whether a box stands between the camera and a point (x, z), seen from above."""
    shares = np.linspace(0.02, 0.99, 60)
    x, z = at[0] * shares, at[1] * shares
    return bool(((x > box.x1) & (x < box.x2) & (z > box.z1) & (z < box.z2)).any())


def looks_at_plate(show: Show, vehicle: Vehicle) -> int:
    """Frames in which its plate is in the picture, large enough, and nobody before it."""
    view, count = View(), 0
    for now_s in show.times():
        near_m = vehicle.near.at(now_s)
        if near_m is None or not 1 < near_m < 17:
            continue
        x, y = view.at(vehicle.x_m, 0.5 if near_m > 6 else 0.7, near_m)
        others = [o.box(now_s) for o in show.actors if isinstance(o, Vehicle) and o is not vehicle]
        clear = not any(box and hidden((vehicle.x_m, near_m), box) for box in others)
        count += 30 < x < WIDTH - 60 and y < HEIGHT - 30 and clear
    return count


def test_every_scenario_has_its_own_name_and_title() -> None:
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
    assert all(one.title and len(one.title) < 70 for one in SCENARIOS)
    assert scenario("lorry_through").name == "lorry_through"


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_the_lane_is_empty_at_both_ends(one: Scenario) -> None:
    for seed in (0, 1):
        show = show_of(one, seed)
        times = show.times()
        assert times[0] == 0
        assert times[-1] > show.duration_s - 1
        assert all(b > a for a, b in pairwise(times))
        assert all(not in_lane(show, now_s) for now_s in times if now_s > show.duration_s - QUIET_S)
        if one.name not in NOT_EMPTY_AT_FIRST:
            assert all(not in_lane(show, now_s) for now_s in times if now_s <= QUIET_S)


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.name)
def test_truths_are_plates_and_agree_over_seeds(one: Scenario) -> None:
    truths = [show_of(one, seed).vehicles for seed in (0, 1)]
    assert one.vehicles == truths[0]
    for truth in (*truths[0], *truths[1]):
        for text in (truth.plate, truth.second_plate):
            assert text is None or parse(text), text
    shapes = [[(t.direction, t.cancelled, t.plate is None) for t in truth] for truth in truths]
    assert shapes[0] == shapes[1]
    if truths[0] and truths[0][0].plate:
        assert truths[0] != truths[1], "another seed brings another plate"


@pytest.mark.parametrize("one", [one for one in SCENARIOS if one.vehicles], ids=lambda one: one.name)
def test_a_plate_of_the_truth_can_be_seen(one: Scenario) -> None:
    for seed in (0, 1):
        show = show_of(one, seed)
        seen: dict[str, int] = {}
        for actor in show.actors:
            if isinstance(actor, Vehicle):
                look = actor.what.rear if actor.rear_first else actor.what.front
                text = look.text if look else "none"
                seen[text] = seen.get(text, 0) + looks_at_plate(show, actor)
        for truth in show.vehicles:
            assert truth.plate is None or seen[truth.plate] >= 5, (seed, truth)


def test_of_two_coupled_lorries_the_second_plate_is_never_seen() -> None:
    show = show_of(scenario("coupled"), 0)
    towed = [actor for actor in show.actors if isinstance(actor, Vehicle)][1]
    assert show.vehicles[1].plate is None
    assert looks_at_plate(show, towed) == 0


@pytest.mark.parametrize("name", ["nose_to_tail", "night_nose_to_tail", "coupled", "queue_of_three", "tailgater"])
def test_between_vehicles_of_a_queue_the_lane_is_never_empty(name: str) -> None:
    for seed in (0, 1):
        show = show_of(scenario(name), seed)
        busy = [bool(in_lane(show, now_s)) for now_s in show.times()]
        first, last = busy.index(True), len(busy) - busy[::-1].index(True)
        assert all(busy[first:last])


@pytest.mark.parametrize("name", ["lorry_through", "night_car", "crowd", "rain"])
def test_frames_are_the_same_for_the_same_seed_and_differ_between_seeds(name: str) -> None:
    one = scenario(name)
    frames = list(islice(one.frames(3), 2))
    for (picture, at_s), (again, again_s) in zip(frames, islice(one.frames(3), 2), strict=True):
        assert picture.shape == (720, 1280, 3)
        assert picture.dtype == np.uint8
        assert at_s == again_s
        assert np.array_equal(picture, again)
    assert [at_s for _, at_s in frames] == [0.0, 0.2]
    assert not np.array_equal(frames[0][0], frames[1][0]), "no two frames of a real camera are equal"
    other = next(iter(one.frames(4)))[0]
    assert not np.array_equal(frames[0][0], other)


def test_frame_count_is_known_beforehand() -> None:
    one = scenario("dog")
    assert one.frame_count(1) == len(show_of(one, 1).times())
    assert one.frame_count(1) == pytest.approx(one.duration_s(1) * 5, abs=2)


def test_an_hour_costs_few_frames() -> None:
    show = show_of(scenario("lorry_stands_an_hour"), 0)
    assert show.duration_s > 3600
    assert len(show.times()) < 3500


def test_the_second_plate_is_seen_by_the_rear_camera() -> None:
    show = show_of(scenario("front_and_rear"), 0)
    (tail,) = show.rear_actors
    assert isinstance(tail, Vehicle)
    assert tail.what.rear is not None
    assert show.vehicles[0].second_plate == tail.what.rear.text != show.vehicles[0].plate
    assert sum(5 < (tail.near.at(now_s) or 0) < 15 for now_s in show.times()) > 5


def test_driving_in_crosses_the_trigger_from_its_left_to_its_right() -> None:
    assert REGION.trigger is not None
    (x1, y1), (x2, y2) = REGION.trigger

    def side(distance_m: float) -> float:
        x, y = View().at(LANE_M, 0.75, distance_m)
        return (x2 - x1) * (y / HEIGHT - y1) - (y2 - y1) * (x / WIDTH - x1)

    assert side(12.0) < 0 < side(7.0), "in a picture, where y points down, below 0 is left"
    assert REGION.direction is Direction.IN
    for distance_m in (8.0, 10.0, 20.0):
        x, y = View().at(LANE_M, 0.0, distance_m)
        assert REGION.holds((x / WIDTH, y / HEIGHT))


@pytest.mark.parametrize("name", ["parked_car", "parked_lorry", "parked_car_and_lorry", "parks_and_leaves", "signs"])
def test_plates_beside_the_lane_are_outside_its_region(name: str) -> None:
    show = show_of(scenario(name), 0)
    beside = [actor for actor in show.actors if isinstance(actor, Vehicle) and actor.x_m > IN_LANE_M]
    for actor in beside:
        for near_m in (near_m for now_s in show.times() if (near_m := actor.near.at(now_s)) and 5 < near_m < 17):
            x, y = View().at(actor.x_m, 0.6, near_m)
            assert not REGION.holds((x / WIDTH, y / HEIGHT))


def test_a_drive_has_no_jumps_and_ends_where_it_should() -> None:
    track = drive(2.0, 60.0, [Go(7.0, 7.0), Wait(3.0), Go(9.0, 1.0), Go(-20.0, 4.0, end=4.0)], speed=7.0)
    assert track.at(1.9) is None
    assert track.at(track.end_s + 1) is None
    assert np.abs(np.diff(track.values)).max() < 0.4
    assert np.abs(np.diff(track.values, 2)).max() / 0.05**2 < 6
    assert track.values[-1] == pytest.approx(-20, abs=1.0)


def test_queuers_keep_their_distance() -> None:
    lead, follower = queue([Queuer(14.5, halts_s=5.0), Queuer(14.5, halts_s=4.0)], 0.0, from_m=75.0)
    gaps = follower.values - lead.values - 14.5
    assert 0.8 < gaps.min() < 2.5


def test_an_arm_moves_between_down_and_up() -> None:
    plan = ArmPlan(((10.0, 20.0),))
    assert [plan.at(t) for t in (0, 10, 13, 19, 30)] == [0, 0, 1, 1, 0]
    assert 0 < plan.at(11.0) < 1


def test_a_track_interpolates() -> None:
    track = Track(1.0, np.array([0.0, 1.0, 2.0]))
    assert track.at(1.025) == pytest.approx(0.5)
    assert track.first_below(-1) == track.end_s
