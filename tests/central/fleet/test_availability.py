"""Health as history: runs from words in any order, timelines without gaps, figures that add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fleet.availability import Failure, Shares, by_day, by_month, failures, reliability, shares
from central.fleet.timeline import Span, clip, timeline
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.history import AT_ONCE, BRIDGED, Run, joined
from central.store.windows import MaintenanceWindow
from contract.messages import HealthLevel, HealthReason, Metrics, NodeFinding, NodeTrouble, Severity, TimeQuality
from tests.central.databases import BOTH
from tests.central.made import NOON, health, stamp

CAMERA = DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front")
NODE = DeviceKey.of("huu-nghi", "huu-nghi-1")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VIETNAM = timezone(timedelta(hours=7))
STATES = [
    (HealthLevel.OK, ""),
    (HealthLevel.DEGRADED, "dirty_lens"),
    (HealthLevel.FAILED, "covered"),
    (HealthLevel.FAILED, "signal_lost"),
    (HealthLevel.UNKNOWN, "starting"),
]


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@st.composite
def words(draw: st.DrawFn) -> Run:
    level, reason = draw(st.sampled_from(STATES))
    begin = draw(st.integers(0, 3 * 86_400))
    return Run(level, reason, at(begin), at(begin + draw(st.integers(0, 7200))))


def window(begin: int, end: int, device: DeviceKey = CAMERA) -> MaintenanceWindow:
    return MaintenanceWindow(1, device, at(begin), at(end), "Lan", "new lens", at(0), None, "")


@st.composite
def windows(draw: st.DrawFn) -> MaintenanceWindow:
    begin = draw(st.integers(0, 3 * 86_400))
    return window(begin, begin + draw(st.integers(1, 86_400)))


def told(runs: list[Run], gap: timedelta = BRIDGED) -> frozenset[Run]:
    """What is kept of words that come one after the other."""
    kept: set[Run] = set()
    for run in runs:
        near, whole = joined(kept, run, gap)
        kept = (kept - set(near)) | {whole}
    return frozenset(kept)


PERIOD = (at(-3600), at(4 * 86_400))


def of(runs: list[Run], planned: list[MaintenanceWindow] | None = None) -> tuple[Span, ...]:
    return timeline(told(runs), *PERIOD, windows=planned or [])


@given(
    st.lists(words(), max_size=12).flatmap(lambda runs: st.tuples(st.just(runs), st.permutations(runs))),
    st.sampled_from([BRIDGED, AT_ONCE]),
)
def test_the_order_in_which_words_come_changes_nothing(runs: tuple[list[Run], list[Run]], gap: timedelta) -> None:
    """Late ones fit into the past, and saying a thing twice is saying it once."""
    in_order, shuffled = runs
    assert told(in_order, gap) == told(shuffled, gap) == told(in_order + shuffled, gap)


@given(st.lists(words(), max_size=12), st.lists(windows(), max_size=3))
def test_a_timeline_has_no_gap_and_its_shares_are_the_whole(runs: list[Run], planned: list[MaintenanceWindow]) -> None:
    """Span follows span from the first moment to the last, neighbours differ, and shares sum to 1."""
    spans = of(runs, planned)
    assert (spans[0].since, spans[-1].until) == PERIOD
    for one, following in pairwise(spans):
        assert one.until == following.since
        assert (one.level, one.reason, one.planned) != (following.level, following.reason, following.planned)
    whole = shares(spans)
    parts = (whole.ok, whole.degraded, whole.failed, whole.unknown, whole.planned)
    assert whole.total == PERIOD[1] - PERIOD[0]
    assert sum(part / whole.total for part in parts) == pytest.approx(1)
    for share in (whole.proven, whole.when_known):
        assert share is None or 0 <= share <= 1
    if whole.proven is not None and whole.when_known is not None:
        assert whole.proven <= whole.when_known


@given(st.lists(words(), max_size=12), st.lists(windows(), max_size=2), st.integers(0, 4 * 86_400))
def test_splitting_a_period_changes_nothing(runs: list[Run], planned: list[MaintenanceWindow], cut: int) -> None:
    """Two halves have the times and the failures of the whole; a half computed alone is the half of the whole."""
    spans = of(runs, planned)
    first, second = clip(spans, PERIOD[0], at(cut)), clip(spans, at(cut), PERIOD[1])
    assert shares(first) + shares(second) == shares(spans)
    halves = [reliability(spans, PERIOD[0], at(cut)), reliability(spans, at(cut), PERIOD[1])]
    assert sum(half.failures for half in halves) == reliability(spans, *PERIOD).failures == len(failures(spans))
    alone = timeline(told(runs), PERIOD[0], at(cut), windows=planned)
    assert shares(alone) == shares(first)
    days = list(by_day(spans, VIETNAM).values())
    assert sum(days, Shares()) == shares(spans) == sum(by_month(spans, VIETNAM).values(), Shares())


@given(st.lists(words(), max_size=12), st.lists(windows(), max_size=2))
def test_failures_are_apart_and_the_longest_is_one_of_them(runs: list[Run], planned: list[MaintenanceWindow]) -> None:
    """No failure begins before the last has ended, nor in a maintenance window; none is longer than the longest."""
    spans = of(runs, planned)
    found = failures(spans)
    for one, following in pairwise(found):
        assert one.ended_at is not None
        assert one.began_at < one.ended_at <= following.began_at
    assert not [f for f in found if any(w.begins_at <= f.began_at < w.until for w in planned)]
    figures = reliability(spans, *PERIOD)
    assert (figures.longest is None) == (not found)
    if figures.longest is not None and figures.to_repair is not None:
        assert figures.to_repair <= figures.longest


def test_figures_of_a_day_that_can_be_counted_by_hand() -> None:
    """Two failures of one and three hours, silence, and a planned hour."""
    runs = [
        Run(HealthLevel.OK, "", at(0), at(6 * 3600)),
        Run(HealthLevel.FAILED, "covered", at(6 * 3600), at(7 * 3600)),
        Run(HealthLevel.OK, "", at(7 * 3600), at(10 * 3600)),
        Run(HealthLevel.FAILED, "signal_lost", at(10 * 3600), at(13 * 3600)),
        Run(HealthLevel.DEGRADED, "dirty_lens", at(13 * 3600), at(20 * 3600)),
    ]
    planned = [window(14 * 3600, 15 * 3600)]
    spans = timeline(runs, at(0), at(24 * 3600), windows=planned)
    assert shares(spans) == Shares(
        ok=9 * HOUR,
        degraded=6 * HOUR + timedelta(seconds=45),  # its last word holds for a while
        failed=4 * HOUR,
        unknown=4 * HOUR - timedelta(seconds=45),
        planned=HOUR,
    )
    assert shares(spans).when_known == pytest.approx(15.0125 / 19.0125)
    assert shares(spans).proven == pytest.approx(15.0125 / 23)
    figures = reliability(spans, at(0), at(24 * 3600))
    assert (figures.failures, figures.to_repair, figures.longest) == (2, 2 * HOUR, 3 * HOUR)
    assert figures.between == (15 * HOUR + timedelta(seconds=45)) / 2


def test_a_failure_that_outlasts_its_window_begins_when_the_window_ends() -> None:
    """What was planned is no failure; what is left over is."""
    runs = [Run(HealthLevel.OK, "", at(0), at(3600)), Run(HealthLevel.FAILED, "covered", at(3600), at(9000))]
    spans = timeline(runs, at(0), at(9000), windows=[window(3000, 7200)])
    assert failures(spans) == (Failure(at(7200), None, "covered"),)


def test_silence_neither_begins_nor_ends_a_failure() -> None:
    """A camera that failed, fell silent and still fails has failed once."""
    lost = HealthLevel.FAILED, "signal_lost"
    runs = [Run(*lost, at(0), at(600)), Run(*lost, at(3000), at(3600)), Run(HealthLevel.OK, "", at(3600), at(4000))]
    spans = timeline(runs, at(0), at(4000))
    assert [span.level.value for span in spans] == ["failed", "unknown", "failed", "ok"]
    assert failures(spans) == (Failure(at(0), at(3600), "signal_lost"),)


def history(store: Store, device: DeviceKey, until: int) -> list[tuple[str, str, int, int]]:
    spans = timeline(store.history.runs(device), at(0), at(until))
    seconds = [(int((s.since - NOON).total_seconds()), int((s.until - NOON).total_seconds())) for s in spans]
    return [(span.level.value, span.reason, *ends) for span, ends in zip(spans, seconds, strict=True)]


def hear(store: Store, message: object, second: int) -> None:
    with store.transaction(at(second)) as transaction:
        if isinstance(message, Metrics):
            store.nodes.report_metrics(transaction, message)
        else:
            store.cameras.report(transaction, message)


@pytest.mark.parametrize("database", BOTH)
def test_a_node_that_was_cut_off_fills_in_the_past(store: Store) -> None:
    """Its late word says since when it was so; what nobody tells stays unknown. A camera keeps its state over a cut."""
    covered = {"level": HealthLevel.FAILED, "reason": HealthReason.COVERED, "since": at(900)}
    hear(store, health(stamp=stamp(at(10))), 10)
    hear(store, health(stamp=stamp(at(3600)), **covered), 3600)
    assert history(store, CAMERA, 3600) == [
        ("ok", "", 0, 55),
        ("unknown", "node_silent", 55, 900),
        ("failed", "covered", 900, 3600),
    ]
    hear(store, health(stamp=stamp(at(890))), 3601)  # it lay with the broker
    assert history(store, CAMERA, 3600) == [("ok", "", 0, 900), ("failed", "covered", 900, 3600)]


def test_a_power_cut_is_not_filled_in_by_a_clock_that_woke_up_in_the_past(store: Store) -> None:
    """The node came up 60 s ago, and its clock was set since: what it says of before that is not so."""
    hear(store, health(stamp=stamp(at(10))), 10)
    woke = stamp(at(3600)).model_copy(update={"monotonic_s": 60.0})
    hear(store, health(stamp=woke, since=at(20)), 3600)
    assert history(store, CAMERA, 3600) == [
        ("ok", "", 0, 55),
        ("unknown", "node_silent", 55, 3540),
        ("ok", "", 3540, 3600),
    ]


def test_a_camera_that_fails_twice_within_a_minute_has_failed_twice(store: Store) -> None:
    """It says since when; what lies between is not bridged."""
    covered = {"level": HealthLevel.FAILED, "reason": HealthReason.COVERED}
    hear(store, health(stamp=stamp(at(5))), 5)
    hear(store, health(stamp=stamp(at(10)), since=at(7), **covered), 10)
    hear(store, health(stamp=stamp(at(20)), since=at(15)), 20)
    hear(store, health(stamp=stamp(at(30)), since=at(22), **covered), 30)
    assert [found.began_at for found in failures(timeline(store.history.runs(CAMERA), at(0), at(30)))] == [
        at(7),
        at(22),
    ]


def test_a_clock_that_was_never_set_counts_by_when_its_words_came(store: Store) -> None:
    """Nodes without a clock chip wake up in the past; that is no history."""
    old = datetime(2000, 1, 1, tzinfo=UTC)
    for second in (0, 10, 20):
        hear(store, health(stamp=stamp(old, TimeQuality.UNSET), since=old), second)
    ahead = health(HealthLevel.FAILED, reason=HealthReason.DARK, stamp=stamp(at(90_000)), since=at(80_000))
    hear(store, ahead, 30)
    (ok, dark) = store.history.runs(CAMERA)
    assert (ok.since, ok.until) == (at(0), at(20))
    assert (dark.since, dark.until) == (at(30), at(30))


def test_a_node_has_a_history_of_its_own_findings_and_of_silence(store: Store) -> None:
    """The level is that of its gravest finding; a dead node is no healthy node."""
    full = NodeFinding(code=NodeTrouble.DISK_FULL, severity=Severity.SEVERE, since=NOON)
    for second in range(0, 61, 10):
        values = {"site": "huu-nghi", "node": "huu-nghi-1", "values": {}, "stamp": stamp(at(second))}
        hear(store, Metrics(**values, findings=(full,) if second >= 30 else ()), second)
    assert history(store, NODE, 600) == [
        ("ok", "", 0, 30),
        ("failed", "disk_full", 30, 105),
        ("unknown", "node_silent", 105, 600),
    ]
