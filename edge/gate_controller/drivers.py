"""Drivers: how a barrier is moved and sensed. Nothing moves when one is made."""

from __future__ import annotations

import importlib.util
from typing import Protocol

import httpx

from contract.errors import ConfigError
from edge.gate_controller.http_relay import HttpRelayDriver
from edge.gate_controller.inputs import Sensors
from edge.gate_controller.settings import GateSettings
from edge.gate_controller.simulated import SimulatedDriver
from edge.gate_controller.wired import WiredDriver


class BarrierDriver(Protocol):
    """Moves one arm and reads its inputs. Calls may take up to a second; they never raise for a device that is away."""

    def sense(self) -> Sensors:
        """The inputs now; `known` false when the device does not answer."""
        ...

    def raise_arm(self) -> bool:
        """Ask to open; whether the device took it."""
        ...

    def lower_arm(self) -> bool:
        """Ask to close; whether the device took it."""
        ...

    def close(self) -> None:
        """Give the device back; the arm stays where it is."""
        ...


def open_driver(settings: GateSettings) -> BarrierDriver | None:
    """The driver that the settings name; None for a lane without a barrier of ours.

    Raises:
        ConfigError: an HTTP relay without an address, or with one that is none; a library that is not installed.

    """
    match settings.driver:
        case "none":
            return None
        case "simulated":
            return SimulatedDriver()
        case "http_relay":
            return _http_relay(settings.url)
        case "gpio":
            _need("gpiozero", "pi")
            from edge.gate_controller.pins import PinsIo

            return WiredDriver(PinsIo(settings.wired), settings.wired)
        case "modbus_tcp" | "modbus_rtu":
            _need("pymodbus", "modbus")
            from edge.gate_controller.modbus import ModbusIo

            return WiredDriver(ModbusIo(settings.wired, settings.modbus), settings.wired)


def _http_relay(url: str) -> HttpRelayDriver:
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f'an http_relay barrier needs url = "http://…", got {url!r}')
    try:
        return HttpRelayDriver(url)
    except httpx.InvalidURL as error:
        raise ConfigError(f"barrier url {url!r} is no address: {error}") from error


def _need(library: str, extra: str) -> None:
    if importlib.util.find_spec(library) is None:
        raise ConfigError(
            f"this barrier driver needs {library}, which is not installed: pip install 'smartgate[{extra}]'"
        )
