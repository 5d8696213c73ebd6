"""The barrier's machine in every state it can come to, and under everything that one step can meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from edge.gate_controller.barrier import Limits, Mode, Output, State, Step, Wish, move
from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Position, Sensors
from tests.edge.gate_controller.exploration import (
    DEAD,
    LIMITS,
    NOW_S,
    SENSORS,
    SPANS_S,
    Explored,
    Mover,
    explore,
    later,
)

OPEN_AND_FREE = Sensors(True, Position.OPEN, presence=False, obstacle=False)


@pytest.fixture(scope="module")
def explored() -> Explored:
    return explore()


def test_no_reachable_state_breaks_a_rule(explored: Explored, record_property: Callable[[str, object], None]) -> None:
    """Never lowers on anything beneath, on unknown sensors or against people; emergencies and wishes win; faults keep their rule."""
    counts = {name: len(getattr(explored, name)) for name in ("states", "situations")} | {"steps": explored.steps}
    for name, count in counts.items():
        record_property(name, count)
    print(f"explored {counts['states']} states, {counts['situations']} situations, {counts['steps']} steps")
    assert explored.violations == {}
    assert {state.mode for state in explored.states} == set(Mode)


def _trusting(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    """Takes unknown sensors for a free lane."""
    return move(state, replace(sensors, known=True), now_s=now_s, limits=limits, **inputs)


def _blind_to_the_curtain(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    return move(state, replace(sensors, light_curtain=False), now_s=now_s, limits=limits, **inputs)


def _blind_to_the_key(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    return move(state, replace(sensors, manual_open=False), now_s=now_s, limits=limits, **inputs)


def _hasty(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    """Does not wait until it has been free for long enough."""
    return move(state, sensors, now_s=now_s, limits=replace(limits, clear_s=0.0), **inputs)


def _impatient(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    """Takes an arm on its way up for an open one."""
    seen = replace(sensors, position=Position.OPEN) if sensors.position is Position.OPENING else sensors
    return move(state, seen, now_s=now_s, limits=limits, **inputs)


def _deaf_in_a_fault(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    """A fault keeps an emergency from opening."""
    seen = replace(sensors, emergency_open=False) if state.mode is Mode.FAULT else sensors
    return move(state, seen, now_s=now_s, limits=limits, **inputs)


def _sticky(state: State, sensors: Sensors, *, now_s: float, limits: Limits, **inputs: object) -> Step:
    """Takes over an arm that people raised."""
    return move(replace(state, ours=True), sensors, now_s=now_s, limits=limits, **inputs)


@pytest.mark.parametrize(
    ("variant", "violation"),
    [
        (_trusting, "lowered while nothing was known"),
        (_blind_to_the_curtain, "lowered while something was sensed beneath"),
        (_blind_to_the_key, "lowered what people hold or raised"),
        (_hasty, "lowered before it was free for long enough"),
        (_impatient, "lowered an arm that it had not raised and seen open"),
        (_deaf_in_a_fault, "an emergency did not win"),
        (_sticky, "lowered what people hold or raised"),
    ],
)
def test_exploration_finds_a_planted_violation(variant: Mover, violation: str) -> None:
    """A machine with one rule broken is caught, with the shortest way there: the exploration is no empty ritual."""
    story = explore(variant, until=violation).violations[violation]
    print(f"{violation}:", *story, sep="\n  ")
    assert 1 < len(story) < 8


def test_dead_wishes_change_nothing(explored: Explored) -> None:
    """A wish that has expired or came before leads to the very state and command that no wish leads to, in every state."""
    for state in explored.states:
        for span_s in SPANS_S:
            now = later(state, span_s)
            for sensors in SENSORS:
                without = move(now, sensors, now_s=NOW_S, limits=LIMITS)
                for wish in DEAD:
                    result = move(now, sensors, now_s=NOW_S, limits=LIMITS, wish=wish)
                    assert (result.state, result.output) == (without.state, without.output)


def test_revoked_wish_is_dead_in_every_state(explored: Explored) -> None:
    """Revoked before it came or while it was waited for: it is waited for no more, and coming again it does nothing."""
    for state in explored.states:
        for wish_id in (*state.awaited, UUID(int=99)):
            now = later(state, 0.0)
            revoked = move(now, OPEN_AND_FREE, now_s=NOW_S, limits=LIMITS, revoked=wish_id).state
            assert wish_id not in revoked.awaited
            again = Wish(wish_id, NOW_S + 1)
            late = move(revoked, OPEN_AND_FREE, now_s=NOW_S, limits=LIMITS, wish=again)
            without = move(revoked, OPEN_AND_FREE, now_s=NOW_S, limits=LIMITS)
            assert (late.state, late.output) == (without.state, without.output)


def test_an_arm_of_ours_comes_down_from_every_open_state(explored: Explored) -> None:
    """Open, raised by the machine, free and nobody there: in time it lowers. Raised by people: never."""
    opened = [state for state in explored.states if state.mode is Mode.OPEN and state.commanded is not Position.CLOSED]
    assert {state.ours for state in opened} == {True, False}
    for state in opened:
        now, outputs = later(state, 0.0), []
        for second in range(6):
            result = move(now, OPEN_AND_FREE, now_s=NOW_S + second, limits=LIMITS)
            now = result.state
            outputs.append(result.output)
        assert (Output.LOWER in outputs) == state.ours


PAGE = (Path(__file__).parents[3] / "docs" / "barrier.md").read_text("utf-8")


def _rows(title: str) -> list[list[str]]:
    """The rows of the table below a title of the page, without their marks."""
    part = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ").replace("`", "").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line] for line in lines]


def test_page_tells_every_change_of_mode(explored: Explored) -> None:
    """docs/barrier.md has the machine's table: no change that is missing, none that cannot happen."""
    told = {
        (mode.strip(), event, "" if output == "–" else output, to)
        for modes, event, output, to in _rows("Modes")
        for mode in modes.split(",")
    }
    assert told == {(mode, event, output or "", to) for mode, event, output, to in explored.changes}


def test_page_tells_every_event_and_input() -> None:
    """docs/barrier.md explains what stands in a passage, and what is wired."""
    assert [row[0] for row in _rows("Events")] == list(Event)
    assert {row[0] for row in _rows("Inputs")} | {"known"} == set(Sensors.__dataclass_fields__)


def test_page_tells_how_much_was_explored(explored: Explored) -> None:
    """Whoever changes the machine says how large it is now."""
    counts = f"{len(explored.states)} states, {len(explored.situations)} situations"
    assert counts in PAGE
    assert f"{explored.steps:,} steps" in PAGE
