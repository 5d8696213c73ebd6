"""`smartgate bench ingest` measures what it says, in figures that programs can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from central.store import Store
from cli.bench import app
from tests.central.ingest.conftest import MOSQUITTO


@pytest.mark.mosquitto
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_the_rate_is_told_as_a_share_of_a_bare_subscriber(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that was published is counted; the ratio is that of the two rates; nothing stays behind."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["ingest", "--vehicles", "20", "--nodes", "2", "--kind", "passages", "--json"])
    assert done.exit_code == 0, done.output
    rows = {
        row["table"]: row
        for row in map(json.loads, filter(lambda line: line.startswith("{"), done.stdout.splitlines()))
    }
    rate = rows["ingest"]
    assert rate["messages"] == 60
    assert rate["ratio_to_bare_subscriber"] == pytest.approx(rate["durable_per_s"] / rate["bare_per_s"])
    assert rows["ingest_limits"]["disk_syncs_per_s"] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.mosquitto
@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_a_filled_database_is_held_against_an_empty_one(tmp_path: Path) -> None:
    """The made-up vehicles are in it afterwards, and nothing else is left."""
    filled = tmp_path / "filled.db"
    Store.open(f"sqlite:///{filled}", tmp_path / "evidence").close()
    asked = ["ingest", "--vehicles", "20", "--nodes", "2", "--filled", str(filled), "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    (row,) = map(json.loads, filter(lambda line: line.startswith("{"), done.stdout.splitlines()))
    assert row["ratio_to_empty"] == pytest.approx(row["filled_per_s"] / row["empty_per_s"])
    store = Store.open(f"sqlite:///{filled}", tmp_path / "evidence")
    assert len(store.passages.list(limit=100).items) == 20
    store.close()
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and path.name != "evidence"]


def test_a_filled_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Before anything is begun."""
    done = CliRunner().invoke(app, ["ingest", "--filled", str(tmp_path / "none.db")])
    assert done.exit_code != 0
    assert "none.db" in str(done.exception)


def test_an_unknown_database_is_named() -> None:
    """With those that there are."""
    done = CliRunner().invoke(app, ["ingest", "--database", "oracle"])
    assert done.exit_code == 2
    assert "oracle" in done.output
