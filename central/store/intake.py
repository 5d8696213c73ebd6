"""What ingest and the connectors keep for themselves: numbers committed, dead letters, cursors, access lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, update

from central.store.database import Database, Transaction
from central.store.lookup import LookUp
from central.store.ranges import Ranges, holes
from central.store.schema import access_lists, committed_ranges, cursors, dead_letters
from contract.messages import AccessList
from contract.topics import ROOT


class OutboxKey(NamedTuple):
    """Which outbox numbers count in."""

    site: str
    node: str
    outbox_id: UUID


_first, _last = committed_ranges.c.first_seq, committed_ranges.c.last_seq
_HIGHEST = 2**63 - 1
_NEAR = 16
"""Numbers no further apart are looked up together: those of a few vehicles."""
_NEAR_RUNS = LookUp(
    ("site", "node", "outbox_id", "low", "high"),
    """
    SELECT wanted.place, runs.first_seq, runs.last_seq FROM wanted CROSS JOIN committed_ranges AS runs
    WHERE runs.site = wanted.site AND runs.node = wanted.node AND runs.outbox_id = wanted.outbox_id
    AND runs.first_seq <= wanted.high AND runs.first_seq >= coalesce(
        (SELECT max(before.first_seq) FROM committed_ranges AS before
         WHERE before.site = wanted.site AND before.node = wanted.node AND before.outbox_id = wanted.outbox_id
         AND before.first_seq <= wanted.low),
        wanted.low)
    """,
    numbers=frozenset({"low", "high"}),
)
_GONE = delete(committed_ranges).where(
    committed_ranges.c.site == bindparam("of_site"),
    committed_ranges.c.node == bindparam("of_node"),
    committed_ranges.c.outbox_id == bindparam("of_outbox"),
    _first == bindparam("gone"),
)


class CommittedRanges:
    """`store.ranges`: which numbers of each outbox are on this disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: OutboxKey) -> Ranges:
        """All runs of one outbox; empty for an outbox never heard of. They may be tens of thousands."""
        with self._database.reading() as reading:
            return _runs(reading, _of(key).order_by(_first))

    def near(self, transaction: Transaction, numbers: Mapping[OutboxKey, Iterable[int]]) -> dict[OutboxKey, Ranges]:
        """Per outbox the runs that its `numbers` lie in or touch; there may be some beside them."""
        found: dict[OutboxKey, set[tuple[int, int]]] = {key: set() for key in numbers}
        clusters = [(key, low, high) for key, came in numbers.items() for low, high in _clusters(came)]
        looked_for = [(*_names(key), low, min(high + 1, _HIGHEST)) for key, low, high in clusters]
        for row in transaction.look_up(_NEAR_RUNS, looked_for):
            found[clusters[row["place"]][0]].add((row["first_seq"], row["last_seq"]))
        return {key: tuple(sorted(runs)) for key, runs in found.items()}

    def longest(self, transaction: Transaction, key: OutboxKey, limit: int) -> Ranges:
        """The longest runs of one outbox, in their order."""
        return tuple(sorted(_runs(transaction, _of(key).order_by((_first - _last), _first).limit(limit))))

    def holes(self, key: OutboxKey, limit: int) -> Ranges:
        """What is missing between the newest `limit` runs of one outbox; before them too, where there are no more."""
        with self._database.reading() as reading:
            newest = newest_runs(reading, key, limit + 1)
        return holes(newest) if len(newest) <= limit else holes(newest[1:], start=newest[0][1] + 1)

    def save(
        self, transaction: Transaction, before: Mapping[OutboxKey, Ranges], after: Mapping[OutboxKey, Ranges]
    ) -> None:
        """Per outbox replace the runs `before` by `after`, touching only what differs: most often one run grew."""
        gone: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for key, runs in after.items():
            site, node, outbox_id = _names(key)
            begin = {first for first, _ in runs}
            gone += (
                {"of_site": site, "of_node": node, "of_outbox": outbox_id, "gone": first}
                for first, _ in before[key]
                if first not in begin
            )
            new += (
                {"site": site, "node": node, "outbox_id": outbox_id, "first_seq": first, "last_seq": last}
                for first, last in set(runs) - set(before[key])
            )
        if gone:
            transaction.run(_GONE, gone)
        transaction.upsert(committed_ranges, *new)


def newest_runs(reading: Transaction, key: OutboxKey, limit: int) -> Ranges:
    """The runs of one outbox with the highest numbers, in their order."""
    return tuple(reversed(_runs(reading, _of(key).order_by(_first.desc()).limit(limit))))


