"""Is something in the lane? What differs in colour from the empty lane, on a small copy of the frame.

The empty lane is learnt pixel by pixel while it looks empty, with how much each pixel flickers; where a vehicle stands
nothing is learnt, so that one may stand for hours. A change of light over the whole picture is taken out before
comparing. Times are the frames' own, so that the result does not depend on the frame rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.lpr.types import Box

_WIDTH, _HEIGHT = 96, 54
_DIFFERENT = 22.0
"""Levels (of 255) of one colour that tell a vehicle from noise and a shadow's edge on the blurred copy …"""
_FLICKERS = 5.0
"""… or so many times the usual flicker of that pixel (leaves, water), if that is more …"""
_MOST_DIFFERENT = 60.0
"""… but never more than this."""
_LEARN_S = 6.0
_LEARN_BESIDE_VEHICLE_S = 30.0
"""Time constants of learning: of the empty lane, and of what is seen of it beside a vehicle."""
_MIN_DARK = 12.0
_THICK = 7
"""Pixels of the small copy that a vehicle has in every direction."""
_MOST_LIGHT = 14.0
"""A change of light over the whole picture is taken out up to so many grey levels; more is a vehicle filling it …"""
_SAME_SCENE = 0.9
"""… unless the picture still correlates so well with the empty lane that it is the lane in another light."""
_MIN_TEXTURE = 10.0
_SAME_LANE_SHARE = 0.02
_REMEMBERED = 3

_Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """What differs from the empty lane: share of the picture, box in the frame's pixels, whether it moves.

    Share and box leave out thin parts, such as a barrier's arm; the mask has them.
    """

    share: float
    box: Box | None
    moving: bool
    mask: NDArray[np.bool_] = field(repr=False)
    size: tuple[int, int]
    """Width and height of the frame."""

    def covers(self, box: Box) -> float:
        """Share of `box` (frame's pixels) that lies on something that differs from the empty lane, holes filled."""
        x_scale, y_scale = _WIDTH / self.size[0], _HEIGHT / self.size[1]
        columns = _span(box.x1 * x_scale, box.x2 * x_scale)
        rows = _span(box.y1 * y_scale, box.y2 * y_scale)
        part = _filled(self.mask)[rows, columns]  # a lit plate of a dark vehicle at night is thin
        return float(part.mean()) if part.size else 0.0


