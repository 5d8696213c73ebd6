"""The barrier's state machine. Pure: one function from (state, sensors, wishes, time) to (state, at most one command).

It is a second veto, never the safety device: people are protected by the EN 12978 devices of the barrier itself. Its
rules, each held against every reachable state in the tests:

- it never lowers while something is sensed beneath, or while the sensors are not known;
- it lowers only an arm that it raised itself and has seen open: what people raised, people lower;
- between raising and lowering the arm was seen open and free beneath for a while, so no two commands fight each other;
- a wish acts once, and not after it has expired;
- opening wins: a hand that opens ends what the machine was doing, and no state refuses a wish to open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

_WISHES_KEPT = 16


class Position(StrEnum):
    """What the limit switches say."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """What the machine is doing."""

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
        """Nothing beneath and nobody's hand on it, and that is certain."""
        return self.known and not self.presence and not self.obstacle and not self.manual_open

    def sees(self, *positions: Position) -> bool:
        """Whether the arm is known to be at one of these."""
        return self.known and self.position in positions


@dataclass(frozen=True, slots=True)
class Wish:
    """A grant of the policy, or a person's command, to let one vehicle through. `expires_s` by the monotonic clock."""

    wish_id: UUID
    expires_s: float


@dataclass(frozen=True, slots=True)
class State:
    """Where the machine is. Times are seconds of a monotonic clock.

    `ours`: this machine raised the arm. `awaited`: vehicles that were let through and have not passed yet. `beneath`: a
    vehicle was sensed and the space is not free for long enough to call it gone.
    """

    mode: Mode = Mode.CLOSED
    since_s: float = 0.0
    clear_since_s: float | None = None
    ours: bool = False
    awaited: int = 0
    beneath: bool = False
    wishes: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Times the machine goes by, in seconds."""

    travel_timeout_s: float
    clear_s: float
    wait_for_vehicle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step gave: the next state, at most one command, and what happened in words of the log."""

    state: State
    output: Output | None = None
    event: str | None = None


def step(
    state: State, sensors: Sensors, *, now_s: float, limits: Limits, wish: Wish | None = None, held: bool = False
) -> Step:
    """One step with what is sensed now; `held` keeps the arm up for as long as it is true."""
    state = _watch_beneath(state, sensors, now_s, limits)
    dead = _why_dead(state, wish, now_s)
    if wish is not None and dead is None:
        return _on_wish(state, sensors, wish, now_s)
    result = _undisturbed(state, sensors, now_s=now_s, limits=limits, held=held)
    return result if result.event else replace(result, event=dead)


def _why_dead(state: State, wish: Wish | None, now_s: float) -> str | None:
    if wish is None:
        return None
    if wish.wish_id in state.wishes:
        return "wish_repeated"
    return "wish_expired" if now_s >= wish.expires_s else None


def _undisturbed(state: State, sensors: Sensors, *, now_s: float, limits: Limits, held: bool) -> Step:
    """What the mode asks for when nobody wishes anything."""
    if sensors.known and sensors.manual_open and state.mode is not Mode.FAULT:
        return _opened_by_hand(state, now_s)
    match state.mode:
        case Mode.CLOSED:
            return _closed(state, sensors, now_s)
        case Mode.OPENING:
            return _opening(state, sensors, now_s, limits)
        case Mode.OPEN:
            return _open(state, sensors, now_s, limits, held=held)
        case Mode.CLOSING:
            return _closing(state, sensors, now_s, limits, held=held)
        case Mode.FAULT:
            return _fault(state, sensors, now_s)


def _enter(state: State, mode: Mode, now_s: float) -> State:
    return replace(state, mode=mode, since_s=now_s)


def _now_closed(state: State, now_s: float) -> State:
    return replace(_enter(state, Mode.CLOSED, now_s), ours=False, awaited=0)


