"""What reconciliation found, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class OutcomeKind(StrEnum):
    """What reconciliation says of a passage, or (`no_show`, `duplicate`) of a declaration that nobody came for.

    One thing is said of each: the gravest that was found (`GRAVEST_FIRST`). The reasons hold all that was found.
    """

    PENDING = "pending"
    """No declaration fits yet, and one may still be on its way; for seconds only."""
    MATCHED = "matched"
    """It is the vehicle of this declaration, and nothing speaks against it."""
    TO_REVIEW = "to_review"
    """Which declaration it is, or whether there is one, is too uncertain for a machine: `candidates` has the best."""
    UNDECLARED = "undeclared"
    """Its plate was read, and no declaration names it (`no_declaration`), or the one that does has another passage
    (`declaration_taken`)."""
    NO_SHOW = "no_show"
    """The declared time is over for a while, and no vehicle came. Of a declaration."""
    DUPLICATE = "duplicate"
    """Of a declaration nobody came for: it declares a trip that another declaration has, whose vehicle came
    (`declared_twice`). Of a passage: the same vehicle was told of twice at the same gate, in the same direction and
    within minutes (`seen_twice`); the later one carries it."""
    WRONG_GATE = "wrong_gate"
    """It is the vehicle of this declaration, at another gate than declared (`gate_differs`)."""
    WRONG_DIRECTION = "wrong_direction"
    """It is the vehicle of this declaration, and went the other way (`direction_differs`)."""
    OUTSIDE_WINDOW = "outside_window"
    """It is the vehicle of this declaration, too early or too late (`before_window`, `after_window`)."""
    NOT_CLEARED = "not_cleared"
    """It is the vehicle of this declaration, and passed though a force has refused or not yet confirmed, or the fee
    is unpaid (`not_confirmed`, `refused`, `fee_unpaid`)."""
    CLONE_SUSPECTED = "clone_suspected"
    """Its plate was at another gate so shortly before or after that no vehicle travels so fast (`two_places`). Both
    passages carry it: which of the two plates is false, nobody can know from here."""
    RE_PAIRED = "re_paired"
    """Tractor, trailer or container is another than declared (`tractor_differs`, `trailer_differs`,
    `container_differs`)."""
    OVERSTAY = "overstay"
    """It stayed longer than its regime allows (`stayed_long`). The passage in carries it while the vehicle is still
    here, and the passage out, too, once it left."""
    ANTI_PASSBACK = "anti_passback"
    """It went in again without having gone out, or out again without having come in (`again_without_return`). The
    second of the two passages carries it."""
    CANCELLED = "cancelled"
    """It did not go through after all: it counts in no direction and takes no declaration."""


GRAVEST_FIRST: Final = (
    OutcomeKind.CANCELLED,
    OutcomeKind.CLONE_SUSPECTED,
    OutcomeKind.DUPLICATE,
    OutcomeKind.ANTI_PASSBACK,
    OutcomeKind.UNDECLARED,
    OutcomeKind.TO_REVIEW,
    OutcomeKind.RE_PAIRED,
    OutcomeKind.NOT_CLEARED,
    OutcomeKind.WRONG_DIRECTION,
    OutcomeKind.WRONG_GATE,
    OutcomeKind.OUTSIDE_WINDOW,
    OutcomeKind.OVERSTAY,
    OutcomeKind.NO_SHOW,
    OutcomeKind.PENDING,
    OutcomeKind.MATCHED,
)
"""Which of several things that are found an outcome is called by. Before `to_review` stands what is true whichever
declaration it is; behind it, what is true of one declaration only."""


class ReasonCode(StrEnum):
    """Why an outcome is what it is. Behind each: the names in `Reason.values`."""

    PLATE_EXACT = "plate_exact"
    """read, declared"""
    PLATE_NEAR = "plate_near"
    """read, declared: they differ in one character or a few"""
    PLATE_CANDIDATE = "plate_candidate"
    """read, declared, confidence: declared is what the camera held for possible, not for likeliest"""
    PROVINCE_UNREAD = "province_unread"
    """read, declared: the province character could not be read, all else fits"""
    LOW_CONFIDENCE = "low_confidence"
    """confidence, required"""
    UNCERTAIN = "uncertain"
    """probability, required: of the best candidate"""
    UNREADABLE = "unreadable"
    """abstained: the camera's reason for having no plate"""
    TRAILER_EXACT = "trailer_exact"
    """read, declared"""
    TRAILER_DIFFERS = "trailer_differs"
    """read, declared"""
    TRACTOR_DIFFERS = "tractor_differs"
    """read, declared: trailer or container are as declared"""
    CONTAINER_EXACT = "container_exact"
    """read, declared"""
    CONTAINER_DIFFERS = "container_differs"
    """read, declared"""
    GATE_DIFFERS = "gate_differs"
    """declared, seen"""
    DIRECTION_DIFFERS = "direction_differs"
    """declared, seen"""
    BEFORE_WINDOW = "before_window"
    """seen_at, expected_from, expected_until"""
    AFTER_WINDOW = "after_window"
    """seen_at, expected_from, expected_until"""
    DECLARATION_CANCELLED = "declaration_cancelled"
    """declaration_id"""
    DECLARATION_TAKEN = "declaration_taken"
    """declaration_id, passage_id: another passage fits this declaration better"""
    NO_DECLARATION = "no_declaration"
    """(none)"""
    AWAITING_DECLARATIONS = "awaiting_declarations"
    """until"""
    DECLARATIONS_STALE = "declarations_stale"
    """as_of: the platform has not answered since"""
    NOT_SEEN = "not_seen"
    """expected_until"""
    DECLARED_TWICE = "declared_twice"
    """declaration_id: the other one, whose vehicle came"""
    SEEN_TWICE = "seen_twice"
    """passage_id, seen_at: the first one"""
    NOT_CONFIRMED = "not_confirmed"
    """force: has not confirmed yet"""
    REFUSED = "refused"
    """force: has refused"""
    FEE_UNPAID = "fee_unpaid"
    """fee_class"""
    TWO_PLACES = "two_places"
    """passage_id, site, seen_at, apart_min, least_min: the other passage, the minutes between, the least they take"""
    AGAIN_WITHOUT_RETURN = "again_without_return"
    """passage_id, site, seen_at, direction: the passage before, in the same direction"""
    STAYED_LONG = "stayed_long"
    """passage_id, since, stayed_h, limit_h: the passage in, hours until it went out or until the limit was over"""
    REVERSED_OUT = "reversed_out"
    """direction: the way that it did not go through after all"""
    PERSON_CONFIRMED = "person_confirmed"
    """who: saw in the picture that the plate was read right"""
    PERSON_CORRECTED = "person_corrected"
    """who, read: the plate that stands there; what the camera read stays with the passage"""
    PERSON_LINKED = "person_linked"
    """who: gave it this declaration"""
    PERSON_REJECTED = "person_rejected"
    """who: found that none of the declarations of that time is its own"""
    PERSON_UNREADABLE = "person_unreadable"
    """who: could not read it either"""
    PERSON_NO_VEHICLE = "person_no_vehicle"
    """who: saw that it is no vehicle"""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of an outcome: a code, and values for the sentence that people read."""

    code: ReasonCode
    values: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeclarationCandidate:
    """A declaration that a passage may belong to, and how probable that is."""

    declaration_id: str
    probability: float


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What reconciliation says now; revised when late data arrive (`revision` counts up from 0).

    Attributes:
        passage_id: None for a declaration that nobody came for.
        declaration_id: the declaration that it is, or (to review) that it probably is.
        score: probability that it is this declaration, 0–1; 0 without one.
        candidates: of what a person should decide, the most probable declarations, best first, at most three. What is
            missing to 1 is the probability of the others and of having no declaration.

    """

    outcome: OutcomeKind
    reasons: tuple[Reason, ...]
    passage_id: UUID | None
    declaration_id: str | None
    score: float
    decided_at: datetime
    revision: int = 0
    candidates: tuple[DeclarationCandidate, ...] = ()
