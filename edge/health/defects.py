"""What no lane looks like: torn rows, smeared or shifted blocks, stripes, bars. Measured on single looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.health.look import COARSE, Look, Profiles, profiles_of

_BLOCK = 8
"""A macroblock of 16 pixels, in a picture 1280 wide reduced to 640."""
_JUMP_GREY = 14.0
_BANDS = 8
_RUN_ROWS = 10
_ROW_SPREAD = 0.9
_AROUND_PX, _FAR_AROUND_PX = 15, 61
"""What is this near along a profile is its light. A picture has kerbs and roofs; a difference of two has none, and
shows stripes that are wide as well."""
_ALIKE, _MORE_ALIKE = 0.75, 0.85
_ROUND = 320
"""Edges along a row, and one more: a length whose Fourier transform is quick."""
_AWAY_PX = 4


@dataclass(frozen=True, slots=True)
class Defects:
    """Numbers of one look."""

    blocks: float
    """Borders of blocks of 16 pixels that jump, more than elsewhere, as a share of all."""
    smeared: float
    """Share of the picture in which rows repeat the row above."""
    flat_rows: float
    """Share of rows that are one even grey, neither black nor white."""
    torn: float
    """Share of rows that lie sideways of where the rest lies."""
    stripes: float
    """Strength of stripes that go across the whole picture, in grey levels."""
    unusual_stripes: float
    """The same of what differs from the usual picture: fainter ones show, but so does a vehicle that fills the view."""
    bars: tuple[float, float]
    """Share of the height, and of the width, that is even black at both sides."""
    usual_bars: tuple[float, float]
    """The same of what the camera usually sees."""


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What looks are measured against, worked out once from what the camera usually sees."""

    bars: tuple[float, float]
    profiles: Profiles
    spectrum: NDArray[np.complexfloating]
    power: NDArray[np.float32]
    telling: NDArray[np.bool_]
    """Rows with edges to tell their place by."""

    @classmethod
    def of(cls, picture: NDArray[np.float32]) -> Usual:
        """Of a picture of 360 × 640."""
        edges = _row_edges(picture)
        coarse = np.asarray(cv2.resize(picture, COARSE, interpolation=cv2.INTER_AREA), dtype=np.float32)
        return cls(
            bars=_bars(coarse),
            profiles=profiles_of(picture),
            spectrum=np.conj(np.fft.rfft(edges, n=_ROUND, axis=1)),
            power=np.linalg.norm(edges, axis=1),
            telling=edges.std(axis=1) > _ROW_SPREAD,
        )


def find_defects(now: Look, before: Look, usual: Usual | None) -> Defects:
    """Measure a look: by itself, against the one before, and against what the camera usually sees, if that is known."""
    smeared, flat = _repeated_rows(now.fine)
    return Defects(
        blocks=_block_borders(now.fine),
        smeared=smeared,
        flat_rows=flat,
        torn=_torn(now.fine, usual) if usual is not None else 0.0,
        stripes=max(map(_stripes, now.profiles, before.profiles)),
        unusual_stripes=0.0 if usual is None else max(map(_unusual_stripes, now.profiles, usual.profiles)),
        bars=_bars(now.coarse),
        usual_bars=(0.0, 0.0) if usual is None else usual.bars,
    )


