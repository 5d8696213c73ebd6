"""Passages: the latest revision of each, and every revision as it came."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Unpack
from uuid import UUID

from sqlalchemy import Boolean, Integer, RowMapping, Select, TextClause, and_, bindparam, or_, select, text, update

from central.head import PassageHead, head_of
from central.store.database import Database, Transaction
from central.store.decisions import decided_of
from central.store.lookup import LookUp
from central.store.outcomes import outcome_of
from central.store.paging import search_text
from central.store.plates import note_plates, plates_alike
from central.store.records import EventKind, EvidenceRecord, FoundPage, PassageRecord
from central.store.schema import UtcDateTime, evidence, outboxes, outcomes, passage_revisions, passages
from central.store.schema_decisions import decided
from central.store.search import WITH_MESSAGES, Filters, Wanted, find
from contract.messages import Passage

_PLACE = ("outbox_since", "outbox_id", "seq")
_PLATES = ("plate_search", "second_plate_search")
_LANES_AT_ONCE = 100
_OUTCOME = [column.label(f"outcome_{column.name}") for column in outcomes.c]
_DECIDED = [column.label(f"decided_{column.name}") for column in decided.c]


class Passages:
    """`store.passages`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, *, cursor: str | None = None, limit: int = 50, **wanted: Unpack[Filters]
    ) -> FoundPage[PassageRecord]:
        """Newest first; what may be asked for says `search.Wanted`. `since` ≤ first seen < `until`.

        Those of one lane (`site` and `lane`) stand as the vehicles came, also where the node's clock was set
        meanwhile: by the numbers that the node gave them. All others by the time told.
        """
        with self._database.reading() as reading:
            found = find(reading, Wanted(**wanted), cursor, limit)
            rows = reading.rows(_select().where(reading.among(passages.c.passage_id, found.ids))) if found.ids else ()
            known = {str(record.passage_id): record for record in _records(reading, rows)}
        return FoundPage(tuple(known[key] for key in found.ids), found.next_cursor, found.looked_back_to)

    def plates_like(self, plate: str, most: int) -> tuple[str, ...]:
        """Plates that were seen and are nearly this one, which may be one vehicle, or two; the nearest first."""
        own = search_text(plate)
        with self._database.reading() as reading:
            return tuple(near for near in plates_alike(reading, (own,), most + 1) if near != own)[:most]

    def get(self, passage_id: UUID) -> PassageRecord | None:
        """One passage, if it is known."""
        return next(iter(self.get_many([passage_id])), None)

    def get_many(self, passage_ids: Iterable[UUID]) -> tuple[PassageRecord, ...]:
        """Those of `passage_ids` that are known, in no particular order."""
        keys = [str(passage_id) for passage_id in passage_ids]
        with self._database.reading() as reading:
            found: Sequence[PassageRecord] = ()
            for start in range(0, len(keys), 500):  # databases bound the number of parameters
                chunk = _select().where(passages.c.passage_id.in_(keys[start : start + 500]))
                found = (*found, *_records(reading, reading.rows(chunk)))
        return tuple(found)

    def seen_since(self, since: datetime) -> tuple[PassageRecord, ...]:
        """All passages first seen or received since then, oldest first: what reconciliation works on."""
        statement = _select().where(or_(passages.c.first_seen_at >= since, passages.c.received_at >= since))
        with self._database.reading() as reading:
            return _records(reading, reading.rows(statement.order_by(passages.c.first_seen_at)))

    def newest(self, lanes: Sequence[tuple[str, str]], limit: int) -> tuple[tuple[PassageRecord, ...], ...]:
        """Of each lane (site and name) the newest passages as its vehicles came, in the order of `lanes`."""
        found: list[list[str]] = [[] for _ in lanes]
        with self._database.reading() as reading:
            for start in range(0, len(lanes), _LANES_AT_ONCE):
                for row in reading.rows(_newest_of(lanes[start : start + _LANES_AT_ONCE], limit)):
                    found[start + row["place"]].append(row["passage_id"])
            keys = [key for of_lane in found for key in of_lane]
            rows = reading.rows(_select().where(reading.among(passages.c.passage_id, keys))) if keys else ()
            known = {str(record.passage_id): record for record in _records(reading, rows, _kept_message)}
        return tuple(tuple(known[key] for key in of_lane) for of_lane in found)

    def save(self, transaction: Transaction, *messages: Passage, late_after: timedelta) -> tuple[PassageHead, ...]:
        """Keep revisions as `keep` does, of messages that did not come over a wire."""
        heads = [head_of(message) for message in messages]
        return self.keep(transaction, heads, [message.model_dump_json() for message in messages], late_after=late_after)

    def keep(
        self, transaction: Transaction, heads: Sequence[PassageHead], payloads: Sequence[str], *, late_after: timedelta
    ) -> tuple[PassageHead, ...]:
        """Keep revisions; one becomes the present one unless a later one is already here. Twice counts once.

        `payloads`: the messages as they came, in the order of their heads.

        Returns:
            Those that were not here yet.

        """
        keys = list({(head.passage_id,) for head in heads})
        told = _told(transaction, keys)
        known = _known(transaction, keys)
        since = _heard_since(transaction, heads)
        new: list[PassageHead] = []
        revisions: list[dict[str, Any]] = []
        present: dict[str, PassageHead] = {}
        for head, payload in zip(heads, payloads, strict=True):
            passage_id, revision = head.passage_id, head.revision
            if (passage_id, revision) in told:
                continue
            told.add((passage_id, revision))
            new.append(head)
            row = {"passage_id": passage_id, "revision": revision, "received_at": transaction.at, "payload": payload}
            revisions.append(row)
            place = (since[_outbox_of(head)], head.outbox_id, head.seq)
            before = known.get(passage_id)
            if before is None:
                late = transaction.at - head.last_seen_at > late_after
                known[passage_id] = _Kept(revision, transaction.at, late, place)
                present[passage_id] = head
                continue
            if before.revision <= revision:
                present[passage_id] = head
            known[passage_id] = _Kept(
                max(before.revision, revision), before.received_at, before.late, min(before.place, place)
            )
        transaction.insert_all(passage_revisions, revisions)
        rows = [_row(head, known[passage_id]) for passage_id, head in present.items()]
        transaction.upsert(passages, *rows)
        for passage_id, head in present.items():
            transaction.event(EventKind.PASSAGE, passage_id, head.site)
        note_plates(transaction, (row[name] for row in rows for name in _PLATES))
        moved = {row["passage_id"] for row in revisions} - set(present)
        places = [{"moved": key, **dict(zip(_PLACE, known[key].place, strict=True))} for key in moved]
        if places:
            transaction.run(update(passages).where(passages.c.passage_id == bindparam("moved")), places)
        return tuple(new)


