"""No silent camera: what is not heard of is unknown, and says since when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from central.fleet.settings import FleetSettings
from central.fleet.watch import FleetWatch
from central.ingest.intake import Intake
from central.store import Store
from contract.messages import HealthLevel, HealthReason, Metrics, NodeFinding, NodeTrouble, Severity
from tests.central.made import NOON, birth, health, packet, stamp

SECOND = timedelta(seconds=1)


class Fleet:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.intake = Intake(store, late_after_s=300)
        self.watch = FleetWatch(store, FleetSettings(silent_after_s=45), NOON)

    def hears(self, *messages, at: datetime = NOON) -> None:
        self.intake.take([packet(message) for message in messages], at)

    def levels(self, at: datetime) -> tuple[HealthLevel, HealthLevel]:
        self.watch.step(at)
        (node,) = self.store.nodes.list()
        (camera,) = self.store.cameras.list()
        return node.level, camera.level


@pytest.fixture
def fleet(store: Store) -> Fleet:
    fleet = Fleet(store)
    fleet.hears(birth(), health())
    return fleet


def metrics(*findings: NodeFinding) -> Metrics:
    values = {"outbox_pending": 0.0}
    return Metrics(site="huu-nghi", node="huu-nghi-1", stamp=stamp(), values=values, findings=findings)


def test_a_silent_node_makes_itself_and_its_cameras_unknown(fleet: Fleet) -> None:
    """Nothing heard for 45 s: unknown, with the reason, since the moment it was judged."""
    assert fleet.levels(NOON + 45 * SECOND) == (HealthLevel.OK, HealthLevel.OK)
    assert fleet.levels(NOON + 46 * SECOND) == (HealthLevel.UNKNOWN, HealthLevel.UNKNOWN)
    (camera,) = fleet.store.cameras.list()
    assert (camera.reason, camera.since) == (HealthReason.NODE_SILENT, NOON + 46 * SECOND)
    assert camera.reported_level is HealthLevel.OK


def test_the_last_will_counts_at_once(fleet: Fleet) -> None:
    """The broker says that the node is gone: nobody waits 45 s."""
    fleet.hears(birth(online=False), at=NOON + SECOND)
    assert fleet.levels(NOON + 2 * SECOND) == (HealthLevel.UNKNOWN, HealthLevel.UNKNOWN)


def test_a_node_that_speaks_again_is_well_and_its_cameras_when_they_report(fleet: Fleet) -> None:
    """The node heals when heard, the camera only when it is reported on: nobody has looked at it before."""
    fleet.levels(NOON + 60 * SECOND)
    fleet.hears(metrics(), at=NOON + 70 * SECOND)
    assert fleet.levels(NOON + 71 * SECOND) == (HealthLevel.OK, HealthLevel.UNKNOWN)
    fleet.hears(health(HealthLevel.FAILED, reason=HealthReason.FROZEN), at=NOON + 72 * SECOND)
    assert fleet.levels(NOON + 73 * SECOND) == (HealthLevel.OK, HealthLevel.FAILED)


def test_a_node_is_as_well_as_it_says_and_silence_counts_more(fleet: Fleet) -> None:
    """Its gravest finding decides, until it tells none."""
    worn = NodeFinding(code=NodeTrouble.DISK_WORN, severity=Severity.MODERATE, since=NOON, measure=75, limit=70)
    full = NodeFinding(code=NodeTrouble.DISK_FULL, severity=Severity.SEVERE, since=NOON, measure=90, limit=200)
    fleet.hears(metrics(worn), at=NOON + SECOND)
    assert fleet.levels(NOON + 2 * SECOND)[0] is HealthLevel.DEGRADED
    fleet.hears(metrics(full, worn), at=NOON + 3 * SECOND)
    assert fleet.levels(NOON + 4 * SECOND)[0] is HealthLevel.FAILED
    (node,) = fleet.store.nodes.list()
    assert node.findings == (full, worn)
    assert fleet.levels(NOON + 60 * SECOND)[0] is HealthLevel.UNKNOWN
    fleet.hears(metrics(), at=NOON + 61 * SECOND)
    assert fleet.levels(NOON + 62 * SECOND)[0] is HealthLevel.OK


def test_a_camera_that_its_node_does_not_speak_of_is_unknown(fleet: Fleet) -> None:
    """The node lives, but says nothing of this camera."""
    for second in range(0, 60, 10):
        fleet.hears(metrics(), at=NOON + second * SECOND)
    assert fleet.levels(NOON + 60 * SECOND) == (HealthLevel.OK, HealthLevel.UNKNOWN)


def test_after_centrals_own_start_everybody_gets_a_chance_to_speak(store: Store) -> None:
    """Central was away for hours: nodes are not called silent before they could speak, nor well."""
    first = Fleet(store)
    first.hears(birth(), health())
    later = NOON + timedelta(hours=3)
    first.watch = FleetWatch(store, FleetSettings(silent_after_s=45), later)
    assert first.levels(later + 40 * SECOND) == (HealthLevel.OK, HealthLevel.OK)
    assert first.levels(later + 46 * SECOND) == (HealthLevel.UNKNOWN, HealthLevel.UNKNOWN)
    first.watch = FleetWatch(store, FleetSettings(silent_after_s=45), later + timedelta(hours=1))
    assert first.levels(later + timedelta(hours=1)) == (HealthLevel.UNKNOWN, HealthLevel.UNKNOWN)


def test_a_judgement_is_told_once(fleet: Fleet) -> None:
    """Screens hear of a change, not of its repetition."""
    fleet.levels(NOON + 60 * SECOND)
    before = fleet.store.events.latest_id()
    fleet.levels(NOON + 62 * SECOND)
    assert fleet.store.events.latest_id() == before
