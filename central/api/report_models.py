"""What the API says of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Self

from central.api.models import Answer
from central.reports import texts
from central.reports.doubts import Doubt
from central.reports.handover import Handover
from central.reports.report import Report
from central.reports.sentences import Speaker, doubt_sentence, sentence
from central.reports.statements import Finding, Statement
from central.reports.tables import board_rows, missed_of, stock_rows
from central.store.report_records import ReportKind
from contract.messages import Direction


class ReportHead(Answer):
    """A report that is kept: what it is of, and how far it is."""

    report_id: int
    kind: ReportKind
    site: str
    """Empty: of all gates."""
    since: datetime
    until: datetime
    day: str
    """The last day of the place that it is of."""
    made_at: datetime
    """Its figures are those known then."""
    made_by: str
    """Empty: by itself."""
    sha256: str
    """Of what is kept."""
    number: int | None
    """Null: a draft, or a handover that nobody took over yet; 0: the first that was published; 1 …: corrections."""
    published_at: datetime | None
    published_by: str
    remark: str


class BoardAnswer(Answer):
    """A row of the Board's table; `gate` empty: of all gates, `direction` null: both."""

    gate: str
    direction: Direction | None
    counts: Mapping[str, int | None]
    """Column to vehicles; null where the direction has no such column."""
    doubtful: bool


class StockAnswer(Answer):
    """The yards of a gate, or of all; null where nobody counted."""

    gate: str
    carried_over: int | None
    came: int
    left: int
    stock: int | None
    counted: int | None
    """By people, in the end."""


class StatementAnswer(Answer):
    """A sentence, with the numbers and names in it."""

    code: str
    said: str
    numbers: Mapping[str, float]
    names: Mapping[str, str]

    @classmethod
    def of(cls, statement: Statement, speaker: Speaker, kind: ReportKind) -> Self:
        """In the language of the speaker."""
        said = sentence(speaker, statement, kind.value)
        return cls(code=statement.code.value, said=said, numbers=statement.numbers, names=statement.names)


class ReportFindingAnswer(Answer):
    """What was found, why it seems so, what to do."""

    what: StatementAnswer
    why: Sequence[StatementAnswer]
    proposals: Sequence[StatementAnswer]
    passage_ids: Sequence[str]

    @classmethod
    def of(cls, finding: Finding, speaker: Speaker, kind: ReportKind) -> Self:
        """In the language of the speaker."""
        return cls(
            what=StatementAnswer.of(finding.what, speaker, kind),
            why=[StatementAnswer.of(one, speaker, kind) for one in finding.why],
            proposals=[StatementAnswer.of(one, speaker, kind) for one in finding.proposals],
            passage_ids=finding.passage_ids,
        )


class ReportDoubtAnswer(Answer):
    """Why numbers are doubtful."""

    reason: str
    said: str
    gate: str
    lane: str
    """Empty: a direction of the whole gate."""
    direction: Direction
    since: datetime
    until: datetime
    vehicles: int | None
    counted: int | None
    """What the doubted counter counted, `loop`: what the lane's loop did; null where that is not known."""
    loop: int | None
    passage_ids: Sequence[str]
    declaration_ids: Sequence[str]

    @classmethod
    def of(cls, doubt: Doubt, speaker: Speaker) -> Self:
        """In the language of the speaker."""
        names = ("gate", "lane", "direction", "since", "until", "vehicles", "counted", "loop")
        ids = {"passage_ids": doubt.passage_ids, "declaration_ids": doubt.declaration_ids}
        values = {name: getattr(doubt, name) for name in names} | ids
        return cls(reason=doubt.reason.value, said=doubt_sentence(speaker, doubt), **values)


class ReportAnswer(ReportHead):
    """A report with what it says; a handover has its notes, and else only what is on its paper."""

    title: str = ""
    is_whole: bool = True
    """Whether its span was over when it was made."""
    board: Sequence[BoardAnswer] = ()
    stocks: Sequence[StockAnswer] = ()
    missed: int = 0
    """Vehicles that no camera could see and the platform confirmed: in no number."""
    findings: Sequence[ReportFindingAnswer] = ()
    doubts: Sequence[ReportDoubtAnswer] = ()
    notes: str | None = None
    """Of a handover: what the one says who goes."""

    @classmethod
    def of(cls, head: ReportHead, report: Report, speaker: Speaker) -> Self:
        """A bulletin."""
        return cls(
            **head.model_dump(),
            title=texts.title(speaker, report),
            is_whole=report.is_whole,
            board=[BoardAnswer.model_validate(row) for row in board_rows(report)],
            stocks=[StockAnswer.model_validate(row) for row in stock_rows(report)],
            missed=missed_of(report.numbers),
            findings=[ReportFindingAnswer.of(one, speaker, report.kind) for one in report.findings],
            doubts=[ReportDoubtAnswer.of(one, speaker) for one in report.numbers.doubts],
        )

    @classmethod
    def of_shift(cls, head: ReportHead, handover: Handover) -> Self:
        """A handover."""
        return cls(**head.model_dump(), notes=handover.notes)


class DueAnswer(Answer):
    """A draft that will make itself; a day without vehicles gets none."""

    kind: ReportKind
    day: date
    due_at: datetime


class ScheduleAnswer(Answer):
    """What makes itself next, and what waits for a person."""

    next: Sequence[DueAnswer]
    drafts: Sequence[ReportHead]
    """Of spans that are over and of which nothing was published: to be checked and published."""
    handovers: Sequence[ReportHead]
    """Nobody took them over yet."""