def _newest_of(lanes: Sequence[tuple[str, str]], limit: int) -> TextClause:
    """Ids by the place of their lane; one statement, since each costs more on its way than in the database."""
    parts = (
        f"SELECT * FROM (SELECT {n} AS place, passage_id FROM passages WHERE site = :site{n} AND lane = :lane{n} "  # noqa: S608 - numbers
        f"ORDER BY outbox_since DESC, seq DESC LIMIT {limit}) AS of_lane{n}"
        for n in range(len(lanes))
    )
    names = {
        f"{name}{n}": value for n, lane in enumerate(lanes) for name, value in zip(("site", "lane"), lane, strict=True)
    }
    return text(" UNION ALL ".join(parts)).bindparams(**names)


_Place = tuple[datetime, str, int]


class _Kept(NamedTuple):
    """What a later revision leaves as it is; `revision`: the present one.

    `place`: where the passage stands in its lane, which is the oldest outbox and the lowest number that it came with.
    """

    revision: int
    received_at: datetime
    late: bool
    place: _Place


def _row(head: PassageHead, kept: _Kept) -> dict[str, Any]:
    """A passage as its present message tells it."""
    outbox_since, outbox_id, seq = kept.place
    return {
        "passage_id": head.passage_id,
        "revision": kept.revision,
        "site": head.site,
        "node": head.node,
        "lane": head.lane,
        "direction": head.direction,
        "first_seen_at": head.first_seen_at,
        "received_at": kept.received_at,
        "late": kept.late,
        "cancelled": head.cancelled,
        "plate_search": search_text(head.plate) if head.plate else None,
        "second_plate_search": search_text(head.second_plate) if head.second_plate else None,
        "outbox_since": outbox_since,
        "outbox_id": outbox_id,
        "seq": seq,
    }


