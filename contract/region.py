"""Where in a camera's picture the lane lies, and which way through it is which."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.vocabulary import Direction

Share = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Share, Share]
"""Across and down, as shares of the picture's width and height: (0, 0) is the upper left corner, (1, 1) the lower
right. It stays true when the camera's picture size changes."""
Segment = tuple[Point, Point]


class CameraRegion(BaseModel):
    """The lane in the picture of one camera, and the line whose crossing tells the direction."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lane: Annotated[tuple[Point, ...], Field(min_length=3)]
    """The corners of the lane's road surface, in order, e.g. `[[0.2, 0.1], [0.8, 0.1], [1, 1], [0, 1]]`. Each corner
    is a share of the picture's width and height, counted from the upper left."""
    trigger: Segment | None = None
    """A line across the lane, from one point to another, where plates are read well on either side of it: it is the
    plate that crosses it, about a metre above the road."""
    direction: Direction | None = None
    """What a vehicle does that crosses the trigger line from its left to its right, for somebody who looks along it
    from the first point to the second. Swapping the points turns it round."""

    @field_validator("lane")
    @classmethod
    def _simple(cls, lane: tuple[Point, ...]) -> tuple[Point, ...]:
        for at, corner in enumerate(lane):
            if corner in lane[:at]:
                raise ValueError(f"corner {_shown(corner)} stands twice; the last corner joins the first by itself")
        for (first, one), (second, other) in combinations(enumerate(_edges(lane)), 2):
            if second - first in (1, len(lane) - 1):  # neighbours share a corner
                if _folds_back(one, other) or _folds_back(other, one):
                    raise ValueError(f"the outline turns back on itself at {_shown(one[1])}")
            elif _meet(one, other):
                raise ValueError(
                    f"the outline crosses itself, {_line(one)} and {_line(other)}; "
                    f"give the corners in order around the lane"
                )
        return lane

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if (self.trigger is None) != (self.direction is None):
            raise ValueError("trigger and direction need each other: the direction is told by the crossing of the line")
        if self.trigger is not None:
            if self.trigger[0] == self.trigger[1]:
                raise ValueError(f"the trigger line needs two points, got {_shown(self.trigger[0])} twice")
            if not any(_meet(self.trigger, edge) for edge in _edges(self.lane)) and not self.holds(self.trigger[0]):
                raise ValueError(
                    f"the trigger line {_line(self.trigger)} lies outside the lane: nothing would cross it"
                )
        return self

    def side_of_trigger(self, point: tuple[float, float]) -> float:
        """Above zero right of the trigger line (taken as endless), below zero left of it; 0 on it or without one."""
        return _side(self.trigger, point) if self.trigger else 0.0

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point of the picture, in shares of its width and height, lies in the lane."""
        across, down = point
        inside = False
        for (x1, y1), (x2, y2) in _edges(self.lane):
            if (y1 > down) != (y2 > down) and across < x1 + (down - y1) * (x2 - x1) / (y2 - y1):
                inside = not inside
        return inside

    def breadth(self, down: float) -> float:
        """How broad the lane is at this height of the picture, as a share of the picture's width."""
        crossings = [
            x1 + (down - y1) * (x2 - x1) / (y2 - y1)
            for (x1, y1), (x2, y2) in _edges(self.lane)
            if (y1 > down) != (y2 > down)
        ]
        return max(crossings) - min(crossings) if crossings else 0.0


def _edges(corners: tuple[Point, ...]) -> list[Segment]:
    return list(pairwise((*corners, corners[0])))


def _side(line: Segment, point: tuple[float, float]) -> float:
    """Above zero right of the line for somebody who looks along it, below zero left of it, zero on it."""
    (x1, y1), (x2, y2) = line
    return (x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)


def _meet(one: Segment, other: Segment) -> bool:
    """Whether two segments have a point in common."""
    sides = [_side(one, point) for point in other]
    others = [_side(other, point) for point in one]
    if sides[0] * sides[1] < 0 and others[0] * others[1] < 0:
        return True
    touches = [(one, point, side) for point, side in zip(other, sides, strict=True)]
    touches += [(other, point, side) for point, side in zip(one, others, strict=True)]
    return any(side == 0 and _within(segment, point) for segment, point, side in touches)


def _within(segment: Segment, point: Point) -> bool:
    """Whether a point on the segment's line lies between its ends."""
    return all(min(a, b) <= at <= max(a, b) for a, b, at in zip(*segment, point, strict=True))


def _folds_back(one: Segment, other: Segment) -> bool:
    """Whether the end of `other` that they do not share lies on `one`."""
    free = next(point for point in other if point not in one)
    return _side(one, free) == 0 and _within(one, free)


def _shown(point: Point) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"


def _line(segment: Segment) -> str:
    return f"{_shown(segment[0])} to {_shown(segment[1])}"
