"""From received packets to kept records: one batch, one transaction. Knows nothing of MQTT."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from central.head import PassageHead, head_of
from central.ingest.pipe import Packet
from central.store import Store
from central.store.database import StoreUnavailable, Transaction
from central.store.intake import OutboxKey
from central.store.ranges import Ranges, add, contains, touched
from contract.errors import MessageError, StoreError
from contract.messages import (
    BoothOpening,
    CameraHealth,
    CommandResult,
    Evidence,
    LaneCount,
    Message,
    Metrics,
    Numbered,
    Passage,
    Status,
)
from contract.topics import parse_address, parse_message

log = structlog.get_logger(__name__)
_MOST_RUNS = 200
"""Runs told to a node that comes back, or is asked for something: a node that catches up sends its passages before
their pictures, which leaves tens of thousands of runs for a while."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to: which outboxes want to hear what is committed, and what of it."""

    committed: dict[OutboxKey, Ranges]
    """The runs that the numbers of the batch lie in now, new or not; for an outbox that was born the longest too."""
    dead: int
    """How many packets were put aside."""


@dataclass(slots=True)
class _Numbers:
    """What came of one outbox in a batch."""

    key: OutboxKey
    came: set[int] = field(default_factory=set)
    before: Ranges = ()
    """The runs before this batch that its numbers lie in or touch."""
    done: set[int] = field(default_factory=set)
    """Those of `came` that are done with: before this batch, or meanwhile."""

    def begin(self, before: Ranges) -> None:
        """Learn what is on the disk."""
        self.before = before
        self.done = {seq for seq in self.came if contains(before, seq)}


