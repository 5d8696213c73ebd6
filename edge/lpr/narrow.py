"""Follows what is narrow along the lane's road: motorcycles are told from people by how fast they come.

A motorcycle that comes towards the camera shows no plate there, in Vietnam, and is hardly broader than a person. But a
person walks at 2 m/s, and runs through a lane at 4 m/s. One that rides away shows its plate, and need not be fast.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.lpr import bulk
from edge.lpr.crossing import steady_slope
from edge.lpr.motion import Foreground
from edge.lpr.road import Road
from edge.lpr.types import Box

_NARROW = 0.56
"""What is broader than so much of the lane is none of these things, nor is an arm across it."""
_LEAST_ROW_PX = 3
_LEAST_PX = 8
_SOLID_PX = 60
"""Whether something smaller is a thing or a light nobody can tell: at its edge everything is steep."""
_SPECK_GAP = np.ones((3, 3), np.uint8)
_ARM_GAP = np.ones((7, 1), np.uint8)
"""Rows of the small copy that an arm covers of what stands behind it."""
_FARTHEST_M = 40.0
_WIDTHS_M, _HEIGHTS_M = (0.3, 1.9), (0.35, 2.4)
"""Of people and riders, and of as much of them as is seen: by night a lamp and its glare."""
_RIDER_M, _RIDER_HIGH_M, _RIDER_CUT_HIGH_M = 0.6, 0.9, 0.6
"""A rider is so broad at least, and so high, or of one whose wheels have left the picture so much is seen …"""
_RIDER_FILLS = 0.4
"""… and fills so much of the box around it, other than an arm that goes up."""
_ASIDE_M = 1.3
"""What is farther from the middle of the lane stands at its edge."""
_PEOPLE_M = 0.6
"""People who run towards the camera are narrower than this."""
_FAST_M_S = 4.2
_FAST_S, _FAST_SPAN_S = 1.2, 1.7
"""A speed is measured over at least and at most so long …"""
_FAST_LOOKS = 4
_FAST_WAY_M = 5.0
_STRAYS_M, _DRIFTS_M = 0.8, 0.5
"""… along which places stray from an even ride by less than this on average, and drift sideways by less than this."""
_ONE_HEIGHT = 1.7
"""What is seen to grow by more within that time comes out of the dark or the haze: its foot was not where it seemed."""
_RIDER_LOOKS = 3
_LOST_S = 0.7
_JUMP_M, _JUMP_M_S, _JUMP_ASIDE_M = 1.0, 12.0, 0.8
_STEP_M = 0.4
_KEPT_STEPS = 200
_BEHIND_M = 0.4
_APART_LOOKS = 2
_BESIDE_M, _BESIDE_LOOKS = 0.9, 3
"""Two who ride are two when they were seen so far apart across the lane, in so many frames."""
_GONE_S = 0.3
"""Of two riders seen apart so often the first has gone when for so long it is seen no more at the lane's near end."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something narrow that stands on the road in one frame, in metres.

    Attributes:
        ahead_m: from the camera to its foot.
        aside_m: from the middle of the lane, to the right of the picture.
        row_m: how much farther the next row of the small copy is: no distance is known better.
        box: where it is in the frame, in pixels.
        cut: its foot is beyond the lane's near end, mostly below the picture.
        fills: share of the box around it.
        solid: it is large enough to tell that it is no mere light or shadow.

    """

    at_s: float
    ahead_m: float
    aside_m: float
    row_m: float
    width_m: float
    height_m: float
    box: Box
    cut: bool
    fills: float
    solid: bool

    @property
    def stands(self) -> bool:
        """Whether somebody stands, walks or rides there: upright, whole as far as it is in the picture, in the lane."""
        high = _RIDER_CUT_HIGH_M if self.cut else _RIDER_HIGH_M
        return self.height_m >= high and self.fills >= _RIDER_FILLS and abs(self.aside_m) <= _ASIDE_M

    @property
    def like_rider(self) -> bool:
        """Whether it is a thing of a rider's size."""
        return self.solid and self.stands and self.width_m >= _RIDER_M


