"""What people decide of passages: checked, and kept with who, when, why and what was said before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from central.reconcile.confusions import PRIOR
from central.reconcile.decided import link_reasons, no_vehicle
from central.reconcile.findings import KIND_OF, vehicle_plate
from central.reconcile.names import name_of, names_same
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.corrections import CorrectionRecord
from central.store.database import Transaction
from central.store.decision_records import DecisionKind, DecisionRecord
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, Reason
from central.store.records import PassageRecord
from contract.errors import SmartGateError
from contract.messages import EvidenceKind
from contract.plate import normalise, parse_typed

WHY_CHARACTERS: Final = 500
_PLATE_CHARACTERS: Final = range(4, 17)
"""How long a plate may be that a person types."""


class Refusal(StrEnum):
    """Why a decision was not kept."""

    CHANGED = "changed"
    """Somebody else was first."""
    NO_PASSAGE = "no_passage"
    NO_READ = "no_read"
    """Nothing was read that could be right."""
    CHOOSE_FIRST = "choose_first"
    """Read and declared differ: that the read is right does not say whose it is."""
    BAD_PLATE = "bad_plate"
    NO_DECLARATION = "no_declaration"
    TAKEN = "taken"
    """A person gave the declaration to another passage."""
    NOTHING_TO_UNDO = "nothing_to_undo"


class DecisionRefusedError(SmartGateError, ValueError):
    """Nothing was changed; `first` is the decision that was there already, where that is why."""

    def __init__(self, refusal: Refusal, message: str, first: DecisionRecord | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.first = first


class DecisionDesk:
    """Takes decisions. Every call says who; `version` is how many decisions of the passage they had seen.

    The same decision told twice (a key that was pressed twice, an answer that was lost) is kept once.
    """

    def __init__(self, store: Store, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock

    def decide(
        self,
        passage_id: UUID,
        kind: DecisionKind,
        *,
        version: int,
        actor: str,
        why: str = "",
        plate: str = "",
        declaration_id: str = "",
    ) -> DecisionRecord:
        """Keep a decision; `plate` as a person types it, with `correct`; `declaration_id` with `link`.

        Raises:
            DecisionRefusedError: somebody was faster, or it makes no sense for this passage.

        """
        passage = self._passage(passage_id)
        declaration = self._declaration(passage, kind, declaration_id)
        text = _typed(plate) if kind is DecisionKind.CORRECT else None
        if kind is DecisionKind.CONFIRM:
            _check_confirm(passage, declaration)
        with self._store.transaction(self._clock()) as transaction:
            transaction.lock([f"decision {passage_id}", *([f"decision of {declaration_id}"] if declaration_id else [])])
            before = self._store.decisions.present(transaction, passage_id)
            record = DecisionRecord(
                passage_id,
                len(before) + 1,
                kind,
                actor,
                transaction.at,
                _said(why),
                plate=text,
                declaration_id=declaration.declaration_id if declaration and kind is DecisionKind.LINK else None,
                covers=_covers(passage, kind, declaration),
                **_made_on(passage),
            )
            if len(before) != version:
                return _same_again(before, record, version)
            self._check_free(transaction, record)
            self._store.decisions.add(transaction, record, record)
            self._teach(transaction, record)
            if kind is DecisionKind.NO_VEHICLE:
                self._store.outcomes.revise(transaction, [no_vehicle(passage_id, record.decided, transaction.at)])
        return record

    def undo(self, passage_id: UUID, *, version: int, actor: str, why: str = "") -> DecisionRecord:
        """Take the decision back that counts now; what was decided before it counts again.

        Raises:
            DecisionRefusedError: somebody was faster, or nothing is decided.

        """
        passage = self._passage(passage_id)
        with self._store.transaction(self._clock()) as transaction:
            transaction.lock([f"decision {passage_id}"])
            before = self._store.decisions.present(transaction, passage_id)
            standing = in_force(before)
            undone = standing[-1].number if standing else None
            record = DecisionRecord(
                passage_id,
                len(before) + 1,
                DecisionKind.UNDO,
                actor,
                transaction.at,
                _said(why),
                undoes=undone,
                **_made_on(passage),
            )
            if len(before) != version:
                return _same_again(before, record, version)
            if undone is None:
                raise DecisionRefusedError(Refusal.NOTHING_TO_UNDO, f"nothing is decided of passage {passage_id}")
            counts = standing[-2] if len(standing) > 1 else None
            if counts is not None:
                self._check_free(transaction, counts)
            self._store.decisions.add(transaction, record, counts)
        return record

    def _passage(self, passage_id: UUID) -> PassageRecord:
        passage = self._store.passages.get(passage_id)
        if passage is None:
            raise DecisionRefusedError(Refusal.NO_PASSAGE, f"there is no passage {passage_id}")
        return passage

    def _declaration(self, passage: PassageRecord, kind: DecisionKind, declaration_id: str) -> DeclarationRecord | None:
        """The declaration that a decision is about."""
        if kind is not DecisionKind.LINK:
            said = passage.outcome.declaration_id if passage.outcome else None
            return self._store.declarations.get(said) if said else None
        found = self._store.declarations.get(declaration_id) if declaration_id else None
        if found is None:
            raise DecisionRefusedError(
                Refusal.NO_DECLARATION, f"expected the number of a declaration, got {declaration_id!r}"
            )
        return found

    def _check_free(self, transaction: Transaction, record: DecisionRecord) -> None:
        if record.declaration_id is None:
            return
        holder = self._store.decisions.given_to(transaction, record.declaration_id)
        if holder is None or holder == record.passage_id:
            return
        first = in_force(self._store.decisions.present(transaction, holder))[-1]
        message = f"{first.by} gave declaration {record.declaration_id} to passage {holder}: undo it there first"
        raise DecisionRefusedError(Refusal.TAKEN, message, first)

    def _teach(self, transaction: Transaction, record: DecisionRecord) -> None:
        """What a camera made of a plate that a person knows."""
        right = {DecisionKind.CONFIRM: record.read, DecisionKind.CORRECT: record.plate}.get(record.kind)
        if record.read is None or right is None:
            return
        correction = CorrectionRecord(
            record.passage_id, record.read, right, record.by, record.at, record.why, record.number
        )
        self._store.corrections.add(transaction, correction)


def in_force(decisions: Sequence[DecisionRecord]) -> list[DecisionRecord]:
    """Those that were not taken back, the oldest first: the last one counts."""
    standing: list[DecisionRecord] = []
    for one in decisions:
        if one.kind is DecisionKind.UNDO:
            standing.pop()
        else:
            standing.append(one)
    return standing


def may_confirm(passage: PassageRecord, declaration: DeclarationRecord | None) -> Refusal | None:
    """Why "the read is right" does not settle a passage; None where it does.

    `declaration`: the one that its outcome names.
    """
    read = vehicle_plate(passage)
    if read is None:
        return Refusal.NO_READ
    if passage.outcome is None or passage.outcome.outcome is not OutcomeKind.TO_REVIEW:
        return None
    if declaration is None:
        return Refusal.CHOOSE_FIRST if passage.outcome.candidates else None
    same = names_same(name_of(read.text), name_of(declaration.plate))
    return None if same else Refusal.CHOOSE_FIRST


def _check_confirm(passage: PassageRecord, declaration: DeclarationRecord | None) -> None:
    refusal = may_confirm(passage, declaration)
    if refusal is Refusal.NO_READ:
        raise DecisionRefusedError(refusal, "nothing was read: correct the plate, give a declaration, or say so")
    if refusal is not None:
        raise DecisionRefusedError(refusal, "read and declared differ: give it a declaration, or say that none is its")


def _said(why: str) -> str:
    """What a person wrote, as it can be kept: PostgreSQL takes no zero bytes."""
    return why.replace("\0", "").strip()[:WHY_CHARACTERS]


def _typed(plate: str) -> str:
    """What a person typed, as cameras read it: `GUI F12345` is 桂F12345."""
    clean = normalise(plate)
    if len(clean) not in _PLATE_CHARACTERS or not clean.isalnum():
        message = (
            f"expected a plate of {_PLATE_CHARACTERS[0]} to {_PLATE_CHARACTERS[-1]} letters and digits, got {plate!r}"
        )
        raise DecisionRefusedError(Refusal.BAD_PLATE, message)
    meant = parse_typed(clean)
    return meant[0].text if meant else clean


def _made_on(passage: PassageRecord) -> dict[str, Any]:
    """What the person looked at."""
    read, said = vehicle_plate(passage), passage.outcome
    crops = [item.camera for item in passage.evidence if item.kind is EvidenceKind.CROP]
    return {
        "revision": passage.revision,
        "read": read.text if read else None,
        "said": said.outcome if said else None,
        "said_declaration_id": said.declaration_id if said else None,
        "said_score": said.score if said else 0.0,
        "site": passage.site,
        "lane": passage.lane,
        "camera": next(iter(crops or [item.camera for item in passage.evidence]), ""),
        "seen_at": passage.seen_at,
    }


def _covers(
    passage: PassageRecord, kind: DecisionKind, declaration: DeclarationRecord | None
) -> frozenset[OutcomeKind]:
    """What may be said of the passage after this decision without bringing it back to anybody.

    All that stood among the reasons was seen by whoever decided.
    """
    outcome = passage.outcome
    found = _kinds(outcome.reasons) if outcome else set()
    now = {outcome.outcome} - {OutcomeKind.TO_REVIEW} if outcome else set()
    if kind is DecisionKind.CONFIRM:
        return frozenset(found | now | (set() if declaration else {OutcomeKind.UNDECLARED}))
    if kind is DecisionKind.CORRECT:
        return frozenset(now)
    if kind is DecisionKind.LINK and declaration is not None:
        return frozenset(found | _kinds(link_reasons(passage, declaration, ReconcileSettings(), PRIOR)))
    if kind is DecisionKind.REJECT:
        return frozenset(found | {OutcomeKind.UNDECLARED})
    if kind is DecisionKind.UNREADABLE:
        return frozenset(found | {OutcomeKind.UNDECLARED, OutcomeKind.TO_REVIEW})
    return frozenset()


def _kinds(reasons: Sequence[Reason]) -> set[OutcomeKind]:
    return {KIND_OF[reason.code] for reason in reasons if reason.code in KIND_OF}


def _same_again(before: Sequence[DecisionRecord], wanted: DecisionRecord, version: int) -> DecisionRecord:
    """The decision that is there, where it is the very one that is wanted.

    Raises:
        DecisionRefusedError: it is another one: somebody was faster.

    """
    if not before:
        raise DecisionRefusedError(Refusal.CHANGED, f"expected version 0, got {version}: nothing is decided yet")
    last = before[-1]
    told = ("kind", "by", "plate", "declaration_id")
    if len(before) == version + 1 and all(getattr(last, name) == getattr(wanted, name) for name in told):
        return last
    message = f"{last.by} decided first ({last.kind.value}, {last.at.isoformat()}): look again"
    raise DecisionRefusedError(Refusal.CHANGED, message, last)
