"""What the store keeps of tickets and of what is told about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from central.store.device_key import DeviceKey
from contract.messages import Severity


class TicketState(StrEnum):
    """How far a ticket has come."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """Somebody has taken it on."""
    ON_SITE = "on_site"
    REPAIRED = "repaired"
    """A person says so; the device has not confirmed it yet."""
    VERIFIED = "verified"
    """The device itself has been healthy for a while."""
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"
    """It has the same cause as another one, and is gone on with there."""

    @property
    def waits_for_people(self) -> bool:
        """Whether work is still to be done."""
        return self in _WORKING

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes, but for a relapse."""
        return self in {TicketState.CLOSED, TicketState.CANCELLED, TicketState.MERGED}


_WORKING = frozenset({TicketState.OPEN, TicketState.ACKNOWLEDGED, TicketState.ON_SITE, TicketState.REPAIRED})


class Evidence(StrEnum):
    """What the devices of a ticket say of its cause now."""

    STANDS = "stands"
    UNCLEAR = "unclear"
    """Nobody can say: silent, just started, not to be judged now, or ill of something else."""
    HEALED = "healed"


class EntryKind(StrEnum):
    """What happened to a ticket."""

    OPENED = "opened"
    REOPENED = "reopened"
    ACKNOWLEDGED = "acknowledged"
    ON_SITE = "on_site"
    REPAIRED = "repaired"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"
    JOINED = "joined"
    """Another ticket of the same cause, or another device, was added to this one."""
    ASSIGNED = "assigned"
    NOTE = "note"
    PHOTO = "photo"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Work on a device, by cause. Its state changes only by `central.fleet.ticket`.

    Attributes:
        cause: code of a `HealthReason` or `NodeTrouble`.
        evidence: what its devices say, since `evidence_at`.
        version: counts every change; who acts names the one that was looked at.
        assignee: name of the unit or person; empty where nobody is known.
        due_at: when somebody should have gone on with it; None when nobody is waited for.

    """

    ticket_id: int
    device: DeviceKey
    lane: str
    cause: str
    severity: Severity
    state: TicketState
    state_at: datetime
    evidence: Evidence
    evidence_at: datetime
    opened_at: datetime
    reopened: int = 0
    version: int = 0
    assignee: str = ""
    merged_into: int | None = None
    due_at: datetime | None = None
    overdue_told_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether somebody should have gone on with it."""
        return self.due_at is not None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class TicketDevice:
    """A device that a ticket is about, and what is wrong with it."""

    device: DeviceKey
    lane: str
    cause: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """Something that happened to a ticket. `actor` is empty where the system did it on evidence."""

    entry_id: int
    ticket_id: int
    at: datetime
    actor: str
    kind: EntryKind
    text: str
    detail: Mapping[str, Any]
    picture: str | None


class DeliveryState(StrEnum):
    """What became of a notice on one channel."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """It was given up after so many tries."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way over one channel. `reason` says why the last try failed."""

    notice_id: int
    channel: str
    state: DeliveryState
    tries: int
    next_at: datetime
    done_at: datetime | None
    reason: str
    made_at: datetime
    payload: str
