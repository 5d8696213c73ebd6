"""The configuration of a node: one TOML file, checked whole before anything starts."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.errors import ConfigError
from contract.messages import Direction, LaneMode, Slug
from edge.cameras.settings import CameraSettings
from edge.gate_controller.settings import GateSettings
from edge.health.settings import HealthSettings
from edge.lpr.settings import LprSettings
from edge.settings import ConfigPath, EvidenceSettings, MqttSettings, OutboxSettings

Seconds = Annotated[float, Field(gt=0)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LaneSettings(_Settings):
    """A lane of this node."""

    lane: Slug
    """Name of the lane, unique at its site."""
    direction: Direction
    """`in` to the yard or `out` of it."""
    mode: LaneMode = LaneMode.ASSIST
    """`manual`, `assist` (a person confirms) or `auto` (opens on an exact, confident, listed plate)."""
    barrier: GateSettings = GateSettings()
    """Its barrier."""


class NodeConfig(_Settings):
    """Everything a node needs to know."""

    site: Slug
    """The gate, e.g. `huu-nghi`."""
    node: Slug
    """Name of this computer, unique at its site."""
    data_dir: ConfigPath
    """Where the outbox and the access list are kept."""
    mqtt: MqttSettings
    outbox: OutboxSettings = OutboxSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    lanes: Annotated[tuple[LaneSettings, ...], Field(min_length=1)]
    cameras: Annotated[tuple[CameraSettings, ...], Field(min_length=1)]
    lpr: LprSettings = LprSettings()
    health: HealthSettings = HealthSettings()
    central_public_key: str = ""
    """Ed25519 key (hex) that central signs access lists with; `smartgate central run` prints it."""
    join_window_s: Seconds = 20.0
    """How long after a passage its rear plate may still be joined to it."""
    report_every_s: Seconds = 10.0
    """How often health and metrics are sent, beside every change."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        lanes = [lane.lane for lane in self.lanes]
        names = [camera.name for camera in self.cameras]
        for kind, given in (("lanes", lanes), ("cameras", names)):
            twice = {name for name in given if given.count(name) > 1}
            if twice:
                raise ValueError(f"{kind}: names must differ, {', '.join(sorted(twice))} is given twice")
        for camera in self.cameras:
            if camera.lane not in lanes:
                raise ValueError(f"camera {camera.name}: no lane {camera.lane!r}; lanes are {', '.join(lanes)}")
        for lane in lanes:
            if not any(camera.lane == lane and camera.view == "front" for camera in self.cameras):
                raise ValueError(f'lane {lane}: it needs a camera with view = "front"')
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a configuration file.

        Raises:
            ConfigError: it cannot be read, is no TOML, or a key is missing, unknown or wrong; each is named.

        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot read {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} is no valid TOML: {error}") from error
        try:
            return cls.model_validate(values, context={"folder": path.resolve().parent})
        except ValidationError as error:
            raise ConfigError(f"{path}:\n{_in_words(error)}") from error

    def config_hash(self) -> str:
        """Short hash of everything that is set: tells whether two passages were made with the same settings."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def cameras_of(self, lane: str) -> tuple[CameraSettings, ...]:
        """The cameras that look at a lane."""
        return tuple(camera for camera in self.cameras if camera.lane == lane)


def _in_words(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(file)"
        what = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
        lines.append(f"  {key}: {what}")
    return "\n".join(lines)
