"""The one place where pixels are cut out, straightened and scaled for a model."""

from __future__ import annotations

import cv2
import numpy as np

from edge.frame import Image
from edge.lpr.types import Box, Corners, Detection


def rectify(image: Image, corners: Corners, width: int, height: int) -> Image:
    """The quadrilateral `corners` of `image` as an upright picture of `width` × `height` pixels."""
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(np.array(corners, dtype=np.float32), target)
    straight = cv2.warpPerspective(
        image, warp, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(straight, dtype=np.uint8)


def corners_of(box: Box) -> Corners:
    """The four corners of an upright box."""
    return ((box.x1, box.y1), (box.x2, box.y1), (box.x2, box.y2), (box.x1, box.y2))


def whole_picture(image: Image) -> Detection:
    """A picture that is a plate crop, as a detection."""
    height, width = image.shape[:2]
    box = Box(0, 0, width - 1, height - 1)
    return Detection(box, corners_of(box), 1.0)


def box_of(*quads: Corners) -> Box:
    """The smallest upright box around some quadrilaterals."""
    xs = [x for quad in quads for x, _ in quad]
    ys = [y for quad in quads for _, y in quad]
    return Box(min(xs), min(ys), max(xs), max(ys))


def size_of(corners: Corners) -> tuple[float, float]:
    """Mean width and height of a quadrilateral in pixels."""
    top_left, top_right, bottom_right, bottom_left = (np.array(point) for point in corners)
    width = (np.linalg.norm(top_right - top_left) + np.linalg.norm(bottom_right - bottom_left)) / 2
    height = (np.linalg.norm(bottom_left - top_left) + np.linalg.norm(bottom_right - top_right)) / 2
    return float(width), float(height)


def crop_box(image: Image, box: Box, margin: float = 0.0) -> Image:
    """The part of `image` inside `box`, with `margin` (share of the box) around it, within the picture."""
    height, width = image.shape[:2]
    x_margin, y_margin = box.width * margin, box.height * margin
    x1, x2 = int(max(0, box.x1 - x_margin)), int(min(width, box.x2 + x_margin + 1))
    y1, y2 = int(max(0, box.y1 - y_margin)), int(min(height, box.y2 + y_margin + 1))
    return image[y1:y2, x1:x2]


def as_tensor(image: Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A picture as 1 × 3 × height × width, each value (v / 255 − 0.5) / 0.5."""
    scaled = image.astype(np.float32) * (2.0 / 255.0) - 1.0
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])


def straighten(image: Image, corners: Corners, width: int, height: int) -> Image:
    """Like `rectify`, but every pixel of a large plate counts: it is first cut out larger, then averaged down."""
    wide, high = size_of(corners)
    factor = int(min(4, max(1, np.ceil(max(wide / width, high / height) - 0.25))))
    straight = rectify(image, corners, width * factor, height * factor)
    if factor == 1:
        return straight
    return np.asarray(cv2.resize(straight, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
