"""The barrier's state machine: the usual cycles, and the unusual ones, by name. Every other is explored beside this."""

from __future__ import annotations

from uuid import UUID

import pytest

from edge.gate_controller.barrier import Fault, Limits, Mode, Output, State, Wish, step
from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Position, Sensors


class Rehearsal:
    """Plays a story to the machine, a tenth of a second at a time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.state = State()
        self.outputs: list[Output] = []
        self.events: list[Event] = []
        self._wishes = 0

    def wish(self) -> Wish:
        """A new wish for one vehicle."""
        self._wishes += 1
        return Wish(UUID(int=100 + self._wishes), self.now_s + 10)

    def play(
        self,
        seconds: float,
        sensors: Sensors,
        *,
        wish: Wish | None = None,
        held: bool = False,
        revoked: UUID | None = None,
    ) -> None:
        """Let time pass with these inputs; wish and revocation come with the first step."""
        for index in range(round(seconds * 10)):
            self.now_s += 0.1
            result = step(
                self.state,
                sensors,
                now_s=self.now_s,
                limits=Limits(6.0, 1.0, 30.0),
                wish=wish if index == 0 else None,
                held=held,
                revoked=revoked if index == 0 else None,
            )
            self.state = result.state
            self.outputs += [result.output] if result.output else []
            self.events += result.events


def _at(position: Position, *, presence: bool = False, obstacle: bool = False, **others: bool) -> Sensors:
    return Sensors(True, position, presence, obstacle, **others)


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
    for inputs in (
        _at(Position.CLOSING, presence=True),
        _at(Position.CLOSING, obstacle=True),
        _at(Position.CLOSING, light_curtain=True),
        Sensors(known=False),
    ):
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
    assert play.events == ["open_commanded", "did_not_open"]
    play.play(1.0, OPEN)
    assert play.events[-1] == "fault_ended_open"
    stuck = _opened()
    stuck.play(2.0, BENEATH)
    stuck.play(60.0, OPEN)
    assert stuck.outputs == [Output.RAISE, Output.LOWER]
    assert stuck.events[-1] == "did_not_close"
    stuck.play(1.0, CLOSED)
    assert stuck.events[-1] == "fault_ended_closed"


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


def test_arm_moved_against_its_command_is_told_and_in_time_a_fault() -> None:
    """An arm that stays open, or falls, without anybody's key is a fault by a name of its own, until it is where it belongs."""
    play = Rehearsal()
    play.play(1.0, CLOSED)
    play.play(9.0, OPEN)
    assert (play.state.mode, play.events) == (Mode.OPEN, ["opened_without_command"])
    play.play(3.0, OPEN)
    assert (play.state.mode, play.state.fault) == (Mode.FAULT, Fault.POSITION_DIFFERS)
    play.play(1.0, CLOSED)
    assert play.events == ["opened_without_command", "position_differs", "fault_ended_closed"]
    assert play.outputs == []
    fallen = _opened()
    fallen.play(12.0, CLOSED)
    assert fallen.events[-2:] == ["closed_without_command", "position_differs"]


def test_arm_that_hangs_between_its_ends_is_a_fault() -> None:
    """A closed arm that no limit switch sees any more has been torn off, or its switch is broken."""
    play = Rehearsal()
    play.play(1.0, CLOSED)
    play.play(11.0, _at(Position.UNKNOWN))
    assert play.events == ["position_differs"]


@pytest.mark.parametrize("before", [CLOSED, OPEN, CLOSING, _at(Position.OPEN, manual_open=True), Sensors(known=False)])
def test_emergency_opens_and_stays_until_it_is_released(before: Sensors) -> None:
    """From any state, over a hold, a key and a fault; sensors that fall silent do not end it, and nobody lowers after it."""
    play = Rehearsal()
    play.play(0.5, before, wish=play.wish())
    play.play(20.0, before, held=True)
    play.play(0.2, _at(Position.CLOSED, emergency_open=True), held=True)
    assert play.outputs[-1] is Output.RAISE
    play.play(2.0, _at(Position.OPEN, emergency_open=True))
    lowered = play.outputs.count(Output.LOWER)
    play.play(600.0, Sensors(known=False))
    assert play.state.mode is Mode.EMERGENCY
    play.play(120.0, OPEN)
    assert play.outputs.count(Output.LOWER) == lowered
    assert play.events[-1] == "emergency_over"


