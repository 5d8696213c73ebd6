"""Ingest against real brokers: what a node sends ends on central's disk once, whoever is killed in between."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from bench.postgres import postgres
from central.commands import CommandSender, ask_for_snapshot
from central.ingest.ingest import Ingest
from central.ingest.link import BrokerLink
from central.ingest.settings import IngestSettings, MqttSettings
from central.store import Store
from central.store.commands import CommandState
from central.store.database import StoreUnavailable
from central.store.intake import OutboxKey
from contract.messages import AccessList, Command, CommandResult, Committed, Message
from contract.topics import address_of, parse_message, subscription, topic_of
from tests.central.databases import ON_POSTGRESQL
from tests.central.made import OUTBOX, birth, evidence, health, passage, stamp

KEY = OutboxKey("huu-nghi", "huu-nghi-1", OUTBOX)
FAST = IngestSettings(replay_after_s=0.2, replay_every_s=0.5, retry_after_s=0.1)


class Node:
    """A node's link, as thin as can be: sends what it is told to, hears what central says."""

    def __init__(self, port: int) -> None:
        self.said: queue.Queue[Message] = queue.Queue()
        self._hears, self._lost = threading.Event(), threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="node")
        self.client.on_connect = lambda client, *_: client.subscribe(
            [(subscription(kind), 1) for kind in (Committed, AccessList, Command)]
        )
        self.client.on_subscribe = lambda *_: self._hears.set()
        self.client.on_disconnect = self._disconnected
        self.client.on_message = lambda _c, _d, m: self.said.put(parse_message(m.topic, bytes(m.payload)))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.wait_connected()

    def _disconnected(self, *_: object) -> None:
        self._hears.clear()
        self._lost.set()

    def wait_lost(self) -> None:
        """Until it is noticed that the broker is gone; once."""
        assert self._lost.wait(60), "the node did not lose the broker"

    def wait_connected(self) -> None:
        """Until the broker is reached and lets us hear central."""
        assert self._hears.wait(60), "the node did not reach the broker"

    def send(self, *messages: Message) -> None:
        for message in messages:
            topic = topic_of(type(message))
            info = self.client.publish(
                address_of(message), message.model_dump_json(), qos=topic.qos, retain=topic.retain
            )
            info.wait_for_publish(20)

    def hears(self, fits: Callable[[Message], bool]) -> Message:
        """The next message from central that fits; fails after half a minute."""
        while True:
            message = self.said.get(timeout=60)
            if fits(message):
                return message

    def hears_committed(self, *ranges: tuple[int, int]) -> None:
        self.hears(lambda message: isinstance(message, Committed) and message.ranges == ranges)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def node(broker) -> Iterator[Node]:
    node = Node(broker.port)
    yield node
    node.close()


class Central:
    """Ingest over a store on disk; can be ended and started again."""

    def __init__(self, port: int, folder: Path, url: str = "") -> None:
        self._port, self._folder = port, folder
        self._url = url or f"sqlite:///{folder / 'central.db'}"
        self.start()

    def start(self) -> None:
        self.store = Store.open(self._url, self._folder / "evidence")
        self.ingest = Ingest(self.store, MqttSettings(host="127.0.0.1", port=self._port), FAST)
        self.ingest.start()

    def stop(self) -> None:
        self.ingest.stop()
        self.store.close()
        assert self.ingest.worker.failure is None

    def restart(self) -> None:
        self.stop()
        self.start()

    def passages(self) -> list[int]:
        return sorted(record.passage_id.int - 1000 for record in self.store.passages.list(limit=100).items)


@pytest.fixture
def central(broker, tmp_path: Path) -> Iterator[Central]:
    central = Central(broker.port, tmp_path)
    yield central
    central.stop()


def connected(central: Central, *, more_than: int = 0) -> None:
    """Wait until central has reached the broker (again)."""
    pause = threading.Event()
    for _ in range(600):
        if central.ingest.connected and central.ingest.connections > more_than:
            return
        pause.wait(0.1)
    pytest.fail("central did not reach the broker")


