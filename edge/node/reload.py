"""Reading the configuration again while the node runs: which keys may change live, and which need a restart.

What may change is what nothing else hangs on: how much is logged, how often is reported, when a camera is called ill,
how much disk the pictures may take, and where the lane lies in its picture. A lane's mode is changed by a person at
central; in the file it is read at the start. A file that cannot be used changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from edge.cameras.settings import CameraSettings
from edge.config import NodeConfig

LIVE_KEYS = ("report_every_s", "log.level", "health.*", "evidence.*", "cameras.*.region")
"""The keys that may change while the node runs."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a node's configuration when another file is read: `config` is in force from now on.

    `applied` and `needs_restart` name the keys, cameras and lanes by their names.
    """

    config: NodeConfig
    applied: tuple[str, ...]
    needs_restart: tuple[str, ...]


def change(now: NodeConfig, wanted: NodeConfig) -> Change:
    """Take from `wanted` what may change live. Pure."""
    others = {camera.name: camera for camera in wanted.cameras}
    config = now.model_copy(
        update={
            "report_every_s": wanted.report_every_s,
            "log": now.log.model_copy(update={"level": wanted.log.level}),
            "evidence": wanted.evidence,
            "health": wanted.health,
            "cameras": tuple(_with_region(camera, others.get(camera.name)) for camera in now.cameras),
        }
    )
    return Change(config, _differences(now, config), _differences(config, wanted))


def _with_region(camera: CameraSettings, wanted: CameraSettings | None) -> CameraSettings:
    """The camera with the region wanted of it, if it is else the same: the region of another view is not ours yet."""
    if wanted is None or wanted.model_copy(update={"region": camera.region}) != camera:
        return camera
    return wanted


class Reload:
    """The wish to read the configuration again, and how."""

    def __init__(self, load: Callable[[], NodeConfig], *, on_applied: Callable[[NodeConfig], None]) -> None:
        """`load` reads the file and raises ConfigError where it cannot be used; `on_applied` hears what is in force."""
        self.load = load
        self.on_applied = on_applied
        self._asked = False

    def ask(self) -> None:
        """Have it read at the node's next turn. Takes no lock: a signal's handler may call it."""
        self._asked = True

    def asked(self) -> bool:
        """Whether it was asked for since the last call."""
        asked, self._asked = self._asked, False
        return asked


def _differences(one: NodeConfig, other: NodeConfig) -> tuple[str, ...]:
    """The keys whose values differ."""
    left, right = dict(_leaves(one.model_dump(mode="json"))), dict(_leaves(other.model_dump(mode="json")))
    return tuple(sorted(key for key in left.keys() | right.keys() if left.get(key) != right.get(key)))


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, object]]:  # noqa: ANN401 - JSON's values
    if isinstance(value, dict) and not key.endswith(".region"):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else name)
    elif key in ("lanes", "cameras"):
        for table in value:
            yield from _leaves(table, f"{key}.{table['lane'] if key == 'lanes' else table['name']}")
    else:
        yield key, value
