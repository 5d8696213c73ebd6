"""Weighs how grave it is now: the figures from the store, one step of the level, all of it on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from central.store import Store
from central.store.traffic import HOUR
from central.store.traffic_records import KeptChange, KeptSurge, StatementKind
from central.traffic import plans
from central.traffic.rates import HourlyCounts
from central.traffic.settings import TrafficSettings
from central.traffic.stock import start_of_day
from central.traffic.surge import Change, Situation, SurgeState, called_for, situation_of, step
from central.traffic.surge_plan import SurgePlan, Trigger
from central.traffic.yards import stocks_of
from contract.messages import Direction

log = structlog.get_logger(__name__)
_DAY = timedelta(days=1)
_OF_STOCK = (Trigger.STOCK, Trigger.YARD_SHARE, Trigger.DAYS_TO_CLEAR)


def weigh(store: Store, settings: TrafficSettings, now: datetime, utc_offset_h: float) -> KeptSurge:
    """Bring the level up to date and keep it; also every change, with its evidence and its plan.

    Whoever calls it, and however many do at once: one step follows the other.

    Raises:
        StoreUnavailable: nothing was written; try again later.

    """
    plan = plans.plan_for(store, settings.plan, start_of_day(now, utc_offset_h).date())
    stocks = stocks_of(store, now, settings)
    situation = _situation(store, plan, stocks, now, utc_offset_h)
    with store.transaction(now) as transaction:
        store.surge.lock(transaction)
        before = store.surge.state(transaction)
        if before is not None and before.at > now:
            log.warning("level not weighed: the clock was set back", weighed_at=before.at.isoformat())
            return before
        plans.keep(store, transaction, plan)
        state = _state(before) if before else SurgeState(0, now, now)
        if any(stocks.get(site, 0) is None for site in plan.capacities):
            situation = as_least(plan, situation, state.level)
        state, change = step(plan, state, situation)
        kept = _kept(state, situation, stocks, plan)
        if change is not None:
            store.surge.add_change(transaction, _kept_change(change))
            log.info("level of surge changed", before=change.before, after=change.after, version=plan.version)
        store.surge.keep_state(transaction, kept)
    return kept


def situation_of_kept(at: datetime, values: Mapping[str, Any]) -> Situation:
    """The figures as they were kept."""
    days = values.get("days_to_clear")
    return Situation(at, **{**values, "days_to_clear": float(days) if days is not None else None})


def as_least(plan: SurgePlan, situation: Situation, level: int) -> Situation:
    """What figures of the stock say while yards that the plan counts on are unknown: the stock is at least so large.

    That may call for the present level or a higher one, and is no reason to leave it: then the figure is unknown.
    """
    calls = called_for(plan, situation)
    sure = {one: calls.get(one, 0) >= max(1, level) for one in _OF_STOCK}
    return replace(
        situation,
        stock=situation.stock if sure[Trigger.STOCK] else None,
        yard_share=situation.yard_share if sure[Trigger.YARD_SHARE] else None,
        days_to_clear=situation.days_to_clear if sure[Trigger.DAYS_TO_CLEAR] else None,
    )


def cleared_by_day(store: Store, days: int, now: datetime, utc_offset_h: float, site: str | None = None) -> list[int]:
    """Vehicles that went out on each whole day before today that is known, the latest last."""
    today = start_of_day(now, utc_offset_h)
    first = store.traffic.first_hour(site)
    if first is None:
        return []
    found = store.traffic.by_hour(today - days * _DAY, today, site)
    spans = [(today - back * _DAY, today - (back - 1) * _DAY) for back in range(days, 0, -1)]
    return [
        sum(number for (at, way), number in found.items() if way is Direction.OUT and since <= at < until)
        for since, until in spans
        if since >= first
    ]


def _situation(
    store: Store, plan: SurgePlan, stocks: Mapping[str, int | None], now: datetime, utc_offset_h: float
) -> Situation:
    arrivals, cleared = _last_hours(store, plan.arrivals_span_h, now, utc_offset_h)
    said = {one.kind for one in store.surge.statements(ending_after=now) if one.holds(now)}
    return situation_of(
        plan,
        stock_by_site={site: stock for site, stock in stocks.items() if stock is not None},
        arrivals=arrivals,
        cleared=cleared,
        cleared_by_day=cleared_by_day(store, plan.clearance_days, now, utc_offset_h),
        queue_on_road=StatementKind.QUEUE_ON_ROAD in said,
        china_stopped=StatementKind.CHINA_STOPPED in said,
    )


def _last_hours(store: Store, hours: int, now: datetime, utc_offset_h: float) -> tuple[HourlyCounts, HourlyCounts]:
    """What came and went in the hours that end now, as far back as anything is known."""
    first = store.traffic.first_hour()
    known = 0 if first is None else min(hours, (now - first) // HOUR)
    spans = [(now - (back + 1) * HOUR, now - back * HOUR) for back in reversed(range(known))]
    totals = [store.traffic.totals(since, until) for since, until in spans]

    def of(way: Direction) -> HourlyCounts:
        counts: Sequence[int] = [sum(one.vehicles for one in lanes if one.direction is way) for lanes in totals]
        return HourlyCounts(now - known * HOUR, tuple(counts), utc_offset_h)

    return of(Direction.IN), of(Direction.OUT)


def _state(kept: KeptSurge) -> SurgeState:
    held_by = frozenset(map(Trigger, kept.held_by))
    return SurgeState(kept.level, kept.since, kept.at, held_by, kept.rising_to, kept.rising_since, kept.calm_since)


def _kept(state: SurgeState, situation: Situation, stocks: Mapping[str, int | None], plan: SurgePlan) -> KeptSurge:
    return KeptSurge(
        level=state.level,
        since=state.since,
        at=state.at,
        held_by=tuple(sorted(state.held_by)),
        rising_to=state.rising_to,
        rising_since=state.rising_since,
        calm_since=state.calm_since,
        situation=_values(situation),
        stocks=stocks,
        plan_fingerprint=plan.fingerprint,
    )


def _kept_change(change: Change) -> KeptChange:
    called_by = tuple(sorted(change.called_by))
    figures = _values(change.situation)
    return KeptChange(
        change.at, change.before, change.after, called_by, figures, change.plan_version, change.plan_fingerprint
    )


def _values(situation: Situation) -> dict[str, Any]:
    """As JSON knows it: an infinite number of days is said in words."""
    values = {name: value for name, value in asdict(situation).items() if name != "at"}
    days = situation.days_to_clear
    return values | {"days_to_clear": "inf" if days == float("inf") else days}
