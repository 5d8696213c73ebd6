"""A report as it is kept: the figures of its days, what was found, and when it was made. Language comes later."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from pydantic import TypeAdapter

from central.reports.bulletin import Bulletin, Period, day_span, period_of
from central.reports.fees import FeeFinding
from central.reports.statements import Finding
from central.reports.tallies import Tally
from central.store.report_records import ReportKind

_WEEK: Final = 7


@dataclass(frozen=True)
class Report:
    """The bulletin of a day, a week or a month.

    Attributes:
        first_day, day: the first and the last day of the place that it is of.
        made_at: the figures are those known then, UTC.
        days: the bulletin of each day.
        plan_version: of the surge plan that findings go by; None where no level is known.

    """

    kind: ReportKind
    first_day: date
    day: date
    made_at: datetime
    utc_offset_h: float
    days: tuple[Bulletin, ...]
    tally: Tally
    findings: tuple[Finding, ...]
    fees: tuple[FeeFinding, ...]
    plan_version: int | None = None

    @cached_property
    def numbers(self) -> Bulletin | Period:
        """The bulletin, or the sum of those of its days."""
        return self.days[0] if self.kind is ReportKind.DAY else period_of(self.days)

    @property
    def since(self) -> datetime:
        """Begin of the span, UTC."""
        return self.days[0].since

    @property
    def until(self) -> datetime:
        """End of the span, UTC; figures of a span that is not over are those of `made_at`."""
        return self.days[-1].until

    @property
    def is_whole(self) -> bool:
        """Whether its span was over when it was made."""
        return self.made_at >= self.until

    @property
    def as_of(self) -> datetime:
        """The moment of its figures."""
        return min(self.made_at, self.until)

    @property
    def gates(self) -> tuple[str, ...]:
        """In the order of the table."""
        return self.days[-1].gates

    @property
    def carried_over(self) -> Mapping[str, int]:
        """Gate to what stood there when the span began, where that is known."""
        return {gate: stock.before.vehicles for gate, stock in self.days[0].stocks.items()}

    @property
    def stocks(self) -> Mapping[str, int]:
        """Gate to what stands there in the end, as calculated, where that is known."""
        return {gate: stock.calculated for gate, stock in self.days[-1].stocks.items()}


def days_of(kind: ReportKind, day: date) -> tuple[date, ...]:
    """The days of the report that a day is in: itself, its week from Monday on, or its month."""
    if kind is ReportKind.WEEK:
        first, count = day - timedelta(days=day.weekday()), _WEEK
    elif kind is ReportKind.MONTH:
        first, count = day.replace(day=1), calendar.monthrange(day.year, day.month)[1]
    else:
        first, count = day, 1
    return tuple(first + timedelta(days=number) for number in range(count))


def span_of(kind: ReportKind, day: date, utc_offset_h: float) -> tuple[datetime, datetime]:
    """From the begin of its first day to the end of its last, UTC."""
    days = days_of(kind, day)
    return day_span(days[0], utc_offset_h)[0], day_span(days[-1], utc_offset_h)[1]


def written(report: Report) -> str:
    """A report as text; what is published is the text, and the hash is of it."""
    return _REPORT.dump_json(report).decode()


@lru_cache(maxsize=32)
def read(content: str) -> Report:
    """What was written."""
    return _REPORT.validate_json(content)


def tally_written(tally: Tally) -> str:
    """A tally as text."""
    return _TALLY.dump_json(tally).decode()


def tally_read(content: str) -> Tally:
    """What was written."""
    return _TALLY.validate_json(content)


_REPORT: Final = TypeAdapter(Report)
_TALLY: Final = TypeAdapter(Tally)
