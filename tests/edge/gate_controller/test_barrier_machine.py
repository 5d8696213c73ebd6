"""The barrier's state machine: every reachable state under every input, and the usual cycles by name."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from edge.gate_controller.barrier import Limits, Mode, Output, Position, Sensors, State, Step, Wish, step

LIMITS = Limits(travel_timeout_s=2.0, clear_s=1.0, wait_for_vehicle_s=3.0)
OLD, FRESH = UUID(int=1), UUID(int=2)
OLDEST_S = 4.0  # ages beyond every limit look alike
NOW_S = 100.0
SENSORS = (
    Sensors(known=False),
    *(
        Sensors(True, position, presence, obstacle, manual_open)
        for position, presence, obstacle, manual_open in itertools.product(Position, *[(False, True)] * 3)
    ),
)
WISHES = (
    None,
    Wish(FRESH, NOW_S + 1),
    Wish(FRESH, NOW_S),  # expired
    Wish(OLD, NOW_S + 1),  # repeated
)
INPUTS = (
    *itertools.product(SENSORS, WISHES, [False]),
    *itertools.product(SENSORS, [None], [True]),
)
"""Sensors, wish, held: everything that one step can meet."""

Stepper = Callable[..., Step]


@dataclass(frozen=True)
class Situation:
    """A state of the machine, its times counted from now, with what an onlooker would remember."""

    state: State
    raised: bool = False
    """The last command was to raise."""
    seen_open: bool = False
    """… and since then the arm was seen open."""
    by_hand: bool = False
    """… or a hand was on it."""
    clear_s: float | None = None
    """For how long nothing has been beneath, judged by the onlooker."""


def _age(at_s: float | None) -> float | None:
    return None if at_s is None else -min(OLDEST_S, NOW_S - at_s)


def _settled(state: State) -> State:
    """The same state told by ages: what lies beyond every limit is one state."""
    since_s = _age(state.since_s)
    assert since_s is not None
    return replace(state, since_s=since_s, clear_since_s=_age(state.clear_since_s), wishes=(OLD,))


def _a_second_later(state: State) -> State:
    clear = state.clear_since_s
    return replace(state, since_s=NOW_S + state.since_s - 1, clear_since_s=None if clear is None else NOW_S + clear - 1)


def _is_dead(wish: Wish) -> bool:
    return wish.wish_id == OLD or wish.expires_s <= NOW_S


def _violations(
    before: Situation, sensors: Sensors, wish: Wish | None, *, held: bool, result: Step, without: Step
) -> Iterator[str]:
    """What is wrong with a step; `without` is the same step without a wish."""
    clear_s = before.clear_s + 1 if before.clear_s is not None else 0.0
    if result.output is Output.LOWER:
        if not sensors.known or sensors.presence or sensors.obstacle:
            yield "lowered while something was sensed beneath, or nothing was known"
        if sensors.manual_open or held or before.by_hand:
            yield "lowered against a hand"
        if clear_s < LIMITS.clear_s:
            yield "lowered before it was free for long enough"
        if not before.raised:
            yield "lowered what it had not raised"
        if not before.seen_open or sensors.position is not Position.OPEN:
            yield "lowered an arm that it had not seen open: a command against the one before"
    if wish is None:
        return
    if _is_dead(wish) and (result.state, result.output) != (without.state, without.output):
        yield "acted on a dead wish"
    opening = result.state.mode is Mode.OPENING or (
        result.state.mode is Mode.OPEN and sensors.known and sensors.position is Position.OPEN
    )
    if not _is_dead(wish) and not opening:
        yield "refused to open"


def _remember(before: Situation, sensors: Sensors, wish: Wish | None, result: Step) -> Situation:
    hand = sensors.known and sensors.manual_open
    raised, seen_open, by_hand = before.raised, before.seen_open, before.by_hand or hand
    seen_open = seen_open or (sensors.known and sensors.position is Position.OPEN and raised)
    if result.output is Output.RAISE:
        raised, seen_open = True, False
    elif result.output is Output.LOWER:
        raised, seen_open = False, False
    elif result.event == "open_extended":
        raised, seen_open = True, True
    if wish is not None and not _is_dead(wish):
        by_hand = hand  # who wishes after the hand let go takes over from it
    clear_s = None
    if sensors.clear:
        clear_s = 0.0 if before.clear_s is None else min(before.clear_s + 1, OLDEST_S)
    return Situation(_settled(result.state), raised, seen_open, by_hand, clear_s)


@dataclass(frozen=True)
class Explored:
    """What an exploration met; each violation with a story that leads to it."""

    situations: frozenset[Situation]
    steps: int
    violations: dict[str, list[str]]


def _explore(stepper: Stepper, *, until: str | None = None) -> Explored:
    """Every situation that any sequence of inputs, one a second, can lead to; or up to the violation looked for."""
    start = Situation(_settled(State(since_s=NOW_S)))
    came_by: dict[Situation, tuple[Situation, str] | None] = {start: None}
    waiting, steps, violations = deque([start]), 0, dict[str, list[str]]()
    while waiting and until not in violations:
        before = waiting.popleft()
        state = _a_second_later(before.state)
        without = {sensors: stepper(state, sensors, now_s=NOW_S, limits=LIMITS) for sensors in SENSORS}
        for sensors, wish, held in INPUTS:
            result = stepper(state, sensors, now_s=NOW_S, limits=LIMITS, wish=wish, held=held)
            steps += 1
            after = _remember(before, sensors, wish, result)
            if after not in came_by:
                came_by[after] = (before, f"{sensors} {wish} held={held} -> {result.output} {result.event}")
                waiting.append(after)
            for violation in _violations(before, sensors, wish, held=held, result=result, without=without[sensors]):
                violations.setdefault(violation, [*_story(came_by, before), f"{sensors} {wish} held={held}"])
    return Explored(frozenset(came_by), steps, violations)


def _story(came_by: dict[Situation, tuple[Situation, str] | None], situation: Situation) -> list[str]:
    told: list[str] = []
    while (origin := came_by[situation]) is not None:
        situation, line = origin
        told.insert(0, line)
    return told


@pytest.fixture(scope="module")
def explored() -> Explored:
    return _explore(step)


def test_no_reachable_state_breaks_a_rule(explored: Explored, record_property: Callable[[str, object], None]) -> None:
    """Never lowers on a vehicle, on unknown sensors or against a hand; never two opposite commands; dead wishes do nothing; opening wins."""
    record_property("situations", len(explored.situations))
    record_property("steps", explored.steps)
    print(f"explored {len(explored.situations)} situations, {explored.steps} steps")
    assert explored.violations == {}
    assert {situation.state.mode for situation in explored.situations} == set(Mode)


def test_exploration_finds_a_planted_fault() -> None:
    """A machine that takes unknown sensors for a free lane is caught, so the exploration is no empty ritual."""

    def trusting(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
        seen = sensors if sensors.known else Sensors(True, Position.OPEN, False, False)
        return step(state, seen, now_s=now_s, limits=limits, **inputs)

    fault = "lowered while something was sensed beneath, or nothing was known"
    assert fault in _explore(trusting, until=fault).violations


def test_every_fault_is_left_by_a_limit_switch_or_a_wish_alone(explored: Explored) -> None:
    """A fault stays as long as no limit switch says where the arm is and nobody wishes to open."""
    for situation in explored.situations:
        if situation.state.mode is not Mode.FAULT:
            continue
        state = _a_second_later(situation.state)
        for sensors, held in itertools.product(SENSORS, (False, True)):
            result = step(state, sensors, now_s=NOW_S, limits=LIMITS, held=held)
            sure = sensors.known and sensors.position in (Position.OPEN, Position.CLOSED)
            assert (result.state.mode is Mode.FAULT) == (not sure)
        wished = step(state, Sensors(known=False), now_s=NOW_S, limits=LIMITS, wish=WISHES[1])
        assert wished.output is Output.RAISE


class Rehearsal:
    """Plays a story to the machine, a tenth of a second at a time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.state = State()
        self.outputs: list[Output] = []
        self.events: list[str] = []
        self._wishes = 0

    def wish(self) -> Wish:
        """A new wish for one vehicle."""
        self._wishes += 1
        return Wish(UUID(int=100 + self._wishes), self.now_s + 10)

    def play(self, seconds: float, sensors: Sensors, *, wish: Wish | None = None, held: bool = False) -> None:
        """Let time pass with these inputs; the wish comes with the first step."""
        for index in range(round(seconds * 10)):
            self.now_s += 0.1
            result = step(
                self.state,
                sensors,
                now_s=self.now_s,
                limits=Limits(6.0, 1.0, 30.0),
                wish=wish if index == 0 else None,
                held=held,
            )
            self.state = result.state
            self.outputs += [result.output] if result.output else []
            self.events += [result.event] if result.event else []


