"""A barrier without hardware: an arm that takes its time, its limit switches, its own safety device and a key.

Like a real one it does not lower onto a vehicle, whatever it is told. The demo's barriers are made of it too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.gate_controller.inputs import Position, Sensors


@dataclass
class SimulatedArm:
    """Arm position 0 (closed) to 1 (open), moved by `tick`. Its inputs and `jammed` are set from outside."""

    arm: float = 0.0
    target: float = 0.0
    travel_s: float = 1.5
    presence: bool = False
    light_curtain: bool = False
    before: bool | None = None
    manual_open: bool = False
    emergency_open: bool = False
    jammed: bool = False
    """The motor turns and the arm does not move."""

    def open(self) -> None:
        """Raise the arm."""
        self.target = 1.0

    def close(self) -> bool:
        """Lower the arm; false when something stands beneath, and it stays up."""
        if self.blocked:
            return False
        self.target = 0.0
        return True

    @property
    def blocked(self) -> bool:
        """Something is beneath, as the barrier's own safety device sees it."""
        return self.presence or self.light_curtain

    def tick(self, elapsed_s: float) -> None:
        """Let time pass. An arm that is coming down goes up again when something comes beneath."""
        if self.blocked and self.arm > 0.0 and self.target == 0.0:
            self.target = 1.0
        step = 0.0 if self.jammed else elapsed_s / self.travel_s
        self.arm = min(self.target, self.arm + step) if self.target > self.arm else max(self.target, self.arm - step)

    @property
    def position(self) -> Position:
        """What its limit switches and its motor tell."""
        if self.arm in (0.0, 1.0) and self.arm == self.target:
            return Position.OPEN if self.arm else Position.CLOSED
        return Position.OPENING if self.target else Position.CLOSING

    def sensors(self) -> Sensors:
        """Its inputs."""
        return Sensors(
            True,
            self.position,
            self.presence,
            obstacle=False,
            manual_open=self.manual_open,
            light_curtain=self.light_curtain,
            before=self.before,
            emergency_open=self.emergency_open,
        )


@dataclass
class SimulatedDriver:
    """A simulated barrier moved by the clock; for a lane that is being set up, and for tests."""

    arm: SimulatedArm = field(default_factory=SimulatedArm)
    answering: bool = True
    clock: Callable[[], float] = time.monotonic
    _ticked_s: float | None = None

    def sense(self) -> Sensors:
        """Its inputs now."""
        self._tick()
        return self.arm.sensors() if self.answering else Sensors(known=False)

    def raise_arm(self) -> bool:
        """Begin to open."""
        self._tick()
        self.arm.open()
        return True

    def lower_arm(self) -> bool:
        """Begin to close, unless something stands beneath."""
        self._tick()
        return self.arm.close()

    def close(self) -> None:
        """Nothing to give back."""

    def _tick(self) -> None:
        now_s = self.clock()
        self.arm.tick(0.0 if self._ticked_s is None else now_s - self._ticked_s)
        self._ticked_s = now_s
