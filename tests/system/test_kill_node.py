"""A node is killed at any moment, again and again, under traffic: central has all that was stored, and has it once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outbox import Outbox
from simulation.processes import Program, free_port, port_answers, wait_until
from tests.central.ingest.conftest import MOSQUITTO, amqtt, mosquitto
from tests.system import killed_node

KILLS = int(os.environ.get("SMARTGATE_KILLS", "5"))
"""200 take about ten minutes: SMARTGATE_KILLS=200 pytest -s tests/system/test_kill_node.py."""
PATIENCE_S = 120.0
pytestmark = [pytest.mark.system, pytest.mark.timeout(900 + 20 * KILLS)]


@pytest.fixture
def broker_port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    broker = mosquitto(port, tmp_path) if MOSQUITTO else amqtt(port)
    broker.start()
    yield port
    broker.stop()


@pytest.fixture
def central(tmp_path: Path, broker_port: int) -> Iterator[Path]:
    """A central that runs; its database."""
    page_port = free_port()
    config = tmp_path / "central.toml"
    config.write_text(
        f'data_dir = "central"\n[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\n[web]\nport = {page_port}\n'
    )
    program = Program("central", ("cli", "central", "run", "--config", str(config)), tmp_path / "central.log")
    program.start()
    wait_until(lambda: port_answers(page_port), what="central", timeout_s=PATIENCE_S, program=program)
    yield tmp_path / "central" / "central.db"
    program.ask_to_stop()
    program.join(60)


def _node(data_dir: Path, port: int, what: str) -> subprocess.Popen[str]:
    assert killed_node.__file__ is not None
    root = Path(__file__).parents[2]
    with (data_dir / "node.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-X", "faulthandler", killed_node.__file__, str(data_dir), str(port), what],
            stdout=subprocess.PIPE,
            stderr=log,
            env=os.environ | {"PYTHONPATH": str(root)},
            text=True,
        )


def _live_and_die(data_dir: Path, port: int, rng: random.Random) -> None:
    """One life: some passages long, or killed before it came to one."""
    node = _node(data_dir, port, "traffic")
    assert node.stdout is not None
    lines = rng.randint(1, 25) if rng.random() < 0.9 else 0
    for _ in range(lines):
        assert node.stdout.readline(), (data_dir / "node.log").read_text()
    time.sleep(rng.uniform(0, 0.05) if lines else rng.uniform(0, 2))  # anywhere in what it does next
    node.kill()
    node.wait()
    node.stdout.close()


def test_node_killed_under_traffic_loses_and_doubles_nothing(tmp_path: Path, broker_port: int, central: Path) -> None:
    """The file of truth, the outbox and central's database say the same, message for message."""
    data_dir = tmp_path / "node"
    data_dir.mkdir()
    rng = random.Random(7)
    began_s = time.monotonic()
    for _ in range(KILLS):
        _live_and_die(data_dir, broker_port, rng)
    with _node(data_dir, broker_port, "drain") as last_life:
        try:
            assert last_life.wait(PATIENCE_S + 5 * KILLS) == 0, (data_dir / "node.log").read_text()
        except subprocess.TimeoutExpired:
            last_life.send_signal(signal.SIGABRT)  # it says where it stands
            last_life.wait()
            said = [path.read_text()[-5000:] for path in (data_dir / "node.log", tmp_path / "central.log")]
            pytest.fail("the last life did not get rid of everything:\n" + "\n".join(said))

    truth = [line.split() for line in (data_dir / "truth").read_text().splitlines()]
    begun = {words[1] for words in truth if words[0] == "begun"}
    stored = {(words[1], int(words[2])) for words in truth if words[0] == "stored" and len(words) == 4}
    named = {words[3] for words in truth if words[0] == "stored" and len(words) == 4}
    with Outbox.open(data_dir / "outbox.db") as outbox:
        counts = outbox.counts()
    with contextlib.closing(sqlite3.connect(f"file:{central}?mode=ro", uri=True)) as database:
        revisions = database.execute("SELECT passage_id, revision FROM passage_revisions").fetchall()
        pictures = [name for (name,) in database.execute("SELECT sha256 FROM evidence")]
        runs = database.execute("SELECT first_seq, last_seq FROM committed_ranges").fetchall()
        aside = database.execute("SELECT count(*) FROM dead_letters").fetchone()
    assert counts.pending == 0
    assert runs == [(1, counts.last_seq)], "no number is missing"
    assert stored <= set(revisions), "nothing that was stored is lost"
    assert named <= set(pictures)
    assert {passage_id for passage_id, _ in revisions} <= begun
    assert len(set(revisions)) == len(revisions)
    assert len(revisions) + len(pictures) == counts.last_seq, "nothing is doubled"
    assert aside == (0,)
    print(
        f"\n{KILLS} kills in {time.monotonic() - began_s:.0f} s: {len(begun)} passages begun, {len(stored)} revisions and "
        f"{len(named)} pictures known to be stored; central has {len(revisions)} and {len(pictures)}, numbers 1 to "
        f"{counts.last_seq} without a gap; lost 0, doubled 0"
    )
