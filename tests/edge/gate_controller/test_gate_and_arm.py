"""The machine at a barrier with physics: whatever traffic, keys and failures do, in whatever order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.gate_controller.barrier import Limits, Mode, Output, State, Wish, step
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.simulated import SimulatedArm, SimulatedDriver

POLL_S = 0.1
LIMITS = Limits(travel_timeout_s=3.0, clear_s=1.0, wait_for_vehicle_s=8.0, differs_s=4.0, long_stay_s=30.0)
POLLS = st.integers(1, 60)


class GateAndArm(RuleBasedStateMachine):
    """A gate that is polled ten times a second, and everything that can happen to it meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.arm = SimulatedArm()
        self.driver = SimulatedDriver(self.arm, clock=lambda: self.now_s)
        self.state = State()
        self.wishes: list[Wish] = []
        self.held = False
        self.free_s: float | None = None
        self.commands: list[Output] = []
        self.last_command_seen_open = False

    @initialize(loop=st.booleans())
    def fit(self, loop: bool) -> None:
        """With a loop in front of the arm, or without."""
        self.arm.before = False if loop else None

    def _poll(self, wish: Wish | None = None, revoked: UUID | None = None) -> Output | None:
        self.now_s += POLL_S
        sensors = self.driver.sense()
        free = sensors.known and not (sensors.presence or sensors.light_curtain)
        self.free_s = (0.0 if self.free_s is None else self.free_s + POLL_S) if free else None
        if sensors.known and sensors.position is Position.OPEN:
            self.last_command_seen_open = True
        result = step(self.state, sensors, now_s=self.now_s, limits=LIMITS, wish=wish, held=self.held, revoked=revoked)
        self.state = result.state
        if result.output is not None:
            self._obey(result.output, sensors)
        return result.output

    def _obey(self, output: Output, sensors: Sensors) -> None:
        if output is Output.RAISE:
            self.driver.raise_arm()
        else:
            assert self.free_s is not None
            assert self.free_s >= LIMITS.clear_s - POLL_S / 2
            assert not self.held
            assert not sensors.manual_open
            assert not sensors.emergency_open
            assert self.last_command_seen_open
            assert self.driver.lower_arm()  # the arm's own safety never has to refuse
        self.commands.append(output)
        self.last_command_seen_open = sensors.sees(Position.OPEN) and output is Output.RAISE

    @rule(polls=POLLS)
    def time_passes(self, polls: int) -> None:
        for _ in range(polls):
            self._poll()

    @rule()
    def somebody_wishes(self) -> None:
        wish = Wish(UUID(int=len(self.wishes) + 1), self.now_s + 5)
        self.wishes.append(wish)
        self._poll(wish)
        assert self.state.mode in (Mode.OPENING, Mode.OPEN, Mode.EMERGENCY)

    @rule(data=st.data())
    def wish_comes_again(self, data: st.DataObject) -> None:
        """A command that the link delivers twice raises nothing by itself."""
        if self.wishes and self.state.mode is Mode.CLOSED and self.driver.sense().sees(Position.CLOSED):
            wish = data.draw(st.sampled_from(self.wishes[-10:]))
            if not self.arm.emergency_open:
                assert self._poll(wish) is None

    @rule(data=st.data())
    def vehicle_reverses_out(self, data: st.DataObject) -> None:
        if self.wishes:
            wish = data.draw(st.sampled_from(self.wishes))
            self._poll(revoked=wish.wish_id)
            assert wish.wish_id not in self.state.awaited

    @rule(name=st.sampled_from(["presence", "light_curtain", "emergency_open", "jammed"]), on=st.booleans())
    def input_changes(self, name: str, on: bool) -> None:
        setattr(self.arm, name, on)

    @rule(on=st.booleans())
    def front_loop_changes(self, on: bool) -> None:
        if self.arm.before is not None:
            self.arm.before = on

    @rule(on=st.booleans())
    def key_is_turned(self, on: bool) -> None:
        self.arm.manual_open = on
        if on:
            self.arm.open()

    @rule(up=st.booleans())
    def somebody_moves_the_arm(self, up: bool) -> None:
        """At the barrier's own panel, which tells us nothing."""
        if up:
            self.arm.open()
        else:
            self.arm.close()

    @rule(on=st.booleans())
    def sensors_answer(self, on: bool) -> None:
        self.driver.answering = on

    @rule(held=st.booleans())
    def officer_holds(self, held: bool) -> None:
        self.held = held

    @invariant()
    def fault_has_a_name(self) -> None:
        assert (self.state.mode is Mode.FAULT) == (self.state.fault is not None)

    @invariant()
    def nobody_is_awaited_at_an_arm_of_people(self) -> None:
        assert self.state.ours or not self.state.awaited

    def teardown(self) -> None:
        """Whatever happened: once all is quiet, a wish opens, the vehicle passes, and the arm closes behind it."""
        self.arm.presence = self.arm.light_curtain = self.arm.emergency_open = False
        self.arm.manual_open = self.arm.jammed = self.held = False
        self.driver.answering = True
        self.time_passes(60)
        self.somebody_wishes()
        self.time_passes(40)
        assert self.arm.position is Position.OPEN
        self.arm.presence = True
        self.time_passes(20)
        self.arm.presence = False
        self.time_passes(60)
        assert (self.arm.position, self.state.mode) == (Position.CLOSED, Mode.CLOSED)


GateAndArm.TestCase.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
TestGateAndArm = GateAndArm.TestCase
