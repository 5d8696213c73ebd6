"""The register as a workbook: written, changed by an office, taken in again."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from central.console.words import LANGUAGES, words_of
from central.fleet.register.desk import add_device
from central.fleet.register.fields import MAX_VND, FaultCode, parse_text
from central.fleet.register.imports import ImportPlan, plan_import, take_in
from central.fleet.register.sentences import bad_rows_workbook, fault_text
from central.fleet.register.speech import Speech
from central.fleet.register.table import register_workbook
from central.print.workbook import WorkbookError
from central.store import Store
from central.store.register_records import FIELD_NAMES, DeviceFields, DeviceKind, UnitRecord

SPEECH = Speech(map(words_of, LANGUAGES))
VI = words_of("vi")


def workbook(*sheets: list[list[Any]]) -> bytes:
    """A workbook as an office makes it."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"Trang {number + 1}")
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def plan(store: Store, *sheets: list[list[Any]]) -> ImportPlan:
    return plan_import(workbook(*sheets), store, SPEECH)


def camera(store: Store, **more: object) -> str:
    raw = {"kind": "camera", "site": "huu-nghi", "node": "huu-nghi-1", "camera": "in-1-front", "serial": "0042"} | more
    return add_device(store, raw, SPEECH, actor="lan").device_id


WRITTEN = st.text(max_size=12).filter(lambda text: not text.strip().startswith("#"))  # "#N/A" is an error of a cell
TEXTS = WRITTEN.map(parse_text)
LINES = WRITTEN.map(lambda text: parse_text(text, lines=True))
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2099, 12, 31))
AMOUNTS = st.none() | st.integers(0, MAX_VND)
VALUES = {
    "kind": st.sampled_from(DeviceKind),
    "site": SLUGS | st.sampled_from(["huu-nghi", "tan-thanh"]),
    "compliance": LINES,
    "note": LINES,
    **{name: SLUGS | st.just("") for name in ("node", "lane", "camera")},
    **{name: DAYS for name in FIELD_NAMES if name.endswith(("_on", "_until"))},
    **{name: AMOUNTS for name in FIELD_NAMES if name.endswith("_vnd")},
}
DEVICES = st.builds(DeviceFields, **{name: VALUES.get(name, TEXTS) for name in FIELD_NAMES})


@pytest.fixture
def fresh(tmp_path: Path, empty_database: Path) -> Callable[[], Store]:
    """Makes stores, each empty."""
    count = iter(range(10_000))

    def make() -> Store:
        path = tmp_path / f"{next(count)}.db"
        path.write_bytes(empty_database.read_bytes())
        return Store.open(f"sqlite:///{path}", tmp_path / "evidence")

    return make


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(devices=st.lists(DEVICES, max_size=3), language=st.sampled_from(LANGUAGES), contact=TEXTS)
def test_what_was_written_changes_nothing_when_taken_in(
    fresh: Callable[[], Store], devices: list[DeviceFields], language: Any, contact: str
) -> None:
    """Whatever the register holds, its workbook in any language says that nothing changes; no row is lost."""
    store = fresh()
    try:
        with store.transaction() as transaction:
            for device in devices:
                store.register.add(transaction, device, actor="lan")
            store.register.set_unit(transaction, UnitRecord("VNPT", contact, "0912 345 678"), actor="lan")
        found = plan_import(register_workbook(store, words_of(language)), store, SPEECH)
    finally:
        store.close()
    ids = {row.known.device_id for row in found.devices if row.known}
    wrong = [fault for row in found.bad for fault in row.faults]
    # made-up devices may share names or contradict themselves, which the desk would have refused
    assert {fault.code for fault in wrong} <= {
        FaultCode.TAKEN, FaultCode.ONLY_CAMERA, FaultCode.NEEDS_NODE, FaultCode.BEFORE,
    }  # fmt: skip
    assert found.new == found.changed == ()
    assert len(found.unchanged) + len(found.bad) == len(devices) + len(found.units)
    assert len(ids) == len(devices)


