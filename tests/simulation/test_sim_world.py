"""The whole simulated world: deterministic, every lorry in the truth, faults on cameras, pictures of lanes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from contract.messages import Direction
from contract.plate import typed_forms
from edge.lpr.engine import open_reader
from edge.lpr.settings import LprSettings
from simulation.lane import Phase
from simulation.settings import Fault, SimGate, SimLane, SimulationSettings
from simulation.world import SimCamera, World

BEGAN_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEY = "a-key-of-this-test"
GATE = SimGate(
    site="north",
    lanes=(
        SimLane(lane="in-1", direction=Direction.IN, rear_camera=True),
        SimLane(lane="out-1", direction=Direction.OUT, night=True),
    ),
)


def _world(*faults: Fault, seed: int = 4) -> World:
    return World(SimulationSettings(seed=seed, platform_key=KEY, gates=(GATE,), faults=faults), BEGAN_AT)


def _run(world: World, until_s: float, from_s: float = 0.0) -> Iterator[float]:
    for step in range(round(from_s * 10), round(until_s * 10)):
        world.tick(step / 10)
        yield step / 10


def _picture(camera: SimCamera, now_s: float) -> np.ndarray:
    jpeg = camera.jpeg(camera.lane.sight(now_s))
    assert jpeg is not None
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


@pytest.fixture(scope="module")
def stopped() -> tuple[World, float]:
    """A world at a moment when a lorry stands at the barrier of each lane."""
    world = _world()
    for now_s in _run(world, 30):
        if all(lane.phase is Phase.STOPPED for lane in world.lanes.values()):
            return world, now_s + 0.05
    raise AssertionError("no such moment")


@pytest.fixture(scope="module")
def long_run() -> World:
    """Four minutes of a world."""
    world = _world()
    for _ in _run(world, 240):
        pass
    return world


def test_same_seed_makes_the_same_world(long_run: World) -> None:
    """Lorries, times and declarations repeat for the same seed and beginning; another seed makes others."""
    again, other = _world(), _world(seed=5)
    for world in (again, other):
        for _ in _run(world, 240):
            pass
    assert again.truth == long_run.truth
    assert again.platform.page("", 200) == long_run.platform.page("", 200)
    assert other.truth != long_run.truth


def test_every_lane_sees_traffic_and_the_first_soon(long_run: World) -> None:
    """Every lane has a lorry about every twenty seconds, and the first one is through early."""
    for _, lane in long_run.lanes:
        left = [row["left_at"] for row in long_run.truth if row["lane"] == lane]
        assert len(left) >= 8
        assert (datetime.fromisoformat(left[0]) - BEGAN_AT).total_seconds() < 25


def test_lorries_are_declared_before_they_come(long_run: World) -> None:
    """For every lorry that is truly declared the platform had a declaration before the lorry was seen."""
    versions = long_run.platform.page("", 200)["items"]
    for row in long_run.truth:
        if row["declared"] != "exact":
            continue
        forms = typed_forms(row["plate"] or row["trailer_plate"])
        known = [v for v in versions if v["plate"] in forms and v["direction"] == row["direction"]]
        assert known, row
        assert min(v["updated_at"] for v in known) < row["arrived_at"]


def test_platform_is_ordered_by_update(long_run: World) -> None:
    """Versions are published in the order of their `updated_at`."""
    updated = [version["updated_at"] for version in long_run.platform.page("", 200)["items"]]
    assert updated == sorted(updated)


def test_lorries_that_came_in_go_out_again(long_run: World) -> None:
    """Some lorries that leave are ones that came in before, so that the stock in the yard makes sense."""
    came = {row["vehicle_id"]: row["left_at"] for row in long_run.truth if row["direction"] == "in"}
    back = [row for row in long_run.truth if row["direction"] == "out" and row["vehicle_id"] in came]
    assert back
    assert all(row["arrived_at"] > came[row["vehicle_id"]] for row in back)


def test_drawings_of_gone_lorries_are_forgotten() -> None:
    """A world that runs for long holds the drawings of the lorries in sight, not of all that ever came."""
    world = _world()
    for _ in _run(world, 120):
        world.draw_ahead()
    held = {key[0] for camera in world.cameras.values() for key in camera.scene._art}
    in_sight = {lorry.vehicle_id for lane in world.lanes.values() for lorry in lane.in_sight()}
    assert len(world.truth) > 8
    assert held <= in_sight | {row["vehicle_id"] for row in world.truth[-4:]}


def test_frozen_camera_repeats_its_picture_bit_by_bit() -> None:
    """From its fault on, a frozen camera sends the identical JPEG, whatever happens in its lane; before it never does."""
    world = _world(Fault(site="north", camera="in-1-front", kind="freeze", at_s=3))
    camera = world.cameras["north", "in-1-front"]
    pictures = [camera.jpeg(camera.lane.sight(now_s)) for now_s in _run(world, 6)]
    assert len(set(pictures[:30])) == 30
    assert len(set(pictures[30:])) == 1


def test_dark_camera_shows_nearly_nothing_but_noise() -> None:
    """A dark camera's picture is black and still alive."""
    world = _world(Fault(site="north", camera="out-1-front", kind="dark", at_s=1))
    camera = world.cameras["north", "out-1-front"]
    for _ in _run(world, 2):
        pass
    first, second = _picture(camera, 2.0), _picture(camera, 2.1)
    assert first.mean() < 10
    assert (first != second).any()


