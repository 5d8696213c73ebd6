"""The barrier's state machine. Pure: one function from (state, sensors, wishes, time) to (state, at most one command).

It is a second veto, never the safety device: people are protected by the EN 12978 devices of the barrier itself. Its
rules, each held against every reachable state in the tests:

- it never lowers while something is sensed beneath, or while the sensors are not known;
- it lowers only an arm that it raised itself and has seen open: what people raised, people lower;
- between raising and lowering the arm was seen open and free beneath for a while, so no two commands fight each other;
- a wish acts once, and not after it has expired or was revoked;
- opening wins: a hand that opens ends what the machine was doing, and no state refuses a wish to open;
- an emergency wins over everything, and lasts until it is known to be over;
- a fault lasts until the arm is seen where it was commanded to be, somebody wishes to open, or an emergency.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.vehicles import Vehicles, watch

_WISHES_KEPT = 16


class Mode(StrEnum):
    """What the machine is doing."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    EMERGENCY = "emergency"
    FAULT = "fault"


class Fault(StrEnum):
    """Why the machine is in `fault`."""

    DID_NOT_OPEN = "did_not_open"
    DID_NOT_CLOSE = "did_not_close"
    POSITION_DIFFERS = "position_differs"


class Output(StrEnum):
    """A command to the driver."""

    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Wish:
    """A grant of the policy, or a person's command, to let one vehicle through. `expires_s` by the monotonic clock."""

    wish_id: UUID
    expires_s: float


@dataclass(frozen=True, slots=True)
class State:
    """Where the machine is. Times are seconds of a monotonic clock.

    `commanded`: the end that this machine stands for; None while people move the arm, or nobody has yet. `ours`: this
    machine raised the arm. `awaited`: wishes of those who were let through and have not passed yet, at most two.
    """

    mode: Mode = Mode.CLOSED
    since_s: float = 0.0
    commanded: Position | None = None
    differs_since_s: float | None = None
    fault: Fault | None = None
    clear_since_s: float | None = None
    ours: bool = False
    awaited: tuple[UUID, ...] = ()
    wishes: tuple[UUID, ...] = ()
    vehicles: Vehicles = field(default_factory=Vehicles)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times the machine goes by, in seconds; `GateSettings` says what each is."""

    travel_timeout_s: float
    clear_s: float
    wait_for_vehicle_s: float = 30.0
    differs_s: float = 10.0
    long_stay_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step gave: the next state, at most one command, and what happened in words of the log."""

    state: State
    output: Output | None = None
    events: tuple[Event, ...] = ()


def step(
    state: State,
    sensors: Sensors,
    *,
    now_s: float,
    limits: Limits,
    wish: Wish | None = None,
    held: bool = False,
    revoked: UUID | None = None,
) -> Step:
    """One step with what is sensed now.

    `held` keeps the arm up for as long as it is true; `revoked` names a wish whose vehicle is not coming after all.
    """
    uninvited = state.ours and not state.awaited and state.mode in (Mode.OPEN, Mode.CLOSING)
    look = watch(
        state.vehicles,
        sensors,
        now_s=now_s,
        clear_s=limits.clear_s,
        long_s=limits.long_stay_s,
        uninvited=uninvited,
    )
    state = replace(state, vehicles=look.vehicles, awaited=state.awaited[1:] if look.passed else state.awaited)
    result = move(state, sensors, now_s=now_s, limits=limits, wish=wish, held=held, revoked=revoked)
    return replace(result, events=(*look.events, *result.events)) if look.events else result


def move(
    state: State,
    sensors: Sensors,
    *,
    now_s: float,
    limits: Limits,
    wish: Wish | None = None,
    held: bool = False,
    revoked: UUID | None = None,
) -> Step:
    """The part of a step that moves the arm; who stands beneath was looked at before."""
    state = _timed(state, sensors, now_s)
    events: tuple[Event, ...] = ()
    if revoked is not None:
        state, events = _revoke(state, revoked)
    if wish is not None and (dead := _why_dead(state, wish, now_s)) is not None:
        wish, events = None, (*events, dead)
    if wish is not None:
        state = replace(state, wishes=(*state.wishes, wish.wish_id)[-_WISHES_KEPT:])
    result = _decide(state, sensors, now_s=now_s, limits=limits, wish=wish, held=held)
    return replace(result, events=(*events, *result.events)) if events else result


