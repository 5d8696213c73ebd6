"""What the page of yards and traffic shows: reasons in sentences, the playbook, hours with links, the chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any, Final

from central.console.page import with_query
from central.console.say import Say
from central.store import Store
from central.store.traffic import HOUR, begin_of_hour
from central.store.traffic_records import KeptFlow, KeptSurge, Statement, Tick
from central.traffic import plans
from central.traffic.flow import DoubtReason
from central.traffic.observations import Source
from central.traffic.outlook import Outlook
from central.traffic.settings import TrafficSettings
from central.traffic.surge import Situation, called_for
from central.traffic.surge_plan import Action, Level, Said, SurgePlan, Trigger
from central.traffic.weigh import situation_of_kept
from contract.messages import Direction

SHOWN_H: Final = 24
AHEAD_H: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the playbook, and whether somebody says that it is done."""

    number: int
    action: Action
    tick: Tick | None


@dataclass(frozen=True, slots=True)
class SurgeView:
    """The level with its plan, its reasons in sentences and its playbook."""

    state: KeptSurge
    plan: SurgePlan
    situation: Situation
    reasons: tuple[str, ...]
    outlook: str
    lines: tuple[Line, ...]

    @property
    def level(self) -> Level:
        """The level with its name and triggers."""
        return self.plan.levels[self.state.level]


@dataclass(frozen=True, slots=True)
class HourRow:
    """An hour of the chart and its table; `expected` hours are still to come, and have a queue at their end."""

    hour_at: datetime
    arrivals: float
    cleared: float
    queue: float | None
    expected: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart, in its units."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """`in` or `out`, and `expected` where it is still to come."""
    expected: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Hours as bars, arrivals beside cleared ones; lengths are units of its view box."""

    width: float
    height: float
    left: float
    base: float
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, str], ...]
    """Height and label of each horizontal line."""
    hours: tuple[tuple[float, str], ...]
    """Place and label of each hour that is named."""
    now: float


def said(text: Said, say: Say) -> str:
    """A text of the plan in the language of the page."""
    return str(getattr(text, say.words.language))


def surge_view(store: Store, settings: TrafficSettings, say: Say) -> SurgeView | None:
    """The level as it was weighed last; None before the first time."""
    state = store.surge.state()
    plan = plans.kept_plan(store, settings.plan, state.plan_fingerprint) if state is not None else None
    if state is None or plan is None:
        return None
    situation = situation_of_kept(state.at, state.situation)
    ticks = {one.action: one for one in store.surge.ticks(state.since, state.plan_fingerprint)}
    lines = [Line(number, one, ticks.get(number)) for number, one in enumerate(plan.levels[state.level].actions)]
    reasons = reasons_of(plan, situation, state.level, state.held_by, say)
    return SurgeView(state, plan, situation, reasons, _outlook(plan, state, say), tuple(lines))


def reasons_of(plan: SurgePlan, situation: Situation, level: int, held_by: Iterable[str], say: Say) -> tuple[str, ...]:
    """Why it is this level: what calls for it, or for a lower one, and what had called for it and does no more."""
    calls = called_for(plan, situation)
    told = [
        _sentence(plan, one, situation, asked, say)
        + ("" if asked >= level else f" {say.words('traffic.lower', n=asked)}")
        for one, asked in sorted(calls.items(), key=lambda call: (-call[1], list(Trigger).index(call[0])))
    ]
    for one in Trigger:
        if one.value in held_by and one not in calls:
            key = "trigger_said.passed" if situation.is_known(one) else "trigger_said.unknown"
            told.append(say.words(key, trigger=_capital(say.words(f"trigger.{one.value}"))))
    return tuple(told)


def _sentence(plan: SurgePlan, trigger: Trigger, situation: Situation, level: int, say: Say) -> str:
    limit = plan.levels[level].triggers.numbers().get(trigger)
    value = None if limit is None else measured_as(trigger, situation)
    values = {"value": _number(trigger, value, say), "limit": _number(trigger, limit, say)}
    return say.words(f"trigger_said.{trigger.value}", span=plan.arrivals_span_h, **values)


def measured_as(trigger: Trigger, situation: Situation) -> float | None:
    """The number that is held against a trigger's threshold; None where it is unknown."""
    if trigger is not Trigger.ARRIVALS:
        found = getattr(situation, trigger.value)
        return None if found is None else float(found)
    if situation.arrivals is None or situation.cleared is None:
        return None
    return situation.arrivals / situation.cleared if situation.cleared else inf


def _number(trigger: Trigger, value: float | None, say: Say) -> str:
    if value is None:
        return say.words("traffic.unknown")
    if value == inf:
        return "∞"
    if trigger is Trigger.YARD_SHARE:
        return say.percent(value)
    return f"{value:.0f}" if trigger is Trigger.STOCK else f"{value:.1f}".removesuffix(".0")


def threshold_text(trigger: Trigger, limit: float, say: Say) -> str:
    """A threshold as the plan's page shows it."""
    return _number(trigger, limit, say) if trigger is not Trigger.ARRIVALS else f"{limit:g} ×"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _outlook(plan: SurgePlan, state: KeptSurge, say: Say) -> str:
    """What would change the level next."""
    steady = plan.steadiness
    if state.rising_since is not None and state.rising_to is not None:
        at = state.rising_since + timedelta(minutes=steady.rise_after_min)
        return say.words("traffic.rising", n=state.rising_to, at=say.minute(at))
    if state.level == 0:
        return say.words("traffic.calm")
    if state.calm_since is None:
        return say.words("traffic.held")
    at = max(
        state.calm_since + timedelta(minutes=steady.fall_after_min), state.since + timedelta(minutes=steady.least_min)
    )
    return say.words("traffic.falling", n=state.level - 1, at=say.minute(at))


