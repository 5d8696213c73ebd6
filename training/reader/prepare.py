"""Real crops for the reader: cut out of the labelled pictures, and varied while training."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.plate import CN_PROVINCES, PlateColour, PlateCountry, parse
from edge.lpr.preprocess import straighten
from edge.lpr.types import Corners
from rendering import effects
from rendering.fonts import Image
from training.reader.targets import COLOURS, COUNTRIES, HEIGHT, MAX_TEXT, WIDTH, Sample, unknown_frames
from training.real_pictures import Row, load_rows, spellable

_MARGIN = 0.4
_FOREIGN = frozenset({"detect", "detect2"})
"""Collections of plates of other countries, with boxes alone."""
_FOREIGN_WIDTH_PX = 36.0
_OTHER = COUNTRIES.index(PlateCountry.OTHER)
_YELLOW = COLOURS.index(PlateColour.YELLOW)
_COLOUR_NAMES = {"yellow2": "yellow", "vn_blue": "blue", "vn_yellow": "yellow", "paper": "white"}


@dataclass(frozen=True, slots=True, eq=False)
class RealCrop:
    """A plate with some surroundings, its corners in it, and its label."""

    image: Image
    corners: Corners
    text: str
    colour: int
    lines: int
    country: int
    group: str
    exact_corners: bool


def real_crops(data: Path, *, held_out: bool, permissive_only: bool = False) -> list[RealCrop]:
    """All crops for training, or all that are held out."""
    rows = load_rows(data, permissive_only=permissive_only)
    wanted = [row for row in rows if row.held_out is held_out and spellable(row.text) and len(row.text) <= MAX_TEXT]
    found = [_crop(row) for row in wanted if row.crop or row.box]
    return [crop for crop in found if crop is not None]


def foreign_crops(data: Path, *, permissive_only: bool = False) -> list[RealCrop]:
    """Plates of other countries for training; what stands on them is not known, only that they are none of ours.

    A collection may hold a plate of ours unnoticed; the few do no harm.
    """
    rows = load_rows(data, permissive_only=permissive_only)
    wanted = [row for row in rows if row.collection in _FOREIGN and row.box and not row.held_out]
    found = [_crop(row) for row in wanted if row.box and row.box[2] - row.box[0] >= _FOREIGN_WIDTH_PX]
    return [replace(crop, text="", country=_OTHER, colour=-1, lines=-1) for crop in found if crop is not None]


def _crop(row: Row) -> RealCrop | None:
    image = cv2.imread(str(row.path), cv2.IMREAD_COLOR)
    if image is None:
        return None
    picture = np.asarray(image, np.uint8)
    if row.crop or row.box is None:
        height, width = picture.shape[:2]
        points = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    else:
        x1, y1, x2, y2 = row.box
        points = np.array(row.corners or [(x1, y1), (x2, y1), (x2, y2), (x1, y2)], np.float32)
        extra_x, extra_y = (x2 - x1) * _MARGIN, (y2 - y1) * _MARGIN
        left, top = max(0, int(x1 - extra_x)), max(0, int(y1 - extra_y))
        picture = picture[top : int(y2 + extra_y), left : int(x2 + extra_x)]
        points = points - np.array([left, top], np.float32)
    plates = parse(row.text)
    country = plates[0].country if plates else PlateCountry.VN if row.collection == "vn" else PlateCountry.OTHER
    colour = _COLOUR_NAMES.get(row.colour, row.colour)
    return RealCrop(
        image=picture,
        corners=as_corners(points),
        text=row.text,
        colour=COLOURS.index(PlateColour(colour)) if colour in set(PlateColour) else -1,
        lines=row.lines - 1,
        country=COUNTRIES.index(country),
        group=_group(row),
        exact_corners=row.corners is not None,
    )


def _group(row: Row) -> str:
    origin = row.origin if row.collection == "vn" or row.origin == "liuruoze" else "others"
    return f"{row.collection} {row.use} {origin}"


def weights(crops: list[RealCrop]) -> list[float]:
    """How often each is drawn: half Vietnamese, half Chinese; frequent provinces and origins less."""
    kinds = Counter(_balance_key(crop) for crop in crops)
    shares = [kinds[_balance_key(crop)] ** -0.5 for crop in crops]
    totals: Counter[bool] = Counter()
    for crop, share in zip(crops, shares, strict=True):
        totals[_chinese(crop)] += share  # type: ignore[assignment]  # Counter adds floats as well
    return [share / totals[_chinese(crop)] for crop, share in zip(crops, shares, strict=True)]


def _chinese(crop: RealCrop) -> bool:
    return crop.text[0] in CN_PROVINCES


def _balance_key(crop: RealCrop) -> str:
    return crop.text[0] if _chinese(crop) else f"{crop.group} {crop.colour} {crop.lines}"


def plain(crop: RealCrop) -> Image:
    """The crop as the product would cut it."""
    return straighten(crop.image, crop.corners, WIDTH, HEIGHT)


def varied(crop: RealCrop, rng: random.Random) -> Sample:
    """A training sample of a real crop: jittered corners, other light, worse pictures."""
    points = np.array(crop.corners, np.float32)
    size = points.max(axis=0) - points.min(axis=0)
    jitter = 0.03 if crop.exact_corners else 0.018
    points = points + effects.noise_source(rng).standard_normal((4, 2)).astype(np.float32) * size * jitter
    points = _reframed(points, size, rng)
    if rng.random() < 0.35:
        points = _turned(points, rng.gauss(0, 10 if crop.lines == 1 else 6))
    if rng.random() < 0.3:
        points = _sheared(points, rng.gauss(0, 0.15), rng.gauss(0, 0.07))
    image = crop.image
    if rng.random() < (0.2 if crop.colour == _YELLOW else 0.06):
        image = effects.flash(image, rng, rng.uniform(0.2, 0.9))
    if rng.random() < 0.05:
        image = effects.cut_off(image, np.array(crop.corners, np.float32), rng)
    if rng.random() < 0.05:
        image = effects.covered(image, rng, rng.uniform(0.0, 0.15))
    image = _worse(image, rng)
    straight = straighten(image, as_corners(points), WIDTH, HEIGHT)
    legible = 1 if crop.text else -1
    return Sample(straight, crop.text, unknown_frames(), crop.country, crop.colour, crop.lines, legible)


def _reframed(points: effects.Corners, size: NDArray[np.float32], rng: random.Random) -> effects.Corners:
    """Each side a little further in or out, sometimes far out."""
    furthest = 0.25 if rng.random() < 0.12 else 0.07
    low = np.array([rng.uniform(-0.03, furthest) for _ in range(2)], np.float32)
    high = np.array([rng.uniform(-0.03, furthest) for _ in range(2)], np.float32)
    outward = np.where(points < points.mean(axis=0), -low, high)
    return np.asarray(points + outward * size, np.float32)


def _sheared(points: effects.Corners, along_x: float, along_y: float) -> effects.Corners:
    middle = points.mean(axis=0)
    shear = np.array([[1, along_y], [along_x, 1]], np.float32)
    return np.asarray((points - middle) @ shear + middle, np.float32)


def _turned(points: effects.Corners, degrees: float) -> effects.Corners:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    middle = points.mean(axis=0)
    return np.asarray((points - middle) @ turn + middle, np.float32)


def _worse(image: Image, rng: random.Random) -> Image:
    row_px = image.shape[0] * 0.4
    if rng.random() < 0.6:
        image = effects.light(image, rng, rng.uniform(0.1, 0.8))
    if rng.random() < 0.06:
        image = effects.infrared(image, rng)
    if rng.random() < 0.2:
        image = effects.shade(image, rng, rng.uniform(0.1, 0.6))
    if row_px > 14 and rng.random() < 0.4:
        image = effects.low_resolution(image, max(9 / row_px, rng.uniform(0.25, 0.9)))
    if rng.random() < 0.25:
        image = effects.defocus(image, row_px * rng.uniform(0.01, 0.07))
    if rng.random() < 0.12:
        image = effects.motion(image, rng, row_px * rng.uniform(0.05, 0.25))
    if rng.random() < 0.3:
        image = effects.noise(image, rng, 0.5 * rng.random() ** 2)
    if rng.random() < 0.25:
        image = effects.jpeg(image, rng.randint(25, 90))
    return image


def as_corners(points: effects.Corners) -> Corners:
    """An array of four points as corners."""
    return tuple((float(x), float(y)) for x, y in points)  # type: ignore[return-value]  # four points in, four out
