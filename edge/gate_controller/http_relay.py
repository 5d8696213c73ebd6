"""A relay box with inputs over HTTP."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from edge.gate_controller.inputs import Position, Sensors


class _RelayState(BaseModel):
    """What a relay says of its inputs. A word where a yes or no belongs is refused; keys of its own are left alone."""

    model_config = ConfigDict(strict=True, frozen=True)

    position: Position
    presence: bool
    obstacle: bool
    manual_open: bool
    light_curtain: bool = False
    before: bool | None = None
    emergency_open: bool = False


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
        return Sensors(True, **dict(said))

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
