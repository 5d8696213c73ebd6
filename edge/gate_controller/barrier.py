"""The barrier's state machine. Pure: one function from (state, sensors, wish, time) to (state, commands).

It is a second veto, never the safety device: people are protected by EN 12978 devices on the barrier itself.
Rules, each proven over all reachable states in the tests: it never lowers while a vehicle is sensed or the
sensors are not known; it never gives two opposite commands; an expired or repeated command does nothing; a
hand-opened barrier stays open; a fault is left only by a person's reset or by sensors that agree again with
what was commanded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Position(StrEnum):
    """What the limit switches say."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What the controller is doing."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    FAULT = "fault"


class Output(StrEnum):
    """A command to the driver."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Sensors:
    """Inputs at one moment; `known` is false when they are stale or the driver does not answer."""

    known: bool
    position: Position = Position.UNKNOWN
    presence: bool = True
    obstacle: bool = True
    manual_open: bool = False

    @property
    def clear(self) -> bool:
        """Nothing beneath, and that is certain."""
        return self.known and not self.presence and not self.obstacle and not self.manual_open


@dataclass(frozen=True, slots=True)
class State:
    """Where the controller is. Times are seconds of a monotonic clock."""

    mode: Mode = Mode.CLOSED
    since_s: float = 0.0
    clear_since_s: float | None = None
    vehicle_seen: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Times the machine goes by."""

    travel_timeout_s: float
    clear_s: float
    wait_for_vehicle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step gave: the next state, at most one command, and what happened in words of the log."""

    state: State
    output: Output | None = None
    event: str | None = None


def step(state: State, sensors: Sensors, *, wish_open: bool, now_s: float, limits: Limits) -> Step:
    """One step. `wish_open` is true for the one step in which an accepted command or grant asks to open."""
    state = _watch_loop(state, sensors, now_s)
    if wish_open and state.mode is not Mode.OPENING:
        if state.mode is Mode.OPEN and sensors.position is Position.OPEN:
            return Step(replace(state, since_s=now_s, vehicle_seen=False), None, "open_extended")
        return Step(_enter(state, Mode.OPENING, now_s), Output.RAISE, "open_commanded")
    if state.mode is Mode.FAULT:
        return _in_fault(state, sensors, now_s)
    if sensors.known and sensors.manual_open and state.mode in (Mode.CLOSED, Mode.CLOSING):
        return Step(_enter(state, Mode.OPEN, now_s), None, "opened_by_hand")
    return _BY_MODE[state.mode](state, sensors, now_s, limits)


def _enter(state: State, mode: Mode, now_s: float) -> State:
    return replace(state, mode=mode, since_s=now_s, vehicle_seen=False if mode is Mode.OPENING else state.vehicle_seen)


def _watch_loop(state: State, sensors: Sensors, now_s: float) -> State:
    """Keep since when nothing has been beneath the arm, and whether a vehicle came."""
    if not sensors.clear:
        seen = state.vehicle_seen or (sensors.known and sensors.presence)
        return replace(state, clear_since_s=None, vehicle_seen=seen)
    return state if state.clear_since_s is not None else replace(state, clear_since_s=now_s)


def _closed(state: State, sensors: Sensors, now_s: float, _limits: Limits) -> Step:
    if sensors.known and sensors.position in (Position.OPEN, Position.OPENING):
        return Step(_enter(state, Mode.FAULT, now_s), None, "open_without_command")
    return Step(state)


def _opening(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if sensors.known and sensors.position is Position.OPEN:
        return Step(_enter(state, Mode.OPEN, now_s), None, "opened")
    if now_s - state.since_s > limits.travel_timeout_s:
        return Step(_enter(state, Mode.FAULT, now_s), None, "did_not_open")
    return Step(state)


def _open(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if state.held or not sensors.clear or state.clear_since_s is None:
        return Step(state)
    waited = now_s - state.since_s >= limits.wait_for_vehicle_s
    if now_s - state.clear_since_s >= limits.clear_s and (state.vehicle_seen or waited):
        return Step(_enter(state, Mode.CLOSING, now_s), Output.LOWER, "close_commanded")
    return Step(state)


def _closing(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if not sensors.clear:
        return Step(_enter(state, Mode.OPENING, now_s), Output.RAISE, "raised_again")
    if sensors.position is Position.CLOSED:
        return Step(replace(_enter(state, Mode.CLOSED, now_s), vehicle_seen=False), None, "closed")
    if now_s - state.since_s > limits.travel_timeout_s:
        return Step(_enter(state, Mode.FAULT, now_s), None, "did_not_close")
    return Step(state)


def _in_fault(state: State, sensors: Sensors, now_s: float) -> Step:
    """Sensors that are certain again end a fault: at the limit switch that they show."""
    if sensors.known and sensors.position is Position.CLOSED:
        return Step(replace(_enter(state, Mode.CLOSED, now_s), vehicle_seen=False), None, "fault_ended_closed")
    if sensors.known and sensors.position is Position.OPEN:
        return Step(_enter(state, Mode.OPEN, now_s), None, "fault_ended_open")
    return Step(state)


_BY_MODE = {Mode.CLOSED: _closed, Mode.OPENING: _opening, Mode.OPEN: _open, Mode.CLOSING: _closing}
