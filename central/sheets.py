"""Evidence sheets: all that is known of a passage at one moment, with a hash over it that can be checked later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from central.store import Store
from central.store.commands import CommandRecord
from central.store.decision_records import DecisionRecord
from central.store.declaration_records import DeclarationRecord
from central.store.evidence import DeletionRecord
from central.store.outcome_records import OutcomeRecord
from central.store.records import EvidenceRecord, PassageRecord
from central.store.sheets import SheetRecord, hash_of
from contract.messages import CommandKind

_AROUND: Final = timedelta(minutes=3)
"""Openings by people so long before and after the passage stand on its sheet."""


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What stands on a sheet.

    Attributes:
        declaration: without the names of people, which belong to no paper that is handed on.
        said: what reconciliation said, the oldest first; the last counts.
        decisions: what people decided, the oldest first.
        openings: what people opened in its lane at the time.
        deletions: pictures of it that are gone, and why.

    """

    passage: PassageRecord
    declaration: DeclarationRecord | None
    said: tuple[OutcomeRecord, ...]
    decisions: tuple[DecisionRecord, ...]
    openings: tuple[CommandRecord, ...]
    deletions: tuple[DeletionRecord, ...]
    printed_by: str
    printed_at: datetime


_FACTS: Final = TypeAdapter(SheetFacts)


class PictureState(StrEnum):
    """How a picture on a sheet stands now."""

    WHOLE = "whole"
    """It is here, and its bytes have the hash on the sheet."""
    DELETED = "deleted"
    """It was deleted on purpose, and noted."""
    LACKING = "lacking"
    """It is not here, or another lies in its place."""


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """What a check of a sheet found.

    Attributes:
        facts_whole: what is kept of the sheet still has the hash on the paper.
        paper_whole: the file that was handed out is still here, to the last bit.
        pictures: those of the sheet, and how they stand now.
        changed_since: the passage was told, judged or decided anew after the sheet was printed.

    """

    facts_whole: bool
    paper_whole: bool
    pictures: tuple[tuple[EvidenceRecord, PictureState], ...]
    changed_since: bool

    @property
    def holds(self) -> bool:
        """Whether nothing was changed or swapped."""
        lacking = any(state is PictureState.LACKING for _, state in self.pictures)
        return self.facts_whole and self.paper_whole and not lacking


def gather(store: Store, passage_id: UUID, *, printed_by: str, printed_at: datetime) -> SheetFacts | None:
    """What there is to say of a passage now; None when it is not known."""
    passage = store.passages.get(passage_id)
    if passage is None:
        return None
    outcome = passage.outcome
    declaration = store.declarations.get(outcome.declaration_id) if outcome and outcome.declaration_id else None
    return SheetFacts(
        passage=passage,
        declaration=_without_people(declaration) if declaration else None,
        said=store.outcomes.history_of_passage(passage_id),
        decisions=store.decisions.of_passage(passage_id),
        openings=_openings(store, passage),
        deletions=store.evidence.deletions(passage_id=passage_id),
        printed_by=printed_by,
        printed_at=printed_at,
    )


def written(facts: SheetFacts) -> str:
    """The facts as the text that is hashed."""
    return _FACTS.dump_json(facts).decode()


def read_facts(sheet: SheetRecord) -> SheetFacts | None:
    """The facts of a sheet; None where an older program wrote them in another way."""
    try:
        return _FACTS.validate_json(sheet.facts)
    except ValidationError:
        return None


def check(store: Store, sheet: SheetRecord) -> SheetCheck:
    """Hold a sheet against what central keeps."""
    facts = read_facts(sheet)
    pictures = facts.passage.evidence if facts else ()
    now = gather(store, sheet.passage_id, printed_by=sheet.printed_by, printed_at=sheet.printed_at)
    return SheetCheck(
        facts_whole=sheet.is_whole,
        paper_whole=store.sheets.pdf(sheet) is not None,
        pictures=_states(store, sheet.passage_id, pictures),
        changed_since=now is None or facts is None or _told(now) != _told(facts),
    )


def _told(facts: SheetFacts) -> str:
    """What a sheet tells, but for its pictures, which come and go."""
    return hash_of(written(replace(facts, passage=replace(facts.passage, evidence=()), deletions=())).encode())


def _states(
    store: Store, passage_id: UUID, pictures: Sequence[EvidenceRecord]
) -> tuple[tuple[EvidenceRecord, PictureState], ...]:
    deleted = {one.sha256 for one in store.evidence.deletions(passage_id=passage_id)}

    def state(picture: EvidenceRecord) -> PictureState:
        if store.evidence.path(picture.sha256) is not None:
            return PictureState.WHOLE
        return PictureState.DELETED if picture.sha256 in deleted else PictureState.LACKING

    # one that had not come when the sheet was printed is no loss
    return tuple((one, state(one)) for one in pictures if one.present)


def _openings(store: Store, passage: PassageRecord) -> tuple[CommandRecord, ...]:
    return store.commands.list(
        site=passage.site,
        lane=passage.lane,
        kinds=(CommandKind.OPEN,),
        issued_since=passage.first_seen_at - _AROUND,
        issued_until=passage.last_seen_at + _AROUND,
    )


def _without_people(declaration: DeclarationRecord) -> DeclarationRecord:
    return replace(
        declaration,
        agent="",
        phone="",
        driver_name="",
        driver_document="",
        confirmations=tuple(replace(said, officer="") for said in declaration.confirmations),
    )
