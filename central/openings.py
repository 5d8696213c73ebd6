"""Barriers that people opened, and the vehicle that each was opened for; without one, somebody should ask why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from central.store import Store
from central.store.commands import CommandRecord
from central.store.records import PassageRecord
from contract.messages import CommandKind, DecisionReason

COMES_WITHIN: Final = timedelta(minutes=2)
"""A vehicle that was let in ahead should be seen by then: the arm itself waits half a minute for it."""
_STANDS: Final = timedelta(minutes=30)
"""A vehicle may have stood in the lane for so long before it was let through."""
_NEAR: Final = timedelta(seconds=3)
"""A vehicle that was lost from view so shortly before is still the one that stood there."""


class Followed(StrEnum):
    """Whether a vehicle went with an opening."""

    VEHICLE = "vehicle"
    WAITING = "waiting"
    """None yet, and it was opened a moment ago."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Opening:
    """A barrier that a person opened: `record` tells who, when and why."""

    record: CommandRecord
    passage: PassageRecord | None
    followed: Followed

    @property
    def at(self) -> datetime:
        """When it was asked for."""
        return self.record.command.issued_at


def openings_of(
    store: Store, site: str, lane: str, *, now: datetime, since: datetime | None = None, limit: int = 50
) -> tuple[Opening, ...]:
    """What people opened in a lane, at its booth or from central, the latest first."""
    found = store.commands.list(
        site=site, lane=lane, kinds=(CommandKind.OPEN,), done=True, issued_since=since, limit=limit
    )
    passages: list[PassageRecord] = []
    for begins, ends in _spans([record.command.issued_at for record in found]):
        cursor = None
        while True:
            page = store.passages.list(site=site, lane=lane, since=begins, until=ends, cursor=cursor, limit=200)
            passages += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
    return explain(found, passages, now=now)


def explain(found: Sequence[CommandRecord], passages: Iterable[PassageRecord], *, now: datetime) -> tuple[Opening, ...]:
    """Give each opening of a lane its vehicle. Pure.

    That is the one that stood there; else the next that comes within `COMES_WITHIN`, if nobody opened for it again and
    the gate did not let it through by itself: so that a vehicle the cameras missed does not hide behind the next one.
    """
    in_order = sorted(passages, key=lambda passage: passage.first_seen_at)
    vehicles = {record.command.command_id: _standing(record.command.issued_at, in_order) for record in found}
    taken = {passage.passage_id for passage in vehicles.values() if passage is not None}
    for record in sorted(found, key=lambda record: record.command.issued_at):
        at = record.command.issued_at
        if vehicles[record.command.command_id] is not None:
            continue
        for passage in in_order:
            if at < passage.first_seen_at <= at + COMES_WITHIN and passage.passage_id not in taken:
                if not _opened_by_itself(passage):
                    vehicles[record.command.command_id] = passage
                    taken.add(passage.passage_id)
                break
    return tuple(_opening(record, vehicles[record.command.command_id], now) for record in found)


def _standing(at: datetime, passages: Iterable[PassageRecord]) -> PassageRecord | None:
    there = [passage for passage in passages if passage.first_seen_at <= at <= passage.last_seen_at + _NEAR]
    return there[-1] if there else None


def _opened_by_itself(passage: PassageRecord) -> bool:
    return passage.decision is not None and passage.decision.reason in (
        DecisionReason.LISTED_EXACT,
        DecisionReason.PASSBACK,
    )


def _opening(record: CommandRecord, passage: PassageRecord | None, now: datetime) -> Opening:
    if passage is not None:
        return Opening(record, passage, Followed.VEHICLE)
    waits = now <= record.command.issued_at + COMES_WITHIN
    return Opening(record, None, Followed.WAITING if waits else Followed.NOBODY)


def _spans(times: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """The times in which a vehicle of one of these openings was first seen, those that meet joined."""
    spans: list[tuple[datetime, datetime]] = []
    for at in sorted(times):
        begins, ends = at - _STANDS, at + COMES_WITHIN + timedelta(seconds=1)
        if spans and begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], ends)
        else:
            spans.append((begins, ends))
    return spans
