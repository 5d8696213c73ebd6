"""`smartgate faultlab`: rows for people and programs, and a clear answer to what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import faultlab
from cli.main import build

ONE_TRIAL = ["faultlab", "--quick", "--class", "signal_lost", "--pairs", "0", "--days", "0"]


def test_rows_are_printed_and_kept_in_their_place_in_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "camera-health.md"
    page.write_text(
        "before\n<!-- faultlab rendered: begin -->\nof another day\n<!-- faultlab rendered: end -->\nafter\n"
    )
    monkeypatch.setattr(faultlab, "PAGE", page)
    ran = CliRunner().invoke(build("faultlab"), [*ONE_TRIAL, "--json", "--write"])
    assert ran.exit_code == 0, ran.output
    fault, severity = (json.loads(line) for line in ran.stdout.splitlines())
    assert (fault["table"], fault["class"], fault["severity"], fault["n"]) == ("faults", "signal_lost", "severe", 1)
    assert 0 <= fault["found_low"] <= fault["found"] <= fault["found_high"] <= 1
    assert severity["table"] == "severities"
    text = page.read_text()
    assert text.startswith("before\n<!-- faultlab rendered: begin -->\n")
    assert text.endswith("<!-- faultlab rendered: end -->\nafter\n")
    assert "| signal_lost | severe | 1 |" in text
    assert "of another day" not in text


def test_unknown_classes_and_missing_clips_are_told() -> None:
    ran = CliRunner().invoke(build("faultlab"), ["faultlab", "--class", "rust"])
    assert ran.exit_code == 2
    assert "no fault rust; there are: signal_lost" in ran.output
    ran = CliRunner().invoke(build("faultlab"), ["faultlab", "nowhere.mp4"])
    assert ran.exit_code == 2
    assert "nowhere.mp4" in ran.output


def test_the_page_has_a_place_for_each_kind_of_run() -> None:
    text = faultlab.PAGE.read_text(encoding="utf-8")
    for section in ("rendered", "held-back", "clips"):
        assert text.index(f"<!-- faultlab {section}: begin -->") < text.index(f"<!-- faultlab {section}: end -->")
