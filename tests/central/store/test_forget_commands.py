"""Commands of long ago are forgotten, but for what holds still."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from central.config import CentralConfig
from central.ingest.settings import MqttSettings
from central.service import CentralService
from central.store import Store
from contract.messages import Command, CommandKind, CommandResult
from tests.central.made import NOON, stamp

DAY = timedelta(days=1)


class Desk:
    """Gives commands at a time, and answers them for the node."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(self, kind: CommandKind, at: datetime, *, done: bool | None = True, **more: Any) -> UUID:
        command = Command(
            site="huu-nghi",
            node="huu-nghi-1",
            command_id=uuid4(),
            kind=kind,
            lane="in-1",
            actor="lan",
            reason="made up",
            issued_at=at,
            expires_at=at + timedelta(seconds=20),
            **more,
        )
        with self._store.transaction(at) as transaction:
            self._store.commands.add(transaction, command)
            if done is not None:
                answer = CommandResult(
                    site=command.site,
                    node=command.node,
                    command_id=command.command_id,
                    done=done,
                    stamp=stamp(),
                )
                assert self._store.commands.answer(transaction, answer)
        return command.command_id

    def left(self, before: datetime) -> set[UUID]:
        with self._store.transaction(before) as transaction:
            self._store.commands.forget_finished(transaction, before)
        return {record.command.command_id for record in self._store.commands.list(limit=100)}


def test_what_is_over_is_forgotten_after_its_time(store: Store) -> None:
    """Done, refused or never answered: older than the limit it goes, younger it stays; twice changes nothing."""
    desk = Desk(store)
    for number, done in enumerate((True, False, None)):
        desk.ask(CommandKind.OPEN, NOON + timedelta(minutes=number), done=done)
    young = {desk.ask(CommandKind.OPEN, NOON + 2 * DAY, done=done) for done in (True, False, None)}
    assert desk.left(NOON + DAY) == young
    assert desk.left(NOON + DAY) == young


def test_what_has_not_expired_is_never_forgotten(store: Store) -> None:
    """A node may still carry it out."""
    waiting = Desk(store).ask(CommandKind.OPEN, NOON, done=None)
    assert Desk(store).left(NOON + timedelta(seconds=10)) == {waiting}


def test_what_holds_still_is_kept(store: Store) -> None:
    """Pictures that must not be deleted are on record for as long as nobody released them, each passage by itself."""
    desk = Desk(store)
    disputed, other = UUID(int=5), UUID(int=6)
    desk.ask(CommandKind.KEEP_EVIDENCE, NOON, passage_id=disputed)
    kept = desk.ask(CommandKind.KEEP_EVIDENCE, NOON + DAY, passage_id=disputed)
    desk.ask(CommandKind.KEEP_EVIDENCE, NOON + 2 * DAY, passage_id=disputed, done=False)
    alone = desk.ask(CommandKind.KEEP_EVIDENCE, NOON, passage_id=other)
    assert desk.left(NOON + 90 * DAY) == {kept, alone}
    released = desk.ask(CommandKind.RELEASE_EVIDENCE, NOON + 91 * DAY, passage_id=other)
    assert desk.left(NOON + 200 * DAY) == {kept, alone, released}
    (latest,) = store.commands.list(passage_id=other, done=True, limit=1)
    assert latest.command.kind is CommandKind.RELEASE_EVIDENCE


def test_every_change_of_a_lanes_mode_is_kept(store: Store) -> None:
    """Done or refused: it is the lane's history."""
    desk = Desk(store)
    changes = {
        desk.ask(CommandKind.SET_LANE_MODE, NOON + number * DAY, done=done, mode=mode)
        for number, (mode, done) in enumerate([("auto", False), ("auto", True), ("manual", True), ("manual", None)])
    }
    assert desk.left(NOON + 900 * DAY) == changes


def test_central_forgets_after_the_days_in_its_configuration(store: Store, tmp_path: Path) -> None:
    """Ninety, where nothing is configured."""
    desk = Desk(store)
    for days, left in ((None, 2), (88, 1)):
        given = {} if days is None else {"commands_kept_days": days}
        config = CentralConfig(data_dir=tmp_path, mqtt=MqttSettings(host="127.0.0.1"), **given)
        for age in (91, 89, 87) if days is None else ():
            desk.ask(CommandKind.OPEN, NOON - age * DAY, done=False)
        CentralService(store, config).tidy(NOON)
        assert len(store.commands.list()) == left
