"""What differs from the usual, and which gate, goods and hours carry the difference. Pure.

The usual is the mean of earlier spans of the same kind: for a day the same weekday of the weeks before. A span differs
where it lies outside all of them, and by more than chance and the settings let pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Final

from central.reports.bulletin import CLEARED, Column
from central.reports.settings import ReportSettings
from central.reports.statements import Code, Finding, Statement
from central.reports.tallies import Tally
from contract.messages import Direction

LEAST_SPANS: Final = 2
"""Of fewer earlier spans there is no usual."""
_CARRIES: Final = 0.5
"""What makes up so much of a difference carries it."""
_LONGEST_WINDOW_H: Final = 6
_HOURS_OF_DAY: Final = 24
_DEVIATIONS: Final = 2.0
"""Counts of independent arrivals spread by the root of their mean; twice as much is rarely chance."""


class Measure(StrEnum):
    """What is held against the usual."""

    CLEARED = "cleared"
    FROM_INLAND = "from_inland"
    TURNED_BACK = "turned_back"


_COLUMNS: Final = {
    Measure.CLEARED: frozenset(CLEARED),
    Measure.FROM_INLAND: frozenset({Column.FROM_INLAND}),
    Measure.TURNED_BACK: frozenset({Column.TURNED_BACK}),
}


def changes(tally: Tally, before: Sequence[Tally], settings: ReportSettings) -> Iterator[Finding]:
    """What differs over all gates, then at single ways of gates as far as that does not say it already."""
    if len(before) < LEAST_SPANS:
        return
    told: set[tuple[str, str]] = set()
    for measure, columns in _COLUMNS.items():
        whole = _compare(tally, before, _vehicles(columns))
        if whole.is_unusual(settings):
            why = tuple(_clues(tally, before, measure, whole))
            yield Finding(
                whole.statement(Code.MORE, Code.LESS, {"measure": measure.value}),
                why,
                links=(f"?cell={measure.value}",),
            )
            if measure is Measure.CLEARED:
                told = {(one.names["gate"], one.names["direction"]) for one in why if one.code is Code.AT_GATE}
    for gate, direction in tally.ways:
        way = _compare(tally, before, _vehicles(CLEARED, gate, direction))
        if (gate, direction.value) not in told and way.is_unusual(settings):
            names = {"gate": gate, "direction": direction.value}
            link = f"?gate={gate}&direction={direction.value}&cell={Measure.CLEARED.value}"
            yield Finding(way.statement(Code.MORE_AT, Code.LESS_AT, names), links=(link,))


def usual(tally: Tally, before: Sequence[Tally]) -> float | None:
    """Vehicles cleared as usual; None where there is no usual."""
    return _compare(tally, before, _vehicles(CLEARED)).mean if len(before) >= LEAST_SPANS else None


@dataclass(frozen=True, slots=True)
class _Compared:
    """One number of a span, and of the earlier ones as if they were as long."""

    now: int
    earlier: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.earlier) / len(self.earlier)

    def is_unusual(self, settings: ReportSettings) -> bool:
        gap = abs(self.now - self.mean)
        is_outside = not min(self.earlier) <= self.now <= max(self.earlier)
        least = max(settings.change_vehicles, settings.change_share * self.mean, _DEVIATIONS * sqrt(self.mean))
        return is_outside and gap >= least

    def statement(self, more: Code, less: Code, names: dict[str, str]) -> Statement:
        difference = self.now - round(self.mean)  # what the reader makes of the two numbers
        numbers: dict[str, float] = {
            "now_vehicles": self.now,
            "mean_vehicles": round(self.mean),
            "difference_vehicles": abs(difference),
            "spans": len(self.earlier),
        }
        return Statement(more if difference > 0 else less, numbers, names)

    def clue(self, code: Code, names: dict[str, str]) -> Statement:
        return Statement(code, {"now_vehicles": self.now, "mean_vehicles": round(self.mean)}, names)

    def share_of(self, whole: _Compared) -> float:
        return (self.now - self.mean) / (whole.now - whole.mean)


_Counting = Callable[[Tally], int]


def _compare(tally: Tally, before: Sequence[Tally], count: _Counting) -> _Compared:
    return _Compared(count(tally), tuple(count(one) * tally.days / one.days for one in before))


def _vehicles(columns: Collection[Column], gate: str | None = None, direction: Direction | None = None) -> _Counting:
    return lambda one: one.total(columns, gate, direction)


def _cleared_in(begin: int, length: int) -> _Counting:
    hours = range(begin, begin + length)
    return lambda one: sum(vehicles for hour, vehicles in one.cleared_by_hour().items() if hour in hours)


def _clues(tally: Tally, before: Sequence[Tally], measure: Measure, whole: _Compared) -> Iterator[Statement]:
    columns = _COLUMNS[measure]
    ways = [
        (_compare(tally, before, _vehicles(columns, *way)), {"gate": way[0], "direction": way[1].value})
        for way in tally.ways
    ]
    yield from _carrier(ways, whole, Code.AT_GATE)
    if measure is Measure.CLEARED:
        goods = [(_compare(tally, before, _vehicles((column,))), {"column": column.value}) for column in CLEARED]
        yield from _carrier(goods, whole, Code.OF_GOODS)
        yield from _window(tally, before, whole)


def _carrier(parts: Sequence[tuple[_Compared, dict[str, str]]], whole: _Compared, code: Code) -> Iterator[Statement]:
    """The part that makes up most of the difference, if one does."""
    part, names = max(parts, key=lambda one: one[0].share_of(whole))
    if part.share_of(whole) >= _CARRIES:
        yield part.clue(code, names)


def _window(tally: Tally, before: Sequence[Tally], whole: _Compared) -> Iterator[Statement]:
    """The shortest span of hours that carries the difference."""
    for length in range(1, _LONGEST_WINDOW_H + 1):
        windows = [
            (
                _compare(tally, before, _cleared_in(begin, length)),
                {"from_time": f"{begin:02}:00", "until_time": f"{begin + length:02}:00"},
            )
            for begin in range(_HOURS_OF_DAY - length + 1)
        ]
        found = tuple(_carrier(windows, whole, Code.IN_HOURS))
        if found:
            yield from found
            return
