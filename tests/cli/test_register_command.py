"""`smartgate central register`: the workbook goes out and comes in, and says what it would do before it does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from central.console.words import LANGUAGES, words_of
from central.fleet.register.desk import add_device
from central.fleet.register.speech import Speech
from central.store import Store
from cli.central import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "central.toml"
    path.write_text('data_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\n', "utf-8")
    (tmp_path / "data").mkdir()
    store = Store.open(f"sqlite:///{tmp_path / 'data' / 'central.db'}", tmp_path / "data" / "evidence")
    raw = {"kind": "camera", "site": "huu-nghi", "title": "Cam trước làn 1", "maintainer": "VNPT"}
    add_device(store, raw, Speech(map(words_of, LANGUAGES)), actor="lan")
    store.close()
    return path


def register(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["register", *arguments, "--config", str(config)])


def test_workbook_out_changed_and_in(config: Path, tmp_path: Path) -> None:
    """Out; changed by hand; told without --yes, written with it; a bad row is told with its cell and ends with 1."""
    table = tmp_path / "so-thiet-bi.xlsx"
    assert register(config, "export", str(table)).stdout == f"1 devices in {table}\n"
    assert "0 new, 0 changed, 2 unchanged, 0 bad" in register(config, "import", str(table)).stdout
    workbook = load_workbook(table)
    sheet = workbook["Thiết bị"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "Đơn vị bảo trì")
    sheet[f"{column}2"] = "Viettel"
    sheet.append([None, "Tàu hỏa", "Hữu Nghị"])
    workbook.save(table)
    told = register(config, "import", str(table))
    assert f"Thiết bị!{column}2: Maintainer: VNPT -> Viettel" in told.stdout
    assert "nothing written; with --yes 1 rows would be" in told.stdout
    assert "Thiết bị!B3: Kind: expected a known kind of device, got “Tàu hỏa”." in told.stderr
    assert told.exit_code == 1
    bad = tmp_path / "bad.xlsx"
    assert "1 rows written" in register(config, "import", str(table), "--yes", "--bad", str(bad)).stdout
    assert load_workbook(bad)["Thiết bị"].max_row == 2
    assert "Viettel" not in register(config, "import", str(table)).stdout
