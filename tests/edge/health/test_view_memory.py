"""What a camera usually sees outlives restarts and days: stored whole or refused, and used against slow change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import StoreError
from contract.messages import HealthLevel, HealthReason
from edge.frame import Image
from edge.health.memory import ViewMemory
from edge.health.view import View
from tests.edge.health.rendered import Camera, lane, learnt, measured

DAY = datetime(2026, 3, 2, tzinfo=UTC)
SMALL = 640


def at(hour: int, minute: int = 0) -> datetime:
    return DAY + timedelta(hours=hour, minutes=minute)


def remember(memory: ViewMemory, hour: int, view: View, scene: Image) -> View | None:
    """Come from the hour before into this one with what was learnt."""
    tiles = measured(scene)
    memory.turn(at(hour) - timedelta(minutes=10), view, tiles, clean=True)
    return memory.turn(at(hour, 1), view, tiles, clean=True)


def with_memory(*hours: int) -> ViewMemory:
    memory = ViewMemory()
    scene = lane("day", SMALL)
    for hour in hours:
        remember(memory, hour, learnt(scene), scene)
    return memory


STORED = with_memory(8, 9).as_bytes()


def turned(scene: Image, degrees: float) -> Image:
    height, width = scene.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (0.06 * width, 0.02 * height)
    return np.asarray(cv2.warpAffine(scene, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def dirty(scene: Image, spots: int) -> Image:
    """So many spots of dried splashes on the glass, the same first ones each time."""
    height, width = scene.shape[:2]
    rng = np.random.default_rng(11)
    share = np.zeros((height, width), np.float32)
    for _ in range(spots):
        middle = (int(rng.integers(width)), int(rng.integers(height // 3, height)))
        cv2.circle(share, middle, int(rng.integers(14, 22)), 1.0, -1)
    share = cv2.GaussianBlur(share, (0, 0), 3)[..., None]
    blurred = cv2.GaussianBlur(scene, (0, 0), 14)
    return np.asarray(scene * (1 - share) + blurred * share, np.uint8)


@settings(max_examples=15, deadline=None)
@given(
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=3),
    looks=st.integers(1500, 2**31 - 1),
    gain=st.floats(0.0, 200.0),
)
def test_stored_views_come_back_as_they_were(hours: set[int], looks: int, gain: float) -> None:
    """Whatever they hold: so many hours, looks of years, structure beyond what a number of two bytes can tell."""
    view = learnt(lane("day", SMALL), looks)
    view.fine *= gain
    memory, again = ViewMemory(), ViewMemory()
    for hour in sorted(hours):
        remember(memory, hour, view, lane("day", SMALL))
    again.load(memory.as_bytes())
    assert again.as_bytes() == memory.as_bytes()
    found = again.turn(at(min(hours), 2), View(), measured(lane("day", SMALL)), clean=True)
    assert found is not None
    assert found.looks == looks
    assert found.learnt.min() >= 1500
    np.testing.assert_allclose(found.fine, np.minimum(view.fine, 65504), rtol=2e-3, atol=0.01)
    np.testing.assert_allclose(found.picture, view.picture, atol=0.51)
    np.testing.assert_allclose(found.mean, view.mean, rtol=0.03, atol=1.0)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(STORED) - 1), bits=st.integers(1, 255), cut=st.integers(0, len(STORED) - 1))
def test_damaged_bytes_are_refused(place: int, bits: int, cut: int) -> None:
    """A byte that is another, or an end that is missing; what was known before is left alone."""
    memory = with_memory()
    memory.load(STORED)
    changed = bytearray(STORED)
    changed[place] ^= bits
    for damaged in (bytes(changed), STORED[:cut]):
        with pytest.raises(StoreError, match="damaged"):
            memory.load(damaged)
    assert memory.as_bytes() == STORED


def test_a_camera_that_was_turned_while_the_node_was_off_is_told() -> None:
    """From its first looks it is held against what it saw before; without that it would learn the wrong view."""
    scene = lane("day", SMALL)
    kept = ViewMemory()
    kept.load(STORED)
    camera = Camera(memory=kept)
    camera.shows(turned(scene, 3.0), 8)
    assert (camera.history[-1].level, camera.history[-1].reason) == (HealthLevel.FAILED, HealthReason.MOVED)
    unaware = Camera()
    unaware.shows(turned(scene, 3.0), 8)
    assert unaware.history[-1].level is HealthLevel.OK
    camera.monitor.confirm_view()
    camera.shows(turned(scene, 3.0), 4)
    assert camera.history[-1].level is HealthLevel.OK
    assert kept.turn(at(9, 7), View(), measured(scene), clean=True) is None


@pytest.mark.parametrize("light", [0.6, 1.4])
def test_a_restart_in_other_weather_is_no_fault(light: float) -> None:
    """The same lane, darker or brighter than yesterday at this hour, and the vehicle that stands in it drives off."""
    scene = np.clip(lane("day", SMALL) * light, 0, 255).astype(np.uint8)
    kept = ViewMemory()
    kept.load(STORED)
    camera = Camera(memory=kept)
    loaded = scene.copy()
    loaded[120:340, 200:420] = (40, 60, 130)
    cv2.rectangle(loaded, (230, 150), (390, 300), (200, 200, 210), 3)
    camera.shows(loaded, 6, busy=True)
    camera.shows(scene, 10)
    assert camera.reasons() == [HealthReason.STARTING, None]


def test_another_kind_of_light_is_not_compared() -> None:
    """What was seen by day says nothing of the same lane by night, nor one far hour of another."""
    memory = with_memory(9)
    night = lane("night", SMALL)
    assert memory.turn(at(9, 5), View(), measured(night), clean=True) is None
    day = lane("day", SMALL)
    again = ViewMemory()
    again.load(memory.as_bytes())
    assert again.turn(at(13, 0), View(), measured(day), clean=True) is None
    again.load(memory.as_bytes())
    assert again.turn(at(8, 40), View(), measured(day), clean=True) is not None


def test_a_node_that_does_not_know_the_time_waits_with_what_it_knows() -> None:
    """Its clock wakes up at any hour: neither is a view taken for that hour's, nor kept as one."""
    scene, known = lane("day", SMALL), [False]
    memory = ViewMemory(clock_set=lambda: known[0])
    memory.load(STORED)
    assert memory.turn(at(8, 0), View(), measured(scene), clean=True) is None
    assert memory.turn(at(9, 0), learnt(scene), measured(scene), clean=True) is None
    assert memory.as_bytes() == STORED
    known[0] = True
    assert memory.turn(at(9, 0), View(), measured(scene), clean=True) is not None


def test_an_hour_with_a_suspicion_turns_when_it_is_gone() -> None:
    """What may be a fault must not become usual."""
    scene = lane("day", SMALL)
    changes: list[None] = []
    memory = ViewMemory(lambda: changes.append(None))
    view = learnt(scene)
    memory.turn(at(8, 50), view, measured(scene), clean=True)
    assert memory.turn(at(9, 0), view, measured(scene), clean=False) is None
    assert changes == []
    memory.turn(at(9, 1), view, measured(scene), clean=True)
    assert changes == [None]


def test_dirt_that_settles_over_days_is_told() -> None:
    """Each day a little more than the day before, never enough to be seen in a day; after a week a person hears of it."""
    clean = lane("day", SMALL)
    memory = with_memory(9)
    told = []
    for day in range(1, 6):
        scene = dirty(clean, 6 * day)
        remember(memory, 9, learnt(scene), scene)  # within the hour the camera has got used to it
        if day in (1, 5):
            kept = ViewMemory()
            kept.load(memory.as_bytes())
            camera = Camera(memory=kept)
            camera.shows(scene, 10)
            told.append(camera.history[-1].reason)
    assert told == [None, HealthReason.DIRTY_LENS]