def test_habits_of_an_office(store: Store) -> None:
    """Titles above the header, empty rows, dates as text, amounts with dots, numbers for texts, blanks at the end."""
    found = plan(
        store,
        [
            ["DANH MỤC THIẾT BỊ CỬA KHẨU", None, None],
            [None, None, None],
            ["STT", "Loại thiết bị *", "Cửa khẩu", "Số sê-ri ", "Ngày mua (ngày/tháng/năm)", "NGUYÊN GIÁ (đồng)", "Đơn vị bảo trì"],
            [None, None, None, None, None, None, None],
            [1, "Camera  ", "Hữu Nghị", 20210042, "15/07/2021", "12.500.000 đ", "VNPT Lạng  Sơn "],
            ["  ", None, None, None, None, None, None],
            [2, "barie", "tân thanh", "007", datetime.combine(date(2021, 7, 16), time()), 9_000_000.0, ""],
            [3, "Camera", "chi-ma", "x-1", "44392", "9,000,000", None],
        ],
    )  # fmt: skip
    assert found.bad == ()
    assert found.ignored == ("STT",)
    first, second, third = (row.device for row in found.devices)
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.kind, first.site, first.serial) == (DeviceKind.CAMERA, "huu-nghi", "20210042")
    assert (first.purchased_on, first.cost_vnd, first.maintainer) == (date(2021, 7, 15), 12_500_000, "VNPT Lạng Sơn")
    assert (second.kind, second.site, second.serial) == (DeviceKind.BARRIER, "tan-thanh", "007")
    assert (second.purchased_on, second.cost_vnd) == (date(2021, 7, 16), 9_000_000)
    assert (third.purchased_on, third.cost_vnd) == (date(2021, 7, 15), 9_000_000)


@pytest.mark.parametrize(
    "header",
    [
        ["Kind", "Border gate", "Device ID", "Maintainer"],
        ["设备类型", "口岸", "设备编号", "维护单位"],
        ["kind", "site", "device_id", "maintainer"],
    ],
)
def test_headers_of_other_languages(store: Store, header: list[str]) -> None:
    """English and Chinese headers, and the names of the API, mean the same columns."""
    found = plan(store, [header, ["camera", "huu-nghi", None, "VNPT"]])
    assert [row.device.maintainer for row in found.new if isinstance(row.device, DeviceFields)] == ["VNPT"]  # type: ignore[union-attr]


def test_bad_values_name_cell_and_what_was_expected(store: Store) -> None:
    """Each bad value is told with its cell; the row does nothing, the others stand."""
    found = plan(
        store,
        [
            ["Loại thiết bị", "Cửa khẩu", "Ngày mua", "Nguyên giá"],
            ["Máy bay", "Hữu Nghị", "31/02/2021", "chín triệu"],
            ["Camera", "Nơi khác", "07/2021", -5],
            ["Camera", "Hữu Nghị", "#REF!", "1.00"],
            ["Camera", "Hữu Nghị", None, None],
        ],
    )
    said = [[(fault.field, fault.code, fault.came) for fault in row.faults] for row in found.bad]
    assert said == [
        [("kind", FaultCode.KIND, "Máy bay"), ("purchased_on", FaultCode.DAY, "31/02/2021"), ("cost_vnd", FaultCode.VND, "chín triệu")],
        [("site", FaultCode.SITE, "Nơi khác"), ("purchased_on", FaultCode.DAY, "07/2021"), ("cost_vnd", FaultCode.VND, "-5")],
        [("purchased_on", FaultCode.SHEET_ERROR, "#REF!"), ("cost_vnd", FaultCode.VND, "1.00")],
    ]  # fmt: skip
    assert len(found.new) == 1
    rejected = load_workbook(io.BytesIO(bad_rows_workbook(found, VI))).worksheets[0]
    assert [cell.value for cell in rejected[1]] == [
        "Vị trí",
        "Cần sửa",
        "Loại thiết bị",
        "Cửa khẩu",
        "Ngày mua",
        "Nguyên giá",
    ]
    where, wrong, *cells = [cell.value for cell in rejected[2]]
    assert (where, cells) == ("Trang 1, hàng 2", ["Máy bay", "Hữu Nghị", "31/02/2021", "chín triệu"])
    assert "C2 Ngày mua: cần ngày dạng 31/01/2026 (1990–2099), nhận được “31/02/2021”." in str(wrong)


def test_mended_bad_rows_are_taken_in(store: Store) -> None:
    """The workbook of bad rows is itself a table that can be imported once it is mended."""
    found = plan(store, [["Loại thiết bị", "Cửa khẩu", "Ngày mua"], ["Camera", "Hữu Nghị", "hôm qua"]])
    mended = load_workbook(io.BytesIO(bad_rows_workbook(found, VI)))
    mended.worksheets[0]["E2"] = "01/02/2022"
    content = io.BytesIO()
    mended.save(content)
    again = plan_import(content.getvalue(), store, SPEECH)
    assert again.bad == ()
    assert again.ignored == ("Vị trí", "Cần sửa")
    assert [row.device.purchased_on for row in again.devices if row.device] == [date(2022, 2, 1)]


