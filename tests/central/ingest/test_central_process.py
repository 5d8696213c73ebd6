"""The program itself: `smartgate central run`, killed as a power cut would, and ended in order."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from bench.offline import NODE, SITE, revisions
from central.store import Store
from central.store.intake import OutboxKey
from central.store.ranges import contains
from central.store.records import EventKind, PassageRecord
from contract.messages import Committed, Status
from contract.topics import address_of, parse_message, subscription
from edge.mqtt import NodeLink
from edge.outbox import Outbox
from edge.settings import MqttSettings
from tests.central.made import OUTBOX, passage

KEY = OutboxKey("huu-nghi", "huu-nghi-1", OUTBOX)
VEHICLES = int(os.environ.get("SMARTGATE_CATCH_UP_VEHICLES", "40"))
"""Of the backlog that central is killed amid."""


class Program:
    """`smartgate central run` as a process."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.web_port: int = probe.getsockname()[1]
        self.config = folder / "central.toml"
        self.config.write_text(
            f'data_dir = "data"\n[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\n'
            f"[ingest]\nreplay_after_s = 0.3\n[web]\nport = {self.web_port}\n"
        )
        self.folder = folder
        self._log = folder / "central.log"

    def start(self) -> None:
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "central", "run", "--config", str(self.config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        self.lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("central on"):
                return
        pytest.fail(f"central ended while it was starting:\n{self.words()}")

    def words(self) -> str:
        """What it said so far."""
        return "".join(self.lines) + self._log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._close()

    def _close(self) -> int:
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        self.process.stdout.close()
        return self.process.wait(60)

    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.folder / 'data' / 'central.db'}", self.folder / "data" / "evidence")


@pytest.fixture
def program(broker, tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path, broker.port)
    program.start()
    yield program
    if program.process.poll() is None:
        program.kill()


class ThinNode:
    """A node that sends what is not committed, again and again, as the contract says."""

    def __init__(self, port: int) -> None:
        self.said: queue.Queue[Committed] = queue.Queue()
        self.kept: tuple[tuple[int, int], ...] = ()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="node")
        self.client.on_connect = lambda client, *_: client.subscribe(subscription(Committed), 1)
        self.client.on_message = self._heard
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _heard(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        said = parse_message(message.topic, bytes(message.payload))
        assert isinstance(said, Committed)
        self.said.put(said)

    def send(self, last: int) -> list[int]:
        """Send those of 1…`last` that nobody said are committed; which ones that were."""
        missing = [seq for seq in range(1, last + 1) if not contains(self.kept, seq)]
        for seq in missing:
            message = passage(seq)
            self.client.publish(address_of(message), message.model_dump_json(), qos=1).wait_for_publish(20)
        return missing

    def send_until_committed(self, last: int, program: Program) -> None:
        """Send until all of 1…`last` is committed; fails after a minute and a half."""
        for _ in range(90):
            missing = self.send(last)
            if not missing:
                return
            with contextlib.suppress(queue.Empty):
                self.kept = self.said.get(timeout=1.0).ranges
                while True:
                    self.kept = self.said.get_nowait().ranges
        pytest.fail(f"never committed: {missing}; central (ended: {program.process.poll()}) said:\n{program.words()}")

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_killed_again_and_again_central_loses_nothing_and_counts_nothing_twice(program: Program, broker) -> None:
    """Four lives of central, three ended by SIGKILL in the middle of traffic: every passage is there once."""
    node = ThinNode(broker.port)
    node.send_until_committed(5, program)
    for life in range(1, 4):
        node.send(life * 10)
        program.kill()
        node.send(life * 10 + 5)  # into the void, or into the broker's queue
        program.start()
    node.send_until_committed(40, program)
    node.close()
    assert program.end() == 0
    store = program.store()
    assert store.ranges.get(KEY) == ((1, 40),)
    passages = store.passages.list(limit=100).items
    assert sorted(record.passage_id.int - 1000 for record in passages) == list(range(1, 41))
    told = [event.subject for event in store.events.after(0) if event.kind is EventKind.PASSAGE]
    assert len(told) == len(set(told)) == 40
    assert all(record.outcome is not None for record in passages[5:])
    store.close()


def test_killed_while_a_node_catches_up_central_has_everything_once(program: Program, broker, tmp_path: Path) -> None:
    """Two lives end by SIGKILL amid a real node's backlog, passages and pictures: all arrives, none of it twice."""
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        for number in range(VEHICLES, 0, -1):
            outbox.append_all(revisions(number, picture_share=0.01))
        given = outbox.counts()
        birth = Status(
            site=SITE,
            node=NODE,
            online=True,
            boot_id=uuid4(),
            outbox_id=outbox.outbox_id,
            started_at=datetime.now(UTC),
        )
        settings = MqttSettings(host="127.0.0.1", port=broker.port, tls=False, window=2, resend_after_s=1.0)
        link = NodeLink(settings, outbox, birth, on_access=lambda _: None, on_command=lambda _: None)
        link.start()
        for part in (0.7, 0.3):
            wait_for_pending(outbox, int(part * given.pending), program)
            program.kill()
            assert outbox.counts().pending > 0
            program.start()
        wait_for_pending(outbox, 0, program)
        link.stop()
        assert outbox.outbox_id is not None
        key = OutboxKey(SITE, NODE, outbox.outbox_id)
    assert program.end() == 0
    store = program.store()
    assert store.ranges.get(key) == ((1, given.last_seq),)
    passages = [record for page in pages(store) for record in page]
    assert len(passages) == len({record.passage_id for record in passages}) == VEHICLES
    assert {record.revision for record in passages} == {2}
    shown = [picture for record in passages for picture in record.evidence]
    assert len(shown) == 3 * VEHICLES
    assert all(picture.present and store.evidence.path(picture.sha256) for picture in shown)
    assert all(record.outcome is not None for record in passages)
    assert store.dead_letters.count() == 0
    store.close()


def wait_for_pending(outbox: Outbox, number: int, program: Program) -> None:
    """Until no more than so many messages wait for central; fails after two minutes."""
    until_s, pause = time.monotonic() + 120, threading.Event()
    while (waiting := outbox.counts().pending) > number:
        if time.monotonic() > until_s:
            pytest.fail(f"{waiting} messages wait still; central said:\n{program.words()}")
        pause.wait(0.01)


def pages(store: Store) -> Iterator[tuple[PassageRecord, ...]]:
    cursor = None
    while True:
        page = store.passages.list(limit=200, cursor=cursor)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def test_the_first_start_prints_a_login_and_the_page_answers(program: Program) -> None:
    """A one-time password at the first start only; the key that nodes need is printed each time."""
    assert httpx.get(f"http://127.0.0.1:{program.web_port}/healthz", timeout=60).status_code == httpx.codes.OK
    assert any(line.startswith("first login: admin / ") for line in program.lines)
    key = subprocess.run(
        [sys.executable, "-m", "cli", "central", "key", "--config", str(program.config)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert any(key in line for line in program.lines)
    assert program.end() == 0
    program.start()
    assert not any("first login" in line for line in program.lines)
    assert program.end() == 0
