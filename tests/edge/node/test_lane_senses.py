"""What the loop below a barrier told, against what the lane's cameras saw."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.messages import Abstention, HealthReason
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import SimulatedDriver
from edge.gate_controller.inputs import Sensors
from edge.gate_controller.settings import GateSettings
from edge.health.triggers import LEARNT_AFTER
from edge.lpr.types import Observation
from edge.node.senses import LaneSenses

CODE = HealthReason.TRIGGER_MISMATCH
CAMERA = "in-1-front"
_LATER_S = 200.0
"""By then everybody has told what passed."""


class Lane:
    """A barrier with a loop, polled for real, and a camera beside it."""

    def __init__(self, folder: Path) -> None:
        self.driver = CountedDriver()
        self.gate = GateController("in-1", self.driver, GateSettings(driver="simulated", poll_s=0.002, clear_s=0.001))
        self.senses = LaneSenses(folder, "in-1", self.gate, [CAMERA])

    def passes(self, count: int, *, seen: bool = True) -> None:
        """Vehicles go over the loop; the camera sees them, or not."""
        for _ in range(count):
            began_s = time.monotonic()
            for presence in (True, False):
                self.driver.arm.presence = presence
                self.driver.wait_for_polls(4)
            if seen:
                self.senses.seen(CAMERA, _observation(began_s, time.monotonic()))
            self.senses.tick(time.monotonic() + _LATER_S, hour=9)

    def told(self) -> bool:
        """Whether the camera is told of."""
        return bool(self.senses.judge(CAMERA, time.monotonic() + _LATER_S, hour=9).findings)


class CountedDriver(SimulatedDriver):
    """A simulated barrier that tells of each poll."""

    def __init__(self) -> None:
        super().__init__()
        self._polled = threading.Semaphore(0)

    def sense(self) -> Sensors:
        """Its inputs now."""
        self._polled.release()
        return super().sense()

    def wait_for_polls(self, count: int) -> None:
        """Until it was asked so often from now on."""
        while self._polled.acquire(blocking=False):
            pass
        for _ in range(count):
            assert self._polled.acquire(timeout=60)


def _observation(first_s: float, last_s: float) -> Observation:
    now = datetime.now(UTC)
    return Observation(
        first_seen_at=now,
        last_seen_at=now,
        first_monotonic_s=first_s,
        last_monotonic_s=last_s,
        direction=None,
        plate=None,
        second_plate=None,
        abstained=Abstention.ILLEGIBLE,
        frames=20,
        reads=0,
    )


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[Lane]:
    lane = Lane(tmp_path)
    lane.gate.start()
    yield lane
    lane.gate.stop()


def test_a_camera_that_misses_what_the_loop_counts_is_told(lane: Lane, tmp_path: Path) -> None:
    """After it was seen to agree; also after a restart, and until its view is confirmed."""
    lane.passes(LEARNT_AFTER + 10)
    assert not lane.told()
    lane.passes(15, seen=False)
    assert lane.told()
    lane.senses.keep()
    lane.senses = LaneSenses(tmp_path, "in-1", lane.gate, [CAMERA])
    lane.senses.load()
    assert lane.told()
    lane.senses.confirm(CAMERA)
    assert not lane.told()


def test_a_lane_without_a_loop_is_not_judged(tmp_path: Path) -> None:
    """That is said, and nothing is written down."""
    senses = LaneSenses(tmp_path, "in-1", None, [CAMERA])
    senses.seen(CAMERA, _observation(1.0, 2.0))
    senses.tick(500.0, hour=9)
    senses.keep()
    judged = senses.judge(CAMERA, 500.0, hour=9)
    assert (judged.findings, judged.unjudged) == ((), {CODE: "no_loop"})
    assert list(tmp_path.iterdir()) == []


def test_a_loop_that_is_not_read_blames_nobody(lane: Lane) -> None:
    """Its box does not answer while the camera goes on seeing vehicles."""
    lane.passes(LEARNT_AFTER + 10)
    lane.driver.answering = False
    while lane.gate.senses:
        lane.driver.wait_for_polls(1)
    for _ in range(20):
        lane.senses.seen(CAMERA, _observation(time.monotonic() - 3, time.monotonic()))
        lane.senses.tick(time.monotonic() + _LATER_S, hour=9)
    assert not lane.told()
