"""The picture that a person asks for: as wide as helps, no larger than the line bears."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.frame import Image
from edge.node.watcher import snapshot_jpeg


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
