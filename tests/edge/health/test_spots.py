"""Dirt on the glass: many small spots that stay. A few, one side alone, a shadow, a lamp and a burnt-out sky are none."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from contract.messages import HealthReason, Severity
from edge.frame import Image
from edge.health.look import look_at, measure_tiles
from edge.health.view import Occupied
from tests.edge.health.rendered import Camera, lane, learnt, taken

SMALL = 640
DIRTY = [HealthReason.STARTING, None, HealthReason.DIRTY_LENS]
WELL = [HealthReason.STARTING, None]


def muddy(scene: Image, spots: int, *, left: float = 0.0) -> Image:
    """So many soft spots of mud, half of the light gone in each; `left`: none of them further to the left."""
    height, width = scene.shape[:2]
    rng = np.random.default_rng(5)
    share = np.zeros((height, width), np.float32)
    for _ in range(spots):
        middle = (int(width * rng.uniform(left, 1.0)), int(rng.integers(height)))
        cv2.circle(share, middle, int(rng.integers(8, 12)), 1.0, -1)
    share = 0.6 * cv2.GaussianBlur(share, (0, 0), 2.5)[..., None]
    mud = np.full_like(scene, max(6, int(0.3 * scene.mean())))
    return np.asarray(scene * (1 - share) + mud * share, np.uint8)


def shaded(scene: Image) -> Image:
    """A shadow with a straight edge over half of it."""
    shade = np.ones(scene.shape[:2], np.float32)
    cv2.fillConvexPoly(shade, np.array([(0, 100), (640, 260), (640, 360), (0, 360)]), 0.55)
    return np.asarray(scene * shade[..., None], np.uint8)


def lit(scene: Image) -> Image:
    """A lamp's pool of light on the road."""
    pool = np.zeros(scene.shape[:2], np.float32)
    cv2.ellipse(pool, (300, 260), (130, 50), 0, 0, 360, 1.0, -1)
    return np.asarray(np.clip(scene * (1 + 2 * cv2.GaussianBlur(pool, (0, 0), 25)[..., None]), 0, 255), np.uint8)


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize(("spots", "severities"), [(40, set(Severity)), (250, {Severity.SEVERE})])
def test_mud_is_told_and_a_wiped_glass_is_well(light: str, spots: int, severities: set[Severity]) -> None:
    scene = lane(light, SMALL)
    camera = Camera()
    camera.shows(scene, 12)
    camera.shows(muddy(scene, spots), 12)
    assert camera.reasons() == DIRTY
    told = camera.history[-1].findings[0]
    assert told.severity in severities
    assert told.measure > told.limit
    camera.shows(scene, 9)
    assert camera.reasons() == [*DIRTY, None]


def test_what_makes_few_spots_or_large_ones_is_no_dirt() -> None:
    scene = lane("day", SMALL)
    camera = Camera()
    camera.shows(scene, 8)
    for other in (
        shaded(scene),
        scene,
        lit(scene),
        scene,
        np.clip(scene * 1.15, 0, 255).astype(np.uint8),
        scene,
        muddy(scene, 4),
    ):
        camera.shows(other, 10)
    assert camera.reasons() == WELL


def test_many_spots_on_one_side_alone_are_something_else() -> None:
    """A sign with lettering that was put up, or a bush: dirt is everywhere."""
    scene = lane("day", SMALL)
    camera = Camera()
    camera.shows(scene, 8)
    camera.shows(muddy(scene, 12, left=0.85), 16)
    assert camera.reasons() == WELL


def test_mud_is_not_looked_for_behind_a_vehicle_nor_called_gone_for_it() -> None:
    scene = lane("day", SMALL)
    camera = Camera()
    camera.shows(scene, 8)
    camera.shows(muddy(scene, 120), 16)
    camera.shows(scene, 20, busy=True)
    assert camera.reasons() == DIRTY
    assert camera.history[-1].unjudged[HealthReason.DIRTY_LENS] == "lane_busy"


def test_a_place_that_a_lorry_threw_mud_on_is_not_learnt_anew() -> None:
    """While a view is young, what a lorry uncovers is learnt anew: it may have stood there from the start."""
    scene = lane("day", SMALL)
    view, occupied = learnt(scene, looks=20), Occupied()
    passing = [_with_a_lorry(scene, 640 - 40 * step) for step in range(41)]
    pictures = [muddy(one, 120) if step > 15 else one for step, one in enumerate(passing)]
    looks = [look_at(taken(one, number), number / 5) for number, one in enumerate([*pictures, *[pictures[-1]] * 8])]
    anew = [occupied.take(now, measure_tiles(now, before), view) for before, now in pairwise(looks)]
    stood_before = np.logical_or.reduce(anew)
    assert stood_before.mean() < 0.1
    assert occupied.share < 0.1


def _with_a_lorry(scene: Image, left: int) -> Image:
    """A lorry with lettering and patches on its side, 950 pixels long, from `left` on."""
    seen = scene.copy()
    top, bottom = 60, scene.shape[0] - 40
    side = np.full((bottom - top, 950, 3), (40, 90, 160), np.uint8)
    rng = np.random.default_rng(3)
    for _ in range(220):
        x, y = int(rng.integers(950)), int(rng.integers(bottom - top))
        grey = int(rng.integers(30, 220))
        cv2.ellipse(side, (x, y), (int(rng.integers(3, 22)), int(rng.integers(3, 12))), 20, 0, 360, (grey,) * 3, -1)
    first, last = max(0, left), min(scene.shape[1], left + 950)
    if last > first:
        seen[top:bottom, first:last] = side[:, first - left : last - left]
    return seen