def _watch_beneath(state: State, sensors: Sensors, now_s: float, limits: Limits) -> State:
    """Keep since when nothing has been beneath the arm, and count down when a vehicle has gone."""
    if not sensors.clear:
        beneath = state.beneath or (sensors.known and sensors.presence)
        return replace(state, clear_since_s=None, beneath=beneath)
    since_s = now_s if state.clear_since_s is None else state.clear_since_s
    if state.beneath and now_s - since_s >= limits.clear_s:
        return replace(state, clear_since_s=since_s, beneath=False, awaited=max(0, state.awaited - 1))
    return replace(state, clear_since_s=since_s)


def _on_wish(state: State, sensors: Sensors, wish: Wish, now_s: float) -> Step:
    by_hand = sensors.known and sensors.manual_open
    state = replace(
        state,
        wishes=(*state.wishes, wish.wish_id)[-_WISHES_KEPT:],
        ours=not by_hand,
        # the vehicle that stands beneath was let through before; this wish is for the one behind it
        awaited=2 if state.beneath and state.awaited else 1,
    )
    if state.mode is Mode.OPENING:
        return Step(state)
    if state.mode is Mode.OPEN and sensors.sees(Position.OPEN):
        return Step(replace(state, since_s=now_s), None, "open_extended")
    return Step(_enter(state, Mode.OPENING, now_s), Output.RAISE, "open_commanded")


def _opened_by_hand(state: State, now_s: float) -> Step:
    if state.mode is Mode.OPEN and not state.ours:
        return Step(state)
    raised = replace(_enter(state, Mode.OPEN, now_s), ours=False, awaited=0)
    return Step(raised, Output.RAISE if state.mode is Mode.CLOSING else None, "opened_by_hand")


def _closed(state: State, sensors: Sensors, now_s: float) -> Step:
    if sensors.sees(Position.OPEN, Position.OPENING):
        return Step(replace(_enter(state, Mode.OPEN, now_s), ours=False), None, "opened_without_command")
    return Step(state)


def _opening(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if sensors.sees(Position.OPEN):
        return Step(_enter(state, Mode.OPEN, now_s), None, "opened")
    if now_s - state.since_s > limits.travel_timeout_s:
        return Step(replace(_enter(state, Mode.FAULT, now_s), ours=False), None, "did_not_open")
    if sensors.sees(Position.CLOSING):
        return Step(state, Output.RAISE)  # it still comes down: the command got lost
    return Step(state)


def _open(state: State, sensors: Sensors, now_s: float, limits: Limits, *, held: bool) -> Step:
    if sensors.sees(Position.CLOSED):
        return Step(_now_closed(state, now_s), None, "closed_without_command")
    if held or not state.ours or not sensors.clear or not sensors.sees(Position.OPEN) or state.clear_since_s is None:
        return Step(state)
    nobody_comes = state.awaited == 0 or now_s - state.since_s >= limits.wait_for_vehicle_s
    if nobody_comes and now_s - max(state.clear_since_s, state.since_s) >= limits.clear_s:
        return Step(_enter(state, Mode.CLOSING, now_s), Output.LOWER, "close_commanded")
    return Step(state)


def _closing(state: State, sensors: Sensors, now_s: float, limits: Limits, *, held: bool) -> Step:
    if sensors.sees(Position.CLOSED):
        return Step(_now_closed(state, now_s), None, "closed")
    if held or not sensors.clear:
        return Step(_enter(state, Mode.OPENING, now_s), Output.RAISE, "raised_again")
    if now_s - state.since_s > limits.travel_timeout_s:
        return Step(replace(_enter(state, Mode.FAULT, now_s), ours=False), None, "did_not_close")
    return Step(state)


def _fault(state: State, sensors: Sensors, now_s: float) -> Step:
    """A limit switch that shows where the arm is ends a fault; the arm is then people's until the next wish."""
    if sensors.sees(Position.CLOSED):
        return Step(_now_closed(state, now_s), None, "fault_ended_closed")
    if sensors.sees(Position.OPEN):
        return Step(_enter(state, Mode.OPEN, now_s), None, "fault_ended_open")
    return Step(state)
