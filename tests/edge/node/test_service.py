"""What systemd hears: ready once the cameras are started, signs of life only while everything turns, and the end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.gate_controller.barrier import Sensors
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import SimulatedDriver
from edge.gate_controller.settings import GateSettings
from edge.node.service import ServiceManager
from tests.edge.node.whole_node import CameraServer, House


class Systemd:
    """The socket that a service manager listens at."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(60)

    def hears(self) -> list[str]:
        """The lines of the next datagram."""
        return self._socket.recv(4096).decode().split("\n")

    def hears_until(self, line: str) -> list[list[str]]:
        """Datagrams up to the one that holds `line`."""
        heard = [self.hears()]
        while line not in heard[-1]:
            heard.append(self.hears())
        return heard

    def hears_until_status(self) -> list[list[str]]:
        """Datagrams up to the next that only tells how the node does."""
        heard = [self.hears()]
        while not heard[-1][0].startswith("STATUS="):
            heard.append(self.hears())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(str(tmp_path / "notify"))
    yield listening
    listening.close()


@pytest.fixture
def house(tmp_path: Path, broker: Any, make_central: Any) -> Iterator[House]:
    cameras = CameraServer().start()
    house = House(tmp_path / "node", broker, make_central(broker), cameras)
    yield house
    house.end()
    cameras.stop()


def test_node_says_when_it_works_that_it_lives_and_that_it_ends(house: House, systemd: Systemd) -> None:
    """READY comes first and once; then signs of life and what `systemctl status` shows; STOPPING comes last."""
    house.manager = ServiceManager(systemd.address, watchdog_s=0.4)
    house.begin()
    first = systemd.hears()
    assert first[0] == "READY=1"
    systemd.hears_until("STATUS=2 of 2 cameras give pictures; broker reached")
    systemd.hears_until("WATCHDOG=1")
    house.end()
    assert ["READY=1"] not in [words[:1] for words in systemd.hears_until("STOPPING=1")]


class StuckDriver(SimulatedDriver):
    """A barrier whose device can hang for as long as a test likes."""

    def __init__(self) -> None:
        super().__init__()
        self.flows = threading.Event()
        self.flows.set()

    def sense(self) -> Sensors:
        self.flows.wait(60)
        return super().sense()


def test_barrier_thread_that_hangs_is_known_and_known_to_go_on(wait_until: Callable[..., None]) -> None:
    """The watchdog's question is answered by what the thread did, not by its being there."""
    driver = StuckDriver()
    gate = GateController("in-1", driver, GateSettings(driver="simulated", poll_s=0.01), longest_turn_s=0.3)
    assert not gate.turning
    gate.start()
    assert gate.turning
    driver.flows.clear()
    wait_until(lambda: not gate.turning, what="the barrier's thread to be called stuck")
    driver.flows.set()
    wait_until(lambda: gate.turning, what="the barrier's thread to turn again")
    gate.stop()
    assert not gate.turning


def test_no_sign_of_life_while_a_barrier_hangs(house: House, systemd: Systemd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node's loop turns on, and still systemd hears nothing: it would restart the node."""
    stuck = threading.Event()
    monkeypatch.setattr(GateController, "turning", property(lambda _: not stuck.is_set()))
    house.manager = ServiceManager(systemd.address, watchdog_s=0.4)
    house.begin()
    systemd.hears_until("STATUS=2 of 2 cameras give pictures; broker reached")
    systemd.hears_until("WATCHDOG=1")
    stuck.set()
    systemd.hears_until_status()  # the turn under way is over
    for _ in range(2):
        assert ["WATCHDOG=1"] not in systemd.hears_until_status()
    stuck.clear()
    systemd.hears_until("WATCHDOG=1")


def test_abstract_address_and_multi_line_status(tmp_path: Path) -> None:
    """As systemd in a container names its socket; a status is one line, whatever stands in it."""
    systemd = Systemd(f"@smartgate-test-{tmp_path.name}-{id(tmp_path)}")
    ServiceManager(systemd.address).ready("two\nlines")
    assert systemd.hears() == ["READY=1", "STATUS=two lines"]
    systemd.close()


def test_signs_of_life_are_sent_as_often_as_wanted_and_not_more(systemd: Systemd) -> None:
    """A loop that turns fifty times a second does not talk fifty times a second."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "3600000000"})
    for _ in range(100):
        manager.alive()
    manager.status("end")
    assert systemd.hears() == ["WATCHDOG=1"]
    assert systemd.hears() == ["STATUS=end"]


@pytest.mark.parametrize(
    "more", [{}, {"WATCHDOG_USEC": "nonsense"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}]
)
def test_no_sign_of_life_where_none_is_wanted(systemd: Systemd, more: dict[str, str]) -> None:
    """Also where the watchdog waits for another process."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": systemd.address, **more})
    manager.alive()
    manager.status("end")
    assert systemd.hears() == ["STATUS=end"]


def test_nothing_listens(tmp_path: Path) -> None:
    """A node started by hand, or whose service manager has gone, works on."""
    ServiceManager.of({}).ready("works")
    gone = ServiceManager(str(tmp_path / "gone"))
    gone.ready("works")
    gone.stopping()
