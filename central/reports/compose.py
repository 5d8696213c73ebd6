"""Makes reports out of the store: the figures of each day, what they are held against, what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from central.reports.bulletin import Bulletin, day_of, day_span, period_of
from central.reports.fees import FeeFinding, fee_findings
from central.reports.findings import Known, Surge, findings_of
from central.reports.report import Report, days_of, read, span_of, tally_read
from central.reports.settings import ReportSettings
from central.reports.source import gather
from central.reports.tallies import Tally, added, tally_of
from central.store import Store
from central.store.report_records import ReportKind
from central.store.ticket_records import TicketState
from central.traffic.plans import kept_plan
from central.traffic.settings import TrafficSettings

_UNSETTLED: Final = tuple(state for state in TicketState if not state.is_settled)
_CHANGES: Final = 500
"""So many changes of level are looked through for the one that held at the end of a span."""
_MONTHS: Final = 3
"""A month is held against so many months before."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes reports. `utc_offset_h` is that of the place."""

    store: Store
    settings: ReportSettings
    traffic: TrafficSettings
    utc_offset_h: float

    def report(self, kind: ReportKind, day: date, now: datetime) -> Report:
        """The report that a day is in, with the figures known now; of a span that is not over, the days so far.

        A day's own figures are gathered anew. In those of a week or a month the days count as they were published; a
        day that was not, as its latest draft says, and one without a draft is gathered.

        Raises:
            StoreUnavailable: the database does not answer; ask again later.
            ValueError: the whole span lies ahead.

        """
        last = day_of(now, self.utc_offset_h)
        days = tuple(one for one in days_of(kind, day) if one <= last)
        if not days:
            raise ValueError(f"expected a day up to {last.isoformat()}, got {day.isoformat()}")
        parts = [self._day(one, anew=kind is ReportKind.DAY) for one in days]
        bulletins = tuple(part.bulletin for part in parts)
        tally = added([part.tally for part in parts])
        fees = tuple(fee for part in parts for fee in part.fees)
        surge = self._surge(min(now, bulletins[-1].until))
        is_whole = now >= span_of(kind, day, self.utc_offset_h)[1]
        known = Known(
            bulletins[0] if kind is ReportKind.DAY else period_of(bulletins),
            tally,
            self._before(kind, days[0]) if is_whole else (),
            surge,
            self.store.tickets.list(states=_UNSETTLED),
            fees,
            is_whole,
        )
        return Report(
            kind,
            days[0],
            days[-1],
            now,
            self.utc_offset_h,
            bulletins,
            tally,
            findings_of(known, self.settings),
            fees,
            surge.plan.version if surge is not None else None,
        )

    def _day(self, day: date, *, anew: bool) -> _Part:
        kept = None if anew else self._kept(day)
        if kept is not None:
            return _Part(kept.days[0], kept.tally, kept.fees)
        since, until = day_span(day, self.utc_offset_h)
        gathered = gather(self.store, self.traffic, since=since, until=until)
        bulletin = gathered.bulletin()
        tally = tally_of(bulletin, gathered.passages, day, self.utc_offset_h)
        fees = fee_findings(gathered.passages, gathered.declarations, self.settings.fee_classes)
        return _Part(bulletin, tally, fees)

    def _kept(self, day: date) -> Report | None:
        """The day as it was published last, else its latest draft from after its end."""
        found = self.store.reports.of_span(ReportKind.DAY, "", *span_of(ReportKind.DAY, day, self.utc_offset_h))
        published = [one for one in found if one.number is not None]
        whole = [one for one in found if one.made_at >= one.until]
        best = max(published, key=lambda one: one.number or 0, default=None) or next(iter(whole), None)
        content = self.store.reports.content(best.report_id) if best is not None else None
        return read(content) if content is not None else None

    def _before(self, kind: ReportKind, first: date) -> tuple[Tally, ...]:
        """The spans that it is held against, as far as they are known."""
        if kind is ReportKind.DAY:
            days = [first - timedelta(weeks=week) for week in range(1, self.settings.compare_weeks + 1)]
            kept = self.store.reports.tallies(kind, [day.isoformat() for day in days])
            known = [kept.get(day.isoformat()) for day in days]
            tallies = [
                tally_read(text) if text else self._day(day, anew=True).tally
                for day, text in zip(days, known, strict=True)
            ]
            # a day of which nothing at all was told is no day without vehicles: central was not there
            return tuple(tally for tally in tallies if any(count.vehicles for count in tally.counts))
        spans = self._weeks(first) if kind is ReportKind.WEEK else self._months(first)
        wanted = {day.isoformat() for span in spans for day in span}
        kept = self.store.reports.tallies(ReportKind.DAY, wanted)
        return tuple(
            added([tally_read(kept[day.isoformat()]) for day in span])
            for span in spans
            if all(day.isoformat() in kept for day in span)
        )

    def _weeks(self, first: date) -> list[Sequence[date]]:
        weeks = range(1, self.settings.compare_weeks + 1)
        return [days_of(ReportKind.WEEK, first - timedelta(weeks=week)) for week in weeks]

    def _months(self, first: date) -> list[Sequence[date]]:
        found: list[Sequence[date]] = []
        for _ in range(_MONTHS):
            found.append(days_of(ReportKind.MONTH, first - timedelta(days=1)))
            first = found[-1][0]
        return found

    def _surge(self, at: datetime) -> Surge | None:
        """The level at a moment; None where it never changed before."""
        change = next((one for one in self.store.surge.changes(limit=_CHANGES) if one.at <= at), None)
        plan = kept_plan(self.store, self.traffic.plan, change.plan_fingerprint) if change is not None else None
        return Surge(change.after, change.at, plan) if change is not None and plan is not None else None


@dataclass(frozen=True, slots=True)
class _Part:
    """One day of a report."""

    bulletin: Bulletin
    tally: Tally
    fees: tuple[FeeFinding, ...]
