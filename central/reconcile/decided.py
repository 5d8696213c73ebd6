"""What people decided, as evidence: a read that is sure, a link that stands, declarations that are out. Pure.

What was read is not touched: only the copy that reconciliation works on knows better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from central.reconcile import findings
from central.reconcile.confusions import Confusions
from central.reconcile.findings import vehicle_plate
from central.reconcile.names import name_of, names_same
from central.reconcile.settings import ReconcileSettings
from central.store.decision_records import Decided, DecisionKind
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord
from contract.messages import Abstention, Candidate, PlateRead
from contract.plate import PlateColour, PlateCountry, PlateKind, parse

_CODES = {
    DecisionKind.CONFIRM: ReasonCode.PERSON_CONFIRMED,
    DecisionKind.CORRECT: ReasonCode.PERSON_CORRECTED,
    DecisionKind.LINK: ReasonCode.PERSON_LINKED,
    DecisionKind.REJECT: ReasonCode.PERSON_REJECTED,
    DecisionKind.UNREADABLE: ReasonCode.PERSON_UNREADABLE,
    DecisionKind.NO_VEHICLE: ReasonCode.PERSON_NO_VEHICLE,
}


def as_decided(passage: PassageRecord) -> PassageRecord:
    """A passage with the plate that a person saw in its picture."""
    decided = passage.decided
    if decided is None:
        return passage
    read = vehicle_plate(passage)
    if decided.kind is DecisionKind.CONFIRM and read is not None:
        return replace(passage, plate=_sure(read, read.text))
    if decided.kind is DecisionKind.CORRECT and decided.plate is not None:
        return replace(passage, plate=_sure(read, decided.plate), abstained=None)
    if decided.kind is DecisionKind.UNREADABLE:
        second = passage.second_plate if passage.second_plate is not read else None
        return replace(passage, plate=None, second_plate=second, abstained=passage.abstained or Abstention.ILLEGIBLE)
    return passage


def _sure(read: PlateRead | None, text: str) -> PlateRead:
    """The plate without any doubt; of the colour and the lines that were seen."""
    colour, lines = (read.colour, read.lines) if read is not None else (PlateColour.UNKNOWN, 1)
    meant = next(iter(parse(text, colour=colour, lines=lines) or parse(text)), None)
    return PlateRead(
        text=text,
        confidence=1.0,
        country=meant.country if meant else PlateCountry.OTHER,
        kind=meant.kind if meant else PlateKind.OTHER,
        colour=colour,
        lines=lines,
        candidates=(Candidate(text=text, confidence=1.0),),
    )


def is_no_vehicle(passage: PassageRecord) -> bool:
    """Whether a person saw that nothing came."""
    return passage.decided is not None and passage.decided.kind is DecisionKind.NO_VEHICLE


def no_vehicle(passage_id: UUID, decided: Decided, now: datetime) -> OutcomeRecord:
    """What is said of a passage that is none."""
    return OutcomeRecord(OutcomeKind.CANCELLED, reasons_of(decided), passage_id, None, 0.0, now)


def reasons_of(decided: Decided | None) -> tuple[Reason, ...]:
    """What a person's word adds to the reasons of an outcome."""
    if decided is None or decided.kind not in _CODES:
        return ()
    said: dict[str, str | float] = {"who": decided.by}
    return (Reason(_CODES[decided.kind], said | ({"read": decided.plate} if decided.plate else {})),)


def given(
    passages: Iterable[PassageRecord], declarations: Iterable[DeclarationRecord]
) -> dict[UUID, DeclarationRecord]:
    """The passages that people gave one of these declarations to."""
    wanted = {
        passage.decided.declaration_id: passage.passage_id
        for passage in passages
        if passage.decided is not None and passage.decided.declaration_id is not None and passage.cancelled is None
    }
    return {wanted[one.declaration_id]: one for one in declarations if one.declaration_id in wanted} if wanted else {}


def is_ruled_out(passage: PassageRecord, declaration: DeclarationRecord) -> bool:
    """Whether a person looked at the passage when this declaration was there, and found it to belong to none."""
    decided = passage.decided
    rejected = decided is not None and decided.kind is DecisionKind.REJECT
    return decided is not None and rejected and declaration.received_at <= decided.at


def link_reasons(
    passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings, confusions: Confusions
) -> tuple[Reason, ...]:
    """What is true of a passage and the declaration that a person gave it, for and against."""
    read = vehicle_plate(passage)
    plate: tuple[Reason, ...] = ()
    if read is not None:
        same = names_same(name_of(read.text), name_of(declaration.plate))
        code = ReasonCode.PLATE_EXACT if same else ReasonCode.PLATE_NEAR
        plate = (findings.pair(code, read.text, declaration.plate),)
    return (
        *plate,
        *findings.pulled(passage, declaration, confusions),
        *findings.elsewhere(passage, declaration, settings),
        *findings.cancelled(declaration),
        *findings.not_cleared(declaration),
    )