def _at(position: Position, *, presence: bool = False, obstacle: bool = False, manual_open: bool = False) -> Sensors:
    return Sensors(True, position, presence, obstacle, manual_open)


CLOSED, OPENING, OPEN = _at(Position.CLOSED), _at(Position.OPENING), _at(Position.OPEN)
CLOSING, BENEATH = _at(Position.CLOSING), _at(Position.OPEN, presence=True)


def _opened() -> Rehearsal:
    play = Rehearsal()
    play.play(0.5, CLOSED, wish=play.wish())
    play.play(1.0, OPENING)
    play.play(1.0, OPEN)
    return play


def test_vehicle_passes_and_arm_closes_behind_it() -> None:
    """One wish, one motion up, one down, each told as a fact."""
    play = _opened()
    play.play(6.0, BENEATH)
    play.play(1.5, OPEN)
    play.play(1.0, CLOSING)
    play.play(1.0, CLOSED)
    assert play.outputs == [Output.RAISE, Output.LOWER]
    assert play.events == ["open_commanded", "opened", "close_commanded", "closed"]


def test_arm_stays_up_as_long_as_a_long_vehicle_stands_beneath() -> None:
    """A lorry that stands beneath for an hour keeps the arm up."""
    play = _opened()
    play.play(3600.0, BENEATH)
    assert play.outputs == [Output.RAISE]


