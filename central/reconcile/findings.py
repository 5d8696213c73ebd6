"""What does not agree between a passage and the declaration that it is held for, and why a read is doubted. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from rapidfuzz.distance import OSA

from central.reconcile.channel import likelihood_ratio
from central.reconcile.confusions import Confusions
from central.reconcile.names import is_named, name_of
from central.reconcile.priors import PRIORS
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import ConfirmingForce, DeclarationRecord, DeclarationState, Verdict
from central.store.outcome_records import OutcomeKind, Reason, ReasonCode
from central.store.records import PassageRecord
from contract.container import parse_container
from contract.messages import PlateRead
from contract.plate import PlateKind, normalise

CLEARING_FORCES: Final = frozenset(
    {ConfirmingForce.BORDER_GUARD, ConfirmingForce.CUSTOMS, ConfirmingForce.QUARANTINE, ConfirmingForce.HEALTH}
)
"""Whose word a vehicle waits for. What others say is shown, and stops nobody."""
KIND_OF: Final = {
    ReasonCode.TWO_PLACES: OutcomeKind.CLONE_SUSPECTED,
    ReasonCode.SEEN_TWICE: OutcomeKind.DUPLICATE,
    ReasonCode.DECLARED_TWICE: OutcomeKind.DUPLICATE,
    ReasonCode.AGAIN_WITHOUT_RETURN: OutcomeKind.ANTI_PASSBACK,
    ReasonCode.TRACTOR_DIFFERS: OutcomeKind.RE_PAIRED,
    ReasonCode.TRAILER_DIFFERS: OutcomeKind.RE_PAIRED,
    ReasonCode.CONTAINER_DIFFERS: OutcomeKind.RE_PAIRED,
    ReasonCode.NOT_CONFIRMED: OutcomeKind.NOT_CLEARED,
    ReasonCode.REFUSED: OutcomeKind.NOT_CLEARED,
    ReasonCode.FEE_UNPAID: OutcomeKind.NOT_CLEARED,
    ReasonCode.DIRECTION_DIFFERS: OutcomeKind.WRONG_DIRECTION,
    ReasonCode.GATE_DIFFERS: OutcomeKind.WRONG_GATE,
    ReasonCode.BEFORE_WINDOW: OutcomeKind.OUTSIDE_WINDOW,
    ReasonCode.AFTER_WINDOW: OutcomeKind.OUTSIDE_WINDOW,
    ReasonCode.STAYED_LONG: OutcomeKind.OVERSTAY,
    ReasonCode.DECLARATION_CANCELLED: OutcomeKind.TO_REVIEW,
}
"""What a reason alone makes of an outcome whose declaration is certain."""

_WITHHELD: Final = {Verdict.PENDING: ReasonCode.NOT_CONFIRMED, Verdict.REFUSED: ReasonCode.REFUSED}
_TRAILERS: Final = frozenset({PlateKind.VN_TRAILER, PlateKind.CN_TRAILER})
_CERTAIN: Final = 0.95
"""How probable it must be that another trailer hangs there before that is said."""
_MOST_MISTYPED: Final = 2
_NONE: Final = timedelta(0)


def vehicle_plate(passage: PassageRecord) -> PlateRead | None:
    """The plate of the vehicle itself: what the front camera read, else what another read that is no trailer's."""
    if passage.plate is not None:
        return passage.plate
    second = passage.second_plate
    return second if second is not None and second.kind not in _TRAILERS else None


def trailer_plate(passage: PassageRecord) -> PlateRead | None:
    """The plate of the trailer, where one was read."""
    second = passage.second_plate
    return second if second is not None and second.kind in _TRAILERS else None


def apart(passage: PassageRecord, declaration: DeclarationRecord) -> timedelta:
    """Time between a passage and the nearest end of a declaration's window; zero within."""
    seen_at = passage.seen_at
    if seen_at < declaration.expected_from:
        return declaration.expected_from - seen_at
    return seen_at - declaration.expected_until if seen_at > declaration.expected_until else _NONE


