"""Drivers: how a barrier is moved and sensed. Nothing moves when one is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from contract.errors import ConfigError
from edge.gate_controller.inputs import Position, Sensors
from edge.gate_controller.settings import GateSettings


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


@dataclass
class SimulatedDriver:
    """A barrier in memory that obeys at once; for tests and for a lane that is being set up."""

    position: Position = Position.CLOSED
    presence: bool = False
    answering: bool = True

    def sense(self) -> Sensors:
        """The inputs as they were set."""
        return Sensors(self.answering, self.position, self.presence, obstacle=False)

    def raise_arm(self) -> bool:
        """Open at once."""
        self.position = Position.OPEN
        return True

    def lower_arm(self) -> bool:
        """Close at once."""
        self.position = Position.CLOSED
        return True

    def close(self) -> None:
        """Nothing to give back."""


class _RelayState(BaseModel):
    """What a relay says of its inputs. A word where a yes or no belongs is refused; keys of its own are left alone."""

    model_config = ConfigDict(strict=True, frozen=True)

    position: Position
    presence: bool
    obstacle: bool
    manual_open: bool


class HttpRelayDriver:
    """A relay box with inputs over HTTP: `GET /state`, `POST /open`, `POST /close`."""

    def __init__(self, url: str, timeout_s: float = 1.0) -> None:
        self._client = httpx.Client(base_url=url.rstrip("/"), timeout=timeout_s)

    def sense(self) -> Sensors:
        """The relay's inputs; unknown when it does not answer or answers nonsense."""
        try:
            said = _RelayState.model_validate_json(self._client.get("/state").raise_for_status().content)
        except (httpx.HTTPError, ValidationError):
            return Sensors(known=False)
        return Sensors(True, said.position, said.presence, said.obstacle, said.manual_open)

    def raise_arm(self) -> bool:
        """Ask to open."""
        return self._post("/open")

    def lower_arm(self) -> bool:
        """Ask to close."""
        return self._post("/close")

    def _post(self, path: str) -> bool:
        try:
            return self._client.post(path).is_success
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def open_driver(settings: GateSettings) -> BarrierDriver | None:
    """The driver that the settings name; None for a lane without a barrier of ours.

    Raises:
        ConfigError: an HTTP relay without an address, or with one that is none.

    """
    if settings.driver == "http_relay":
        if not settings.url.startswith(("http://", "https://")):
            raise ConfigError(f'an http_relay barrier needs url = "http://…", got {settings.url!r}')
        try:
            return HttpRelayDriver(settings.url)
        except httpx.InvalidURL as error:
            raise ConfigError(f"barrier url {settings.url!r} is no address: {error}") from error
    return SimulatedDriver() if settings.driver == "simulated" else None
