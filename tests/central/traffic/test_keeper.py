"""The keeper over a real store: levels climb and fall on what passes, and nothing hangs on one process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from central.store import Store
from central.traffic.plans import kept_plan
from contract.messages import Direction
from tests.central.traffic.house import count_yard, drive, keeper, small_plan, stream

SEVEN = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
"""7:00 in Vietnam."""
HOUR = timedelta(hours=1)
ROUND = timedelta(minutes=20)


def rounds(since: datetime, until: datetime) -> Iterator[datetime]:
    at = since
    while at < until:
        yield at
        at += ROUND


def test_a_surge_day_climbs_every_level_and_comes_back(url: str, tmp_path: Path) -> None:
    """0 to 4 and back, each level once each way, by its own playbook; central is started anew again and again."""
    settings = small_plan(tmp_path)
    store = Store.open(url, tmp_path / "evidence")
    count_yard(store, 40, at=SEVEN)
    came = stream(Direction.IN, 130, since=SEVEN, until=SEVEN + 6 * HOUR)
    went = stream(Direction.OUT, 150, since=SEVEN + 7 * HOUR, until=SEVEN + 13 * HOUR)
    waiting = sorted((*came, *went), key=lambda one: one.first_seen_at)
    for at in rounds(SEVEN, SEVEN + 17 * HOUR):
        passed = [one for one in waiting if one.last_seen_at <= at]
        waiting = waiting[len(passed) :]
        if passed:
            drive(store, *passed, at=at)
        if at.minute == 0 and at.hour % 4 == 0:  # taken over by another process
            store.close()
            store = Store.open(url, tmp_path / "evidence")
        keeper(store, settings).step(at)
    changes = store.surge.changes()[::-1]
    assert [(one.before, one.after) for one in changes] == [
        (0, 1), (1, 2), (2, 3), (3, 4), (4, 3), (3, 2), (2, 1), (1, 0),
    ]  # fmt: skip
    assert {one.plan_version for one in changes} == {1}
    for one in changes:
        plan = kept_plan(store, settings.plan, one.plan_fingerprint)
        assert plan is not None
        assert plan.levels[one.after].actions
        if one.after > one.before:
            needed = plan.levels[one.after].triggers.stock
            assert needed is not None
            assert "stock" in one.called_by or "arrivals" in one.called_by
            assert one.situation["stock"] >= needed or one.called_by == ("arrivals",)
    assert store.surge.state().stocks == {"huu-nghi": 20}  # type: ignore[union-attr]  # there is one
    store.close()
