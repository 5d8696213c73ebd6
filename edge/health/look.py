"""A look at a frame: the reduced copies that everything else is measured on. About two milliseconds for 1280 × 720."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image

Tiles = NDArray[np.float32]
"""A number for each part of the picture: 9 rows × 16 columns."""
Mask = NDArray[np.bool_]
"""Yes or no for each part of the picture: 9 rows × 16 columns."""

Profiles = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Means along rows, of each third of the width, 3 × 360; and along columns, of each third of the height, 3 × 640."""

ROWS, COLUMNS = 9, 16
_THIRDS = 3
FINE = (640, 360)
SMALL = (320, 180)
COARSE = (160, 90)
_ROUGH = np.array([1, -2, 1], np.float32)
_DIM_GREY = 6.0
"""Keeps the colour of what is nearly black from being made of noise."""
_GRAINY = 5.0
"""Grain beyond that of any healthy night: from here on it shows in coarse structure as well."""
_BLACK, _WHITE = 5, 250
"""At and beyond these a sensor clips: what stands there repeats in a live picture too."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Reduced copies of one frame, kept to compare the next one with. Grey levels are 0–255."""

    at_s: float
    size: tuple[int, int]
    """Width and height of the frame."""
    points: NDArray[np.uint8]
    """90 × 160 single pixels of the frame, as they are: noise stays."""
    fine: NDArray[np.uint8]
    """Means of 360 × 640."""
    profiles: Profiles
    """Of `fine`."""
    edges: NDArray[np.float32]
    """Second derivative (Laplacian) of `fine`."""
    coarse: NDArray[np.float32]
    """Means of 90 × 160: noise is nearly gone."""
    coarse_edges: NDArray[np.float32]
    """Second derivative of `coarse`."""
    slopes: NDArray[np.float32]
    """Strength of edges at 180 × 320, to tell where the picture lies."""
    tint: NDArray[np.float32]
    """90 × 160 × 2: how much stronger blue and red are than green, in per cent (100 times the natural logarithm of the
    ratio); 0 where colourless. It does not change with the light's strength."""