def elsewhere(
    passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings
) -> tuple[Reason, ...]:
    """Another gate, the other way, another time."""
    reasons = []
    if passage.site != declaration.gate:
        reasons.append(Reason(ReasonCode.GATE_DIFFERS, {"declared": declaration.gate, "seen": passage.site}))
    if passage.direction is not declaration.direction:
        said = {"declared": declaration.direction.value, "seen": passage.direction.value}
        reasons.append(Reason(ReasonCode.DIRECTION_DIFFERS, said))
    if apart(passage, declaration) > settings.slack:
        early = passage.seen_at < declaration.expected_from
        times = {
            "seen_at": passage.seen_at.isoformat(),
            "expected_from": declaration.expected_from.isoformat(),
            "expected_until": declaration.expected_until.isoformat(),
        }
        reasons.append(Reason(ReasonCode.BEFORE_WINDOW if early else ReasonCode.AFTER_WINDOW, times))
    return tuple(reasons)


def pulled(passage: PassageRecord, declaration: DeclarationRecord, confusions: Confusions) -> tuple[Reason, ...]:
    """What trailer and container say. A character or two that were misread or mistyped say nothing."""
    reasons = []
    read = trailer_plate(passage)
    if read is not None and declaration.trailer_plate:
        if is_named(read.text, declaration.trailer_plate):
            reasons.append(pair(ReasonCode.TRAILER_EXACT, read.text, declaration.trailer_plate))
        else:
            declared = name_of(declaration.trailer_plate)
            ratio = likelihood_ratio(read, declared, confusions) * (1 - PRIORS.re_paired)
            if PRIORS.re_paired / (PRIORS.re_paired + ratio) >= _CERTAIN:
                reasons.append(pair(ReasonCode.TRAILER_DIFFERS, read.text, declaration.trailer_plate))
    if passage.container and declaration.container_no:
        code = container(passage.container, declaration.container_no)
        if code is not None:
            reasons.append(pair(code, passage.container, declaration.container_no))
    return tuple(reasons)


def container(read: str, declared: str) -> ReasonCode | None:
    """Whether two container codes are the same; None where the one declared may be the one read, mistyped."""
    if read == declared:  # mostly it is typed as it was read
        return ReasonCode.CONTAINER_EXACT
    typed = normalise(declared)
    if read == typed:
        return ReasonCode.CONTAINER_EXACT
    slips = OSA.distance(read, typed, score_cutoff=_MOST_MISTYPED)
    if slips <= 1 or (slips <= _MOST_MISTYPED and parse_container(typed) is None):
        return None
    return ReasonCode.CONTAINER_DIFFERS


def not_cleared(declaration: DeclarationRecord) -> tuple[Reason, ...]:
    """Who has not agreed, and whether the fee is owed. What the platform does not say is not held against anybody."""
    reasons = [
        Reason(_WITHHELD[one.verdict], {"force": one.force.value})
        for one in declaration.confirmations
        if one.verdict is not Verdict.CONFIRMED and one.force in CLEARING_FORCES
    ]
    if declaration.fee_paid is False:
        reasons.append(Reason(ReasonCode.FEE_UNPAID, {"fee_class": declaration.fee_class}))
    return tuple(reasons)


def cancelled(declaration: DeclarationRecord) -> tuple[Reason, ...]:
    """Whether it stands at all."""
    if declaration.state is not DeclarationState.CANCELLED:
        return ()
    return (Reason(ReasonCode.DECLARATION_CANCELLED, {"declaration_id": declaration.declaration_id}),)


def doubts(passage: PassageRecord, settings: ReconcileSettings) -> tuple[Reason, ...]:
    """What speaks against trusting the read itself."""
    if passage.plate is None:
        return (unreadable(passage),)
    if passage.plate.confidence < settings.match_confidence:
        values = {"confidence": round(passage.plate.confidence, 3), "required": settings.match_confidence}
        return (Reason(ReasonCode.LOW_CONFIDENCE, values),)
    return ()


def unreadable(passage: PassageRecord) -> Reason:
    """The reason of a passage without a plate."""
    return Reason(ReasonCode.UNREADABLE, {"abstained": passage.abstained.value if passage.abstained else ""})


def pair(code: ReasonCode, read: str, declared: str, **more: float) -> Reason:
    """A reason that names what was read and what was declared."""
    return Reason(code, {"read": read, "declared": declared, **more})
