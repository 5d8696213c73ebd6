"""Dirt on the glass: many small spots that stay. A few, one side alone, a shadow, a lamp and a burnt-out sky are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from contract.messages import HealthReason, Severity
from edge.frame import Image
from tests.edge.health.rendered import Camera, lane

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
