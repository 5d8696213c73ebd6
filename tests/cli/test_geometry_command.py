"""`smartgate geometry` as an installer calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree as ET


def _geometry(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "geometry", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_numbers_and_drawing(tmp_path):
    """The documented keys come as one JSON object, and the drawing is there."""
    out = tmp_path / "drawing.svg"
    done = _geometry(
        *("--distance", "6", "--focal", "8", "--height", "3", "--offset", "1", "--aperture", "2"),
        *("--plate", "vn-two-row", "--plate", "cn-nev", "--out", str(out), "--json"),
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {
        *("sensor_mm", "sight_m", "tilt_deg", "yaw_deg", "skew_deg", "width_share", "height_share", "view_deg"),
        *("view_width_m", "lamp_reach_m", "focus_m", "plates", "verdict", "findings"),
    }
    assert [view["plate"] for view in answer["plates"]] == ["vn-two-row", "cn-nev"]
    assert answer["verdict"] == "good"
    assert ET.parse(out).getroot().tag.endswith("svg")


def test_words_and_wrong_words():
    """Without --json it is a table with a verdict; what cannot be is said in a sentence, not in a traceback."""
    done = _geometry("--distance", "20", "--focal", "4", "--height", "3")
    assert done.returncode == 0
    assert "unfit" in done.stdout
    for option, value in (
        ("--distance", "-6"),
        ("--sensor", "large"),
        ("--plate", "fr"),
        ("--shutter", "fast"),
        ("--pixels", "big"),
    ):
        arguments = {"--distance": "6", "--focal": "4", "--height": "3", option: value}
        wrong = _geometry(*(word for pair in arguments.items() for word in pair))
        assert wrong.returncode == 1
        assert wrong.stderr.startswith(f"smartgate: {option[2:]}: expected")
        assert value in wrong.stderr
