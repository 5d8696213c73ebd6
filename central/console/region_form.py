"""The region of a camera as people type and see it: in per cent of the picture, with what is wrong in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from contract.messages import Direction
from contract.region import CameraRegion

Spot = tuple[float, float]
"""A place in the picture, as shares of its width and height."""
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_MOST_CORNERS = 40
_POINT = r"\[(-?[\d.e-]+), (-?[\d.e-]+)\]"
_SAID = {
    "corner_twice": re.compile(rf"corner {_POINT} stands twice"),
    "folds_back": re.compile(rf"turns back on itself at {_POINT}"),
    "crosses": re.compile(rf"crosses itself, {_POINT} to {_POINT} and {_POINT} to {_POINT}"),
    "line_short": re.compile(rf"trigger line needs two points, got {_POINT}"),
    "line_outside": re.compile(rf"trigger line {_POINT} to {_POINT} lies outside"),
}
"""How the contract words each fault; a test holds every one of its rules against this."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a region makes no sense: `key` names the sentence in the catalogue, `spots` where in the picture it shows."""

    key: str
    spots: tuple[Spot, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class RegionForm:
    """A region as the fields of the page hold it: a corner a line, across and down in per cent."""

    lane: str = ""
    line_from: str = ""
    line_to: str = ""
    way: str = ""

    @classmethod
    def of(cls, region: CameraRegion | None) -> Self:
        """The fields that say this; without a region they are empty."""
        if region is None:
            return cls()
        start, end = map(_typed, region.trigger) if region.trigger else ("", "")
        lane = "\n".join(map(_typed, region.lane))
        return cls(lane, start, end, region.direction.value if region.direction else "")

    def read(self) -> CameraRegion | tuple[Fault, ...]:
        """The region, or everything that is wrong with it."""
        corners, faults = [], []
        for number, line in enumerate(self.lane.strip().splitlines(), start=1):
            point = _point(line)
            if point is not None:
                corners.append(point)
            elif line.strip():
                faults.append(Fault("not_two_numbers", value=str(number)))
        ends = [_point(self.line_from), _point(self.line_to)]
        if self.way and None in ends:
            faults.append(Fault("line_missing"))
        if len(corners) > _MOST_CORNERS:
            faults.append(Fault("too_many", value=str(_MOST_CORNERS)))
        if faults:
            return tuple(faults)
        values: dict[str, Any] = {"lane": corners}
        if self.way:
            values |= {"trigger": ends, "direction": self.way}
        try:
            return CameraRegion.model_validate(values)
        except ValidationError as error:
            return tuple(_faults(error, [*corners, *(end for end in ends if end)]))


def _typed(point: Spot) -> str:
    return " ".join(f"{round(100 * share, 1):g}" for share in point)


def _point(text: str) -> Spot | None:
    """`12.5 30`, `12,5 30` or `12.5, 30`: two numbers, in per cent."""
    numbers = [float(number.replace(",", ".")) / 100 for number in _NUMBER.findall(text)]
    return (round(numbers[0], 4), round(numbers[1], 4)) if len(numbers) == 2 else None


def _faults(error: ValidationError, points: Iterable[Spot]) -> list[Fault]:
    kinds = {fault["type"] for fault in error.errors()}
    if kinds & {"greater_than_equal", "less_than_equal"}:  # first: a corner that is no good is also said to be missing
        return [Fault("outside_picture", tuple(p for p in points if not all(0 <= share <= 1 for share in p)))]
    if "too_short" in kinds:
        return [Fault("too_few")]
    return [_fault(fault["msg"]) for fault in error.errors()]


def _fault(said: str) -> Fault:
    for key, pattern in _SAID.items():
        if found := pattern.search(said):
            numbers = [float(number) for number in found.groups()]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            return Fault(key, (_crossing(points) if key == "crosses" else _middle(points),))
    return Fault("other", value=said.removeprefix("Value error, "))


def _middle(points: list[Spot]) -> Spot:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _crossing(points: list[Spot]) -> Spot:
    """Where two segments cross; the middle of all four ends where they lie along each other."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = points
    across = (x2 - x1) * (y4 - y3) - (y2 - y1) * (x4 - x3)
    if across == 0:
        return _middle(points)
    along = ((x3 - x1) * (y4 - y3) - (y3 - y1) * (x4 - x3)) / across
    return x1 + along * (x2 - x1), y1 + along * (y2 - y1)


@dataclass(frozen=True, slots=True)
class Overlay:
    """A region in the pixels of its picture, ready to be drawn."""

    width: int
    height: int
    outline: str = ""
    """Corners, as SVG wants them; empty without a region."""
    line: tuple[Spot, Spot] | None = None
    arrow: str = ""
    """The path of an arrow across the line, to the side that vehicles come out on."""
    label: Spot | None = None
    """Where the word of the arrow stands, in per cent of the picture."""
    direction: Direction | None = None


def overlay(region: CameraRegion | None, size: tuple[int, int]) -> Overlay:
    """What to draw over a picture of this size. Pure."""
    width, height = size
    if region is None:
        return Overlay(width, height)

    def pixels(point: Spot) -> Spot:
        return round(point[0] * width, 1), round(point[1] * height, 1)

    outline = " ".join(f"{x:g},{y:g}" for x, y in map(pixels, region.lane))
    if region.trigger is None:
        return Overlay(width, height, outline)
    (x1, y1), (x2, y2) = start, end = pixels(region.trigger[0]), pixels(region.trigger[1])
    length = max(1e-6, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    # the right-hand side, for somebody who looks from the first end to the second
    across, down = (y1 - y2) / length, (x2 - x1) / length
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    reach = max(height / 25, min(height / 8, _room((x, y), (across, down), size)))
    tip = (x + across * reach, y + down * reach)
    wings = [
        (tip[0] - reach / 3 * (across + side * down), tip[1] - reach / 3 * (down - side * across)) for side in (1, -1)
    ]
    marks = " ".join(f"{px:.1f},{py:.1f}" for px, py in (wings[0], tip, wings[1]))
    arrow = f"M{x - across * reach / 2:.1f},{y - down * reach / 2:.1f} L{tip[0]:.1f},{tip[1]:.1f} M{marks}"
    label = _stands((x, y), (across, down), reach, size)
    return Overlay(width, height, outline, (start, end), arrow, label, region.direction)


def _room(start: Spot, way: Spot, size: tuple[int, int]) -> float:
    """How far one gets from a place before the edge of the picture."""
    axes = zip(start, way, size, strict=True)
    return min((((length if step > 0 else 0) - at) / step for at, step, length in axes if step), default=0.0)


def _stands(start: Spot, way: Spot, reach: float, size: tuple[int, int]) -> Spot:
    """Before the tip of the arrow, or behind its tail where there is no room; in per cent of the picture."""
    width, height = size
    for forward in (reach + height / 16, -reach / 2 - height / 16):
        label = (100 * (start[0] + way[0] * forward) / width, 100 * (start[1] + way[1] * forward) / height)
        if 4 <= label[0] <= 96 and 5 <= label[1] <= 95:
            break
    return label