def test_lost_signal_gives_no_picture_and_a_fault_can_be_lifted() -> None:
    """Without signal there is nothing; a camera that was repaired stays repaired."""
    world = _world(Fault(site="north", camera="in-1-front", kind="signal_lost", at_s=1))
    camera = world.cameras["north", "in-1-front"]
    for _ in _run(world, 2):
        pass
    assert camera.jpeg(camera.lane.sight(2.0)) is None
    camera.fault = None
    for _ in _run(world, 4, from_s=2):
        pass
    assert camera.jpeg(camera.lane.sight(4.0)) is not None


def test_empty_lane_has_sensor_noise() -> None:
    """Two pictures of an empty lane differ a little everywhere, and only a little."""
    world = _world()
    camera = world.cameras["north", "in-1-rear"]
    first, second = (_picture(camera, now_s).astype(int) for now_s in (0.0, 0.2))
    difference = np.abs(first - second)
    assert 0.5 < difference.mean() < 8


def test_stopped_lorry_fills_the_lane_and_night_is_dark(stopped: tuple[World, float]) -> None:
    """A standing lorry changes a large part of the picture; the lane by night is far darker than the one by day."""
    world, now_s = stopped
    empty = _world()
    day, night = (world.cameras["north", name] for name in ("in-1-front", "out-1-front"))
    before, after = (_picture(camera, now_s).astype(int) for camera in (empty.cameras["north", "in-1-front"], day))
    changed = (np.abs(before - after).max(axis=2) > 30).mean()
    assert 0.25 < changed < 0.9
    assert _picture(night, now_s).mean() < 0.5 * _picture(day, now_s).mean()


def test_reader_reads_the_stopped_lorries_by_day_and_by_night(stopped: tuple[World, float]) -> None:
    """The product's own reader finds in the pictures the very plates that the lorries carry."""
    world, now_s = stopped
    reader = open_reader(LprSettings())
    for name in ("in-1-front", "out-1-front"):
        camera = world.cameras["north", name]
        lorry = camera.lane.sight(now_s).front
        assert lorry is not None
        assert lorry.front is not None
        found = [read.text for _, read in reader.read_picture(_picture(camera, now_s)).plates]
        assert found == [lorry.front.text]


def test_picture_hides_no_plate_behind_the_arm(stopped: tuple[World, float]) -> None:
    """Where the lorry stands, the closed arm hangs below its plate: the plate looks the same without the arm."""
    world, now_s = stopped
    camera = world.cameras["north", "in-1-front"]
    raised, lowered = (
        camera.scene.front(type(sight)(sight.now_s, arm, sight.front, sight.front_m, sight.moving)).astype(int)
        for sight in [camera.lane.sight(now_s)]
        for arm in (1.0, 0.0)
    )
    plate_rows, plate_columns = slice(500, 580), slice(560, 780)
    difference = np.abs(raised - lowered)[plate_rows, plate_columns]
    assert np.percentile(difference, 99) < 40
