"""Which way a vehicle went, and whether it went back, from where and how large it appeared over time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from contract.messages import Direction
from edge.lpr.lane_area import LaneArea
from edge.lpr.types import Point

_CHANGE = 1.25
_PLATE_CHANGE = 1.1
_LEAST_LOOKS = 4
_LEAST_STEPS = 3
"""A place on the road is noted whenever it has changed: fewer of them tell a way."""
_CAME = 1.1
"""A plate that grew by so much came up …"""
_WENT_BACK = 0.75
"""… and one that shrank again to so much of its largest went back."""
_BACK_SHARE = 0.2
"""Without a plate: the near end of the vehicle came up, and went back again, by so much of the picture's height …"""
_BACK_M = 3.0
"""… or what was followed along the road by so much."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a vehicle was seen doing: `places` are in shares of the picture, one for each look, in order.

    Attributes:
        places: where its plate was.
        plate_heights_px: how high its plate was, for each of `places`.
        shares: how much of the lane it filled, frame by frame.
        near_ends: how far down in the picture it reached (0–1), frame by frame.
        way: when (seconds) it was how far ahead on the road (metres), where it was narrow enough to be followed.

    """

    places: Sequence[Point] = ()
    plate_heights_px: Sequence[float] = ()
    shares: Sequence[float] = ()
    near_ends: Sequence[float] = ()
    way: Sequence[tuple[float, float]] = ()


def way_through(course: Course, area: LaneArea) -> Direction | None:
    """Which way a vehicle went through a lane that has a trigger line; None when that was not seen.

    Its plate was read on both sides of the line; or it was followed along the road; or its near end came down the
    picture, or went up; or, where that left the picture too soon, its plate grew or shrank.
    """
    crossed = area.crossed(course.places)
    if crossed is not None or area.downwards is None:
        return crossed
    if len(course.way) >= _LEAST_STEPS:
        came = steady_slope(course.way) < 0
        return area.downwards if came else area.downwards.opposite
    if len(course.near_ends) < _LEAST_LOOKS:
        return None
    first, last = _ends(course.near_ends)
    near = last > first if abs(last - first) > _BACK_SHARE else _plate_came(course)
    if near is None:
        return None
    return area.downwards if near else area.downwards.opposite


def _plate_came(course: Course) -> bool | None:
    """Whether its plate grew, which comes nearer, or shrank; None when it did neither by a tenth."""
    if len(course.plate_heights_px) < _LEAST_LOOKS:
        return None
    first, last = _ends(course.plate_heights_px)
    change = last / max(1e-6, first)
    return change > 1 if change > _PLATE_CHANGE or change < 1 / _PLATE_CHANGE else None


def direction_of(course: Course, area: LaneArea, *, facing: Direction = Direction.IN) -> Direction | None:
    """Direction of a vehicle: by the trigger line where there is one that it crossed, else by how it grew or shrank.

    What grows comes towards the camera, which looks at traffic of the direction `facing`; what shrinks goes the other
    way. The plate tells best: it grows or shrinks by a tenth between its first and last looks. Else the near end of the
    vehicle tells, which came down or went up in the picture, or the share of the lane that it filled, by a quarter.
    None when nothing does.
    """
    through = way_through(course, area)
    if through is not None:
        return through
    shares, other = course.shares, facing.opposite
    plate_came = _plate_came(course)
    if plate_came is not None:
        return facing if plate_came else other
    if len(shares) < _LEAST_LOOKS:
        return None
    if len(course.near_ends) >= _LEAST_LOOKS:
        first, last = _ends(course.near_ends)
        if abs(last - first) > _BACK_SHARE:
            return facing if last > first else other
    largest = max(range(len(shares)), key=shares.__getitem__)
    grew = shares[largest] / max(1e-6, min(shares[: largest + 1]))
    shrank = shares[largest] / max(1e-6, min(shares[largest:]))
    time_growing = largest / (len(shares) - 1)
    if grew > _CHANGE and time_growing >= 0.5:
        return facing
    if shrank > _CHANGE and time_growing < 0.5:
        return other
    return None


def turned_back(course: Course, area: LaneArea) -> bool:
    """Whether a vehicle came up and left again the way it had come.

    What crossed the trigger line and did not come back over it went through. Else its plate tells, which grew and then
    shrank to three quarters of its largest; without a plate its way along the road, or the near end of the vehicle,
    which sank in the picture and rose again. A vehicle that drives on leaves with its plate at its largest and its near
    end out of the picture.
    """
    if area.crossed(course.places) is not None:
        return False
    heights = course.plate_heights_px
    if len(heights) >= _LEAST_LOOKS:
        first, last = _ends(heights)
        largest = sorted(heights)[-max(1, len(heights) // 10)]
        return largest > _CAME * first and last < _WENT_BACK * largest
    if len(course.way) >= _LEAST_STEPS:
        first, last = _ends([ahead_m for _, ahead_m in course.way])
        nearest = min(ahead_m for _, ahead_m in course.way)
        return min(first, last) - nearest > _BACK_M
    ends = course.near_ends
    if len(heights) or len(ends) < _LEAST_LOOKS:
        return False
    first, last = _ends(ends)
    nearest = sorted(ends)[-max(1, len(ends) // 10)]
    return nearest - first > _BACK_SHARE and nearest - last > _BACK_SHARE


def steady_slope(points: Sequence[tuple[float, float]]) -> float:
    """By how much the second numbers grow as the first grow by one: the median over all pairs, which no stray bends."""
    slopes = [(b - a) / (y - x) for (x, a), (y, b) in combinations(points, 2) if y > x]
    return median(slopes) if slopes else 0.0


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """What a series begins and ends with: the medians of its first and last looks, at most an eighth of them."""
    few = min(3, max(1, len(values) // 8))
    return median(values[:few]), median(values[-few:])