def _block_borders(fine: NDArray[np.uint8]) -> float:
    """Jumps at the borders of the grid of blocks, less those half a block beside it, where nature jumps as often."""
    found = 0.0
    for picture in (fine, np.ascontiguousarray(fine.T)):
        height = picture.shape[0] // _BLOCK * _BLOCK
        steps = cv2.absdiff(picture[:height, 1:], picture[:height, :-1])
        # step k stands between columns k and k+1: block borders are steps 7, 15, …
        on, off = _lone_jumps(steps, _BLOCK - 1), _lone_jumps(steps, _BLOCK // 2 - 1)
        found += max(0.0, on - 2.0 * off)
    return found / 2


def _lone_jumps(steps: NDArray[np.uint8] | cv2.typing.MatLike, first: int) -> float:
    """Share of the places along every eighth column of steps that jump by more than their neighbours do."""
    own = steps[:, first:-1:_BLOCK].astype(np.int16)
    left = steps[:, first - 1 : -2 : _BLOCK]
    right = steps[:, first + 1 :: _BLOCK]
    count = min(own.shape[1], left.shape[1], right.shape[1])
    lone = own[:, :count] - np.maximum(left[:, :count], right[:, :count])
    sums = lone.reshape(-1, _BLOCK, count).sum(axis=1)
    return float((sums > _JUMP_GREY * _BLOCK).mean())


def _repeated_rows(fine: NDArray[np.uint8]) -> tuple[float, float]:
    steps = cv2.absdiff(fine[1:], fine[:-1])
    same = _in_bands(steps).mean(axis=2, dtype=np.float32) < 0.35
    if not _in_runs(same, _RUN_ROWS):
        return 0.0, 0.0  # what is live has noise: mostly there is nothing more to do
    grey = fine[1:].astype(np.float32)
    spread, mean = _in_bands(grey).std(axis=2), _in_bands(grey).mean(axis=2)
    # a smooth cover repeats its rows as well: what is smeared is rough along them
    rough = _in_bands(np.abs(np.diff(grey, axis=1, append=0)))[..., :-1].mean(axis=2)
    smeared = _in_runs(same & (spread > 4.0) & (rough > 1.5), _RUN_ROWS)
    even = same & (spread < 0.6) & (mean > 24) & (mean < 244)
    return smeared, _in_runs(even.all(axis=1)[:, None], _RUN_ROWS)


def _in_bands(rows: np.ndarray | cv2.typing.MatLike) -> np.ndarray:
    """Each row in eight parts."""
    return np.asarray(rows).reshape(rows.shape[0], _BANDS, -1)


def _in_runs(marks: NDArray[np.bool_], least: int) -> float:
    """Share of marks that stand in runs of at least `least` rows."""
    opened = cv2.morphologyEx(marks.astype(np.uint8), cv2.MORPH_OPEN, np.ones((least, 1), np.uint8))
    return float(opened.mean())


def _torn(fine: NDArray[np.uint8], usual: Usual) -> float:
    """Share of rows whose best place against the usual picture is some way sideways, though others lie as they did."""
    now = _row_edges(fine)
    # correlation round the edge, as a torn row often goes on at the other side
    power = np.linalg.norm(now, axis=1) * usual.power
    product = np.fft.rfft(now, n=_ROUND, axis=1) * usual.spectrum
    likeness = np.fft.irfft(product, n=_ROUND, axis=1) / (power[:, None] + 1.0)
    best = likeness.argmax(axis=1)
    most = likeness[np.arange(len(best)), best]
    away = np.minimum(best, _ROUND - best)
    here = likeness[:, :3].max(axis=1)
    torn = usual.telling & (away >= _AWAY_PX) & (most > 0.5) & (most > here + 0.25)
    lies = usual.telling & (here > 0.6)
    return _in_runs(torn[:, None], 2) if lies.mean() > 0.15 else 0.0


def _row_edges(fine: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Edges along rows of 45 bands; a strong one counts for little more than a weak one."""
    bands = cv2.resize(fine, (320, 45), interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = np.diff(bands, axis=1)
    return np.asarray(np.sign(steps) * np.sqrt(np.abs(steps)), dtype=np.float32)


def _stripes(now: NDArray[np.float32], before: NDArray[np.float32]) -> float:
    """Strength of what is brighter and darker by turns; as it wanders it shows best in what changed since last."""
    own = _waves(now, _AROUND_PX, _ALIKE)
    return max(own, _waves(now - before, _FAR_AROUND_PX, _MORE_ALIKE) / math.sqrt(2.0))


def _unusual_stripes(now: NDArray[np.float32], usual: NDArray[np.float32]) -> float:
    light = np.median((now + 1.0) / (usual + 1.0), axis=1, keepdims=True)
    return _waves((now - light * usual).astype(np.float32), _FAR_AROUND_PX, _MORE_ALIKE)


def _waves(profiles: NDArray[np.float32], around_px: int, alike: float) -> float:
    """Half the height of waves that are the same in each of three profiles; 0 where there are none."""
    rough = profiles - cv2.blur(profiles, (around_px, 1))
    # the median: a kerb or a horizon is one step, stripes are all over
    spreads = 1.48 * np.median(np.abs(rough), axis=1)
    if spreads.min() < 1.0:
        return 0.0
    together = np.atleast_2d(np.corrcoef(rough))
    likeness = float(min(together[0, 1], together[0, 2], together[1, 2]))
    turns = float((np.diff(np.sign(rough.mean(axis=0))) != 0).mean())
    return float(spreads.min()) if likeness > alike and turns > 0.04 else 0.0


def _bars(coarse: NDArray[np.float32]) -> tuple[float, float]:
    return _bar(coarse), _bar(coarse.T)


def _bar(coarse: NDArray[np.float32]) -> float:
    dark = (coarse.mean(axis=1) < 24) & (coarse.std(axis=1) < 0.6)
    if dark.all():
        return 0.0
    above, below = int(np.argmin(dark)), int(np.argmin(dark[::-1]))
    return (above + below) / len(dark) if min(above, below) >= 1 else 0.0
