"""What loops and arms counted is told so that central can make hours of it, whatever happens between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from contract.messages import LaneCount, TimeQuality
from contract.topics import parse_message
from edge.config import NodeConfig
from edge.gate_controller.barrier import Wish
from edge.gate_controller.controller import GateController
from edge.node.lane_counts import LaneCountTeller
from edge.outbox import Outbox
from tests.edge.node.test_lane_senses import CountedDriver

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Node:
    """A lane with a loop that is polled for real, a clock that a test sets, and what went into the outbox."""

    def __init__(self, folder: Path) -> None:
        config = NodeConfig.model_validate(
            {
                "site": "huu-nghi",
                "node": "node-1",
                "data_dir": folder,
                "mqtt": {"host": "localhost"},
                "lanes": [
                    {
                        "lane": "in-1",
                        "direction": "in",
                        "barrier": {"driver": "simulated", "poll_s": 0.002, "clear_s": 0.001},
                    }
                ],
                "cameras": [{"name": "in-1-front", "lane": "in-1", "source": "/dev/video0"}],
            }
        )
        self.now, self.quality = TEN - 10 * MINUTE, TimeQuality.SYNCED
        self.driver = CountedDriver()
        self.gate = GateController("in-1", self.driver, config.lanes[0].barrier)
        self.outbox = Outbox.open(folder / "outbox.db")
        self.teller = LaneCountTeller(
            config,
            self.outbox,
            {"in-1": self.gate},
            on_stored=lambda: None,
            clock=lambda: self.now,
            quality=lambda: self.quality,
        )
        self.gate.start()
        self.driver.wait_for_polls(4)
        self.teller.tick()

    def passes(self, vehicles: int) -> None:
        for _ in range(vehicles):
            for presence in (True, False):
                self.driver.arm.presence = presence
                self.driver.wait_for_polls(8)

    def at(self, now: datetime) -> None:
        """The clock shows another time, and the node looks at it."""
        self.now = now
        self.teller.tick()

    def told(self) -> list[LaneCount]:
        found = [parse_message(one.topic, one.payload) for one in reversed(self.outbox.pending(100))]
        return [one for one in found if isinstance(one, LaneCount)]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    yield node
    node.gate.stop()
    node.outbox.close()


def test_an_hour_is_told_at_its_very_end(node: Node) -> None:
    """Also one in which nobody came: no vehicle is not the same as no word."""
    node.passes(2)
    node.at(TEN + timedelta(seconds=1))
    node.at(TEN + 60 * MINUTE)
    ends = [(one.until, one.loop) for one in node.told()]
    assert ends == [(TEN, 2), (TEN + 60 * MINUTE, 2)]
    assert len({one.run_id for one in node.told()}) == 1
    assert {one.since for one in node.told()} == {TEN - 10 * MINUTE}


def test_within_an_hour_growth_is_told_every_five_minutes(node: Node) -> None:
    """So that a power cut takes little."""
    node.passes(1)
    node.at(TEN - 8 * MINUTE)
    assert node.told() == []
    node.at(TEN - 5 * MINUTE)
    node.at(TEN - 0.5 * MINUTE)
    assert [one.loop for one in node.told()] == [1]


def test_a_node_that_stops_tells_what_it_knows(node: Node) -> None:
    """Its next life begins another run at 0."""
    node.passes(3)
    node.now = TEN - 7 * MINUTE
    node.teller.stop()
    node.passes(1)  # while nobody counts for a run
    node.at(TEN - 6 * MINUTE)
    node.passes(1)
    node.at(TEN)
    first, second = node.told()
    assert (first.loop, first.until) == (3, TEN - 7 * MINUTE)
    assert (second.loop, second.since) == (1, TEN - 6 * MINUTE)
    assert first.run_id != second.run_id


def test_a_clock_that_is_not_known_tells_no_hours(node: Node) -> None:
    """Nor one that was set back: what went meanwhile is in no run."""
    node.quality = TimeQuality.UNSET
    node.at(TEN)
    assert node.told() == []
    node.quality = TimeQuality.SYNCED
    node.at(TEN + MINUTE)
    node.at(TEN - 3 * MINUTE)
    node.at(TEN - 2 * MINUTE)
    node.at(TEN + MINUTE)
    assert [(one.since, one.until) for one in node.told()] == [(TEN - 2 * MINUTE, TEN)]


def test_the_arm_counts_for_itself(node: Node) -> None:
    """Whom it let through: without a camera, and without a loop's word."""
    node.gate.open(Wish(uuid4(), float("inf")))
    for _ in range(2000):
        if node.gate.counted.barrier:
            break
        node.driver.wait_for_polls(1)
    node.at(TEN)
    assert [(one.loop, one.barrier) for one in node.told()] == [(0, 1)]
