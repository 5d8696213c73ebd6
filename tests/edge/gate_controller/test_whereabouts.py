"""Which way vehicles last went, kept through restarts and damage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.messages import Direction
from edge.gate_controller.whereabouts import Whereabouts

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "went-through.jsonl"


def _again(path: Path, now: datetime = NOW) -> Whereabouts:
    found = Whereabouts(path)
    found.load(now)
    return found


def test_last_way_counts_and_is_found_again(path: Path) -> None:
    """In, out, in: it is inside, also after a restart; separators are not part of the plate."""
    kept = _again(path)
    for hour, way in enumerate([Direction.IN, Direction.OUT, Direction.IN]):
        kept.went("12C-345.67", way, NOW + timedelta(hours=hour))
    later = NOW + timedelta(hours=3)
    for known in (kept, _again(path, later)):
        assert known.last_way("12C34567", later) is Direction.IN
        assert known.last_way("12C34568", later) is None


def test_passage_that_is_told_late_does_not_undo_a_newer_one(path: Path) -> None:
    """Two lanes may tell out of order."""
    kept = _again(path)
    kept.went("12C34567", Direction.OUT, NOW)
    kept.went("12C34567", Direction.IN, NOW - timedelta(minutes=1))
    assert kept.last_way("12C34567", NOW) is Direction.OUT


def test_a_day_later_nothing_is_known(path: Path) -> None:
    """By then it may have come back through any gate; the file forgets it too."""
    _again(path).went("12C34567", Direction.IN, NOW)
    day = NOW + timedelta(hours=24)
    assert _again(path, NOW).last_way("12C34567", day) is None
    _again(path, day)
    assert path.read_text("utf-8") == ""


def test_damaged_lines_are_left_out(path: Path) -> None:
    """Half a line after a power cut costs that line alone."""
    kept = _again(path)
    kept.went("12C34567", Direction.IN, NOW)
    kept.went("51D12345", Direction.OUT, NOW)
    path.write_bytes(b"\x00\xff\n[]\n" + path.read_bytes()[:-9])
    found = _again(path)
    assert found.last_way("12C34567", NOW) is Direction.IN
    assert found.last_way("51D12345", NOW) is None


def test_disk_that_refuses_costs_the_memory_nothing(tmp_path: Path) -> None:
    """It is a hint: the gate works on."""
    kept = _again(tmp_path / "absent" / "went-through.jsonl")
    kept.went("12C34567", Direction.IN, NOW)
    assert kept.last_way("12C34567", NOW) is Direction.IN


def test_clock_that_was_ahead_for_a_while_does_no_lasting_harm(path: Path) -> None:
    """What was told under the wrong year is not known, and gives way to what is told under the right one."""
    kept = _again(path)
    kept.went("12C34567", Direction.IN, NOW.replace(year=2036))
    assert kept.last_way("12C34567", NOW) is None
    kept.went("12C34567", Direction.OUT, NOW)
    assert kept.last_way("12C34567", NOW) is Direction.OUT


def test_file_does_not_grow_with_the_years(path: Path) -> None:
    """A node that is never started again forgets all the same who went through long ago."""
    kept = _again(path)
    for number in range(20_100):
        kept.went(f"12C{number:05d}", Direction.IN, NOW + timedelta(minutes=5 * number))
    assert len(path.read_text("utf-8").splitlines()) < 500
    assert kept.last_way("12C20099", NOW + timedelta(minutes=5 * 20_099)) is Direction.IN
