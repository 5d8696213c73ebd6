"""Levels of surge: they follow evidence that lasts, and never flap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.traffic.rates import HourlyCounts
from central.traffic.surge import Situation, SurgeState, called_for, follow, situation_of, step
from central.traffic.surge_plan import SurgePlan, Trigger
from tests.central.made import NOON

PLAN = SurgePlan.load()
STEADY = PLAN.steadiness
MINUTE = timedelta(minutes=1)
TOLD = {Trigger.QUEUE_ON_ROAD, Trigger.CHINA_STOPPED}


def series(stocks: Sequence[int | None], every: timedelta = 10 * MINUTE) -> list[Situation]:
    return [Situation(NOON + number * every, stock=stock) for number, stock in enumerate(stocks)]


def asked(situation: Situation, *, nearly: bool = False) -> int:
    return max(called_for(PLAN, situation, nearly=nearly).values(), default=0)


def levels(situations: Sequence[Situation]) -> list[int]:
    return [change.after for change in follow(PLAN, situations)]


def test_a_surge_day_climbs_every_level_and_comes_back_each_once() -> None:
    """300 vehicles grow to 1,700 over a day and are cleared over the next two."""
    up = [300 + 10 * number for number in range(140)]
    down = [1700 - 6 * number for number in range(280)]
    changes = follow(PLAN, series([*up, *down]))
    assert [(change.before, change.after) for change in changes] == [
        (0, 1), (1, 2), (2, 3), (3, 4), (4, 3), (3, 2), (2, 1), (1, 0),
    ]  # fmt: skip
    assert [change.situation.stock for change in changes[:4]] == [520, 720, 920, 1520]
    assert all(change.called_by == {Trigger.STOCK} for change in changes)
    assert {(change.plan_version, change.plan_fingerprint) for change in changes} == {(PLAN.version, PLAN.fingerprint)}


@pytest.mark.parametrize(
    ("known", "trigger", "level"),
    [
        ({"stock": 499, "days_to_clear": 0.9, "yard_share": 0.84, "arrivals": 29, "cleared": 0}, None, 0),
        ({"stock": 500}, Trigger.STOCK, 1),
        ({"stock": 700}, Trigger.STOCK, 2),
        ({"stock": 900}, Trigger.STOCK, 3),
        ({"stock": 1500}, Trigger.STOCK, 4),
        ({"arrivals": 120, "cleared": 100}, Trigger.ARRIVALS, 1),
        ({"arrivals": 119, "cleared": 100}, None, 0),
        ({"arrivals": 30, "cleared": 0}, Trigger.ARRIVALS, 1),
        ({"arrivals": 500}, None, 0),
        ({"yard_share": 0.85}, Trigger.YARD_SHARE, 2),
        ({"days_to_clear": 1.0}, Trigger.DAYS_TO_CLEAR, 1),
        ({"days_to_clear": inf}, Trigger.DAYS_TO_CLEAR, 3),
        ({"queue_on_road": True}, Trigger.QUEUE_ON_ROAD, 3),
        ({"china_stopped": True}, Trigger.CHINA_STOPPED, 4),
        ({"china_stopped": False, "queue_on_road": False}, None, 0),
    ],
)
def test_each_trigger_of_the_shipped_plan(known: dict[str, float], trigger: Trigger | None, level: int) -> None:
    """From its threshold on it calls for its level; what is unknown calls for nothing."""
    calls = called_for(PLAN, Situation(NOON, **known))  # type: ignore[arg-type]
    assert calls == ({} if trigger is None else {trigger: level})


def test_a_situation_is_what_the_counts_say() -> None:
    """Stock of all gates, the fullest yard, three hours of arrivals and clearance, three days to go by."""

    def hours(*counts: int) -> HourlyCounts:
        return HourlyCounts(NOON, counts, 7.0)

    found = situation_of(
        PLAN,
        stock_by_site={"huu-nghi": 360, "chi-ma": 90},
        arrivals=hours(99, 40, 50, 60),
        cleared=hours(99, 30, 40, 30),
        cleared_by_day=(10, 300, 350, 250),
    )
    assert found == Situation(
        NOON + 240 * MINUTE, stock=450, yard_share=0.8, days_to_clear=1.5, arrivals=150, cleared=100
    )
    assert called_for(PLAN, found) == {Trigger.DAYS_TO_CLEAR: 1, Trigger.ARRIVALS: 1}
    young = situation_of(PLAN, stock_by_site={}, arrivals=hours(9), cleared=hours(9), cleared_by_day=())
    assert young == Situation(NOON + 60 * MINUTE)
    with pytest.raises(ValueError, match="expected counts until"):
        situation_of(PLAN, stock_by_site={}, arrivals=hours(9), cleared=hours(9, 9), cleared_by_day=())


def test_one_high_count_is_no_surge() -> None:
    """A level begins when it was called for without a break."""
    assert levels(series([300, 1600, 300, 1600, 300, 1600, 300])) == []


def test_what_lasts_is_the_least_of_what_was_called_for() -> None:
    """Among a quarter of an hour of 950 and one of 720, 720 is what lasted."""
    assert levels(series([300, 950, 720, 950])) == [2]


def test_a_level_is_held_just_below_its_threshold() -> None:
    """460 of 500 is nearly: only below the margin is it calm."""
    nearly = series([520] * 3 + [460] * 60)
    assert levels(nearly) == [1]
    assert levels(
        [*nearly, *[Situation(nearly[-1].at + number * 10 * MINUTE, stock=449) for number in range(1, 9)]]
    ) == [
        1,
        0,
    ]


def test_a_level_has_its_least_time() -> None:
    """With three hours of least time, an hour of calm does not end a level that is two hours old."""
    patient = PLAN.model_copy(update={"steadiness": STEADY.model_copy(update={"least_min": 180.0})})
    changes = follow(patient, series([520] * 3 + [100] * 40))
    assert [change.after for change in changes] == [1, 0]
    assert changes[1].at - changes[0].at == 180 * MINUTE


def test_people_are_believed_at_once() -> None:
    """When China stops, level 4 begins with the word of it."""
    stopped = Situation(NOON + MINUTE, stock=200, china_stopped=True)
    assert levels([Situation(NOON, stock=200), stopped]) == [4]


def test_people_do_not_hold_back_what_the_figures_say() -> None:
    """1,600 vehicles have stood there for a quarter of an hour when somebody tells of a queue: 4, not 3."""
    standing = series([1600, 1600])
    told = Situation(NOON + 15 * MINUTE, stock=1600, queue_on_road=True)
    assert levels([*standing, told]) == [4]


def test_a_level_is_held_while_what_called_for_it_is_unknown() -> None:
    """The stock called for level 3 and is not known any more: days of other good news do not end it."""
    busy = series([950] * 3)
    blind = [Situation(busy[-1].at + number * 10 * MINUTE, days_to_clear=0.1) for number in range(1, 300)]
    assert levels([*busy, *blind]) == [3]
    calm = [Situation(blind[-1].at + number * 10 * MINUTE, stock=100) for number in range(1, 100)]
    assert levels([*busy, *blind, *calm]) == [3, 2, 1, 0]


def test_silence_is_no_evidence() -> None:
    """Two high counts with nothing between them for hours do not raise the level, nor two low ones lower it."""
    assert levels(series([950, 950], every=3 * 60 * MINUTE)) == []
    assert levels([*series([950] * 3), *[Situation(NOON + hours * 60 * MINUTE, stock=100) for hours in (3, 6, 9)]]) == [
        3
    ]


def test_a_situation_of_the_past_is_refused() -> None:
    """Evidence is weighed in the order of time."""
    with pytest.raises(ValueError, match="expected a situation after"):
        step(PLAN, SurgeState(0, NOON, NOON), Situation(NOON - MINUTE))


@given(st.lists(st.floats(0.92, 1.6), min_size=30, max_size=120))
@settings(max_examples=30, deadline=None)
def test_a_stock_that_swings_about_a_threshold_does_not_flap(swings: list[float]) -> None:
    """Within the margin below it, and up to the next threshold's above it, the level changes at most once."""
    stocks = [round(min(500 * swing, 699)) for swing in swings]
    assert levels(series(stocks)) in ([], [1])