@dataclass(eq=False)
class NarrowTrack:
    """One narrow thing over time."""

    last: Thing
    fast: bool = False
    rider_looks: int = 0
    way: list[tuple[float, float]] = field(default_factory=list)
    """When it was how far ahead, in metres; an entry whenever that changed."""
    _recent: deque[Thing] = field(default_factory=deque)
    behind: Counter[NarrowTrack] = field(default_factory=Counter)
    """In how many frames it was seen behind which others, all of them like riders."""

    beside: Counter[NarrowTrack] = field(default_factory=Counter)
    """In how many frames it was seen beside which others, both of them fast."""

    @property
    def like_rider(self) -> bool:
        """Whether it looked like somebody who rides often enough; some who walk do too."""
        return self.rider_looks >= _RIDER_LOOKS

    @property
    def rides(self) -> bool:
        """Whether it came too fast for somebody on foot."""
        return self.fast and self.like_rider

    def add(self, thing: Thing) -> None:
        """It is seen there now."""
        self.last = thing
        self.rider_looks += thing.like_rider
        self._recent.append(thing)
        while thing.at_s - self._recent[0].at_s > _FAST_SPAN_S:
            self._recent.popleft()
        self.fast = self.fast or _is_fast(self._recent)
        followed = thing.stands and not thing.cut
        if followed and (not self.way or abs(thing.ahead_m - self.way[-1][1]) >= _STEP_M):
            self.way.append((thing.at_s, thing.ahead_m))
            if len(self.way) > _KEPT_STEPS:
                del self.way[1::2]

    def rode_beside(self, other: NarrowTrack) -> bool:
        """Whether they were two all along, and not one that was seen in two parts."""
        return self.beside[other] >= _BESIDE_LOOKS

    def distance(self, thing: Thing) -> float | None:
        """How far it would have gone to be this thing; None when that cannot be."""
        passed_s = thing.at_s - self.last.at_s
        ahead_m, aside_m = abs(thing.ahead_m - self.last.ahead_m), abs(thing.aside_m - self.last.aside_m)
        there = ahead_m <= _JUMP_M + _JUMP_M_S * passed_s and aside_m <= _JUMP_ASIDE_M
        return ahead_m if 0 < passed_s <= _LOST_S and there else None


class NarrowTracker:
    """Finds and follows narrow things; without a road there are none."""

    def __init__(self, road: Road | None) -> None:
        self._road = road
        self.tracks: list[NarrowTrack] = []
        """Those that are in view, or were a moment ago."""

    def look(self, seen: Foreground, now_s: float) -> None:
        """Take one frame into account."""
        if self._road is None or (not self.tracks and cv2.countNonZero(seen.mask.view(np.uint8)) < _LEAST_PX):
            return
        self.tracks = [track for track in self.tracks if now_s - track.last.at_s <= _LOST_S]
        for thing in things(seen, self._road, now_s):
            distances = [
                (way, place) for place, track in enumerate(self.tracks) if (way := track.distance(thing)) is not None
            ]
            if distances:
                self.tracks[min(distances)[1]].add(thing)
            else:
                self.tracks.append(NarrowTrack(thing))
                self.tracks[-1].add(thing)
        self._note_beside([track for track in self.tracks if track.last.at_s == now_s and track.fast])
        self._note_order([track for track in self.tracks if track.last.at_s == now_s and track.last.like_rider])

    def _note_beside(self, riders: Sequence[NarrowTrack]) -> None:
        for one, other in combinations(riders, 2):
            if abs(one.last.aside_m - other.last.aside_m) >= _BESIDE_M:
                one.beside[other] += 1
                other.beside[one] += 1

    def _note_order(self, riders: Sequence[NarrowTrack]) -> None:
        for track in riders:
            ahead = [other for other in riders if track.last.ahead_m - other.last.ahead_m > _BEHIND_M]
            track.behind = Counter({other: looks for other, looks in track.behind.items() if other in self.tracks})
            track.behind.update(ahead)

    def is_coming(self, now_s: float) -> bool:
        """Whether something that rides is in view and has moved a moment ago."""
        return any(track.rides and track.way and now_s - track.way[-1][0] < _LOST_S for track in self.tracks)

    def follower(self, now_s: float) -> NarrowTrack | None:
        """What was seen behind another rider that has just left the picture at its near end, and goes on."""
        for track in self.tracks:
            if track.last.at_s == now_s:
                for other, looks in track.behind.items():
                    if looks >= _APART_LOOKS and now_s - other.last.at_s > _GONE_S and other.last.cut:
                        del track.behind[other]
                        return track
        return None


