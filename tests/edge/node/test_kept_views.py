"""What a camera usually sees is on disk before the node ends, and a file that cannot be used is set aside."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contract.messages import TimeQuality
from edge.health.view import View
from edge.node import views
from edge.node.views import KeptViews
from tests.edge.health.rendered import lane, learnt, measured


@pytest.fixture(autouse=True)
def _synchronised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "time_quality", lambda: TimeQuality.SYNCED)


def an_hour_begins(kept: KeptViews) -> None:
    scene = lane("day", 640)
    for hour, minute in ((8, 50), (9, 0)):
        kept.memory.turn(datetime(2026, 3, 2, hour, minute, tzinfo=UTC), learnt(scene), measured(scene), clean=True)


def knows_nine_o_clock(kept: KeptViews) -> bool:
    at = datetime(2026, 3, 3, 9, 5, tzinfo=UTC)
    return kept.memory.turn(at, View(), measured(lane("day", 640)), clean=True) is not None


def test_views_outlive_a_restart_until_a_person_confirms_a_new_one(tmp_path: Path) -> None:
    """Each camera has its own."""
    kept = KeptViews(tmp_path, "in-1-front")
    kept.load()
    an_hour_begins(kept)
    kept.close()
    again, other = KeptViews(tmp_path, "in-1-front"), KeptViews(tmp_path, "in-1-rear")
    for one in (again, other):
        one.load()
    assert knows_nine_o_clock(again)
    assert not knows_nine_o_clock(other)
    again.memory.forget()
    again.close()
    confirmed = KeptViews(tmp_path, "in-1-front")
    confirmed.load()
    assert not knows_nine_o_clock(confirmed)


def test_a_damaged_file_is_set_aside_and_the_views_are_learnt_anew(tmp_path: Path) -> None:
    file = tmp_path / "views-in-1-front.bin"
    file.write_bytes(b"half of what was")
    kept = KeptViews(tmp_path, "in-1-front")
    with capture_logs() as logs:
        kept.load()
    assert [line["log_level"] for line in logs] == ["warning"]
    assert not knows_nine_o_clock(kept)
    an_hour_begins(kept)
    kept.close()
    assert file.with_suffix(".damaged").read_bytes() == b"half of what was"
    again = KeptViews(tmp_path, "in-1-front")
    again.load()
    assert knows_nine_o_clock(again)


def test_a_disk_that_refuses_is_told_and_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    kept = KeptViews(folder, "in-1-front")
    kept.load()
    shutil.rmtree(folder)
    with capture_logs() as logs:
        an_hour_begins(kept)
        kept.close()
    assert [line["event"] for line in logs] == ["views are not on disk"]
