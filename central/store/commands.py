"""Commands to nodes: who asked for what and when, whether it was sent, and what the node answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, delete, exists, func, or_, select, update

from central.store.database import Database, Transaction
from central.store.records import EventKind
from central.store.schema import commands
from contract.messages import BoothOpening, Command, CommandKind, CommandResult

_GRACE = timedelta(seconds=3)
"""So long after its expiry an answer may still be on its way."""


_AT_BOOTH = "opened at the booth"


class CommandState(StrEnum):
    """How far a command has come."""

    WAITING = "waiting"
    """The broker is not reached yet."""
    SENT = "sent"
    """The node has not answered yet."""
    DONE = "done"
    REFUSED = "refused"
    SILENT = "silent"
    """It was sent, expired, and no answer came."""
    UNSENT = "unsent"
    """It expired before the broker was reached; the node never heard of it."""


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """A command and what became of it."""

    command: Command
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    done: bool | None = None
    detail: str = ""
    """Why the node refused, in its own words; or where else the command came from."""

    @property
    def at_booth(self) -> bool:
        """Whether it was done at a booth, and central heard of it afterwards."""
        return self.detail == _AT_BOOTH

    def state(self, now: datetime) -> CommandState:
        """How far it has come by now."""
        if self.done is not None:
            return CommandState.DONE if self.done else CommandState.REFUSED
        if now > self.command.expires_at + _GRACE:
            return CommandState.SILENT if self.sent_at else CommandState.UNSENT
        return CommandState.SENT if self.sent_at else CommandState.WAITING


class Commands:
    """`store.commands`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, command: Command) -> None:
        """Remember a command before anything is sent."""
        named = {name: getattr(command, name) for name in ("kind", "site", "node", "lane", "camera", "actor")}
        transaction.insert(
            commands,
            named
            | {
                "command_id": str(command.command_id),
                "passage_id": str(command.passage_id) if command.passage_id else None,
                "issued_at": command.issued_at,
                "expires_at": command.expires_at,
                "payload": command.model_dump_json(),
                "detail": "",
            },
        )
        transaction.event(EventKind.COMMAND, str(command.command_id), command.site)

    def note_opening(self, transaction: Transaction, opening: BoothOpening) -> None:
        """Note what a person opened at a booth beside what was asked for here: it is done, and is never sent.

        An outbox that began anew may tell of it under another number: it counts once.
        """
        where = commands.c.command_id == str(opening.opening_id)
        if transaction.rows(select(commands.c.command_id).where(where)):
            return
        asked = Command(
            site=opening.site,
            node=opening.node,
            command_id=opening.opening_id,
            kind=CommandKind.OPEN,
            lane=opening.lane,
            actor=opening.actor,
            reason=opening.reason,
            issued_at=opening.asked_at,
            expires_at=opening.asked_at,
        )
        self.add(transaction, asked)
        done = {"sent_at": opening.asked_at, "answered_at": opening.asked_at, "done": True, "detail": _AT_BOOTH}
        transaction.run(update(commands).where(where).values(done))

    def get(self, command_id: UUID) -> CommandRecord | None:
        """One command, if it is known."""
        row = self._database.first(select(commands).where(commands.c.command_id == str(command_id)))
        return _record(row) if row else None

    def list(
        self,
        *,
        site: str | None = None,
        node: str | None = None,
        lane: str | None = None,
        camera: str | None = None,
        passage_id: UUID | None = None,
        kinds: Sequence[CommandKind] = (),
        done: bool | None = None,
        issued_since: datetime | None = None,
        issued_until: datetime | None = None,
        limit: int = 50,
    ) -> tuple[CommandRecord, ...]:
        """The latest first."""
        wanted = [
            site is None or commands.c.site == site,
            node is None or commands.c.node == node,
            lane is None or commands.c.lane == lane,
            camera is None or commands.c.camera == camera,
            passage_id is None or commands.c.passage_id == str(passage_id),
            not kinds or commands.c.kind.in_(kinds),
            done is None or commands.c.done == done,
            issued_since is None or commands.c.issued_at >= issued_since,
            issued_until is None or commands.c.issued_at < issued_until,
        ]
        statement = select(commands).where(*(condition for condition in wanted if condition is not True))
        statement = statement.order_by(commands.c.issued_at.desc(), commands.c.command_id.desc()).limit(limit)
        return tuple(_record(row) for row in self._database.rows(statement))

    def opened_since(self, since: datetime) -> frozenset[tuple[str, str]]:
        """Lanes (site and name) whose barrier people opened, asked for since then."""
        wanted = (commands.c.kind == CommandKind.OPEN, commands.c.done.is_(True), commands.c.issued_at >= since)
        rows = self._database.rows(select(commands.c.site, commands.c.lane).where(*wanted).distinct())
        return frozenset((row["site"], row["lane"]) for row in rows)

    def unsent(self, now: datetime) -> tuple[Command, ...]:
        """What is still to be sent and has not expired, the oldest first."""
        waiting = (commands.c.sent_at.is_(None), commands.c.expires_at > now)
        statement = select(commands).where(*waiting).order_by(commands.c.issued_at)
        return tuple(_record(row).command for row in self._database.rows(statement))

    def sent(self, transaction: Transaction, command: Command) -> None:
        """Note that it went out."""
        where = commands.c.command_id == str(command.command_id)
        transaction.run(update(commands).where(where).values(sent_at=transaction.at))
        transaction.event(EventKind.COMMAND, str(command.command_id), command.site)

    def answer(self, transaction: Transaction, result: CommandResult) -> bool:
        """Note what the node says, once: a command that comes twice is done once and then called a repetition.

        False for a command that is not known, or was answered before.
        """
        asked = (
            commands.c.command_id == str(result.command_id),
            commands.c.site == result.site,
            commands.c.node == result.node,
            commands.c.done.is_(None),
        )
        values = {"answered_at": transaction.at, "done": result.done, "detail": result.detail}
        if not transaction.run(update(commands).where(*asked).values(values)):
            return False
        transaction.event(EventKind.COMMAND, str(result.command_id), result.site)
        return True

    def forget_finished(self, transaction: Transaction, before: datetime) -> int:
        """Delete what was asked for before then and is over; how many that were.

        What holds still stays: of what was done, the last of its kind for the same lane, camera and passage. So does
        every change of a lane's mode: who let a gate act alone, and why, is asked years later.
        """
        return transaction.run(delete(commands).where(*_is_finished(before)))

    def finished(self, before: datetime) -> int:
        """How many `forget_finished` would delete; nothing is deleted."""
        counted = select(func.count().label("number")).select_from(commands)
        row = self._database.first(counted.where(*_is_finished(before)))
        return int(row["number"]) if row else 0


def _is_finished(before: datetime) -> tuple[ColumnElement[bool], ...]:
    later = commands.alias()
    subject = ("kind", "site", "node", "lane", "camera", "passage_id")
    outdone = exists().where(
        *(later.c[name].is_not_distinct_from(commands.c[name]) for name in subject),
        later.c.done.is_(True),
        later.c.issued_at > commands.c.issued_at,
    )
    return (
        commands.c.issued_at < before,
        commands.c.expires_at < before,
        commands.c.kind != CommandKind.SET_LANE_MODE,
        or_(commands.c.done.is_not(True), outdone),
    )


def _record(row: RowMapping) -> CommandRecord:
    return CommandRecord(
        Command.model_validate_json(row["payload"]), row["sent_at"], row["answered_at"], row["done"], row["detail"]
    )
