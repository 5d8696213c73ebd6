"""What a barrier can tell: facts in the past tense, as they stand in a passage. `docs/barrier.md` explains each."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """A fact of one barrier."""

    OPEN_COMMANDED = "open_commanded"
    OPEN_EXTENDED = "open_extended"
    OPENED = "opened"
    OPENED_BY_HAND = "opened_by_hand"
    OPENED_WITHOUT_COMMAND = "opened_without_command"
    DID_NOT_OPEN = "did_not_open"
    CLOSE_COMMANDED = "close_commanded"
    RAISED_AGAIN = "raised_again"
    CLOSED = "closed"
    CLOSED_WITHOUT_COMMAND = "closed_without_command"
    DID_NOT_CLOSE = "did_not_close"
    POSITION_DIFFERS = "position_differs"
    FAULT_ENDED_OPEN = "fault_ended_open"
    FAULT_ENDED_CLOSED = "fault_ended_closed"
    EMERGENCY_OPENED = "emergency_opened"
    EMERGENCY_OVER = "emergency_over"
    GRANT_REVOKED = "grant_revoked"
    WISH_REPEATED = "wish_repeated"
    WISH_EXPIRED = "wish_expired"
    TAILGATED = "tailgated"
    WRONG_WAY = "wrong_way"
    STAYS_BENEATH = "stays_beneath"
    DRIVER_REFUSED = "driver_refused"
    SENSORS_LOST = "sensors_lost"
    SENSORS_BACK = "sensors_back"