def look_at(image: Image, at_s: float) -> Look:
    """Reduce a frame."""
    height, width = image.shape[:2]
    # reduced first, then turned grey: a quarter of the work, and the same but for rounding
    fine = cv2.cvtColor(cv2.resize(image, FINE, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(fine, SMALL, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(small, COARSE, interpolation=cv2.INTER_AREA).astype(np.float32)
    pixels = cv2.resize(image, COARSE, interpolation=cv2.INTER_NEAREST)
    shades = 100.0 * cv2.log(cv2.blur(pixels.astype(np.float32), (5, 5)) + _DIM_GREY)
    return Look(
        at_s=at_s,
        size=(width, height),
        points=np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8),
        fine=np.asarray(fine, dtype=np.uint8),
        profiles=profiles_of(np.asarray(fine, dtype=np.uint8)),
        edges=np.asarray(cv2.Laplacian(fine, cv2.CV_32F), dtype=np.float32),
        coarse=coarse,
        coarse_edges=np.asarray(cv2.Laplacian(coarse, cv2.CV_32F), dtype=np.float32),
        slopes=_slopes(np.asarray(small, dtype=np.uint8)),
        tint=np.asarray(shades[..., (0, 2)] - shades[..., 1:2], dtype=np.float32),
    )


def _slopes(small: NDArray[np.uint8]) -> NDArray[np.float32]:
    soft = cv2.GaussianBlur(small, (0, 0), 1.0)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    # a strong edge counts as much as three middling ones, not as ten: no single lamp or kerb decides where we look
    return np.asarray(cv2.sqrt(cv2.magnitude(across, down)), dtype=np.float32)


def profiles_of(fine: NDArray[np.uint8] | NDArray[np.float32]) -> Profiles:
    """What is the same all along the rows, or the columns, of a picture of 360 × 640."""
    rows = [part.mean(axis=1, dtype=np.float32) for part in np.array_split(fine, _THIRDS, axis=1)]
    columns = [part.mean(axis=0, dtype=np.float32) for part in np.array_split(fine, _THIRDS)]
    return np.stack(rows), np.stack(columns)


def quantile(values: NDArray[np.floating], share: float) -> float:
    """What `share` (0–1) of the values, at least one, lie below; between two of them in proportion.

    The same number as `np.quantile`, which takes ten times as long over the hundred values of a picture's parts.
    """
    ordered = np.sort(values, axis=None)
    place = share * (ordered.size - 1)
    low = int(place)
    high = min(low + 1, ordered.size - 1)
    return float(ordered[low]) + (place - low) * (float(ordered[high]) - float(ordered[low]))


def tiled(values: NDArray[np.float32]) -> Tiles:
    """Means over the parts of a picture."""
    return np.asarray(cv2.resize(values, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class TileMeasures:
    """Numbers for each part of the picture, from a look and the one before it."""

    mean: Tiles
    """Grey."""
    spread: Tiles
    """Standard deviation of grey, noise left out."""
    fine: Tiles
    """Energy of fine structure that stays from look to look: sensor noise drops out, and so does what moves."""
    raw: Tiles
    """Energy of fine structure, noise and what moves included."""
    coarse: Tiles
    """Energy of coarse structure; strong noise left out."""
    change: Tiles
    """Mean squared difference to the look before, in grey levels squared."""
    tint: tuple[Tiles, Tiles]
    noise: float
    """Standard deviation of noise in `fine` grey levels: the change that most parts of the picture have at least."""
    grain: float
    """Standard deviation of sensor noise in grey levels of single pixels."""


def measure_tiles(now: Look, before: Look) -> TileMeasures:
    """Measure a look against the one before it."""
    difference = cv2.absdiff(now.fine, before.fine)
    change = tiled(np.asarray(cv2.multiply(difference, difference, dtype=cv2.CV_32F), dtype=np.float32))
    mean = tiled(now.coarse)
    square = tiled(now.coarse * now.coarse)
    quiet = quantile(change, 0.25)
    coarse, grain = tiled(now.coarse_edges * now.coarse_edges), _grain(now, before)
    if grain > _GRAINY:
        coarse = np.maximum(coarse - _coarse_noise(now, before, grain), 0.0)
    return TileMeasures(
        mean=mean,
        spread=np.sqrt(np.maximum(square - mean * mean, 0.0)),
        fine=np.maximum(tiled(now.edges * before.edges), 0.0),
        raw=tiled(now.edges * now.edges),
        coarse=coarse,
        change=change,
        tint=(tiled(now.tint[..., 0]), tiled(now.tint[..., 1])),
        noise=(quiet / 2.0) ** 0.5,
        grain=grain,
    )


def _coarse_noise(now: Look, before: Look, grain: float) -> float:
    """Energy of coarse structure that is noise: it changes from look to look, and no more than grain can explain."""
    apart = now.coarse_edges - before.coarse_edges
    return min(quantile(tiled(apart * apart), 0.25) / 2.0, 2.0 * (grain * grain - _GRAINY * _GRAINY))


def _grain(now: Look, before: Look) -> float:
    """Standard deviation of sensor noise in grey levels, from the quieter parts of the picture.

    What differs from look to look and is rough in itself: a view that moves differs too, but is smooth in places.
    """
    rough = np.abs(cv2.sepFilter2D(now.fine, cv2.CV_16S, _ROUGH, _ROUGH))
    # Immerkær 1996, "Fast noise variance estimation"; of white noise half is left in means of four pixels
    quiet = quantile(tiled(rough.astype(np.float32)), 0.2)
    spatial = 2.0 * math.sqrt(math.pi / 2.0) / 6.0 * quiet
    return min(spatial, _flicker(now, before))


def _flicker(now: Look, before: Look) -> float:
    """Standard deviation of what differs from look to look, in single pixels."""
    apart = cv2.absdiff(now.points, before.points).astype(np.float32)
    telling = ((now.points > _BLACK) & (now.points < _WHITE)).astype(np.float32)
    share = tiled(telling)
    if float(share.mean()) < 0.05:
        return 0.0
    means = tiled(apart * telling)[share > 0.5] / share[share > 0.5]
    # of a normal distribution the mean absolute difference of two draws is 2/sqrt(pi) standard deviations
    return quantile(means, 0.2) / 1.128 if means.size else 0.0
