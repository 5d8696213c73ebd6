"""Every state that the barrier's machine can come to, under everything that one step can meet, watched by an onlooker.

Four abstractions keep the space small, and none of them hides a path:

- Time. A step comes either at once or a second after the one before, and each limit is one second (the wait for a
  vehicle two). So every timer is met both not yet due and due, in every order; ages beyond all limits look alike.
- Identity. Of the wishes only those matter that are waited for, one that is new, and one that is old.
- Vehicles. Who stands beneath or has just gone is taken as arbitrary, not as the loops would allow it: more than can
  happen. So `move` is explored, and `watch`, which finds out, has tests of its own.
- Sensors. Of the three inputs that say that something is beneath, none, each alone and all together; with each position,
  key and emergency input. Pairs of them are left out: what each alone forbids, two cannot allow.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from edge.gate_controller.barrier import Limits, Mode, Output, State, Step, Wish, move
from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.vehicles import Beneath, Vehicles

LIMITS = Limits(travel_timeout_s=1.0, clear_s=1.0, wait_for_vehicle_s=2.0, differs_s=1.0)
OLDEST_S = 2.0
NOW_S = 100.0
OLD, FRESH, FIRST, SECOND = (UUID(int=number) for number in range(4))
BENEATH = ((False, False, False), (True, False, False), (False, True, False), (False, False, True), (True, True, True))
SENSORS = (
    Sensors(known=False),
    Sensors(known=False, position=Position.OPEN, presence=False, obstacle=False),
    *(
        Sensors(True, position, presence, obstacle, hand, curtain, None, emergency)
        for position, (presence, obstacle, curtain), hand, emergency in itertools.product(
            Position, BENEATH, (False, True), (False, True)
        )
    ),
)
SPANS_S = (0.0, 1.0)
WISH = Wish(FRESH, NOW_S + 1)
DEAD = (Wish(FRESH, NOW_S), Wish(OLD, NOW_S + 1))
"""Expired, and repeated."""

Mover = Callable[..., Step]
Line = tuple[float, Sensors, "Input", Step, State]
"""One step: how long after the one before, what came, its result, and the state it led to, settled."""


@dataclass(frozen=True, slots=True)
class Input:
    """What comes beside the sensors. `passed`: a vehicle has just gone through; `beneath`: one stands there."""

    wish: bool = False
    held: bool = False
    revoked: UUID | None = None
    passed: bool = False
    beneath: bool = False


def inputs_of(state: State) -> Iterator[Input]:
    """Everything that makes a difference in this state."""
    passed = (False, True) if state.awaited else (False,)
    for gone in passed:
        yield Input(passed=gone)
        yield Input(passed=gone, held=True)
        yield Input(passed=gone, wish=True)
    if state.awaited:
        yield Input(wish=True, beneath=True)
    for wish_id in state.awaited:
        yield Input(revoked=wish_id)


@dataclass(frozen=True, slots=True)
class Situation:
    """A state of the machine, its times counted from now, with what an onlooker remembers."""

    state: State
    raised: bool = False
    """The last command was to raise, or who wished found the arm open."""
    seen_open: bool = False
    """… and since then the arm was seen open."""
    peoples: bool = False
    """A hand, an emergency or a fault had it last: nobody has wished since."""
    emergency: bool = False
    """An emergency was seen, and not yet its end."""
    free_s: float | None = None
    """For how long nothing has been beneath."""
    apart_s: float | None = None
    """For how long the resting arm has not been where it was commanded."""


def _longer(age_s: float | None, span_s: float, limit_s: float) -> float:
    return 0.0 if age_s is None else min(age_s + span_s, limit_s)


def settled(state: State) -> State:
    """The same state told by ages: what lies beyond every limit is one state; so are names of wishes."""
    awaited = (FIRST, SECOND)[: len(state.awaited)]

    def age(at_s: float | None, oldest_s: float) -> float | None:
        return None if at_s is None else -min(oldest_s, NOW_S - at_s)

    since_s = age(state.since_s, OLDEST_S)
    assert since_s is not None
    return State(
        mode=state.mode,
        since_s=since_s,
        commanded=state.commanded,
        differs_since_s=age(state.differs_since_s, LIMITS.differs_s),
        fault=state.fault,
        clear_since_s=age(state.clear_since_s, LIMITS.clear_s),
        ours=state.ours,
        awaited=awaited,
        wishes=(OLD, *awaited),
    )


def later(state: State, span_s: float) -> State:
    """A settled state as it looks some time later."""

    def at(age_s: float | None) -> float | None:
        return None if age_s is None else NOW_S + age_s - span_s

    since_s = at(state.since_s)
    assert since_s is not None
    return replace(
        state, since_s=since_s, clear_since_s=at(state.clear_since_s), differs_since_s=at(state.differs_since_s)
    )


def stepped(mover: Mover, state: State, sensors: Sensors, came: Input) -> Step:
    """One step of the machine."""
    if came.passed:
        state = replace(state, awaited=state.awaited[1:])
    if came.beneath:
        state = replace(state, vehicles=Vehicles(Beneath.VEHICLE))
    return mover(
        state,
        sensors,
        now_s=NOW_S,
        limits=LIMITS,
        wish=WISH if came.wish else None,
        held=came.held,
        revoked=came.revoked,
    )


def seen_by_onlooker(
    before: Situation, span_s: float, sensors: Sensors, came: Input, result: Step, state: State
) -> Situation:
    """What the onlooker remembers after a step; he looks at inputs and commands, not into the machine's timers.

    `state` is the result's, settled.
    """
    hand = sensors.known and sensors.manual_open
    emergency = sensors.emergency or (before.emergency and not sensors.known)
    raised, seen_open = before.raised, before.seen_open
    if sensors.sees(Position.OPEN) and (raised or came.wish):
        raised, seen_open = True, True
    if result.output is Output.RAISE:
        raised, seen_open = True, False
    elif result.output is Output.LOWER:
        raised, seen_open = False, False
    peoples = before.peoples or hand or emergency or result.state.mode is Mode.FAULT
    if came.wish and not emergency:
        peoples = hand  # who wishes after the hand let go takes over from it
    free = sensors.known and not (sensors.presence or sensors.obstacle or sensors.light_curtain or hand)
    commanded = before.state.commanded
    resting = before.state.mode in (Mode.CLOSED, Mode.OPEN)
    apart = resting and commanded is not None and sensors.known and sensors.position is not commanded
    return Situation(
        state,
        raised,
        seen_open,
        peoples,
        emergency,
        _longer(before.free_s, span_s, LIMITS.clear_s) if free else None,
        _longer(before.apart_s, span_s, LIMITS.differs_s) if apart else None,
    )


def violations(before: Situation, sensors: Sensors, came: Input, result: Step, after: Situation) -> Iterator[str]:
    """What is wrong with a step."""
    hand, mode = sensors.known and sensors.manual_open, result.state.mode
    if result.output is Output.LOWER:
        yield from _wrong_lowering(before, sensors, came, result, after)
    if after.emergency:
        if mode is not Mode.EMERGENCY:
            yield "an emergency did not win"
        if not before.emergency and not sensors.sees(Position.OPEN) and result.output is not Output.RAISE:
            yield "an emergency did not raise the arm"
        return
    if mode is Mode.EMERGENCY:
        yield "an emergency went on after its end"
    if came.wish and mode is not Mode.OPENING and not (mode is Mode.OPEN and sensors.sees(Position.OPEN)):
        yield "refused to open"
    if (mode is Mode.FAULT) != (result.state.fault is not None):
        yield "a fault without a name, or a name without a fault"
    if before.state.mode is Mode.FAULT and not came.wish:
        ends = sensors.known and sensors.position is before.state.commanded
        if (mode is not Mode.FAULT) != ends:
            yield "a fault ended, or went on, against its rule"
    apart = after.apart_s is not None and after.apart_s >= LIMITS.differs_s
    if apart and mode is not Mode.FAULT and not (came.wish or hand):
        yield "an arm that is not where it was commanded was not told"
    if came.revoked is not None and result.output is Output.RAISE and before.state.mode is Mode.OPEN:
        yield "a revoked grant raised the arm"


def _wrong_lowering(before: Situation, sensors: Sensors, came: Input, result: Step, after: Situation) -> Iterator[str]:
    if not sensors.known:
        yield "lowered while nothing was known"
    if sensors.presence or sensors.obstacle or sensors.light_curtain:
        yield "lowered while something was sensed beneath"
    if sensors.manual_open or came.held or before.peoples:
        yield "lowered what people hold or raised"
    if after.emergency:
        yield "lowered in an emergency"
    if after.free_s is None or after.free_s < LIMITS.clear_s:
        yield "lowered before it was free for long enough"
    if not before.raised or not before.seen_open or sensors.position is not Position.OPEN:
        yield "lowered an arm that it had not raised and seen open"
    if result.state.awaited:
        yield "kept a grant that was not used"


@dataclass(frozen=True)
class Explored:
    """What an exploration met; each violation with a story that leads to it."""

    situations: frozenset[Situation]
    states: frozenset[State]
    steps: int
    violations: dict[str, list[str]]
    changes: frozenset[tuple[Mode, Event, Output | None, Mode]]
    """From which mode each event leads to which other, with which command."""


def explore(mover: Mover = move, *, until: str | None = None) -> Explored:
    """Every situation that any sequence of inputs can lead to, breadth first; or up to the violation looked for."""
    start = Situation(settled(State(since_s=NOW_S)))
    came_by: dict[Situation, tuple[Situation, Line] | None] = {start: None}
    waiting, steps, found = deque([start]), 0, dict[str, list[str]]()
    known: dict[State, list[Line]] = {}
    while waiting and until not in found:
        before = waiting.popleft()
        if before.state not in known:
            known[before.state] = list(_lines(mover, before.state))
        for line in known[before.state]:
            span_s, sensors, came, result, state = line
            steps += 1
            after = seen_by_onlooker(before, span_s, sensors, came, result, state)
            if after not in came_by:
                came_by[after] = (before, line)
                waiting.append(after)
            for violation in violations(before, sensors, came, result, after):
                if violation not in found:
                    found[violation] = [_told(one) for one in (*_story(came_by, before), line)]
    changes = {
        (state.mode, result.events[0], result.output, result.state.mode)
        for state, lines in known.items()
        for *_, result, _ in lines
        if len(result.events) == 1 and result.state.mode is not state.mode
    }
    return Explored(frozenset(came_by), frozenset(known), steps, found, frozenset(changes))


def _lines(mover: Mover, state: State) -> Iterator[Line]:
    """Every step from a settled state."""
    for span_s in SPANS_S:
        now = later(state, span_s)
        for came, sensors in itertools.product(inputs_of(state), SENSORS):
            result = stepped(mover, now, sensors, came)
            yield span_s, sensors, came, result, settled(result.state)


def _story(came_by: dict[Situation, tuple[Situation, Line] | None], situation: Situation) -> list[Line]:
    told: list[Line] = []
    while (origin := came_by[situation]) is not None:
        situation, line = origin
        told.insert(0, line)
    return told


def _told(line: Line) -> str:
    span_s, sensors, came, result, _ = line
    on = [
        name
        for name in ("presence", "light_curtain", "obstacle", "manual_open", "emergency_open")
        if getattr(sensors, name)
    ]
    seen = f"{sensors.position}{''.join(f' +{name}' for name in on)}" if sensors.known else "nothing known"
    asked = [name for name in ("wish", "held", "passed", "beneath") if getattr(came, name)]
    asked += ["revoked"] if came.revoked is not None else []
    return f"+{span_s:.0f} s: {seen}; {', '.join(asked) or 'nobody asks'} -> {result.state.mode}, {result.output}"
