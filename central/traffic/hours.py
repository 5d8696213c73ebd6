"""Keeps the hours of lanes in step with what comes in: counts them anew, and holds the counters against each other."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from central.store import Store
from central.store.declaration_records import DeclarationState
from central.store.records import EventKind, EventRecord
from central.store.traffic import HOUR, SiteHour, begin_of_hour
from central.store.traffic_records import KeptDoubt, KeptFlow
from central.traffic.flow import Flow, flows
from central.traffic.observations import Source, by_hour, of_declarations, of_passages
from central.traffic.posts import posts_of
from central.traffic.settings import TrafficSettings

log = structlog.get_logger(__name__)
_CURSOR: Final = "traffic"
_DAY: Final = timedelta(days=1)
_EVENTS_AT_ONCE: Final = 2000
_FIRST_DAYS: Final = 366
"""What is counted at the very beginning: as far back as the list of what to repair looks."""
_REBUILT_DAYS: Final = 35
"""What is counted anew after a long absence: the four weeks that a forecast looks at, and some."""
_JUDGED_DAYS: Final = 2
_SETTLES: Final = timedelta(minutes=5)
"""After an hour is over, before it is judged: confirmations of the platform come late."""
_AGAIN_AFTER: Final = timedelta(hours=24)
"""An hour is judged once more when reconciliation has settled."""
_JUDGED_AT_ONCE: Final = 12
_CONFIRMED_WITHIN: Final = timedelta(hours=12)
"""How far from its window a declaration is looked for that was confirmed in an hour."""


class HourKeeper:
    """Follows the list of changes. What it has counted and how far it came is written at once, so nothing is lost."""

    def __init__(self, store: Store, settings: TrafficSettings) -> None:
        self._store = store
        self._settings = settings

    def step(self, now: datetime, stop: threading.Event | None = None) -> None:
        """Count what changed, then judge what is due.

        Raises:
            StoreUnavailable: the rest is done at the next step.

        """
        cursor = self._store.cursors.get(_CURSOR)
        after = int(cursor) if cursor else -1
        if after + 1 < self._store.traffic.oldest_event() or after < 0:
            after = self._rebuild(now, _REBUILT_DAYS if cursor else _FIRST_DAYS)
        while not (stop is not None and stop.is_set()):
            events = self._store.events.after(after, _EVENTS_AT_ONCE)
            if events:
                after = events[-1].event_id
                self._count(events, after, now)
            if len(events) < _EVENTS_AT_ONCE:
                break
        for where in self._store.traffic.due(now, _JUDGED_AT_ONCE):
            self._judge(where, now)

    def _rebuild(self, now: datetime, most_days: int) -> int:
        """Count the last days whatever was counted before; how far the list of changes is done with by that."""
        latest = self._store.events.latest_id()
        end = begin_of_hour(now) + 2 * HOUR  # other programs' clocks may be ahead
        log.info("hours of lanes are counted from the passages", days=most_days)
        first = self._store.traffic.first_passage(end - timedelta(days=most_days)) or end
        for days in range(min(most_days, (end - first) // _DAY + 1), 0, -1):
            since = end - days * _DAY
            with self._store.transaction(now) as transaction:
                self._store.surge.lock(transaction)
                changed = self._store.traffic.count_span(transaction, since, since + _DAY)
                if days <= _JUDGED_DAYS:
                    counted = self._store.lane_counters.hours(since, since + _DAY)
                    hours = changed | {(where.site, where.hour_at) for where in counted}
                    self._store.traffic.put_off(transaction, _due(hours, now))
        with self._store.transaction(now) as transaction:
            self._store.cursors.save(transaction, _CURSOR, str(latest))
        return latest

    def _count(self, events: Sequence[EventRecord], last_id: int, now: datetime) -> None:
        passages = {one.subject for one in events if one.kind in (EventKind.PASSAGE, EventKind.OUTCOME)}
        declared = {one.subject for one in events if one.kind is EventKind.DECLARATION}
        confirmed = self._store.traffic.confirmed_hours(declared)
        counted = {_hour_of(one) for one in events if one.kind is EventKind.COUNT}
        with self._store.transaction(now) as transaction:
            self._store.surge.lock(transaction)
            changed = self._store.traffic.count_passages(transaction, set(filter(_is_id, passages)))
            self._store.traffic.put_off(transaction, _due(changed | confirmed | counted, now))
            self._store.cursors.save(transaction, _CURSOR, str(last_id))

    def _judge(self, where: SiteHour, now: datetime) -> None:
        site, hour = where
        kept = [_kept(flow, now) for flow in self._flows(site, hour)]
        again_at = hour + HOUR + _AGAIN_AFTER
        with self._store.transaction(now) as transaction:
            self._store.surge.lock(transaction)
            self._store.traffic.judged(transaction, where, kept)
            if now < again_at:
                self._store.traffic.put_off(transaction, {where: again_at})

    def _flows(self, site: str, hour: datetime) -> tuple[Flow, ...]:
        passages = self._store.passages.get_many(self._store.traffic.ids(site, hour, hour + HOUR))
        since, until = hour - _CONFIRMED_WITHIN, hour + HOUR + _CONFIRMED_WITHIN
        confirmed = [
            one
            for one in self._store.declarations.expected_between(since, until, gate=site)
            if one.state is DeclarationState.CONFIRMED and one.confirmed_at is not None
        ]
        before = self._store.traffic.flows(hour - _DAY, hour, site)
        counted = self._store.lane_counters.hours(hour, hour + HOUR, site)
        observations = [*of_passages(passages), *of_declarations(confirmed)]
        posts = posts_of(
            observations,
            {(one.site, one.lane, one.direction) for one in before if one.lane} | {where[:3] for where in counted},
            with_barrier={(one.site, one.lane, one.direction) for one in before if one.counts.get(Source.BARRIER)},
        )
        return flows(
            observations, posts, since=hour, until=hour + HOUR, settings=self._settings, counted=by_hour(counted)
        )


def _due(hours: Iterable[SiteHour], now: datetime) -> dict[SiteHour, datetime]:
    """When hours are to be judged that have changed."""
    return {where: max(now, where[1] + HOUR + _SETTLES) for where in hours}


def _kept(flow: Flow, now: datetime) -> KeptFlow:
    post = flow.post
    told = {source.value: count for source, count in flow.counts.items()}
    doubts = tuple(KeptDoubt(doubt.source, doubt.reason, doubt.surplus) for doubt in flow.doubts)
    return KeptFlow(post.site, post.lane, post.direction, flow.hour_at, told, flow.believed, doubts, now)


def _hour_of(event: EventRecord) -> SiteHour:
    """Gate and hour in which loops and barriers counted."""
    return event.site, datetime.fromisoformat(event.subject.partition(" ")[2])


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:  # the outcome of a declaration that nobody came for
        return False
    return True