class LaneBackground:
    """Learns the empty lane and says what stands in it. The first frame is taken for the empty lane."""

    def __init__(self) -> None:
        self._empty: _Small | None = None
        self._flicker = np.zeros((_HEIGHT, _WIDTH), np.float32)
        self._earlier: list[_Small] = []
        self._last = np.zeros((_HEIGHT, _WIDTH, 3), np.float32)
        self._last_s = self._passed_s = 0.0
        self._still_s = np.zeros((_HEIGHT, _WIDTH), np.float32)

    def look(self, image: Image, now_s: float) -> Foreground:
        """Compare a frame with the empty lane."""
        small = cv2.resize(image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
        view = np.asarray(cv2.GaussianBlur(small, (5, 5), 0), dtype=np.float32)
        if self._empty is None:
            self._empty, self._last, self._last_s = view.copy(), view, now_s
        self._passed_s = max(0.0, now_s - self._last_s)
        changed = np.abs(view - self._last).max(axis=2) > _DIFFERENT / 2
        near_change = cv2.dilate(changed.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # a plain flank moves too
        self._still_s = np.where(near_change, 0.0, self._still_s + self._passed_s).astype(np.float32)
        self._last, self._last_s = view, now_s
        mask = self._mask(view, self._empty)
        if _without_thin_parts(mask).mean() > _SAME_LANE_SHARE and self._earlier:
            mask = self._mask_by_earlier(view, mask)
        self._learn_beside(view, mask)
        height, width = image.shape[:2]
        moving = float(changed.mean()) > 0.004
        thick = _without_thin_parts(mask)
        return Foreground(float(thick.mean()), _box(thick, width, height), moving, mask, (width, height))

    def learn(self) -> None:
        """The lane is empty now: take the last frame's light into account, and how its pixels flicker."""
        if self._empty is None:
            return
        rate = 1.0 - math.exp(-self._passed_s / _LEARN_S)
        difference = self._last - self._empty
        self._flicker += rate * (np.abs(difference).max(axis=2) - self._flicker)
        self._empty += rate * difference

    def forget(self, still_s: float = 0.0, *, remember: bool = True) -> None:
        """Take what has been still for `still_s` for part of the empty lane, since it is no vehicle.

        With `remember`, should the lane look again as it did until now, it is empty then too: arm down and arm raised
        are two looks of one lane.
        """
        if self._empty is None:
            return
        if remember:
            self._earlier = [self._empty, *self._earlier][:_REMEMBERED]
        still = (self._still_s >= still_s)[..., np.newaxis]
        self._empty = np.where(still, self._last, self._empty).astype(np.float32)

    def _mask_by_earlier(self, view: _Small, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """If the lane looks again as before a `forget`, go back to that look, and remember this one instead."""
        for place, earlier in enumerate(self._earlier):
            fits = self._mask(view, earlier)
            if self._empty is not None and _without_thin_parts(fits).mean() < _SAME_LANE_SHARE:
                self._earlier[place], self._empty = self._empty, earlier
                return fits
        return mask

    def _mask(self, view: _Small, empty: _Small) -> NDArray[np.bool_]:
        expected = np.stack([_in_light_of(view[..., c], empty[..., c]) for c in range(3)], axis=2)
        limit = np.clip(_FLICKERS * self._flicker, _DIFFERENT, _MOST_DIFFERENT)
        different = np.abs(view - expected).max(axis=2) > limit
        return np.asarray(different & (np.maximum(view, expected).max(axis=2) > _MIN_DARK))

    def _learn_beside(self, view: _Small, mask: NDArray[np.bool_]) -> None:
        assert self._empty is not None
        rate = 1.0 - math.exp(-self._passed_s / _LEARN_BESIDE_VEHICLE_S)
        learnt = self._empty + rate * (view - self._empty)
        self._empty = np.where(mask[..., np.newaxis], self._empty, learnt).astype(np.float32)


def _in_light_of(now: _Small, empty: _Small) -> _Small:
    """One colour of the empty lane, as bright as it would be in the frame `now`."""
    deviation_now, deviation = float(now.std()), float(empty.std())
    if min(deviation_now, deviation) > _MIN_TEXTURE:
        covariance = float(((now - now.mean()) * (empty - empty.mean())).mean())
        if covariance / (deviation_now * deviation) > _SAME_SCENE:
            gain = float(np.clip(covariance / deviation**2, 0.5, 2.0))
            return np.asarray(now.mean() + gain * (empty - empty.mean()), dtype=np.float32)
    light = float(np.clip(np.median(now - empty), -_MOST_LIGHT, _MOST_LIGHT))
    return empty + np.float32(light)


def _without_thin_parts(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask without its specks and stripes: a barrier's arm is some pixels thick, a vehicle is more in every way."""
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    opened = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((_THICK, _THICK), np.uint8))
    return opened.astype(bool)


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask with its gaps closed and its holes filled: a vehicle has parts of the road's colour."""
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(joined, contours, -1, (1,), cv2.FILLED)
    return joined.astype(bool)


def _span(start: float, end: float) -> slice:
    first = max(0, math.floor(start))
    return slice(first, max(first + 1, math.ceil(end)))


def _box(mask: NDArray[np.bool_], width: int, height: int) -> Box | None:
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return None
    x_scale, y_scale = width / _WIDTH, height / _HEIGHT
    return Box(
        float(xs.min() * x_scale),
        float(ys.min() * y_scale),
        float((xs.max() + 1) * x_scale),
        float((ys.max() + 1) * y_scale),
    )
