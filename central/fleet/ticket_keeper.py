"""Tickets that open, are verified, close and come back by themselves, on evidence."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from central.fleet.condition import SILENT, Condition, Trouble
from central.fleet.settings import OverdueSettings, TicketSettings
from central.fleet.ticket import see
from central.store import Store
from central.store.database import StoreUnavailable, Transaction
from central.store.device_key import DeviceKey
from central.store.register_records import DeviceKind
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketState
from central.worker import Worker
from contract.messages import HealthLevel, Severity

log = structlog.get_logger(__name__)
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}
_BY_EVIDENCE = {
    TicketState.OPEN: EntryKind.REOPENED,
    TicketState.VERIFIED: EntryKind.VERIFIED,
    TicketState.CLOSED: EntryKind.CLOSED,
}


class TicketKeeper:
    """Looks at the fleet and keeps its tickets. `step` alone serves tests."""

    def __init__(
        self, store: Store, settings: TicketSettings, overdue: OverdueSettings, *, tells: bool, every_s: float = 2.0
    ) -> None:
        """`tells`: whether there is a channel over which people are told."""
        self._store = store
        self._settings = settings
        self._overdue = overdue
        self._tells = tells
        self._every_s = every_s
        self.worker = Worker("tickets", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End."""
        self.worker.stop()

    def step(self, now: datetime) -> None:
        """Look once at everything.

        Raises:
            StoreUnavailable: nothing, or only a part, was written; the rest follows the next time.

        """
        condition = Condition.of(self._store, now)
        rules = self._settings.rules
        known = self._store.tickets.of_concern(closed_after=now - rules.relapse_within - 2 * rules.relapsed_after)
        about = self._store.tickets.devices([ticket.ticket_id for ticket in known])
        gravest = {(trouble.device, trouble.cause): trouble.severity for trouble in condition.troubles()}
        with self._store.transaction(now) as transaction:
            seen = [
                self._look_at(
                    transaction, ticket, about[ticket.ticket_id], condition, gravest.get((ticket.device, ticket.cause))
                )
                for ticket in known
            ]
            self._open(transaction, condition, seen, about)

    def _look_at(
        self,
        transaction: Transaction,
        ticket: Ticket,
        about: Sequence[TicketDevice],
        condition: Condition,
        severity: Severity | None,
    ) -> Ticket:
        """`severity`: how grave its device tells the cause to be now, if it does; a ticket grows graver, not less."""
        now = transaction.at
        after = see(ticket, self._evidence(ticket, about, condition), now, self._settings.rules)
        if severity is not None and _GRAVITY[severity] > _GRAVITY[after.severity]:
            after = replace(after, severity=severity)
        patience = self._overdue.patience(after.state, after.severity)
        due_at = after.state_at + patience if patience is not None else None
        after = replace(after, due_at=due_at)
        if after.state is not ticket.state:
            after = replace(after, overdue_told_at=None)
        remind = self._is_to_remind(after, now) and not condition.is_muted(ticket.device)
        if remind:
            after = replace(after, overdue_told_at=now)
        if after == ticket:
            return ticket
        saved = self._store.tickets.save(transaction, ticket, after)
        if saved is None:  # somebody acted at the same moment: looked at again the next time
            return ticket
        if saved.state is not ticket.state:
            kind = _BY_EVIDENCE[saved.state]
            log.info("ticket", number=saved.ticket_id, state=saved.state.value, cause=saved.cause)
            to_tell = self._tells and kind is EntryKind.REOPENED
            self._store.tickets.note(transaction, saved, kind, to_tell=to_tell)
        if remind:
            detail = {"state": saved.state.value}
            self._store.tickets.note(transaction, saved, EntryKind.OVERDUE, detail=detail, to_tell=self._tells)
        return saved

    def _is_to_remind(self, ticket: Ticket, now: datetime) -> bool:
        if not ticket.is_overdue(now):
            return False
        return ticket.overdue_told_at is None or now - ticket.overdue_told_at >= timedelta(
            hours=self._overdue.remind_every_h
        )

    def _evidence(self, ticket: Ticket, about: Sequence[TicketDevice], condition: Condition) -> Evidence:
        """The worst of what its devices say. Trouble in a maintenance window proves nothing, neither way."""
        said = set()
        for one in about:
            evidence = condition.evidence(one.device, one.cause)
            muted = evidence is Evidence.STANDS and condition.is_muted(one.device)
            said.add(_as_before(ticket) if muted else evidence)
        return next((one for one in Evidence if one in said), Evidence.UNCLEAR)

    def _open(
        self,
        transaction: Transaction,
        condition: Condition,
        seen: Iterable[Ticket],
        about: Mapping[int, Sequence[TicketDevice]],
    ) -> None:
        """New tickets, for what is not in one yet."""
        seen = tuple(seen)
        open_now = [ticket for ticket in seen if not ticket.state.is_settled]
        # those that were closed of late as well: they open again by themselves
        covered = {(one.device, one.cause) for ticket in seen for one in about[ticket.ticket_id]}
        for trouble in condition.troubles():
            ripe = self._is_ripe(trouble, transaction.at)
            if not ripe or (trouble.device, trouble.cause) in covered or condition.is_muted(trouble.device):
                continue
            if trouble.cause == SILENT and trouble.device.kind is DeviceKind.NODE:
                covered |= self._open_for_silence(transaction, condition, trouble, open_now)
            else:
                self._add(transaction, trouble, [_device(trouble, transaction.at)])

    def _open_for_silence(
        self, transaction: Transaction, condition: Condition, trouble: Trouble, open_now: Sequence[Ticket]
    ) -> set[tuple[DeviceKey, str]]:
        """One ticket for a node with its cameras, and one for a site with all its nodes; what it covers."""
        site = trouble.device.site
        dead = condition.is_dead(site)
        nodes = condition.nodes_of(site) if dead else (trouble.device,)
        named = [device for node in nodes for device in (node, *condition.cameras_of(node))]
        about = [
            TicketDevice(one, condition.cameras[one].lane if one in condition.cameras else "", SILENT, transaction.at)
            for one in named
        ]
        first = next((t for t in open_now if t.cause == SILENT and t.device.site == site and not t.device.camera), None)
        if dead and first is not None:  # the node that fell silent before was the beginning of it
            self._store.tickets.add_devices(transaction, first.ticket_id, about)
            self._store.tickets.note(transaction, first, EntryKind.JOINED, text=trouble.device.path)
        else:
            device = DeviceKey.of(site) if dead else trouble.device
            self._add(transaction, replace(trouble, device=device), about)
        return {(one, SILENT) for one in named}

    def _add(self, transaction: Transaction, trouble: Trouble, about: Sequence[TicketDevice]) -> None:
        now = transaction.at
        patience = self._overdue.patience(TicketState.OPEN, trouble.severity)
        draft = Ticket(
            0,
            trouble.device,
            trouble.lane,
            trouble.cause,
            trouble.severity,
            TicketState.OPEN,
            state_at=now,
            evidence=Evidence.STANDS,
            evidence_at=now,
            opened_at=now,
            assignee=self._maintainer(trouble.device),
            due_at=now + patience if patience else None,
        )
        ticket = self._store.tickets.add(transaction, draft)
        self._store.tickets.add_devices(transaction, ticket.ticket_id, about)
        device = trouble.device
        picture = self._store.cameras.picture(device.site, device.node, device.camera) if device.camera else None
        self._store.tickets.note(
            transaction, ticket, EntryKind.OPENED, detail=trouble.detail, picture=picture, to_tell=self._tells
        )
        log.info("ticket opened", number=ticket.ticket_id, device=device.path, cause=ticket.cause)

    def _maintainer(self, device: DeviceKey) -> str:
        """Who the register says looks after it; empty where nobody registered that."""
        register = self._store.register
        if device.kind is DeviceKind.CAMERA:
            found = register.of_camera(device.site, device.node, device.camera)
        elif device.kind is DeviceKind.NODE:
            found = register.of_node(device.site, device.node)
        else:
            found = next(iter(register.list(site=device.site, kind=DeviceKind.SITE)), None)
        return found.maintainer if found else ""

    def _is_ripe(self, trouble: Trouble, now: datetime) -> bool:
        after = {
            HealthLevel.UNKNOWN: timedelta(minutes=self._settings.silent_after_min),
            HealthLevel.FAILED: timedelta(seconds=self._settings.failed_after_s),
        }.get(trouble.level, timedelta(hours=self._settings.degraded_after_h))
        # a begin that has not come yet is that of a clock which cannot be right: believed at once
        return trouble.since > now or now - trouble.since >= after

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(self._every_s):
            try:
                self.step(datetime.now(UTC))
            except StoreUnavailable as error:
                log.error("cannot write tickets, trying again", reason=str(error))  # noqa: TRY400 - no bug


def _as_before(ticket: Ticket) -> Evidence:
    return Evidence.UNCLEAR if ticket.evidence is Evidence.HEALED else ticket.evidence


def _device(trouble: Trouble, at: datetime) -> TicketDevice:
    return TicketDevice(trouble.device, trouble.lane, trouble.cause, at)
