"""Real brokers on loopback: amqtt, and mosquitto where it is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Broker:
    """A broker in a process of its own that keeps nothing on disk; killed, as by a power cut, when it stops."""

    def __init__(self, port: int, command: list[str]) -> None:
        self.port = port
        self._command = command

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "the broker ended by itself"
            time.sleep(0.05)
        pytest.fail("the broker did not come up")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(60)


def amqtt(port: int) -> Broker:
    return Broker(port, [sys.executable, "-m", "simulation.broker", "--port", str(port)])


def mosquitto(port: int, folder: Path) -> Broker:
    assert MOSQUITTO is not None
    file = folder / "mosquitto.conf"
    file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    return Broker(port, [MOSQUITTO, "-c", str(file)])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(
    params=[
        "amqtt",
        pytest.param(
            "mosquitto",
            marks=[pytest.mark.mosquitto, pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")],
        ),
    ]
)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    port = free_port()
    broker = amqtt(port) if request.param == "amqtt" else mosquitto(port, tmp_path)
    broker.start()
    yield broker
    broker.stop()
