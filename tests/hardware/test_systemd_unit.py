"""The unit that starts a node: systemd understands it, and it fits the program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edge.gate_controller.controller import _LONGEST_TURN_S

UNIT = Path(__file__).resolve().parents[2] / "hardware" / "systemd" / "smartgate-edge.service"
PROGRAM = "/opt/smartgate/.venv/bin/smartgate"


def told(key: str) -> list[str]:
    """Every value of a key, in order."""
    lines = UNIT.read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.partition("=")[0] == key]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine; on Debian: sudo apt install systemd")
    program = tmp_path / "smartgate"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace(PROGRAM, str(program)), "utf-8")
    return unit


def test_systemd_understands_every_line(here: Path) -> None:
    """It complains about keys and values that it does not know; it says nothing."""
    answer = subprocess.run(
        ["systemd-analyze", "verify", here], check=False, capture_output=True, text=True, timeout=60
    )
    assert (answer.returncode, answer.stdout + answer.stderr) == (0, "")


def test_systemd_calls_it_confined(here: Path) -> None:
    """Exposure at most 2.5 of 10, as systemd counts it."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", here]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if "unrecognized option" in answer.stderr:
        pytest.skip("this systemd cannot look at a unit that is not loaded")
    assert answer.returncode == 0, answer.stdout[-200:] + answer.stderr


def test_watchdog_waits_longer_than_a_barrier_may_take() -> None:
    """Else a slow relay would restart the node before it is called stuck."""
    assert told("Type") == ["notify"]
    assert float(told("WatchdogSec")[0]) >= 2 * _LONGEST_TURN_S


def test_the_node_may_ask_how_good_its_clock_is() -> None:
    """What protects the clock would also hide whether it is synchronised, and every message would say that it is not."""
    assert told("ProtectClock") == []
    assert {"adjtimex", "clock_adjtime"} <= set(told("SystemCallFilter")[0].split())
