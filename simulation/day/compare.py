"""Holds what central says of a made-up day against what happened, number by number.

Equal is said of a number where what central counted and what it names as missing are together what happened: the same
passages, and for vehicles that a blind camera missed the same declarations. A stock is equal where the books, what they
explain and what they leave unexplained are each as they should be; so it is right to the vehicle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from central.reports.bulletin import COLUMNS, Bulletin
from central.reports.doubts import Doubt
from central.reports.source import Gathered
from central.traffic.flow import DoubtReason
from simulation.day.trips import Day, How

_PLACE: Final = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Row:
    """One number.

    Attributes:
        said: what central counted.
        named: what it says is missing from that.
        equal: whether they are together what happened, and the same vehicles.

    """

    what: str
    truth: int
    said: int
    named: int
    equal: bool

    def __str__(self) -> str:
        named = f" and names {self.named:+d}" if self.named else ""
        same = "" if self.said + self.named != self.truth else " of other vehicles"
        return f"{self.what}: truth {self.truth}, central says {self.said}{named}{same}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of them."""

    rows: tuple[Row, ...]
    residuals: tuple[str, ...]
    """What central names as missing or doubled, in words."""
    stock: int
    books: int

    @property
    def equal(self) -> bool:
        """Whether every number is."""
        return all(row.equal for row in self.rows)

    @property
    def verdict(self) -> str:
        """In one line."""
        wrong = [row for row in self.rows if not row.equal]
        if wrong:
            more = f"; {len(wrong) - 1} more lines differ" if len(wrong) > 1 else ""
            return f"NOT equal: {wrong[0]}{more}"
        stock = f"stock at 20:00 {self.stock} = books {self.books} and residual {self.stock - self.books:+d}"
        return f"equal: {len(self.rows)} lines; {stock}; {'; '.join(self.residuals)}"


def compare(day: Day, gathered: Gathered, *, dead_letters: int) -> Comparison:
    """Hold the bulletin of a day against its truth."""
    bulletin = gathered.bulletin()
    rows = (
        *_lines(day, bulletin),
        *_stocks(day, bulletin),
        *_troubles(day, bulletin),
        _nothing_lost(day, gathered),
        Row("messages put aside", 0, dead_letters, 0, dead_letters == 0),
    )
    return Comparison(
        rows, tuple(_residuals(bulletin)), sum(day.stock(gate) for gate in day.gates), bulletin.stock or 0
    )


def _lines(day: Day, bulletin: Bulletin) -> Iterator[Row]:
    numbers, missed = day.numbers(), day.missed()
    for line in bulletin.lines:
        for column in COLUMNS[line.direction]:
            key = (line.gate, line.direction.value, column.value)
            truth, gone = numbers.get(key, ()), missed.get(key, ())
            figure, named = line.figures[column].passage_ids, line.missed.get(column, ())
            same = sorted(figure) == sorted(truth) and sorted(named) == sorted(gone)
            yield Row(" ".join(key), len(truth) + len(gone), len(figure), len(named), same)


def _stocks(day: Day, bulletin: Bulletin) -> Iterator[Row]:
    for gate in day.gates:
        stock = bulletin.stocks.get(gate)
        if stock is None or stock.unexplained is None:
            yield Row(f"{gate} stock at 20:00", day.stock(gate), 0, 0, equal=False)
            continue
        yield Row(
            f"{gate} carried over",
            day.before[gate],
            stock.before.vehicles,
            0,
            stock.before.vehicles == day.before[gate],
        )
        seen = sum(trip.sign for trip in day.trips if trip.gate == gate and trip.how in (How.SEEN, How.UNREAD))
        unexplained = day.unexplained(gate)
        explained = day.stock(gate) - day.before[gate] - seen - unexplained
        right = (day.before[gate] + seen, explained, unexplained)
        told = (stock.calculated, stock.explained, stock.unexplained)
        named = stock.explained + stock.unexplained
        yield Row(f"{gate} stock at 20:00", day.stock(gate), stock.calculated, named, told == right)
        yield Row(f"{gate} in no count", unexplained, stock.unexplained, 0, stock.unexplained == unexplained)


def _troubles(day: Day, bulletin: Bulletin) -> Iterator[Row]:
    """Each residual that was planted, by its cause; and none beside it."""
    missing = day.unseen()
    told = [one for one in bulletin.doubts if one.reason is DoubtReason.CAMERA_MISSED_VEHICLES]
    inside = all(_is_at(day, one) for one in told)
    count = sum(one.vehicles or 0 for one in told)
    yield Row("camera_missed_vehicles", missing, count, 0, count == missing and inside)
    pairs = day.declared_twice()
    named = [key for one in bulletin.doubts if one.reason is DoubtReason.DECLARED_TWICE for key in one.declaration_ids]
    one_of_each = len(named) == len(pairs) and all(len(pair.intersection(named)) == 1 for pair in pairs)
    yield Row("declared_twice", len(pairs), len(named), 0, one_of_each)


def _is_at(day: Day, doubt: Doubt) -> bool:
    here = (doubt.gate, doubt.lane, doubt.direction) == (day.blind.gate, day.blind.lane, day.blind.direction)
    return here and day.blind.since <= doubt.since and doubt.until <= day.blind.until


def _nothing_lost(day: Day, gathered: Gathered) -> Row:
    told, kept = day.passages(), {str(one.passage_id) for one in gathered.passages}
    return Row("passages in the store", len(told), len(kept), 0, told == kept)


def _residuals(bulletin: Bulletin) -> Iterator[str]:
    for one in bulletin.doubts:
        if one.reason is DoubtReason.CAMERA_MISSED_VEHICLES:
            hours = f"{_clock(one.since)}-{_clock(one.until)}"
            yield f"{one.vehicles:+d} camera_missed_vehicles in {one.gate}/{one.lane} {hours}"
    for gate, stock in bulletin.stocks.items():
        if stock.unexplained:
            yield f"{stock.unexplained:+d} unexplained at {gate}"
    twice = sum(one.vehicles or 0 for one in bulletin.doubts if one.reason is DoubtReason.DECLARED_TWICE)
    yield f"{twice} declared_twice, nothing counted twice"


def _clock(at: datetime) -> str:
    return at.astimezone(_PLACE).strftime("%H:%M")
