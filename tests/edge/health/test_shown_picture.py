"""The picture that is told with a level shows the fault, and its age is that of the picture."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from contract.messages import HealthReason
from edge.frame import Image
from edge.health.monitor import CaptureFacts
from tests.edge.health.rendered import Camera, lane


def covered() -> Image:
    return np.full((360, 640, 3), 70, np.uint8) + np.arange(30, dtype=np.uint8).repeat(12)[:, None, None]


def test_the_picture_shows_the_fault_and_not_the_vehicle_that_stands_before_it() -> None:
    """A cover is told; a lorry comes and the lane cannot be judged: a person still sees the cover, with its age."""
    scene = lane("day", 640)
    lorry = scene.copy()
    lorry[60:340, 100:560] = (40, 60, 130)
    lorry[80:300:20, 120:540] = 220
    camera = Camera()
    camera.shows(scene, 6)
    well = camera.history[-1]
    assert (well.reason, well.frame_at) == (None, camera.now)
    assert well.picture is not None
    assert well.picture.std() > 30
    camera.shows(covered(), 8)
    last_seen_at = camera.now
    assert camera.history[-1].reason is HealthReason.COVERED
    camera.shows(lorry, 4, busy=True)
    told = camera.history[-1]
    assert told.reason is HealthReason.COVERED
    assert told.frame_at == last_seen_at
    assert told.picture is not None
    assert told.picture.std() < 15
    camera.shows(scene, 8)
    healed = camera.history[-1]
    assert (healed.reason, healed.frame_at) == (None, camera.now)


def test_a_camera_that_fell_silent_shows_its_last_picture_with_its_age() -> None:
    """Also when a fault was told before: what is graver now shows in no picture."""
    camera = Camera()
    camera.shows(lane("day", 640), 4)
    camera.shows(lane("day", 640), 9, still=True)
    last_at = camera.now
    assert camera.history[-1].reason is HealthReason.FROZEN
    after_s = camera.now_s + 6
    told = camera.monitor.assess(last_at + timedelta(seconds=6), after_s, CaptureFacts(False, 0.0, 6.0))
    assert told.reason is HealthReason.SIGNAL_LOST
    assert told.frame_at == last_at
