"""Is something in the lane? What differs in colour from the empty lane, on a small copy of the frame.

The empty lane is learnt pixel by pixel while it looks empty, with how much each pixel flickers; where a vehicle stands
nothing is learnt, so that one may stand for hours. A change of light over the whole picture is taken out before
comparing. Times are the frames' own, so that the result does not depend on the frame rate.

An idle lane does nothing but this, so it is kept cheap: colours are planes (colour × row × column), since taking the
most of three planes is far faster than of three neighbours; and a frame like the last one that was compared, when
nothing at all differed, is not compared again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.lpr import bulk
from edge.lpr.lane_area import LaneArea
from edge.lpr.types import Box

_WIDTH, _HEIGHT = 96, 54
_DIFFERENT = 22.0
"""Levels (of 255) of one colour that tell a vehicle from noise and a shadow's edge on the blurred copy …"""
_DIFFERENT_SHARE = 0.32
_LEAST_DIFFERENT = 8.0
"""… but where it is dark so much of the brightness is enough, for a black car at night differs by little …"""
_FLICKERS = 5.0
"""… or so many times the usual flicker of that pixel (leaves, water), if that is more …"""
_FLICKER_RISES = 0.25
"""Flicker is believed so much more slowly than calm: headlights ahead of a vehicle, or an arm, are no flicker."""
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
_SAME_LEVELS = 2
_SAME_S = 0.7
"""For so long at most an empty lane that changed by no more than so many levels anywhere is taken to be as it was."""
_MEDIAN_EVERY = 5
_SAME_LANE_SHARE = 0.02
_REMEMBERED = 3
_LARGE_ROWS = 540
"""Of a frame with so many rows every second is enough."""
_MOVING_SHARE = 0.004
_ROWS_ASKED = 75
"""The breadth of a thing is that of the row at this percentile: one row alone may be an arm."""
_NEAR_CHANGE = np.ones((9, 9), np.uint8)
_SPECK_GAP = np.ones((3, 3), np.uint8)
_THICK_EVERY_WAY = np.ones((_THICK, _THICK), np.uint8)
_VEHICLE_GAP = np.ones((7, 7), np.uint8)

_Mask = NDArray[np.bool_]
_Small = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Body:
    """The largest thing in the lane that hangs together.

    Attributes:
        breadth: how broad it is, as a share of the picture's width: three quarters of its rows are no broader.
        foot: how far down in the picture it reaches, 0–1.
        cut: its foot is at the lane's near end or beyond, mostly below the picture.

    """

    breadth: float
    foot: float
    cut: bool