def _timed(state: State, sensors: Sensors, now_s: float) -> State:
    """Keep since when the way down has been clear, and since when a resting arm is not where it was commanded."""
    clear = sensors.free and not sensors.manual_open
    differs = (
        state.mode in (Mode.CLOSED, Mode.OPEN)
        and state.commanded is not None
        and sensors.known
        and sensors.position is not state.commanded
    )
    return replace(
        state,
        clear_since_s=(now_s if state.clear_since_s is None else state.clear_since_s) if clear else None,
        differs_since_s=(now_s if state.differs_since_s is None else state.differs_since_s) if differs else None,
    )


def _revoke(state: State, wish_id: UUID) -> tuple[State, tuple[Event, ...]]:
    """A revoked wish is not waited for any more, and a late one does nothing."""
    if wish_id in state.wishes and wish_id not in state.awaited:
        return state, ()
    known = (*(known for known in state.wishes if known != wish_id), wish_id)[-_WISHES_KEPT:]
    awaited = tuple(one for one in state.awaited if one != wish_id)
    # whoever the loop in front saw is gone with it
    vehicles = replace(state.vehicles, came_before=False)
    return replace(state, wishes=known, awaited=awaited, vehicles=vehicles), (Event.GRANT_REVOKED,)


def _why_dead(state: State, wish: Wish, now_s: float) -> Event | None:
    if wish.wish_id in state.wishes:
        return Event.WISH_REPEATED
    return Event.WISH_EXPIRED if now_s >= wish.expires_s else None


def _decide(state: State, sensors: Sensors, *, now_s: float, limits: Limits, wish: Wish | None, held: bool) -> Step:
    """An emergency first, then who wishes to open, then a hand on the key, then what the mode asks for."""
    if sensors.emergency or (state.mode is Mode.EMERGENCY and not sensors.known):
        return _emergency(state, sensors, now_s, limits)
    if state.mode is Mode.EMERGENCY:
        over = Step(_enter(state, Mode.OPEN, now_s), None, (Event.EMERGENCY_OVER,))
        if wish is None:
            return over
        wished = _on_wish(over.state, sensors, wish, now_s)
        return replace(wished, events=(*over.events, *wished.events))
    if wish is not None:
        return _on_wish(state, sensors, wish, now_s)
    if sensors.known and sensors.manual_open and state.mode is not Mode.FAULT:
        return _opened_by_hand(state, now_s)
    match state.mode:
        case Mode.CLOSED:
            return _closed(state, sensors, now_s, limits)
        case Mode.OPENING:
            return _opening(state, sensors, now_s, limits)
        case Mode.OPEN:
            return _open(state, sensors, now_s, limits, held=held)
        case Mode.CLOSING:
            return _closing(state, sensors, now_s, limits, held=held)
        case Mode.FAULT:
            return _fault(state, sensors, now_s)


def _enter(state: State, mode: Mode, now_s: float) -> State:
    return replace(state, mode=mode, since_s=now_s, fault=None)


def _left_to_people(state: State) -> State:
    return replace(state, ours=False, awaited=())


def _failed(state: State, fault: Fault, now_s: float) -> Step:
    return Step(replace(_left_to_people(_enter(state, Mode.FAULT, now_s)), fault=fault), None, (Event(fault),))


def _raise(state: State, now_s: float, event: Event) -> Step:
    return Step(replace(_enter(state, Mode.OPENING, now_s), commanded=Position.OPEN), Output.RAISE, (event,))