def passages_url(
    say: Say, *, site: str, since: datetime, until: datetime, lane: str = "", direction: Direction | None = None
) -> str:
    """The search for the vehicles behind a number, to the minute."""
    times = {"since": _minute(say, since), "until": _minute(say, until)}
    way = direction.value if direction is not None else ""
    return with_query("/passages", site=site, lane=lane, direction=way, **times)


def _minute(say: Say, at: datetime) -> str:
    return f"{at.astimezone(say.zone):%Y-%m-%dT%H:%M}"


def hour_rows(outlook: Outlook) -> tuple[HourRow, ...]:
    """The last hours, the one that runs with what is expected of all of it, and those to come."""
    pairs = list(zip(outlook.arrivals.counts, outlook.cleared.counts, strict=True))[-SHOWN_H:]
    begin = outlook.arrivals.until - len(pairs) * HOUR
    past = [HourRow(begin + n * HOUR, came, went, None, False) for n, (came, went) in enumerate(pairs)]
    ahead = [HourRow(one.hour_at, one.arrivals, one.cleared, one.queue, True) for one in outlook.expected]
    return (*past, *ahead)


def chart_of(rows: Sequence[HourRow], say: Say) -> Chart | None:
    """Bars of the hours; None where there are none."""
    if not rows:
        return None
    width, height, left, base = 960.0, 240.0, 40.0, 212.0
    top = _round_up(max(max(one.arrivals, one.cleared) for one in rows))
    slot, scale = (width - left) / len(rows), (base - 12.0) / top
    bars: list[Bar] = []
    for place, one in enumerate(rows):
        for side, (kind, value) in enumerate((("in", one.arrivals), ("out", one.cleared))):
            x = left + slot * (place + 0.1 + side * 0.4)
            bars.append(Bar(x, base - value * scale, slot * 0.38, value * scale, kind, one.expected))
    steps = (0.0, top / 2, top)
    named = [
        (left + slot * (place + 0.5), f"{one.hour_at.astimezone(say.zone):%H}")
        for place, one in enumerate(rows)
        if one.hour_at.astimezone(say.zone).hour % 3 == 0
    ]
    past = sum(not one.expected for one in rows)
    lines = tuple((base - step * scale, f"{step:g}") for step in steps)
    return Chart(width, height, left, base, tuple(bars), lines, tuple(named), left + slot * past)


def _round_up(value: float) -> float:
    """The next number that halves well, at least 4."""
    step = next(step for step in (4, 10, 20, 40, 60, 80, 100, 200, 400, 1000, 4000, 20_000, inf) if step >= value)
    return float(step) if step != inf else value


def doubted(flows: Iterable[KeptFlow]) -> tuple[KeptFlow, ...]:
    """Hours whose counters do not agree, the latest first."""
    return tuple(sorted((flow for flow in flows if flow.doubts), key=lambda flow: flow.hour_at, reverse=True))


def flow_place(flow: KeptFlow, say: Say) -> str:
    """The lane of an hour, or the direction of the whole gate."""
    if flow.lane:
        return f"{say.site(flow.site)} · {say.lane(flow.lane)}"
    return (
        f"{say.site(flow.site)} · {say.words('traffic.gate_whole', way=say.words(f'direction.{flow.direction.value}'))}"
    )


def doubt_text(flow: KeptFlow, say: Say) -> tuple[str, ...]:
    """Each doubt of an hour as a sentence, with how much the counter differs."""
    told = []
    for one in flow.doubts:
        line = say.words(
            "traffic.doubt_line",
            counter=say.words(f"counter.{one.source}"),
            reason=say.words(f"doubt.{one.reason}"),
        )
        much = say.words("traffic.surplus_more" if one.surplus > 0 else "traffic.surplus_fewer", n=abs(one.surplus))
        seen, loop = flow.counts.get(Source.TRACKER), flow.counts.get(Source.LOOP)
        if one.reason == DoubtReason.CAMERA_MISSED_VEHICLES and loop is not None:
            much = say.words("traffic.of_loop", seen=seen, loop=loop)
        told.append(f"{_capital(line)} ({much})" if one.surplus else _capital(line))
    return tuple(told)


def flow_url(flow: KeptFlow, say: Say) -> str:
    """The vehicles of an hour."""
    until = flow.hour_at + HOUR
    return passages_url(say, site=flow.site, since=flow.hour_at, until=until, lane=flow.lane, direction=flow.direction)


def last_hours(store: Store, now: datetime, site: str | None) -> tuple[KeptFlow, ...]:
    """The hours of the last day as they were judged."""
    return store.traffic.flows(begin_of_hour(now) - SHOWN_H * HOUR, now, site)


def standing(statements: Iterable[Statement], now: datetime) -> tuple[Statement, ...]:
    """What people say that holds now."""
    return tuple(one for one in statements if one.holds(now))


def figures_of(view: SurgeView, say: Say) -> Mapping[str, Any]:
    """The figures of the province behind the level, as texts."""
    situation, unknown = view.situation, say.words("traffic.unknown")
    days = situation.days_to_clear
    in_days = say.words("traffic.never") if days == inf else say.words("traffic.days", n=f"{days or 0.0:.1f}")
    moved = say.words("traffic.came_went", arrivals=situation.arrivals, cleared=situation.cleared)
    return {
        "stock": unknown if situation.stock is None else str(situation.stock),
        "days_to_clear": unknown if days is None else in_days,
        "last_hours": unknown if situation.arrivals is None else moved,
    }
