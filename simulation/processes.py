"""Starting, watching and ending the programs of a simulated installation."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contract.errors import SmartGateError

PR_SET_PDEATHSIG = 1  # prctl(2): signal the child when its parent dies


def free_port() -> int:
    """A TCP port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_answers(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Program:
    """One program: what to run, and where its output goes."""

    name: str
    arguments: tuple[str, ...]
    log_path: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it with this Python; its output is appended to `log_path`."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "OPENCV_LOG_LEVEL": "ERROR",
        }
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C reaches the one who stops us in order, not each of us at once
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - sets one flag, takes no lock
            )

    def ask_to_stop(self) -> None:
        """Ask it to end; returns at once."""
        if self.running and self._process:
            self._process.send_signal(signal.SIGTERM)

    def join(self, timeout_s: float) -> None:
        """Wait for its end; past `timeout_s` end it the hard way."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self.log_path.exists():
            return "(it wrote no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])


def wait_until(ready: Callable[[], bool], *, what: str, timeout_s: float, program: Program | None = None) -> None:
    """Poll until `ready()`.

    Raises:
        SmartGateError: it took longer than `timeout_s`, or `program` ended meanwhile.

    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if program is not None and not program.running:
            raise SmartGateError(f"{program.name} ended while it was starting:\n{program.last_words()}")
        if time.monotonic() > deadline:
            words = f":\n{program.last_words()}" if program else ""
            raise SmartGateError(f"{what} was not ready after {timeout_s:.0f} s{words}")
        time.sleep(0.05)
