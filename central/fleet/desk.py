"""What people do with tickets and maintenance windows: checked, and kept with who and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from central.fleet.ticket import Refusal, TicketAction, TicketRefusedError, act, entry_of, merge
from central.store import Store
from central.store.database import Transaction
from central.store.device_key import DeviceKey
from central.store.ticket_records import EntryKind, Ticket
from contract.errors import SmartGateError

TEXT_CHARACTERS: Final = 2000
PHOTO_BYTES: Final = 12_000_000
"""What the camera of a phone makes of a picture, and some more."""
WINDOW_AT_MOST: Final = timedelta(days=14)
"""A maintenance window must end; longer work gets another one."""
_PICTURES: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def media_type_of(picture: bytes) -> str | None:
    """What kind of picture these bytes begin; None for what is none that browsers show."""
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begin, kind in _PICTURES.items() if picture.startswith(begin)), None)


class TicketDesk:
    """Takes what people say of tickets. Every call says who; `version` is that of the ticket they looked at."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock

    def act(self, number: int, action: TicketAction, *, version: int, actor: str, reason: str = "") -> Ticket:
        """Go on with a ticket.

        Raises:
            TicketRefusedError: not in this state, not while evidence stands, or somebody else was faster.

        """
        before = self._get(number)
        reason = _text(reason)
        with self._store.transaction(self._clock()) as transaction:
            after = act(before, action, at=transaction.at, reason=reason)
            saved = self._save(transaction, before, after, version)
            self._store.tickets.note(transaction, saved, entry_of(action), actor=actor, text=reason)
        return saved

    def merge(self, number: int, into: int, *, version: int, actor: str) -> Ticket:
        """Go on with this ticket in another one of the same cause, which is then about the devices of both.

        Raises:
            TicketRefusedError: one of them is settled, or somebody else was faster.

        """
        before, target = self._get(number), self._store.tickets.get(into)
        if target is None:
            raise TicketRefusedError(Refusal.SAME, f"there is no ticket {into} to go on in")
        about = self._store.tickets.devices([number])[number]
        with self._store.transaction(self._clock()) as transaction:
            saved = self._save(transaction, before, merge(before, target, at=transaction.at), version)
            # the target changes as well: nobody may close it who has not seen what it is about now
            grown = self._save(transaction, target, target, target.version)
            self._store.tickets.add_devices(transaction, into, about)
            detail = {"into": into, "from": number}
            self._store.tickets.note(transaction, saved, EntryKind.MERGED, actor=actor, detail=detail)
            self._store.tickets.note(transaction, grown, EntryKind.JOINED, actor=actor, detail=detail)
        return saved

    def hand_over(self, number: int, assignee: str, *, version: int, actor: str) -> Ticket:
        """Give a ticket to another unit or person.

        Raises:
            TicketRefusedError: nobody is named, it is settled, or somebody else was faster.

        """
        before, assignee = self._get(number), assignee.strip()
        if not assignee or len(assignee) > 120:
            raise TicketRefusedError(Refusal.EMPTY, "expected a name of at most 120 characters to hand over to")
        if before.state.is_settled:
            raise TicketRefusedError(Refusal.NOT_NOW, f"a ticket that is {before.state.value} cannot be handed over")
        with self._store.transaction(self._clock()) as transaction:
            saved = self._save(transaction, before, replace(before, assignee=assignee), version)
            detail = {"before": before.assignee}
            self._store.tickets.note(transaction, saved, EntryKind.ASSIGNED, actor=actor, text=assignee, detail=detail)
        return saved

    def note(self, number: int, text: str, *, actor: str, photo: bytes | None = None) -> None:
        """Add a note, a photo, or a photo with a note. Both are kept whatever others do at the same time.

        Raises:
            TicketRefusedError: there is neither, or the photo is none, or too large.

        """
        ticket, text = self._get(number), _text(text)
        if photo is None and not text:
            raise TicketRefusedError(Refusal.EMPTY, "expected a note or a photo, got neither")
        if photo is not None:
            check_photo(photo)
        kind = EntryKind.NOTE if photo is None else EntryKind.PHOTO
        with self._store.transaction(self._clock()) as transaction:
            self._store.tickets.note(transaction, ticket, kind, actor=actor, text=text, picture=photo)

    def _get(self, number: int) -> Ticket:
        found = self._store.tickets.get(number)
        if found is None:
            raise TicketRefusedError(Refusal.NOT_NOW, f"there is no ticket {number}")
        return found

    def _save(self, transaction: Transaction, before: Ticket, after: Ticket, version: int) -> Ticket:
        saved = self._store.tickets.save(transaction, before, after) if before.version == version else None
        if saved is None:
            last = self._store.tickets.entries(before.ticket_id)[-1]
            raise TicketRefusedError(
                Refusal.CHANGED,
                f"ticket {before.ticket_id} has changed since you looked: {last.actor or 'smart-gate'} "
                f"({last.kind.value}, {last.at:%H:%M:%S} UTC); look at it again",
            )
        return saved


def check_photo(photo: bytes) -> str:
    """The media type of a picture that people add.

    Raises:
        TicketRefusedError: it is none, or too large.

    """
    if len(photo) > PHOTO_BYTES:
        raise TicketRefusedError(
            Refusal.TOO_LARGE, f"expected a picture of at most {PHOTO_BYTES // 1_000_000} MB, got {len(photo)} bytes"
        )
    kind = media_type_of(photo)
    if kind is None:
        raise TicketRefusedError(Refusal.NO_PICTURE, "expected a JPEG, PNG or WebP picture, got something else")
    return kind


def _text(text: str) -> str:
    return text.strip()[:TEXT_CHARACTERS]


class WindowRefusal(StrEnum):
    """Why there can be no such maintenance window."""

    NO_END = "no_end"
    """It ends before it begins, or has ended."""
    TOO_LONG = "too_long"
    NO_REASON = "no_reason"


class WindowRefusedError(SmartGateError, ValueError):
    """No maintenance window was made."""

    def __init__(self, refusal: WindowRefusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


def plan_maintenance(
    store: Store,
    device: DeviceKey,
    *,
    begins_at: datetime,
    ends_at: datetime,
    actor: str,
    reason: str,
    now: datetime,
) -> int:
    """A maintenance window over a device and its parts: what is wrong with them meanwhile is planned. Its number.

    Raises:
        WindowRefusedError: it has no end ahead, lasts too long, or has no reason.

    """
    if ends_at <= begins_at or ends_at <= now:
        raise WindowRefusedError(
            WindowRefusal.NO_END, f"expected an end after {max(begins_at, now):%Y-%m-%d %H:%M} UTC, got {ends_at}"
        )
    if ends_at - begins_at > WINDOW_AT_MOST:
        raise WindowRefusedError(
            WindowRefusal.TOO_LONG, f"expected at most {WINDOW_AT_MOST.days} days, got {ends_at - begins_at}"
        )
    reason = _text(reason)
    if not reason:
        raise WindowRefusedError(WindowRefusal.NO_REASON, "expected what is done there, got nothing")
    with store.transaction(now) as transaction:
        return store.windows.add(transaction, device, begins_at=begins_at, ends_at=ends_at, actor=actor, reason=reason)
