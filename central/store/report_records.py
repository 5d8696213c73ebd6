"""Reports, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportKind(StrEnum):
    """What a report is of."""

    DAY = "day"
    """From 20:00 to 20:00 of the place."""
    WEEK = "week"
    MONTH = "month"
    SHIFT = "shift"
    """Any span, handed over from one person to the next."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report that was made.

    Attributes:
        site: empty where it is of all gates.
        day: the last day of the place that it is of, `2026-05-06`.
        made_by: empty where it was made by itself.
        content: all that it says, as text; kept as it is.
        tally: its counts alone; empty where it has none.

    """

    kind: ReportKind
    site: str
    since: datetime
    until: datetime
    day: str
    made_by: str
    content: str
    tally: str = ""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report that is kept, without its content.

    Attributes:
        sha256: of its content.
        number: 0 for the first that was published of its span, 1 and so on for its corrections; None while it is a
            draft. A handover is published when the one who takes over has signed.
        remark: why it corrects another; of a handover what the one says who takes over.

    """

    report_id: int
    kind: ReportKind
    site: str
    since: datetime
    until: datetime
    day: str
    made_at: datetime
    made_by: str
    sha256: str
    number: int | None
    published_at: datetime | None
    published_by: str
    remark: str
