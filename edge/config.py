"""The configuration of a node: one TOML file, checked as a whole before anything starts.

Composes the settings of the rooms; `docs/node-config.md` lists every key and `hardware/node.example.toml` shows them.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
import typing
from collections import Counter
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails

from contract.errors import ConfigError
from contract.messages import Direction, LaneInfo, LaneMode, Slug
from edge.booth.settings import BoothSettings
from edge.cameras.settings import CameraSettings
from edge.evidence.settings import EvidenceSettings
from edge.gate_controller.settings import GateSettings
from edge.health.settings import HealthSettings
from edge.lpr.settings import LprSettings
from edge.settings import ConfigPath, LogSettings, MetricsSettings, MqttSettings

__all__ = ["LaneSettings", "MqttSettings", "NodeConfig"]

Seconds = Annotated[float, Field(gt=0)]


class LaneSettings(BaseModel):
    """One lane: the way through it, who moves its barrier, and the barrier itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    lane: Slug
    """Name of the lane, unique at its site."""
    direction: Direction
    """`in` to the yard, or `out` of it."""
    mode: LaneMode = LaneMode.ASSIST
    """`manual`, `assist` (a person confirms) or `auto` (opens on an exact, confident, listed plate). A person at
    central may set another; the later one counts."""
    auto_reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    """Who switched `auto` on, and why: needed for it, and published with the lane."""
    barrier: GateSettings = GateSettings()
    """Its barrier."""

    @model_validator(mode="after")
    def _auto_has_a_reason(self) -> Self:
        if self.mode is LaneMode.AUTO and not self.auto_reason:
            raise ValueError('mode = "auto" needs auto_reason: who switched it on, and why')
        return self


class NodeConfig(BaseModel):
    """Everything a node needs to know."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    site: Slug
    """The gate, e.g. `huu-nghi`."""
    node: Slug
    """Name of this computer, unique at its site."""
    data_dir: ConfigPath
    """Folder of the outbox, the pictures and the access list, on a disk that survives a power cut."""
    central_public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Ed25519 key (64 hex digits) that central signs access lists with; `smartgate central key` prints it. Without it
    no list is believed, so no barrier opens by itself."""
    join_window_s: Seconds = 8.0
    """How long after a passage its rear plate may still be joined to it."""
    report_every_s: Seconds = 10.0
    """How often health and metrics are sent, beside every change."""
    mqtt: MqttSettings
    """The broker."""
    lanes: Annotated[tuple[LaneSettings, ...], Field(min_length=1)]
    """The lanes, each with its barrier."""
    cameras: Annotated[tuple[CameraSettings, ...], Field(min_length=1)]
    """The cameras, each with the lane that it looks at."""
    lpr: LprSettings = LprSettings()
    """Reading plates."""
    health: HealthSettings = HealthSettings()
    """Diagnosis of cameras."""
    evidence: EvidenceSettings = EvidenceSettings()
    """Pictures kept at the node."""
    log: LogSettings = LogSettings()
    """How much is logged, and where to."""
    metrics: MetricsSettings = MetricsSettings()
    """The page for Prometheus."""
    booth: BoothSettings | None = None
    """The node's own page on the LAN; none when absent."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        _refuse_twice("lane", [lane.lane for lane in self.lanes])
        _refuse_twice("camera", [camera.name for camera in self.cameras])
        lanes = {lane.lane for lane in self.lanes}
        for camera in self.cameras:
            if camera.lane not in lanes:
                raise ValueError(
                    f"camera {camera.name!r} looks at lane {camera.lane!r}; the lanes are {', '.join(sorted(lanes))}"
                )
        for name in sorted(lanes - {camera.lane for camera in self.cameras if camera.view == "front"}):
            raise ValueError(f'lane {name!r} needs a camera with view = "front"')
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and check a configuration file.

        Raises:
            ConfigError: it cannot be read, is no TOML, or has keys or values that make no sense; each is named.

        """
        try:
            tables = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} is no valid TOML: {error}") from error
        try:
            return cls.model_validate(tables, context={"folder": path.resolve().parent})
        except ValidationError as error:
            found = "\n".join(f"  {line}" for line in _told(cls, error))
            raise ConfigError(f"{path} cannot be used:\n{found}") from None  # its text may show a camera's password

    def cameras_of(self, lane: str) -> tuple[CameraSettings, ...]:
        """The cameras that look at a lane."""
        return tuple(camera for camera in self.cameras if camera.lane == lane)

    def lane_infos(self) -> tuple[LaneInfo, ...]:
        """The lanes as the node's birth message tells them."""
        return tuple(
            LaneInfo(
                lane=lane.lane,
                direction=lane.direction,
                mode=lane.mode,
                mode_reason=lane.auto_reason if lane.mode is LaneMode.AUTO else "",
                cameras=tuple(
                    camera.name for camera in sorted(self.cameras_of(lane.lane), key=lambda one: one.view != "front")
                ),
            )
            for lane in self.lanes
        )

    def config_hash(self) -> str:
        """Sixteen hex digits that change when a setting does; cameras' passwords take no part, for it is published."""
        tables = self.model_dump(mode="json")
        for table, camera in zip(tables["cameras"], self.cameras, strict=True):
            table["source"] = camera.public_source
        return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()[:16]


def _refuse_twice(what: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"{what} {name!r} stands {times} times; each needs a name of its own")


def _told(model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line for each fault: the key, what is wrong, what came."""
    faults = error.errors(include_url=False)
    inner = {place[:1] for place in (fault["loc"] for fault in faults) if len(place) > 1}
    # a list whose every item is faulty is also called too short: that is no news
    return [_line(model, fault) for fault in faults if fault["type"] != "too_short" or fault["loc"] not in inner]


def _line(model: type[BaseModel], fault: ErrorDetails) -> str:
    place = fault["loc"]
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if fault["type"] == "extra_forbidden":
        known = _keys_at(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return f"{key}: unknown key; {hint}"
    if fault["type"] == "missing":
        return f"{key}: missing; it has no default"
    text, came = fault["msg"].removeprefix("Value error, "), fault["input"]
    shown = isinstance(came, str | int | float | bool) and place[-1:] != ("source",)  # a source may hold a password
    return f"{key + ': ' if key else ''}{text}{f', got {came!r}' if shown else ''}"


def _keys_at(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The keys that a table of the file may have."""
    for part in place:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = model.model_fields[part].annotation
        choices = [inner, *typing.get_args(inner)]
        model = next((one for one in choices if isinstance(one, type) and issubclass(one, BaseModel)), model)
    return sorted(model.model_fields)
