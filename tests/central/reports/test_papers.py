"""Bulletin and handover as they leave central: paper and workbook hold the numbers of the report, in three languages."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from central.console.say import Say
from central.console.words import LANGUAGES, words_of
from central.print.fonts import FOLDER
from central.reports import report
from central.reports.bulletin import Column
from central.reports.doubts import Outage
from central.reports.fees import fee_findings
from central.reports.findings import Known, findings_of
from central.reports.handover import Handover, LaneState, OpenTicket
from central.reports.paper import Letterhead, report_pdf
from central.reports.report import Report
from central.reports.sentences import digits, sentence
from central.reports.settings import ReportSettings
from central.reports.sheets import report_workbook
from central.reports.shift_paper import shift_pdf
from central.reports.tables import CELLS, board_rows, figure_of, stock_rows
from central.reports.tallies import added
from central.store.outcome_records import OutcomeKind
from central.store.report_records import ReportKind, ReportRecord
from central.traffic.stock import StockCount
from contract.messages import Direction, HealthLevel, LaneMode, Severity
from tests.central.made import NOON
from tests.central.reports.house import DAY, Day
from tests.central.reports.pdf_text import pages_of, pdf_texts

HEAD = Letterhead("UBND TỈNH VÍ DỤ", "BAN QUẢN LÝ VÍ DỤ", "Ví Dụ")
needs_fonts = pytest.mark.skipif(not FOLDER.is_dir(), reason="no fonts for papers here: make assets")


SAYS = {language: Say(words_of(language), utc_offset_h=7.0, now=NOON) for language in LANGUAGES}


def made_day(number: int = 0) -> Report:
    """A busy day: two gates, both ways, all goods, fees, a stock that people counted, a camera that was down."""
    day = Day(DAY + timedelta(days=number))
    day.add(1234, hour=8, lanes=40, fee_class="C20", container_size_ft=20)
    day.add(56, gate="tan-thanh", hour=9, goods="other").add(78, direction=Direction.OUT, hour=15, goods="fruit")
    day.add(9, goods=None).add(7, fee_class="C20", container_size_ft=40, goods="new_vehicle").turn_back(3)
    outage = Outage(
        "huu-nghi", "in-1", Direction.IN, "in-1-front", HealthLevel.FAILED, "frozen", day.at(10), day.at(12)
    )
    bulletin = day.bulletin(
        before={"huu-nghi": StockCount("huu-nghi", day.since, 300, "a")},
        counted={"huu-nghi": StockCount("huu-nghi", day.until, 1500, "b")},
        outages=[outage],
    )
    tally, fees = day.tally(), fee_findings(day.passages, day.declarations, {})
    known = Known(bulletin, tally, fees=fees)
    made_at = day.until + timedelta(minutes=15)
    return Report(
        ReportKind.DAY, day.day, day.day, made_at, 7.0, (bulletin,), tally, findings_of(known, ReportSettings()), fees
    )


def kept(one: Report, number: int | None = 0, remark: str = "") -> ReportRecord:
    return ReportRecord(
        1, one.kind, "", one.since, one.until, one.day.isoformat(), one.made_at, "", "ab" * 32, number,
        None if number is None else one.made_at, "" if number is None else "nguyen.minh", remark,
    )  # fmt: skip


@pytest.fixture(scope="module")
def day() -> Report:
    return made_day()


def numbers_of(one: Report) -> set[int]:
    rows = [value for row in board_rows(one) for value in row.counts.values()]
    stocks = [getattr(row, name) for row in stock_rows(one) for name in ("carried_over", "came", "left", "stock")]
    return {value for value in (*rows, *stocks) if value is not None}


@needs_fonts
@pytest.mark.parametrize("language", LANGUAGES)
def test_paper_holds_every_number_of_the_bulletin(day: Report, language: str) -> None:
    """As the language writes them; with the findings, the doubts, who published it and the hash."""
    speaker = SAYS[language]
    pdf = report_pdf(day, kept(day), speaker, HEAD)
    texts = pdf_texts(pdf)
    assert {digits(speaker.words, number) for number in numbers_of(day)} <= set(texts)
    whole = "".join(texts).replace(" ", "")
    for finding in day.findings:
        assert sentence(speaker, finding.what).replace(" ", "") in whole
        for proposal in finding.proposals:
            assert sentence(speaker, proposal).replace(" ", "") in whole
    assert "nguyen.minh" in whole
    assert "ab" * 32 in whole
    assert f"1/{pages_of(pdf)}" in whole
    assert "\N{REPLACEMENT CHARACTER}" not in whole


@needs_fonts
def test_draft_and_correction_say_so(day: Report) -> None:
    """Nobody takes a draft for the bulletin, nor a correction for the first."""
    draft = pdf_texts(report_pdf(day, None, SAYS["vi"], HEAD))
    assert "BẢN NHÁP, CHƯA CÔNG BỐ" in draft
    corrected = pdf_texts(report_pdf(day, kept(day, 2, "thêm xe đến muộn"), SAYS["vi"], HEAD))
    assert "Đính chính lần 2: thêm xe đến muộn" in corrected
    assert "BẢN NHÁP, CHƯA CÔNG BỐ" not in corrected


@pytest.mark.parametrize("language", LANGUAGES)
def test_workbook_has_real_numbers(day: Report, language: str) -> None:
    """Each cell of the table under its header; findings and doubts on sheets of their own."""
    speaker = SAYS[language]
    words = speaker.words
    book = load_workbook(io.BytesIO(report_workbook(day, kept(day), speaker)))
    assert book.sheetnames == [
        words(f"report_sheet.{name}") for name in ("board", "stock", "findings", "doubts", "fees")
    ]
    grid = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    head = next(number for number, row in enumerate(grid) if row[0] == words("report.gate"))
    assert grid[head][2:-1] == [words(f"cell.{cell}") for cell in CELLS]
    assert [row[2:-1] for row in grid[head + 1 :]] == [[row.counts[cell] for cell in CELLS] for row in board_rows(day)]
    findings = [cell.value for cell in book.worksheets[2]["B"]]
    assert [sentence(speaker, one.what) for one in day.findings] == findings[-len(day.findings) :]
    assert book.worksheets[3].max_row == len(day.numbers.doubts) + 4 - 1
    assert len(day.fees) == 7


def test_figures_lead_to_their_passages(day: Report) -> None:
    """Each cell counts what stands behind it; sums are the sums of their parts."""
    for row in board_rows(day):
        for cell, count in row.counts.items():
            if count is not None:
                assert figure_of(day.numbers, row.gate, row.direction, cell).count == count
    assert board_rows(day)[-1].counts["cleared"] == 1234 + 56 + 78 + 7
    with pytest.raises(KeyError, match="expected a gate"):
        figure_of(day.numbers, "nowhere", None, "fruit")
    with pytest.raises(KeyError, match="expected a gate"):
        figure_of(day.numbers, "", None, "stock")


def test_what_is_kept_is_what_was_made(day: Report) -> None:
    """A report reads back as it was written, every time with the same text."""
    text = report.written(day)
    assert report.read(text) == day
    assert report.written(report.read(text)) == text
    assert report.tally_read(report.tally_written(day.tally)) == day.tally


@needs_fonts
def test_a_week_is_the_sum_of_its_days() -> None:
    """With a table of days, on paper and as a sheet."""
    days = [made_day(number) for number in range(2)]
    week = Report(
        ReportKind.WEEK, DAY, DAY + timedelta(days=1), days[1].made_at, 7.0,
        tuple(one.days[0] for one in days), added([one.tally for one in days]), days[0].findings, (),
    )  # fmt: skip
    assert week.numbers.total(Column.FRUIT).count == 2 * (1234 + 78)
    texts = pdf_texts(report_pdf(week, None, SAYS["vi"], HEAD))
    assert {"06/05/2026", "07/05/2026", "2.624"} <= set(texts)
    book = load_workbook(io.BytesIO(report_workbook(week, None, SAYS["vi"])))
    column = [cell.value for cell in book["Từng ngày"]["A"]]
    assert [f"{value:%d/%m}" for value in column[-2:]] == ["06/05", "07/05"]


@needs_fonts
@pytest.mark.parametrize("language", LANGUAGES)
def test_handover_on_paper(day: Report, language: str) -> None:
    """What is open, what happened, the notes, and who signed when."""
    speaker = SAYS[language]
    at = day.until
    shift = Handover(
        "huu-nghi", day.since, day.until, at, 7.0, "nguyen.lan", "Barie làn 2 kêu to.", day.days[0],
        {OutcomeKind.MATCHED: 1234, OutcomeKind.UNDECLARED: 2}, (), 17,
        (OpenTicket(41, "huu-nghi", "in-1-front", "frozen", Severity.SEVERE, "", at),), (),
        (LaneState("huu-nghi", "in-2", False, LaneMode.MANUAL, "vòng từ hỏng", "tran.an", at),), (), 2, at,
    )  # fmt: skip
    record = ReportRecord(
        5, ReportKind.SHIFT, "huu-nghi", shift.since, shift.until, "2026-05-06", at, "nguyen.lan", "cd" * 32, 0, at,
        "le.binh", "đã kiểm tra",
    )  # fmt: skip
    whole = "".join(pdf_texts(shift_pdf(shift, record, speaker, HEAD)))
    expected = ["Barie làn 2 kêu to.", "vòng từ hỏng", "tran.an", "41", "nguyen.lan", "le.binh", "đã kiểm tra", "17"]
    assert [text for text in expected if text not in whole] == []
    assert digits(speaker.words, 1234) in whole
    unsigned = ReportRecord(**{name: getattr(record, name) for name in record.__slots__} | {"published_at": None})
    assert speaker.words("shift.unsigned") in pdf_texts(shift_pdf(shift, unsigned, speaker, HEAD))
