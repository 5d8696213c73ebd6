"""Programs that a measurement runs against, each a process of its own: mosquitto and central."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract.errors import SmartGateError

_START_S = 60.0
_END_S = 300.0
_BROKER = """\
persistence false
set_tcp_nodelay true
max_inflight_messages 1000
max_inflight_bytes 64000000
max_queued_messages {queued}
allow_anonymous true
"""
"""As docs/reliability-edge.md recommends it, but for the password."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that listens on a port of loopback."""

    port: int
    process_id: int

    def worked_s(self) -> float:
        """Processor time of the process so far."""
        return time.clock_gettime(~self.process_id << 3 | 2)  # the clock of another process, as Linux counts them


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[Program]:
    """A program that listens on `port` once it is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    until_s = time.monotonic() + _START_S
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > until_s:
                raise SmartGateError(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield Program(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_END_S)


@contextmanager
def mosquitto(folder: Path, *, queued: int = 10_000) -> Iterator[int]:
    """A broker on loopback that keeps nothing on disk, and at most `queued` messages (0: any number); its port.

    Raises:
        SmartGateError: mosquitto is not installed, or does not start.

    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SmartGateError("mosquitto is needed to measure against; on Debian: sudo apt install mosquitto")
    port = _free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\n{_BROKER.format(queued=queued)}", encoding="utf-8")
    with _running([program, "-c", str(config)], port, folder / "mosquitto.log"):
        yield port


@contextmanager
def central(folder: Path, broker_port: int) -> Iterator[Program]:
    """`smartgate central run` with SQLite, its data in `central` below `folder`; it listens for pages.

    Raises:
        SmartGateError: it does not start.

    """
    page = _free_port()
    config = folder / "central.toml"
    config.write_text(
        f'data_dir = "central"\n[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\n[web]\nport = {page}\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "cli", "central", "run", "--config", str(config)]
    with _running(command, page, folder / "central.log") as program:
        yield program
