"""Plates with a slip, in the read or in what was typed: whose they are, and who is then missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from central.reconcile.batch import reconcile
from central.reconcile.judge import Judgement, Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from central.store.records import PassageRecord
from contract.messages import Direction
from tests.central.made import NOON, declared, passage, read, seen
from tests.central.reconcile.gate import Gate

WHEN_OVER = NOON + timedelta(hours=12)
TO_REVIEW = OutcomeKind.TO_REVIEW


def judged(passages: Sequence[PassageRecord], declarations: Sequence[DeclarationRecord]) -> Judgement:
    return judge(
        passages, declarations, now=WHEN_OVER, settings=ReconcileSettings(), knowledge=Knowledge(complete_at=WHEN_OVER)
    )


def kinds(found: Judgement) -> list[OutcomeKind]:
    """Of the passages by time, then of the declarations nobody came for."""
    return [one.outcome for one in found.outcomes]


@pytest.mark.parametrize(
    ("plate", "typed", "expected"),
    [
        ("粤A26465", "粤A24665", OutcomeKind.RE_PAIRED),  # two swapped
        ("98C15252", "98V-152.52", OutcomeKind.RE_PAIRED),  # another letter
        ("桂L48534", "GUI L48234", TO_REVIEW),
    ],
)
def test_a_slip_that_no_row_of_numbers_makes_is_a_slip(plate: str, typed: str, expected: OutcomeKind) -> None:
    """A lorry with another trailer and a slip in its plate is still the one declared."""
    came = seen(plate, second_plate=read("12R71441"))
    found = judged([came], [declared(typed, trailer_plate="14R-263.56")])
    assert (kinds(found), found.outcomes[0].declaration_id) == ([expected], "HN-000001")


@pytest.mark.parametrize("typed", ["GUI L48539", "GUI L48544"])
def test_a_plate_of_the_same_row_may_be_a_neighbours(typed: str) -> None:
    """The next lorry of a fleet, undeclared and with another trailer, is not held for the one declared."""
    came = seen("桂L48534", second_plate=read("12R71441"))
    assert judged([came], [declared(typed, trailer_plate="14R-263.56")]).outcomes[0].declaration_id is None


@pytest.mark.parametrize(
    ("plate", "typed"), [("粤B52815", "YUE-B5281"), ("云A51388", "YUN A5388"), ("粤B52815", "yue b52851")]
)
def test_a_slip_that_makes_a_plate_of_another_province_hides_nobody(plate: str, typed: str) -> None:
    """YUE-B5281 without its last digit reads as 渝EB5281; the lorry 粤B52815 is neither undeclared nor missing."""
    assert kinds(judged([seen(plate)], [declared(typed)])) == [OutcomeKind.MATCHED]


@pytest.mark.parametrize(
    ("came", "declaration"),
    [
        (seen("桂F60418"), declared("F69418", at=NOON + timedelta(hours=4))),
        (seen("桂F78941"), declared("GUI F7891", at=NOON - timedelta(hours=8))),
        (seen("桂F78941"), declared("F79841", gate="tan-thanh")),
        (
            seen("桂A66435", plate=read("桂A66435", 0.94, (("桂A26435", 0.04),)), direction=Direction.OUT),
            declared("A26435"),
        ),
        (  # of the same row, but the camera held it for possible
            seen("12C07066", plate=read("12C07066", 0.68, (("12C07056", 0.12),))),
            declared("12C-070.56", at=NOON + timedelta(hours=7)),
        ),
    ],
)
def test_a_slip_in_the_wrong_place_leaves_nobody_undeclared_and_nobody_missing(
    came: PassageRecord, declaration: DeclarationRecord
) -> None:
    """Another gate, direction or time, and a slip: of two things half explained, a person sees them together."""
    found = judged([came], [declaration])
    assert kinds(found) == [TO_REVIEW]
    assert found.outcomes[0].candidates[0].declaration_id == declaration.declaration_id


def test_a_neighbours_plate_in_the_wrong_place_explains_nothing() -> None:
    """The next lorry of a fleet came undeclared, hours before the one declared, which stayed away: both is said."""
    found = judged([seen("桂F60418")], [declared("F60419", at=NOON + timedelta(hours=4))])
    assert kinds(found) == [OutcomeKind.UNDECLARED, OutcomeKind.NO_SHOW]


@pytest.mark.parametrize(
    ("plate", "typed"),
    [
        ("22C30223", "12C30224"),  # another character each
        ("12C2134", "12S32134"),  # one not read, one mistyped
        ("湘A20058F", "XIANG-A29038F"),
        ("粤B2004B", "YUE-A24004B"),
    ],
)
def test_the_slip_of_the_camera_and_that_of_the_typist_are_put_before_a_person(plate: str, typed: str) -> None:
    """A lorry without a trailer, misread, and its declaration, mistyped: neither undeclared nor missing."""
    came, declaration = seen(plate), declared(typed)
    found = judged([came], [declaration])
    assert kinds(found) == [TO_REVIEW]
    assert found.outcomes[0].candidates[0].declaration_id == "HN-000001"
    (looked_up,) = reconcile(
        [came],
        [declaration],
        now=WHEN_OVER,
        settings=ReconcileSettings(),
        knowledge=Knowledge(complete_at=WHEN_OVER),
    )
    assert looked_up == found.outcomes[0]


@pytest.mark.parametrize(
    ("came", "declaration"),
    [
        (seen("12C30229"), declared("12C-302.11")),  # of the same row
        (seen("22C30223"), declared("12C-302.24", at=NOON + timedelta(hours=4))),
        (seen("22C30223", second_plate=read("12R71441")), declared("12C-302.24", trailer_plate="14R-263.56")),
        (seen("22C30223"), declared("12C-312.24")),  # three slips
    ],
)
def test_two_slips_explain_nothing_where_something_else_speaks_against_them(
    came: PassageRecord, declaration: DeclarationRecord
) -> None:
    """A neighbour's plate, another time, another trailer: one came undeclared, and another did not come."""
    assert kinds(judged([came], [declaration])) == [OutcomeKind.UNDECLARED, OutcomeKind.NO_SHOW]


