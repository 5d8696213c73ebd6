"""`smartgate bench province` fills a database, measures it, and keeps its table in a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.bench import app


def test_a_filled_database_is_measured_and_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table stands between the marks of the page, what is around them stays; nothing else stays behind."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "scaling.md"
    page.write_text("before\n<!-- bench province: begin -->\nold\n<!-- bench province: end -->\nafter\n")
    done = CliRunner().invoke(app, ["province", "--passages", "200", "--tries", "5", "--write", "scaling.md", "--json"])
    assert done.exit_code == 0, done.output
    row = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    assert row["passages"] == 200
    assert row["search_of_50_ms"] == pytest.approx(row["search_p95_ms"] / 50)
    assert row["live_p95_ms"] > 0
    words = page.read_text()
    assert words.startswith("before\n")
    assert words.endswith("after\n")
    assert "old" not in words
    assert "| sqlite | 200 |" in words
    assert list(tmp_path.iterdir()) == [page]
