"""Logs: files of JSON lines that take turns, levels, and no login of a camera in any of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from cli.logs import configure_logs
from contract.errors import ConfigError, SourceError
from edge.settings import LogSettings

ADDRESS = "rtsp://viewer:secret@192.0.2.1/stream?password=hidden"


@pytest.fixture(autouse=True)
def plain_again() -> Iterator[None]:
    """Logging is the whole process's."""
    yield
    structlog.reset_defaults()


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def tell_of_a_fault() -> None:
    log = structlog.get_logger("made up")
    log.info("opening", source=ADDRESS, tried=[ADDRESS])
    try:
        raise SourceError(f"cannot open {ADDRESS}")  # noqa: TRY301 - a traceback is wanted
    except SourceError:
        log.exception("failed")


def test_each_event_is_one_json_line_without_a_login(tmp_path: Path) -> None:
    """With its time, its level, and a traceback as text."""
    file = tmp_path / "log" / "node.log"
    configure_logs(LogSettings(file=file))
    tell_of_a_fault()
    opening, failed = entries(file)
    assert (opening["event"], opening["level"]) == ("opening", "info")
    assert opening["timestamp"].endswith("Z")
    assert "192.0.2.1" in opening["source"]
    assert "SourceError" in failed["exception"]
    assert "secret" not in file.read_text()
    assert "hidden" not in file.read_text()


def test_a_terminal_sees_no_login_either(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an error of a library quotes."""
    configure_logs()
    tell_of_a_fault()
    told = capsys.readouterr().err
    assert "192.0.2.1" in told
    assert "SourceError" in told
    assert "secret" not in told
    assert "hidden" not in told


def test_files_take_turns_and_the_oldest_goes(tmp_path: Path) -> None:
    """So many, each of about the size asked for; the newest line is in the first."""
    file = tmp_path / "node.log"
    configure_logs(LogSettings(file=file, file_mb=0.01, files=3))
    for number in range(500):
        structlog.get_logger().info("passage", number=number, filler="x" * 100)
    files = sorted(tmp_path.iterdir())
    assert [one.name for one in files] == ["node.log", "node.log.1", "node.log.2"]
    assert all(one.stat().st_size <= 10_000 for one in files)
    assert entries(file)[-1]["number"] == 499
    assert entries(file)[0]["number"] == entries(tmp_path / "node.log.1")[-1]["number"] + 1


def test_the_level_may_change_while_it_runs(tmp_path: Path) -> None:
    """Also of loggers made before."""
    file = tmp_path / "node.log"
    log = structlog.get_logger()
    configure_logs(LogSettings(file=file, level="warning"))
    log.info("not told")
    log.warning("told")
    configure_logs(LogSettings(file=file, level="debug"))
    log.debug("told too")
    assert [entry["event"] for entry in entries(file)] == ["told", "told too"]


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    """With the key that names it."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"log\.file: cannot write to"):
        configure_logs(LogSettings(file=tmp_path / "file" / "node.log"))