@dataclass(frozen=True, slots=True)
class _Read:
    """A packet as far as it could be understood: its message, or why it is none, and its number, where it has one."""

    packet: Packet
    message: Message | PassageHead | None
    refusal: str = ""
    numbers: _Numbers | None = None
    seq: int = 0

    @property
    def is_done(self) -> bool:
        """Whether its number is done with."""
        return self.numbers is not None and self.seq in self.numbers.done


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Packets that are read and not kept yet; to be kept once."""

    read: Sequence[_Read]
    outboxes: Collection[_Numbers]
    nodes: frozenset[str]
    """Whose rows the batch may touch."""


@dataclass
class _Batch:
    """One batch on its way into the store."""

    transaction: Transaction
    born: set[OutboxKey] = field(default_factory=set)
    heard: set[tuple[str, str]] = field(default_factory=set)
    dead: int = 0


class Intake:
    """Takes batches of packets into the store. A numbered message counts once, however often it comes."""

    def __init__(self, store: Store, *, late_after_s: float) -> None:
        self._store = store
        self._late_after = timedelta(seconds=late_after_s)

    def take(self, packets: Iterable[Packet], now: datetime) -> Taken:
        """Read a batch and keep it, see `keep`."""
        return self.keep(read_all(packets), now)

    def keep(self, batch: ReadBatch, now: datetime) -> Taken:
        """Keep a batch; when this returns, all of it is on the disk, or put aside there with the reason.

        Raises:
            StoreUnavailable: nothing of the batch was kept; try again later.

        """
        with self._store.transaction(now) as transaction:
            transaction.lock(batch.nodes)  # another aggregator may have messages of the same node in hand
            before = self._store.ranges.near(transaction, {one.key: one.came for one in batch.outboxes})
            for outbox in batch.outboxes:
                outbox.begin(before[outbox.key])
            under_way = _Batch(transaction)
            self._keep_all(under_way, [one for one in batch.read if one.message is not None])
            for one in batch.read:
                if one.message is None:
                    self._put_aside(under_way, one, one.refusal)
            self._store.nodes.heard(transaction, *under_way.heard)
            after = {one.key: add(one.before, one.came) for one in batch.outboxes}
            self._store.ranges.save(transaction, before, after)
            committed = {one.key: touched(after[one.key], one.came) for one in batch.outboxes}
            for key in under_way.born:
                committed[key] = self._worth_telling(transaction, key, committed.get(key, ()))
        return Taken(committed, under_way.dead)

    def committed(self, key: OutboxKey) -> Ranges:
        """What an outbox should hear that asked for nothing: the runs that free most.

        Raises:
            StoreUnavailable: the database does not answer; try again later.

        """
        with self._store.reading() as reading:
            return self._worth_telling(reading, key)

    def _worth_telling(self, transaction: Transaction, key: OutboxKey, named: Ranges = ()) -> Ranges:
        return tuple(sorted({*named, *self._store.ranges.longest(transaction, key, _MOST_RUNS)}))

    def _keep_all(self, batch: _Batch, messages: Sequence[_Read]) -> None:
        """All at once, which costs little more than one; in halves where something among them cannot be kept."""
        try:
            self._keep(batch, messages)
        except StoreUnavailable:
            raise  # the whole batch has to wait
        except (MessageError, StoreError) as error:
            if len(messages) == 1:
                self._put_aside(batch, messages[0], str(error))
                return
            half = len(messages) // 2
            self._keep_all(batch, messages[:half])
            self._keep_all(batch, messages[half:])

    def _keep(self, batch: _Batch, messages: Sequence[_Read]) -> None:
        """Keep these or, when one of them cannot be kept, none."""
        with batch.transaction.savepoint():
            for one in messages:
                if one.message is not None and one.numbers is None:
                    self._keep_level(batch.transaction, one.message, retained=one.packet.retained)
            new = self._keep_numbered(batch.transaction, [one for one in messages if one.numbers is not None])
        for one in messages:
            if one.numbers is not None:
                if one.is_done and any(one.message is message for message in new):
                    self._note_reuse(batch.transaction, one, one.numbers.key)
                one.numbers.done.add(one.seq)
            self._note(batch, one)

    def _note_reuse(self, transaction: Transaction, read: _Read, key: OutboxKey) -> None:
        """A number that was done with tells of something new: a sound outbox never gives one out twice."""
        reason = (
            f"number {read.seq} of outbox {key.outbox_id} was used before, for something else: was "
            "the node's disk set back or copied? The passage is kept; give the node a new outbox to miss none"
        )
        self._store.dead_letters.add(transaction, read.packet.topic, read.packet.payload, reason)
        log.warning("number used twice", topic=read.packet.topic, reason=reason)

    def _keep_numbered(self, transaction: Transaction, read: Collection[_Read]) -> tuple[PassageHead, ...]:
        """Keep what is new by its id, whatever its number; the passages that were."""
        new: tuple[PassageHead, ...] = ()
        heads = [one.message for one in read if isinstance(one.message, PassageHead)]
        if heads:
            texts = [one.packet.payload.decode() for one in read if isinstance(one.message, PassageHead)]
            new = self._store.passages.keep(transaction, heads, texts, late_after=self._late_after)
        pictures = [one.message for one in read if isinstance(one.message, Evidence)]
        if pictures:
            self._store.evidence.save(transaction, *pictures)
        counts = [one.message for one in read if isinstance(one.message, LaneCount)]
        if counts:
            self._store.lane_counters.keep(transaction, counts)
        for one in read:
            if isinstance(one.message, BoothOpening):
                self._store.commands.note_opening(transaction, one.message)
        return new

    def _keep_level(self, transaction: Transaction, message: Message | PassageHead, *, retained: bool) -> None:
        if isinstance(message, Status):
            self._store.nodes.report_status(transaction, message)
        elif isinstance(message, CameraHealth):
            self._store.cameras.report(transaction, message, retained=retained)
        elif isinstance(message, Metrics):
            self._store.nodes.report_metrics(transaction, message)
        elif isinstance(message, CommandResult):
            known = self._store.commands.answer(transaction, message)
            log.info("command answered", known=known, **message.model_dump(mode="json", exclude={"stamp"}))

    @staticmethod
    def _note(batch: _Batch, read: _Read) -> None:
        """Who is alive, and who wants to hear what is committed."""
        message = read.message
        if isinstance(message, Status):
            if message.online and message.outbox_id:
                batch.born.add(OutboxKey(message.site, message.node, message.outbox_id))
            if not message.online:
                return  # the broker speaks a last will, not the node
        if not read.packet.retained:  # what the broker kept says nothing of the node being alive now
            batch.heard.add((message.site, message.node))  # type: ignore[union-attr]  # every payload in TOPICS has both

    def _put_aside(self, batch: _Batch, read: _Read, reason: str) -> None:
        """Keep what cannot be understood. Its number, where it has one, is done with: asking again would not help."""
        if read.is_done:
            return
        if read.numbers is not None:
            read.numbers.done.add(read.seq)
        batch.dead += 1
        self._store.dead_letters.add(batch.transaction, read.packet.topic, read.packet.payload, reason)
        # the rest of it quotes the message, and plates belong into no log
        log.warning("message put aside", topic=read.packet.topic, reason=reason.partition("\n")[0])


def read_all(packets: Iterable[Packet]) -> ReadBatch:
    """Read a batch. It touches no database, so that it can be done while the one before is written."""
    outboxes: dict[tuple[str, str, str], _Numbers] = {}
    read = [_read(packet, outboxes) for packet in packets]
    said = {(one.message.site, one.message.node) for one in read if one.message is not None}  # type: ignore[union-attr]  # as in _note
    nodes = said | {key[:2] for key in outboxes}
    return ReadBatch(read, outboxes.values(), frozenset(f"{site}/{node}" for site, node in nodes))


def _read(packet: Packet, outboxes: dict[tuple[str, str, str], _Numbers]) -> _Read:
    head = packet.head
    if head is not None:
        return _Read(packet, head, "", _counted(outboxes, head.site, head.node, head.outbox_id, head.seq), head.seq)
    try:
        message = parse_message(packet.topic, packet.payload)
    except MessageError as error:
        number = _number_of(packet)
        if number is None:
            return _Read(packet, None, str(error))
        key, seq = number
        return _Read(packet, None, str(error), _counted(outboxes, key.site, key.node, str(key.outbox_id), seq), seq)
    kept = head_of(message) if isinstance(message, Passage) else message
    if not isinstance(message, Numbered):
        return _Read(packet, kept)
    counted = _counted(outboxes, message.site, message.node, str(message.outbox_id), message.seq)
    return _Read(packet, kept, "", counted, message.seq)


def _counted(
    outboxes: dict[tuple[str, str, str], _Numbers], site: str, node: str, outbox_id: str, seq: int
) -> _Numbers:
    """What came of an outbox, with this number among it."""
    numbers = outboxes.get((site, node, outbox_id))
    if numbers is None:
        numbers = outboxes[site, node, outbox_id] = _Numbers(OutboxKey(site, node, UUID(outbox_id)))
    numbers.came.add(seq)
    return numbers


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
