"""Real brokers on loopback: amqtt in a thread of the test, and mosquitto where it is installed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from amqtt.broker import Broker

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class EmbeddedBroker:
    """amqtt in its own thread; forgets its queues when it stops."""

    def __init__(self, port: int) -> None:
        self.port = port

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(20), "the broker did not come up"

    def _run(self, ready: threading.Event) -> None:
        self._stopping = asyncio.Event()
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        settings = {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}", "max_connections": 50}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        broker = Broker(settings)
        await broker.start()
        ready.set()
        await self._stopping.wait()
        await broker.shutdown()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(20)


class Mosquitto:
    """mosquitto with persistence in memory only."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._file = folder / "mosquitto.conf"
        self._file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._file)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "mosquitto ended by itself"
        pytest.fail("mosquitto did not come up")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


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
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedBroker | Mosquitto]:
    port = free_port()
    broker = EmbeddedBroker(port) if request.param == "amqtt" else Mosquitto(port, tmp_path)
    broker.start()
    yield broker
    broker.stop()
