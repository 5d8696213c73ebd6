"""The daily bulletin in the shape that the Board publishes, and its sums over weeks and months. Pure.

A day runs from 20:00 to 20:00 of the place. Of each gate and direction it tells how many vehicles passed, by the goods
that were cleared on this way; what came from inland, what left after its import, what was turned back, and what stands
in the yards. Each number holds the ids of its passages. Goods are those of the declaration that reconciliation holds to
be the vehicle's; where there is none they are unknown, never guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from itertools import pairwise
from typing import Final

from central.reports.blind import missed, settled
from central.reports.doubles import declared_twice
from central.reports.doubts import Doubt, Outage, doubts_of
from central.store.declaration_records import DeclarationRecord, Regime
from central.store.records import PassageRecord
from central.traffic.flow import Flow
from central.traffic.observations import counts, saw_nobody
from central.traffic.stock import Stock, StockCount, stock_of
from contract.messages import Direction

CLOSES_AT: Final = time(20)
"""Figures are those of 20:00 of the place: the Board publishes them so."""
DAY: Final = timedelta(days=1)


class Column(StrEnum):
    """What a number of the bulletin counts, of one gate and direction."""

    FRUIT = "fruit"
    OTHER = "other"
    NEW_VEHICLE = "new_vehicle"
    """Vehicles that are the goods themselves."""
    UNKNOWN = "unknown"
    """They passed, and no declaration is held to be theirs."""
    FROM_INLAND = "from_inland"
    """In, to export: their goods are cleared on the way out."""
    AFTER_IMPORT = "after_import"
    """Out: their goods were cleared on the way in."""
    TURNED_BACK = "turned_back"
    """They were in the lane and did not go through."""


CLEARED: Final = (Column.FRUIT, Column.OTHER, Column.NEW_VEHICLE)
"""Goods that were cleared on this way."""
COLUMNS: Final = {
    Direction.IN: (*CLEARED, Column.UNKNOWN, Column.FROM_INLAND, Column.TURNED_BACK),
    Direction.OUT: (*CLEARED, Column.UNKNOWN, Column.AFTER_IMPORT, Column.TURNED_BACK),
}
"""The columns of a direction, in their order."""
_OTHER_WAY: Final = {
    (Regime.EXPORT.value, Direction.IN): Column.FROM_INLAND,
    (Regime.IMPORT.value, Direction.OUT): Column.AFTER_IMPORT,
}
"""Export is cleared on the way out and import on the way in; under any other regime goods are on board both ways."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts: the ids of its passages, in the order in which they were seen."""

    passage_ids: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many."""
        return len(self.passage_ids)

    def __add__(self, other: Figure) -> Figure:
        return Figure(self.passage_ids + other.passage_ids)


@dataclass(frozen=True, slots=True)
class Line:
    """One direction of one gate.

    Attributes:
        figures: each column of the direction.
        missed: column to the declarations of vehicles that no camera could see, and that the platform confirmed; they
            are in no figure.

    """

    gate: str
    direction: Direction
    figures: Mapping[Column, Figure]
    missed: Mapping[Column, tuple[str, ...]] = field(default_factory=dict)

    @property
    def cleared(self) -> Figure:
        """Vehicles whose goods were cleared on this way."""
        return _sum(self.figures[column] for column in CLEARED)

    @property
    def through(self) -> Figure:
        """All that went through: they enter or leave the stock."""
        return _sum(figure for column, figure in self.figures.items() if column is not Column.TURNED_BACK)


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a table, with its name."""

    gate: str
    direction: Direction
    column: Column
    figure: Figure


class _Table:
    """What a bulletin and the sum of several have in common."""

    lines: tuple[Line, ...]
    doubts: tuple[Doubt, ...]

    def line(self, gate: str, direction: Direction) -> Line:
        """One line.

        Raises:
            KeyError: it has no such gate.

        """
        for one in self.lines:
            if (one.gate, one.direction) == (gate, direction):
                return one
        raise KeyError(f"expected a gate of this bulletin, got {gate!r}")

    def total(self, column: Column, direction: Direction | None = None) -> Figure:
        """A column over all gates, of one direction or of both."""
        return _sum(
            one.figures[column] for one in self.lines if column in one.figures and direction in (None, one.direction)
        )

    def numbers(self) -> Iterator[Number]:
        """Every number, line by line."""
        for one in self.lines:
            for column, figure in one.figures.items():
                yield Number(one.gate, one.direction, column, figure)

    def doubts_about(self, gate: str, direction: Direction | None = None) -> tuple[Doubt, ...]:
        """What makes numbers of a gate doubtful."""
        return tuple(one for one in self.doubts if one.gate == gate and direction in (None, one.direction))


