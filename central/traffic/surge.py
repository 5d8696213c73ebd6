"""Which level of surge it is: up on evidence that lasts, down one level at a time on calm that lasts longer. Pure.

What is not known calls for nothing. It is no calm either: a level that was called for by the stock is not left while
the stock is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from central.traffic.rates import HourlyCounts, days_to_clear
from central.traffic.surge_plan import Level, SurgePlan, Trigger


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known at a moment; None: unknown.

    Attributes:
        stock: vehicles in the yards.
        yard_share: how full the fullest yard is (1 = full), see `SurgePlan.fullest_share`.
        days_to_clear: see `central.traffic.rates`; infinite where nothing was cleared.
        arrivals, cleared: vehicles in the last `arrivals_span_h` hours.
        queue_on_road, china_stopped: people's word.

    """

    at: datetime
    stock: int | None = None
    yard_share: float | None = None
    days_to_clear: float | None = None
    arrivals: int | None = None
    cleared: int | None = None
    queue_on_road: bool | None = None
    china_stopped: bool | None = None

    def is_known(self, trigger: Trigger) -> bool:
        """Whether anything can be said of a trigger."""
        if trigger is Trigger.ARRIVALS:
            return self.arrivals is not None and self.cleared is not None
        return getattr(self, trigger.value) is not None


def situation_of(
    plan: SurgePlan,
    *,
    stock_by_site: Mapping[str, int],
    arrivals: HourlyCounts,
    cleared: HourlyCounts,
    cleared_by_day: Sequence[int],
    queue_on_road: bool | None = None,
    china_stopped: bool | None = None,
) -> Situation:
    """What the counts say at the end of the last whole hour.

    `arrivals` and `cleared` end together, `cleared_by_day` holds the whole days before today, the latest last. An empty
    `stock_by_site` is an unknown stock; fewer hours than the plan's span are an unknown trend.

    Raises:
        ValueError: `arrivals` and `cleared` do not end together.

    """
    if arrivals.until != cleared.until:
        raise ValueError(
            f"expected counts until {arrivals.until.isoformat()}, got some until {cleared.until.isoformat()}"
        )
    stock = sum(stock_by_site.values()) if stock_by_site else None
    span_h = plan.arrivals_span_h
    is_long = min(len(arrivals.counts), len(cleared.counts)) >= span_h
    return Situation(
        arrivals.until,
        stock=stock,
        yard_share=plan.fullest_share(stock_by_site),
        days_to_clear=None if stock is None else days_to_clear(stock, cleared_by_day, plan.clearance_days),
        arrivals=arrivals.last(span_h) if is_long else None,
        cleared=cleared.last(span_h) if is_long else None,
        queue_on_road=queue_on_road,
        china_stopped=china_stopped,
    )


@dataclass(frozen=True, slots=True)
class SurgeState:
    """The level, and what speaks for leaving it.

    Attributes:
        held_by: what called for this level, or for those above it, since it was last 0.
        rising_to, rising_since: the least that was called for without a break, and since when.
        calm_since: since when nothing calls for this level, not even nearly.
        at: of the latest situation.

    """

    level: int
    since: datetime
    at: datetime
    held_by: frozenset[Trigger] = frozenset()
    rising_to: int | None = None
    rising_since: datetime | None = None
    calm_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The level changed; `called_by`: what called for the new one (it rose), or had held the old one (it fell)."""

    at: datetime
    before: int
    after: int
    called_by: frozenset[Trigger]
    situation: Situation
    plan_version: int
    plan_fingerprint: str


def called_for(plan: SurgePlan, situation: Situation, *, nearly: bool = False) -> dict[Trigger, int]:
    """What calls for a level now, and for which; `nearly`: with the thresholds lowered by the plan's margin."""
    share = 1.0 - plan.steadiness.margin if nearly else 1.0
    found: dict[Trigger, int] = {}
    for level in plan.levels:  # a higher one overwrites a lower one
        found |= dict.fromkeys(_fired(plan, level, situation, share), level.level)
    return found


def step(plan: SurgePlan, state: SurgeState, situation: Situation) -> tuple[SurgeState, Change | None]:
    """The state after one more situation.

    Raises:
        ValueError: the situation is older than the latest.

    """
    now, steady = situation.at, plan.steadiness
    if now < state.at:
        raise ValueError(f"expected a situation after {state.at.isoformat()}, got one of {now.isoformat()}")
    if now - state.at > steady.silence:
        state = replace(state, rising_to=None, rising_since=None, calm_since=None)
    state = _weigh(plan, replace(state, at=now), situation)
    calls = called_for(plan, situation)
    at_once = max((level for trigger, level in calls.items() if trigger in _TOLD), default=0)
    has_lasted = state.rising_since is not None and now - state.rising_since >= steady.rise_after
    risen = max(at_once, (state.rising_to or 0) if has_lasted else 0)
    if risen > state.level:
        return _go(plan, state, risen, situation, calls)
    is_calm = state.calm_since is not None and now - state.calm_since >= steady.fall_after
    if is_calm and now - state.since >= steady.least:
        return _go(plan, state, state.level - 1, situation, calls)
    return state, None


def follow(plan: SurgePlan, situations: Iterable[Situation]) -> list[Change]:
    """All changes of a series that begins at level 0, the oldest first."""
    changes: list[Change] = []
    state: SurgeState | None = None
    for situation in situations:
        state, change = step(plan, state or SurgeState(0, situation.at, situation.at), situation)
        changes += [change] if change else []
    return changes


_TOLD = frozenset({Trigger.QUEUE_ON_ROAD, Trigger.CHINA_STOPPED})


def _fired(plan: SurgePlan, level: Level, situation: Situation, share: float) -> Iterable[Trigger]:
    for trigger, limit in level.triggers.numbers().items():
        if situation.is_known(trigger) and _reaches(plan, trigger, limit * share, situation):
            yield trigger
    for trigger in level.triggers.told():
        if getattr(situation, trigger.value):
            yield trigger


def _reaches(plan: SurgePlan, trigger: Trigger, limit: float, situation: Situation) -> bool:
    if trigger is Trigger.ARRIVALS:
        arrivals, cleared = situation.arrivals or 0, situation.cleared or 0
        return arrivals >= plan.arrivals_least and arrivals >= limit * cleared
    return float(getattr(situation, trigger.value)) >= limit


def _weigh(plan: SurgePlan, state: SurgeState, situation: Situation) -> SurgeState:
    """The evidence for a higher level, and for a lower one."""
    asked = max(called_for(plan, situation).values(), default=0)
    if asked > state.level:
        lowest = min(asked, state.rising_to or asked)
        state = replace(state, rising_to=lowest, rising_since=state.rising_since or situation.at)
    else:
        state = replace(state, rising_to=None, rising_since=None)
    near = {trigger for trigger, level in called_for(plan, situation, nearly=True).items() if level >= state.level > 0}
    is_unknown = any(not situation.is_known(trigger) for trigger in state.held_by)
    if state.level == 0 or near or is_unknown:
        return replace(state, held_by=state.held_by | near, calm_since=None)
    return replace(state, calm_since=state.calm_since or situation.at)


def _go(
    plan: SurgePlan, state: SurgeState, level: int, situation: Situation, calls: dict[Trigger, int]
) -> tuple[SurgeState, Change]:
    called_by = frozenset(trigger for trigger, asked in calls.items() if asked >= level > state.level) or state.held_by
    held_by = (state.held_by | called_by) if level else frozenset()
    change = Change(situation.at, state.level, level, called_by, situation, plan.version, plan.fingerprint)
    return SurgeState(level, situation.at, situation.at, held_by), change
