"""One thing that was looked at: how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How something is; what cannot be known here is never called good."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, what was found in words, and what to do where it is not well.

    `numbers` holds what was measured, each name with its unit.
    """

    subject: str
    level: Level
    found: str
    todo: str = ""
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """Whether it has to be put right."""
        return self.level is Level.BAD

    def line(self) -> str:
        """For a person."""
        return f"{self.level:<9}  {self.subject}: {self.found}{f'; {self.todo}' if self.todo else ''}"

    def as_json(self) -> dict[str, object]:
        """For a program."""
        return {
            "subject": self.subject,
            "verdict": self.level.value,
            "found": self.found,
            "todo": self.todo,
            "numbers": self.numbers,
        }
