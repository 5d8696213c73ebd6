"""How fast central takes messages in, durably, against a bare subscriber that throws them away.

Both find the same messages waiting at the same mosquitto and drain them, each alone and in a process of its own: no
publisher takes part while it is measured. What bounds central is said beside it: how many syncs a second this disk
makes, and how many messages wait for an acknowledgement at most.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.offline import revisions
from bench.postgres import postgres
from bench.programs import mosquitto
from bench.tables import Cell, Column, Table
from central.ingest.ingest import Ingest
from central.ingest.settings import IngestSettings, MqttSettings
from central.memory import search_memory_seldom
from central.store import Store
from central.store.intake import OutboxKey
from contract.errors import SmartGateError
from contract.messages import Evidence, Passage
from contract.topics import address_of, subscription

DATABASES = ("sqlite", "postgresql")
KINDS = {"passages": 0.0, "pictures": 1.0}
"""How large the pictures are, as a share of real ones; 0 leaves them out."""
_PATIENCE_S = 600.0
_SYNCS = 100
_WINDOW = 1000
"""`max_inflight_messages` of the broker, see `bench.programs`."""
_BARE = "bare"
_LIMIT = 0.5
"""Half as fast as the bare subscriber is wanted."""
_FILLED_LIMIT = 0.8
"""Into a filled database four fifths as fast as into an empty one are wanted."""


@dataclass(frozen=True)
class Backlog:
    """Messages that wait at a broker for whoever was subscribed."""

    port: int
    messages: int
    wire_bytes: int
    last: dict[OutboxKey, int]
    """The highest number of each outbox."""


@dataclass(frozen=True)
class Drained:
    """How fast a backlog went."""

    seconds: float
    messages: int

    @property
    def per_s(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def syncs_per_s(folder: Path) -> float:
    """How often a small append reaches this disk in a second: the limit of commits one after another."""
    with (folder / "syncs").open("wb", buffering=0) as file:
        began_s = time.perf_counter()
        for _ in range(_SYNCS):
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
        return _SYNCS / (time.perf_counter() - began_s)


def ingest_tables(
    folder: Path, *, vehicles: int, nodes: int, databases: tuple[str, ...], kinds: tuple[str, ...], repeats: int = 1
) -> tuple[Table, Table]:
    """The limits, and the rates. A vehicle is three messages, and three more with pictures.

    Each is measured `repeats` times, in pairs of the two one after the other; the rates and the ratio are medians.

    Raises:
        SmartGateError: mosquitto or PostgreSQL is not installed, or something does not end in ten minutes.

    """
    limits: list[tuple[Cell, ...]] = []
    rates: list[tuple[Cell, ...]] = []
    for kind in kinds:
        share = KINDS[kind]
        number = vehicles if not share else max(1, vehicles // 10)
        for database in databases:
            pairs = [_pair(folder, number, nodes, share, database) for _ in range(repeats)]
            backlog = pairs[0][0]
            bare_per_s = median(bare.per_s for _, bare, _ in pairs)
            taken_per_s = median(taken.per_s for _, _, taken in pairs)
            ratio = median(taken.per_s / bare.per_s for _, bare, taken in pairs)
            rates.append((database, kind, backlog.messages, bare_per_s, taken_per_s, ratio, ratio / _LIMIT))
            mean = backlog.wire_bytes / backlog.messages
            limits.append((database, kind, syncs_per_s(folder), _WINDOW, mean, taken_per_s * mean / 1e6))
    load = f" {repeats} pairs, medians. Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors meanwhile."
    return (
        Table(
            "ingest_limits",
            "What bounds taking in",
            (
                Column("database"),
                Column("kind"),
                Column("disk_syncs_per_s", "count"),
                Column("window", "count"),
                Column("bytes_per_message", "count"),
                Column("megabytes_per_s", "number"),
            ),
            tuple(limits),
        ),
        Table(
            "ingest",
            "Taken in durably, against a bare subscriber",
            (
                Column("database"),
                Column("kind"),
                Column("messages", "count"),
                Column("bare_per_s", "count"),
                Column("durable_per_s", "count"),
                Column("ratio_to_bare_subscriber", "number"),
                Column("of_0.5", "number"),
            ),
            tuple(rates),
            note="Both drain the same backlog of one mosquitto; committed with every sync that the product makes."
            + load,
        ),
    )


def _pair(folder: Path, vehicles: int, nodes: int, share: float, database: str) -> tuple[Backlog, Drained, Drained]:
    with mosquitto(folder, queued=0) as port:
        _subscribe(port)
        backlog = _fill(port, vehicles, nodes, share)
        bare = _in_process(_drain_bare, backlog)
        with _store_url(database, folder) as url:
            taken = _in_process(_drain_central, backlog, url, folder / f"evidence-{uuid4().hex}")
    return backlog, bare, taken


def filled_table(folder: Path, filled: Path, *, vehicles: int, nodes: int, repeats: int) -> Table:
    """The rate into a filled SQLite database beside that into an empty one, broker and listener among it.

    The made-up vehicles stay in `filled`. The two take turns, `repeats` times, each from a broker and in a process of
    its own; the first time a filled one has nothing in memory, so each turn is a row.

    Raises:
        SmartGateError: mosquitto is not installed, there is no such file, or something does not end in ten minutes.

    """
    if not filled.is_file():
        raise SmartGateError(f"no database {filled}; `smartgate bench province` and `smartgate central run` make one")
    rows: list[tuple[Cell, ...]] = []
    for turn in range(1, repeats + 1):
        rates = []
        for url in (f"sqlite:///{folder / uuid4().hex}.db", f"sqlite:///{filled.resolve()}"):
            with mosquitto(folder, queued=0) as port:
                _subscribe(port)
                backlog = _fill(port, vehicles, nodes, KINDS["passages"])
                rates.append(_in_process(_drain_central, backlog, url, folder / f"evidence-{uuid4().hex}").per_s)
        empty_per_s, filled_per_s = rates
        ratio = filled_per_s / empty_per_s
        gigabytes = filled.stat().st_size / 1e9
        rows.append((turn, gigabytes, backlog.messages, empty_per_s, filled_per_s, ratio, ratio / _FILLED_LIMIT))
    columns = (
        Column("turn", "count"),
        Column("gigabytes", "number"),
        Column("messages", "count"),
        Column("empty_per_s", "count"),
        Column("filled_per_s", "count"),
        Column("ratio_to_empty", "number"),
        Column("of_0.8", "number"),
    )
    load = f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors at the end."
    return Table(
        "ingest_filled", "Taken in to a filled database, against an empty one", columns, tuple(rows), note=load
    )


@contextmanager
def _store_url(database: str, folder: Path) -> Iterator[str]:
    if database == "postgresql":
        with postgres(durable=True) as server:
            yield server.url(server.create())
        return
    yield f"sqlite:///{folder / f'{uuid4().hex}.db'}"


def _settings(port: int) -> MqttSettings:
    return MqttSettings(host="127.0.0.1", port=port)


def _subscribe(port: int) -> None:
    """Have the broker keep for both what is to come."""
    for client_id in (_BARE, _settings(port).client_id):
        client = _client(client_id, port)
        subscribed = threading.Event()
        client.on_subscribe = lambda *_, heard=subscribed: heard.set()
        client.loop_start()
        client.subscribe([(subscription(kind), 1) for kind in (Passage, Evidence)])
        _wait(subscribed, "the broker did not answer a subscription")
        client.disconnect()
        client.loop_stop()


def _client(client_id: str, port: int, *, clean: bool = False) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean)
    client.max_inflight_messages_set(_WINDOW)
    client.connect("127.0.0.1", port)
    return client


def _fill(port: int, vehicles: int, nodes: int, share: float) -> Backlog:
    """Publish what so many vehicles are told as, by so many nodes in turn."""
    client = _client("filler", port, clean=True)
    client.loop_start()
    outboxes = [OutboxKey("made-up", f"made-up-{number}", uuid4()) for number in range(nodes)]
    seqs = dict.fromkeys(outboxes, 0)
    count = wire_bytes = 0
    now = datetime.now(UTC)
    for number in range(vehicles, 0, -1):
        key = outboxes[number % nodes]
        for make in revisions(number, picture_share=share, now=now):
            seqs[key] += 1
            message = make(key.outbox_id, seqs[key]).model_copy(update={"node": key.node})
            payload = message.model_dump_json()
            info = client.publish(address_of(message), payload, qos=1)
            count, wire_bytes = count + 1, wire_bytes + len(payload)
        if not number % 100:
            info.wait_for_publish(_PATIENCE_S)
    info.wait_for_publish(_PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    return Backlog(port, count, wire_bytes, {key: last for key, last in seqs.items() if last})


def _in_process(drain: Callable[..., Drained], *given: object) -> Drained:
    """What is measured shares no interpreter with what measures."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(drain, given)