@dataclass(frozen=True, slots=True, eq=False)
class Foreground:
    """What differs from the empty lane: share of the lane, box in the frame's pixels, whether it moves.

    Share and box leave out thin parts, such as a barrier's arm; the mask has them.
    """

    share: float
    box: Box | None
    moving: bool
    mask: _Mask = field(repr=False)
    size: tuple[int, int]
    """Width and height of the frame."""
    lane: _Mask = field(repr=False)
    """The pixels of the small copy that belong to the lane."""
    view: _Small = field(repr=False)
    expected: _Small = field(repr=False)
    """The small copy, and what the empty lane would look like in its light."""

    @property
    def near_end(self) -> float:
        """How far down in the picture it reaches, 0–1."""
        return self.box.y2 / self.size[1] if self.box else 0.0

    def is_vehicle_like(self, *, breadth: float) -> bool:
        """Whether it is as broad as a vehicle, `breadth` of the lane's width, and no mere change of light."""
        mask = self.mask & self.lane
        return bulk.breadth(mask, self.lane) >= breadth and not bulk.is_light(self.view, self.expected, mask)

    def body(self) -> Body | None:
        """The largest thing in the lane; None when nothing is thick enough for one."""
        count, parts, boxes, _ = cv2.connectedComponentsWithStats(_without_thin_parts(self.mask & self.lane))
        if count < 2:
            return None
        largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
        top, high = (int(boxes[largest, what]) for what in (cv2.CC_STAT_TOP, cv2.CC_STAT_HEIGHT))
        runs = bulk.longest_runs((parts[top : top + high] == largest).view(np.uint8))
        lane_ends = int(np.flatnonzero(self.lane.any(axis=1))[-1]) + 1
        breadth = float(np.percentile(runs, _ROWS_ASKED)) / _WIDTH
        return Body(breadth, (top + high) / _HEIGHT, top + high >= lane_ends)

    def is_lit(self) -> bool:
        """Whether it surely is the lane itself, in another light or shadow."""
        mask = self.mask & self.lane
        light = bulk.is_light(self.view, self.expected, mask)
        return light and bulk.shows_through(self.view, self.expected, mask)

    def is_trace(self) -> bool:
        """Whether what differs has gone: it stood there when the empty lane was learnt. Light was never there."""
        trace = bulk.is_trace(self.view, self.expected, _filled(self.mask), self.lane)
        return trace and not self.is_lit()

    def whole_box(self) -> Box | None:
        """The box around all that stands in the lane, with what of it rises above the lane's road."""
        count, parts, boxes, _ = cv2.connectedComponentsWithStats(_without_thin_parts(self.mask))
        in_lane = np.bincount(parts[self.lane], minlength=count)
        standing = [boxes[part] for part in range(1, count) if in_lane[part] >= _THICK**2]
        if not standing:
            return self.box
        x_scale, y_scale = self.size[0] / _WIDTH, self.size[1] / _HEIGHT
        return Box(
            float(min(box[0] for box in standing) * x_scale),
            float(min(box[1] for box in standing) * y_scale),
            float(max(box[0] + box[2] for box in standing) * x_scale),
            float(max(box[1] + box[3] for box in standing) * y_scale),
        )

    def covers(self, box: Box) -> float:
        """Share of `box` (frame's pixels) that lies on something that differs from the empty lane, holes filled."""
        x_scale, y_scale = _WIDTH / self.size[0], _HEIGHT / self.size[1]
        columns = _span(box.x1 * x_scale, box.x2 * x_scale)
        rows = _span(box.y1 * y_scale, box.y2 * y_scale)
        part = _filled(self.mask)[rows, columns]  # a lit plate of a dark vehicle at night is thin
        return float(part.mean()) if part.size else 0.0