def test_gap_between_tractor_and_trailer_is_not_the_end_of_the_vehicle() -> None:
    """A loop that is free for half a second has not seen the end."""
    play = _opened()
    for _ in range(4):
        play.play(2.0, BENEATH)
        play.play(0.5, OPEN)
    assert play.outputs == [Output.RAISE]


def test_second_wish_while_the_first_vehicle_is_beneath_lets_the_next_one_through() -> None:
    """The arm does not come down between two vehicles that were both let through."""
    play = _opened()
    play.play(2.0, BENEATH)
    play.play(0.2, BENEATH, wish=play.wish())
    play.play(5.0, OPEN)  # the first has gone, the second comes up
    play.play(3.0, BENEATH)
    play.play(2.0, OPEN)
    assert play.outputs == [Output.RAISE, Output.LOWER]
    assert play.events.count("open_extended") == 1


def test_two_clicks_for_one_vehicle_are_one_vehicle() -> None:
    """Who clicks twice does not leave the gate open behind the lorry."""
    play = _opened()
    play.play(0.2, OPEN, wish=play.wish())
    play.play(3.0, BENEATH)
    play.play(2.0, OPEN)
    assert play.outputs == [Output.RAISE, Output.LOWER]


def test_arm_closes_when_nobody_came() -> None:
    """A vehicle that was let through and did not go leaves no open gate."""
    play = _opened()
    play.play(28.0, OPEN)
    assert play.outputs == [Output.RAISE]
    play.play(4.0, OPEN)
    assert play.outputs == [Output.RAISE, Output.LOWER]


