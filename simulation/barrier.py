"""The barrier of a simulated lane: the edge's own simulated arm, with what the truth wants to know of it.

It speaks like an HTTP relay with inputs (see `server.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.gate_controller.simulated import SimulatedArm


@dataclass
class SimBarrier(SimulatedArm):
    """A simulated arm that counts how often it was opened, and how often it refused to close on a vehicle."""

    opened: int = 0
    refused: int = 0

    def open(self) -> None:
        """Raise the arm."""
        if self.target != 1.0:
            self.opened += 1
        super().open()

    def close(self) -> bool:
        """Lower the arm, unless something stands beneath."""
        closes = super().close()
        if not closes:
            self.refused += 1
        return closes

    def by_hand(self, *, raise_arm: bool) -> None:
        """The officer's key."""
        self.manual_open = raise_arm
        if raise_arm:
            self.open()
        else:
            self.close()
