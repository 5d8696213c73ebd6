"""A case as the page of decisions shows it: the picture that was read, what may be done, and what it may belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from central.console.board import crops_of, evidence_of
from central.console.plates import PlateView, typed_plate
from central.decisions import Refusal, in_force, may_confirm
from central.queue import Rank, rank, waiting_of
from central.reconcile.confusions import PRIOR
from central.reconcile.decided import link_reasons
from central.reconcile.findings import KIND_OF, vehicle_plate
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.decision_records import DecisionRecord
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import Reason
from central.store.paging import search_text
from central.store.records import EvidenceRecord, PassageRecord
from contract.messages import EvidenceKind, PlateRead
from contract.plate import normalise, parse_typed

HISTORY: Final = timedelta(hours=72)
_HISTORY_SHOWN: Final = 5
_CANDIDATES: Final = 3
_SETTINGS: Final = ReconcileSettings()


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A declaration that the passage may belong to.

    Attributes:
        probability: None where nobody has weighed it, because a person looked it up.
        plate: what was declared, the characters that differ from the read marked.
        typed: how it was typed, where that is written in another way.
        against: what does not fit.
        history: passages of the plate declared in the 72 hours before, the last first.
        given_by: who gave it to another passage.

    """

    declaration: DeclarationRecord
    probability: float | None
    plate: PlateView
    typed: str
    against: tuple[Reason, ...]
    history: tuple[PassageRecord, ...]
    given_by: str | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page shows of a case."""

    passage: PassageRecord
    read: PlateRead | None
    rank: Rank | None
    frame: EvidenceRecord | None
    crops: tuple[EvidenceRecord, ...]
    candidates: tuple[CandidateView, ...]
    history: tuple[PassageRecord, ...]
    decisions: tuple[DecisionRecord, ...]
    counts: DecisionRecord | None
    """The decision that counts."""
    unconfirmed: Refusal | None
    """Why "read right" does not settle it."""

    @property
    def version(self) -> int:
        """What a decision made on this must name."""
        return len(self.decisions)


def case_of(store: Store, passage: PassageRecord) -> CaseView:
    """Everything that there is to see of a passage before deciding."""
    read, said = vehicle_plate(passage), passage.outcome
    frames = [item for item in evidence_of(passage) if item.kind is EvidenceKind.FRAME]
    decisions = store.decisions.of_passage(passage.passage_id)
    standing = in_force(decisions)
    waiting = waiting_of(passage)
    named = store.declarations.get(said.declaration_id) if said and said.declaration_id else None
    wanted = [(one.declaration_id, one.probability) for one in said.candidates] if said else []
    if said is not None and named is not None and named.declaration_id not in {key for key, _ in wanted}:
        wanted.insert(0, (named.declaration_id, said.score))
    found = [(one, p) for key, p in wanted[:_CANDIDATES] if (one := store.declarations.get(key)) is not None]
    return CaseView(
        passage,
        read,
        rank(waiting) if waiting is not None else None,
        next(iter(frames), None),
        crops_of(passage),
        tuple(candidate_of(store, passage, one, p) for one, p in found),
        seen_before(store, passage, read.text) if read is not None else (),
        decisions,
        standing[-1] if standing else None,
        may_confirm(passage, named),
    )


def candidate_of(
    store: Store, passage: PassageRecord, declaration: DeclarationRecord, probability: float | None = None
) -> CandidateView:
    """A declaration beside the passage."""
    read = vehicle_plate(passage)
    text = meant_by(declaration.plate, read.text if read else "")
    reasons = link_reasons(passage, declaration, _SETTINGS, PRIOR)
    with store.reading() as reading:
        holder = store.decisions.given_to(reading, declaration.declaration_id)
        others = in_force(store.decisions.present(reading, holder)) if holder not in (None, passage.passage_id) else []
    return CandidateView(
        declaration,
        probability,
        typed_plate(text, read.text if read else None),
        declaration.plate if normalise(declaration.plate) != text else "",
        tuple(reason for reason in reasons if reason.code in KIND_OF),
        seen_before(store, passage, text),
        others[-1].by if others else None,
    )


def meant_by(typed: str, read: str) -> str:
    """The plate that was meant by what was typed, of several the one that the read resembles most."""
    meant = [plate.text for plate in parse_typed(typed) if len(plate.text) == len(read)]
    if not meant:
        return normalise(typed)
    return max(meant, key=lambda text: sum(one == other for one, other in zip(text, read, strict=True)))


def seen_before(store: Store, passage: PassageRecord, text: str) -> tuple[PassageRecord, ...]:
    """Other passages of a plate, in the 72 hours before this one and since, the last first."""
    since: datetime = passage.seen_at - HISTORY
    found = store.passages.list(plate=search_text(text), since=since, limit=_HISTORY_SHOWN + 1).items
    return tuple(one for one in found if one.passage_id != passage.passage_id)[:_HISTORY_SHOWN]


def find_declarations(store: Store, passage: PassageRecord, part: str) -> Sequence[CandidateView]:
    """Declarations whose plate has this part, those that are expected nearest to the passage first."""
    found = store.declarations.list(plate_part=part, limit=50).items
    near = sorted(found, key=lambda one: abs(one.expected_from - passage.seen_at))
    return [candidate_of(store, passage, one) for one in near[:_CANDIDATES]]


def passage_id_of(text: str) -> UUID | None:
    """The passage that an address names; None for nonsense."""
    try:
        return UUID(text)
    except ValueError:
        return None
