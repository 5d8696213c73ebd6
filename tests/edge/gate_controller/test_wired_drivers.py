"""Barriers of relays and contacts: on pins (gpiozero's own mock of them) and on a Modbus box (pymodbus's own server)."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from pydantic import ValidationError

from edge.gate_controller.drivers import open_driver
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.modbus import ModbusIo
from edge.gate_controller.pins import PinsIo
from edge.gate_controller.settings import GateSettings, ModbusSettings, WiredSettings
from edge.gate_controller.wired import WiredDriver, WiredIo
from tests.edge.gate_controller.modbus_box import UNIT, ModbusBox

RAISE, LOWER = 16, 20
WIRED: dict[str, Any] = {
    "raise_relay": RAISE,
    "lower_relay": LOWER,
    "closed_limit": 5,
    "open_limit": 6,
    "presence": 13,
    "before": 19,
    "light_curtain": 26,
    "manual_open": 21,
    "emergency_open": 12,
    "normally_closed": ("light_curtain", "emergency_open"),
    "pulse_s": 0.5,
    "debounce_s": 0.1,
}
SETTINGS = WiredSettings(**WIRED)
REST = Sensors(True, Position.CLOSED, presence=False, obstacle=False, before=False)


class Board(Protocol):
    """What the driver is wired to."""

    def contact(self, number: int, *, closed: bool) -> None: ...

    def relay(self, number: int) -> bool: ...

    def io(self) -> WiredIo: ...


class PinBoard:
    """Contacts to ground at pins with a pull-up."""

    def __init__(self, factory: MockFactory) -> None:
        self._factory = factory

    def contact(self, number: int, *, closed: bool) -> None:
        pin = self._factory.pin(number)
        pin.drive_low() if closed else pin.drive_high()

    def relay(self, number: int) -> bool:
        return bool(self._factory.pin(number).state)

    def io(self) -> WiredIo:
        return PinsIo(SETTINGS)


class BoxBoard:
    def __init__(self, box: ModbusBox) -> None:
        self._box = box

    def contact(self, number: int, *, closed: bool) -> None:
        self._box.set_input(number, closed)

    def relay(self, number: int) -> bool:
        return self._box.relay(number)

    def io(self) -> WiredIo:
        return ModbusIo(SETTINGS, ModbusSettings(host="127.0.0.1", port=self._box.port, unit=UNIT, timeout_s=1.0))


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    before, Device.pin_factory = Device.pin_factory, MockFactory()
    yield Device.pin_factory
    Device.pin_factory.reset()
    Device.pin_factory = before


@pytest.fixture(params=["pins", "modbus"])
def board(request: pytest.FixtureRequest) -> Iterator[Board]:
    if request.param == "pins":
        yield PinBoard(request.getfixturevalue("factory"))
        return
    with ModbusBox.over_tcp() as box:
        yield BoxBoard(box)


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def driver(board: Board, clock: Clock) -> Iterator[WiredDriver]:
    """A closed barrier at rest, already looked at once."""
    driver = WiredDriver(board.io(), SETTINGS, clock)
    driver.sense()
    for number in (5, 26, 12):  # the limit switch it rests on, and what is on at rest
        board.contact(number, closed=True)
    for _ in range(2):
        driver.sense()
        clock.now_s += 1
    assert driver.sense() == REST
    yield driver
    driver.close()


@pytest.mark.parametrize(
    ("number", "closed", "seen"),
    [
        (13, True, {"presence": True}),
        (19, True, {"before": True}),
        (26, False, {"light_curtain": True}),
        (12, False, {"emergency_open": True}),
        (21, True, {"manual_open": True}),
        (5, False, {"position": Position.UNKNOWN}),
        (6, True, {"position": Position.UNKNOWN}),  # both ends at once
    ],
)
def test_each_contact_is_the_input_it_is_wired_to(
    driver: WiredDriver, board: Board, clock: Clock, number: int, closed: bool, seen: dict[str, Any]
) -> None:
    """With the polarity of the settings: a torn wire of a normally closed contact counts as sensed."""
    board.contact(number, closed=closed)
    driver.sense()
    clock.now_s += 0.2
    assert driver.sense() == replace(REST, **seen)


def test_what_comes_beneath_counts_at_once_and_what_goes_is_looked_at_twice(
    driver: WiredDriver, board: Board, clock: Clock
) -> None:
    """A contact that chatters is a vehicle, and a key that chatters is none."""
    board.contact(13, closed=True)
    board.contact(21, closed=True)
    assert driver.sense() == replace(REST, presence=True)
    board.contact(13, closed=False)
    assert driver.sense().presence
    clock.now_s += 0.2
    assert driver.sense() == replace(REST, manual_open=True)


def test_command_is_a_pulse_of_its_relay_alone(driver: WiredDriver, board: Board, clock: Clock) -> None:
    """It ends at the first look after its time; the opposite command lets go of it first."""
    assert not board.relay(RAISE)
    assert driver.raise_arm()
    assert (board.relay(RAISE), board.relay(LOWER)) == (True, False)
    clock.now_s += 0.4
    driver.sense()
    assert board.relay(RAISE)
    assert driver.lower_arm()
    assert (board.relay(RAISE), board.relay(LOWER)) == (False, True)
    clock.now_s += 0.6
    driver.sense()
    assert (board.relay(RAISE), board.relay(LOWER)) == (False, False)


def test_nothing_moves_when_it_is_made_and_relays_are_let_go_when_it_ends(board: Board, clock: Clock) -> None:
    """A node that starts or stops in the middle of a pulse leaves no relay on."""
    first = WiredDriver(board.io(), SETTINGS, clock)
    first.sense()
    assert not board.relay(RAISE)
    first.raise_arm()
    first.close()
    assert not board.relay(RAISE)


def test_relay_that_was_left_on_is_let_go_at_the_start(clock: Clock) -> None:
    """A Modbus box keeps its relay on when the node was killed in the middle of a pulse."""
    with ModbusBox.over_tcp() as box:
        killed = WiredDriver(BoxBoard(box).io(), SETTINGS, clock)
        killed.sense()
        assert killed.raise_arm()
        again = WiredDriver(BoxBoard(box).io(), SETTINGS, clock)
        assert box.relay(RAISE)
        again.sense()
        assert not box.relay(RAISE)
        killed.close()
        again.close()


def test_box_that_goes_away_is_unknown_and_is_found_again(clock: Clock) -> None:
    """Neither a question nor a command raises anything; the box is asked again at the next look."""
    with ModbusBox.over_tcp() as box:
        port = box.port
        driver = WiredDriver(BoxBoard(box).io(), SETTINGS, clock)
        assert driver.sense().known
    assert driver.sense() == Sensors(known=False)
    assert not driver.raise_arm()
    assert not driver.lower_arm()
    with ModbusBox.over_tcp(port):
        assert driver.sense().known
        driver.close()


def test_box_that_refuses_is_unknown(clock: Clock) -> None:
    """A number that the box does not have is no input that is off."""
    wired = WiredSettings(**WIRED | {"emergency_open": 900})
    with ModbusBox.over_tcp() as box:
        modbus = ModbusSettings(host="127.0.0.1", port=box.port, unit=UNIT, timeout_s=1.0)
        driver = WiredDriver(ModbusIo(wired, modbus), wired, clock)
        assert driver.sense() == Sensors(known=False)
        driver.close()


def test_pin_that_is_taken_is_unknown(factory: MockFactory, clock: Clock) -> None:
    """Two lanes that claim one pin: the second one's barrier does not answer, and says so."""
    first, second = WiredDriver(PinsIo(SETTINGS), SETTINGS, clock), WiredDriver(PinsIo(SETTINGS), SETTINGS, clock)
    assert first.sense().known
    assert second.sense() == Sensors(known=False)
    assert not second.raise_arm()
    first.close()
    assert second.sense().known
    second.close()


