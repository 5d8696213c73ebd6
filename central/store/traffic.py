"""Hours of lanes: how many vehicles, and what the counters of a lane say of each other.

The hours are counted again whenever a passage in them is new, revised or judged anew, so that nobody needs to read
weeks of passages. A passage whose node's clock is not believed counts when it came in: it is a stray.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, delete, func, or_, select

from central.store.database import Database, Transaction
from central.store.declaration_details import from_details
from central.store.outcome_records import OutcomeKind
from central.store.records import believed_time
from central.store.schema import declarations, events, outcomes, passage_revisions, passages
from central.store.schema_traffic import traffic_due, traffic_flows, traffic_hours, traffic_strays
from central.store.traffic_records import KeptDoubt, KeptFlow, LaneHour, LaneTotal
from contract.messages import Direction, Passage, TimeQuality

HOUR: Final = timedelta(hours=1)
SiteHour = tuple[str, datetime]
_LANE: Final = ("site", "lane", "direction")
_LANE_HOUR: Final = ("hour_at", *_LANE)
_LaneHourKey = tuple[datetime, str, str, str]
_AT_ONCE: Final = 500
_MAYBE_UNSET: Final = f'%"time_quality"%"{TimeQuality.UNSET.value}"%'
"""What the text of a passage looks like whose clock was never set; the message itself decides."""


def begin_of_hour(at: datetime) -> datetime:
    """When the hour of a moment began, in UTC."""
    return at.replace(minute=0, second=0, microsecond=0)


class Traffic:
    """`store.traffic`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def totals(self, since: datetime, until: datetime, site: str | None = None) -> tuple[LaneTotal, ...]:
        """Vehicles of each lane from the passages themselves; for spans of an hour or a few."""
        with self._database.reading() as reading:
            return _totals(reading, since, until, site)

    def totals_since(self, since: datetime, until: datetime) -> tuple[LaneTotal, ...]:
        """Vehicles of each lane in a span of months: kept hours, and the passages before the first of them."""
        kept_from = self.first_hour() or until
        whole = begin_of_hour(since) + (HOUR if begin_of_hour(since) < since else timedelta())
        begin = min(max(whole, kept_from), until)
        sums = (func.sum(traffic_hours.c[name]).label(name) for name in ("vehicles", "unread"))
        lane = [traffic_hours.c[name] for name in _LANE]
        chosen = select(*lane, *sums).where(traffic_hours.c.hour_at >= begin).group_by(*lane)
        with self._database.reading() as reading:
            early = _totals(reading, since, begin, None)
            late = [LaneTotal(**{**row, "direction": Direction(row["direction"])}) for row in reading.rows(chosen)]
        return (*early, *late)

    def crossed(self, site: str, since: datetime, until: datetime) -> dict[Direction, int]:
        """Vehicles that went in and out in a span: whole hours as they are kept, the rest from the passages."""
        first, last = begin_of_hour(since), begin_of_hour(until)
        first += HOUR if first < since else timedelta()
        with self._database.reading() as reading:
            if first >= last:
                found = list(_totals(reading, since, until, site))
            else:
                found = [*_totals(reading, since, first, site), *_totals(reading, last, until, site)]
                found += map(_lane_hour, reading.rows(_hours(first, last).where(traffic_hours.c.site == site)))
        counted: Counter[Direction] = Counter()
        for one in found:
            counted[one.direction] += one.vehicles
        return {way: counted[way] for way in Direction}

    def hours(self, since: datetime, until: datetime, site: str | None = None) -> tuple[LaneHour, ...]:
        """The hours of lanes that begin in a span and that vehicles went through, the oldest first."""
        statement = _hours(since, until)
        if site is not None:
            statement = statement.where(traffic_hours.c.site == site)
        return tuple(map(_lane_hour, self._database.rows(statement.order_by(traffic_hours.c.hour_at))))

    def by_hour(
        self, since: datetime, until: datetime, site: str | None = None
    ) -> Mapping[tuple[datetime, Direction], int]:
        """Vehicles of all lanes, or of those of a site, in each hour and direction."""
        column = traffic_hours.c
        statement = (
            select(column.hour_at, column.direction, func.sum(column.vehicles).label("number"))
            .where(column.hour_at >= since, column.hour_at < until, *([column.site == site] if site else []))
            .group_by(column.hour_at, column.direction)
        )
        rows = self._database.rows(statement)
        return {(row["hour_at"], Direction(row["direction"])): int(row["number"]) for row in rows}

    def first_passage(self, since: datetime) -> datetime | None:
        """When the first passage since then was seen, by its own time."""
        at = passages.c.first_seen_at
        row = self._database.first(select(at).where(at >= since).order_by(at).limit(1))
        return row["first_seen_at"] if row else None

    def first_hour(self, site: str | None = None) -> datetime | None:
        """The first hour that is known of; None before any vehicle."""
        statement = select(func.min(traffic_hours.c.hour_at).label("first"))
        if site is not None:
            statement = statement.where(traffic_hours.c.site == site)
        row = self._database.first(statement)
        return row["first"] if row else None

    def times(self, site: str, since: datetime, until: datetime) -> dict[Direction, tuple[datetime, ...]]:
        """When each vehicle went in or out, in order; for the span of a day."""
        columns = (passages.c.direction, passages.c.first_seen_at.label("at"))
        strays = (passages.c.direction, traffic_strays.c.seen_at.label("at"))
        with self._database.reading() as reading:
            rows = [
                *reading.rows(_of_span(select(*columns), since, until, site)),
                *reading.rows(_strays_of_span(select(*strays), since, until, site)),
            ]
        return {way: tuple(sorted(row["at"] for row in rows if row["direction"] == way.value)) for way in Direction}

    def ids(self, site: str, since: datetime, until: datetime) -> tuple[UUID, ...]:
        """The passages of a span that count, in no order."""
        chosen = select(passages.c.passage_id)
        with self._database.reading() as reading:
            rows = [
                *reading.rows(_of_span(chosen, since, until, site)),
                *reading.rows(_strays_of_span(chosen, since, until, site)),
            ]
        return tuple(UUID(row["passage_id"]) for row in rows)

    def oldest_event(self) -> int:
        """Number of the oldest change that is still on the list; 0 where there is none."""
        row = self._database.first(select(func.min(events.c.event_id).label("oldest")))
        return int(row["oldest"] or 0) if row else 0

    def count_passages(self, transaction: Transaction, passage_ids: Collection[str]) -> set[SiteHour]:
        """Count anew the hours that these passages lie in, or lay in before they were revised.

        Returns:
            Sites and hours whose counts changed, or in which a passage was revised.

        """
        touched: set[SiteHour] = set()
        revised: set[SiteHour] = set()
        keys = list(passage_ids)
        for start in range(0, len(keys), _AT_ONCE):
            rows = transaction.rows(_looked_at().where(passages.c.passage_id.in_(keys[start : start + _AT_ONCE])))
            _note_strays(transaction, rows)
            touched |= {(row["site"], begin_of_hour(_time_of(row))) for row in rows}
            again = {row["passage_id"]: row for row in rows if row["revision"]}
            revised |= {(row["site"], begin_of_hour(_time_of(row))) for row in again.values()}
            revised |= _earlier_hours(transaction, again)
        for hour in sorted({hour for _, hour in touched | revised}):
            revised |= _count(transaction, hour, hour + HOUR)
        return revised

    def count_span(self, transaction: Transaction, since: datetime, until: datetime) -> set[SiteHour]:
        """Count whole hours anew, whatever was known of them; those that changed."""
        span = (passages.c.first_seen_at >= since, passages.c.first_seen_at < until)
        maybe = or_(passage_revisions.c.payload.like(_MAYBE_UNSET), passages.c.first_seen_at > passages.c.received_at)
        _note_strays(transaction, transaction.rows(_looked_at().where(*span, maybe)))
        return _count(transaction, since, until)

    def confirmed_hours(self, declaration_ids: Collection[str]) -> set[SiteHour]:
        """Gates and hours in which the vehicles of these declarations went through, by the platform's word."""
        column = declarations.c
        found: set[SiteHour] = set()
        keys = list(declaration_ids)
        for start in range(0, len(keys), _AT_ONCE):
            chosen = column.declaration_id.in_(keys[start : start + _AT_ONCE])
            for row in self._database.rows(select(column.gate, column.details).where(chosen)):
                at = from_details(row["details"]).get("confirmed_at")
                found |= {(row["gate"], begin_of_hour(at))} if at else set()
        return found

    def put_off(self, transaction: Transaction, due: Mapping[SiteHour, datetime]) -> None:
        """Have the counters of these hours held against each other (again) then."""
        rows = [{"hour_at": hour, "site": site, "due_at": at} for (site, hour), at in due.items()]
        transaction.upsert(traffic_due, *rows)

    def due(self, now: datetime, limit: int) -> tuple[SiteHour, ...]:
        """What is to be judged now, the newest hours first."""
        statement = select(traffic_due).where(traffic_due.c.due_at <= now)
        rows = self._database.rows(statement.order_by(traffic_due.c.hour_at.desc(), traffic_due.c.site).limit(limit))
        return tuple((row["site"], row["hour_at"]) for row in rows)

    def judged(self, transaction: Transaction, where: SiteHour, flows: Iterable[KeptFlow]) -> None:
        """Keep what the counters of an hour say of each other, in place of what was kept of it."""
        site, hour = where
        for table in (traffic_flows, traffic_due):
            transaction.run(delete(table).where(table.c.site == site, table.c.hour_at == hour))
        transaction.insert_all(traffic_flows, [_flow_row(flow) for flow in flows])

    def flows(self, since: datetime, until: datetime, site: str | None = None) -> tuple[KeptFlow, ...]:
        """Hours that begin in a span, as they were judged; the oldest first."""
        column = traffic_flows.c
        statement = select(traffic_flows).where(column.hour_at >= since, column.hour_at < until)
        if site is not None:
            statement = statement.where(column.site == site)
        rows = self._database.rows(statement.order_by(column.hour_at, column.site, column.lane, column.direction))
        return tuple(map(_flow, rows))


