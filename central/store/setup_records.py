"""What set-up keeps: deeds, plates that people listed, settings that people changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Values = Mapping[str, Any]
"""Fields and what stood in them, as JSON knows it."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Something that a person or a program changed.

    Attributes:
        deed: method and route, e.g. `POST /users/{user_id}/role`; the catalogue has a sentence for most.
        subject: what was changed: a name, an id, or the names in the address.
        before: what stood there; None where nobody told, or nothing did.
        after: what stands there now, or what was asked for.

    """

    audit_id: int
    at: datetime
    actor: str
    deed: str
    subject: str
    before: Values | None
    after: Values | None


class Effect(StrEnum):
    """What a listed plate means."""

    ALLOW = "allow"
    """It may pass without a declaration."""
    DENY = "deny"
    """Nothing opens for it without a person, declared or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFields:
    """A plate that somebody lists: `plate` is exact and normalised, an empty `site` means all of them."""

    plate: str
    effect: Effect
    site: str
    valid_from: datetime
    valid_until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord(RuleFields):
    """A listed plate; it is never deleted, but ended, and may be put back."""

    rule_id: int
    added_at: datetime
    added_by: str
    ended_at: datetime | None
    ended_by: str

    def counts(self, now: datetime) -> bool:
        """Whether it is in force, or will be."""
        return self.ended_at is None and self.valid_until > now


@dataclass(frozen=True, slots=True)
class KeptSetting:
    """Values that a person set in place of the configuration's."""

    value: Values
    set_at: datetime
    set_by: str