def _names(key: OutboxKey) -> tuple[str, str, str]:
    return key.site, key.node, str(key.outbox_id)


def _is(key: OutboxKey) -> tuple[ColumnElement[bool], ...]:
    columns = committed_ranges.c
    return columns.site == key.site, columns.node == key.node, columns.outbox_id == str(key.outbox_id)


def _of(key: OutboxKey) -> Select[tuple[int, int]]:
    return select(_first, _last).where(*_is(key))


def _runs(transaction: Transaction, statement: Select[tuple[int, int]]) -> Ranges:
    return tuple((row["first_seq"], row["last_seq"]) for row in transaction.rows(statement))


def _clusters(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Lowest and highest of numbers that lie close together."""
    clusters: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if clusters and number - clusters[-1][1] <= _NEAR:
            clusters[-1] = (clusters[-1][0], number)
        else:
            clusters.append((number, number))
    return clusters


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    """Something that could not be taken in, kept aside with the reason. `source` is a topic or `platform`."""

    dead_letter_id: int
    source: str
    reason: str
    payload: bytes
    count: int
    first_at: datetime
    last_at: datetime


class DeadLetters:
    """`store.dead_letters`: what could not be taken in. The same thing again only counts up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, node: tuple[str, str] | None = None, limit: int = 100) -> tuple[DeadLetterRecord, ...]:
        """The latest first; of one node (site and name), or of all and the platform."""
        statement = select(dead_letters).order_by(dead_letters.c.last_at.desc(), dead_letters.c.dead_letter_id.desc())
        if node is not None:
            statement = statement.where(
                dead_letters.c.source.startswith(f"{ROOT}/{node[0]}/{node[1]}/", autoescape=True)
            )
        return tuple(
            DeadLetterRecord(**{name: value for name, value in row.items() if name != "digest"})
            for row in self._database.rows(statement.limit(limit))
        )

    def of_nodes(self) -> dict[tuple[str, str], int]:
        """How often something of each node (site and name) could not be taken in."""
        statement = select(dead_letters.c.source, func.sum(dead_letters.c.count).label("number"))
        counts: dict[tuple[str, str], int] = {}
        for row in self._database.rows(statement.group_by(dead_letters.c.source)):
            root, _, rest = row["source"].partition(f"{ROOT}/")
            site, _, below = rest.partition("/")
            node, named, _ = below.partition("/")
            if not root and named:
                counts[site, node] = counts.get((site, node), 0) + int(row["number"])
        return counts

    def count(self) -> int:
        """How many different ones there are."""
        row = self._database.first(select(func.count().label("number")).select_from(dead_letters))
        return int(row["number"]) if row else 0

    def add(self, transaction: Transaction, source: str, payload: bytes, reason: str) -> None:
        """Put something aside with the reason."""
        digest = hashlib.sha256(source.encode() + b"\0" + payload).hexdigest()
        told = {"reason": reason.replace("\0", "\N{SYMBOL FOR NULL}"), "last_at": transaction.at}
        first = {"source": source, "digest": digest, "payload": payload, "count": 0, "first_at": transaction.at}
        transaction.insert_new(dead_letters, first | told)
        again = update(dead_letters).where(dead_letters.c.digest == digest)
        transaction.run(again.values(count=dead_letters.c.count + 1, **told))


class Cursors:
    """`store.cursors`: how far connectors have read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str:
        """Where to go on; empty at the very beginning."""
        row = self._database.first(select(cursors.c.value).where(cursors.c.name == name))
        return str(row["value"]) if row else ""

    def save(self, transaction: Transaction, name: str, value: str) -> None:
        """Remember how far."""
        transaction.upsert(cursors, {"name": name, "value": value})


@dataclass(frozen=True, slots=True)
class PublishedList:
    """The access list that a node was last given."""

    message: AccessList
    content_hash: str


class AccessLists:
    """`store.access_lists`: what each node was last given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, site: str, node: str) -> PublishedList | None:
        """The last list of a node, if it ever had one."""
        row = self._database.first(select(access_lists).where(access_lists.c.site == site, access_lists.c.node == node))
        return PublishedList(AccessList.model_validate_json(row["payload"]), row["content_hash"]) if row else None

    def save(self, transaction: Transaction, message: AccessList, content_hash: str) -> None:
        """Remember what a node is given."""
        transaction.upsert(
            access_lists,
            {
                "site": message.site,
                "node": message.node,
                "version": message.version,
                "content_hash": content_hash,
                "issued_at": message.issued_at,
                "payload": message.model_dump_json(),
            },
        )
