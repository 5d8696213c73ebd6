"""Fee evidence: two things that do not go together, both shown; silence where nothing is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reports.fees import FeeCode, FeeFinding, fee_findings, read_fee_class
from central.reports.settings import FeeClass
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import PassageRecord
from contract.vocabulary import VehicleClass
from tests.central.made import NOON, declared, seen

BOX = "TSTU1000019"


def passed(declaration: DeclarationRecord, kind: OutcomeKind = OutcomeKind.MATCHED, **more: Any) -> PassageRecord:
    """A passage that reconciliation gave this declaration."""
    outcome = OutcomeRecord(kind, (), None, declaration.declaration_id, 0.99, NOON)
    return seen(outcome=outcome, **more)


def found(declaration: DeclarationRecord, *others: DeclarationRecord, **more: Any) -> list[FeeFinding]:
    return list(fee_findings([passed(declaration, **more)], [declaration, *others], {}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xe 40 ft", FeeClass(size_ft=40)),
        ("C20", FeeClass(size_ft=20)),
        ("Container 45 feet", FeeClass(size_ft=45)),
        ("集装箱40尺", FeeClass(size_ft=40)),
        ("dưới 2 tấn", FeeClass(below_t=2)),
        ("từ 4 đến dưới 10,5 tấn", FeeClass(below_t=10.5)),
        ("2吨以下", FeeClass(below_t=2)),
        # says nothing that could be held against anything
        ("T10", FeeClass()),
        ("cấp 20", FeeClass()),
        ("", FeeClass()),
    ],
)
def test_a_fee_class_is_read_only_where_it_says_so(text: str, expected: FeeClass) -> None:
    """Sizes and weights by the words; of a mere code nothing is guessed."""
    assert read_fee_class(text, {}) == expected


def test_settings_say_what_a_code_means() -> None:
    """The province's own table goes before the words."""
    assert read_fee_class("K2", {"K2": FeeClass(size_ft=20)}) == FeeClass(size_ft=20)


@pytest.mark.parametrize(
    ("papers", "seen_as", "code", "numbers"),
    [
        # 40 ft declared, paid as 20 ft
        (
            {"fee_class": "C20", "container_size_ft": 40},
            {},
            FeeCode.SIZE_DECLARED,
            {"size_ft": 40, "fee_ft": 20},
        ),
        # the size code that was typed with the container
        (
            {"fee_class": "xe 20 ft", "container_no": "TSTU 100001 9 45R1"},
            {},
            FeeCode.SIZE_PAINTED,
            {"marking": "45R1", "size_ft": 40, "fee_ft": 20},
        ),
        # a container that only the camera knows of
        ({"fee_class": "dưới 10 tấn"}, {"container": BOX}, FeeCode.CONTAINER_SEEN, {"container": BOX}),
        # a bus with the fee of a container
        (
            {"fee_class": "C40"},
            {"vehicle_class": VehicleClass.BUS},
            FeeCode.NO_BOX_VEHICLE,
            {"seen": "bus", "fee_ft": 40},
        ),
        # 12 t of goods in the class below 2 t
        (
            {"fee_class": "dưới 2 tấn", "weight_kg": 12_000.0},
            {},
            FeeCode.WEIGHT_ABOVE,
            {"weight_t": 12.0, "below_t": 2.0},
        ),
    ],
)
def test_what_does_not_go_together_is_found(
    papers: dict[str, Any], seen_as: dict[str, Any], code: FeeCode, numbers: dict[str, Any]
) -> None:
    """One finding, with both sides of it."""
    declaration = declared(**papers)
    assert [(one.code, one.values) for one in found(declaration, **seen_as)] == [(code, numbers)]


def test_a_container_does_not_change_its_size() -> None:
    """What another declaration says of the same container is shown beside."""
    earlier = declared(number=2, container_no="TSTU 100001 9", container_size_ft=40)
    now = declared(fee_class="C20", container_size_ft=20)
    (only,) = found(now, earlier, container=BOX)
    assert only.code is FeeCode.SIZE_ELSEWHERE
    assert only.values == {"container": BOX, "size_ft": 40, "fee_ft": 20, "other": "HN-000002"}


@pytest.mark.parametrize("kind", [OutcomeKind.TO_REVIEW, OutcomeKind.UNDECLARED, OutcomeKind.DUPLICATE])
def test_nothing_is_said_while_it_is_open_whose_declaration_it_is(kind: OutcomeKind) -> None:
    """Only a passage that is the vehicle of the declaration is held against it."""
    declaration = declared(fee_class="C20", container_size_ft=40)
    assert fee_findings([passed(declaration, kind)], [declaration], {}) == ()


@given(
    st.sampled_from(["", "C20", "xe 40 ft", "dưới 2 tấn", "T10", "cấp 3"]),
    st.sampled_from([None, 20, 40, 45]),
    st.none() | st.floats(0, 60_000),
    st.sampled_from(list(VehicleClass)),
    st.sampled_from([None, BOX]),
)
def test_no_finding_without_two_sides(
    fee_class: str, size_ft: int | None, weight_kg: float | None, kind: VehicleClass, box: str | None
) -> None:
    """Whatever was declared and seen: a finding shows what differs, and what goes together is no finding."""
    declaration = declared(fee_class=fee_class, container_size_ft=size_ft, weight_kg=weight_kg)
    for one in found(declaration, vehicle_class=kind, container=box):
        assert one.fee_class
        assert one.declaration_id == declaration.declaration_id
        if {"size_ft", "fee_ft"} <= set(one.values):
            assert one.values["size_ft"] != one.values["fee_ft"]
        elif "weight_t" in one.values:
            assert float(one.values["weight_t"]) >= float(one.values["below_t"])
        else:
            assert one.values.get("container") == box or one.values.get("seen") == kind.value
