"""May this vehicle pass? Pure: exact matches only, time is passed in."""

from __future__ import annotations

from datetime import datetime

from contract.messages import AccessList, Decision, DecisionReason, Direction, LaneMode, PlateRead, Verdict
from contract.plate import normalise
from edge.gate_controller.settings import Passback


def lacking_to_decide(access: AccessList | None, *, now: datetime, clock_trusted: bool) -> str | None:
    """What is lacking for a lane to act alone, in words; None for nothing. Pure."""
    if not clock_trusted:
        return "the node's clock was never set"
    if access is None:
        return "the node has no access list signed by central"
    if now >= access.expires_at:
        return f"the access list expired at {access.expires_at.isoformat(timespec='seconds')}"
    return None


def decide(
    plate: PlateRead | None,
    *,
    mode: LaneMode,
    direction: Direction,
    access: AccessList | None,
    open_confidence: float,
    now: datetime,
    clock_trusted: bool = True,
    passback: Passback = Passback.OFF,
) -> Decision:
    """Grant only on an exact, confident plate that is listed for this direction and time, in a lane that may act alone.

    Everything else asks a person (`ask`): the official decides, not the software. An expired or absent list
    makes every lane ask, and so does a clock that was never set: on it no list has an age and no window a time.
    `passback` is for a vehicle that, as far as this node knows, is already on the side it wants to go to.
    """

    def answer(verdict: Verdict, reason: DecisionReason) -> Decision:
        return Decision(verdict=verdict, reason=reason, at=now, access_list_version=access.version if access else None)

    if mode is LaneMode.MANUAL:
        return answer(Verdict.ASK, DecisionReason.LANE_MANUAL)
    if plate is None:
        return answer(Verdict.ASK, DecisionReason.UNREADABLE)
    if access is None or lacking_to_decide(access, now=now, clock_trusted=clock_trusted) is not None:
        return answer(Verdict.ASK, DecisionReason.LIST_EXPIRED)
    text = normalise(plate.text)
    entries = [entry for entry in access.entries if normalise(entry.plate) == text and entry.direction is direction]
    if not entries:
        return answer(Verdict.ASK, DecisionReason.NOT_LISTED)
    if not any(entry.valid_from <= now < entry.valid_until for entry in entries):
        return answer(Verdict.ASK, DecisionReason.OUTSIDE_WINDOW)
    if plate.confidence < open_confidence:
        return answer(Verdict.ASK, DecisionReason.LOW_CONFIDENCE)
    if passback is not Passback.OFF:
        lets_pass = mode is LaneMode.AUTO and passback is Passback.SOFT
        return answer(Verdict.GRANT if lets_pass else Verdict.ASK, DecisionReason.PASSBACK)
    if mode is LaneMode.ASSIST:
        return answer(Verdict.ASK, DecisionReason.LANE_ASSIST)
    return answer(Verdict.GRANT, DecisionReason.LISTED_EXACT)
