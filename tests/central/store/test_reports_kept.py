"""Reports as they are kept: a draft becomes the first of its span, the next one its correction; content stays."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from central.store import Store
from central.store.report_records import NewReport, ReportKind
from tests.central.databases import BOTH
from tests.central.made import NOON


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def draft(store: Store, content: str, *, kind: ReportKind = ReportKind.DAY, days: int = 0, tally: str = "") -> int:
    until = NOON + timedelta(days=days)
    day = f"{until:%Y-%m-%d}"
    with store.transaction(NOON) as transaction:
        return store.reports.add(
            transaction, NewReport(kind, "", until - timedelta(days=1), until, day, "lan", content, tally)
        )


def publish(store: Store, number: int, remark: str = "") -> bool:
    with store.transaction(NOON + timedelta(hours=1)) as transaction:
        return store.reports.publish(transaction, number, by="minh", remark=remark)


def test_a_correction_stands_beside_what_it_corrects(store: Store) -> None:
    """Both are kept with their content, numbered in their order; each is published once."""
    first, second = draft(store, "one"), draft(store, "two")
    assert publish(store, first)
    assert not publish(store, first)
    assert publish(store, second, "late passages")
    found = store.reports.list(published=True)
    assert [(one.report_id, one.number, one.remark, one.published_by) for one in found] == [
        (second, 1, "late passages", "minh"),
        (first, 0, "", "minh"),
    ]
    assert store.reports.content(first) == "one"
    assert found[1].sha256 == hashlib.sha256(b"one").hexdigest()
    assert store.reports.of_span(ReportKind.DAY, "", NOON - timedelta(days=1), NOON) == found


def test_lists_by_kind_and_time(store: Store) -> None:
    """Drafts and published ones, days and shifts, page by page."""
    kept = [draft(store, "x", days=days) for days in range(3)]
    shift = draft(store, "y", kind=ReportKind.SHIFT, days=1)
    publish(store, kept[0])
    assert [one.report_id for one in store.reports.list(kinds=[ReportKind.DAY])] == [kept[2], kept[1], kept[0]]
    assert [one.report_id for one in store.reports.list(published=False, limit=2)] == [kept[2], shift]
    assert [one.report_id for one in store.reports.list(before=NOON + timedelta(days=1))] == [kept[0]]
    assert store.reports.get(99) is None
    assert store.reports.content(99) is None


def test_the_tally_of_a_day_is_the_one_published_last(store: Store) -> None:
    """Where nothing is published, that of the latest draft."""
    day = f"{NOON:%Y-%m-%d}"
    numbers = [draft(store, name, tally=name) for name in ("a", "b", "c")]
    assert store.reports.tallies(ReportKind.DAY, [day, "2026-01-01"]) == {day: "c"}
    publish(store, numbers[0])
    assert store.reports.tallies(ReportKind.DAY, [day]) == {day: "a"}
    publish(store, numbers[1])
    assert store.reports.tallies(ReportKind.DAY, [day]) == {day: "b"}
