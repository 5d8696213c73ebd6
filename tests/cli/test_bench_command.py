"""`smartgate bench reading` from end to end, on as little as it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree as ET


def _bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "bench", "reading", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_speed_as_json():
    """Documented keys, a row an object; models stand against a floor."""
    done = _bench("--engine", "plates", "--part", "speed", "--plates", "1", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["table"] for row in rows} == {"speed", "models", "idle", "diagnosis"}
    stage = next(row for row in rows if row["table"] == "speed")
    assert set(stage) == {"table", "stage", "engine", "n", "median ms", "p90 ms"}
    assert all(row["floor ms"] > 0 for row in rows if row["table"] == "models")


def test_page_holds_tables_and_plot(tmp_path):
    """The page links its plot and CSV, and names commit and models."""
    page = tmp_path / "reading.md"
    done = _bench(
        "--engine", "plates", "--part", "robustness", "--effect", "fog", "--plates", "1", "--write", str(page)
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "(reading-robustness.svg)" in text
    assert "plate_detector" in text
    assert str(tmp_path) not in text
    ET.parse(tmp_path / "reading-robustness.svg")
    assert (
        (tmp_path / "reading-robustness.csv").read_text(encoding="utf-8").startswith("effect,unit,engine,level,n,exact")
    )


def test_engines_stand_side_by_side():
    """Our own models and the peer answer about the same plates."""
    done = _bench(
        "--engine",
        "plates",
        "--engine",
        "ppocr",
        "--part",
        "accuracy",
        "--kind",
        "cn_trailer yellow 2",
        "--plates",
        "1",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    counted = {row["engine"]: row["n"] for row in rows if row["table"] == "drawn" and row["by"] == "all"}
    assert set(counted) == {"plates", "ppocr"}
    assert counted == {"plates": 1, "ppocr": 1}


def test_unknown_names_are_refused():
    """The message lists what there is."""
    engine = _bench("--engine", "guess")
    assert engine.returncode == 1
    assert "plates, ppocr" in engine.stderr
    part = _bench("--part", "colour")
    assert part.returncode == 1
    assert "accuracy" in part.stderr


def test_scenarios_are_counted():
    """Each scripted lane with what happened in it, what was told, and in which the two differ."""
    command = [sys.executable, "-m", "cli", "bench", "scenarios", "--only", "lorry_through", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["scenario"]: row for row in map(json.loads, done.stdout.splitlines())}
    through = rows["a lorry drives through"]
    assert (through["vehicles"], through["passages"], through["abstentions"], through["differences"]) == (
        1,
        1,
        0,
        "none",
    )
    command[command.index("lorry_through")] = "unicorn"
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "no scenario unicorn" in refused.stderr
