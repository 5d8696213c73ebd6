"""From received packets to kept records: one batch, one transaction. Knows nothing of MQTT."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from central.store import Store
from central.store.database import StoreUnavailable, Transaction
from central.store.intake import OutboxKey
from central.store.ranges import Ranges, add, contains
from contract.errors import MessageError, StoreError
from contract.messages import (
    BoothOpening,
    CameraHealth,
    CommandResult,
    Evidence,
    Message,
    Metrics,
    Numbered,
    Passage,
    Status,
)
from contract.topics import parse_address, parse_message

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Packet:
    """Something that came over the wire. `retained`: the broker kept it; nobody said it just now."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to: the outboxes that want to know what is committed, with their runs and what came of them."""

    committed: dict[OutboxKey, Ranges]
    numbers: dict[OutboxKey, set[int]]
    """What the batch held of each, new or not."""
    dead: int
    """How many packets were put aside."""


@dataclass
class _Batch:
    """One batch on its way into the store."""

    transaction: Transaction
    before: dict[OutboxKey, Ranges] = field(default_factory=dict)
    numbers: dict[OutboxKey, set[int]] = field(default_factory=dict)
    again: dict[OutboxKey, set[int]] = field(default_factory=dict)
    heard: set[tuple[str, str]] = field(default_factory=set)
    dead: int = 0


class Intake:
    """Takes batches of packets into the store. A numbered message counts once, however often it comes."""

    def __init__(self, store: Store, *, late_after_s: float) -> None:
        self._store = store
        self._late_after = timedelta(seconds=late_after_s)

    def take(self, packets: Iterable[Packet], now: datetime) -> Taken:
        """Keep a batch; when this returns, all of it is on the disk, or put aside there with the reason.

        Raises:
            StoreUnavailable: nothing of the batch was kept; try again later.

        """
        with self._store.transaction(now) as transaction:
            batch = _Batch(transaction)
            for packet in packets:
                self._take_one(batch, packet)
            for site, node in batch.heard:
                self._store.nodes.heard(transaction, site, node)
            committed = {key: add(batch.before[key], numbers) for key, numbers in batch.numbers.items()}
            for key, ranges in committed.items():
                self._store.ranges.save(transaction, key, batch.before[key], ranges)
        return Taken(committed, {key: batch.numbers[key] | batch.again[key] for key in committed}, batch.dead)

    def _take_one(self, batch: _Batch, packet: Packet) -> None:
        try:
            message = parse_message(packet.topic, packet.payload)
            with batch.transaction.savepoint():
                self._keep(batch, message, retained=packet.retained)
        except StoreUnavailable:
            raise  # the whole batch has to wait
        except (MessageError, StoreError) as error:
            self._put_aside(batch, packet, str(error))

    def _keep(self, batch: _Batch, message: Message, *, retained: bool) -> None:
        if isinstance(message, Numbered):
            key = OutboxKey(message.site, message.node, message.outbox_id)
            if not self._is_known(batch, key, message.seq):
                self._keep_numbered(batch.transaction, message)
                batch.numbers[key].add(message.seq)
        elif isinstance(message, Status):
            self._store.nodes.report_status(batch.transaction, message)
            if message.online and message.outbox_id:
                self._ranges(batch, OutboxKey(message.site, message.node, message.outbox_id))
        elif isinstance(message, CameraHealth):
            self._store.cameras.report(batch.transaction, message, retained=retained)
        elif isinstance(message, Metrics):
            self._store.nodes.report_metrics(batch.transaction, message)
        elif isinstance(message, CommandResult):
            known = self._store.commands.answer(batch.transaction, message)
            log.info("command answered", known=known, **message.model_dump(mode="json", exclude={"stamp"}))
        self._note_heard(batch, message, retained=retained)

    def _keep_numbered(self, transaction: Transaction, message: Numbered) -> None:
        if isinstance(message, Passage):
            self._store.passages.save(transaction, message, late_after=self._late_after)
        elif isinstance(message, Evidence):
            self._store.evidence.save(transaction, message)
        elif isinstance(message, BoothOpening):
            self._store.commands.note_opening(transaction, message)

    @staticmethod
    def _note_heard(batch: _Batch, message: Message, *, retained: bool) -> None:
        # what the broker kept, and the last will that it speaks, say nothing of the node being alive now
        if not retained and not (isinstance(message, Status) and not message.online):
            batch.heard.add((message.site, message.node))  # type: ignore[attr-defined]  # every payload in TOPICS has both

    def _is_known(self, batch: _Batch, key: OutboxKey, seq: int) -> bool:
        if contains(self._ranges(batch, key), seq):
            batch.again[key].add(seq)
            return True
        return seq in batch.numbers[key]

    def _ranges(self, batch: _Batch, key: OutboxKey) -> Ranges:
        """The runs of an outbox before this batch; from now on it wants to hear what is committed."""
        if key not in batch.before:
            batch.before[key] = self._store.ranges.load(batch.transaction, key)
            batch.numbers[key] = set()
            batch.again[key] = set()
        return batch.before[key]

    def _put_aside(self, batch: _Batch, packet: Packet, reason: str) -> None:
        """Keep what cannot be understood. Its number, where it has one, is done with: asking again would not help."""
        numbered = _number_of(packet)
        if numbered is not None:
            key, seq = numbered
            if self._is_known(batch, key, seq):
                return
            batch.numbers[key].add(seq)
        batch.dead += 1
        self._store.dead_letters.add(batch.transaction, packet.topic, packet.payload, reason)
        log.warning("message put aside", topic=packet.topic, reason=reason)


def _number_of(packet: Packet) -> tuple[OutboxKey, int] | None:
    """Outbox and number of a message that is otherwise no good; None when not even they can be read."""
    try:
        address = parse_address(packet.topic)
        if not issubclass(address.topic.payload, Numbered):
            return None
        said = json.loads(packet.payload)
        outbox_id, seq = UUID(said["outbox_id"]), said["seq"]
    except (MessageError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # no JSON object, or one without them
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq < 2**63:
        return None
    return OutboxKey(address.site, address.node, outbox_id), seq
