"""Made-up pictures."""

from __future__ import annotations

import cv2
import numpy as np


def jpeg_of(width: int, height: int, grey: int = 120) -> bytes:
    """A plain picture of this size."""
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8))
    assert done
    return bytes(data.tobytes())


def lane_jpeg(width: int = 960, height: int = 540) -> bytes:
    """A made-up lane that runs away from the camera, with kerbs and a stop line."""
    picture = np.full((height, width, 3), (96, 104, 92), np.uint8)
    picture[: height // 4] = (196, 186, 170)

    def at(across: float, down: float) -> tuple[int, int]:
        return round(across * width), round(down * height)

    road = np.array([at(0.42, 0.25), at(0.6, 0.25), at(0.95, 1), at(0.1, 1)], np.int32)
    cv2.fillPoly(picture, [road], (72, 72, 74))
    for across in (0.42, 0.6):
        cv2.line(picture, at(across, 0.25), at(0.1 if across < 0.5 else 0.95, 1), (210, 214, 220), 5)
    cv2.line(picture, at(0.27, 0.66), at(0.79, 0.66), (225, 225, 225), 9)
    cv2.rectangle(picture, at(0.05, 0.12), at(0.13, 0.6), (60, 70, 120), -1)
    noise = np.random.default_rng(3).normal(0, 5, picture.shape)
    done, data = cv2.imencode(".jpg", np.clip(picture + noise, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 70])
    assert done
    return bytes(data.tobytes())
