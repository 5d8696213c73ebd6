"""Which passages are of one vehicle: those whose reads, or whose declarations, name the same plate. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from uuid import UUID

from central.reconcile.findings import vehicle_plate
from central.reconcile.gaps import may_be_misread, runners_up
from central.reconcile.history import Vehicle, Visit
from central.reconcile.links import NOTHING, Found, same_trip
from central.reconcile.names import meanings, name_of, shortened
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import ReasonCode
from central.store.records import PassageRecord
from contract.plate import CN_PROVINCES


def by_vehicle(
    passages: Sequence[PassageRecord],
    declarations: Sequence[DeclarationRecord],
    found: Mapping[UUID, Found],
    settings: ReconcileSettings,
    misread: Sequence[PassageRecord] = (),
) -> list[Vehicle]:
    """The visits of each vehicle, in the order of `passages`.

    Where read and declaration differ, one of them was misread or mistyped: it is the vehicle that other passages know;
    where they know both it may be either. Two provinces with one number are two vehicles only where declarations name
    both.
    """
    seen = [(one, found.get(one.passage_id, NOTHING)) for one in passages if one.cancelled is None]
    provinces = _declared_provinces(seen)
    named = [(passage, mine, _names(passage, mine, provinces)) for passage, mine in seen]
    plain = {names[0] for _, _, names in named if len(names) == 1}
    vehicles: dict[str, list[Visit]] = defaultdict(list)
    for passage, mine, names in named:
        for name, sure in _whose(passage, mine, names, plain, settings):
            vehicles[name].append(Visit(passage, mine.declaration, sure=sure, exact=_is_exact(mine)))
    unseen = _unseen(declarations, found, settings)
    near = _by_slip(misread)
    made = []
    for name, visits in vehicles.items():
        key = name.split()[-1]
        others = [one for one in _near(key, near) if _may_be(one, key, visits)]
        doubles = [one for one in others if key in runners_up(vehicle_plate(one))]
        made.append(Vehicle(visits, unseen.get(key, ()), others, doubles))
    return made


def _unseen(
    declarations: Sequence[DeclarationRecord], found: Mapping[UUID, Found], settings: ReconcileSettings
) -> Mapping[str, Sequence[DeclarationRecord]]:
    """By key the declarations that nobody was seen for, but those of a trip that is declared by another, which has."""
    held = {
        one.declaration.declaration_id: one.declaration
        for one in found.values()
        if one.declaration is not None and one.known
    }
    if len(held) == len(declarations):
        return {}
    seen: dict[str, list[DeclarationRecord]] = defaultdict(list)
    for declaration in held.values():
        seen[name_of(declaration.plate).key].append(declaration)
    unseen: dict[str, list[DeclarationRecord]] = defaultdict(list)
    for declaration in declarations:
        key = name_of(declaration.plate).key
        if (
            declaration.declaration_id not in held
            and declaration.state is not DeclarationState.CANCELLED
            and not any(same_trip(declaration, other, settings.slack) for other in seen.get(key, ()))
        ):
            unseen[key].append(declaration)
    return unseen


def _by_slip(misread: Iterable[PassageRecord]) -> dict[str, dict[UUID, PassageRecord]]:
    """Passages by what their reads share with plates one character off: of thousands few are ever compared."""
    found: dict[str, dict[UUID, PassageRecord]] = defaultdict(dict)
    for passage in misread:
        if (read := vehicle_plate(passage)) is not None:
            for text in (read.text, *(one.text for one in read.candidates[1:])):
                for term in shortened(name_of(text).key):
                    found[term][passage.passage_id] = passage
    return found


def _near(key: str, by_slip: Mapping[str, Mapping[UUID, PassageRecord]]) -> Iterable[PassageRecord]:
    if not by_slip:
        return ()
    return {one: passage for term in shortened(key) for one, passage in by_slip.get(term, {}).items()}.values()


def _may_be(passage: PassageRecord, key: str, visits: Sequence[Visit]) -> bool:
    """Whether a passage of nobody known may be of this vehicle, whose it is not otherwise."""
    return may_be_misread(vehicle_plate(passage), key) and all(
        visit.passage.passage_id != passage.passage_id for visit in visits
    )


def _names(passage: PassageRecord, found: Found, provinces: Mapping[str, set[str]]) -> Sequence[str]:
    """What may name its vehicle, the read first; nothing where it is unknown."""
    names = []
    read = vehicle_plate(passage)
    province = read.text[0] if read is not None and read.text[0] in CN_PROVINCES else ""
    if read is not None:
        key = name_of(read.text).key
        possible = (province,) if province or len(provinces.get(key, ())) < 2 else sorted(provinces[key])
        names += [_with_province(key, one, provinces) for one in possible]
    if found.declaration is not None and not (names and _is_exact(found)) and not _is_towed(found):
        declared = name_of(found.declaration.plate)
        typed = {one for meaning in meanings(declared) for one in meaning.provinces} if declared.provinces else set()
        named = next(iter(typed)) if len(typed) == 1 else province
        names.append(_with_province(declared.key, named, provinces))
    return names if len(names) < 2 else list(dict.fromkeys(names))


def _whose(
    passage: PassageRecord, found: Found, names: Sequence[str], plain: Container[str], settings: ReconcileSettings
) -> Iterable[tuple[str, bool]]:
    """Which vehicles it may be a visit of, and whether that is sure."""
    if found.known and len(names) == 1:
        return [(names[0], True)]
    if found.known and len(names) > 1 and _is_runner_up(found):
        return [(names[1], True)]
    if found.known or found.declaration is None or len(names) < 2:
        mine = [name for name in names if name in plain] or list(names[:1])
        read = vehicle_plate(passage)
        legible = read is not None and read.confidence >= settings.match_confidence
        known = found.known or _is_exact(found) or (found.declaration is None and legible)
        return [(name, known and len(mine) == 1) for name in mine]
    sure = passage.plate is not None and passage.plate.confidence >= settings.sure_confidence
    return [(names[0], sure), (names[1], False)]


def _is_exact(found: Found) -> bool:
    """Whether the plate read is the one declared; whose it is is plain then, whatever the declaration."""
    return bool(found.reasons) and found.reasons[0].code is ReasonCode.PLATE_EXACT  # of the plate is said first


def _is_towed(found: Found) -> bool:
    """Whether another tractor than declared came with its trailer or container."""
    return any(reason.code is ReasonCode.TRACTOR_DIFFERS for reason in found.reasons)


def _is_runner_up(found: Found) -> bool:
    """Whether what was declared is what the camera held for possible, and its trailer or container is there, too."""
    said = {reason.code for reason in found.reasons}
    return ReasonCode.PLATE_CANDIDATE in said and bool(said & {ReasonCode.TRAILER_EXACT, ReasonCode.CONTAINER_EXACT})


def _with_province(key: str, province: str, provinces: Mapping[str, set[str]]) -> str:
    return f"{province} {key}" if len(provinces.get(key, ())) > 1 else key


def _declared_provinces(seen: Iterable[tuple[PassageRecord, Found]]) -> dict[str, set[str]]:
    """Of each number the provinces that were both read and declared."""
    provinces: dict[str, set[str]] = defaultdict(set)
    for passage, mine in seen:
        read = vehicle_plate(passage)
        if mine.known and mine.declaration is not None and read is not None:
            declared = name_of(mine.declaration.plate)
            if declared.provinces and len(declared.provinces) == 1 and read.text[0] in declared.provinces:
                provinces[declared.key].add(read.text[0])
    return provinces