def test_what_a_node_sends_is_kept_and_said_to_be_kept(central: Central, node: Node) -> None:
    """Birth, passages and a picture arrive; the node hears exactly which numbers are on the disk."""
    connected(central)
    first = passage(1)
    node.send(birth(), first, passage(2), evidence(3, first))
    node.hears_committed((1, 3))
    assert central.passages() == [1, 2]
    assert central.store.nodes.list()[0].online


def test_a_gap_is_asked_for_and_closed(central: Central, node: Node) -> None:
    """A number that is missing is asked for, once it stays missing; when it comes nothing is asked any more."""
    connected(central)
    node.send(passage(1), passage(4))
    asked = node.hears(lambda message: isinstance(message, Committed) and bool(message.replay))
    assert isinstance(asked, Committed)
    assert (asked.ranges, asked.replay) == (((1, 1), (4, 4)), ((2, 3),))
    node.send(passage(2), passage(3))
    done = node.hears(lambda message: isinstance(message, Committed) and message.ranges == ((1, 4),))
    assert isinstance(done, Committed)
    assert done.replay == ()


def test_central_ended_and_started_between_messages_loses_nothing(central: Central, node: Node) -> None:
    """What is sent while central is away is sent again by the node; central keeps each once."""
    connected(central)
    node.send(birth(), passage(1))
    node.hears_committed((1, 1))
    central.stop()
    node.send(passage(2), passage(3))
    central.start()
    connected(central)
    node.send(passage(1), passage(2), passage(3))  # nobody said that they are committed
    node.hears_committed((1, 3))
    central.restart()
    assert central.passages() == [1, 2, 3]
    assert central.store.ranges.get(KEY) == ((1, 3),)


def test_a_broker_that_forgets_everything_costs_nothing(central: Central, node: Node, broker) -> None:
    """The broker is ended and comes back empty; central and node find each other again and finish."""
    connected(central)
    node.send(passage(1))
    node.hears_committed((1, 1))
    before = central.ingest.connections
    broker.stop()
    node.wait_lost()
    broker.start()
    connected(central, more_than=before)
    node.wait_connected()
    node.send(passage(1), passage(2))
    node.hears_committed((1, 2))
    assert central.passages() == [1, 2]


def test_bad_payloads_do_not_stop_the_good_ones(central: Central, node: Node) -> None:
    """Garbage on our topics and beside them is put aside; the rest goes on."""
    connected(central)
    topic = address_of(passage(1))
    for payload in (b"\x00\xff", b"{}", b"[" * 5000):
        node.client.publish(topic, payload, qos=1).wait_for_publish(20)
    node.send(passage(1))
    node.hears_committed((1, 1))
    assert central.store.dead_letters.count() == 3
    assert central.passages() == [1]


