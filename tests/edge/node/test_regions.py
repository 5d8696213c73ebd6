"""Where the lane lies: set from central it counts more than the configuration, and outlives a restart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from contract.errors import StoreError
from contract.region import CameraRegion
from edge.cameras.settings import CameraSettings
from edge.node.regions import Regions

AT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
CONFIGURED = CameraRegion(lane=((0, 0), (1, 0), (1, 1)))
LEFT = CameraRegion(lane=((0, 0), (0.5, 0), (0.5, 1), (0, 1)), trigger=((0, 0.5), (0.5, 0.5)), direction="in")
CAMERAS = (
    CameraSettings(name="in-1-front", lane="in-1", source="folder", region=CONFIGURED),
    CameraSettings(name="in-1-rear", lane="in-1", source="folder"),
)


def regions(folder: Path) -> Regions:
    """As a node finds them at its start."""
    found = Regions(folder / "regions.json", CAMERAS)
    found.load()
    return found


def test_the_configuration_counts_until_another_is_set(tmp_path: Path) -> None:
    """A camera without a region looks at its whole picture, and the birth does not name it."""
    before = regions(tmp_path)
    assert before.of("in-1-front") == CONFIGURED
    assert before.of("in-1-rear") is None
    assert before.told == {"in-1-front": CONFIGURED}


def test_what_was_set_counts_more_and_outlives_a_restart(tmp_path: Path) -> None:
    """Who set it and when lie beside it on the disk."""
    regions(tmp_path).set("in-1-front", LEFT, actor="Lan", at=AT)
    regions(tmp_path).set("in-1-rear", CONFIGURED, actor="Minh", at=AT)
    assert regions(tmp_path).told == {"in-1-front": LEFT, "in-1-rear": CONFIGURED}
    kept = (tmp_path / "regions.json").read_text()
    assert "Lan" in kept
    assert "2026-03-02T07:00:00Z" in kept


def test_setting_nothing_goes_back_to_the_configuration(tmp_path: Path) -> None:
    """The other cameras keep theirs."""
    book = regions(tmp_path)
    book.set("in-1-front", LEFT, actor="Lan", at=AT)
    book.set("in-1-rear", LEFT, actor="Lan", at=AT)
    book.set("in-1-front", None, actor="Lan", at=AT)
    assert regions(tmp_path).told == {"in-1-front": CONFIGURED, "in-1-rear": LEFT}


@pytest.mark.parametrize("content", [b"", b"{", b'{"cameras": {"in-1-front": {"region": {"lane": [[0, 0], [2, 2]]}}}}'])
def test_a_damaged_file_is_told_and_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    """The gate goes on with its configuration, and the next region set mends the file."""
    (tmp_path / "regions.json").write_bytes(content)
    with capture_logs() as logs:
        book = regions(tmp_path)
    assert [line["log_level"] for line in logs] == ["error"]
    assert book.told == {"in-1-front": CONFIGURED}
    book.set("in-1-front", LEFT, actor="Lan", at=AT)
    assert regions(tmp_path).of("in-1-front") == LEFT


def test_a_disk_that_refuses_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counted before still does, now and after a restart."""
    book = regions(tmp_path)
    book.set("in-1-front", LEFT, actor="Lan", at=AT)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("edge.durable.os.fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            book.set("in-1-front", CONFIGURED, actor="Minh", at=AT)
    assert book.of("in-1-front") == LEFT
    assert regions(tmp_path).of("in-1-front") == LEFT