_TOLD = LookUp(
    ("passage_id",),
    """
    SELECT here.passage_id, here.revision FROM wanted CROSS JOIN passage_revisions AS here
    WHERE here.passage_id = wanted.passage_id
    """,
)
_KNOWN = LookUp(
    ("passage_id",),
    """
    SELECT here.passage_id, here.revision, here.received_at, here.late, here.outbox_since, here.outbox_id, here.seq
    FROM wanted CROSS JOIN passages AS here WHERE here.passage_id = wanted.passage_id
    """,
    (("received_at", UtcDateTime), ("late", Boolean), ("outbox_since", UtcDateTime)),
)


def _told(transaction: Transaction, keys: Sequence[tuple[str]]) -> set[tuple[str, int]]:
    """Passages and their revisions that are here already."""
    return {(row["passage_id"], row["revision"]) for row in transaction.look_up(_TOLD, keys)}


def _known(transaction: Transaction, keys: Sequence[tuple[str]]) -> dict[str, _Kept]:
    """Those of `keys` that are here already."""
    return {
        row["passage_id"]: _Kept(
            row["revision"], row["received_at"], row["late"], (row["outbox_since"], row["outbox_id"], row["seq"])
        )
        for row in transaction.look_up(_KNOWN, keys)
    }


_Outbox = tuple[str, str, str]
_SINCE = LookUp(
    ("site", "node", "outbox_id"),
    """
    SELECT wanted.place, here.since FROM wanted CROSS JOIN outboxes AS here
    WHERE here.site = wanted.site AND here.node = wanted.node AND here.outbox_id = wanted.outbox_id
    """,
    (("place", Integer), ("since", UtcDateTime)),
)


def _outbox_of(head: PassageHead) -> _Outbox:
    return head.site, head.node, head.outbox_id


def _heard_since(transaction: Transaction, heads: Iterable[PassageHead]) -> dict[_Outbox, datetime]:
    """When each outbox was first heard of, by our clock; those that are new are noted."""
    wanted = list({_outbox_of(head) for head in heads})
    since = {wanted[row["place"]]: row["since"] for row in transaction.look_up(_SINCE, wanted)}
    new = [outbox for outbox in wanted if outbox not in since]
    rows = [dict(zip(("site", "node", "outbox_id"), outbox, strict=True), since=transaction.at) for outbox in new]
    transaction.insert_all(outboxes, rows)
    return since | dict.fromkeys(new, transaction.at)


def _select() -> Select[Any]:
    joined = WITH_MESSAGES.outerjoin(outcomes, outcomes.c.passage_id == passages.c.passage_id)
    joined = joined.outerjoin(decided, and_(decided.c.passage_id == passages.c.passage_id))
    return select(passages, passage_revisions.c.payload, *_OUTCOME, *_DECIDED).select_from(joined)


def _message(payload: str) -> Passage:
    return Passage.model_validate_json(payload)


_kept_message = functools.lru_cache(maxsize=2048)(_message)
"""For those that are looked at again and again: the newest of a hundred lanes, some 30 MB."""


def _records(
    reading: Transaction, rows: Sequence[RowMapping], read: Callable[[str], Passage] = _message
) -> tuple[PassageRecord, ...]:
    messages = [read(row["payload"]) for row in rows]
    named = {ref.sha256 for message in messages for ref in message.evidence}
    found = reading.rows(select(evidence.c.sha256).where(reading.among(evidence.c.sha256, named))) if named else ()
    present = {row["sha256"] for row in found}
    return tuple(_record(row, message, present) for row, message in zip(rows, messages, strict=True))


def _record(row: RowMapping, message: Passage, present: set[str]) -> PassageRecord:
    return PassageRecord(
        passage_id=message.passage_id,
        revision=message.revision,
        site=message.site,
        node=message.node,
        lane=message.lane,
        direction=message.direction,
        first_seen_at=message.first_seen_at,
        last_seen_at=message.last_seen_at,
        received_at=row["received_at"],
        time_quality=message.stamp.time_quality,
        late=row["late"],
        plate=message.plate,
        abstained=message.abstained,
        cancelled=message.cancelled,
        second_plate=message.second_plate,
        container=message.container,
        vehicle_class=message.vehicle_class,
        frames=message.frames,
        reads=message.reads,
        decision=message.decision,
        barrier=message.barrier,
        models=message.models,
        config_hash=message.config_hash,
        evidence=tuple(
            EvidenceRecord(ref.sha256, ref.kind, ref.camera, ref.captured_at, ref.sha256 in present)
            for ref in message.evidence
        ),
        outcome=outcome_of(row, "outcome_"),
        decided=decided_of(row, "decided_"),
    )
