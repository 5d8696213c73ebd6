"""A report on paper: the Board's table first, then findings in full sentences, then doubtful numbers with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from central.print.document import Paper, PaperColumn, PaperLine
from central.reports.report import Report
from central.reports.sentences import Speaker, day_text, digits, doubt_sentence, fee_sentence, sentence
from central.reports.tables import CELLS, board_rows, day_rows, stock_rows
from central.reports.texts import as_of, doubt_place, doubt_time, missed, provenance, standing, title
from central.store.report_records import ReportKind, ReportRecord

_DOTS: Final = "………………………………"
_NONE: Final = "–"
_LISTED: Final = 40
"""So many doubts, and so much fee evidence, are on paper; the workbook has all."""
_SIGNATURES_MM: Final = 36
_LINE_MM: Final = 4.5


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues papers, and where; empty: a dotted line to fill in."""

    authority: str = ""
    office: str = ""
    place: str = ""


def report_pdf(report: Report, record: ReportRecord | None, speaker: Speaker, head: Letterhead) -> bytes:
    """The paper; `record` None: it is not kept.

    Raises:
        ConfigError: the fonts were not made.

    """
    words = speaker.words
    named = title(speaker, report)
    paper = Paper(named, landscape=True, margin_mm=14, footer=footer(named, record))
    letterhead(paper, speaker, head)
    paper.text(named, size_pt=15, bold=True, align="C")
    paper.text(words("report.subtitle"), size_pt=12, bold=True, align="C")
    paper.text(as_of(speaker, report), size_pt=10, align="C")
    if said := standing(speaker, record):
        paper.text(said, size_pt=10, bold=True, align="C")
    parts = Parts(paper)
    parts.begin(words("report.board"))
    board_table(paper, report, speaker)
    if any(row.doubtful for row in board_rows(report)):
        paper.text(words("report.doubtful"), size_pt=8.5)
    if told := missed(speaker, report):
        paper.text(told, size_pt=8.5)
    parts.begin(words("report.stock"), table_rows=len(report.gates) + 1)
    stock_table(paper, report, speaker)
    if report.kind is not ReportKind.DAY:
        parts.begin(words("report.days"))
        _days(paper, report, speaker)
    parts.begin(words("report.findings"))
    _findings(paper, report, speaker)
    parts.begin(words("report.doubts"))
    _doubts(paper, report, speaker)
    if report.fees:
        parts.begin(words("report.fees"))
        _fees(paper, report, speaker)
    end(
        paper,
        provenance(speaker, report, record),
        [[PaperLine(words("report.maker"), bold=True)], [PaperLine(words("report.head"), bold=True)]],
    )
    return paper.bytes()


_PART_MM: Final = 24
_ROW_MM: Final = 6.4


class Parts:
    """Numbers the parts of a paper."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._number = 0

    def begin(self, name: str, *, table_rows: int = 0) -> None:
        """The heading of the next part, never alone at the foot of a page; a short table stays on one page with it."""
        if self._paper.room_mm < _PART_MM + table_rows * _ROW_MM:
            self._paper.page()
        self._number += 1
        self._paper.gap(3)
        self._paper.text(f"{self._number}. {name}", size_pt=11.5, bold=True)
        self._paper.gap(1)


def letterhead(paper: Paper, speaker: Speaker, head: Letterhead) -> None:
    """Who issues it, and the nation's head."""
    words = speaker.words
    paper.beside(
        [
            [
                PaperLine(head.authority or _DOTS),
                PaperLine(head.office or _DOTS, bold=True, ruled=True),
                PaperLine(words("report.paper_number")),
            ],
            [
                PaperLine(words("repair_paper.nation"), bold=True),
                PaperLine(words("repair_paper.motto"), bold=True, ruled=True),
                PaperLine(words("repair_paper.date", place=head.place or "……………")),
            ],
        ],
        size_pt=10.5,
    )
    paper.gap(3)


def footer(named: str, record: ReportRecord | None) -> str:
    """What stands at the foot of each page: the name, and the begin of the hash."""
    return named if record is None else f"{named} · {record.sha256[:16]}"


def end(paper: Paper, lines: Sequence[str], blocks: Sequence[Sequence[PaperLine]]) -> None:
    """Where the figures are from, and who signs, with room to do so: together on one page."""
    if paper.room_mm < _SIGNATURES_MM + len(lines) * _LINE_MM:
        paper.page()
    paper.gap(3)
    for line in lines:
        paper.text(line, size_pt=8.5)
    paper.gap(5)
    paper.beside(blocks, size_pt=10)


