"""Which passages are of one vehicle: those whose reads, or whose declarations, name the same plate. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from central.reconcile.findings import vehicle_plate
from central.reconcile.history import Visit
from central.reconcile.links import NOTHING, Found
from central.reconcile.names import meanings, name_of
from central.reconcile.settings import ReconcileSettings
from central.store.records import PassageRecord
from contract.plate import CN_PROVINCES


def by_vehicle(
    passages: Sequence[PassageRecord], found: Mapping[UUID, Found], settings: ReconcileSettings
) -> list[list[Visit]]:
    """The visits of each vehicle, in the order of `passages`.

    A plate that was misread is known by its declaration, one that was mistyped by its read: a passage that has both
    joins them. Two provinces with one number are two vehicles only where declarations name both.
    """
    provinces = _declared_provinces(passages, found)
    joined: dict[str, str] = {}
    named: list[tuple[Visit, str]] = []
    for passage in passages:
        mine = found.get(passage.passage_id, NOTHING)
        names = () if passage.cancelled is not None else _names(passage, mine, provinces, settings)
        if names:
            first = _root(joined, names[0])
            for name in names[1:]:
                joined[_root(joined, name)] = first
            named.append((Visit(passage, mine.declaration, sure=mine.known or mine.declaration is None), names[0]))
    vehicles: dict[str, list[Visit]] = defaultdict(list)
    for visit, name in named:
        vehicles[_root(joined, name)].append(visit)
    return list(vehicles.values())


def _names(
    passage: PassageRecord, found: Found, provinces: Mapping[str, set[str]], settings: ReconcileSettings
) -> tuple[str, ...]:
    """What names its vehicle; nothing where it is unknown."""
    names = []
    read = vehicle_plate(passage)
    province = read.text[0] if read is not None and read.text[0] in CN_PROVINCES else ""
    if found.declaration is not None:
        declared = name_of(found.declaration.plate)
        typed = {one for meaning in meanings(declared) for one in meaning.provinces} if declared.provinces else set()
        named = next(iter(typed)) if len(typed) == 1 else province
        names.append(_with_province(declared.key, named, provinces))
    if read is not None and read.confidence >= settings.match_confidence:
        names.append(_with_province(name_of(read.text).key, province, provinces))
    return tuple(dict.fromkeys(names))


def _with_province(key: str, province: str, provinces: Mapping[str, set[str]]) -> str:
    return f"{province} {key}" if len(provinces.get(key, ())) > 1 else key


def _declared_provinces(passages: Sequence[PassageRecord], found: Mapping[UUID, Found]) -> dict[str, set[str]]:
    """Of each number the provinces that were both read and declared."""
    provinces: dict[str, set[str]] = defaultdict(set)
    for passage in passages:
        mine = found.get(passage.passage_id, NOTHING)
        read = vehicle_plate(passage)
        if mine.known and mine.declaration is not None and read is not None:
            declared = name_of(mine.declaration.plate)
            if declared.provinces == frozenset(read.text[0]):
                provinces[declared.key].add(read.text[0])
    return provinces


def _root(joined: dict[str, str], name: str) -> str:
    while name in joined and joined[name] != name:
        name = joined[name]
    return name
