"""Two plates that hang so close that they are found as one: Hong Kong's above Guangdong's on lorries, Macao's below.

Where the whole says nothing, its parts are looked at. Their edges were measured on a few such pairs; what is under a
square plate of two rows begins low and may reach out below.
"""

from __future__ import annotations

from edge.frame import Image
from edge.lpr.preprocess import box_of
from edge.lpr.types import Corners, Detection, Point, Read, Recogniser

_PARTS = ((0.0, 0.54), (0.46, 1.0), (0.62, 1.15), (0.66, 1.2))
"""Upper and lower edge, in heights of the whole."""
_SAYS_NOTHING = 0.5
_SURE = 0.9
_HIGH = 0.35
"""Height by width from which a find may be a pair."""


def read_with_parts(recogniser: Recogniser, image: Image, found: Detection) -> tuple[Detection, Read | None]:
    """Read a find or, where that says nothing and it is high, the one part of it that is surely a plate."""
    whole = recogniser.read(image, found)
    if (whole and whole.fits_grammar and whole.confidence > _SAYS_NOTHING) or _height_by_width(found) < _HIGH:
        return found, whole
    parts = [_part(found, upper, lower) for upper, lower in _PARTS]
    reads = [(part, read) for part in parts if (read := recogniser.read(image, part)) and read.fits_grammar]
    part, read = max(reads, key=lambda pair: pair[1].confidence, default=(found, whole))
    return (part, read) if read and read.confidence >= _SURE else (found, whole)


def _height_by_width(found: Detection) -> float:
    top_left, top_right, bottom_right, bottom_left = found.corners
    across = _distance(top_left, top_right) + _distance(bottom_left, bottom_right)
    return (_distance(top_left, bottom_left) + _distance(top_right, bottom_right)) / max(across, 1e-6)


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _part(found: Detection, upper: float, lower: float) -> Detection:
    top_left, top_right, bottom_right, bottom_left = found.corners
    corners: Corners = (
        _between(top_left, bottom_left, upper),
        _between(top_right, bottom_right, upper),
        _between(top_right, bottom_right, lower),
        _between(top_left, bottom_left, lower),
    )
    return Detection(box_of(corners), corners, found.confidence)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