maybe_bool = st.one_of(st.none(), st.booleans())
situations = st.lists(
    st.tuples(
        st.integers(1, 45),
        st.one_of(st.none(), st.sampled_from([100, 440, 460, 500, 640, 720, 820, 930, 1340, 1400, 1600])),
        st.one_of(st.none(), st.floats(0, 3)),
        st.sampled_from([None, None, None, False, True]),
    ),
    max_size=80,
)


@given(situations, st.integers(1, 8))
@settings(max_examples=80, deadline=None)
def test_every_change_rests_on_evidence_that_lasted(
    told: list[tuple[int, int | None, float | None, bool | None]], slower: int
) -> None:
    """Whatever is told: a rise was called for all along, a fall goes down one level, late enough, on calm all along."""
    seen: list[Situation] = []
    at = NOON
    for minutes, stock, days, stopped in told:
        at += max(1, minutes // slower) * MINUTE
        seen.append(Situation(at, stock=stock, days_to_clear=days, china_stopped=stopped))
    changes = follow(PLAN, seen)
    began = seen[0].at if seen else NOON
    for change in changes:
        until_now = [one for one in seen if one.at <= change.at]
        if change.after > change.before:
            if not (
                change.called_by & TOLD and change.after == called_for(PLAN, change.situation)[Trigger.CHINA_STOPPED]
            ):
                lasted = last_of(until_now, STEADY.rise_after)
                assert all(asked(one) >= change.after for one in lasted)
        else:
            assert change.after == change.before - 1
            assert change.at - began >= STEADY.least
            lasted = last_of(until_now, STEADY.fall_after)
            assert all(asked(one, nearly=True) < change.before for one in lasted)
            assert all(one.is_known(trigger) for one in lasted for trigger in change.called_by)
        began = change.at


def last_of(seen: Sequence[Situation], span: timedelta) -> list[Situation]:
    """The situations of the last span, with what was known when it began; they must be told without a long silence."""
    lasted = [one for one in seen if one.at >= seen[-1].at - span]
    if lasted[0].at > seen[-1].at - span:
        lasted.insert(0, [one for one in seen if one.at < lasted[0].at][-1])
    assert all(later.at - earlier.at <= STEADY.silence for earlier, later in pairwise(lasted))
    return lasted