@pytest.mark.parametrize(
    ("plate", "typed", "trailer", "typed_trailer"),
    [
        ("12C34567", "12C-345.76", "12R43210", "12R-043.21"),
        ("桂F64133", "GUI-6F4133", "桂F9299挂", "GUI-F929GUA"),  # two swapped, and one left out
        (
            "桂A87792",
            "GUI-A87762",
            "桂A1473挂",
            "桂A473挂",
        ),  # of the same row, but its trailer is in no row with that declared
    ],
)
def test_a_slip_in_plate_and_trailer_each_is_no_neighbour_of_both(
    plate: str, typed: str, trailer: str, typed_trailer: str
) -> None:
    """The neighbour of a lorry with the neighbour of its trailer explains only what stands in a row."""
    came = seen(plate, second_plate=read(trailer))
    found = judged([came], [declared(typed, trailer_plate=typed_trailer)])
    assert (kinds(found), found.outcomes[0].declaration_id) == ([OutcomeKind.MATCHED], "HN-000001")


def test_the_neighbours_lorry_with_the_neighbours_trailer_is_not_the_one_declared() -> None:
    """Both plates of the same row: a lorry of the fleet that came undeclared, as far as a machine may say."""
    came = seen("桂L79910", second_plate=read("桂L4665挂"))
    found = judged([came], [declared("GUI L79916", trailer_plate="L4672G")])
    assert found.outcomes[0].outcome is OutcomeKind.UNDECLARED


@pytest.mark.parametrize("nearer", ["22C-302.23", "22C-312.23"])
def test_a_nearer_declaration_that_comes_late_sets_the_further_one_free(gate: Gate, nearer: str) -> None:
    """What was put before a person with two slips is missing after all, when the lorry's own declaration arrives."""
    end = timedelta(hours=12)
    gate.passes(passage(1, "22C30223"))
    gate.declares(declared("12C-302.24"))
    gate.step(end)
    assert (gate.said(), gate.said_of("HN-000001")) == ((TO_REVIEW, "HN-000001"), TO_REVIEW)
    gate.declares(declared(nearer, number=2))
    gate.step(end)
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000002")
    assert gate.said_of("HN-000001") is OutcomeKind.NO_SHOW
