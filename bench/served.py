"""Central's pages, served by a process of their own: what it works is told beside the time that passed."""

from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from central.app import create_app
from central.auth import set_login
from central.memory import search_memory_seldom
from central.server import PageServer
from central.store import Store
from central.store.records import Role
from contract.errors import SmartGateError

_NAME, _PASSWORD = "bench", "made up for this run"


@dataclass(frozen=True)
class Place:
    """A database, the folder of pictures beside it, and what its files take."""

    url: str
    evidence: Path
    files: Path

    def bytes(self) -> int:
        """All of its files."""
        here = self.files.parent.glob(f"{self.files.name}*") if self.files.is_file() else self.files.rglob("*")
        return sum(path.stat().st_size for path in here if path.is_file())


@dataclass(frozen=True)
class Taken:
    """What some requests took: milliseconds that passed, and milliseconds that the server's processor worked."""

    passed_ms: Sequence[float]
    worked_ms: Sequence[float]


@dataclass(frozen=True)
class Served:
    """Central's pages, served by a process of their own."""

    client: httpx.Client
    process_id: int

    def worked_s(self) -> float:
        """Processor time of the process so far."""
        return time.clock_gettime(~self.process_id << 3 | 2)  # the clock of another process, as Linux counts them

    def memory_mb(self, name: str) -> float:
        """One of the kernel's figures of its memory."""
        lines = Path(f"/proc/{self.process_id}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024

    def timed(self, addresses: Iterable[str]) -> Taken:
        """Ask for each; once for the first of them before, so that what is made once is there.

        Raises:
            SmartGateError: one is refused.

        """
        passed_ms: list[float] = []
        worked_ms: list[float] = []
        asked = list(addresses)
        for address in [asked[0], *asked]:
            began_s, idle_s = time.perf_counter(), self.worked_s()
            answer = self.client.get(address)
            passed_ms.append(1000 * (time.perf_counter() - began_s))
            worked_ms.append(1000 * (self.worked_s() - idle_s))
            if answer.status_code != httpx.codes.OK:
                raise SmartGateError(f"{address} answers {answer.status_code}")
        return Taken(passed_ms[1:], worked_ms[1:])


@contextmanager
def serving(place: Place, role: Role = Role.MANAGER) -> Iterator[Served]:
    """Serve the pages to somebody in this role.

    Raises:
        SmartGateError: the login is refused.

    """
    store = Store.open(place.url, place.evidence)
    set_login(store, _NAME, role, _PASSWORD)
    store.close()
    # with its protocol named: else asyncio does not set TCP_NODELAY, and a short answer waits 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(place, listening), daemon=True)
    server.start()
    try:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=600) as client:
            login = client.post("/login", data={"user": _NAME, "password": _PASSWORD})
            if login.status_code != httpx.codes.SEE_OTHER:
                raise SmartGateError(f"the pages refuse a login: {login.status_code}")
            assert server.pid is not None
            yield Served(client, server.pid)
    finally:
        server.terminate()
        server.join()
        listening.close()


def _serve(place: Place, listening: socket.socket) -> None:
    """The process that serves; ends by a signal."""
    search_memory_seldom()
    store = Store.open(place.url, place.evidence)
    PageServer(create_app(store), host="127.0.0.1", port=0).run(sockets=[listening])


def p95(values: Sequence[float]) -> float:
    """What 95 in 100 are below, or equal to."""
    return sorted(values)[int(0.95 * (len(values) - 1))]
