"""Gathers from the store what a bulletin is made of.

Every query is of a span and on an index; docs/simulate-day.md says what a day costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from central.fleet.timeline import clip, timeline
from central.reports.bulletin import Bulletin, bulletin_of, linked_declaration
from central.reports.doubts import Outage
from central.store import Store
from central.store.declaration_records import DeclarationRecord
from central.store.device_key import DeviceKey
from central.store.records import PassageRecord
from central.traffic.flow import HOUR, Flow, flows
from central.traffic.observations import by_hour, of_declarations, of_passages
from central.traffic.posts import posts_of
from central.traffic.settings import TrafficSettings
from central.traffic.stock import StockCount
from contract.messages import Direction, HealthLevel, LaneInfo

_PAGE: Final = 500
_WINDOW_BEGINS: Final = timedelta(hours=24)
"""A vehicle goes through at most so long after the begin of the window that it was declared for, or its declaration is
found by its passage alone."""
_COUNTED_WITHIN: Final = timedelta(hours=1)
"""A count of the yards by people stands for a moment up to so much later, with what came and went meanwhile."""
_LOOKED_BACK: Final = timedelta(hours=1)
_LEAST_OUTAGE: Final = timedelta(minutes=5)
_DOWN: Final = (HealthLevel.FAILED, HealthLevel.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a bulletin of a span is made of; see `bulletin_of`."""

    gates: tuple[str, ...]
    since: datetime
    until: datetime
    passages: tuple[PassageRecord, ...]
    declarations: tuple[DeclarationRecord, ...]
    before: Mapping[str, StockCount]
    counted: Mapping[str, StockCount]
    flows: tuple[Flow, ...]
    outages: tuple[Outage, ...]

    def bulletin(self) -> Bulletin:
        """The bulletin."""
        return bulletin_of(
            self.gates,
            self.passages,
            self.declarations,
            since=self.since,
            until=self.until,
            before=self.before,
            counted=self.counted,
            flows=self.flows,
            outages=self.outages,
        )


def gather(
    store: Store, traffic: TrafficSettings, *, since: datetime, until: datetime, gates: Sequence[str] | None = None
) -> Gathered:
    """Everything of a span, `since` ≤ seen < `until`; `gates` in the order of the table, None: all that are known.

    Where nobody ever counted the yards of a gate, nothing is known of its stock. Counters are held against each other
    in the whole hours of the span.

    Raises:
        StoreUnavailable: the database does not answer; ask again later.

    """
    sites = tuple(store.lanes.sites() if gates is None else gates)
    passages = _passages(store, sites, since, until)
    declarations = _declarations(store, passages, since, until)
    lanes = [(node.site, node.node, lane) for node in store.nodes.list() if node.site in sites for lane in node.lanes]
    heard = [*of_passages(passages), *of_declarations(declarations)]
    first, last = _whole_hours(since, until)
    counted = {where: one for where, one in store.lane_counters.hours(first, last).items() if where.site in sites}
    known = {(site, info.lane, info.direction) for site, _, info in lanes} | {where[:3] for where in counted}
    posts = posts_of(heard, known)
    return Gathered(
        sites,
        since,
        until,
        passages,
        declarations,
        _standing(store, sites, since, None),
        _standing(store, sites, until, _COUNTED_WITHIN),
        flows(heard, posts, since=first, until=last, settings=traffic, counted=by_hour(counted)),
        tuple(_outages(store, lanes, since, until)),
    )


def _passages(store: Store, gates: Sequence[str], since: datetime, until: datetime) -> tuple[PassageRecord, ...]:
    """All of the span, also those that did not go through; and those whose node's clock is not believed."""
    found: dict[str, PassageRecord] = {}
    cursor: str | None = None
    while True:
        page = store.passages.list(since=since, until=until, cursor=cursor, limit=_PAGE)
        found.update((str(one.passage_id), one) for one in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    strays = [one for gate in gates for one in store.traffic.ids(gate, since, until) if str(one) not in found]
    found.update((str(one.passage_id), one) for one in store.passages.get_many(strays))
    return tuple(one for one in found.values() if one.site in gates and since <= one.seen_at < until)


def _declarations(
    store: Store, passages: Sequence[PassageRecord], since: datetime, until: datetime
) -> tuple[DeclarationRecord, ...]:
    """Those whose window begins in the span or shortly before, and those that the passages are linked to."""
    found: dict[str, DeclarationRecord] = {}
    cursor: str | None = None
    while True:
        page = store.declarations.list(since=since - _WINDOW_BEGINS, until=until, cursor=cursor, limit=_PAGE)
        found.update((one.declaration_id, one) for one in page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    for passage in passages:
        key = linked_declaration(passage)
        if key is not None and key not in found:
            other = store.declarations.get(key)
            if other is not None:
                found[key] = other
    return tuple(found.values())


def _standing(store: Store, gates: Sequence[str], at: datetime, within: timedelta | None) -> dict[str, StockCount]:
    """What stood in each gate's yards: the last count by people, and what came and went since."""
    found: dict[str, StockCount] = {}
    for gate in gates:
        count = next(iter(store.surge.counts_before(gate, at, 1)), None)
        if count is None or (within is not None and count.at < at - within):
            continue
        moved = store.traffic.crossed(gate, count.at, at) if count.at < at else {}
        stood = count.vehicles + moved.get(Direction.IN, 0) - moved.get(Direction.OUT, 0)
        found[gate] = StockCount(gate, at, stood, f"count {count.count_id}")
    return found


def _whole_hours(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    first = since.replace(minute=0, second=0, microsecond=0)
    first += HOUR if first < since else timedelta()
    last = until.replace(minute=0, second=0, microsecond=0)
    return (first, last) if first <= last else (first, first)


def _outages(
    store: Store, lanes: Sequence[tuple[str, str, LaneInfo]], since: datetime, until: datetime
) -> Iterator[Outage]:
    """When cameras failed or nobody heard of them, as far as they were ever heard of."""
    for site, node, info in lanes:
        for camera in info.cameras:
            runs = store.history.runs(DeviceKey.of(site, node, camera), since=since - _LOOKED_BACK)
            if not runs:
                continue
            for span in clip(timeline(runs, since - _LOOKED_BACK, until), since, until):
                if span.level in _DOWN and span.length >= _LEAST_OUTAGE:
                    yield Outage(
                        site,
                        info.lane,
                        info.direction,
                        camera,
                        span.level,
                        span.reason,
                        span.since,
                        span.until,
                        len(info.cameras),
                    )