def _emergency(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    """Open, and stay so: the command is repeated for as long as the arm is not seen open."""
    begins = state.mode is not Mode.EMERGENCY
    again = now_s - state.since_s >= limits.travel_timeout_s or sensors.sees(Position.CLOSING)
    output = Output.RAISE if not sensors.sees(Position.OPEN) and (begins or again) else None
    if begins:
        state = _left_to_people(_enter(state, Mode.EMERGENCY, now_s))
    elif output is not None:
        state = replace(state, since_s=now_s)
    events = (Event.EMERGENCY_OPENED,) if begins else ()
    return Step(replace(state, commanded=Position.OPEN), output, events)


def _on_wish(state: State, sensors: Sensors, wish: Wish, now_s: float) -> Step:
    by_hand = sensors.known and sensors.manual_open
    # the vehicle that stands beneath was let through before; this wish is for the one behind it
    before = state.awaited[:1] if state.vehicles.expected_way else ()
    state = replace(state, ours=not by_hand, awaited=() if by_hand else (*before, wish.wish_id))
    if state.mode is Mode.OPENING:
        return Step(state)
    if state.mode is Mode.OPEN and sensors.sees(Position.OPEN):
        commanded = None if by_hand else Position.OPEN
        return Step(replace(state, since_s=now_s, commanded=commanded), None, (Event.OPEN_EXTENDED,))
    return _raise(state, now_s, Event.OPEN_COMMANDED)


def _opened_by_hand(state: State, now_s: float) -> Step:
    if state.mode is Mode.OPEN and state.commanded is None:
        return Step(state)
    output = Output.RAISE if state.mode is Mode.CLOSING else None
    raised = replace(_left_to_people(_enter(state, Mode.OPEN, now_s)), commanded=None)
    return Step(raised, output, (Event.OPENED_BY_HAND,))


def _differs_for_long(state: State, now_s: float, limits: Limits) -> bool:
    return state.differs_since_s is not None and now_s - state.differs_since_s >= limits.differs_s


def _closed(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if _differs_for_long(state, now_s, limits):
        return _failed(state, Fault.POSITION_DIFFERS, now_s)
    if sensors.sees(Position.OPEN, Position.OPENING):
        return Step(_left_to_people(_enter(state, Mode.OPEN, now_s)), None, (Event.OPENED_WITHOUT_COMMAND,))
    if state.commanded is None and sensors.sees(Position.CLOSED):
        return Step(replace(state, commanded=Position.CLOSED))  # an arm that rests closed is meant to be so
    return Step(state)


def _opening(state: State, sensors: Sensors, now_s: float, limits: Limits) -> Step:
    if sensors.sees(Position.OPEN):
        return Step(_enter(state, Mode.OPEN, now_s), None, (Event.OPENED,))
    if now_s - state.since_s >= limits.travel_timeout_s:
        return _failed(state, Fault.DID_NOT_OPEN, now_s)
    if sensors.sees(Position.CLOSING):
        return Step(state, Output.RAISE)  # it still comes down: the command got lost
    return Step(state)


def _open(state: State, sensors: Sensors, now_s: float, limits: Limits, *, held: bool) -> Step:
    if _differs_for_long(state, now_s, limits):
        return _failed(state, Fault.POSITION_DIFFERS, now_s)
    if sensors.sees(Position.CLOSED):
        closed = _left_to_people(_enter(state, Mode.CLOSED, now_s))
        return Step(closed, None, (Event.CLOSED_WITHOUT_COMMAND,))
    if held or not state.ours or state.clear_since_s is None or not sensors.sees(Position.OPEN):
        return Step(state)
    nobody_comes = not state.awaited or now_s - state.since_s >= limits.wait_for_vehicle_s
    if nobody_comes and now_s - max(state.clear_since_s, state.since_s) >= limits.clear_s:
        # a grant that was not used is void: who comes beneath now was not let through
        lowered = replace(_enter(state, Mode.CLOSING, now_s), commanded=Position.CLOSED, awaited=())
        return Step(lowered, Output.LOWER, (Event.CLOSE_COMMANDED,))
    return Step(state)


def _closing(state: State, sensors: Sensors, now_s: float, limits: Limits, *, held: bool) -> Step:
    if sensors.sees(Position.CLOSED):
        return Step(_left_to_people(_enter(state, Mode.CLOSED, now_s)), None, (Event.CLOSED,))
    if held or not sensors.free:
        return _raise(state, now_s, Event.RAISED_AGAIN)
    if now_s - state.since_s >= limits.travel_timeout_s:
        return _failed(state, Fault.DID_NOT_CLOSE, now_s)
    return Step(state)


def _fault(state: State, sensors: Sensors, now_s: float) -> Step:
    """An arm that is seen where it was commanded to be ends a fault; it is then people's until the next wish."""
    if sensors.known and sensors.position is state.commanded:
        open_now = state.commanded is Position.OPEN
        event = Event.FAULT_ENDED_OPEN if open_now else Event.FAULT_ENDED_CLOSED
        return Step(_enter(state, Mode.OPEN if open_now else Mode.CLOSED, now_s), None, (event,))
    return Step(state)
