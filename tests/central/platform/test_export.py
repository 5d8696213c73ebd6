"""Exported files are read whatever program, headers, dates and encoding they were made with."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from central.platform.declaration import Declaration
from central.platform.export import Export, read_export, report
from central.platform.mapping import TARGETS, MappingSettings
from central.platform.tables import UnreadableFileError
from central.platform.times import read_time
from central.platform.words import HEADERS as KNOWN
from central.platform.words import fold
from central.store.declaration_records import ConfirmingForce, Verdict
from tests.central.made import NOON
from tests.central.platform.offices import (
    HEADERS,
    ROW,
    VIETNAM,
    encoded,
    excel_serial,
    without_diacritics,
    workbook,
    written,
)

PLAIN = MappingSettings()
EXAMPLES = int(os.environ.get("SMARTGATE_EXPORT_EXAMPLES", "25"))


def read(content: bytes, mapping: MappingSettings = PLAIN) -> Export:
    return read_export(content, mapping, as_of=NOON)


def only(export: Export) -> Declaration:
    (row,) = export.rows
    assert isinstance(row.meant, Declaration), row.meant
    return row.meant


def one(**cells: object) -> Declaration:
    """A row with these cells beside the usual ones; by header."""
    row = dict(zip(HEADERS, ROW, strict=True)) | cells
    return only(read(workbook([tuple(row), tuple(row.values())])))


def test_no_header_means_two_things() -> None:
    """Every field can be found by some header, and each header means one field."""
    assert set(KNOWN) == set(TARGETS)
    meanings: dict[str, set[str]] = {}
    for field, names in KNOWN.items():
        for name in (field, *names):
            meanings.setdefault(fold(name), set()).add(field)
    assert {name: fields for name, fields in meanings.items() if len(fields) > 1} == {}


MIDNIGHT = datetime(2026, 5, 4)  # noqa: DTZ001 - a cell knows no zone
styles = st.sampled_from(["dmy", "iso", "serial", "cell"])
spellings = st.sampled_from([str, str.upper, without_diacritics, lambda text: without_diacritics(text).upper()])
encodings = st.sampled_from(["utf-8", "utf-8-sig", "windows-1258", "utf-16", "utf-16-le"])
texts = (
    st.text("aáàảãạăắằẳẵặâấầẩẫậeêếệiíoôốộơớợuưứựyýđĐKHÂMÔUÙƯỪbcn ", min_size=1, max_size=20).map(str.strip).filter(bool)
)
minutes = st.integers(0, 3_000_000).map(lambda n: datetime(2024, 1, 1, tzinfo=VIETNAM) + timedelta(minutes=n))
regimes = [
    ("Nhập khẩu", "import", "in"),
    ("Xuất khẩu", "export", "out"),
    ("TẠM NHẬP TÁI XUẤT", "temporary_import", "in"),
]
rows = st.lists(
    # a day without a time of day is another thing, see below
    st.tuples(texts, minutes.filter(lambda at: at.hour or at.minute), st.sampled_from(regimes)),
    min_size=1,
    max_size=6,
)


def dated(at: datetime, style: str, *, in_workbook: bool) -> Any:
    if style == "serial":
        return excel_serial(at) if in_workbook else str(excel_serial(at)).replace(".", ",")
    if style == "cell" and in_workbook:
        return at.replace(tzinfo=None)
    return at.strftime("%Y-%m-%d %H:%M" if style == "iso" else "%d/%m/%Y %H:%M")


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=rows, style=styles, spell=spellings, encoding=encodings, separator=st.sampled_from(";,\t|"), xlsx=st.booleans()
)
def test_what_an_office_writes_is_what_is_read(rows, style, spell, encoding, separator, xlsx) -> None:
    """Headers × dates × encodings × separators, as CSV and as XLSX: the same declarations come out."""
    table: list[list[Any]] = [[spell(header) for header in HEADERS]]
    for number, (goods, at, (regime, _, _)) in enumerate(rows):
        cells = [f"HN-{number:06d}", "12C-345.67", "Hữu Nghị", spell(regime), dated(at, style, in_workbook=xlsx)]
        table.append([*cells, "Nguyễn Văn Ví Dụ", goods])
    export = read(workbook(table) if xlsx else encoded(written(table, separator), encoding))
    assert export.faults == ()
    found = [row.meant for row in export.rows]
    assert [
        (one.declaration_id, one.goods, one.expected_from, one.regime.value, one.direction.value, one.driver_name)
        for one in found
        if isinstance(one, Declaration)
    ] == [
        (f"HN-{number:06d}", " ".join(goods.split()), at - timedelta(hours=2), regime, way, "Nguyễn Văn Ví Dụ")
        for number, (goods, at, (_, regime, way)) in enumerate(rows)
    ]


def test_the_letters_of_old_fonts() -> None:
    """Files typed in .VnTime, as offices of the north did for decades."""
    head = "M· tê khai;BiÓn sè xe;Cöa khÈu;Lo¹i h×nh;Thêi gian dù kiÕn ®Õn;Tªn hµng\n"
    line = "hn-1;12c-345.67;h÷u nghÞ;nhËp khÈu;04/05/2026 12:00;v¶i thiÒu\n"
    for whole, name in (((head + line).encode("cp1252"), "TCVN3"), ((head + line).encode(), "TCVN3 in utf-8")):
        export = read(whole)
        assert (export.tables[0].encoding, only(export).goods, only(export).gate) == (name, "vải thiều", "hữu nghị")


def test_the_dot_of_a_chinese_plate_is_no_letter_of_an_old_font() -> None:
    """Here no header has letters of its own, and the dot is the only sign that is not plain."""
    rows = [
        ("declaration_id", "plate", "gate", "regime", "expected_at"),
        ("HN-1", "桂N·13101", "huu-nghi", "import", "04/05/2026 12:00"),
    ]
    export = read(written(rows, ",").encode())
    assert (export.tables[0].encoding, only(export).plate) == ("utf-8", "桂N·13101")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-16"])
def test_lists_from_across_the_border(encoding: str) -> None:
    """Chinese headers and words, as a Chinese Windows saves them too."""
    rows = [
        ("declaration_id", "车牌号", "口岸", "regime", "方向", "expected_at", "goods"),
        ("CN-1", "桂F12345", "友谊关", "进口", "入境", "04/05/2026 12:00", "荔枝"),
    ]
    found = only(read(written(rows, ",").encode(encoding)))
    assert (found.plate, found.gate, found.regime.value, found.direction.value, found.goods) == (
        "桂F12345",
        "友谊关",
        "import",
        "in",
        "荔枝",
    )


def test_titles_sums_and_repeated_headers_are_no_rows() -> None:
    """A list as it is printed: two lines above it, the header again on the next page, a sum, a signature."""
    lines = [HEADERS, ROW, HEADERS, ("HN-000002", *ROW[1:]), ("", "", "", "", "Tổng cộng: 2"), ("", "Người lập biểu")]
    content = workbook(lines, titles=["SỞ VÍ DỤ", "DANH SÁCH TỜ KHAI NGÀY 04/05/2026"])
    export = read(content)
    assert [row.number for row in export.rows] == [4, 6]
    assert export.faults == ()


def test_every_sheet_with_a_list_is_read() -> None:
    """One for each gate; a summary and a page of remarks are left out, and said to be."""
    book = load_workbook(io.BytesIO(workbook([HEADERS, ROW])))
    other = book.create_sheet("Tân Thanh")
    for cells in (HEADERS, ("HN-000002", *ROW[1:]), ("HN-000001", "12C-999.99", *ROW[2:])):
        other.append(list(cells))
    summary = book.create_sheet("Tổng hợp")
    for line in (["Biển số xe", "Loại hình", "Cửa khẩu"], ["12C-345.67", "Nhập khẩu", "Hữu Nghị"]):
        summary.append(line)
    book.create_sheet("Hướng dẫn").append(["Điền đủ các cột"])
    content = io.BytesIO()
    book.save(content)
    export = read(content.getvalue())
    assert [(row.sheet, row.number) for row in export.rows] == [("Sheet", 2), ("Tân Thanh", 2), ("Tân Thanh", 3)]
    assert export.left_out == ("Tổng hợp", "Hướng dẫn")
    (fault,) = map(str, export.faults)
    assert fault == (
        "sheet 'Tân Thanh', row 3, column A 'Mã tờ khai': declaration_id: "
        "expected once; row 2 says something else of it, got HN-000001"
    )


def test_bad_rows_say_row_column_and_what_was_expected() -> None:
    """The good ones are read all the same; what names a person is not quoted."""
    bad = ("HN-000002", " - ", "Hữu Nghị", "mua bán", "31/02/2026", "x" * 300, "")
    export = read(workbook([HEADERS, ROW, bad, ROW[:4]]))
    assert isinstance(export.rows[0].meant, Declaration)
    told = list(map(str, export.faults))
    assert told[0].startswith("row 3, column D 'Loại hình': regime: expected one of import, export, ")
    assert told[1] == (
        "row 3, column E 'Thời gian dự kiến đến': expected_at: expected a time like 04/05/2026 08:30, 2026-05-04 08:30 "
        "or a date cell; there is no such day or hour, got '31/02/2026'"
    )
    assert (
        told[2]
        == "row 4, column E 'Thời gian dự kiến đến': expected_from: expected when the vehicle is expected, got nothing"
    )
    again = read(workbook([HEADERS, (*bad[:3], "Nhập khẩu", ROW[4], *bad[5:])]))
    assert [str(one) for one in again.faults if "driver" in str(one)] == [
        "row 2, column F 'Lái xe': driver_name: expected string should have at most 200 characters, got (not shown)"
    ]


def test_the_report_opens_in_excel_and_starts_no_formula() -> None:
    """UTF-8 with its mark, semicolons, and nothing that Excel would work out."""
    export = read(workbook([HEADERS, (*ROW[:3], "=1+1", *ROW[4:])]))
    rows = list(csv.reader(report(export.faults).decode("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0] == ["sheet", "row", "column", "header", "field", "expected", "came"]
    assert rows[1][:5] == ["", "2", "D", "Loại hình", "regime"]
    assert read(workbook([HEADERS, ("HN-1", "", *ROW[2:])])).faults[0].fault.came == "nothing"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"Trọng lượng (tấn)": "24,5"}, "weight_kg", 24_500),
        ({"Trọng lượng (tấn)": "24.500"}, "weight_kg", 24_500),
        ({"Trọng lượng (kg)": "24.500"}, "weight_kg", 24_500),
        ({"Khối lượng": "24,5 tấn"}, "weight_kg", 24_500),
        ({"Khối lượng": 24500.5}, "weight_kg", 24_500.5),
        ({"Cỡ container": "40HC"}, "container_size_ft", 40),
        ({"Số tờ khai hải quan": 106000000001.0}, "customs_no", "106000000001"),
        ({"Trạng thái nộp phí": "Chưa nộp"}, "fee_paid", False),
        ({"Nộp phí": "X"}, "fee_paid", True),
        ({"Lái xe chuyên trách": "có"}, "driver_type", "dedicated"),
        ({"Quốc tịch xe": "TQ"}, "nationality", "CN"),
        ({"Nhóm hàng": "Trái cây"}, "goods_class", "fruit"),
        ({"Trạng thái": "Hủy"}, "state", "cancelled"),
        ({"Chiều": "Ra"}, "direction", "out"),
        *(
            ({"Thời gian dự kiến đến": day}, "expected_until", datetime(2026, 5, 4, 23, 59, 59, tzinfo=VIETNAM))
            for day in ("04/05/2026", date(2026, 5, 4), MIDNIGHT, 46146)
        ),
    ],
)
def test_cells_as_officers_fill_them(cells: dict[str, object], field: str, value: object) -> None:
    """Weights with either comma, sizes with their kind, words for yes, days without a time."""
    assert getattr(one(**cells), field) == value


def test_forces_say_a_word_a_time_or_both() -> None:
    """And each stands for itself."""
    found = one(
        **{"Biên phòng": "đã xác nhận", "Hải quan": "04/05/2026 10:15", "Kiểm dịch": "từ chối lúc 04/05/2026 10:20"}
    )
    assert {said.force: (said.verdict, said.at) for said in found.confirmations} == {
        ConfirmingForce.BORDER_GUARD: (Verdict.CONFIRMED, None),
        ConfirmingForce.CUSTOMS: (Verdict.CONFIRMED, datetime(2026, 5, 4, 3, 15, tzinfo=UTC)),
        ConfirmingForce.QUARANTINE: (Verdict.REFUSED, datetime(2026, 5, 4, 3, 20, tzinfo=UTC)),
    }


def test_numbers_that_excel_shortened_are_refused() -> None:
    """1,06E+11 has lost its digits: that is told, not guessed."""
    row = dict(zip(HEADERS, ROW, strict=True)) | {"Số tờ khai hải quan": "1,06E+11"}
    (fault,) = read(written([tuple(row), tuple(row.values())]).encode()).faults
    assert "format the column as text" in str(fault)


def test_columns_and_words_by_configuration() -> None:
    """Whatever a platform calls them; a word that means nothing of ours is refused at the start."""
    mapping = MappingSettings.model_validate(
        {"fields": {"plate": "Xe"}, "words": {"regime": {"NKKD": "import"}}, "day_first": False}
    )
    table = [
        ("Mã", "Mã tờ khai", "Xe", "Cửa khẩu", "Loại hình", "Dự kiến đến"),
        ("1", "HN-1", "12C12345", "HN", "nkkd", "05/04/2026 8h30 SA"),
    ]
    export = read(written(table, ",").encode(), mapping)
    assert (only(export).regime.value, only(export).expected_from) == (
        "import",
        datetime(2026, 5, 4, 6, 30, tzinfo=VIETNAM),
    )
    assert export.tables[0].ignored == ("Mã",)
    with pytest.raises(ValueError, match=r"words\.regime.*one of import"):
        MappingSettings.model_validate({"words": {"regime": {"NKKD": "imports"}}})
    with pytest.raises(ValueError, match="plates"):
        MappingSettings.model_validate({"fields": {"plates": "Xe"}})


@pytest.mark.parametrize(
    "text",
    ["4/5/2026 8:30", "04-05-26 08:30:00", "08:30 04/05/2026", "8h30 ngày 04/05/2026", "2026-05-04T01:30:00Z", "8:30 SA 4.5.2026", "1777858200", "1777858200000", "2026/05/04 08:30"],
)  # fmt: skip
def test_ways_to_write_one_moment(text: str) -> None:
    """Half past eight in the morning of the fourth of May, in Vietnam."""
    assert read_time(text, VIETNAM).at == datetime(2026, 5, 4, 8, 30, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    "text", ["", "soon", "04/13/2026", "25:00 04/05/2026", "13:00 CH 04/05/2026", "99", "20260504", True]
)
def test_what_is_no_time_is_refused(text: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="expected"):
        read_time(text, VIETNAM)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "a row of headers"),
        (b"\xd0\xcf\x11\xe0 old", "save it as XLSX"),
        (b"PK\x03\x04 cut off", "XLSX"),
        (workbook([HEADERS, ROW])[:-200], "XLSX"),
        ("Tên;Tuổi;Nghề\nA;1;x\n".encode(), "mapping.fields"),
        (b"\x00\x01\x02" * 500, "a row of headers"),
    ],
)
def test_files_that_hold_no_table_say_so(content: bytes, named: str) -> None:
    """With what was expected, and what to do."""
    with pytest.raises(UnreadableFileError, match=named):
        read(content)


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=120).map(lambda text: (";".join(HEADERS) + "\n" + text).encode()))
def test_no_file_is_an_accident(content: bytes) -> None:
    """Whatever is in the folder: rows, faults, or one clear refusal."""
    try:
        export = read(content)
    except UnreadableFileError:
        return
    assert all(isinstance(row.meant, Declaration) or row.meant for row in export.rows)