def _drain_bare(backlog: Backlog) -> Drained:
    """As paho does it by itself: each message is acknowledged as soon as it was handed over."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=_BARE, clean_session=False)
    heard, done = 0, threading.Event()

    def count(*_: object) -> None:
        nonlocal heard
        heard += 1
        if heard == backlog.messages:
            done.set()

    client.on_message = count
    began_s = time.perf_counter()
    client.connect("127.0.0.1", backlog.port)
    client.loop_start()
    _wait(done, "the bare subscriber did not hear everything")
    taken_s = time.perf_counter() - began_s
    client.disconnect()
    client.loop_stop()
    return Drained(taken_s, backlog.messages)


def _drain_central(backlog: Backlog, url: str, evidence: Path) -> Drained:
    """From the first commit on, until every number is on the disk: neither store nor listener are there at once."""
    search_memory_seldom()
    store = Store.open(url, evidence)
    ingest = Ingest(store, _settings(backlog.port), IngestSettings())
    changed = threading.Event()
    store.on_commit(changed.set)
    began_s, before, waiting = time.perf_counter(), 0, list(backlog.last)
    ingest.start()
    while waiting:
        _wait(changed, "central did not take everything in")
        changed.clear()
        if ingest.worker.failure:
            raise SmartGateError("central's ingest ended") from ingest.worker.failure
        if not before:
            before = sum(_on_disk(store, key) for key in waiting) % backlog.messages
            began_s = time.perf_counter() if before else began_s
        # one outbox at a time: all of them after each commit would cost as much as a third of what is measured
        while waiting and _on_disk(store, waiting[-1]) == backlog.last[waiting[-1]]:
            waiting.pop()
    taken_s = time.perf_counter() - began_s
    ingest.stop()
    store.close()
    return Drained(taken_s, backlog.messages - before)


def _on_disk(store: Store, key: OutboxKey) -> int:
    """The number up to which all of an outbox are there."""
    return sum(last for _, last in store.ranges.get(key)[:1])


def _wait(event: threading.Event, otherwise: str) -> None:
    if not event.wait(_PATIENCE_S):
        raise SmartGateError(otherwise)
