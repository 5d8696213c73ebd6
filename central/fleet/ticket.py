"""What may become of a ticket: a pure state machine. People say what they did; only the device says that it works.

open ─► acknowledged ─► on_site ─► repaired ─┐
  └────────────┴───────────┴─────────────────┴─► verified ─► closed        (by evidence: healthy for a while)
verified, closed ─► open                                                  (by evidence: a relapse)
any but verified ─► cancelled, merged                                     (by people; never while evidence stands)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketState
from contract.errors import SmartGateError


class TicketAction(StrEnum):
    """What people do."""

    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    REPAIR = "repair"
    CLOSE = "close"
    CANCEL = "cancel"


class Refusal(StrEnum):
    """Why something cannot be done with a ticket."""

    NOT_NOW = "not_now"
    """Not in this state."""
    EVIDENCE_STANDS = "evidence_stands"
    NO_REASON = "no_reason"
    CHANGED = "changed"
    """Somebody else was faster."""
    SAME = "same"
    """A ticket cannot be merged into itself, or into one that is settled."""
    EMPTY = "empty"
    NO_PICTURE = "no_picture"
    TOO_LARGE = "too_large"


class TicketRefusedError(SmartGateError, ValueError):
    """Nothing was changed."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class TicketRules:
    """How long evidence must last.

    Attributes:
        verified_after: healthy for so long, and the ticket is verified.
        closed_after: verified for so long, and it closes by itself.
        relapsed_after: ill again for so long, and a ticket that was verified or closed opens again,
        relapse_within: if it was closed no longer ago than this.

    """

    verified_after: timedelta
    closed_after: timedelta
    relapsed_after: timedelta
    relapse_within: timedelta


_FROM: Final = {
    TicketAction.ACKNOWLEDGE: {TicketState.OPEN},
    TicketAction.ARRIVE: {TicketState.OPEN, TicketState.ACKNOWLEDGED},
    TicketAction.REPAIR: {TicketState.OPEN, TicketState.ACKNOWLEDGED, TicketState.ON_SITE},
    TicketAction.CLOSE: {TicketState.VERIFIED},
    TicketAction.CANCEL: {state for state in TicketState if state.waits_for_people},
}
_TO: Final = {
    TicketAction.ACKNOWLEDGE: TicketState.ACKNOWLEDGED,
    TicketAction.ARRIVE: TicketState.ON_SITE,
    TicketAction.REPAIR: TicketState.REPAIRED,
    TicketAction.CLOSE: TicketState.CLOSED,
    TicketAction.CANCEL: TicketState.CANCELLED,
}
_ENTRIES: Final = {state: EntryKind(state.value) for state in _TO.values()}


def actions(ticket: Ticket) -> tuple[TicketAction, ...]:
    """What people can do with it now, the next step first."""
    cannot = {TicketAction.CANCEL} if ticket.evidence is Evidence.STANDS else set()
    return tuple(action for action in TicketAction if ticket.state in _FROM[action] and action not in cannot)


def entry_of(action: TicketAction) -> EntryKind:
    """How an action stands on record."""
    return _ENTRIES[_TO[action]]


def act(ticket: Ticket, action: TicketAction, *, at: datetime, reason: str = "") -> Ticket:
    """The ticket after somebody did something.

    Raises:
        TicketRefusedError: not in this state, not while the evidence stands, or not without a reason.

    """
    if ticket.state not in _FROM[action]:
        raise TicketRefusedError(
            Refusal.NOT_NOW,
            f"expected a ticket in one of {', '.join(sorted(_FROM[action]))} to {action.value}, "
            f"this one is {ticket.state.value}; look at it again",
        )
    if action is TicketAction.CANCEL:
        if ticket.evidence is Evidence.STANDS:
            raise TicketRefusedError(
                Refusal.EVIDENCE_STANDS, f"the device still tells {ticket.cause}: repair it, or merge the ticket"
            )
        if not reason.strip():
            raise TicketRefusedError(Refusal.NO_REASON, "expected a reason for cancelling, got none")
    return replace(ticket, state=_TO[action], state_at=at)


def merge(ticket: Ticket, into: Ticket, *, at: datetime) -> Ticket:
    """The ticket after somebody said that it has the same cause as another, which goes on for both.

    Raises:
        TicketRefusedError: one of them is settled or verified, or both are the same.

    """
    if ticket.ticket_id == into.ticket_id or not into.state.waits_for_people:
        raise TicketRefusedError(Refusal.SAME, f"ticket {into.ticket_id} cannot go on for {ticket.ticket_id}")
    if not ticket.state.waits_for_people:
        raise TicketRefusedError(Refusal.NOT_NOW, f"a ticket that is {ticket.state.value} cannot be merged")
    return replace(ticket, state=TicketState.MERGED, state_at=at, merged_into=into.ticket_id)


def see(ticket: Ticket, evidence: Evidence, at: datetime, rules: TicketRules) -> Ticket:
    """The ticket after a look at its devices; the same one where nothing follows from it."""
    if evidence is not ticket.evidence:
        ticket = replace(ticket, evidence=evidence, evidence_at=at)
    if evidence is Evidence.STANDS and at - ticket.evidence_at >= rules.relapsed_after:
        relapses = ticket.state is TicketState.VERIFIED or (
            ticket.state is TicketState.CLOSED and ticket.evidence_at - ticket.state_at <= rules.relapse_within
        )
        if relapses:
            return replace(ticket, state=TicketState.OPEN, state_at=at, reopened=ticket.reopened + 1)
    if evidence is Evidence.HEALED:
        if ticket.state.waits_for_people and at - ticket.evidence_at >= rules.verified_after:
            return replace(ticket, state=TicketState.VERIFIED, state_at=at)
        if ticket.state is TicketState.VERIFIED and at - ticket.state_at >= rules.closed_after:
            return replace(ticket, state=TicketState.CLOSED, state_at=at)
    return ticket