def _hours(since: datetime, until: datetime) -> Select[Any]:
    return select(traffic_hours).where(traffic_hours.c.hour_at >= since, traffic_hours.c.hour_at < until)


def _lane_hour(row: RowMapping) -> LaneHour:
    return LaneHour(**{**row, "direction": Direction(row["direction"])})


def _counts() -> tuple[ColumnElement[bool], ...]:
    """Vehicles that went through: neither cancelled, by node or person, nor told of twice."""
    others = (OutcomeKind.DUPLICATE.value, OutcomeKind.CANCELLED.value)
    return passages.c.cancelled.is_(None), func.coalesce(outcomes.c.outcome, "").not_in(others)


def _of_span(chosen: Select[Any], since: datetime, until: datetime, site: str | None) -> Select[Any]:
    """Passages of a span by their own time, but for strays."""
    at, stray = passages.c.first_seen_at, traffic_strays.c
    away = select(stray.passage_id).where(stray.first_seen_at >= since, stray.first_seen_at < until)
    here = [passages.c.site == site] if site else []
    joined = passages.outerjoin(outcomes, outcomes.c.passage_id == passages.c.passage_id)
    statement = chosen.select_from(joined).where(at >= since, at < until, *here, *_counts())
    return statement.where(passages.c.passage_id.not_in(away))


