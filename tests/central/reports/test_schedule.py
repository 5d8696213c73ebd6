"""Drafts that make themselves: once a span, after its end, with what was missed made up; old ones are tidied."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from central.reports import report
from central.reports.compose import Composer
from central.reports.desk import Refusal, ReportDesk, ReportRefusedError
from central.reports.report import days_of, span_of
from central.reports.schedule import ReportKeeper
from central.reports.settings import ReportSettings
from central.reports.statements import Code
from central.store import Store
from central.store.report_records import ReportKind
from central.traffic.settings import TrafficSettings
from contract.messages import Cancellation
from tests.central.made import birth, passage

SUNDAY = date(2026, 5, 31)
"""Also the last day of its month."""


def composer(store: Store) -> Composer:
    return Composer(store, ReportSettings(), TrafficSettings(), 7.0)


def pass_by(store: Store, day: date, *, vehicles: int = 1, turned_back: bool = False) -> None:
    at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    first = day.toordinal() * 100
    with store.transaction(at) as transaction:
        store.nodes.report_status(transaction, birth())
        more = {"cancelled": Cancellation.REVERSED_OUT} if turned_back else {}
        sent = [passage(first + n, at=at + timedelta(seconds=n), **more) for n in range(vehicles)]
        store.passages.save(transaction, *sent, late_after=timedelta(days=9))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the place."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def test_drafts_of_day_week_and_month_come_after_their_hour(store: Store) -> None:
    """Not at 20:10, once at 20:15; the last day of a week and a month makes three."""
    pass_by(store, SUNDAY)
    keeper = ReportKeeper(composer(store))
    assert keeper.step(at(SUNDAY, 20, 10)) == 0
    assert keeper.step(at(SUNDAY, 20, 15)) == 3
    assert keeper.step(at(SUNDAY, 20, 16)) == 0
    found = store.reports.list()
    assert {one.kind for one in found} == {ReportKind.DAY, ReportKind.WEEK, ReportKind.MONTH}
    assert {(one.day, one.made_by, one.number) for one in found} == {("2026-05-31", "", None)}


def test_days_are_made_up_for_when_central_was_away(store: Store) -> None:
    """Each day with vehicles gets its draft; a draft made before a day was over does not stand in for it."""
    monday, tuesday, friday = (date(2026, 5, day) for day in (4, 5, 8))
    for day in (monday, tuesday):
        pass_by(store, day)
    ReportDesk(composer(store), clock=lambda: at(tuesday, 12)).draft(ReportKind.DAY, tuesday, actor="lan")
    assert ReportKeeper(composer(store)).step(at(friday, 21)) == 2
    assert [one.day for one in store.reports.list() if not one.made_by] == ["2026-05-05", "2026-05-04"]


def test_a_day_is_held_against_the_weeks_before(store: Store) -> None:
    """The same weekday, gathered where nothing was kept; a day that is not over is held against nothing."""
    for weeks, vehicles in ((4, 5), (3, 6), (2, 5), (1, 6), (0, 40)):
        pass_by(store, SUNDAY - timedelta(weeks=weeks), vehicles=vehicles, turned_back=True)
    (change,) = composer(store).report(ReportKind.DAY, SUNDAY, at(SUNDAY, 20, 15)).findings
    assert change.what.code is Code.MORE
    assert change.what.numbers == {"now_vehicles": 40, "mean_vehicles": 6, "difference_vehicles": 34, "spans": 4}
    (quiet,) = composer(store).report(ReportKind.DAY, SUNDAY, at(SUNDAY, 12)).findings
    assert quiet.what.code is Code.QUIET_SO_FAR


def test_a_week_is_made_of_what_was_published(store: Store) -> None:
    """Late data change the day's next draft; the week keeps to the published day until that is corrected."""
    pass_by(store, SUNDAY, vehicles=2)
    now = at(SUNDAY, 21)
    desk = ReportDesk(composer(store), clock=lambda: now)
    desk.publish(desk.draft(ReportKind.DAY, SUNDAY, actor="lan").report_id, actor="minh")
    pass_by(store, SUNDAY - timedelta(days=1))
    with store.transaction(now) as transaction:
        late = passage(7, "12C99999", at=at(SUNDAY, 11))
        store.passages.save(transaction, late, late_after=timedelta(days=9))

    def through_in(kind: ReportKind) -> int:
        made = composer(store).report(kind, SUNDAY, now)
        return sum(line.through.count for line in made.numbers.lines)

    assert through_in(ReportKind.DAY) == 3
    assert through_in(ReportKind.WEEK) == 2 + 1
    again = desk.draft(ReportKind.DAY, SUNDAY, actor="lan")
    with pytest.raises(ReportRefusedError) as refused:
        desk.publish(again.report_id, actor="minh")
    assert refused.value.refusal is Refusal.NO_REASON
    assert desk.publish(again.report_id, actor="minh", remark="late").number == 1
    assert through_in(ReportKind.WEEK) == 3 + 1


def test_old_drafts_go_when_another_report_stands_in_for_them(store: Store) -> None:
    """What was published, the last draft of a span, and younger drafts stay."""
    pass_by(store, SUNDAY)
    made = []
    for minute in (15, 20, 25):
        desk = ReportDesk(composer(store), clock=lambda minute=minute: at(SUNDAY, 20, minute))  # type: ignore[misc]
        made.append(desk.draft(ReportKind.DAY, SUNDAY, actor="lan").report_id)
    with store.transaction() as transaction:
        assert store.reports.forget_drafts(transaction, at(SUNDAY, 20, 20)) == 1
        assert store.reports.forget_drafts(transaction, at(SUNDAY, 23)) == 1
    assert [one.report_id for one in store.reports.list()] == made[2:]
    assert report.read(store.reports.content(made[2]) or "").day == SUNDAY


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        (ReportKind.DAY, "2026-02-03", "2026-02-03"),
        (ReportKind.WEEK, "2026-02-02", "2026-02-08"),
        (ReportKind.MONTH, "2026-02-01", "2026-02-28"),
    ],
)
def test_spans(kind: ReportKind, first: str, last: str) -> None:
    """Weeks from Monday to Sunday, months of the calendar; days from 20:00 to 20:00."""
    days = days_of(kind, date(2026, 2, 3))
    assert (days[0].isoformat(), days[-1].isoformat()) == (first, last)
    since, until = span_of(kind, date(2026, 2, 3), 7.0)
    assert (since, until) == (at(days[0], 20) - timedelta(days=1), at(days[-1], 20))
