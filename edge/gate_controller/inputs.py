"""What is sensed at a barrier at one moment. `docs/barrier.md` says what each input stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Position(StrEnum):
    """What the limit switches say; `unknown` is neither end, or both at once."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sensors:
    """Inputs at one moment; `known` is false when they are stale or the driver does not answer.

    Attributes:
        position: where the arm is.
        presence: the loop below the arm senses a vehicle.
        obstacle: the barrier's own protective device (contact edge, torque limit) has met something.
        manual_open: an officer's key holds the arm open.
        light_curtain: a beam across the lane below the arm is broken.
        before: the loop in front of the arm senses a vehicle; None where there is no such loop.
        emergency_open: the emergency input (fire alarm, mushroom button) asks for an open gate.

    """

    known: bool
    position: Position = Position.UNKNOWN
    presence: bool = True
    obstacle: bool = True
    manual_open: bool = False
    light_curtain: bool = False
    before: bool | None = None
    emergency_open: bool = False

    @property
    def free(self) -> bool:
        """Nothing beneath the arm, and that is certain."""
        return self.known and not self.presence and not self.light_curtain and not self.obstacle

    @property
    def emergency(self) -> bool:
        """Somebody is known to need an open gate now."""
        return self.known and self.emergency_open

    def sees(self, *positions: Position) -> bool:
        """Whether the arm is known to be at one of these."""
        return self.known and self.position in positions
