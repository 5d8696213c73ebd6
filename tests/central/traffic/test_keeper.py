"""The keeper over a real store: levels climb and fall on what passes, and nothing hangs on one process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from central.store import Store
from central.traffic.desk import TrafficDesk
from central.traffic.plans import kept_plan
from contract.messages import Direction
from tests.central.traffic.house import VIETNAM_H, count_yard, drive, keeper, small_plan, stream

SEVEN = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
"""7:00 in Vietnam."""
HOUR = timedelta(hours=1)
ROUND = timedelta(minutes=20)
NORMAL = "Open the usual lanes."
UP = [
    "Open one more check lane.",
    "Hold vehicles in the non-tariff zone; call them up only when the yard has room.",
    "Redirect vehicles to gates that have capacity left.",
    "Stop receiving vehicles with fresh fruit for now; report to the Government.",
]
DOWN = [*UP[2::-1], NORMAL]
"""The first line of each playbook of the shipped plan."""


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
    shown: list[tuple[datetime, str]] = []
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
        state = store.surge.state()
        assert state is not None
        if not shown or shown[-1][0] != state.since:  # a playbook that nobody has done anything of yet
            assert store.surge.ticks(state.since, state.plan_fingerprint) == ()
            TrafficDesk(store, settings, VIETNAM_H, actor="lan").tick(state.since, state.plan_fingerprint, 0, now=at)
            plan = kept_plan(store, settings.plan, state.plan_fingerprint)
            assert plan is not None
            shown.append((state.since, plan.levels[state.level].actions[0].what.en))
    assert [words for _, words in shown] == [NORMAL, *UP, *DOWN]
    changes = store.surge.changes()[::-1]
    assert [(one.before, one.after) for one in changes] == [
        (0, 1), (1, 2), (2, 3), (3, 4), (4, 3), (3, 2), (2, 1), (1, 0),
    ]  # fmt: skip
    assert {one.plan_version for one in changes} == {1}
    for one in changes:  # each carries its evidence
        needed = settings.plan.levels[one.after].triggers.stock or 0
        assert one.called_by
        assert one.after < one.before or one.situation["stock"] >= needed or one.called_by == ("arrivals",)
    assert store.surge.state().stocks == {"huu-nghi": 20}  # type: ignore[union-attr]  # there is one
    store.close()
