"""What the loops and barriers of lanes counted, by the hour.

A node's counts only grow within a run. Of each run and hour the last message is kept; what an hour counted is its
difference to the hour before. An hour that its runs do not cover is not known, and is no hour without vehicles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import RowMapping, select, tuple_

from central.store.database import Database, Transaction
from central.store.records import EventKind
from central.store.schema_traffic import traffic_counters
from contract.messages import Direction, LaneCount, TimeQuality

_HOUR: Final = timedelta(hours=1)
_AHEAD: Final = timedelta(minutes=5)
"""A node whose clock is further ahead is not believed."""
_UNCOVERED: Final = timedelta(minutes=1)
"""An hour may miss so much, as while a node starts again."""
_KEY: Final = ("hour_at", "site", "lane", "direction", "run_id")


class CountedLane(NamedTuple):
    """A lane and an hour of it."""

    site: str
    lane: str
    direction: Direction
    hour_at: datetime


@dataclass(frozen=True, slots=True)
class HourCounters:
    """Vehicles that the loop of a lane sensed in an hour, and that its arm let through."""

    loop: int
    barrier: int


class LaneCounters:
    """`store.lane_counters`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, transaction: Transaction, messages: Iterable[LaneCount]) -> None:
        """Keep what nodes told, in any order and however often; of a clock that is not believed nothing is kept."""
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        for one in messages:
            if one.stamp.time_quality is TimeQuality.UNSET or one.until > transaction.at + _AHEAD:
                continue
            row = _row(one)
            key = tuple(row[name] for name in _KEY)
            if key not in newest or newest[key]["until"] < row["until"]:
                newest[key] = row
        if not newest:
            return
        columns = [traffic_counters.c[name] for name in _KEY]
        known = {
            tuple(row[name] for name in _KEY): row["until"]
            for row in transaction.rows(select(traffic_counters).where(tuple_(*columns).in_(list(newest))))
        }
        fresh = [row for key, row in newest.items() if key not in known or known[key] < row["until"]]
        transaction.upsert(traffic_counters, *fresh)
        for row in fresh:
            transaction.event(EventKind.COUNT, f"{row['site']} {row['hour_at'].isoformat()}", row["site"])

    def hours(self, since: datetime, until: datetime, site: str | None = None) -> Mapping[CountedLane, HourCounters]:
        """What was counted in each whole hour from `since` to before `until`; hours that are not known are missing."""
        column = traffic_counters.c
        statement = select(traffic_counters).where(column.hour_at >= since - _HOUR, column.hour_at < until)
        if site is not None:
            statement = statement.where(column.site == site)
        of_runs: dict[tuple[str, str, str, str], dict[datetime, RowMapping]] = defaultdict(dict)
        for row in self._database.rows(statement):
            of_runs[row["site"], row["lane"], row["direction"], row["run_id"]][row["hour_at"]] = row
        parts: dict[CountedLane, list[_Part]] = defaultdict(list)
        for (at_site, lane, direction, _), rows in of_runs.items():
            for hour in rows:
                part = _part(rows, hour) if hour >= since else None
                if part is not None:
                    parts[CountedLane(at_site, lane, Direction(direction), hour)].append(part)
        return {
            where: HourCounters(sum(one.loop for one in them), sum(one.barrier for one in them))
            for where, them in parts.items()
            if sum((one.covered for one in them), timedelta()) >= _HOUR - _UNCOVERED
        }


class _Part(NamedTuple):
    """What a run counted in an hour, and how much of the hour it covers."""

    covered: timedelta
    loop: int
    barrier: int


def _part(rows: Mapping[datetime, RowMapping], hour: datetime) -> _Part | None:
    last = rows[hour]
    if last["since"] >= hour:
        return _Part(last["until"] - last["since"], last["loop"], last["barrier"])
    before = rows.get(hour - _HOUR)
    if before is None or before["until"] < hour:  # nobody knows which of both hours it was in
        return None
    return _Part(last["until"] - hour, last["loop"] - before["loop"], last["barrier"] - before["barrier"])


def _row(told: LaneCount) -> dict[str, Any]:
    """What was counted until the very end of an hour belongs to that hour."""
    inside = max(told.until - timedelta(microseconds=1), told.since)
    return {
        "hour_at": inside.replace(minute=0, second=0, microsecond=0),
        "site": told.site,
        "lane": told.lane,
        "direction": told.direction.value,
        "run_id": str(told.run_id),
        "since": told.since,
        "until": told.until,
        "loop": told.loop,
        "barrier": told.barrier,
    }
