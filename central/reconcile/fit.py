"""How probable it is that a passage and a declaration belong together, and why. Pure.

The weight of a link is the odds of "this declaration's vehicle" against "a vehicle without declaration", each with all
that was seen: plate, trailer, container, gate, direction and time. Several links that exclude each other are weighed
in `assign`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz.distance import OSA

from central.reconcile import findings
from central.reconcile.channel import lattice_of, likelihood_ratio
from central.reconcile.confusions import PRIOR, Confusions
from central.reconcile.findings import apart, container, elsewhere, pair, trailer_plate, vehicle_plate
from central.reconcile.names import Name, bodies, in_row, is_named, name_of, names_same, thirds
from central.reconcile.priors import PRIORS
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import Reason, ReasonCode
from central.store.records import PassageRecord
from contract.messages import PlateRead
from contract.plate import CN_UNREAD_PROVINCE, normalise

_MIN_CANDIDATE = 0.02
_SURE = 0.5
_SURE_RATIO = math.exp(17)
_LEAST_RATIO = math.exp(4)
"""A plate that speaks less for a declaration is no lead."""
_APART = 1
"""How many characters what was typed may be off a text that the camera held for possible."""
_FAR_APART = 2
"""The same where trailer or container are right."""
_CONTAINER_RATIO = 1e6
"""A container code that fits, its check digit, too: one in so many would by chance."""


@dataclass(frozen=True, slots=True)
class Link:
    """A passage and a declaration that may belong together.

    Attributes:
        reasons: what of plate, trailer and container speaks for it, then what speaks against it.
        weight: odds against the passage being undeclared, taken alone.
        exact: the plate itself was read and fits exactly, as far as it was read.
        by_plate: it is the plate that links them, not the trailer or container alone.
        in_place: gate, direction and time are as declared.

    """

    passage: PassageRecord
    declaration: DeclarationRecord
    reasons: tuple[Reason, ...]
    weight: float
    exact: bool
    by_plate: bool
    in_place: bool


@dataclass(frozen=True, slots=True)
class Model:
    """What links are judged with: settings, what was learnt of the readers, and the hour."""

    settings: ReconcileSettings
    now: datetime
    confusions: Confusions = PRIOR
    copies: frozenset[str] = frozenset()
    """Declarations that repeat another one word for word."""


def is_lead(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> bool:
    """Whether `weigh` may find something; true a little too often, and without computing any probability."""
    return any(True for _ in leads_of(passage, (declaration,), settings))


def leads_of(
    passage: PassageRecord, declarations: Iterable[DeclarationRecord], settings: ReconcileSettings
) -> Iterator[DeclarationRecord]:
    """Those of some declarations that are leads of a passage (`is_lead`)."""
    if passage.cancelled is not None:
        return
    read = vehicle_plate(passage)
    name = name_of(read.text) if read is not None else None
    for one in declarations:
        if (away := apart(passage, one)) <= settings.related:
            declared = name_of(one.plate)
            in_place = passage.site == one.gate and passage.direction is one.direction and away <= settings.slack
            if (name is not None and _is_whole(name, declared)) or (
                one.state is not DeclarationState.CANCELLED and _is_in_part(passage, one, read, in_place=in_place)
            ):
                yield one


def _is_in_part(
    passage: PassageRecord, declaration: DeclarationRecord, read: PlateRead | None, *, in_place: bool
) -> bool:
    """Whether plate, trailer or container speak for a declaration that does not name the plate that was read."""
    declared = name_of(declaration.plate)
    # half a plate at another gate, time or direction: that is no lead, that is noise
    if in_place and (
        _resembles(read, declared, _APART) if read is not None else _resembles_trailer(passage, declaration)
    ):
        return True
    if not same_pulled(passage, declaration):
        return False
    return in_place or (read is not None and _resembles(read, declared, _FAR_APART))


def is_named_by(passage: PassageRecord, declaration: DeclarationRecord) -> bool:
    """Whether the declaration names the plate that was read, but for a province that was not."""
    read = vehicle_plate(passage)
    return read is not None and _is_whole(name_of(read.text), name_of(declaration.plate))


def is_far_lead(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> bool:
    """Whether they are a lead where there is no nearer one (`is_lead`): a slip that no neighbour's plate explains.

    One slip where just one of gate, direction and time differs. Or in its place two, one perhaps of the camera and one
    of the typist, with a third of the plate as it was read; where a trailer was read and declared, that says more.
    """
    read = vehicle_plate(passage)
    if read is None or passage.cancelled is not None or declaration.state is DeclarationState.CANCELLED:
        return False
    away = apart(passage, declaration)
    differ = (
        (passage.site != declaration.gate) + (passage.direction is not declaration.direction) + (away > settings.slack)
    )
    if differ > 1 or away > settings.related:
        return False
    if differ:
        declared = name_of(declaration.plate)
        return _resembles(read, declared, _APART) and _is_slip(read, declared)
    hauled = bool(declaration.trailer_plate) and trailer_plate(passage) is not None
    return not hauled and _is_slipped_twice(name_of(read.text).key, bodies(name_of(declaration.plate)))


def _is_slip(read: PlateRead, declared: Name) -> bool:
    """Whether what resembles the read is no plate of the same row, or is what the camera held for possible."""
    return not _is_of_row(read, declared) or any(names_same(name_of(text), declared) for text in _runners_up(read))


def _is_slipped_twice(key: str, typed: Iterable[str]) -> bool:
    return any(
        _is_near(key, (body,), _FAR_APART) and thirds(key) & thirds(body) and not in_row(key, body) for body in typed
    )


def _is_whole(read: Name, declared: Name) -> bool:
    """Whether they are the same, but for a province that was not read."""
    return names_same(read, declared) or (read.text[0] == CN_UNREAD_PROVINCE and read.key == declared.key)


def _resembles(read: PlateRead, declared: Name, most: int) -> bool:
    """Whether what was typed may be what was read, or a runner-up, with so many slips at most."""
    typed = bodies(declared)
    if _is_near(name_of(read.text).key, typed, most):
        return True
    others = [name_of(text) for text in _runners_up(read)]
    return any(_is_near(one.key, typed, most) or names_same(one, declared) for one in others)


def _runners_up(read: PlateRead) -> Iterable[str]:
    """What the camera held for possible beside what it read."""
    return (one.text for one in read.candidates[1:] if one.confidence >= _MIN_CANDIDATE)


def _is_near(key: str, typed: Iterable[str], most: int) -> bool:
    """Whether a key is no more slips than that off any of these."""
    for body in typed:  # noqa: SIM110 - a generator would take longer than the distance
        if OSA.distance(key, body, score_cutoff=most) <= most:
            return True
    return False


def _resembles_trailer(passage: PassageRecord, declaration: DeclarationRecord) -> bool:
    """Whether the trailer declared may be the one read, with one slip."""
    trailer = trailer_plate(passage)
    if trailer is None or not declaration.trailer_plate:
        return False
    return _resembles(trailer, name_of(declaration.trailer_plate), _APART)


def same_pulled(passage: PassageRecord, declaration: DeclarationRecord) -> bool:
    """Whether its trailer or container is the one declared."""
    trailer = trailer_plate(passage)
    if trailer is not None and declaration.trailer_plate and is_named(trailer.text, declaration.trailer_plate):
        return True
    if not passage.container or not declaration.container_no:
        return False
    return passage.container == declaration.container_no or passage.container == normalise(declaration.container_no)


def weigh(passage: PassageRecord, declaration: DeclarationRecord, model: Model) -> Link | None:
    """How the two fit, which are a lead; None when they have nothing to do with each other after all."""
    settings = model.settings
    read, declared = vehicle_plate(passage), name_of(declaration.plate)
    by_plate = _by_plate(read, declaration) if read else None
    exact = by_plate is not None and by_plate.code in (ReasonCode.PLATE_EXACT, ReasonCode.PROVINCE_UNREAD)
    out_of_place = elsewhere(passage, declaration, settings)
    ratio = _plate_ratio(read, declaration, by_plate, model) if read else 1.0
    if read and by_plate is None and (ratio >= _LEAST_RATIO or _resembles(read, declared, _FAR_APART)):
        by_plate = pair(ReasonCode.PLATE_NEAR, read.text, declaration.plate)
    what_is_pulled = findings.pulled(passage, declaration, model.confusions)
    if by_plate is None:
        said = {reason.code for reason in what_is_pulled}
        exactly = said & {ReasonCode.TRAILER_EXACT, ReasonCode.CONTAINER_EXACT}
        if not exactly and (read is not None or not _resembles_trailer(passage, declaration)):
            return None
        if read is not None:
            what_is_pulled += (pair(ReasonCode.TRACTOR_DIFFERS, read.text, declaration.plate),)
    reasons = (
        *((by_plate,) if by_plate else ()),
        *what_is_pulled,
        *findings.doubts(passage, settings),
        *out_of_place,
        *findings.cancelled(declaration),
        *findings.not_cleared(declaration),
    )
    weight = _weight(passage, declaration, ratio if by_plate else None, exact=exact, model=model)
    return Link(passage, declaration, reasons, weight, exact, by_plate is not None, not out_of_place)


def _plate_ratio(read: PlateRead, declaration: DeclarationRecord, said: Reason | None, model: Model) -> float:
    """How much the plate speaks for it. Of a read that fits whole it does not matter how much: nothing comes near."""
    if said is not None and said.code is ReasonCode.PLATE_EXACT and read.confidence >= _SURE:
        return _SURE_RATIO
    return likelihood_ratio(read, name_of(declaration.plate), model.confusions)


def _by_plate(read: PlateRead, declaration: DeclarationRecord) -> Reason | None:
    """In what way what was typed resembles what was read."""
    declared, name = name_of(declaration.plate), name_of(read.text)
    if names_same(name, declared):
        return pair(ReasonCode.PLATE_EXACT, read.text, declaration.plate)
    if _is_whole(name, declared):
        return pair(ReasonCode.PROVINCE_UNREAD, read.text, declaration.plate)
    for candidate in read.candidates:
        if candidate.confidence >= _MIN_CANDIDATE and names_same(name_of(candidate.text), declared):
            confidence = round(candidate.confidence, 3)
            return pair(ReasonCode.PLATE_CANDIDATE, read.text, declaration.plate, confidence=confidence)
    return None


def _weight(
    passage: PassageRecord, declaration: DeclarationRecord, plate: float | None, *, exact: bool, model: Model
) -> float:
    """Odds of this declaration against none. `plate`: how much the plate speaks for it; None where it says nothing."""
    trailer, hauled, hauled_again, hauled_by_neighbour = _pulled_ratio(passage, declaration, model)
    gate = PRIORS.right_gate if passage.site == declaration.gate else (1 - PRIORS.right_gate) / (PRIORS.gates - 1)
    right_way = passage.direction is declaration.direction
    way = PRIORS.right_direction if right_way else 1 - PRIORS.right_direction
    here = 1.0 if passage.site == declaration.gate else PRIORS.again_elsewhere
    own = PRIORS.other_tractor if plate is None and vehicle_plate(passage) else 1.0
    ours = _comes(declaration, own=exact and right_way, model=model) * _arrival_per_min(
        passage, declaration, model.settings
    )
    ours *= gate * way * own * hauled * (plate or 1.0)
    again = PRIORS.again_per_min * here
    other = PRIORS.undeclared_per_min + again * PRIORS.again_with_other_trailer * trailer
    if plate is not None:
        other += again * plate * hauled_again
        read = vehicle_plate(passage)
        if not exact and read is not None:
            row = _may_be_of_row(read, name_of(declaration.plate), declaration, model)
            near = PRIORS.neighbour * hauled_by_neighbour if row else PRIORS.near_by_chance
            other += PRIORS.undeclared_per_min * near * _as_read(read)
    return ours / other


def _may_be_of_row(read: PlateRead, typed: Name, declaration: DeclarationRecord, model: Model) -> bool:
    """Whether the very plate read, which resembles what the declaration says, may be that of one of the same fleet.

    While the right one may yet come, any slip is held for one that a neighbour's plate may be.
    """
    return _still_expected(declaration, model) or _is_of_row(read, typed)


def _is_of_row(read: PlateRead, typed: Name) -> bool:
    return any(in_row(name_of(read.text).key, body) for body in bodies(typed))


def _still_expected(declaration: DeclarationRecord, model: Model) -> bool:
    return model.now < declaration.expected_until + timedelta(minutes=model.settings.no_show_after_min)


def _comes(declaration: DeclarationRecord, *, own: bool, model: Model) -> float:
    """Odds that its vehicle comes. While its time is not over, the right one may yet come, if this is not its `own`."""
    if declaration.state is DeclarationState.CANCELLED:
        return PRIORS.comes_cancelled / (1 - PRIORS.comes_cancelled)
    if declaration.declaration_id in model.copies:
        return PRIORS.comes_again / (1 - PRIORS.comes_again)
    return 1.0 if not own and _still_expected(declaration, model) else PRIORS.comes / (1 - PRIORS.comes)


def _arrival_per_min(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> float:
    """How probable it is to come in this very minute; where the platform says when it went through, by that, too."""
    planned = _planned_per_min(passage, declaration, settings)
    if declaration.state is not DeclarationState.CONFIRMED or declaration.confirmed_at is None:
        return planned
    span = PRIORS.confirmed_within_min
    there = abs(passage.seen_at - declaration.confirmed_at) <= timedelta(minutes=span)
    return (1 - PRIORS.confirmed_on_time) * planned + (PRIORS.confirmed_on_time / (2 * span) if there else 0.0)


def _planned_per_min(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> float:
    beyond = apart(passage, declaration) - settings.slack
    if beyond <= timedelta(0):
        window = declaration.expected_until - declaration.expected_from + 2 * settings.slack
        return PRIORS.on_time / max(1.0, window / timedelta(minutes=1))
    scale = PRIORS.late_scale_min
    return (1 - PRIORS.on_time) * math.exp(-beyond / timedelta(minutes=scale)) / (2 * scale)


def _pulled_ratio(
    passage: PassageRecord, declaration: DeclarationRecord, model: Model
) -> tuple[float, float, float, float]:
    """How much trailer and container speak for it: alone; for its vehicle; for that undeclared; for one of its fleet.

    The trailers of a fleet have consecutive numbers, as its tractors have.
    """
    alone = hauled = again = neighbour = 1.0
    read = trailer_plate(passage)
    if read is not None and declaration.trailer_plate:
        declared = name_of(declaration.trailer_plate)
        same = names_same(name_of(read.text), declared)
        ratio = alone = _SURE_RATIO if same else likelihood_ratio(read, declared, model.confusions)
        hauled = (1 - PRIORS.re_paired) * ratio + PRIORS.re_paired
        again = (1 - PRIORS.again_with_other_trailer) * ratio + PRIORS.again_with_other_trailer
        if not same and _may_be_of_row(read, declared, declaration, model):
            neighbour = max(1.0, PRIORS.neighbouring_trailer * min(ratio / _LEAST_RATIO, 1.0) * _as_read(read))
    if passage.container and declaration.container_no:
        code = container(passage.container, declaration.container_no)
        ratio = _CONTAINER_RATIO if code is ReasonCode.CONTAINER_EXACT else float(code is None)
        alone *= max(ratio, 1.0)
        hauled *= (1 - PRIORS.re_paired) * ratio + PRIORS.re_paired
        again *= PRIORS.re_paired * ratio + 1.0
    return alone, hauled, again, neighbour


def _as_read(read: PlateRead) -> float:
    """How much the read speaks for the very text read."""
    ratio = 1.0
    for place, character in zip(lattice_of(read), read.text, strict=True):
        ratio *= max(place.values()) * (10.0 if character.isdigit() else 24.0)
    return ratio
