"""How much there was of everything in a span, small enough to keep: what a later span is held against. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, timezone

from central.reports.bulletin import Bulletin, Column
from central.store.records import PassageRecord
from contract.messages import Direction


@dataclass(frozen=True, slots=True)
class Count:
    """Vehicles of one number of the bulletin."""

    gate: str
    direction: Direction
    column: Column
    vehicles: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """One hour of the day (0–23, of the place) of one way of a gate.

    Attributes:
        cleared: vehicles whose goods were cleared on this way.
        through: all that went through.
        lanes: how many lanes they went through; in a sum of days the most of any day.

    """

    gate: str
    direction: Direction
    hour: int
    cleared: int
    through: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a span of whole days; `day` is the last of them."""

    day: date
    days: int
    counts: tuple[Count, ...]
    hours: tuple[HourCount, ...]

    def total(self, columns: Collection[Column], gate: str | None = None, direction: Direction | None = None) -> int:
        """Vehicles of these columns, of one gate and way or of all."""
        return sum(
            one.vehicles
            for one in self.counts
            if one.column in columns and gate in (None, one.gate) and direction in (None, one.direction)
        )

    def cleared_by_hour(self) -> Mapping[int, int]:
        """Hour of the day to vehicles cleared, over all gates."""
        found: Counter[int] = Counter()
        for one in self.hours:
            found[one.hour] += one.cleared
        return found

    @property
    def ways(self) -> tuple[tuple[str, Direction], ...]:
        """Every gate and direction that something was counted of."""
        return tuple(dict.fromkeys((one.gate, one.direction) for one in self.counts))


def tally_of(bulletin: Bulletin, passages: Iterable[PassageRecord], day: date, utc_offset_h: float) -> Tally:
    """The tally of a bulletin; `passages` are those that it counts, at least."""
    zone = timezone(timedelta(hours=utc_offset_h))
    known = {str(one.passage_id): one for one in passages}
    hours: list[HourCount] = []
    for line in bulletin.lines:
        cleared = frozenset(line.cleared.passage_ids)
        by_hour: dict[int, list[PassageRecord]] = defaultdict(list)
        for passage_id in line.through.passage_ids:
            if passage_id in known:
                by_hour[known[passage_id].seen_at.astimezone(zone).hour].append(known[passage_id])
        hours += (
            HourCount(
                line.gate,
                line.direction,
                hour,
                sum(str(one.passage_id) in cleared for one in found),
                len(found),
                len({one.lane for one in found}),
            )
            for hour, found in sorted(by_hour.items())
        )
    counts = tuple(Count(one.gate, one.direction, one.column, one.figure.count) for one in bulletin.numbers())
    return Tally(day, 1, counts, tuple(hours))


def added(tallies: Sequence[Tally]) -> Tally:
    """Several spans as one.

    Raises:
        ValueError: there is none.

    """
    if not tallies:
        raise ValueError("expected one tally at least, got none")
    counts: Counter[tuple[str, Direction, Column]] = Counter()
    hours: dict[tuple[str, Direction, int], list[HourCount]] = defaultdict(list)
    for tally in tallies:
        for count in tally.counts:
            counts[count.gate, count.direction, count.column] += count.vehicles
        for hour in tally.hours:
            hours[hour.gate, hour.direction, hour.hour].append(hour)
    return Tally(
        max(tally.day for tally in tallies),
        sum(tally.days for tally in tallies),
        tuple(Count(*key, vehicles) for key, vehicles in counts.items()),
        tuple(
            HourCount(
                *key,
                sum(one.cleared for one in alike),
                sum(one.through for one in alike),
                max(one.lanes for one in alike),
            )
            for key, alike in hours.items()
        ),
    )
