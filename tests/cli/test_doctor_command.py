"""`smartgate doctor` as an installer runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from simulation.processes import free_port


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "doctor", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


def test_a_verdict_a_line_and_a_status_that_says_whether_one_is_bad(tmp_path: Path) -> None:
    """Neither camera nor broker answers here: both are told, each with what to do, and no password."""
    config = tmp_path / "node.toml"
    config.write_text(
        f"""
site = "made-up"
node = "made-up-1"
data_dir = "data"
[mqtt]
host = "127.0.0.1"
port = {free_port()}
tls = false
[[lanes]]
lane = "in-1"
direction = "in"
[[cameras]]
name = "in-1-front"
lane = "in-1"
source = "http://viewer:secret@127.0.0.1:{free_port()}/video.mjpeg"
open_timeout_s = 1
"""
    )
    answer = run("--config", str(config), "--json")
    assert answer.returncode == 1, answer.stderr
    assert "secret" not in answer.stdout + answer.stderr
    found = {finding["subject"]: finding for finding in map(json.loads, answer.stdout.splitlines())}
    assert {"models", "provider", "speed", "reading", "temperature", "throttling"} <= found.keys()
    assert {"disk", "disk life", "disk speed", "clock", "gpio", "camera in-1-front", "broker"} <= found.keys()
    assert (found["reading"]["verdict"], found["broker"]["verdict"]) == ("ok", "bad")
    assert found["camera in-1-front"]["verdict"] == "bad"
    assert all(found[subject]["todo"] for subject in ("broker", "camera in-1-front"))
    assert list(tmp_path.iterdir()) == [config]
