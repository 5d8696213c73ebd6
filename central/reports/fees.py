"""Fee evidence: what was seen and what else was declared, held against the declared fee class. Pure.

A finding says that two things do not go together, and shows both. It never says which fee is due: the fee table is the
province's, it is not kept here, and a person decides. What a fee class means is read only where its text says so by
itself (`40 ft`, `dưới 2 tấn`) or the settings say it; of any other nothing is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from central.reports.settings import FeeClass
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from central.store.records import PassageRecord
from contract.container_code import parse_marking
from contract.vocabulary import VehicleClass

_KG_PER_T: Final = 1000
_FEET = re.compile(r"(?<!\d)(20|40|45)\s*(?:ft\b|feet\b|foot\b|['’′]|尺|英尺)")
_BOX = re.compile(r"(?:container|công-te-nơ|cont|集装箱|\bc)[ .:-]{0,2}(20|40|45)(?!\d)")
_BELOW = re.compile(r"(?:dưới|under|below|less than|<)\s*(\d+(?:[.,]\d+)?)\s*(?:tấn|tonnes|tons|ton|t\b)")
_BELOW_CHINESE = re.compile(r"(\d+(?:\.\d+)?)\s*吨以下")
_CARRIES_NO_BOX: Final = frozenset({VehicleClass.CAR, VehicleClass.BUS, VehicleClass.MOTORCYCLE})
_NOT_ITS_VEHICLE: Final = frozenset(
    {OutcomeKind.TO_REVIEW, OutcomeKind.UNDECLARED, OutcomeKind.PENDING, OutcomeKind.CANCELLED, OutcomeKind.DUPLICATE}
)


class FeeCode(StrEnum):
    """What does not go together. Behind each: the names in `FeeFinding.values`."""

    SIZE_DECLARED = "size_declared"
    """size_ft, fee_ft: the size declared with the container is another than that of the fee class"""
    SIZE_PAINTED = "size_painted"
    """marking, size_ft, fee_ft: so says the size code of the container as it was typed"""
    SIZE_ELSEWHERE = "size_elsewhere"
    """container, size_ft, fee_ft, other: another declaration gives the same container another size"""
    CONTAINER_SEEN = "container_seen"
    """container: a camera read it, and neither container nor container size is declared"""
    NO_BOX_VEHICLE = "no_box_vehicle"
    """seen, fee_ft: the vehicle that was seen carries no container"""
    WEIGHT_ABOVE = "weight_above"
    """weight_t, below_t: the goods declared weigh more than the fee class reaches"""


@dataclass(frozen=True, slots=True)
class FeeFinding:
    """One thing about one passage and its declaration for a person to look at."""

    code: FeeCode
    passage_id: UUID
    declaration_id: str
    fee_class: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)


def read_fee_class(text: str, known: Mapping[str, FeeClass]) -> FeeClass:
    """What a fee class says of size and weight: by the settings, else by its own words; empty where neither says."""
    if text.strip() in known:
        return known[text.strip()]
    plain = unicodedata.normalize("NFC", text).casefold()
    size = _FEET.search(plain) or _BOX.search(plain)
    below = _BELOW.search(plain) or _BELOW_CHINESE.search(plain)
    return FeeClass.model_validate(
        {
            "size_ft": int(size[1]) if size else None,
            "below_t": float(below[1].replace(",", ".")) if below else None,
        }
    )


def fee_findings(
    passages: Iterable[PassageRecord],
    declarations: Iterable[DeclarationRecord],
    known: Mapping[str, FeeClass],
) -> tuple[FeeFinding, ...]:
    """All of these passages, in their order. Only passages that reconciliation gave a declaration are looked at.

    `known`: fee classes whose text does not say what they mean, by their text.
    """
    by_id = {one.declaration_id: one for one in declarations}
    sizes = _sizes(by_id.values())
    found: list[FeeFinding] = []
    for passage in passages:
        outcome = passage.outcome
        if outcome is None or outcome.outcome in _NOT_ITS_VEHICLE or outcome.declaration_id not in by_id:
            continue
        declaration = by_id[outcome.declaration_id]
        found += (
            FeeFinding(code, passage.passage_id, declaration.declaration_id, declaration.fee_class, values)
            for code, values in _of_one(passage, declaration, read_fee_class(declaration.fee_class, known), sizes)
        )
    return tuple(found)


_Sizes = Mapping[str, Mapping[int, str]]
"""Container code to each size that was declared with it, and one declaration that says so."""


def _of_one(
    passage: PassageRecord, declaration: DeclarationRecord, fee: FeeClass, sizes: _Sizes
) -> Iterator[tuple[FeeCode, dict[str, str | int | float]]]:
    fee_ft, declared_ft = fee.size_ft, declaration.container_size_ft
    marking = parse_marking(declaration.container_no) if declaration.container_no else None
    code = passage.container or (marking.container.text if marking else None)
    if fee_ft is not None:
        if declared_ft not in (None, fee_ft):
            yield FeeCode.SIZE_DECLARED, {"size_ft": declared_ft or 0, "fee_ft": fee_ft}
        if marking is not None and marking.size_type is not None and marking.size_type.length_ft != fee_ft:
            painted = marking.size_type
            yield FeeCode.SIZE_PAINTED, {"marking": painted.text, "size_ft": painted.length_ft, "fee_ft": fee_ft}
        for size_ft, other in sizes.get(code or "", {}).items():
            if size_ft not in (fee_ft, declared_ft):
                yield (
                    FeeCode.SIZE_ELSEWHERE,
                    {"container": code or "", "size_ft": size_ft, "fee_ft": fee_ft, "other": other},
                )
        if passage.vehicle_class in _CARRIES_NO_BOX:
            yield FeeCode.NO_BOX_VEHICLE, {"seen": passage.vehicle_class.value, "fee_ft": fee_ft}
    elif passage.container and not declaration.container_no and declared_ft is None and declaration.fee_class:
        yield FeeCode.CONTAINER_SEEN, {"container": passage.container}
    if fee.below_t is not None and declaration.weight_kg is not None:
        weight_t = declaration.weight_kg / _KG_PER_T
        if weight_t >= fee.below_t:
            yield FeeCode.WEIGHT_ABOVE, {"weight_t": weight_t, "below_t": fee.below_t}


def _sizes(declarations: Iterable[DeclarationRecord]) -> _Sizes:
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for one in declarations:
        marking = parse_marking(one.container_no) if one.container_no else None
        if marking is not None and one.container_size_ft is not None:
            found[marking.container.text].setdefault(one.container_size_ft, one.declaration_id)
    return found
