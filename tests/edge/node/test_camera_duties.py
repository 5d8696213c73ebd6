"""What a camera does for its lane: told beside its picture, kept over restarts, learnt anew when a person says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.messages import Abstention, CommandKind, HealthFinding, HealthLevel, HealthReason, Severity
from edge.health.kept import keep, recall
from edge.health.readability import LEARNT_AFTER, MEMORY, Outcome, Readability
from edge.health.together import Judgement, joined
from edge.lpr.types import Observation
from edge.node.duties import CameraDuties
from edge.node.senses import LaneSenses
from tests.edge.node.whole_node import CameraServer, House

MOVED = HealthFinding(code=HealthReason.MOVED, severity=Severity.MODERATE, measure=0.02, limit=0.01)
DARK = HealthFinding(code=HealthReason.DARK, severity=Severity.SEVERE, measure=3, limit=16)


def of_reading(severity: Severity) -> Judgement:
    finding = HealthFinding(code=HealthReason.UNREADABLE_PLATES, severity=severity, measure=0.4, limit=0.9)
    return Judgement(findings=(finding,))


@pytest.fixture
def unread(tmp_path: Path) -> Path:
    """A node's folder in which a camera has lost its plates."""
    judge = Readability()
    for number in range(LEARNT_AFTER + 120):
        read = number < LEARNT_AFTER + 100
        judge.vehicle(Outcome(found=True, read=read, confidence=0.9, reads=9), hour=9, now_s=float(number))
    assert judge.memory.unread.told
    folder = tmp_path / "node"
    folder.mkdir()
    keep(folder / "readability-in-1-front.json", MEMORY, judge.memory)
    return folder


@pytest.fixture
def house(unread: Path, broker: Any, make_central: Any) -> Iterator[House]:
    cameras = CameraServer().start()
    house = House(unread, broker, make_central(broker), cameras)
    try:
        yield house
    finally:
        house.end()
        cameras.stop()


@pytest.mark.parametrize(
    ("picture", "severity", "first"),
    [
        ((), Severity.SLIGHT, HealthReason.UNREADABLE_PLATES),
        ((MOVED,), Severity.MODERATE, HealthReason.MOVED),  # as grave: the picture explains it
        ((MOVED,), Severity.SEVERE, HealthReason.UNREADABLE_PLATES),
        ((DARK, MOVED), Severity.SEVERE, HealthReason.DARK),
    ],
)
def test_the_graver_finding_stands_first(
    picture: tuple[HealthFinding, ...], severity: Severity, first: HealthReason
) -> None:
    """Nothing is left out, and the order of the picture's own findings stays."""
    whole = joined(Judgement(findings=picture), of_reading(severity))
    assert whole.findings[0].code is first
    assert len(whole.findings) == len(picture) + 1
    assert [finding for finding in whole.findings if finding in picture] == list(picture)


def test_what_says_nothing_of_how_a_camera_reads_is_left_out(tmp_path: Path) -> None:
    """A vehicle that turned back unread may never have come near; one before a failed picture could not be read."""
    duties = CameraDuties(tmp_path, "in-1-front", LaneSenses(tmp_path, "in-1", None, ["in-1-front"]))
    seen = {
        "first_seen_at": datetime.now(UTC),
        "last_seen_at": datetime.now(UTC),
        "first_monotonic_s": 1.0,
        "last_monotonic_s": 9.0,
        "direction": None,
        "plate": None,
        "second_plate": None,
        "frames": 30,
        "reads": 0,
    }
    duties.vehicle_left(Observation(**seen, abstained=Abstention.NO_PLATE_FOUND, turned_back=True))
    duties.vehicle_left(Observation(**seen, abstained=Abstention.ILLEGIBLE))
    duties.tick(10.0, picture_failed=True)
    duties.vehicle_left(Observation(**seen, abstained=Abstention.ILLEGIBLE))
    duties.keep()
    kept = recall(tmp_path / "readability-in-1-front.json", MEMORY)
    assert kept is not None
    assert kept.vehicles == 1


def test_a_loss_is_told_after_a_restart_until_a_person_confirms_the_view(house: House) -> None:
    """The picture is well, and the camera is not; the command has it learnt anew."""
    house.begin()
    told = house.wait_for_level("in-1-front", HealthLevel.FAILED)
    assert (told.reason, told.findings[0].severity) == (HealthReason.UNREADABLE_PLATES, Severity.SEVERE)
    assert told.findings[0].measure < told.findings[0].limit
    house.wait_for_level("in-1-rear", HealthLevel.OK)
    assert not house.ask(CommandKind.SET_VIEW_REFERENCE, camera="in-1-moon").done
    assert house.ask(CommandKind.SET_VIEW_REFERENCE, camera="in-1-front").done
    well = house.wait_for_level("in-1-front", HealthLevel.OK)
    assert well.unjudged[HealthReason.UNREADABLE_PLATES] == "no_reference"
    kept = recall(house.config.data_dir / "readability-in-1-front.json", MEMORY)
    assert kept is not None
    assert kept.vehicles == 0