def board_table(paper: Paper, report: Report, speaker: Speaker) -> None:
    """The Board's table."""
    words = speaker.words
    first = paper.width_mm - 26 - len(CELLS) * 24
    columns = [
        PaperColumn(words("report.gate"), first),
        PaperColumn(words("report.direction"), 26),
        *(PaperColumn(words(f"cell.{cell}"), 24, "R") for cell in CELLS),
    ]
    rows = [
        [
            speaker.site(row.gate) if row.gate else words("report.total"),
            (words(f"direction.{row.direction.value}") if row.direction else words("report.both"))
            + (" *" if row.doubtful else ""),
            *(_count(speaker, row.counts[cell]) for cell in CELLS),
        ]
        for row in board_rows(report)
    ]
    paper.table(columns, rows)


def stock_table(paper: Paper, report: Report, speaker: Speaker) -> None:
    """What stood in the yards, came, left, stands; with what people counted beside it."""
    words = speaker.words
    names = ("carried_over", "came", "left", "standing", "counted", "difference")
    columns = [PaperColumn(words("report.gate"), paper.width_mm - len(names) * 36)]
    columns += [PaperColumn(words(f"report.{name}"), 36, "R") for name in names]
    rows = stock_rows(report)
    paper.table(
        columns,
        [
            [
                speaker.site(row.gate) if row.gate else words("report.total"),
                *(_count(speaker, value) for value in (row.carried_over, row.came, row.left, row.stock, row.counted)),
                _difference(speaker, row.counted, row.stock),
            ]
            for row in rows
        ],
    )
    if any(row.stock is None for row in rows):
        paper.text(words("report.not_counted"), size_pt=8.5)


def _days(paper: Paper, report: Report, speaker: Speaker) -> None:
    words = speaker.words
    columns = [PaperColumn(words("report.day"), paper.width_mm - (len(CELLS) + 1) * 25)]
    columns += [PaperColumn(words(f"cell.{cell}"), 25, "R") for cell in CELLS]
    columns.append(PaperColumn(words("report.standing"), 25, "R"))
    paper.table(
        columns,
        [
            [
                day_text(words, row.day),
                *(_count(speaker, row.counts[cell]) for cell in CELLS),
                _count(speaker, row.stock),
            ]
            for row in day_rows(report)
        ],
    )


def _findings(paper: Paper, report: Report, speaker: Speaker) -> None:
    words = speaker.words
    for number, one in enumerate(report.findings, 1):
        paper.text(f"{number}. {sentence(speaker, one.what, report.kind.value)}", size_pt=10, bold=True)
        for name, statements in (("why", one.why), ("proposals", one.proposals)):
            if statements:
                said = " ".join(sentence(speaker, statement, report.kind.value) for statement in statements)
                paper.text(words(f"report.{name}_line", said=said), size_pt=10)
        paper.gap(1.5)


def _doubts(paper: Paper, report: Report, speaker: Speaker) -> None:
    words = speaker.words
    doubts = report.numbers.doubts
    if not doubts:
        paper.text(words("report.no_doubts"), size_pt=10)
        return
    columns = [
        PaperColumn(words("report.where"), 50),
        PaperColumn(words("report.when"), 60),
        PaperColumn(words("report.reason"), paper.width_mm - 110),
    ]
    rows = [
        [doubt_place(speaker, one), doubt_time(speaker, one), doubt_sentence(speaker, one)] for one in doubts[:_LISTED]
    ]
    paper.table(columns, rows)
    _more(paper, speaker, len(doubts))


def _fees(paper: Paper, report: Report, speaker: Speaker) -> None:
    for one in report.fees[:_LISTED]:
        paper.text(fee_sentence(speaker, one), size_pt=9.5)
    _more(paper, speaker, len(report.fees))


def _more(paper: Paper, speaker: Speaker, number: int) -> None:
    if number > _LISTED:
        paper.text(speaker.words("report.more", n=digits(speaker.words, number - _LISTED)), size_pt=9)


def _count(speaker: Speaker, value: int | None) -> str:
    return _NONE if value is None else digits(speaker.words, value)


def _difference(speaker: Speaker, counted: int | None, stock: int | None) -> str:
    if counted is None or stock is None:
        return _NONE
    gap = counted - stock
    return f"{'+' if gap > 0 else '−' if gap < 0 else ''}{digits(speaker.words, abs(gap))}"
