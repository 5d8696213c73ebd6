"""How well one passage and one declaration fit, and why. Pure.

A plate fits exactly when what was typed is one of the forms people type for what was read, or when only the province
character could not be read and all else is the same. Everything looser is for a person to judge: a plate one
character away may be another lorry's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rapidfuzz.distance import OSA

from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import Reason, ReasonCode
from central.store.records import PassageRecord
from contract.messages import PlateRead
from contract.plate import CN_UNREAD_PROVINCE, PlateKind, normalise, typed_forms, typed_key

_TRAILERS = frozenset({PlateKind.VN_TRAILER, PlateKind.CN_TRAILER})
_MIN_CANDIDATE = 0.02
_MIN_KEY_LENGTH = 5  # one character apart says little of a text shorter than any plate

# What a fit of the plate is worth, and by how much each thing that does not fit lessens it. An order, not a measure.
_EXACT, _PROVINCE_UNREAD, _CANDIDATE, _NEAR, _TRAILER_ONLY = 1.0, 0.95, 0.7, 0.6, 0.5
_PROBLEM, _CANCELLED = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Link:
    """A passage and a declaration that may belong together.

    Attributes:
        exact: the plate itself was read and fits exactly, as far as it was read.
        certain: nothing of the plate was left unread.
        clear: nothing speaks against it; a machine may match it.
        apart: time between the passage and the nearest end of the window; zero within.

    """

    passage: PassageRecord
    declaration: DeclarationRecord
    reasons: tuple[Reason, ...]
    score: float
    exact: bool
    certain: bool
    clear: bool
    apart: timedelta

    @property
    def order(self) -> tuple[float, timedelta, datetime, datetime, str, UUID]:
        """Smallest first: the best fit, the nearest in time, the earlier passage, the earlier window."""
        return (
            -self.score,
            self.apart,
            self.passage.seen_at,
            self.declaration.expected_from,
            self.declaration.declaration_id,
            self.passage.passage_id,
        )


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


def link(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> Link | None:
    """How the two fit; None when they have nothing to do with each other, as what was cancelled has with nobody."""
    if passage.cancelled is not None:
        return None
    apart = _apart(passage.seen_at, declaration)
    if apart > settings.related:
        return None
    found = _by_plate(passage, declaration) or _by_trailer(passage, declaration)
    if found is None:
        return None
    plate_reason, worth = found
    certain = plate_reason.code is ReasonCode.PLATE_EXACT
    exact = certain or plate_reason.code is ReasonCode.PROVINCE_UNREAD
    elsewhere = _elsewhere(passage, declaration, apart, settings)
    cancelled = declaration.state is DeclarationState.CANCELLED
    if not exact and (elsewhere or cancelled):
        return None  # half a plate at another gate, time or direction: that is no lead, that is noise
    trailer, trailer_differs = _trailer(passage, declaration, settings)
    if plate_reason in trailer:
        trailer = []
    doubts = [*_doubts(passage, settings), *elsewhere]
    if cancelled:
        doubts.append(Reason(ReasonCode.DECLARATION_CANCELLED, {"declaration_id": declaration.declaration_id}))
        worth *= _CANCELLED
    problems = len(doubts) + trailer_differs
    return Link(
        passage,
        declaration,
        reasons=(plate_reason, *trailer, *doubts),
        score=round(worth * _PROBLEM**problems, 4),
        exact=exact,
        certain=certain,
        clear=exact and problems == 0,
        apart=apart,
    )


def _apart(seen_at: datetime, declaration: DeclarationRecord) -> timedelta:
    return max(declaration.expected_from - seen_at, seen_at - declaration.expected_until, timedelta(0))


def _pair(code: ReasonCode, read: str, declared: str, **more: float) -> Reason:
    return Reason(code, {"read": read, "declared": declared, **more})


def _by_plate(passage: PassageRecord, declaration: DeclarationRecord) -> tuple[Reason, float] | None:
    read = vehicle_plate(passage)
    if read is None:
        return None
    declared = normalise(declaration.plate)
    if is_exact(read.text, declared):
        return _pair(ReasonCode.PLATE_EXACT, read.text, declaration.plate), _EXACT
    key, declared_key = typed_key(read.text), typed_key(declared)
    if read.text.startswith(CN_UNREAD_PROVINCE) and key == declared_key:
        return _pair(ReasonCode.PROVINCE_UNREAD, read.text, declaration.plate), _PROVINCE_UNREAD
    for candidate in read.candidates:
        if candidate.confidence >= _MIN_CANDIDATE and is_exact(candidate.text, declared):
            confidence = round(candidate.confidence, 3)
            reason = _pair(ReasonCode.PLATE_CANDIDATE, read.text, declaration.plate, confidence=confidence)
            return reason, _CANDIDATE
    if is_near(key, declared_key):
        return _pair(ReasonCode.PLATE_NEAR, read.text, declaration.plate), _NEAR
    return None


def _by_trailer(passage: PassageRecord, declaration: DeclarationRecord) -> tuple[Reason, float] | None:
    """A lorry whose own plate nobody could read may be known by its trailer."""
    read = trailer_plate(passage)
    if vehicle_plate(passage) is not None or read is None or not declaration.trailer_plate:
        return None
    if not is_exact(read.text, normalise(declaration.trailer_plate)):
        return None
    return _pair(ReasonCode.TRAILER_EXACT, read.text, declaration.trailer_plate), _TRAILER_ONLY


def is_exact(read: str, declared: str) -> bool:
    """Whether `declared` (normalised) is one of the forms that people type for the plate `read`."""
    return declared in typed_forms(read)


def is_near(key: str, declared_key: str) -> bool:
    """Whether two keys are one character apart: changed, missing, too many, or two swapped."""
    if min(len(key), len(declared_key)) < _MIN_KEY_LENGTH:
        return False
    return OSA.distance(key, declared_key, score_cutoff=1) <= 1


def _elsewhere(
    passage: PassageRecord, declaration: DeclarationRecord, apart: timedelta, settings: ReconcileSettings
) -> list[Reason]:
    reasons = []
    if passage.site != declaration.gate:
        reasons.append(Reason(ReasonCode.GATE_DIFFERS, {"declared": declaration.gate, "seen": passage.site}))
    if passage.direction is not declaration.direction:
        said = {"declared": declaration.direction.value, "seen": passage.direction.value}
        reasons.append(Reason(ReasonCode.DIRECTION_DIFFERS, said))
    if apart > settings.slack:
        early = passage.seen_at < declaration.expected_from
        times = {
            "seen_at": passage.seen_at.isoformat(),
            "expected_from": declaration.expected_from.isoformat(),
            "expected_until": declaration.expected_until.isoformat(),
        }
        reasons.append(Reason(ReasonCode.BEFORE_WINDOW if early else ReasonCode.AFTER_WINDOW, times))
    return reasons


def _doubts(passage: PassageRecord, settings: ReconcileSettings) -> list[Reason]:
    """What speaks against trusting the read itself."""
    if passage.plate is None:
        return [unreadable(passage)]
    if passage.plate.confidence < settings.match_confidence:
        values = {"confidence": round(passage.plate.confidence, 3), "required": settings.match_confidence}
        return [Reason(ReasonCode.LOW_CONFIDENCE, values)]
    return []


def unreadable(passage: PassageRecord) -> Reason:
    """The reason of a passage without a plate."""
    return Reason(ReasonCode.UNREADABLE, {"abstained": passage.abstained.value if passage.abstained else ""})


def _trailer(
    passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings
) -> tuple[list[Reason], bool]:
    """What the trailer says, and whether it is another than declared. One doubtful character says nothing."""
    read = trailer_plate(passage)
    if read is None or not declaration.trailer_plate or read.confidence < settings.match_confidence:
        return [], False
    declared = normalise(declaration.trailer_plate)
    if is_exact(read.text, declared):
        return [_pair(ReasonCode.TRAILER_EXACT, read.text, declaration.trailer_plate)], False
    if is_near(typed_key(read.text), typed_key(declared)):
        return [], False
    return [_pair(ReasonCode.TRAILER_DIFFERS, read.text, declaration.trailer_plate)], True