def test_every_fault_has_its_sentence_in_every_language(store: Store) -> None:
    """No sentence lacks one of its values."""
    device_id = camera(store)
    camera(store, camera="in-2-front", serial="0043")
    found = plan(
        store,
        [
            ["Mã thiết bị", "Loại thiết bị", "Cửa khẩu", "Tên thiết bị biên", "Tên làn", "Tên camera", "Ngày mua", "Bảo hành đến", "Tên gọi", "Nguyên giá", "Số sê-ri"],
            ["ZZZ", "camera", "huu-nghi"],
            [device_id, "camera", "huu-nghi", "huu-nghi-1", None, "in-1-front"],
            [device_id, "camera", "huu-nghi", "huu-nghi-1", None, "in-1-front"],
            [None, "camera", "huu-nghi", None, None, "in-9-front"],
            [None, "barrier", "huu-nghi", "huu-nghi-1", "in-1", "in-1-front"],
            [None, "camera", "huu-nghi", "huu-nghi-1", None, "in-2-front", None, None, None, None, "9"],
            [None, "camera", "huu-nghi", None, "Làn 1", None, "02/01/2022", "01/01/2022", "x" * 121, "1,5 triệu"],
            [None, "xe", "sao hỏa", None, None, None, "02/01/2022", "01/01/2022"],
            [None, "camera", "huu-nghi", None, None, None, "02/01/2022", "01/01/2022", "=1"],
            [None, "camera", None, None, None, None, "#N/A", "mai"],
        ],
        [["Tên đơn vị", "Điện thoại", "Thư điện tử"], ["VNPT", "gọi Lan", "lan"], ["A", None, None], ["A", None, None]],
    )  # fmt: skip
    codes = {fault.code for row in found.bad for fault in row.faults}
    assert codes == set(FaultCode)
    for language in LANGUAGES:
        sentences = [fault_text(words_of(language), fault) for row in found.bad for fault in row.faults]
        assert not [sentence for sentence in sentences if "?" in sentence]


def test_all_good_rows_are_written_at_once_and_only_once(store: Store) -> None:
    """New, changed and units are kept with who and what was before; the same upload does nothing a second time."""
    device_id = camera(store, maintainer="VNPT")
    sheets = (
        [
            ["Mã thiết bị", "Loại thiết bị", "Cửa khẩu", "Đơn vị bảo trì", "Tên gọi"],
            [device_id.lower(), "camera", "huu-nghi", "Viettel", None],
            [None, "barrier", "huu-nghi", None, "Barie chính"],
            [None, "ghe", "huu-nghi", None, None],
        ],
        [["Tên đơn vị", "Điện thoại"], ["Viettel", 912345678]],
    )
    found = plan(store, *sheets)
    assert store.register.get(device_id).maintainer == "VNPT"  # type: ignore[union-attr]  # nothing before it is confirmed
    with store.transaction() as transaction:
        import_id = store.register.keep_import(transaction, "bang.xlsx", workbook(*sheets), actor="minh")
    assert take_in(store, found, import_id, actor="minh")
    assert not take_in(store, found, import_id, actor="minh")
    assert len(store.register.list()) == 2
    change = store.register.changes(device_id)[0]
    assert (change.actor, change.field, change.old, change.new) == ("minh", "maintainer", "VNPT", "Viettel")
    unit = store.register.unit("Viettel")
    assert unit is not None
    assert unit.phone == "0912345678"
    assert plan(store, *sheets).changed == ()


def test_a_column_that_is_missing_changes_nothing_an_empty_cell_does(store: Store) -> None:
    """A table without a column leaves its values; one with an empty cell clears it."""
    device_id = camera(store, maintainer="VNPT", owner="UBND")
    take_in(
        store,
        plan(
            store, [["Mã thiết bị", "Loại thiết bị", "Cửa khẩu", "Đơn vị bảo trì"], [device_id, "camera", "huu-nghi"]]
        ),
        None,
        actor="minh",
    )
    device = store.register.get(device_id)
    assert device is not None
    assert (device.maintainer, device.owner) == ("", "UBND")


def test_a_text_that_looks_like_a_formula_or_a_number_stays_a_text(store: Store) -> None:
    """No spreadsheet computes what somebody typed into the register, nor drops the zeros of a serial number."""
    device_id = camera(store, title='=HYPERLINK("http://vi-du.vn")', serial="000123", note="+84 912\n-1")
    content = register_workbook(store, VI)
    cells = {cell.value: cell.data_type for cell in load_workbook(io.BytesIO(content))["Thiết bị"][2] if cell.value}
    assert cells['=HYPERLINK("http://vi-du.vn")'] == cells["000123"] == "s"
    found = plan_import(content, store, SPEECH)
    assert [row.known.device_id for row in found.devices if row.known and not row.changes] == [device_id]


