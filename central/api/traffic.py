"""Yards, flows and the level of surge: what is known, what comes next, what people say, what if."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from math import inf
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Path, Query

from central.api.guard import SeesTraffic, WebPart, needs
from central.api.models import PageOf
from central.api.tags import TaggedRoute
from central.api.traffic_models import (
    ActionAnswer,
    BooksAnswer,
    ChangeAnswer,
    CountAnswer,
    CountRequest,
    EndRequest,
    FlowAnswer,
    OutcomeAnswer,
    OutlookAnswer,
    SiteTrafficAnswer,
    StatementAnswer,
    StatementRequest,
    SurgeAnswer,
    WhatIfAnswer,
)
from central.auth import Identity
from central.rights import Right
from central.store.traffic_records import KeptSurge
from central.traffic import plans
from central.traffic.desk import Refusal, TrafficDesk, TrafficRefusedError
from central.traffic.outlook import Asked, NoModelError, outlook_of, what_if_of
from central.traffic.rates import days_to_clear
from central.traffic.stock import start_of_day
from central.traffic.weigh import cleared_by_day
from central.traffic.what_if import Outcome
from central.traffic.yards import known_sites, yard_of
from central.web import Web
from contract.vocabulary import Slug

traffic_routes = APIRouter(tags=["traffic"], route_class=TaggedRoute)
SpeaksOfYards = Annotated[Identity, Depends(needs(Right.YARDS))]
Number = Annotated[int, Path(ge=1, lt=2**63)]
_DOUBTS_H = 24
T_ = TypeVar("T_")


@traffic_routes.get("/surge")
def get_surge(web: WebPart, _: SeesTraffic) -> SurgeAnswer:
    """The level of surge of the province. 404 in the first minute of a new system."""
    state = web.store.surge.state()
    if state is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "the level was not weighed yet: ask again in a minute")
    return _surge(web, state)


@traffic_routes.get("/surge/changes")
def list_changes(web: WebPart, _: SeesTraffic, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> PageOf[ChangeAnswer]:
    """How the level changed, the latest first, with the evidence and the plan of each."""
    return PageOf(items=tuple(map(ChangeAnswer.model_validate, web.store.surge.changes(limit=limit))), next_cursor=None)


@traffic_routes.post("/surge/statements", status_code=HTTPStatus.CREATED)
def add_statement(web: WebPart, me: SpeaksOfYards, asked: StatementRequest) -> SurgeAnswer:
    """Vehicles queue on the national road, or the Chinese side takes none: the level heeds it at once."""
    now = datetime.now(UTC)
    _try(lambda: _desk(web, me).say(asked.kind, until=asked.until, note=asked.note, now=now))
    return get_surge(web, me)


@traffic_routes.post("/surge/statements/{number}/end")
def end_statement(web: WebPart, me: SpeaksOfYards, number: Number, asked: EndRequest) -> SurgeAnswer:
    """It holds no more, or never did."""
    _try(lambda: _desk(web, me).end_statement(number, was_mistake=asked.was_mistake, now=datetime.now(UTC)))
    return get_surge(web, me)


@traffic_routes.get("/traffic/{site}")
def get_traffic(web: WebPart, _: SeesTraffic, site: Slug) -> SiteTrafficAnswer:
    """A gate: stock with its books, arrivals and clearance, the next six hours, doubts of the last day."""
    if site not in known_sites(web.store):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no border gate {site}")
    now, offset_h = datetime.now(UTC), web.settings.utc_offset_h
    plan = plans.plan_for(web.store, web.traffic.plan, start_of_day(now, offset_h).date())
    yard = yard_of(web.store, site, now, web.traffic)
    days = None
    if yard.stock is not None:
        by_day = cleared_by_day(web.store, plan.clearance_days, now, offset_h, site)
        days = days_to_clear(yard.stock, by_day, plan.clearance_days)
    flows = web.store.traffic.flows(now - timedelta(hours=_DOUBTS_H), now, site)
    return SiteTrafficAnswer(
        site=site,
        at=now,
        stock=yard.stock,
        days_to_clear=None if days == inf else days,
        since_count=BooksAnswer.of(yard.open),
        last_residual=BooksAnswer.of(yard.closed),
        outlook=OutlookAnswer.of(outlook_of(web.store, site, now, offset_h, stock=yard.stock)),
        doubts=tuple(FlowAnswer.model_validate(flow) for flow in flows if flow.doubts),
    )


@traffic_routes.get("/traffic/{site}/counts")
def list_counts(web: WebPart, _: SeesTraffic, site: Slug) -> PageOf[CountAnswer]:
    """Counts of the yards of a gate, the latest first; also withdrawn ones."""
    return PageOf(items=tuple(map(CountAnswer.model_validate, web.store.surge.counts(site))), next_cursor=None)


@traffic_routes.post("/traffic/{site}/counts", status_code=HTTPStatus.CREATED)
def add_count(web: WebPart, me: SpeaksOfYards, site: Slug, asked: CountRequest) -> CountAnswer:
    """So many vehicles stand in the yards: the stock is reckoned from here on."""
    now = datetime.now(UTC)
    number = _try(lambda: _desk(web, me).count(site, asked.vehicles, at=asked.at, note=asked.note, now=now))
    return CountAnswer.model_validate(next(one for one in web.store.surge.counts(site) if one.count_id == number))


@traffic_routes.post("/traffic/{site}/counts/{number}/withdraw")
def withdraw_count(web: WebPart, me: SpeaksOfYards, site: Slug, number: Number) -> PageOf[CountAnswer]:
    """A count was wrong: the one before counts again."""
    _try(lambda: _desk(web, me).withdraw_count(number, now=datetime.now(UTC)))
    return list_counts(web, me, site)


@traffic_routes.get("/traffic/{site}/what-if")
def ask_what_if(
    web: WebPart,
    _: SeesTraffic,
    *,
    site: Slug,
    day: Annotated[date, Query(description="a whole day of the past, as people at the gate count days")],
    more_lanes: Annotated[int, Query(ge=0, le=20)] = 0,
    earlier_min: Annotated[int, Query(ge=0, le=1440, description="every lane closes so much earlier")] = 0,
) -> WhatIfAnswer:
    """The same day with more lanes, or with lanes that close earlier. 409: the day cannot be asked, and why."""
    began_at = _midnight(web, day)
    asked = Asked(more_lanes, earlier_min)
    try:
        found = what_if_of(web.store, web.traffic, site, began_at, (asked,))
    except NoModelError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from error
    return WhatIfAnswer(
        day=day,
        lanes=found.lanes,
        opens_h=found.opens_h,
        closes_h=found.closes_h,
        service_min=found.model.service_min,
        mean_error_vehicles=found.model.mean_error,
        as_it_was=_outcome(found.as_it_was),
        changed=_outcome(found.answers[asked]),
        assumptions=found.as_it_was.assumptions,
    )


def _outcome(outcome: Outcome) -> OutcomeAnswer:
    """JSON knows no infinite wait: it is null, too, and `left_over` says that vehicles were never begun with."""
    said = OutcomeAnswer.model_validate(outcome)
    waits = {name: getattr(outcome, name) for name in ("wait_p50_min", "wait_p95_min")}
    return said.model_copy(update={name: None if wait == inf else wait for name, wait in waits.items()})


def _midnight(web: Web, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=web.settings.utc_offset_h)


def _surge(web: Web, state: KeptSurge) -> SurgeAnswer:
    plan = plans.kept_plan(web.store, web.traffic.plan, state.plan_fingerprint)
    assert plan is not None, "a plan is kept before the level that follows it"
    level = plan.levels[state.level]
    ticked = {one.action: one for one in web.store.surge.ticks(state.since, state.plan_fingerprint)}
    lines = [ActionAnswer(action=number, who=one.who, what=one.what) for number, one in enumerate(level.actions)]
    playbook = tuple(
        line.model_copy(update={"done_at": tick.done_at, "done_by": tick.done_by})
        if (tick := ticked.get(line.action))
        else line
        for line in lines
    )
    now = datetime.now(UTC)
    said = [one for one in web.store.surge.statements(ending_after=now) if one.holds(now)]
    names = ("level", "since", "at", "held_by", "rising_to", "rising_since", "calm_since", "situation", "stocks")
    return SurgeAnswer(
        **{name: getattr(state, name) for name in names},
        name=level.name,
        plan_version=plan.version,
        plan_fingerprint=plan.fingerprint,
        playbook=playbook,
        statements=tuple(map(StatementAnswer.model_validate, said)),
    )


def _desk(web: Web, me: Identity) -> TrafficDesk:
    return TrafficDesk(web.store, web.traffic, web.settings.utc_offset_h, actor=me.name)


def _try(do: Callable[[], T_]) -> T_:
    """Do it; what is refused becomes an answer in words."""
    try:
        return do()
    except TrafficRefusedError as error:
        status = {Refusal.OVER: HTTPStatus.CONFLICT, Refusal.NO_SITE: HTTPStatus.NOT_FOUND}
        raise HTTPException(status.get(error.refusal, HTTPStatus.UNPROCESSABLE_ENTITY), str(error)) from error
