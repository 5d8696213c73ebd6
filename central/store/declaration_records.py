"""Declarations, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from central.store.outcome_records import OutcomeRecord
from contract.messages import Direction


class DeclarationState(StrEnum):
    """Whether a declaration stands; `confirmed`: its vehicle went through, says the platform."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DeclarationRecord:
    """A declaration at its highest version; plates as typed (normalise them to compare)."""

    declaration_id: str
    version: int
    state: DeclarationState
    direction: Direction
    regime: str
    gate: str
    plate: str
    trailer_plate: str | None
    container_no: str | None
    goods: str
    goods_class: str
    expected_from: datetime
    expected_until: datetime
    declared_at: datetime
    updated_at: datetime
    declarant: str
    received_at: datetime
    outcome: OutcomeRecord | None