def test_relays_that_are_low_when_on(factory: MockFactory, clock: Clock) -> None:
    """Such a board is at rest when its inputs are high."""
    wired = WiredSettings(**WIRED | {"relays_active_low": True})
    driver = WiredDriver(PinsIo(wired), wired, clock)
    driver.sense()
    assert factory.pin(RAISE).state
    driver.raise_arm()
    assert not factory.pin(RAISE).state
    driver.close()


class SerialPair:
    """Two pseudo terminals joined like the two ends of a serial line."""

    def __init__(self) -> None:
        (self._one, one), (self._other, other) = os.openpty(), os.openpty()
        self._ends = (one, other)
        self.paths = (os.ttyname(one), os.ttyname(other))
        self._done, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self) -> None:
        across = {self._one: self._other, self._other: self._one}
        while True:
            ready, _, _ = select.select([*across, self._done], [], [])
            if self._done in ready:
                return
            for end in ready:
                os.write(across[end], os.read(end, 1024))

    def close(self) -> None:
        os.write(self._stop, b"x")
        self._thread.join()
        for end in (self._one, self._other, *self._ends, self._done, self._stop):
            os.close(end)


def test_box_on_a_serial_line(clock: Clock) -> None:
    """Modbus RTU reads and switches like Modbus TCP."""
    line = SerialPair()
    try:
        with ModbusBox.over_serial(line.paths[0], 19200) as box:
            box.set_input(5, True)
            # a pseudo terminal knows no parity
            modbus = ModbusSettings(serial_port=line.paths[1], parity="N", unit=UNIT, timeout_s=1.0)
            driver = WiredDriver(ModbusIo(SETTINGS, modbus), SETTINGS, clock)
            assert driver.sense().position is Position.CLOSED
            assert driver.raise_arm()
            assert box.relay(RAISE)
            driver.close()
            assert not box.relay(RAISE)
            assert driver.sense().known  # found again
    finally:
        line.close()
    assert driver.sense() == Sensors(known=False)  # the adapter was pulled out
    assert not driver.raise_arm()
    driver.close()


