"""What reconciliation found, as the store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class OutcomeKind(StrEnum):
    """What reconciliation says of a passage, or (`no_show`) of a declaration that nobody came for."""

    PENDING = "pending"
    """No declaration fits yet, and one may still be on its way; for seconds only."""
    MATCHED = "matched"
    TO_REVIEW = "to_review"
    UNDECLARED = "undeclared"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    """It did not go through after all: it counts in no direction and takes no declaration."""


class ReasonCode(StrEnum):
    """Why an outcome is what it is. Behind each: the names in `Reason.values`."""

    PLATE_EXACT = "plate_exact"
    """read, declared"""
    PLATE_NEAR = "plate_near"
    """read, declared: one character apart"""
    PLATE_CANDIDATE = "plate_candidate"
    """read, declared, confidence: declared is what the camera held for possible, not for likeliest"""
    PROVINCE_UNREAD = "province_unread"
    """read, declared: the province character could not be read, all else fits"""
    LOW_CONFIDENCE = "low_confidence"
    """confidence, required"""
    UNREADABLE = "unreadable"
    """abstained: the camera's reason for having no plate"""
    TRAILER_EXACT = "trailer_exact"
    """read, declared"""
    TRAILER_DIFFERS = "trailer_differs"
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
    REVERSED_OUT = "reversed_out"
    """direction: the way that it did not go through after all"""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of an outcome: a code, and values for the sentence that people read."""

    code: ReasonCode
    values: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What reconciliation says now; revised when late data arrive (`revision` counts up from 0).

    Attributes:
        passage_id: None for a no-show.
        declaration_id: what it is matched with, or (to review) what it probably belongs to.
        score: 0–1, how well passage and declaration fit; 0 without a declaration.

    """

    outcome: OutcomeKind
    reasons: tuple[Reason, ...]
    passage_id: UUID | None
    declaration_id: str | None
    score: float
    decided_at: datetime
    revision: int = 0
