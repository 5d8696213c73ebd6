"""What is true of a made-up passage or declaration: what a perfect official who has all the data could say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord

CLASSES: Final = (
    "undeclared",
    "duplicate",
    "wrong_gate",
    "wrong_direction",
    "outside_window",
    "not_cleared",
    "clone_suspected",
    "re_paired",
    "overstay",
    "anti_passback",
)
"""What can be wrong with a passage, in the words of outcomes; `no_show` and `duplicate` also of a declaration."""
NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(slots=True)
class PassageTruth:
    """What is true of a passage.

    Attributes:
        declaration_ids: its declaration; more than one where the same way was declared twice: any of them is right.
        classes: what is wrong with it.
        unknowable: classes of which nobody could tell whether they hold.
        identified: its own plate was read, or the container that it is declared with, or its declared trailer's plate
            stands in the read.
        repeat: the same vehicle was told of a moment before.
        case: number of the visit, where one thing shows at both of its passages.
        plate: what its front plate says.

    """

    declaration_ids: tuple[str, ...] = ()
    classes: frozenset[str] = NOTHING
    unknowable: frozenset[str] = NOTHING
    identified: bool = True
    repeat: bool = False
    case: int = 0
    plate: str = ""

    def add(self, *classes: str) -> None:
        """These hold, too."""
        self.classes |= frozenset(classes)

    def hide(self, *classes: str) -> None:
        """Nobody could tell of these."""
        self.unknowable |= frozenset(classes)


class Fate(StrEnum):
    """What became of a declaration."""

    CAME = "came"
    NO_SHOW = "no_show"
    TWICE = "twice"
    """Its vehicle came, and another declaration says the same."""
    CANCELLED = "cancelled"
    OPEN = "open"
    """Its vehicle may still come."""
    UNKNOWABLE = "unknowable"
    """Its vehicle came, and nothing that names it could be read."""


@dataclass(frozen=True, slots=True)
class Province:
    """Passages and declarations of some days until `now`, and the truth of each."""

    passages: list[PassageRecord]
    declarations: list[DeclarationRecord]
    passage_truth: dict[UUID, PassageTruth]
    fates: dict[str, Fate]
    now: datetime
