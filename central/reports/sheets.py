"""A report as a workbook: the Board's table with real numbers, findings, doubtful numbers, fee evidence."""

from __future__ import annotations

from collections.abc import Iterator

from central.print.workbook import CellValue, Format, Sheet, SheetColumn, write_workbook
from central.reports.report import Report
from central.reports.sentences import Speaker, doubt_sentence, fee_sentence, sentence
from central.reports.statements import Statement
from central.reports.tables import CELLS, board_rows, day_rows, stock_rows
from central.reports.texts import as_of, doubt_place, doubt_time, missed, provenance, standing, title
from central.store.report_records import ReportKind, ReportRecord

_STOCK = ("carried_over", "came", "left", "standing", "counted", "difference")


def report_workbook(report: Report, record: ReportRecord | None, speaker: Speaker) -> bytes:
    """All of a report; `record` None: it is not kept."""
    above = tuple(filter(None, (title(speaker, report), as_of(speaker, report), standing(speaker, record))))
    sheets = [
        _board(report, speaker, (*above, *provenance(speaker, report, record))),
        _stock(report, speaker, above),
        *([_days(report, speaker, above)] if report.kind is not ReportKind.DAY else []),
        _findings(report, speaker, above),
        _doubts(report, speaker, above),
        _fees(report, speaker, above),
    ]
    return write_workbook(sheets)


def _board(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.gate"), width=20),
        SheetColumn(words("report.direction"), width=14),
        *(SheetColumn(words(f"cell.{cell}"), Format.AMOUNT, 13) for cell in CELLS),
        SheetColumn(words("report.doubts"), width=12),
    )
    rows = [
        [
            speaker.site(row.gate) if row.gate else words("report.total"),
            words(f"direction.{row.direction.value}") if row.direction else words("report.both"),
            *(row.counts[cell] for cell in CELLS),
            "*" if row.doubtful else None,
        ]
        for row in board_rows(report)
    ]
    told = missed(speaker, report)
    return Sheet(words("report_sheet.board"), columns, rows, (*above, told) if told else above)


def _stock(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.gate"), width=20),
        *(SheetColumn(words(f"report.{name}"), Format.AMOUNT, 14) for name in _STOCK),
    )
    rows: list[list[CellValue]] = []
    for row in stock_rows(report):
        known = row.counted is not None and row.stock is not None
        rows.append(
            [
                speaker.site(row.gate) if row.gate else words("report.total"),
                *(row.carried_over, row.came, row.left, row.stock, row.counted),
                (row.counted or 0) - (row.stock or 0) if known else None,
            ]
        )
    return Sheet(words("report_sheet.stock"), columns, rows, above)


def _days(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.day"), Format.DAY, 14),
        *(SheetColumn(words(f"cell.{cell}"), Format.AMOUNT, 13) for cell in CELLS),
        SheetColumn(words("report.standing"), Format.AMOUNT, 13),
    )
    rows: list[list[CellValue]] = [
        [row.day, *(row.counts[cell] for cell in CELLS), row.stock] for row in day_rows(report)
    ]
    return Sheet(words("report_sheet.days"), columns, rows, above)


def _findings(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.number"), Format.AMOUNT, 6),
        *(SheetColumn(words(f"report.{name}"), width=60) for name in ("finding", "why", "proposals")),
    )

    def lines(statements: tuple[Statement, ...]) -> str:
        return "\n".join(sentence(speaker, one, report.kind.value) for one in statements)

    rows: list[list[CellValue]] = [
        [number, lines((one.what,)), lines(one.why), lines(one.proposals)]
        for number, one in enumerate(report.findings, 1)
    ]
    return Sheet(words("report_sheet.findings"), columns, rows, above)


def _doubts(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.where"), width=30),
        SheetColumn(words("report.when"), width=26),
        SheetColumn(words("report.reason"), width=70),
    )
    rows = [
        [doubt_place(speaker, one), doubt_time(speaker, one), doubt_sentence(speaker, one)]
        for one in report.numbers.doubts
    ]
    return Sheet(words("report_sheet.doubts"), columns, rows, above)


def _fees(report: Report, speaker: Speaker, above: tuple[str, ...]) -> Sheet:
    words = speaker.words
    columns = (
        SheetColumn(words("report.declaration"), width=18),
        SheetColumn(words("report.fee_class"), width=18),
        SheetColumn(words("report.evidence"), width=80),
        SheetColumn(words("report.passage"), width=38),
    )
    return Sheet(words("report_sheet.fees"), columns, list(_fee_rows(report, speaker)), above)


def _fee_rows(report: Report, speaker: Speaker) -> Iterator[list[CellValue]]:
    for one in report.fees:
        yield [one.declaration_id, one.fee_class, fee_sentence(speaker, one), str(one.passage_id)]