def _strays_of_span(chosen: Select[Any], since: datetime, until: datetime, site: str | None) -> Select[Any]:
    """Strays that came in in a span."""
    stray = traffic_strays.c
    here = [passages.c.site == site] if site else []
    joined = traffic_strays.join(passages, passages.c.passage_id == stray.passage_id).outerjoin(
        outcomes, outcomes.c.passage_id == passages.c.passage_id
    )
    return chosen.select_from(joined).where(stray.seen_at >= since, stray.seen_at < until, *here, *_counts())


def _totals(reading: Transaction, since: datetime, until: datetime, site: str | None) -> tuple[LaneTotal, ...]:
    if since >= until:
        return ()
    lane = [passages.c[name] for name in _LANE]
    unread = func.sum(case((passages.c.plate_search.is_(None), 1), else_=0)).label("unread")
    chosen = select(*lane, func.count().label("vehicles"), unread).group_by(*lane)
    vehicles: Counter[tuple[str, str, str]] = Counter()
    without: Counter[tuple[str, str, str]] = Counter()
    for statement in (_of_span, _strays_of_span):
        for row in reading.rows(statement(chosen, since, until, site)):
            key = (row["site"], row["lane"], row["direction"])
            vehicles[key] += int(row["vehicles"])
            without[key] += int(row["unread"])
    return tuple(LaneTotal(*key[:2], Direction(key[2]), vehicles[key], without[key]) for key in sorted(vehicles))


