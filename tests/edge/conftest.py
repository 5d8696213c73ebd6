"""A broker and a central to test the edge against: real brokers on a free port, and a central that only commits."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from contract.messages import Committed, Evidence, Message, Numbered, Passage, SeqRange
from contract.topics import TOPICS, address_of, parse_message, subscription, topic_of

SITE, NODE = "made-up", "made-up-1"
PATIENCE_S = 60.0
"""How long a loaded machine may take; a test that waits in vain so long has failed."""


def _wait_until(condition: Callable[[], bool], *, what: str) -> None:
    """Poll until the condition holds; for what no event tells."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s in vain: {what}")
        time.sleep(0.02)


class Broker:
    """A broker in a process of its own: it can be killed as by a power cut, and comes back on its port."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._kind == "mosquitto":
            settings = self._folder / "mosquitto.conf"
            settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
            found = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
            command = [found, "-c", str(settings)]
        else:
            command = [sys.executable, "-m", "simulation.broker", "--port", str(self.port)]
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        _wait_until(self._answers, what=f"{self._kind} to answer")

    def kill(self) -> None:
        """End it at once; what it only had in memory is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class FakeCentral:
    """Hears one node. Keeps what it commits in memory, says so as central does, and can be told to behave badly."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._changed = threading.Condition()
        self._client: paho.Client | None = None
        self.commits = True
        self.heard: list[Message] = []
        self.kept: dict[int, Numbered] = {}

    def start(self) -> None:
        """Connect, and wait until the broker has taken the subscriptions."""
        subscribed = threading.Event()
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id="fake-central", clean_session=True)
        client.reconnect_delay_set(1, 1)

        def on_connect(*_: Any) -> None:
            client.subscribe([(subscription(kind.payload), 1) for kind in TOPICS if kind.sender == "edge"])

        client.on_connect = on_connect
        client.on_subscribe = lambda *_: subscribed.set()
        client.on_message = self._take
        self._client = client  # it answers from the first message on
        client.connect("127.0.0.1", self._port, keepalive=30)
        client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def stop(self) -> None:
        """Go away; what is on its disk stays."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def say(self, message: Message) -> None:
        """Publish something of central's."""
        topic = topic_of(type(message))
        self.say_raw(address_of(message), message.model_dump_json().encode(), retain=topic.retain)

    def say_raw(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish any bytes."""
        assert self._client is not None
        self._client.publish(topic, payload, qos=1, retain=retain)

    def tell_committed(self, example: Numbered, *, replay: tuple[SeqRange, ...] = ()) -> None:
        """Say what is kept of the outbox of `example`."""
        ranges: list[tuple[int, int]] = []
        for seq in sorted(self.kept):
            if ranges and ranges[-1][1] == seq - 1:
                ranges[-1] = (ranges[-1][0], seq)
            else:
                ranges.append((seq, seq))
        self.say(
            Committed(
                site=example.site,
                node=example.node,
                outbox_id=example.outbox_id,
                ranges=tuple(ranges),
                replay=replay,
            )
        )

    def of(self, kind: type[Message]) -> list[Any]:
        """Everything heard of a kind, in order."""
        with self._changed:
            return [message for message in self.heard if isinstance(message, kind)]

    def wait_for(self, condition: Callable[[], bool], *, what: str) -> None:
        """Wait until what was heard fulfils the condition."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_S), f"waited in vain: {what}"

    def passages(self) -> dict[Any, Passage]:
        """The last revision of each passage that is kept."""
        found: dict[Any, Passage] = {}
        for message in self.kept.values():
            if isinstance(message, Passage):
                before = found.get(message.passage_id)
                if before is None or before.revision < message.revision:
                    found[message.passage_id] = message
        return found

    def pictures(self) -> dict[str, Evidence]:
        """The pictures that are kept, by hash."""
        return {message.sha256: message for message in self.kept.values() if isinstance(message, Evidence)}

    def _take(self, _client: paho.Client, _data: object, packet: paho.MQTTMessage) -> None:
        message = parse_message(packet.topic, bytes(packet.payload))
        with self._changed:
            self.heard.append(message)
            if isinstance(message, Numbered) and self.commits:
                before = self.kept.setdefault(message.seq, message)
                assert before == message, "one number, two messages"
                self.tell_committed(message)
            self._changed.notify_all()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Waits until a condition holds that no event tells of: `wait_until(condition, what=…)`."""
    return _wait_until


@pytest.fixture(params=["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def any_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A running broker, each kind in turn."""
    if request.param == "mosquitto" and not (shutil.which("mosquitto") or Path("/usr/sbin/mosquitto").exists()):
        pytest.skip("mosquitto is not on this machine; on Debian: sudo apt install mosquitto")
    yield from _running(Broker(request.param, tmp_path))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running broker, the one that needs nothing installed."""
    yield from _running(Broker("amqtt", tmp_path))


def _running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def make_central() -> Iterator[Callable[[Broker], FakeCentral]]:
    """Centrals that are stopped at the end."""
    with contextlib.ExitStack() as cleanup:

        def make(broker: Broker) -> FakeCentral:
            central = FakeCentral(broker.port)
            cleanup.callback(central.stop)
            central.start()
            return central

        yield make
