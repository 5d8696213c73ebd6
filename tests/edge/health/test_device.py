"""How the node itself does: what is told, after how long, and what is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import NodeTrouble, Severity, TimeQuality
from edge.health.device import NodeMonitor, Readings

START = datetime(2026, 3, 1, tzinfo=UTC)
WELL = Readings(
    temperature_c=55.0,
    throttled=0,
    disk_free_mb=20_000.0,
    disk_least_mb=500.0,
    disk_used_percent=12.0,
    not_on_disk=0,
    time_quality=TimeQuality.SYNCED,
    broker_reached=True,
    frame_s=0.05,
    idle_accelerator=False,
)


class Watched:
    """A node looked at every ten seconds."""

    def __init__(self) -> None:
        self.monitor, self.now_s = NodeMonitor(), 0.0

    def is_so(self, seconds: float, **differs: Any) -> dict[NodeTrouble, Severity]:
        """What is told after the node was so for a while."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += 10
            at = START + timedelta(seconds=self.now_s)
            self.monitor.look(replace(WELL, **differs), now=at, now_s=self.now_s)
        return {finding.code: finding.severity for finding in self.monitor.findings}


@pytest.mark.parametrize(
    ("differs", "trouble", "severity"),
    [
        ({"not_on_disk": 3}, NodeTrouble.DISK_REFUSES, Severity.SEVERE),
        ({"disk_free_mb": 900.0}, NodeTrouble.DISK_FULL, Severity.MODERATE),
        ({"disk_free_mb": 400.0}, NodeTrouble.DISK_FULL, Severity.SEVERE),
        ({"disk_used_percent": 75.0}, NodeTrouble.DISK_WORN, Severity.MODERATE),
        ({"disk_used_percent": 110.0}, NodeTrouble.DISK_WORN, Severity.SEVERE),
        ({"throttled": 0x1}, NodeTrouble.LOW_VOLTAGE, Severity.MODERATE),
        ({"throttled": 0x8}, NodeTrouble.THROTTLED, Severity.MODERATE),
        ({"temperature_c": 84.0}, NodeTrouble.HOT, Severity.MODERATE),
        ({"idle_accelerator": True}, NodeTrouble.PROVIDER_DEGRADED, Severity.MODERATE),
        ({"frame_s": 0.9}, NodeTrouble.READING_SLOW, Severity.MODERATE),
        ({"frame_s": 3.0}, NodeTrouble.READING_SLOW, Severity.SEVERE),
    ],
)
def test_each_trouble_is_told_within_a_minute_and_taken_back_when_it_is_gone(
    differs: dict[str, Any], trouble: NodeTrouble, severity: Severity
) -> None:
    """It alone, since when it began; and not before it has been gone for a minute."""
    node = Watched()
    assert node.is_so(60) == {}
    assert node.is_so(60, **differs) == {trouble: severity}
    (finding,) = node.monitor.findings
    assert finding.since == START + timedelta(seconds=70)
    assert node.is_so(30) == {trouble: severity}
    assert node.is_so(60) == {}


def test_what_comes_and_goes_is_not_told() -> None:
    """A spike of heat, a slow frame: twenty seconds each, for an hour."""
    node = Watched()
    for _ in range(90):
        assert node.is_so(20, temperature_c=82.0, frame_s=0.8) == {}
        assert node.is_so(20) == {}


def test_heat_about_the_limit_is_one_finding() -> None:
    """Told at 80 °C, it stands until it is cooler than 75 °C."""
    node = Watched()
    assert NodeTrouble.HOT in node.is_so(60, temperature_c=81.0)
    assert NodeTrouble.HOT in node.is_so(300, temperature_c=77.0)
    assert node.is_so(120, temperature_c=73.0) == {}


def test_a_clock_gets_time_to_find_its_server() -> None:
    """Not set is told after five minutes, running on alone after an hour."""
    node = Watched()
    assert node.is_so(240, time_quality=TimeQuality.UNSET) == {}
    assert node.is_so(120, time_quality=TimeQuality.UNSET) == {NodeTrouble.CLOCK_UNSET: Severity.SEVERE}
    assert node.is_so(3000, time_quality=TimeQuality.HOLDOVER) == {}
    assert node.is_so(900, time_quality=TimeQuality.HOLDOVER) == {NodeTrouble.CLOCK_UNSYNCED: Severity.SLIGHT}


def test_a_broken_line_is_told_of_after_it_is_back() -> None:
    """The share of the last hour; central cannot hear it before."""
    node = Watched()
    assert node.is_so(7200) == {}
    assert node.is_so(120, broker_reached=False) == {}
    assert node.is_so(300, broker_reached=False) == {NodeTrouble.BROKER_AWAY: Severity.MODERATE}
    assert node.is_so(1800) == {NodeTrouble.BROKER_AWAY: Severity.MODERATE}
    (finding,) = node.monitor.findings
    assert finding.measure == pytest.approx(420 / 3600, abs=0.005)
    assert node.is_so(3600) == {}
    assert node.is_so(2400, broker_reached=False) == {NodeTrouble.BROKER_AWAY: Severity.SEVERE}


def test_the_gravest_stands_first_and_what_is_not_told_is_not_judged() -> None:
    """A PC tells neither its voltage nor the life of its disk."""
    node = Watched()
    node.is_so(60, temperature_c=85.0, disk_free_mb=100.0, throttled=None, disk_used_percent=None)
    assert [finding.code for finding in node.monitor.findings] == [NodeTrouble.DISK_FULL, NodeTrouble.HOT]
    assert set(node.monitor.unjudged) == {NodeTrouble.LOW_VOLTAGE, NodeTrouble.THROTTLED, NodeTrouble.DISK_WORN}


@given(st.lists(st.tuples(st.integers(10, 600), st.booleans(), st.booleans()), max_size=12))
def test_no_story_ends_well_with_a_trouble_or_ill_without(story: list[tuple[int, bool, bool]]) -> None:
    """Whatever came before: two minutes of a trouble are told, two minutes without are well."""
    node = Watched()
    for seconds, hot, full in story:
        node.is_so(seconds, temperature_c=85.0 if hot else 60.0, disk_free_mb=100.0 if full else 5000.0)
    assert set(node.is_so(120, temperature_c=85.0)) == {NodeTrouble.HOT}
    assert node.is_so(120) == {}
