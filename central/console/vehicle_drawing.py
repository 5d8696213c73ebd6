"""A vehicle's passages as a drawing: a row for each gate, time from left to right. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from central.store.records import PassageRecord
from contract.messages import Direction

WIDTH: Final = 1000
LEFT: Final = 184
"""Where time begins: the names of the gates stand before it."""
_RIGHT, _TOP, _ROW = 20, 30, 56
_TICKS: Final = 6
_LEAST: Final = timedelta(minutes=30)
"""A drawing spans at least so much, so that one passage does not fill it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage; lengths are units of the drawing."""

    x: float
    y: float
    passage: PassageRecord


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one passage to the next; `inside`: it stayed within the gate between them."""

    x1: float
    y1: float
    x2: float
    y2: float
    inside: bool


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate with how many went in and out."""

    site: str
    y: float
    ins: int
    outs: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is drawn; `ticks` are (x, time)."""

    height: float
    rows: tuple[GateRow, ...]
    marks: tuple[Mark, ...]
    stretches: tuple[Stretch, ...]
    ticks: tuple[tuple[float, datetime], ...]


def drawing_of(passages: Sequence[PassageRecord], now: datetime, zone: tzinfo) -> Drawing | None:
    """The drawing of some passages, whatever their order; None where nothing went through."""
    through = sorted((one for one in passages if one.cancelled is None), key=lambda one: one.seen_at)
    if not through:
        return None
    first, last = through[0].seen_at, through[-1].seen_at
    spare = max((last - first) * 0.02, (_LEAST - (last - first)) / 2)
    begins, ends = first - spare, min(last + spare, max(now, last + timedelta(seconds=1)))
    sites = [site for site, _ in Counter(one.site for one in through).most_common()]
    level = {site: _TOP + _ROW * (n + 0.5) for n, site in enumerate(sites)}
    ways = Counter((one.site, one.direction) for one in through)

    def across(at: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - _RIGHT) * ((at - begins) / (ends - begins)), 1)

    marks = tuple(Mark(across(one.seen_at), level[one.site], one) for one in through)
    return Drawing(
        height=_TOP + _ROW * len(sites) + 8,
        rows=tuple(GateRow(site, level[site], ways[site, Direction.IN], ways[site, Direction.OUT]) for site in sites),
        marks=marks,
        stretches=tuple(Stretch(a.x, a.y, b.x, b.y, _stayed(a.passage, b.passage)) for a, b in pairwise(marks)),
        ticks=tuple((across(at), at.astimezone(zone)) for at in _ticks(begins, ends)),
    )


def _stayed(before: PassageRecord, after: PassageRecord) -> bool:
    return before.site == after.site and (before.direction, after.direction) == (Direction.IN, Direction.OUT)


def _ticks(begins: datetime, ends: datetime) -> list[datetime]:
    return [begins + (ends - begins) * (n + 0.5) / _TICKS for n in range(_TICKS)]