def test_settings_name_the_driver(factory: MockFactory) -> None:
    """Pins and both kinds of Modbus are made without reaching for the device."""
    for driver, modbus in (
        ("gpio", {}),
        ("modbus_tcp", {"host": "192.0.2.40"}),
        ("modbus_rtu", {"serial_port": "/dev/ttyUSB0"}),
    ):
        made = open_driver(GateSettings(driver=driver, wired=SETTINGS, modbus=ModbusSettings(**modbus)))
        assert isinstance(made, WiredDriver)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"driver": "gpio"}, r"a gpio barrier needs wired\.raise_relay, wired\.lower_relay, wired\.closed_limit"),
        ({"driver": "modbus_tcp", "wired": WIRED}, r"needs modbus\.host"),
        ({"driver": "modbus_rtu", "wired": WIRED}, r"needs modbus\.serial_port"),
        ({"driver": "gpio", "wired": WIRED | {"before": RAISE}}, "pin 16 is both an input and a relay"),
        ({"driver": "gpio", "wired": WIRED | {"before": 13}}, "presence, before share the input 13"),
        ({"driver": "gpio", "wired": WIRED | {"lower_relay": RAISE}}, "raise_relay, lower_relay share the relay 16"),
        ({"driver": "gpio", "wired": WIRED | {"normally_closed": ("obstacle",)}}, "obstacle, which is not wired"),
        ({"driver": "gpio", "wired": WIRED, "poll_s": 0.8}, r"poll_s 0\.8 is longer than wired\.pulse_s 0\.5"),
    ],
)
def test_wiring_that_cannot_be_is_told_in_words(values: dict[str, Any], message: str) -> None:
    """A slip in the wiring is found at the start, not at the first lorry."""
    with pytest.raises(ValidationError, match=message):
        GateSettings(**values)