def test_while_the_disk_is_full_nothing_is_acknowledged(
    central: Central, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that cannot be written is tried again until it can; only then the node hears of it."""
    connected(central)
    tries = []
    keep = central.store.passages.keep

    def full(*args, **kwargs):
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("no space left on device")
        return keep(*args, **kwargs)

    monkeypatch.setattr(central.store.passages, "keep", full)
    node.send(passage(1))
    node.hears_committed((1, 1))
    assert len(tries) == 3
    assert central.passages() == [1]


@pytest.mark.parametrize("_", [ON_POSTGRESQL])
def test_while_postgresql_is_away_nothing_is_acknowledged(_: str, broker, node: Node, tmp_path: Path) -> None:
    """The server is ended and comes back: what was sent meanwhile is committed then, and told then."""
    with postgres(durable=False) as server:
        central = Central(broker.port, tmp_path, server.url(server.create()))
        connected(central)
        node.send(passage(1))
        node.hears_committed((1, 1))
        server.stop()
        node.send(passage(2), passage(3))
        while not node.said.empty():
            said = node.said.get()
            assert isinstance(said, Committed)
            assert said.ranges == ((1, 1),)
        server.start()
        node.hears_committed((1, 3))
        assert central.passages() == [1, 2, 3]
        central.stop()


def test_central_can_speak_to_a_node(central: Central, node: Node) -> None:
    """An access list reaches its node."""
    connected(central)
    now = datetime.now(UTC)
    access = AccessList(site="huu-nghi", node="huu-nghi-1", version=1, issued_at=now, expires_at=now, entries=())
    central.ingest.publish(access)
    assert node.hears(lambda message: isinstance(message, AccessList)) == access


def test_numbers_of_a_new_disk_begin_at_one(central: Central, node: Node) -> None:
    """A node with a new outbox is told about the new one."""
    connected(central)
    node.send(passage(1), passage(2))
    node.hears_committed((1, 2))
    new = UUID(int=78)
    node.send(birth(outbox_id=new), passage(1, outbox_id=new, passage_id=UUID(int=1009)))
    node.hears(
        lambda message: isinstance(message, Committed) and message.outbox_id == new and message.ranges == ((1, 1),)
    )
    assert central.passages() == [1, 2, 9]


def test_a_command_reaches_the_node_and_its_answer_the_disk(central: Central, node: Node) -> None:
    """Sent as soon as it is recorded, not retained; the answer makes it done."""
    connected(central)
    node.send(birth(), health(), passage(1))
    node.hears_committed((1, 1))
    camera = central.store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert camera is not None
    sender = CommandSender(central.store, central.ingest.publish, lambda: central.ingest.connected)
    sender.start()
    answered = threading.Event()

    def look() -> None:
        found = central.store.commands.get(record.command.command_id)
        if found and found.state(datetime.now(UTC)) is CommandState.DONE:
            answered.set()

    record = ask_for_snapshot(central.store, camera, actor="lan")
    central.store.on_commit(look)
    heard = node.hears(lambda message: isinstance(message, Command))
    assert heard == record.command
    node.send(
        CommandResult(
            site=record.command.site,
            node=record.command.node,
            command_id=record.command.command_id,
            done=True,
            stamp=stamp(),
        )
    )
    assert answered.wait(60)
    sender.stop()
    assert sender.worker.failure is None


def test_without_its_listener_central_ends_and_is_started_again(broker, tmp_path: Path) -> None:
    """Half a central that looks alive would take nothing in: the failure is told, and its program ends over it."""
    central = Central(broker.port, tmp_path)
    connected(central)
    central.ingest._link._listener.kill()
    pause = threading.Event()
    for _ in range(600):
        if central.ingest.worker.failure is not None:
            break
        pause.wait(0.1)
    assert "listens to the broker has ended" in str(central.ingest.worker.failure)
    assert not central.ingest.connected
    central.ingest.stop()
    central.store.close()


def test_the_listener_ends_with_central_however_that_ends(broker) -> None:
    """When central is killed nobody tells the listener: the pipe is gone, and it goes too."""
    link = BrokerLink(MqttSettings(host="127.0.0.1", port=broker.port))
    link.start()
    link._pipe.close()
    assert link._listener.wait(60) == 0


def test_what_is_taken_at_once_has_so_many_bytes_at_most(broker, node) -> None:
    """Passages do not wait behind hundreds of pictures; what is larger than that by itself comes alone."""
    link = BrokerLink(MqttSettings(host="127.0.0.1", port=broker.port))
    link.start()
    for _ in range(600):
        if link.connected:
            break
        link.take(1, 1, idle_s=0.1, more_s=0)
    messages = [passage(number) for number in range(1, 8)]
    each = [len(message.model_dump_json()) for message in messages]
    node.send(*messages)
    taken: list[list[int]] = []
    while sum(map(len, taken)) < len(messages):
        deliveries = link.take(100, max(each) * 3, idle_s=30, more_s=0.5)
        assert deliveries, "not all of them came"
        taken.append([len(one.packet.payload) for one in deliveries])
    rest = [passage(8), passage(9)]
    node.send(*rest)
    alone = [len(link.take(100, 10, idle_s=30, more_s=0.5)) for _ in rest]
    link.stop()
    assert all(sum(sizes) <= max(each) * 3 for sizes in taken)
    assert [size for sizes in taken for size in sizes] == each
    assert alone == [1, 1]