def test_names_may_be_swapped_but_not_shared(store: Store) -> None:
    """Two cameras may take each other's names in one table; a third cannot have one of them too."""
    first, second = camera(store), camera(store, camera="in-2-front", serial="0043")
    header = ["Mã thiết bị", "Loại thiết bị", "Cửa khẩu", "Tên thiết bị biên", "Tên camera"]
    swapped = plan(
        store,
        [
            header,
            [first, "camera", "huu-nghi", "huu-nghi-1", "in-2-front"],
            [second, "camera", "huu-nghi", "huu-nghi-1", "in-1-front"],
        ],
    )
    assert len(swapped.changed) == 2
    shared = plan(store, [header, [first, "camera", "huu-nghi", "huu-nghi-1", "in-2-front"]])
    assert [(fault.code, fault.values["device_id"]) for row in shared.bad for fault in row.faults] == [
        (FaultCode.TAKEN, second)
    ]


def test_a_row_without_id_is_the_device_with_its_serial_or_names(store: Store) -> None:
    """A table made without ids does not double devices, and another serial number is no change of the old one."""
    device_id = camera(store, make="Hikvision")
    header = ["Loại thiết bị", "Cửa khẩu", "Hãng sản xuất", "Số sê-ri", "Tên thiết bị biên", "Tên camera", "Tên gọi"]
    by_serial = plan(store, [header, ["camera", "huu-nghi", "HIKVISION", "0042", None, None, "Cam 1"]])
    by_names = plan(store, [header, ["camera", "huu-nghi", None, None, "huu-nghi-1", "in-1-front", "Cam 1"]])
    other = plan(store, [header, ["camera", "huu-nghi", "Dahua", "77", "huu-nghi-1", "in-1-front", "Cam 1"]])
    for found in (by_serial, by_names):
        assert [row.known.device_id for row in found.devices if row.known] == [device_id]
    assert [fault.code for row in other.bad for fault in row.faults] == [FaultCode.TAKEN]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Ma,Loai\n1,camera\n", "no_xlsx"),
        (b"", "no_xlsx"),
        (workbook([["xin", "chào"], ["không", "có"]]), "no_header"),
        (workbook([["Loại thiết bị", "Cửa khẩu", "Ngày mua", "Cửa khẩu"]]), "twice"),
        (b"PK\x05\x06" + bytes(18), "damaged"),
    ],
)
def test_files_that_are_no_table_are_refused(store: Store, content: bytes, code: str) -> None:
    """What cannot be read says why, in a word that the pages have a sentence for."""
    with pytest.raises(WorkbookError, match="expected") as refused:
        plan_import(content, store, SPEECH)
    assert refused.value.code == code
    assert "?" not in VI(f"workbook.{code}", **refused.value.values)


CELLS = st.one_of(
    st.none(), st.sampled_from(["camera", "Barie", "Hữu Nghị", "huu-nghi", "in-1", "31/01/2021", "12.500.000 đ", "#N/A", "S1"]),
    st.integers(-10, 10**13), st.floats(-1e6, 1e6), st.booleans(), st.dates(), WRITTEN,
)  # fmt: skip
HEADER = [
    "Loại thiết bị",
    "Cửa khẩu",
    "Số sê-ri",
    "Tên thiết bị biên",
    "Tên camera",
    "Ngày mua",
    "Nguyên giá",
    "Đơn vị bảo trì",
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=8), max_size=8))
def test_whatever_stands_in_the_cells_each_row_is_told_and_taken_in_once(
    fresh: Callable[[], Store], rows: list[list[Any]]
) -> None:
    """No cell breaks the import; good rows are kept, and the same table changes nothing of them a second time."""
    valid = [["camera", "Hữu Nghị", f"S{number}", *row[3:]] for number, row in enumerate(rows)]
    cleaned = [[parse_cell(cell) for cell in row] for row in [*rows, *valid]]
    content = workbook([HEADER, *cleaned])
    store = fresh()
    try:
        first = plan_import(content, store, SPEECH)
        take_in(store, first, None, actor="lan")
        second = plan_import(content, store, SPEECH)
        kept = len(store.register.list())
    finally:
        store.close()
    told = [row for row in cleaned if any(cell not in (None, "") for cell in row)]
    assert len(first.devices) == len(told)
    assert len(first.new) == kept
    assert second.changed == ()
    again = [row.device for row in second.new if isinstance(row.device, DeviceFields)]  # type: ignore[union-attr]
    assert all(not device.serial and device.address is None for device in again)


def parse_cell(cell: Any) -> Any:
    """What a workbook can hold: no signs that XML forbids."""
    return parse_text(cell) if isinstance(cell, str) and cell != "#N/A" else cell
