"""A simulated barrier: an arm that takes its time, a presence loop, and a hand that can raise it.

It speaks like an HTTP relay with inputs (see `server.py`). Like a real one it has its own safety: it does not
lower onto a vehicle, whatever it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

_TRAVEL_S = 1.5


@dataclass
class SimBarrier:
    """Arm position 0 (closed) to 1 (open), moved by `tick`."""

    arm: float = 0.0
    target: float = 0.0
    presence: bool = False
    manual_open: bool = False
    opened: int = 0
    refused: int = 0

    def open(self) -> None:
        """Raise the arm."""
        if self.target != 1.0:
            self.opened += 1
        self.target = 1.0

    def close(self) -> None:
        """Lower the arm, unless something stands beneath."""
        if self.presence:
            self.refused += 1
        else:
            self.target = 0.0

    def by_hand(self, *, raise_arm: bool) -> None:
        """The officer's key."""
        self.manual_open = raise_arm
        if raise_arm:
            self.open()
        else:
            self.close()

    def tick(self, elapsed_s: float) -> None:
        """Let time pass. An arm that is coming down goes up again when something comes beneath."""
        if self.presence and self.arm > 0.0 and self.target == 0.0:
            self.target = 1.0
        step = elapsed_s / _TRAVEL_S
        self.arm = min(self.target, self.arm + step) if self.target > self.arm else max(self.target, self.arm - step)

    @property
    def position(self) -> str:
        """`closed`, `opening`, `open` or `closing`, as its limit switches tell."""
        if self.arm in (0.0, 1.0) and self.arm == self.target:
            return "open" if self.arm else "closed"
        return "opening" if self.target else "closing"
