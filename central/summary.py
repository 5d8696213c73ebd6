"""The figures in the head of every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from central.queue import LOOKED_BACK
from central.store import Store
from central.store.outcome_records import OutcomeKind
from central.store.report_records import ReportKind
from contract.messages import Direction, HealthLevel


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of today, of vehicles that wait for a decision or stand in yards, and of cameras that need somebody."""

    passages_in: int
    passages_out: int
    to_decide: int
    undeclared: int
    cameras: int
    cameras_bad: int
    with_traffic: bool
    level: int | None = None
    """Of surge; None before it was weighed."""
    stocks: Mapping[str, int | None] = field(default_factory=dict)
    """Vehicles in the yards of each gate; None where nobody counted."""
    drafts: int = 0
    """Reports that wait to be published."""
    handovers: int = 0
    """Shifts that nobody took over yet."""


class Figures:
    """The summary, counted anew only when something changed: every page and every stream shows it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[bool, tuple[tuple[int, datetime], Summary]] = {}

    def summary(self, *, since: datetime, now: datetime, with_traffic: bool) -> Summary:
        """As of the latest change."""
        key = (self._store.events.latest_id(), since)
        before = self._counted.get(with_traffic)
        if before is not None and before[0] == key:
            return before[1]
        found = _summary_of(self._store, since=since, now=now, with_traffic=with_traffic)
        self._counted[with_traffic] = (key, found)
        return found


def _summary_of(store: Store, *, since: datetime, now: datetime, with_traffic: bool) -> Summary:
    """Counted between `since` and `now`."""
    counts = store.outcomes.counts(since=since, until=now) if with_traffic else ()
    cameras = store.cameras.list()
    surge = store.surge.state() if with_traffic else None
    waiting = [one.kind for one in store.reports.waiting()] if with_traffic else []
    handovers = waiting.count(ReportKind.SHIFT)
    return Summary(
        passages_in=sum(count.passages for count in counts if count.direction is Direction.IN),
        passages_out=sum(count.passages for count in counts if count.direction is Direction.OUT),
        to_decide=store.decisions.waiting_count(now - LOOKED_BACK) if with_traffic else 0,
        undeclared=sum(count.by_outcome.get(OutcomeKind.UNDECLARED, 0) for count in counts),
        cameras=len(cameras),
        cameras_bad=sum(camera.level is not HealthLevel.OK for camera in cameras),
        with_traffic=with_traffic,
        level=surge.level if surge else None,
        stocks=surge.stocks if surge else {},
        drafts=len(waiting) - handovers,
        handovers=handovers,
    )