def test_arm_goes_up_again_when_something_comes_beneath_while_it_closes() -> None:
    """A vehicle, a hand's key, a light curtain or a sensor that falls silent all raise it at once."""
    for inputs in (_at(Position.CLOSING, presence=True), _at(Position.CLOSING, obstacle=True), Sensors(known=False)):
        play = _opened()
        play.play(2.0, BENEATH)
        play.play(1.2, OPEN)
        play.play(0.3, CLOSING)
        play.play(0.1, inputs)
        assert play.outputs == [Output.RAISE, Output.LOWER, Output.RAISE]
        assert play.events[-1] == "raised_again"


def test_raise_is_repeated_while_the_arm_still_comes_down() -> None:
    """A relay that lost the command to raise hears it again."""
    play = _opened()
    play.play(2.0, BENEATH)
    play.play(1.2, OPEN)
    play.play(0.4, _at(Position.CLOSING, presence=True))
    assert play.outputs.count(Output.RAISE) >= 4


def test_hand_opened_arm_is_left_to_the_hand() -> None:
    """What an officer opened by key is not closed by the machine, before or after he lets go of the key."""
    play = Rehearsal()
    play.play(1.0, CLOSED)
    play.play(1.0, _at(Position.OPENING, manual_open=True))
    play.play(5.0, _at(Position.OPEN, presence=True, manual_open=True))
    play.play(60.0, OPEN)
    assert play.outputs == []
    play.play(1.0, CLOSING)
    play.play(1.0, CLOSED)
    assert play.events == ["opened_by_hand", "closed_without_command"]


def test_arm_found_open_is_told_and_left_alone() -> None:
    """After a restart of the node beneath an open arm, nothing moves until somebody wishes."""
    play = Rehearsal()
    play.play(120.0, OPEN)
    assert (play.outputs, play.events) == ([], ["opened_without_command"])
    play.play(0.1, OPEN, wish=play.wish())
    play.play(2.0, BENEATH)
    play.play(2.0, OPEN)
    assert play.outputs == [Output.LOWER]


def test_hold_keeps_the_arm_up_until_released() -> None:
    """A held arm does not close behind the vehicle; released, it does."""
    play = _opened()
    play.play(2.0, BENEATH, held=True)
    play.play(60.0, OPEN, held=True)
    assert play.outputs == [Output.RAISE]
    play.play(2.0, OPEN)
    assert play.outputs == [Output.RAISE, Output.LOWER]


def test_arm_that_does_not_move_is_a_fault_and_is_not_tried_again() -> None:
    """A motion that takes too long is told, and the motor is left in peace."""
    play = Rehearsal()
    play.play(60.0, CLOSED, wish=play.wish())
    assert play.outputs == [Output.RAISE]
    assert play.events == ["open_commanded", "did_not_open", "fault_ended_closed"]
    stuck = _opened()
    stuck.play(2.0, BENEATH)
    stuck.play(60.0, OPEN)
    assert stuck.outputs == [Output.RAISE, Output.LOWER]
    assert stuck.events[-2:] == ["did_not_close", "fault_ended_open"]


def test_repeated_and_expired_wishes_are_told_and_do_nothing() -> None:
    """A wish that comes twice, or too late, moves nothing."""
    play = Rehearsal()
    wish = play.wish()
    play.play(0.1, CLOSED, wish=wish)
    play.play(1.0, OPENING)
    play.play(0.1, OPENING, wish=wish)
    assert play.events[-1] == "wish_repeated"
    late = Rehearsal()
    late.play(0.1, CLOSED, wish=Wish(UUID(int=7), 0.05))
    assert (late.outputs, late.events) == ([], ["wish_expired"])
