"""What people do with reports: make a draft, publish it, correct it; hand over a shift and take it over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from central.reports import handover, report
from central.reports.compose import Composer
from central.reports.handover import handover_of
from central.reports.report import span_of
from central.store.report_records import NewReport, ReportKind, ReportRecord
from contract.errors import SmartGateError

REMARK_CHARACTERS: Final = 500
NOTES_CHARACTERS: Final = 4000
SHIFT_AT_MOST: Final = timedelta(days=2)


class Refusal(StrEnum):
    """Why something is not done; `report_refusal.<refusal>` in the catalogue."""

    GONE = "gone"
    """There is no such report."""
    AHEAD = "ahead"
    """The span lies ahead."""
    NOT_OVER = "not_over"
    """The span is not over, or the draft was made before its end."""
    ALREADY = "already"
    """It was published or taken over before."""
    NO_REASON = "no_reason"
    """A correction says why."""
    BAD_SPAN = "bad_span"
    """A shift ends after it begins, lasts two days at most and does not end ahead."""
    SAME_PERSON = "same_person"
    """Who goes cannot take over from himself."""
    TOO_LONG = "too_long"
    """The notes, the remark."""


class ReportRefusedError(SmartGateError, ValueError):
    """Nothing was done; `refusal` says why."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class ReportDesk:
    """Takes what people do with reports. Every call says who."""

    def __init__(self, composer: Composer, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._composer = composer
        self._store = composer.store
        self._clock = clock

    def draft(self, kind: ReportKind, day: date, *, actor: str) -> ReportRecord:
        """Freeze the figures known now as a draft; `actor` empty: by itself.

        Raises:
            ReportRefusedError: its span lies ahead.

        """
        now = self._clock()
        offset_h = self._composer.utc_offset_h
        try:
            made = self._composer.report(kind, day, now)
        except ValueError as error:
            raise ReportRefusedError(Refusal.AHEAD, str(error)) from error
        since, until = span_of(kind, day, offset_h)
        last = report.days_of(kind, day)[-1].isoformat()
        content, tally = report.written(made), report.tally_written(made.tally)
        return self._keep(NewReport(kind, "", since, until, last, actor, content, tally), now)

    def publish(self, report_id: int, *, actor: str, remark: str = "") -> ReportRecord:
        """Publish a draft: the first of its span, or a numbered correction, which says why.

        Raises:
            ReportRefusedError: its span was not over, it was published before, or it corrects and says nothing.

        """
        found = self._draft(report_id)
        remark = remark.strip()
        if found.made_at < found.until:
            raise ReportRefusedError(
                Refusal.NOT_OVER, f"expected a draft made after {found.until.isoformat()}: make another one"
            )
        before = self._store.reports.of_span(found.kind, found.site, found.since, found.until)
        if not remark and any(one.number is not None for one in before):
            raise ReportRefusedError(Refusal.NO_REASON, "expected what is corrected and why, got nothing")
        return self._publish(found, actor, remark)

    def hand_over(self, site: str, since: datetime, until: datetime, *, actor: str, notes: str) -> ReportRecord:
        """Sign a shift off: what stands in it now is what the next person takes over.

        Raises:
            ReportRefusedError: it is no span of a shift, or the notes are too long.

        """
        now = self._clock()
        if not since < until <= min(now, since + SHIFT_AT_MOST):
            raise ReportRefusedError(
                Refusal.BAD_SPAN,
                f"expected a shift of at most two days that is over, got {since.isoformat()} to {until.isoformat()}",
            )
        made = handover_of(
            self._store,
            self._composer.traffic,
            site=site,
            since=since,
            until=until,
            now=now,
            utc_offset_h=self._composer.utc_offset_h,
            outgoing=actor,
            notes=_checked(notes, NOTES_CHARACTERS),
        )
        day = (until + timedelta(hours=self._composer.utc_offset_h)).date().isoformat()
        content = handover.written(made)
        return self._keep(NewReport(ReportKind.SHIFT, site, since, until, day, actor, content), now)

    def take_over(self, report_id: int, *, actor: str, remark: str = "") -> ReportRecord:
        """Sign a shift on, as it was left, with a remark.

        Raises:
            ReportRefusedError: it was taken over before, or by the one who left it.

        """
        found = self._draft(report_id)
        if found.made_by == actor:
            raise ReportRefusedError(Refusal.SAME_PERSON, f"expected somebody else than {actor} to take over")
        return self._publish(found, actor, remark.strip())

    def _draft(self, report_id: int) -> ReportRecord:
        found = self._store.reports.get(report_id)
        if found is None:
            raise ReportRefusedError(Refusal.GONE, f"there is no report {report_id}")
        if found.number is not None:
            raise ReportRefusedError(Refusal.ALREADY, f"{found.published_by} did so before: look again")
        return found

    def _keep(self, new: NewReport, now: datetime) -> ReportRecord:
        with self._store.transaction(now) as transaction:
            number = self._store.reports.add(transaction, new)
        return self._get(number)

    def _publish(self, found: ReportRecord, actor: str, remark: str) -> ReportRecord:
        with self._store.transaction(self._clock()) as transaction:
            done = self._store.reports.publish(
                transaction, found.report_id, by=actor, remark=_checked(remark, REMARK_CHARACTERS)
            )
        if not done:
            raise ReportRefusedError(Refusal.ALREADY, "somebody else was faster: look again")
        return self._get(found.report_id)

    def _get(self, report_id: int) -> ReportRecord:
        found = self._store.reports.get(report_id)
        assert found is not None, "it was just kept"
        return found


def _checked(text: str, most: int) -> str:
    text = text.strip()
    if len(text) > most:
        raise ReportRefusedError(Refusal.TOO_LONG, f"expected at most {most} characters, got {len(text)}")
    return text