def test_emergency_raises_again_an_arm_that_does_not_open() -> None:
    """One lost command does not keep people in."""
    play = Rehearsal()
    play.play(30.0, _at(Position.CLOSED, emergency_open=True))
    assert play.outputs.count(Output.RAISE) >= 4
    assert play.events == ["emergency_opened"]


def test_second_vehicle_under_the_raised_arm_is_told() -> None:
    """Who follows a vehicle that was let through is told as tailgating; the arm never touches him."""
    play = _opened()
    play.play(3.0, BENEATH)
    play.play(1.4, OPEN)
    play.play(3.0, _at(Position.CLOSING, presence=True))
    assert play.events[-2:] == ["tailgated", "raised_again"]


def test_two_that_were_let_through_are_no_tailgating() -> None:
    """Nor is anybody who drives under an arm that people raised."""
    play = _opened()
    play.play(2.0, BENEATH, wish=play.wish())
    play.play(1.0, BENEATH, wish=play.wish())
    play.play(2.0, OPEN)
    play.play(2.0, BENEATH)
    by_hand = Rehearsal()
    by_hand.play(1.0, _at(Position.OPEN, manual_open=True))
    for _ in range(3):
        by_hand.play(2.0, BENEATH)
        by_hand.play(2.0, OPEN)
    assert "tailgated" not in play.events + by_hand.events


def test_vehicle_against_the_lane_is_told_and_uses_up_no_grant() -> None:
    """The arm was raised for somebody else, and still waits for him."""
    play = Rehearsal()
    free = _at(Position.OPEN, before=False)
    play.play(0.5, _at(Position.CLOSED, before=False), wish=play.wish())
    play.play(1.0, free)
    play.play(1.0, _at(Position.OPEN, presence=True, before=False))
    play.play(1.0, _at(Position.OPEN, presence=True, before=True))
    play.play(5.0, free)
    assert play.events[-1] == "wrong_way"
    assert play.outputs == [Output.RAISE]
    play.play(1.0, _at(Position.OPEN, before=True))
    play.play(1.0, _at(Position.OPEN, presence=True, before=True))
    play.play(1.0, _at(Position.OPEN, presence=True, before=False))
    play.play(1.5, free)
    assert (play.outputs, play.events.count(Event.WRONG_WAY)) == ([Output.RAISE, Output.LOWER], 1)


def test_vehicle_that_stays_beneath_is_told_once() -> None:
    """Five minutes beneath the arm is worth a look."""
    play = _opened()
    play.play(900.0, BENEATH)
    assert play.events.count(Event.STAYS_BENEATH) == 1


def test_revoked_grant_brings_the_arm_down_by_the_ordinary_rules() -> None:
    """The lorry reversed out: the arm that waited for it comes down, but not on what stands beneath."""
    play, wish = Rehearsal(), Wish(UUID(int=7), 10.0)
    play.play(0.5, CLOSED, wish=wish)
    play.play(1.0, OPENING)
    play.play(3.0, BENEATH, revoked=wish.wish_id)
    assert play.outputs == [Output.RAISE]
    play.play(1.5, OPEN)
    assert play.outputs == [Output.RAISE, Output.LOWER]


def test_grant_that_was_not_used_is_not_inherited() -> None:
    """The next vehicle is not let through by the grant of one that reversed out, nor by one whose wait is over."""
    for revoked, wait_s in ((UUID(int=7), 1.4), (None, 30.0)):
        play = Rehearsal()
        play.play(0.5, CLOSED, wish=Wish(UUID(int=7), 10.0))
        play.play(0.5, OPEN)
        play.play(wait_s, OPEN, revoked=revoked)
        assert play.outputs == [Output.RAISE, Output.LOWER]
        play.play(0.5, _at(Position.CLOSING, presence=True))
        assert "tailgated" in play.events


def test_revoked_wish_does_nothing_when_it_comes_late() -> None:
    """A grant on its way to the barrier is caught as well."""
    play = Rehearsal()
    play.play(0.5, CLOSED, revoked=UUID(int=7))
    play.play(2.0, CLOSED, wish=Wish(UUID(int=7), 10.0))
    assert (play.outputs, play.events) == ([], ["grant_revoked", "wish_repeated"])
