"""What happens at a visit, and how often: the shares of a made-up province. Where no source is given, assumptions."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Plan(IntEnum):
    """What is special about a visit; at most one thing, so that the truth is plain."""

    ORDINARY = 0
    UNDECLARED = 1
    """Neither way in nor out was declared."""
    WRONG_GATE = 2
    WRONG_DIRECTION = 3
    OUTSIDE_WINDOW = 4
    NOT_CLEARED = 5
    CLONE = 6
    """A second lorry bears its plate, at another gate minutes before or after."""
    RE_PAIRED = 7
    """It leaves with the trailer, or the container, of another."""
    OVERSTAY = 8
    LOST_OUT = 9
    """It left where no camera is, and comes in again."""
    LOST_IN = 10
    """It came in where no camera is, and goes out again."""
    DUPLICATE = 11
    """One way was declared twice."""
    SEEN_TWICE = 12
    """Its passage was told twice."""
    CANCELLED = 13
    """One way was declared, cancelled and declared anew."""


_RARE: Final = {
    Plan.UNDECLARED: 0.02,
    Plan.WRONG_GATE: 0.012,
    Plan.WRONG_DIRECTION: 0.008,
    Plan.OUTSIDE_WINDOW: 0.016,
    Plan.NOT_CLEARED: 0.016,
    Plan.CLONE: 0.006,
    Plan.RE_PAIRED: 0.016,
    Plan.OVERSTAY: 0.012,
    Plan.LOST_OUT: 0.008,
    Plan.LOST_IN: 0.008,
    Plan.DUPLICATE: 0.02,
    Plan.SEEN_TWICE: 0.006,
    Plan.CANCELLED: 0.01,
}
SHARES: Final = {plan: _RARE.get(plan, 1.0 - sum(_RARE.values())) for plan in Plan}
"""Of the visits."""
NO_SHOWS: Final = 0.02
"""Declarations nobody comes for, per visit."""
CANCELLED: Final = 0.01
"""Declarations that were cancelled and nobody comes for, per visit."""
EDITED: Final = 0.1
LATE_DECLARED: Final = 0.015
"""Declarations that come in up to three hours after the passage."""
TRAILER_LEFT_OUT, CONTAINER_LEFT_OUT = 0.1, 0.1
"""Declarations that say nothing of a trailer, or a container, that is there."""
CLEARANCE_UNTOLD: Final = 0.05
"""Declarations whose clearance the platform says nothing about."""
WITHIN_SLACK: Final = 0.04
"""Passages up to 25 minutes before or after their window, which is on time."""
FRONT_UNREAD, REAR_UNREAD, CONTAINER_UNREAD = 0.02, 0.06, 0.35
"""Of the plates and containers that are there. A vehicle is seen in many frames: fewer than of single pictures."""
LATE_TOLD, LATE_H = 0.02, 6.0
"""Passages that reach central up to so many hours after they happened."""
