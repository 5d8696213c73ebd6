"""The whole system on this machine: broker, central, the simulated world, a node per gate; each a process.

Nodes and central run with ordinary configuration files and do not know that they are in a demo.
"""

from __future__ import annotations

import functools
import secrets
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from contract.errors import SmartGateError
from simulation.configs import HousePorts, prepare_central, write_central, write_node, write_simulation
from simulation.processes import Program, free_port, port_answers, wait_until
from simulation.settings import SimulationSettings, two_cameras_fail

_STOP_S = 6.0
USER = "demo"


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """What a person may choose about a simulated installation."""

    data_dir: Path | None = None
    page_port: int = 0
    seed: int = 1
    faults_after_s: float = 120
    """A camera freezes after so long, another goes dark half as long after."""
    simulation: SimulationSettings | None = None
    broker_port: int | None = None
    """A broker that already runs on this port of loopback; None starts the embedded one."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to get in."""

    url: str
    user: str
    password: str = field(repr=False)


class House:
    """Starts and ends the programs of a simulated installation. Use it as a context manager."""

    def __init__(self, settings: HouseSettings) -> None:
        self._settings = settings
        self._temporary = settings.data_dir is None
        self.data_dir = Path(settings.data_dir or tempfile.mkdtemp(prefix="smartgate-demo-")).resolve()
        self.logs_dir = self.data_dir / "logs"
        self.programs: dict[str, Program] = {}
        self.login: Login | None = None
        self.ports: HousePorts | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._temporary and error is None:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def start(self, stop: threading.Event | None = None) -> Login:
        """Start everything; returns when the page answers.

        Raises:
            SmartGateError: a port is taken, or a program did not come up; its last words are in the message.
        """
        stop = stop or threading.Event()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.ports = self._choose_ports()
        simulation = self._settings.simulation or SimulationSettings(
            seed=self._settings.seed,
            platform_key=secrets.token_urlsafe(24),
            faults=two_cameras_fail(self._settings.faults_after_s),
        )
        if self._settings.broker_port is None:
            self._add("broker", "simulation.broker", "--port", str(self.ports.broker))
        simulation_file = write_simulation(self.data_dir, self.ports, simulation)
        self._add("simulation", "simulation.server", "--settings", str(simulation_file))
        central_file = write_central(self.data_dir, self.ports, simulation)
        self._add("central", "cli", "central", "run", "--config", str(central_file))
        password = secrets.token_urlsafe(9)
        public_key = prepare_central(central_file, user=USER, password=password)
        for program in list(self.programs.values()):
            program.start()
        self._wait_for_ports(stop)
        for gate in simulation.gates:
            node_file = write_node(self.data_dir, self.ports, gate, central_public_key=public_key)
            self._add(f"node {gate.site}", "cli", "edge", "run", "--config", str(node_file))
            self.programs[f"node {gate.site}"].start()
        self.login = Login(f"http://127.0.0.1:{self.ports.page}/", USER, password)
        return self.login

    def _choose_ports(self) -> HousePorts:
        page = self._settings.page_port or free_port()
        if port_answers(page):
            raise SmartGateError(f"port {page} is taken by another program; choose one with --port, or --port 0")
        return HousePorts(self._settings.broker_port or free_port(), free_port(), page)

    def _add(self, name: str, *arguments: str) -> None:
        log = self.logs_dir / f"{name.replace(' ', '-')}.log"
        self.programs[name] = Program(name, arguments, log)

    def _wait_for_ports(self, stop: threading.Event) -> None:
        assert self.ports is not None
        for name, port in (("broker", self.ports.broker), ("simulation", self.ports.simulation)):
            wait_until(
                functools.partial(_answers_or_stopped, port, stop),
                what=name,
                timeout_s=40,
                program=self.programs.get(name),
            )
        wait_until(
            lambda: self._page_answers() or stop.is_set(),
            what="central",
            timeout_s=60,
            program=self.programs["central"],
        )

    def _page_answers(self) -> bool:
        assert self.ports is not None
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports.page}/healthz", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def watch(self, stop: threading.Event, *, seconds: float | None = None) -> None:
        """Wait until `stop`, or so many seconds; a program that ends by itself is an error.

        Raises:
            SmartGateError: a program ended; its last words are in the message.
        """
        until_s = time.monotonic() + seconds if seconds is not None else None
        while not stop.wait(0.5):
            if until_s is not None and time.monotonic() >= until_s:
                return
            for program in self.programs.values():
                if not program.running and not stop.is_set():
                    words = program.last_words()
                    raise SmartGateError(f"{program.name} ended by itself; the end of {program.log_path}:\n{words}")

    def stop(self) -> None:
        """End everything: first who produces, then who receives."""
        nodes = [program for name, program in self.programs.items() if name.startswith("node ")]
        others = [program for name, program in self.programs.items() if not name.startswith("node ")]
        for group in (nodes, others):
            for program in group:
                program.ask_to_stop()
            for program in group:
                program.join(_STOP_S)


def _answers_or_stopped(port: int, stop: threading.Event) -> bool:
    return port_answers(port) or stop.is_set()
