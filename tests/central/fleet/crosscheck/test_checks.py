"""Each check names the right camera, stands as long as it is so, and says nothing without need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fleet.crosscheck.checks import notice
from central.fleet.crosscheck.picture import Picture, Tallies, WatchedLane
from central.fleet.crosscheck.settings import CrossCheckSettings
from central.store.crosschecks import Confirmation, CrossCheck, LaneTally, Noticed, Sighting
from central.store.device_key import DeviceKey
from contract.messages import Direction
from tests.central.made import NOON

SETTINGS = CrossCheckSettings()
WAYS = {"in-1": Direction.IN, "in-2": Direction.IN, "out-1": Direction.OUT, "out-2": Direction.OUT}
Count = tuple[int, int, int, int]
USUAL: Mapping[str, Count] = dict.fromkeys(WAYS, (600, 570, 400, 380))
ILL = (100, 50, 66, 33)
"""A front camera that reads half."""
NOW: Mapping[str, Count] = dict.fromkeys(WAYS, (100, 95, 66, 63))


def device(lane: str, which: str = "front") -> DeviceKey:
    return DeviceKey.of("gate", "gate-1", f"{lane}-{which}")


def tallies(counts: Mapping[str, Count]) -> Tallies:
    return Tallies(LaneTally("gate", lane, WAYS[lane], *count) for lane, count in counts.items())


def picture(counts: Mapping[str, Count] = NOW, **more) -> Picture:
    lanes = [WatchedLane("gate", "gate-1", lane, way, (f"{lane}-front", f"{lane}-rear")) for lane, way in WAYS.items()]
    values = {
        "now": NOON,
        "since": NOON - SETTINGS.window,
        "lanes": lanes,
        "tallies": tallies(counts),
        "usual": tallies(USUAL),
        "long_tallies": tallies(counts),
        "long_usual": tallies(USUAL),
    }
    return Picture(**values | more)


def named(at: Picture) -> set[tuple[CrossCheck, DeviceKey]]:
    return {(one.check, one.device) for one in notice(at, SETTINGS)}


def confirmed(number: int, lane: str = "out-1", *, seen: bool = False) -> Confirmation:
    at = NOON - timedelta(minutes=1 + number)
    return Confirmation(f"HN-{number:06d}", "gate", Direction.OUT, lane, at, seen)


def sighting(number: int, lane: str = "out-1", plate: str | None = None, second: str | None = None) -> Sighting:
    at = NOON - timedelta(minutes=1 + number)
    return Sighting(f"{lane}-{number}", "gate", lane, WAYS[lane], at, plate, second, None)


def test_an_ordinary_hour_is_no_news() -> None:
    """Everything agrees."""
    assert named(picture(confirmations=[confirmed(n, seen=True) for n in range(60)])) == set()


def test_vehicles_that_the_platform_confirms_and_nobody_saw() -> None:
    """The camera of the lane that the platform names, with the declarations to look at."""
    (found,) = notice(picture(confirmations=[confirmed(n) for n in range(10)]), SETTINGS)
    assert (found.check, found.device, found.number, found.among) == (CrossCheck.CONFIRMED, device("out-1"), 0, 10)
    assert found.declarations == tuple(f"HN-{n:06d}" for n in range(5, 10))
    assert found.chance < 1e-9


def test_a_passage_without_a_plate_stands_for_a_confirmed_vehicle() -> None:
    """It was seen, though not read; one passage stands for one vehicle."""
    said = [confirmed(n) for n in range(10)]
    assert named(picture(confirmations=said, sightings=[sighting(n) for n in range(10)])) == set()
    assert named(picture(confirmations=said, sightings=[sighting(0)])) == {(CrossCheck.CONFIRMED, device("out-1"))}
    assert named(picture(confirmations=said, sightings=[sighting(n, "out-2") for n in range(10)])) != set()


def test_the_platform_errs_now_and_then() -> None:
    """A few that went another way blame no camera."""
    said = [confirmed(n, seen=n >= 2) for n in range(60)]
    assert named(picture(confirmations=said)) == set()


def test_a_platform_that_knows_gates_only_blames_the_lane_that_fell() -> None:
    """Without a lane that fell nobody is blamed."""
    said = [confirmed(n, "", seen=n >= 30) for n in range(60)]
    assert named(picture(confirmations=said)) == set()
    fallen = {**NOW, "out-1": (3, 3, 2, 2)}
    assert (CrossCheck.CONFIRMED, device("out-1")) in named(picture(fallen, confirmations=said))


def test_a_closed_lane_leaves_the_balance_and_a_blind_one_does_not() -> None:
    """The vehicles of a closed lane go through the other one."""
    assert named(picture({**NOW, "out-1": (0, 0, 0, 0), "out-2": (200, 190, 132, 126)})) == set()
    blind = {**NOW, "out-1": (2, 2, 1, 1)}
    assert (CrossCheck.BALANCE, device("out-1")) in named(picture(blind))
    assert {key for _, key in named(picture({**NOW, "in-2": (2, 2, 1, 1)}))} == {device("in-2")}


def test_vehicles_that_leave_another_way_are_told_of_the_site() -> None:
    """Both exits have half: no camera is to blame."""
    half = (150, 142, 99, 95)
    gap = {"in-1": (300, 285, 198, 190), "in-2": (300, 285, 198, 190), "out-1": half, "out-2": half}
    found = notice(picture(gap), SETTINGS)
    assert [(one.check, one.device, one.direction) for one in found] == [
        (CrossCheck.BALANCE, DeviceKey.of("gate"), Direction.OUT)
    ]


@pytest.mark.parametrize(("place", "count"), [("front", (100, 48, 66, 32)), ("rear", (100, 95, 20, 19))])
def test_of_two_cameras_the_one_is_named_that_misses_what_the_other_reads(place: str, count: Count) -> None:
    """With vehicles that only the other one read."""
    seen = [
        sighting(n, "in-1", None if place == "front" else "12C34567", "15R12345" if place == "front" else None)
        for n in range(9)
    ]
    found = [
        one
        for one in notice(picture({**NOW, "in-1": count}, sightings=seen), SETTINGS)
        if one.check is CrossCheck.CAMERAS
    ]
    assert [one.device for one in found] == [device("in-1", place)]
    assert found[0].passages == tuple(f"in-1-{n}" for n in range(4, 9))


def test_a_lane_that_reads_less_than_its_neighbours() -> None:
    """Rain over all of them is no finding."""
    ill = (100, 50, 0, 0)
    no_rear = {lane: (count[0], count[1], 0, 0) for lane, count in NOW.items()}
    assert named(
        picture(
            {**no_rear, "out-2": ill},
            usual=tallies({lane: (count[0], count[1], 0, 0) for lane, count in USUAL.items()}),
        )
    ) == {(CrossCheck.READS, device("out-2"))}
    rain = dict.fromkeys(WAYS, (100, 55, 60, 33))
    assert named(picture(rain)) == set()


def test_who_has_not_told_everything_is_not_judged() -> None:
    """A node that was away still has passages to tell of."""
    whole = picture({**NOW, "out-1": (2, 2, 1, 1)}, confirmations=[confirmed(n) for n in range(10)])
    assert named(whole)
    silent = [replace(lane, heard=lane.lane != "out-1") for lane in whole.lanes]
    assert named(replace(whole, lanes=silent)) == set()


@pytest.mark.parametrize(
    ("counts", "heard", "names"),
    [
        ({"out-1": (2, 2, 1, 1)}, 10, {CrossCheck.CONFIRMED, CrossCheck.BALANCE}),
        ({"out-1": (100, 40, 66, 26)}, 0, {CrossCheck.CAMERAS, CrossCheck.READS}),
    ],
)
def test_a_node_that_falls_silent_dismisses_nothing(
    counts: Mapping[str, Count], heard: int, names: set[CrossCheck]
) -> None:
    """Nor one that began anew: its lane cannot be judged, so what was noticed stands."""
    ill = picture({**NOW, **counts}, confirmations=[confirmed(n) for n in range(heard)])
    standing = {(one.check, one.device): one for one in notice(ill, SETTINGS)}
    assert {check for check, _ in standing} == names
    lanes = [replace(lane, heard=lane.lane != "out-1") for lane in ill.lanes]
    assert named(replace(picture(standing=standing), lanes=lanes)) == set(standing)
    assert named(picture(standing=standing, confirmations=[confirmed(n, seen=True) for n in range(10)])) == set()


def test_what_was_noticed_stands_without_traffic_and_goes_with_good_vehicles() -> None:
    """At night nobody proves anything; what is usual meanwhile does not forgive it."""
    at = picture({**NOW, "out-2": ILL}, confirmations=[confirmed(n) for n in range(10)])
    standing = {(one.check, one.device): one for one in notice(at, SETTINGS)}
    assert set(standing) == {
        (CrossCheck.CONFIRMED, device("out-1")),
        (CrossCheck.CAMERAS, device("out-2")),
        (CrossCheck.READS, device("out-2")),
    }
    night = picture({}, standing=standing, now=NOON + timedelta(hours=9))
    assert notice(night, SETTINGS) == tuple(standing.values())
    learnt = dict.fromkeys(WAYS, (600, 300, 400, 200))
    weeks = picture({**NOW, "out-2": ILL}, usual=tallies(learnt), standing=standing)
    assert (CrossCheck.READS, device("out-2")) in named(weeks)
    well = picture(standing=standing, confirmations=[confirmed(n, seen=True) for n in range(10)])
    assert named(well) == set()


@given(st.lists(st.tuples(st.integers(20, 200), st.floats(0.9, 1.0), st.floats(0.5, 0.8)), min_size=4, max_size=4))
def test_days_like_all_days_are_never_noticed(lanes: list[tuple[int, float, float]]) -> None:
    """Whatever the lanes are like: the same shares as ever, to a vehicle, are as ever."""
    now: dict[str, Count] = {}
    for lane, (vehicles, read, second) in zip(WAYS, lanes, strict=True):
        reads, seconds = round(vehicles * read), round(vehicles * second)
        now[lane] = (vehicles, reads, seconds, min(reads, round(seconds * read)))
    usual = {lane: tuple(7 * n for n in count) for lane, count in now.items()}
    assert named(picture(now, usual=tallies(usual), long_usual=tallies(usual))) == set()


@given(st.integers(0, 3), st.lists(st.integers(40, 90), min_size=4, max_size=4))
def test_a_dead_reader_is_named_whatever_the_traffic(ill: int, vehicles: list[int]) -> None:
    """One lane reads a fifth where it read nearly all: it is the one that is named, and no other."""
    lanes = list(WAYS)
    now = {lane: (n, round(0.95 * n), 0, 0) for lane, n in zip(lanes, vehicles, strict=True)}
    usual = {lane: tuple(7 * n for n in count) for lane, count in now.items()}
    now[lanes[ill]] = (vehicles[ill], vehicles[ill] // 5, 0, 0)
    found: set[tuple[CrossCheck, DeviceKey]] = named(picture(now, usual=tallies(usual), long_usual=tallies(usual)))
    assert found == {(CrossCheck.READS, device(lanes[ill]))}


def test_a_finding_keeps_its_begin() -> None:
    """However often it is looked at."""
    at = picture(confirmations=[confirmed(n) for n in range(10)])
    first: Noticed = notice(at, SETTINGS)[0]
    later = replace(at, now=NOON + timedelta(hours=1), standing={(first.check, first.device): first})
    (again,) = notice(later, SETTINGS)
    assert (again.since, again.seen_at) == (NOON, NOON + timedelta(hours=1))
