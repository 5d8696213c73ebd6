"""The controller at a barrier: it polls, steps the machine, commands, and keeps the facts."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from edge.gate_controller.barrier import Mode, Wish
from edge.gate_controller.controller import GateController
from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.settings import GateSettings

SETTINGS = GateSettings(driver="simulated", poll_s=0.01, stale_after_s=0.5, travel_timeout_s=5.0, clear_s=0.05)


@dataclass
class Arm:
    """A barrier whose inputs a test sets; `moved` hands on each command as it comes."""

    sensors: Sensors = field(default_factory=lambda: Sensors(True, Position.CLOSED, presence=False, obstacle=False))
    moved: queue.SimpleQueue[str] = field(default_factory=queue.SimpleQueue)
    takes: bool = True
    broken: bool = False
    sensed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    closed: bool = False

    def show(self, position: Position, *, presence: bool = False) -> None:
        self.sensors = Sensors(True, position, presence, obstacle=False)

    def sense(self) -> Sensors:
        self.sensed.release()
        if self.broken:
            raise OSError("the bus is gone")
        return self.sensors

    def raise_arm(self) -> bool:
        self.moved.put("raise")
        return self.takes

    def lower_arm(self) -> bool:
        self.moved.put("lower")
        return self.takes

    def close(self) -> None:
        self.closed = True

    def wait_for_polls(self, count: int) -> None:
        for _ in range(count):
            assert self.sensed.acquire(timeout=60)


@pytest.fixture
def arm() -> Arm:
    return Arm()


@pytest.fixture
def gate(arm: Arm) -> Iterator[GateController]:
    gate = GateController("in-1", arm, SETTINGS)
    gate.start()
    yield gate
    gate.stop()
    assert arm.closed


def _wish() -> Wish:
    return Wish(uuid4(), time.monotonic() + 60)


def _wait_for(gate: GateController, mode: Mode, arm: Arm) -> None:
    for _ in range(2000):
        if gate.mode is mode:
            return
        arm.wait_for_polls(1)
    raise AssertionError(f"expected {mode}, is {gate.mode}")


def _wait_for_event(gate: GateController, event: Event, arm: Arm) -> None:
    for _ in range(2000):
        if any(fact.event == event for fact in gate.events(datetime.min.replace(tzinfo=UTC))):
            return
        arm.wait_for_polls(1)
    raise AssertionError(f"expected {event}")


def test_one_wish_is_one_cycle_and_the_facts_are_kept(gate: GateController, arm: Arm) -> None:
    """From the wish to the closed arm, each fact with its time, and only those asked for."""
    began = datetime.now(UTC)
    gate.open(_wish())
    assert arm.moved.get(timeout=60) == "raise"
    arm.show(Position.OPEN)
    _wait_for(gate, Mode.OPEN, arm)
    arm.show(Position.OPEN, presence=True)
    arm.wait_for_polls(3)
    arm.show(Position.OPEN)
    assert arm.moved.get(timeout=60) == "lower"
    arm.show(Position.CLOSED)
    _wait_for(gate, Mode.CLOSED, arm)
    events = gate.events(began)
    assert [event.event for event in events] == ["open_commanded", "opened", "close_commanded", "closed"]
    assert gate.events(events[-1].at)[-1] == events[-1]
    assert gate.events(began, events[1].at) == events[:1]


def test_nothing_moves_by_starting(gate: GateController, arm: Arm) -> None:
    """A node that starts looks, and moves nothing."""
    arm.wait_for_polls(20)
    assert arm.moved.empty()


def test_wish_moves_the_arm_even_while_the_sensors_are_silent(gate: GateController, arm: Arm) -> None:
    """Opening is the safe direction: it does not wait for a sensor."""
    arm.sensors = Sensors(known=False)
    gate.open(_wish())
    assert arm.moved.get(timeout=60) == "raise"


def test_silent_sensor_never_lowers(gate: GateController, arm: Arm) -> None:
    """An arm whose sensors fall silent after the vehicle has gone stays up until they speak again."""
    gate.open(_wish())
    assert arm.moved.get(timeout=60) == "raise"
    arm.show(Position.OPEN)
    _wait_for(gate, Mode.OPEN, arm)
    arm.show(Position.OPEN, presence=True)
    arm.wait_for_polls(3)
    arm.sensors = Sensors(known=False)
    _wait_for_event(gate, Event.SENSORS_LOST, arm)
    arm.wait_for_polls(40)
    assert arm.moved.empty()
    arm.show(Position.OPEN)
    assert arm.moved.get(timeout=60) == "lower"


def test_driver_that_refuses_or_breaks_is_told_and_watched_on(gate: GateController, arm: Arm) -> None:
    """A driver's fault is a fact of the barrier, and the watch goes on."""
    arm.takes = False
    began = datetime.now(UTC)
    gate.open(_wish())
    assert arm.moved.get(timeout=60) == "raise"
    arm.broken = True
    _wait_for_event(gate, Event.SENSORS_LOST, arm)
    arm.broken, arm.takes = False, True
    arm.show(Position.OPEN)
    _wait_for(gate, Mode.OPEN, arm)
    told = [event.event for event in gate.events(began)]
    assert told == ["open_commanded", "driver_refused", "sensors_lost", "sensors_back", "opened"]


def test_facts_tell_where_the_arm_was_commanded_and_where_it_was_seen(gate: GateController, arm: Arm) -> None:
    """Both positions stand in each fact, so that a difference can be followed afterwards."""
    began = datetime.now(UTC)
    gate.open(_wish())
    assert arm.moved.get(timeout=60) == "raise"
    (fact,) = gate.events(began)
    assert fact.detail == "commanded open, sensed closed"


def test_revoked_wish_lets_the_arm_down_again(gate: GateController, arm: Arm) -> None:
    """The vehicle is not coming after all: the arm does not wait for it."""
    wish = _wish()
    gate.open(wish)
    assert arm.moved.get(timeout=60) == "raise"
    arm.show(Position.OPEN)
    _wait_for(gate, Mode.OPEN, arm)
    gate.revoke(wish.wish_id)
    assert arm.moved.get(timeout=60) == "lower"


def test_answer_that_took_too_long_is_no_answer(arm: Arm) -> None:
    """What was free when it was asked may have a lorry beneath when it is told: such a device is silent."""
    gate = GateController("in-1", arm, SETTINGS.model_copy(update={"stale_after_s": 1e-9}))  # any answer takes longer
    gate.start()
    _wait_for_event(gate, Event.SENSORS_LOST, arm)
    arm.wait_for_polls(5)
    assert all(fact.event != Event.SENSORS_BACK for fact in gate.events(datetime.min.replace(tzinfo=UTC)))
    gate.stop()
