"""What waits for a person, the worst first: by how probable it is that something is wrong, and how much harm that does.

Pure, but for `waiting_cases`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from central.reconcile.findings import KIND_OF
from central.store import Store
from central.store.decision_records import Waiting
from central.store.outcome_records import OutcomeKind, ReasonCode
from central.store.records import PassageRecord

LOOKED_BACK: Final = timedelta(days=7)
"""What waits for longer is no case for a gate any more; the lists of passages have it."""
HARM: Final = {
    OutcomeKind.NOT_CLEARED: 10,
    OutcomeKind.CLONE_SUSPECTED: 9,
    OutcomeKind.UNDECLARED: 8,
    OutcomeKind.RE_PAIRED: 8,
    OutcomeKind.TO_REVIEW: 5,
    OutcomeKind.WRONG_DIRECTION: 5,
    OutcomeKind.ANTI_PASSBACK: 4,
    OutcomeKind.WRONG_GATE: 4,
    OutcomeKind.OVERSTAY: 3,
    OutcomeKind.OUTSIDE_WINDOW: 2,
    OutcomeKind.DUPLICATE: 1,
}
"""Harm from 1 to 10 if it is true and nobody looks: an estimate, to be agreed with the gate centre."""
_OF_HISTORY: Final = frozenset(
    {OutcomeKind.CLONE_SUSPECTED, OutcomeKind.ANTI_PASSBACK, OutcomeKind.DUPLICATE, OutcomeKind.OVERSTAY}
)
_HISTORY_TRUE: Final = 0.95
"""What is found by comparing passages is true so often: the precision that the made-up days show at least."""
_MOST: Final = 0.99
"""Nothing is surer: what nobody declared may be declared a moment later."""
_STALE: Final = 0.5
"""An undeclared vehicle is so probably one while the platform does not answer."""


@dataclass(frozen=True, slots=True)
class Rank:
    """Why a case stands where it stands.

    Attributes:
        kind: what the harm would be.
        probability: that it is so, 0–1.
        harm: 1–10.
        doubt: the probability is that of an error of ours, not of a finding.

    """

    kind: OutcomeKind
    probability: float
    harm: int
    doubt: bool = False

    @property
    def level(self) -> int:
        """Expected harm, 0–100; never rounded up."""
        return math.floor(self.probability * self.harm * 10 + 1e-9)


def rank(waiting: Waiting) -> Rank:
    """The worst of what may be true of a passage."""
    kind = waiting.outcome
    if kind is OutcomeKind.TO_REVIEW:
        # who is let through as another's vehicle may be undeclared; whom it belongs to may not be cleared
        behind = [KIND_OF[ReasonCode(code)] for code in waiting.reasons if ReasonCode(code) in KIND_OF]
        graver = [Rank(one, waiting.score, HARM[one]) for one in behind if one in HARM and one is not kind]
        doubt = max(1.0 - waiting.score, 1.0 - _MOST)
        return max([Rank(kind, doubt, HARM[kind], doubt=True), *graver], key=lambda one: one.level)
    if kind is OutcomeKind.UNDECLARED:
        probability = min(_MOST, max(0.0, 1.0 - math.fsum(waiting.candidates)))
        stale = ReasonCode.DECLARATIONS_STALE.value in waiting.reasons
        return Rank(kind, min(probability, _STALE) if stale else probability, HARM[kind])
    if kind in _OF_HISTORY:
        return Rank(kind, _HISTORY_TRUE, HARM[kind])
    return Rank(kind, waiting.score, HARM.get(kind, 0))


def waiting_of(passage: PassageRecord) -> Waiting | None:
    """A passage as the queue has it; None before anything is said of it."""
    said = passage.outcome
    if said is None:
        return None
    return Waiting(
        passage.passage_id,
        passage.site,
        passage.first_seen_at,
        said.outcome,
        said.score,
        tuple(one.probability for one in said.candidates),
        frozenset(reason.code.value for reason in said.reasons),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A passage in the queue."""

    waiting: Waiting
    rank: Rank


def waiting_cases(store: Store, now: datetime, *, site: str | None = None) -> tuple[Case, ...]:
    """All that wait, the worst first; of equals the one seen last, whose vehicle may still be there."""
    found = [Case(one, rank(one)) for one in store.decisions.waiting(now - LOOKED_BACK, site=site)]
    return tuple(
        sorted(found, key=lambda case: (-case.rank.level, -case.waiting.seen_at.timestamp(), case.waiting.passage_id))
    )