@dataclass(frozen=True)
class Bulletin(_Table):
    """The figures of one span: a day, or a shift.

    Attributes:
        since, until: the span, UTC; `until` is the moment of the stock.
        lines: two for each gate (in, out), in the order of the gates.
        stocks: gate to its stock at `until`, with what it was carried over from; gates are missing where nobody ever
            counted, or nothing is known of what was there before.
        doubts: what makes numbers doubtful.
        without_vehicle: passages in which a person saw no vehicle; they stand in no number.

    """

    since: datetime
    until: datetime
    lines: tuple[Line, ...]
    stocks: Mapping[str, Stock]
    doubts: tuple[Doubt, ...]
    without_vehicle: tuple[str, ...] = ()

    @property
    def gates(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(dict.fromkeys(one.gate for one in self.lines))

    @property
    def carried_over(self) -> int | None:
        """What stood in all yards when the span began; None where that is not known of every gate."""
        found = [self.stocks[gate].before.vehicles for gate in self.gates if gate in self.stocks]
        return sum(found) if len(found) == len(self.gates) else None

    @property
    def stock(self) -> int | None:
        """What stands in all yards in the end, as calculated; None where that is not known of every gate."""
        found = [self.stocks[gate].calculated for gate in self.gates if gate in self.stocks]
        return sum(found) if len(found) == len(self.gates) else None


@dataclass(frozen=True)
class Period(_Table):
    """Several bulletins that follow each other: a week or a month in days.

    `lines` are their sums. What was carried over stands in the first of `days`, the stock in the last.
    """

    days: tuple[Bulletin, ...]
    lines: tuple[Line, ...]
    doubts: tuple[Doubt, ...]

    @property
    def without_vehicle(self) -> tuple[str, ...]:
        """Passages of all days in which a person saw no vehicle."""
        return tuple(key for one in self.days for key in one.without_vehicle)

    @property
    def since(self) -> datetime:
        """When the first begins."""
        return self.days[0].since

    @property
    def until(self) -> datetime:
        """When the last ends."""
        return self.days[-1].until


def bulletin_of(
    gates: Sequence[str],
    passages: Iterable[PassageRecord],
    declarations: Iterable[DeclarationRecord],
    *,
    since: datetime,
    until: datetime,
    before: Mapping[str, StockCount] | None = None,
    counted: Mapping[str, StockCount] | None = None,
    flows: Sequence[Flow] = (),
    outages: Sequence[Outage] = (),
) -> Bulletin:
    """The bulletin of some gates from `since` to before `until`.

    Args:
        gates: in the order of the table; passages of others are left out.
        passages: those of the span, at least; their outcomes say whose declaration is whose.
        declarations: those that the passages are linked to, at least; with the others of the span, what was declared
            twice or missed by a blind camera is told, too.
        since: begin, UTC.
        until: end, UTC; a vehicle that is seen then is of the next span.
        before: gate to what stood there at `since`.
        counted: gate to what people counted at `until`.
        flows: hours of the span's lanes, each lane once.
        outages: of cameras, clipped to the span.

    Raises:
        ValueError: `until` lies before `since`, or a count is of another gate or moment.

    """
    if until < since:
        raise ValueError(f"expected an end after {since.isoformat()}, got {until.isoformat()}")
    ours = sorted(
        (one for one in passages if one.site in gates and since <= one.seen_at < until),
        key=lambda one: (one.seen_at, one.passage_id),
    )
    known = {one.declaration_id: one for one in declarations}
    found: dict[tuple[str, Direction, Column], list[str]] = defaultdict(list)
    linked: dict[str, str] = {}
    for passage in ours:
        declaration = known.get(linked_declaration(passage) or "")
        if declaration is not None:
            linked[str(passage.passage_id)] = declaration.declaration_id
        column = _column(passage, declaration)
        if column is not None:
            found[passage.site, passage.direction, column].append(str(passage.passage_id))
    missing = missed(outages, known.values(), set(linked.values()))
    hours = settled(flows, missing, outages)
    lines = tuple(
        Line(
            gate,
            direction,
            {column: Figure(tuple(found.get((gate, direction, column), ()))) for column in COLUMNS[direction]},
            _by_column(
                one for lane, them in missing.items() if (lane[0], lane[2]) == (gate, direction) for one in them
            ),
        )
        for gate in gates
        for direction in Direction
    )
    of_gates = (one for one in known.values() if one.gate in gates)
    twice = declared_twice(of_gates, set(linked.values()))
    counting = [one for one in ours if counts(one)]
    return Bulletin(
        since,
        until,
        lines,
        _stocks(gates, ours, since=since, until=until, before=before or {}, counted=counted or {}, flows=hours),
        doubts_of(counting, hours, outages, linked=linked, declared_twice=twice, span=(since, until)),
        tuple(str(one.passage_id) for one in ours if saw_nobody(one)),
    )


def period_of(bulletins: Sequence[Bulletin]) -> Period:
    """Several bulletins, one after the other, and their sums.

    Raises:
        ValueError: there is none, they do not follow each other without a gap, or their gates differ.

    """
    if not bulletins:
        raise ValueError("expected one bulletin at least, got none")
    for one, following in pairwise(bulletins):
        if one.until != following.since or one.gates != following.gates:
            raise ValueError(
                f"expected bulletins of the same gates that follow each other, got {', '.join(one.gates)} until "
                f"{one.until.isoformat()} and then {', '.join(following.gates)} from {following.since.isoformat()}"
            )
    lines = tuple(
        Line(
            first.gate,
            first.direction,
            {column: _sum(one.lines[place].figures[column] for one in bulletins) for column in first.figures},
            _joined(one.lines[place].missed for one in bulletins),
        )
        for place, first in enumerate(bulletins[0].lines)
    )
    return Period(tuple(bulletins), lines, tuple(doubt for one in bulletins for doubt in one.doubts))


def linked_declaration(passage: PassageRecord) -> str | None:
    """Id of the declaration that a passage is held to be of; None where it is only probable, or there is none."""
    outcome = passage.outcome
    return None if outcome is None or outcome.candidates else outcome.declaration_id


def day_span(day: date, utc_offset_h: float = 7.0) -> tuple[datetime, datetime]:
    """From 20:00 of the day before to 20:00 of `day`; the offset is the place's (Vietnam: 7)."""
    until = datetime.combine(day, CLOSES_AT, timezone(timedelta(hours=utc_offset_h)))
    return until - DAY, until


def day_of(moment: datetime, utc_offset_h: float = 7.0) -> date:
    """The day in whose bulletin a moment stands: from 20:00 on the next one."""
    local = moment.astimezone(timezone(timedelta(hours=utc_offset_h)))
    return local.date() + DAY if local.time() >= CLOSES_AT else local.date()


def _column(passage: PassageRecord, declaration: DeclarationRecord | None) -> Column | None:
    """Where a passage counts; None of one that was told of twice."""
    if passage.cancelled is not None:
        return Column.TURNED_BACK
    if not counts(passage):
        return None
    return Column.UNKNOWN if declaration is None else _column_of(declaration, passage.direction)


def _column_of(declaration: DeclarationRecord, direction: Direction) -> Column:
    other_way = _OTHER_WAY.get((declaration.regime, direction))
    if other_way is not None:
        return other_way
    return Column(declaration.goods_class) if declaration.goods_class in CLEARED else Column.UNKNOWN


def _by_column(declarations: Iterable[DeclarationRecord]) -> dict[Column, tuple[str, ...]]:
    found: dict[Column, tuple[str, ...]] = {}
    for one in declarations:
        column = _column_of(one, one.direction)
        found[column] = (*found.get(column, ()), one.declaration_id)
    return found


def _joined(several: Iterable[Mapping[Column, tuple[str, ...]]]) -> dict[Column, tuple[str, ...]]:
    found: dict[Column, tuple[str, ...]] = {}
    for one in several:
        for column, ids in one.items():
            found[column] = (*found.get(column, ()), *ids)
    return found


def _stocks(
    gates: Sequence[str],
    ours: Sequence[PassageRecord],
    *,
    since: datetime,
    until: datetime,
    before: Mapping[str, StockCount],
    counted: Mapping[str, StockCount],
    flows: Sequence[Flow],
) -> dict[str, Stock]:
    found: dict[str, Stock] = {}
    for gate in gates:
        count = before.get(gate)
        if count is None:
            continue
        if (count.site, count.at) != (gate, since):
            came = f"{count.site}, {count.at.isoformat()}"
            raise ValueError(f"expected what stood at {gate}, {since.isoformat()}, got a count of {came}")
        found[gate] = stock_of(count, ours, until=until, counted=counted.get(gate), flows=flows)
    return found


def _sum(figures: Iterable[Figure]) -> Figure:
    return sum(figures, Figure())
