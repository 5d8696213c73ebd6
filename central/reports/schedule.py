"""Drafts that make themselves: of each day that is over at its hour, and of the week and month that end with it."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog

from central.reports.bulletin import DAY, day_of, day_span
from central.reports.compose import Composer
from central.reports.desk import ReportDesk
from central.reports.report import days_of, span_of
from central.store.database import StoreUnavailable
from central.store.report_records import ReportKind
from central.worker import Worker

log = structlog.get_logger(__name__)
_STEP_S: Final = 60.0
_CAUGHT_UP: Final = 8
"""So many days are made up for when central was away; later spans are held against them."""


def next_due(now: datetime, after: timedelta, utc_offset_h: float) -> tuple[tuple[ReportKind, date, datetime], ...]:
    """The next drafts that make themselves: kind, its last day, and when; the day's, the week's and the month's."""
    found: list[tuple[ReportKind, date, datetime]] = []
    for kind in (ReportKind.DAY, ReportKind.WEEK, ReportKind.MONTH):
        day = days_of(kind, day_of(now - after, utc_offset_h))[-1]
        found.append((kind, day, span_of(kind, day, utc_offset_h)[1] + after))
    return tuple(found)


class ReportKeeper:
    """Makes drafts by itself; a person publishes them. `step` alone serves tests."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self.worker = Worker("reports", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; what is not made is after the next start."""
        self.worker.stop()

    def step(self, now: datetime) -> int:
        """Make what is due and is not there yet, the oldest first; how many drafts were made.

        Raises:
            StoreUnavailable: the store does not answer; try again later.

        """
        desk = ReportDesk(self._composer, clock=lambda: now)
        offset_h = self._composer.utc_offset_h
        due_at = now - timedelta(minutes=self._composer.settings.prepare_after_min)
        last = day_of(due_at, offset_h) - DAY
        made = 0
        for ago in reversed(range(_CAUGHT_UP)):
            day = last - ago * DAY
            if not self._had_vehicles(*day_span(day, offset_h)):
                continue
            ends = [kind for kind in ReportKind if kind is not ReportKind.SHIFT and days_of(kind, day)[-1] == day]
            for kind in ends:
                span = span_of(kind, day, offset_h)
                if not any(one.made_at >= one.until for one in self._composer.store.reports.of_span(kind, "", *span)):
                    desk.draft(kind, day, actor="")
                    made += 1
        return made

    def _had_vehicles(self, since: datetime, until: datetime) -> bool:
        return bool(self._composer.store.passages.list(since=since, until=until, limit=1).items)

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(_STEP_S):
            try:
                if made := self.step(datetime.now(UTC)):
                    log.info("drafts of reports made", drafts=made)
            except StoreUnavailable as error:
                log.warning("drafts of reports put off", reason=str(error))
