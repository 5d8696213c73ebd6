"""The lane modes that people set, as a node keeps them on disk: the node writes them, `smartgate edge check` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from contract.message_base import UtcDatetime
from contract.messages import LaneMode
from contract.vocabulary import Slug
from edge.config import LaneSettings

MODES_FILE: Final = "lane-modes.json"
"""Name of the file in the node's `data_dir`."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Configured(_Part):
    """What the configuration says of a lane, as far as changing it ends what a person set."""

    mode: LaneMode
    auto_reason: str

    @classmethod
    def of(cls, lane: LaneSettings) -> Self:
        """A reason that stands beside another mode than `auto` says nothing."""
        return cls(mode=lane.mode, auto_reason=lane.auto_reason if lane.mode is LaneMode.AUTO else "")


class SetMode(_Part):
    """A mode with who set it, why and when. Without an actor the node fell back to it by itself."""

    mode: LaneMode
    reason: str
    actor: str
    at: UtcDatetime
    configured: Configured
    """What the configuration said when the mode was set."""


class ModeBook(_Part):
    """The file."""

    schema_version: Literal[1] = 1
    lanes: dict[Slug, SetMode] = Field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """What people set before; nothing where there is no file yet.

        Raises:
            ValueError: the file is damaged.
            OSError: it cannot be read.

        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls()
