"""`smartgate platform preview` shows what would be read, and its exit code says whether all of it can be."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.main import build
from tests.central.platform.offices import (
    HEADERS,
    ROW,
    VIETNAM,
    encoded,
    excel_serial,
    in_windows_1258,
    workbook,
    written,
)

PAGE = Path(__file__).parents[2] / "docs" / "platform.md"
BAD = ("HN-000002", "12C-345.68", "Hữu Nghị", "mua bán", "04/05/2026 13:00", "", "")


def preview(*arguments: str) -> Result:
    return CliRunner().invoke(build("platform"), ["platform", "preview", *arguments])


def test_a_good_file(tmp_path: Path) -> None:
    """Encoding, columns and first rows; nobody's name; 0."""
    (tmp_path / "a.csv").write_bytes(in_windows_1258(written([("STT", *HEADERS), ("1", *ROW)])))
    told = preview(str(tmp_path / "a.csv"))
    assert told.exit_code == 0, told.output
    assert "a.csv: cp1258, separated by ';'; header in row 1" in told.stdout
    assert "    C  Biển số xe (VN / TQ)   plate\n" in told.stdout
    assert "left out, their headers are not known: STT" in told.stdout
    assert "  goods              vải thiều\n" in told.stdout
    assert "Nguyễn" not in told.stdout
    assert "1 rows can be read, 0 cannot" in told.stdout


ONE_O_CLOCK = datetime(2026, 5, 4, 13, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    "date",
    ["04/05/2026 13:00", "2026-05-04 13:00", excel_serial(ONE_O_CLOCK)],
    ids=["day first", "year first", "a spreadsheet's number"],
)
@pytest.mark.parametrize("kind", ["utf-8", "windows-1258", "xlsx"])
def test_one_list_however_an_office_saves_it(tmp_path: Path, kind: str, date: str | float) -> None:
    """Vietnamese headers, three styles of dates, two encodings and a workbook: the preview shows the same declaration."""
    row = [*ROW[:4], date, *ROW[5:]]
    file = tmp_path / ("a.xlsx" if kind == "xlsx" else "a.csv")
    if kind == "xlsx":
        file.write_bytes(workbook([HEADERS, row]))
    else:
        file.write_bytes(encoded(written([HEADERS, [str(cell) for cell in row]]), kind))
    told = preview(str(file), "--json")
    assert told.exit_code == 0, told.output
    shown = json.loads(told.stdout.splitlines()[2])
    found = (shown["declaration_id"], shown["goods"], shown["regime"], datetime.fromisoformat(shown["expected_from"]))
    assert found == ("HN-000001", "vải thiều", "import", ONE_O_CLOCK - timedelta(hours=2))


def test_the_example_in_the_documentation(tmp_path: Path) -> None:
    """docs/platform.md shows what this prints."""
    headers = ("STT", "Mã tờ khai", "Biển số xe", "Cửa khẩu", "Loại hình", "Thời gian dự kiến đến")
    rows = [
        ("DANH SÁCH PHƯƠNG TIỆN ĐÃ KHAI BÁO",),
        (*headers, "Trọng lượng (tấn)", "Lái xe", "Hải quan"),
        ("1", "LS-000412", "12C-345.67", "Hữu Nghị", "Xuất khẩu", "04/05/2026 12:00", "24,5", "A", "Đã thông quan"),
        ("2", "LS-000413", "GUI F12345", "Hữu Nghị", "Nhập khẩu", "04/05/2026 13:30", "18", "B", "chờ"),
        ("3", "LS-000414", "", "Hữu Nghị", "Nhập khẩu", "31/02/2026 09:00", "18", "C", "chờ"),
    ]
    file = tmp_path / "to-khai.csv"
    file.write_bytes(in_windows_1258(written(rows)))
    written_at = datetime(2026, 5, 4, 1, 20, tzinfo=UTC).timestamp()
    os.utime(file, (written_at, written_at))
    shown = preview(str(file), "--rows", "1").stdout
    assert f"$ smartgate platform preview to-khai.csv --rows 1\n{shown}```" in PAGE.read_text("utf-8")


def test_a_bad_row_as_json(tmp_path: Path) -> None:
    """One object a line: the file, its table, the good rows, each fault; 1."""
    (tmp_path / "a.xlsx").write_bytes(workbook([HEADERS, ROW, BAD], titles=["DANH SÁCH"]))
    told = preview(str(tmp_path / "a.xlsx"), "--json")
    assert told.exit_code == 1
    file, table, row, fault = map(json.loads, told.stdout.splitlines())
    assert (file["rows"], file["bad"], table["header_row"], table["columns"][1]["field"]) == (2, 1, 2, "plate")
    assert (row["row"], row["declaration_id"], row["driver_name"]) == (3, "HN-000001", "(not shown)")
    assert (fault["row"], fault["column"], fault["field"], fault["came"]) == (4, "D", "regime", "'mua bán'")


def test_the_configuration_says_what_columns_mean(tmp_path: Path) -> None:
    """The same section that central reads the folder with."""
    (tmp_path / "a.csv").write_text(written([HEADERS, BAD]), "utf-8")
    (tmp_path / "central.toml").write_text(
        'data_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\n[platform_folder]\npath = "in"\n'
        '[platform_folder.gates]\n"Hữu Nghị" = "huu-nghi"\n'
        '[platform_folder.mapping.words.regime]\n"Mua bán" = "import"\n',
        "utf-8",
    )
    told = preview(str(tmp_path / "a.csv"), "--config", str(tmp_path / "central.toml"))
    assert told.exit_code == 0, told.output
    assert "  gate               huu-nghi\n" in told.stdout


@pytest.mark.parametrize(("content", "named"), [(b"no table", "row of headers"), (None, "cannot read")])
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, named: str) -> None:
    """One line that says what was expected."""
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    told = preview(str(tmp_path / "a.csv"))
    assert told.exit_code == 1
    assert named in str(told.exception)
