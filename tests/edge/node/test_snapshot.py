"""The picture that a person asks for: as wide as helps, no larger than the line bears, and of now."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.messages import CameraHealth, HealthReason
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.settings import LprSettings
from edge.node.senses import LaneSenses
from edge.node.watcher import CameraWatcher, snapshot_jpeg
from tests.edge.health.rendered import FPS, lane, taken
from tests.edge.node.conftest import node_config
from tests.edge.node.whole_node import ColourDetector, ColourReader


def _noise(width: int, height: int, step: int) -> Image:
    coarse = np.random.default_rng(7).integers(0, 255, (height // step, width // step, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@pytest.mark.parametrize(
    ("image", "widths"),
    [
        (np.full((1080, 1920, 3), 120, np.uint8), {960}),
        (np.full((360, 500, 3), 120, np.uint8), {500}),
        (_noise(1920, 1080, 6), {640, 480}),
    ],
    ids=["plain", "smaller camera", "full of detail"],
)
def test_picture_is_as_wide_as_fits(image: Image, widths: set[int]) -> None:
    """Never wider than what the camera gives; a busy picture is narrower rather than heavy."""
    jpeg = snapshot_jpeg(image)
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape[1] in widths
    assert shown.shape[0] == pytest.approx(image.shape[0] * shown.shape[1] / image.shape[1], abs=1)
    assert len(jpeg) <= 80_000


def test_the_usual_picture_shows_the_fault_and_the_one_asked_for_what_is_there_now(tmp_path: Path) -> None:
    """A camera was covered, and is not any more: until that is sure a person sees the cover, or asks."""
    config = node_config(tmp_path)
    camera = config.cameras[0]
    reader = PlateReader(ColourDetector(), ColourReader(), LprSettings(), {})
    watcher = CameraWatcher(config, camera, reader, senses=LaneSenses(tmp_path, camera.lane, None, [camera.name]))
    began_at, began_s = datetime.now(UTC), time.monotonic()
    scene = lane("day", 640)
    cover = np.full_like(scene, 70) + np.arange(30, dtype=np.uint8).repeat(12)[:, None, None]
    watcher.start()
    try:
        for number, shown in enumerate([scene] * 30 + [cover] * 40 + [scene] * 2):
            after_s = number / FPS
            at = began_at + timedelta(seconds=after_s)
            # ahead of this machine's clock: however slow it is, the camera has not fallen silent
            frame = Frame(taken(shown, number), camera.name, at, began_s + 600 + after_s, number)
            watcher.take(frame)
        usual = watcher.report(every_s=0.0)
        watcher.report_soon()
        asked = watcher.report(every_s=3600.0)
    finally:
        watcher.stop()
    assert usual is not None
    assert asked is not None
    assert usual.reason is asked.reason is HealthReason.COVERED
    assert _spread(usual) < 15 < 30 < _spread(asked)
    assert usual.frame_at == began_at + timedelta(seconds=69 / FPS)
    assert asked.frame_at == began_at + timedelta(seconds=71 / FPS)


def _spread(health: CameraHealth) -> float:
    assert health.jpeg is not None
    shown = cv2.imdecode(np.frombuffer(health.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    return float(shown.std())