def things(seen: Foreground, road: Road, now_s: float) -> Iterator[Thing]:
    """The narrow things that stand in the lane in one frame."""
    mask = seen.mask & seen.lane
    if np.count_nonzero(mask) < _LEAST_PX:
        return
    rows, columns = mask.shape
    joined = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, _SPECK_GAP)
    limits: list[float] = [
        max(_LEAST_ROW_PX, _NARROW * road.breadth((row + 1) / rows) * columns) for row in range(rows)
    ]
    joined = _without_broad_rows(np.asarray(joined, np.uint8), limits)
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, _ARM_GAP) & seen.lane.view(np.uint8)
    lane_ends = int(np.flatnonzero(seen.lane.any(axis=1))[-1]) + 1
    count, parts, boxes, _ = cv2.connectedComponentsWithStats(joined)
    width, height = seen.size
    for part in range(1, count):
        left, top, wide, high, pixels = (int(value) for value in boxes[part])
        foot = (top + high) / rows
        ahead_m = road.ahead_m(foot)
        if pixels < _LEAST_PX or ahead_m > _FARTHEST_M:
            continue
        picture_m = road.picture_m(foot)
        width_m, height_m = wide / columns * picture_m, high / rows * picture_m * height / width
        if not (_WIDTHS_M[0] <= width_m <= _WIDTHS_M[1] and _HEIGHTS_M[0] <= height_m <= _HEIGHTS_M[1]):
            continue
        of_lane = np.flatnonzero(seen.lane[top + high - 1])
        aside_px = left + wide / 2 - (of_lane[0] + of_lane[-1] + 1) / 2
        solid = pixels >= _SOLID_PX and not bulk.is_light(seen.view, seen.expected, parts == part)
        aside_m = aside_px / columns * picture_m
        x, y = width / columns, height / rows
        box = Box(left * x, top * y, (left + wide) * x, (top + high) * y)
        cut = top + high >= lane_ends
        row_m = road.ahead_m((top + high - 1) / rows) - ahead_m
        yield Thing(now_s, ahead_m, float(aside_m), row_m, width_m, height_m, box, cut, pixels / (wide * high), solid)


def _without_broad_rows(mask: NDArray[np.uint8], limits: Sequence[float]) -> NDArray[np.uint8]:
    """A mask without the runs of pixels that are longer than their row's limit."""
    steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    narrow = mask.copy()
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if end - start > limits[row]:
            narrow[row, start:end] = 0
    return narrow


def _is_fast(recent: Sequence[Thing]) -> bool:
    """Whether something came faster than anybody runs, steadily, straight and all of one size, until now."""
    looks = [thing for thing in recent if not thing.cut]
    starts = [start for start, thing in enumerate(looks) if looks[-1].at_s - thing.at_s >= _FAST_S]
    return any(_comes_fast(looks[start:]) for start in {starts[0], starts[-1]}) if starts else False


def _comes_fast(looks: Sequence[Thing]) -> bool:
    if len(looks) < _FAST_LOOKS or looks[0].ahead_m - looks[-1].ahead_m < _FAST_WAY_M:
        return False
    heights = [thing.height_m for thing in looks]
    if max(heights) > _ONE_HEIGHT * min(heights) or median(thing.width_m for thing in looks) < _PEOPLE_M:
        return False
    speed = steady_slope([(thing.at_s, thing.ahead_m) for thing in looks])
    offsets = [thing.ahead_m - speed * thing.at_s for thing in looks]
    middle = median(offsets)
    strays_m = sum(abs(offset - middle) for offset in offsets) / len(offsets)
    straight = abs(looks[0].aside_m - looks[-1].aside_m) <= _DRIFTS_M
    unsure_m_s = (looks[0].row_m + looks[-1].row_m) / 2 / (looks[-1].at_s - looks[0].at_s)
    return straight and speed <= -(_FAST_M_S + unsure_m_s) and strays_m < _STRAYS_M
