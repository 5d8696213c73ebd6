"""Three aggregators on one PostgreSQL share what the nodes send; one of them is killed under load."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bench.offline import NODE, SITE, revisions
from bench.postgres import Postgres
from bench.programs import mosquitto
from central.store import Store
from central.store.intake import OutboxKey
from central.store.records import EventKind, PassageRecord
from contract.messages import Status
from edge.mqtt import NodeLink
from edge.outbox import Outbox
from edge.settings import MqttSettings
from tests.central.databases import ON_POSTGRESQL, server
from tests.central.ingest.conftest import MOSQUITTO

__all__ = ["server"]
VEHICLES = int(os.environ.get("SMARTGATE_AGGREGATOR_VEHICLES", "40"))
"""Of the backlog that one aggregator is killed amid; three revisions each, and pictures."""
PATIENCE_S = 110

pytestmark = [
    *ON_POSTGRESQL.marks,
    pytest.mark.system,
    pytest.mark.mosquitto,
    pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed"),
]


class Aggregator:
    """`smartgate central run`, one of a group."""

    def __init__(self, folder: Path, number: int, broker_port: int, database_url: str) -> None:
        self._config = folder / f"central-{number}.toml"
        self.log = folder / f"central-{number}.log"
        self._config.write_text(
            f'data_dir = "data"\ndatabase_url = "{database_url}"\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\nclient_id = "central-{number}"\nshare = "province"\n'
            "[ingest]\nreplay_after_s = 0.5\n[web]\nport = 0\n"
        )

    def start(self) -> None:
        command = [sys.executable, "-m", "cli", "central", "run", "--config", str(self._config)]
        with self.log.open("w") as log:
            environment = os.environ | {"PYTHONUNBUFFERED": "1"}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def said(self, words: str) -> bool:
        return words in self.log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def wait_until(happened: Callable[[], bool], group: list[Aggregator], what: str) -> None:
    until_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not happened():
        if time.monotonic() > until_s:
            words = "\n".join(one.log.read_text()[-3000:] for one in group)
            pytest.fail(f"{what} did not happen; the aggregators said:\n{words}")
        pause.wait(0.05)


@pytest.fixture
def group(tmp_path: Path, server: Postgres) -> Iterator[tuple[list[Aggregator], Store, int]]:
    """Three that run, the first of them elected; the store that they share; the broker's port."""
    url = server.url(server.create())
    with ExitStack() as ends, mosquitto(tmp_path) as port:
        store = Store.open(url, tmp_path / "data" / "evidence")
        ends.callback(store.close)
        aggregators = [Aggregator(tmp_path, number, port, url) for number in range(3)]
        for one in aggregators:
            one.start()
            ends.callback(one.kill)
            if one is aggregators[0]:
                wait_until(
                    lambda: aggregators[0].said("elected to watch"), aggregators[:1], "the election of the first"
                )
        wait_until(lambda: all(one.said("broker reached") for one in aggregators), aggregators, "a start")
        yield aggregators, store, port


def births(outbox_id: UUID | None) -> Status:
    return Status(site=SITE, node=NODE, online=True, boot_id=uuid4(), outbox_id=outbox_id, started_at=datetime.now(UTC))


def pages(store: Store) -> Iterator[PassageRecord]:
    cursor = None
    while True:
        page = store.passages.list(limit=200, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def test_the_elected_one_of_three_is_killed_under_load(
    group: tuple[list[Aggregator], Store, int], tmp_path: Path
) -> None:
    """Nothing is lost, nothing is there twice, another one is elected and judges what came; all took part."""
    aggregators, store, port = group
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        for number in range(VEHICLES, 0, -1):
            outbox.append_all(revisions(number, picture_share=0.01))
        given = outbox.counts()
        assert outbox.outbox_id is not None
        key = OutboxKey(SITE, NODE, outbox.outbox_id)
        settings = MqttSettings(host="127.0.0.1", port=port, tls=False, window=2, resend_after_s=1.0)
        link = NodeLink(settings, outbox, births(key.outbox_id), on_access=lambda _: None, on_command=lambda _: None)
        link.start()
        wait_until(lambda: outbox.counts().pending <= 0.7 * given.pending, aggregators, "the first third")
        aggregators[0].kill()
        assert outbox.counts().pending > 0
        wait_until(lambda: outbox.counts().pending == 0, aggregators, "catching up")
        link.stop()
    survivors = aggregators[1:]
    wait_until(lambda: any(one.said("elected to watch") for one in survivors), aggregators, "another election")
    assert store.ranges.get(key) == ((1, given.last_seq),)
    passages = list(pages(store))
    assert len(passages) == len({record.passage_id for record in passages}) == VEHICLES
    assert {record.revision for record in passages} == {2}
    shown = [picture for record in passages for picture in record.evidence]
    assert len(shown) == 3 * VEHICLES
    assert all(picture.present and store.evidence.path(picture.sha256) for picture in shown)
    wait_until(lambda: all(one.outcome is not None for one in pages(store)), aggregators, "judging")
    told = [event.subject for event in store.events.after(0, 100_000) if event.kind is EventKind.PASSAGE]
    assert set(told) == {str(record.passage_id) for record in passages}
    assert store.dead_letters.count() == 0
    (node,) = store.nodes.list()
    assert node.outbox_id == key.outbox_id
    assert [one.end() for one in survivors] == [0, 0]
