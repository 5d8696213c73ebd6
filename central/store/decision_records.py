"""What people decided of passages, as the store keeps it. Nothing is overwritten: what is taken back stays, too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from central.store.outcome_records import OutcomeKind


class DecisionKind(StrEnum):
    """What a person can say of a passage."""

    CONFIRM = "confirm"
    """The plate was read right, and what is said of the passage stands."""
    CORRECT = "correct"
    """Another plate stands there; the passage is judged anew by that."""
    LINK = "link"
    """It is the vehicle of this declaration, whatever was read."""
    REJECT = "reject"
    """It belongs to none of the declarations that were there by then."""
    UNREADABLE = "unreadable"
    """Nobody can read it."""
    NO_VEHICLE = "no_vehicle"
    """It is no vehicle, and counts nowhere."""
    UNDO = "undo"
    """The last decision is taken back; what was decided before that counts again."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that counts now.

    Attributes:
        number: which of the passage's decisions it is, from 1.
        plate: what stands on the vehicle, normalised; with `correct` alone.
        declaration_id: with `link` alone.

    """

    number: int
    kind: DecisionKind
    by: str
    at: datetime
    plate: str | None = None
    declaration_id: str | None = None

    @property
    def settles_link(self) -> bool:
        """Whether it says to which declaration the passage belongs, or to which it does not."""
        return self.kind in (DecisionKind.LINK, DecisionKind.REJECT)


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision, with what it was made on.

    Attributes:
        number: counts the decisions of a passage from 1; an undo is one, too.
        read: what the camera had read, normalised; None where it had read nothing.
        said, said_declaration_id, said_score: what reconciliation said until then; None, None, 0 before it had.
        undoes: the number of the decision that an undo takes back.
        covers: outcomes that need nobody any more after this decision; another one brings the passage back.
        site, lane, camera, seen_at: where and when it was read, for counting; `camera` is empty without a picture.

    """

    passage_id: UUID
    number: int
    kind: DecisionKind
    by: str
    at: datetime
    why: str = ""
    plate: str | None = None
    declaration_id: str | None = None
    undoes: int | None = None
    revision: int = 0
    read: str | None = None
    said: OutcomeKind | None = None
    said_declaration_id: str | None = None
    said_score: float = 0.0
    covers: frozenset[OutcomeKind] = field(default=frozenset())
    site: str = ""
    lane: str = ""
    camera: str = ""
    seen_at: datetime | None = None

    @property
    def decided(self) -> Decided:
        """As it counts while nothing later does."""
        return Decided(self.number, self.kind, self.by, self.at, self.plate, self.declaration_id)


@dataclass(frozen=True, slots=True)
class ReadCheck:
    """A read that a person checked: what the camera had made of it, and what it is. None: nothing legible."""

    site: str
    lane: str
    camera: str
    seen_at: datetime
    read: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A passage that a person has to look at, as far as its rank needs to know.

    Attributes:
        outcome, declaration_id, score, candidates, reasons: as `OutcomeRecord` has them; candidates as probabilities,
            reasons as codes.

    """

    passage_id: UUID
    site: str
    seen_at: datetime
    outcome: OutcomeKind
    score: float
    candidates: tuple[float, ...]
    reasons: frozenset[str]
