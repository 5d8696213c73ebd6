"""Tickets: what is to be put right, with everything that happened to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, or_, select, update

from central.store.database import Database, StoreUnavailable, Transaction
from central.store.device_key import DeviceKey, is_device, key_of, key_values
from central.store.records import EventKind
from central.store.schema_tickets import ticket_devices, ticket_entries, tickets
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketEntry, TicketState
from contract.messages import Severity

_UNSETTLED = [state for state in TicketState if not state.is_settled]


class Tickets:
    """`store.tickets`. What may follow what is known to `central.fleet.ticket`; here it is kept."""

    def __init__(self, database: Database, folder: Path) -> None:
        """`folder`: where the pictures of tickets are, each named by its hash."""
        self._database = database
        self._folder = folder

    def get(self, ticket_id: int) -> Ticket | None:
        """One ticket."""
        row = self._database.first(select(tickets).where(tickets.c.ticket_id == ticket_id))
        return _ticket(row) if row else None

    def list(
        self,
        *,
        states: Iterable[TicketState] = (),
        of: str | None = None,
        device: DeviceKey | None = None,
        overdue_at: datetime | None = None,
        limit: int = 200,
    ) -> tuple[Ticket, ...]:
        """Tickets that fit all that is asked for: the gravest first, then the oldest; settled ones last.

        `device`: one that they are about; a site stands for all that is in it.
        `of`: a person or unit that is in charge of it, or has done something with it.
        """
        wanted: list[ColumnElement[bool]] = []
        if states := tuple(states):
            wanted.append(tickets.c.state.in_(states))
        if of is not None:
            did = select(ticket_entries.c.ticket_id).where(ticket_entries.c.actor == of)
            wanted.append(or_(tickets.c.assignee == of, tickets.c.ticket_id.in_(did)))
        if device is not None:
            whole_site = (ticket_devices.c.site == device.site,)
            its = is_device(ticket_devices, device) if device.node else whole_site
            mine = select(ticket_devices.c.ticket_id).where(*its)
            wanted.append(tickets.c.ticket_id.in_(mine))
        if overdue_at is not None:
            wanted.append(tickets.c.due_at <= overdue_at)
        newest = select(tickets).where(*wanted).order_by(tickets.c.ticket_id.desc()).limit(limit)
        found = [_ticket(row) for row in self._database.rows(newest)]
        gravity = list(reversed(Severity))
        return tuple(sorted(found, key=lambda t: (t.state.is_settled, gravity.index(t.severity), t.opened_at)))

    def of_concern(self, *, closed_after: datetime) -> tuple[Ticket, ...]:
        """All that is not settled, and what was closed after a moment and may relapse; by number."""
        relapsing = (tickets.c.state == TicketState.CLOSED) & (tickets.c.state_at > closed_after)
        return self._tickets(
            select(tickets).where(or_(tickets.c.state.in_(_UNSETTLED), relapsing)).order_by(tickets.c.ticket_id)
        )

    def counts(self) -> Mapping[TicketState, int]:
        """How many tickets there are in each state that is not settled."""
        statement = select(tickets.c.state, func.count().label("number")).where(tickets.c.state.in_(_UNSETTLED))
        rows = self._database.rows(statement.group_by(tickets.c.state))
        return {TicketState(row["state"]): row["number"] for row in rows}

    def add(self, transaction: Transaction, ticket: Ticket) -> Ticket:
        """Keep a new ticket; with its number."""
        number = transaction.insert(tickets, _values(ticket))
        transaction.event(EventKind.TICKET, str(number), ticket.device.site)
        return replace(ticket, ticket_id=number)

    def save(self, transaction: Transaction, before: Ticket, after: Ticket) -> Ticket | None:
        """Keep a change; None when somebody else was faster: look again, nothing was written."""
        changed = replace(after, version=before.version + 1)
        same = (tickets.c.ticket_id == before.ticket_id, tickets.c.version == before.version)
        if not transaction.run(update(tickets).where(*same).values(_values(changed))):
            return None
        transaction.event(EventKind.TICKET, str(before.ticket_id), before.device.site)
        return changed

    def devices(self, ticket_ids: Sequence[int]) -> Mapping[int, tuple[TicketDevice, ...]]:
        """What each of these tickets is about, what came first first."""
        found: dict[int, list[TicketDevice]] = {number: [] for number in ticket_ids}
        statement = select(ticket_devices).where(ticket_devices.c.ticket_id.in_(ticket_ids))
        order = (ticket_devices.c[name] for name in ("added_at", "site", "node", "camera"))
        for row in self._database.rows(statement.order_by(*order)):
            device = TicketDevice(key_of(row), row["lane"], row["cause"], row["added_at"])
            found[row["ticket_id"]].append(device)
        return {number: tuple(devices) for number, devices in found.items()}

    def add_devices(self, transaction: Transaction, ticket_id: int, devices: Iterable[TicketDevice]) -> None:
        """A ticket is about these, too."""
        for one in devices:
            values = {"lane": one.lane, "cause": one.cause, "added_at": one.added_at}
            transaction.insert_new(ticket_devices, {"ticket_id": ticket_id, **key_values(one.device), **values})

    def entries(self, ticket_id: int) -> tuple[TicketEntry, ...]:
        """All that happened to a ticket, the first first."""
        statement = select(ticket_entries).where(ticket_entries.c.ticket_id == ticket_id)
        return tuple(_entry(row) for row in self._database.rows(statement.order_by(ticket_entries.c.entry_id)))

    def note(
        self,
        transaction: Transaction,
        ticket: Ticket,
        kind: EntryKind,
        *,
        actor: str = "",
        text: str = "",
        detail: Mapping[str, Any] | None = None,
        picture: bytes | None = None,
        to_tell: bool = False,
    ) -> None:
        """Note what happened. `to_tell`: it belongs into the next notice."""
        sha256 = None if picture is None else self._keep(transaction, picture)
        said = {"ticket_id": ticket.ticket_id, "at": transaction.at, "actor": actor, "kind": kind, "text": text}
        transaction.insert(ticket_entries, said | {"detail": dict(detail or {}), "picture": sha256, "to_tell": to_tell})
        transaction.event(EventKind.TICKET, str(ticket.ticket_id), ticket.device.site)

    def picture(self, sha256: str) -> bytes | None:
        """A picture of a ticket; None when it is gone."""
        path = self._place(sha256)
        return path.read_bytes() if path.is_file() else None

    def _keep(self, transaction: Transaction, picture: bytes) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        try:
            transaction.files.write(self._place(sha256), picture)
        except OSError as error:  # the disk is full or gone: nothing is wrong with the picture
            raise StoreUnavailable(f"a picture cannot be written: {error}") from error
        return sha256

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def _tickets(self, statement: Select[Any]) -> tuple[Ticket, ...]:
        return tuple(_ticket(row) for row in self._database.rows(statement))


def _values(ticket: Ticket) -> dict[str, Any]:
    named = {"ticket_id", "device"}
    return key_values(ticket.device) | {name: value for name, value in asdict(ticket).items() if name not in named}


def _ticket(row: RowMapping) -> Ticket:
    named = {"kind", "site", "node", "camera"}
    told = {name: value for name, value in row.items() if name not in named}
    words = {
        "severity": Severity(row["severity"]),
        "state": TicketState(row["state"]),
        "evidence": Evidence(row["evidence"]),
    }
    return Ticket(device=key_of(row), **(told | words))


def _entry(row: RowMapping) -> TicketEntry:
    told = {name: value for name, value in row.items() if name not in {"to_tell", "notice_id"}}
    return TicketEntry(**(told | {"kind": EntryKind(row["kind"])}))
