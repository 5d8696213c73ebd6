"""`smartgate edge run` as an installer runs it: a process that starts, says so, and ends in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from contract.messages import Message, Status
from contract.topics import parse_message, subscription
from simulation.processes import Program, free_port, port_answers, wait_until

PATIENCE_S = 60.0


class Listener:
    """Hears what a node says of itself."""

    def __init__(self, port: int) -> None:
        self._changed = threading.Condition()
        self.births: list[Status] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe(subscription(Status), 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _take(self, _client: paho.Client, _data: object, packet: paho.MQTTMessage) -> None:
        message: Message = parse_message(packet.topic, bytes(packet.payload))
        assert isinstance(message, Status)
        with self._changed:
            self.births.append(message)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[Status]:
        """The first so many births, wills and goodbyes."""
        return self.wait_until(lambda births: len(births) >= count)

    def wait_until(self, condition: Callable[[list[Status]], bool]) -> list[Status]:
        """What was heard, once there is something and it fulfils the condition."""
        with self._changed:
            fulfilled = self._changed.wait_for(lambda: bool(self.births) and condition(self.births), PATIENCE_S)
            assert fulfilled, f"waited in vain, heard {self.births}"
            return list(self.births)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    program = Program("broker", ("simulation.broker", "--port", str(port)), tmp_path / "broker.log")
    program.start()
    wait_until(lambda: port_answers(port), what="broker", timeout_s=PATIENCE_S, program=program)
    yield port
    program.kill()


@pytest.fixture
def listener(broker: int) -> Iterator[Listener]:
    listener = Listener(broker)
    yield listener
    listener.stop()


def _config(folder: Path, port: int) -> Path:
    with socket.socket() as nobody:  # an address where no camera answers
        nobody.bind(("127.0.0.1", 0))
        dead_port = nobody.getsockname()[1]
    path = folder / "node.toml"
    path.write_text(
        f"""
site = "made-up"
node = "made-up-1"
data_dir = "data"
[mqtt]
host = "127.0.0.1"
port = {port}
tls = false
[[lanes]]
lane = "in-1"
direction = "in"
[[cameras]]
name = "in-1-front"
lane = "in-1"
source = "http://127.0.0.1:{dead_port}/video.mjpeg"
"""
    )
    return path


def _start(config: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cli", "edge", "run", "--config", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_node_in_order(tmp_path: Path, broker: int, listener: Listener, number: signal.Signals) -> None:
    """Asked to end, a node says goodbye and its status is 0, though its camera never answered."""
    node = _start(_config(tmp_path, broker))
    assert listener.wait_for(1)[0].online
    node.send_signal(number)
    words, _ = node.communicate(timeout=PATIENCE_S)
    assert node.returncode == 0, words
    assert not listener.wait_for(2)[1].online
    assert "Traceback" not in words


def test_killed_node_is_mourned_and_comes_back_with_its_outbox(tmp_path: Path, broker: int, listener: Listener) -> None:
    """After a power cut the broker speaks the last will; the next start goes on with the same outbox."""
    config = _config(tmp_path, broker)
    first = _start(config)
    (birth,) = listener.wait_for(1)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    will = listener.wait_for(2)[1]
    assert (will.online, will.boot_id) == (False, birth.boot_id)
    second = _start(config)
    again = listener.wait_for(3)[2]
    assert again.online
    assert again.outbox_id == birth.outbox_id
    second.terminate()
    second.communicate(timeout=PATIENCE_S)


def test_hangup_reads_the_configuration_again(tmp_path: Path, broker: int, listener: Listener) -> None:
    """`systemctl reload`: what may change does, a broken file changes nothing, and the log says which."""
    config = _config(tmp_path, broker)
    good = config.read_text()
    log = tmp_path / "node.log"
    config.write_text(f'{good}[log]\nfile = "{log}"\n')
    node = _start(config)
    before = listener.wait_for(1)[0]
    config.write_text(f'{good}region = {{lane = [[0, 0], [1, 0], [1, 1]]}}\n[log]\nfile = "{log}"\nfiles = 3\n')
    node.send_signal(signal.SIGHUP)
    after = listener.wait_for(2)[1]
    assert (after.online, set(after.regions), after.boot_id) == (True, {"in-1-front"}, before.boot_id)
    assert after.config_hash != before.config_hash
    config.write_text(good.replace("direction", "direktion"))
    node.send_signal(signal.SIGHUP)
    wait_until(lambda: "configuration refused" in log.read_text(), what="the refusal", timeout_s=PATIENCE_S)
    node.terminate()
    words, _ = node.communicate(timeout=PATIENCE_S)
    assert node.returncode == 0, words
    assert listener.wait_for(3)[2].config_hash == after.config_hash
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    (taken,) = [entry for entry in entries if entry["event"] == "configuration read again"]
    assert (taken["applied"], taken["needs_restart"]) == (["cameras.in-1-front.region"], ["log.files"])
    (refused,) = [entry for entry in entries if entry["event"].startswith("configuration refused")]
    assert "direktion: unknown key" in refused["reason"]


def test_configuration_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    """A slip in the file is named with its key, without a traceback, and the status says that it failed."""
    config = _config(tmp_path, 1883)
    config.write_text(config.read_text().replace('direction = "in"', 'direction = "inward"'))
    node = _start(config)
    words, _ = node.communicate(timeout=PATIENCE_S)
    assert node.returncode == 1
    assert "lanes[1].direction" in words
    assert "Traceback" not in words


def test_broken_outbox_is_set_aside_and_the_node_works(tmp_path: Path, broker: int, listener: Listener) -> None:
    """An outbox that is no outbox is told with its file, kept under another name, and a new one is begun."""
    config = _config(tmp_path, broker)
    (tmp_path / "data").mkdir()
    broken = "no outbox at all " * 100
    (tmp_path / "data" / "outbox.db").write_text(broken)
    node = _start(config)
    listener.wait_until(lambda births: births[-1].outbox_id is not None)
    node.terminate()
    words, _ = node.communicate(timeout=PATIENCE_S)
    assert node.returncode == 0, words
    assert "outbox.db" in words
    assert broken.encode() in [file.read_bytes() for file in (tmp_path / "data").iterdir() if file.is_file()]