class LaneBackground:
    """Learns the empty lane and says what stands in it. The first frame is taken for the empty lane.

    Share, box and movement are of the lane's area; all of the picture is learnt, for a lorry rises above its road.
    """

    def __init__(self, area: LaneArea | None = None) -> None:
        self.set_area(area or LaneArea())
        self._empty: _Small | None = None
        self._flicker = np.zeros((_HEIGHT, _WIDTH), np.float32)
        self._earlier: list[_Small] = []
        self._last = np.zeros((3, _HEIGHT, _WIDTH), np.float32)
        self._nothing: tuple[NDArray[np.uint8], Foreground] | None = None
        """The small copy of the last frame that was compared, if nothing differed in it, and what was told of it."""
        self._last_s = self._passed_s = 0.0
        self._still_s = np.zeros((_HEIGHT, _WIDTH), np.float32)

    def set_area(self, area: LaneArea) -> None:
        """From now on this is the lane."""
        self._lane = area.mask(_WIDTH, _HEIGHT)
        self._lane_pixels = max(1, int(self._lane.sum()))
        self._nothing = None

    def look(self, image: Image, now_s: float) -> Foreground:
        """Compare a frame with the empty lane."""
        small = _small(image)
        if self._nothing is not None and self._is_as_it_was(small, image, now_s):
            self._passed_s = 0.0  # there is nothing to learn
            return self._nothing[1]
        view = np.array(cv2.split(small), np.float32)
        if self._empty is None:
            self._empty, self._last, self._last_s = view.copy(), view, now_s
        self._passed_s = max(0.0, now_s - self._last_s)
        moving = self._note_change(view)
        self._last, self._last_s = view, now_s
        expected = _in_light_of(view, self._empty)
        mask = self._mask(view, expected)
        thick = self._in_lane(mask)
        if self._earlier and self._share(thick) > _SAME_LANE_SHARE:
            mask, expected = self._by_earlier(view, mask, expected)
            thick = self._in_lane(mask)
        self._learn_beside(view, mask)
        height, width = image.shape[:2]
        box = _box(thick, width, height)
        seen = Foreground(self._share(thick), box, moving, mask, (width, height), self._lane, view, expected)
        self._nothing = None if moving or mask.any() else (small, seen)
        return seen

    def _is_as_it_was(self, small: NDArray[np.uint8], image: Image, now_s: float) -> bool:
        assert self._nothing is not None
        before, seen = self._nothing
        recent = 0.0 <= now_s - self._last_s < _SAME_S and seen.size == (image.shape[1], image.shape[0])
        return recent and cv2.norm(small, before, cv2.NORM_INF) <= _SAME_LEVELS

    def _in_lane(self, mask: _Mask) -> NDArray[np.uint8]:
        return _without_thin_parts(mask & self._lane)

    def _share(self, mask: NDArray[np.uint8]) -> float:
        return cv2.countNonZero(mask) / self._lane_pixels

    def _note_change(self, view: _Small) -> bool:
        """Take down where the picture is still; returns whether something moves."""
        changed = ((np.abs(view - self._last).max(axis=0) > _DIFFERENT / 2) & self._lane).view(np.uint8)
        self._still_s += np.float32(self._passed_s)
        self._still_s[cv2.dilate(changed, _NEAR_CHANGE).view(np.bool_)] = 0.0  # a plain flank moves too
        return self._share(changed) > _MOVING_SHARE

    def learn(self) -> None:
        """The lane is empty now: take the last frame's light into account, and how its pixels flicker."""
        if self._empty is None or not self._passed_s:
            return
        rate = 1.0 - math.exp(-self._passed_s / _LEARN_S)
        difference = self._last - self._empty
        change = np.abs(difference).max(axis=0) - self._flicker
        self._flicker += np.where(change > 0, rate * _FLICKER_RISES, rate).astype(np.float32) * change
        self._empty += rate * difference

    def forget(self, still_s: float = 0.0, *, remember: bool = True) -> None:
        """Take what has been still for `still_s` for part of the empty lane, since it is no vehicle.

        With `remember`, should the lane look again as it did until now, it is empty then too: arm down and arm raised
        are two looks of one lane.
        """
        if self._empty is None:
            return
        self._nothing = None
        if remember:
            self._earlier = [self._empty, *self._earlier][:_REMEMBERED]
        self._empty = np.where(self._still_s >= still_s, self._last, self._empty).astype(np.float32)

    def _by_earlier(self, view: _Small, mask: _Mask, expected: _Small) -> tuple[_Mask, _Small]:
        """If the lane looks again as before a `forget`, go back to that look, and remember this one instead."""
        for place, earlier in enumerate(self._earlier):
            then = _in_light_of(view, earlier)
            fits = self._mask(view, then)
            if self._empty is not None and self._share(self._in_lane(fits)) < _SAME_LANE_SHARE:
                self._earlier[place], self._empty = self._empty, earlier
                return fits, then
        return mask, expected

    def _mask(self, view: _Small, expected: _Small) -> _Mask:
        brightness = np.maximum(view, expected).max(axis=0)
        least = np.clip(_DIFFERENT_SHARE * brightness, _LEAST_DIFFERENT, _DIFFERENT)
        limit = np.clip(_FLICKERS * self._flicker, least, _MOST_DIFFERENT)
        different = np.abs(view - expected).max(axis=0) > limit
        return np.asarray(different & (brightness > _MIN_DARK))

    def _learn_beside(self, view: _Small, mask: _Mask) -> None:
        assert self._empty is not None
        rate = 1.0 - math.exp(-self._passed_s / _LEARN_BESIDE_VEHICLE_S)
        self._empty += np.where(mask, np.float32(0.0), np.float32(rate)) * (view - self._empty)


