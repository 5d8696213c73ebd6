"""Containers' markings among the rows of text in a picture, whatever engine finds and reads these rows.

On a door `TSTU`, `100001` and the boxed check digit stand beside each other, often with a locking bar between them, or
below each other; an engine tells them as one row, two or three. Rows are joined where their places follow the shape of
a code. The boxed digit is what engines overlook: where all but it was found, the row is read again with the room behind
it, and if nothing is read there the marking stays without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from contract.container_code import CODE_LENGTH
from edge.frame import Image
from edge.lpr.container import ContainerRead, Lattice, MarkingSeen, choose, may_stand_at
from edge.lpr.preprocess import box_of, size_of
from edge.lpr.types import Box, Corners, Position

_MOST_ROWS = 4
_WIDEST_GAP = 4.0
"""Rows beside each other belong together up to so many of their heights apart: a bar, and the lock beside it."""
_ROOM_FOR_BOX = (2.2, 3.6)
"""Within so many heights behind the serial number the boxed digit begins and ends."""


class RowEngine(Protocol):
    """Finds rows of text and reads them."""

    def find_rows(self, image: Image) -> list[Corners]:
        """Where upright rows of text are."""
        ...

    def read_row(self, image: Image, corners: Corners) -> tuple[Position, ...]:
        """What stands at each place of a row, from left to right."""
        ...


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of text in a picture."""

    corners: Corners
    lattice: Lattice

    @property
    def box(self) -> Box:
        """The upright box around it."""
        return box_of(self.corners)


class RowContainerReader:
    """A `ContainerReader` over an engine for rows of text."""

    def __init__(self, engine: RowEngine) -> None:
        self._engine = engine

    def read_picture(self, image: Image) -> list[MarkingSeen]:
        """Every marking of a picture, whole ones first; a row of text belongs to one of them only."""
        rows = [TextRow(corners, self._engine.read_row(image, corners)) for corners in self._engine.find_rows(image)]
        chains = [self._completed(image, chain) for chain in chains_of([row for row in rows if row.lattice])]
        found = [(chain, MarkingSeen(_around(chain), _joined(chain))) for chain in chains]
        found.sort(key=lambda pair: _worth(pair[1].lattice), reverse=True)
        kept: list[tuple[tuple[TextRow, ...], MarkingSeen]] = []
        for chain, seen in found:
            if not any(row.box.overlap(other.box) > 0.5 for others, _ in kept for row in chain for other in others):
                kept.append((chain, seen))
        return [seen for _, seen in kept]

    def _completed(self, image: Image, chain: tuple[TextRow, ...]) -> tuple[TextRow, ...]:
        """Read the last row again with the room behind it where the check digit is all that is missing."""
        last = chain[-1]
        if len(_joined(chain)) != CODE_LENGTH - 1:
            return chain
        for room in _ROOM_FOR_BOX:
            corners = longer(last.corners, room)
            again = TextRow(corners, self._engine.read_row(image, corners))
            whole = (*chain[:-1], again)
            if len(again.lattice) == len(last.lattice) + 1 and _goes_on(_joined(chain[:-1]), again.lattice):
                return whole
        return chain


def chains_of(rows: Sequence[TextRow]) -> list[tuple[TextRow, ...]]:
    """Rows that together have the eleven places of a code, or all but its check digit, each of the right kind."""
    return [chain for row in rows for chain in _grown((row,), rows) if len(_joined(chain)) >= CODE_LENGTH - 1]


def longer(corners: Corners, heights: float) -> Corners:
    """A row with room behind it, so many times its height."""
    top_left, top_right, bottom_right, bottom_left = corners
    width, height = size_of(corners)
    share = heights * height / max(width, 1.0)

    def beyond(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
        return end[0] + (end[0] - start[0]) * share, end[1] + (end[1] - start[1]) * share

    return top_left, beyond(top_left, top_right), beyond(bottom_left, bottom_right), bottom_left


def _grown(chain: tuple[TextRow, ...], rows: Sequence[TextRow]) -> Iterator[tuple[TextRow, ...]]:
    """A chain and all longer ones that it begins, as long as their places can be those of a code."""
    if not _goes_on((), _joined(chain)):
        return
    yield chain
    if len(chain) < _MOST_ROWS:
        for row in rows:
            if row not in chain and (_beside(chain[-1].box, row.box) or _below(chain[-1].box, row.box)):
                yield from _grown((*chain, row), rows)


def _goes_on(before: Lattice, lattice: Lattice) -> bool:
    """Whether these places, behind `before`, are of the kinds that a code has there."""
    places = range(len(before), len(before) + len(lattice))
    return places.stop <= CODE_LENGTH and all(
        may_stand_at(place, position) for place, position in zip(places, lattice, strict=True)
    )


def _joined(chain: Sequence[TextRow]) -> Lattice:
    return tuple(position for row in chain for position in row.lattice)


def _around(chain: Sequence[TextRow]) -> Box:
    return box_of(*(row.corners for row in chain))


def _worth(lattice: Lattice) -> tuple[bool, float]:
    verdict = choose(lattice)
    return len(lattice) == CODE_LENGTH, verdict.confidence if isinstance(verdict, ContainerRead) else 0.0


def _beside(left: Box, right: Box) -> bool:
    height = max(left.height, right.height)
    level = abs(_middle(left) - _middle(right)) < 0.6 * height
    return level and _alike(left, right) and -0.3 * height < right.x1 - left.x2 < _WIDEST_GAP * height


def _below(upper: Box, lower: Box) -> bool:
    step = _middle(lower) - _middle(upper)
    aligned = abs(lower.x1 - upper.x1) < 2.0 * upper.height
    return aligned and _alike(upper, lower) and 0.5 * upper.height < step < 2.0 * upper.height


def _alike(one: Box, other: Box) -> bool:
    return 0.5 < one.height / max(other.height, 1e-6) < 2.0


def _middle(box: Box) -> float:
    return (box.y1 + box.y2) / 2
