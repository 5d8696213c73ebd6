"""Drivers against the real thing: a relay box over HTTP, on a free port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import pytest

from contract.errors import ConfigError
from edge.gate_controller.drivers import HttpRelayDriver, SimulatedDriver, open_driver
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.settings import GateSettings

STATE = {"position": "open", "presence": False, "obstacle": True, "manual_open": False, "at": "2026-03-02T07:00:00Z"}


class RelayBox:
    """A relay box that answers `answer` to whoever asks for its state, and remembers what it was told."""

    def __init__(self) -> None:
        self.answer = json.dumps(STATE)
        self.status = 200
        self.told: list[str] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(box.status, box.answer if self.path == "/gate/state" else "")

            def do_POST(self) -> None:
                box.told.append(self.path)
                self.reply(204 if box.status == 200 else box.status, "")

            def reply(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/gate/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def box() -> Iterator[RelayBox]:
    with RelayBox() as box:
        yield box


@pytest.fixture
def driver(box: RelayBox) -> Iterator[HttpRelayDriver]:
    driver = HttpRelayDriver(box.url)
    yield driver
    driver.close()


def test_relay_tells_its_inputs(driver: HttpRelayDriver) -> None:
    """Every input arrives where it belongs; keys of the relay's own do not disturb."""
    assert driver.sense() == Sensors(True, Position.OPEN, presence=False, obstacle=True, manual_open=False)


def test_relay_that_has_more_inputs_tells_them(driver: HttpRelayDriver, box: RelayBox) -> None:
    """Curtain, front loop and emergency, where the box has them; one that has none is no less of a relay."""
    box.answer = json.dumps(STATE | {"light_curtain": True, "before": False, "emergency_open": True})
    sensed = driver.sense()
    assert (sensed.light_curtain, sensed.before, sensed.emergency_open) == (True, False, True)
    box.answer = json.dumps(STATE | {"emergency_open": "yes"})
    assert driver.sense() == Sensors(known=False)


def test_relay_is_told_to_open_and_close(driver: HttpRelayDriver, box: RelayBox) -> None:
    """Each command is one request to its own address below the base."""
    assert driver.raise_arm()
    assert driver.lower_arm()
    assert box.told == ["/gate/open", "/gate/close"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        json.dumps(STATE | {"position": "half"}),
        json.dumps(STATE | {"presence": "false"}),
        json.dumps(STATE | {"obstacle": None}),
        json.dumps({key: value for key, value in STATE.items() if key != "presence"}),
    ],
    ids=["nothing", "no object", "no such position", "a word", "null", "an input is missing"],
)
def test_nonsense_from_the_relay_is_unknown(driver: HttpRelayDriver, box: RelayBox, answer: str) -> None:
    """An answer that leaves an input open is no answer: nothing is lowered on it."""
    box.answer = answer
    assert driver.sense() == Sensors(known=False)


def test_relay_that_refuses_is_told_so(driver: HttpRelayDriver, box: RelayBox) -> None:
    """A relay that says no is neither believed nor an exception."""
    box.status = 503
    assert driver.sense() == Sensors(known=False)
    assert not driver.raise_arm()
    assert not driver.lower_arm()


def test_relay_that_is_away_is_unknown() -> None:
    """No relay at that address: unknown, refused, no exception."""
    with RelayBox() as box:
        url = box.url
    driver = HttpRelayDriver(url)
    assert driver.sense() == Sensors(known=False)
    assert not driver.raise_arm()
    driver.close()


def test_settings_name_the_driver() -> None:
    """No barrier of ours, one in memory, or a relay."""
    assert open_driver(GateSettings()) is None
    assert isinstance(open_driver(GateSettings(driver="simulated")), SimulatedDriver)
    relay = open_driver(GateSettings(driver="http_relay", url="http://192.0.2.21"))
    assert isinstance(relay, HttpRelayDriver)
    relay.close()


@pytest.mark.parametrize("url", ["", "192.0.2.21", "http://[::1", "ftp://192.0.2.21"])
def test_relay_without_an_address_is_told_at_once(url: str) -> None:
    """A slip in the address is found at the start, not at the first lorry."""
    with pytest.raises(ConfigError, match=r"http_relay|no address"):
        open_driver(GateSettings(driver="http_relay", url=url))