def _small(image: Image) -> NDArray[np.uint8]:
    """The small copy of a frame, blurred.

    Reading the frame's bytes is most of the work, so a large one gives every second row only: what would shimmer by
    that when the camera shakes are stripes of two pixels, which a lens hardly resolves. All else is averaged, since
    picked pixels of a fence or a grating would shimmer. It is halved first because OpenCV averages four pixels an
    order of magnitude faster than any other area.
    """
    picture = image[::2] if image.shape[0] >= _LARGE_ROWS else image
    while picture.shape[1] >= 2 * _WIDTH and picture.shape[0] >= 2 * _HEIGHT:
        half = picture.shape[1] // 2, picture.shape[0] // 2
        picture = np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_AREA), np.uint8)
    small = cv2.resize(picture, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (5, 5), 0), np.uint8)


def _in_light_of(now: _Small, empty: _Small) -> _Small:
    """The empty lane, each colour as bright as it would be in the frame `now`."""
    flat_now, flat = now.reshape(3, -1), empty.reshape(3, -1)
    # sums of products by one pass each: of all that is done for an idle frame this was a third
    pixels = flat.shape[1]
    middle_now, middle = flat_now.mean(axis=1), flat.mean(axis=1)
    covariance = np.einsum("cp,cp->c", flat_now, flat) / pixels - middle_now * middle
    variance_now = np.einsum("cp,cp->c", flat_now, flat_now) / pixels - middle_now**2
    variance = np.einsum("cp,cp->c", flat, flat) / pixels - middle**2
    textured = np.minimum(variance_now, variance) > _MIN_TEXTURE**2
    same = textured & (covariance > _SAME_SCENE * np.sqrt(np.maximum(variance_now * variance, 0.0)))
    gain = np.where(same, np.clip(covariance / np.maximum(variance, 1e-6), 0.5, 2.0), 1.0).astype(np.float32)
    light = middle_now - gain * middle
    if not same.all():
        light = np.where(same, light, np.clip(_median(flat_now - flat), -_MOST_LIGHT, _MOST_LIGHT))
    return np.asarray(gain[:, None] * flat + light.astype(np.float32)[:, None]).reshape(empty.shape)


def _median(rows: _Small) -> _Small:
    """Of each row: about its median. One in so many pixels tells it as well, for the median is most of the work."""
    few = rows[:, ::_MEDIAN_EVERY]
    middle = few.shape[1] // 2
    return np.asarray(np.partition(few, middle, axis=1)[:, middle])


def _without_thin_parts(mask: _Mask) -> NDArray[np.uint8]:
    """A mask without its specks and stripes: a barrier's arm is some pixels thick, a vehicle is more in every way."""
    joined = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, _SPECK_GAP)
    return np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, _THICK_EVERY_WAY), np.uint8)


def _filled(mask: _Mask) -> _Mask:
    """A mask with its gaps closed and its holes filled: a vehicle has parts of the road's colour."""
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, _VEHICLE_GAP)
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(joined, contours, -1, (1,), cv2.FILLED)
    return joined.astype(bool)


def _span(start: float, end: float) -> slice:
    first = max(0, math.floor(start))
    return slice(first, max(first + 1, math.ceil(end)))


def _box(mask: NDArray[np.uint8], width: int, height: int) -> Box | None:
    x, y, columns, rows = cv2.boundingRect(mask)
    if not columns:
        return None
    x_scale, y_scale = width / _WIDTH, height / _HEIGHT
    return Box(x * x_scale, y * y_scale, (x + columns) * x_scale, (y + rows) * y_scale)