def _count(transaction: Transaction, since: datetime, until: datetime) -> set[SiteHour]:
    """Count the whole hours of a span for all lanes; sites and hours that have other counts now."""
    before = {_key(one): one for one in map(_lane_hour, transaction.rows(_hours(since, until)))}
    after = _counted(transaction, since, until)
    same = {key for key, one in before.items() if after.get(key) == (one.vehicles, one.unread)}
    for key in before.keys() - same:
        is_it = [traffic_hours.c[name] == value for name, value in zip(_LANE_HOUR, key, strict=True)]
        transaction.run(delete(traffic_hours).where(*is_it))
    new = {key: numbers for key, numbers in after.items() if key not in same}
    rows = [
        dict(zip(_LANE_HOUR, key, strict=True)) | {"vehicles": vehicles, "unread": unread}
        for key, (vehicles, unread) in new.items()
    ]
    transaction.insert_all(traffic_hours, rows)
    return {(key[1], key[0]) for key in (before.keys() | after.keys()) - same}


def _counted(transaction: Transaction, since: datetime, until: datetime) -> dict[_LaneHourKey, tuple[int, int]]:
    """Vehicles of every lane and hour of a span, and of how many no plate was read."""
    lane = [passages.c[name] for name in _LANE]
    columns = (*lane, passages.c.plate_search.is_(None).label("unread"))
    rows = [
        *transaction.rows(_of_span(select(*columns, passages.c.first_seen_at.label("at")), since, until, None)),
        *transaction.rows(_strays_of_span(select(*columns, traffic_strays.c.seen_at.label("at")), since, until, None)),
    ]
    vehicles: Counter[_LaneHourKey] = Counter()
    unread: Counter[_LaneHourKey] = Counter()
    for row in rows:
        key = (begin_of_hour(row["at"]), row["site"], row["lane"], row["direction"])
        vehicles[key] += 1
        unread[key] += bool(row["unread"])
    return {key: (number, unread[key]) for key, number in vehicles.items()}


def _key(one: LaneHour) -> _LaneHourKey:
    return one.hour_at, one.site, one.lane, one.direction.value


def _looked_at() -> Select[Any]:
    """What it takes to know when a passage counts; its message only where the clock may be unset."""
    told = passage_revisions.c
    suspect = case((told.payload.like(_MAYBE_UNSET), told.payload)).label("suspect")
    names = ("passage_id", "site", "revision", "first_seen_at", "received_at")
    latest = and_(told.passage_id == passages.c.passage_id, told.revision == passages.c.revision)
    return select(*(passages.c[name] for name in names), suspect).select_from(passages.join(passage_revisions, latest))


def _time_of(row: RowMapping) -> datetime:
    quality = Passage.model_validate_json(row["suspect"]).stamp.time_quality if row["suspect"] else TimeQuality.SYNCED
    return believed_time(row["first_seen_at"], row["received_at"], quality)


def _note_strays(transaction: Transaction, rows: Iterable[RowMapping]) -> None:
    """Passages that count at another time than their node said."""
    away = {row["passage_id"]: (row["first_seen_at"], _time_of(row)) for row in rows}
    found = [
        {"passage_id": key, "first_seen_at": said, "seen_at": counts_at}
        for key, (said, counts_at) in away.items()
        if said != counts_at
    ]
    transaction.run(delete(traffic_strays).where(traffic_strays.c.passage_id.in_(list(away))))
    transaction.insert_all(traffic_strays, found)


def _earlier_hours(transaction: Transaction, revised: Mapping[str, RowMapping]) -> set[SiteHour]:
    """Where passages lay by what was told of them before."""
    column = passage_revisions.c
    if not revised:
        return set()
    told = transaction.rows(select(column.passage_id, column.payload).where(column.passage_id.in_(list(revised))))
    found: set[SiteHour] = set()
    for row in told:
        message = Passage.model_validate_json(row["payload"])
        received_at = revised[row["passage_id"]]["received_at"]
        at = believed_time(message.first_seen_at, received_at, message.stamp.time_quality)
        found.add((message.site, begin_of_hour(at)))
    return found


def _flow_row(flow: KeptFlow) -> dict[str, Any]:
    doubts = [[doubt.source, doubt.reason, doubt.surplus] for doubt in flow.doubts]
    lane = {name: getattr(flow, name) for name in ("hour_at", "site", "lane", "believed", "judged_at")}
    return lane | {"direction": flow.direction.value, "counts": dict(flow.counts), "doubts": doubts}


def _flow(row: RowMapping) -> KeptFlow:
    doubts = tuple(KeptDoubt(*doubt) for doubt in row["doubts"])
    return KeptFlow(**{**row, "direction": Direction(row["direction"]), "doubts": doubts})
