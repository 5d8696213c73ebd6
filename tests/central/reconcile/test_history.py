"""What the passages of one vehicle say together, and declarations that nobody came for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from central.reconcile.batch import reconcile
from central.reconcile.judge import Judgement, Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, OutcomeRecord, ReasonCode
from central.store.records import PassageRecord
from contract.messages import Cancellation, Direction, TimeQuality
from tests.central.made import NOON, declared, read, seen

SETTINGS = ReconcileSettings()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IN, OUT = Direction.IN, Direction.OUT


def judged(
    passages: Sequence[PassageRecord], declarations: Sequence[DeclarationRecord] = (), *, after: timedelta = 2 * HOUR
) -> Judgement:
    now = NOON + after
    return judge(passages, declarations, now=now, settings=SETTINGS, knowledge=Knowledge(now))


def said(
    passages: Sequence[PassageRecord], declarations: Sequence[DeclarationRecord] = (), *, after: timedelta = 2 * HOUR
) -> list[OutcomeRecord]:
    """What is said of each passage, in their order."""
    by_id = {one.passage_id: one for one in judged(passages, declarations, after=after).outcomes}
    return [by_id[passage.passage_id] for passage in passages]


def kinds(outcomes: Sequence[OutcomeRecord]) -> list[str]:
    return [one.outcome.value for one in outcomes]


def test_one_plate_at_two_gates_at_once_is_suspected_at_both() -> None:
    """Eight minutes between gates forty minutes apart: both name the other; with an hour between, neither does."""
    here, there = seen(direction=OUT), seen(at=NOON + 8 * MINUTE, site="chi-ma")
    first, second = said([here, there])
    assert kinds([first, second]) == ["clone_suspected", "clone_suspected"]
    values = first.reasons[-1].values
    assert (values["site"], values["apart_min"], values["least_min"]) == ("chi-ma", 8.0, 40.0)
    later = seen(at=NOON + HOUR, site="chi-ma")
    assert kinds(said([here, later])) == ["undeclared", "undeclared"]


@pytest.mark.parametrize(
    "other",
    [
        seen("粤F12345", at=NOON + MINUTE, site="chi-ma"),
        seen("桂F12346", at=NOON + MINUTE, site="chi-ma"),
        seen("桂F12345", at=NOON + MINUTE, site="chi-ma", time_quality=TimeQuality.UNSET),
        seen("桂F12345", at=NOON + MINUTE, site="chi-ma", cancelled=Cancellation.REVERSED_OUT),
    ],
    ids=["another province", "another number", "a clock that was never set", "turned back"],
)
def test_nobody_is_suspected_for_another_vehicle(other: PassageRecord) -> None:
    """The number of another province, a neighbour, a time nobody believes, a vehicle that turned back."""
    assert "clone_suspected" not in kinds(said([seen("桂F12345"), other]))


def test_a_double_whose_plate_is_read_badly_is_suspected_all_the_same() -> None:
    """Half a read that names just the plate of one who is elsewhere, and nobody declared it: both say so."""
    double = seen(plate=read("桂F12345", 0.5), at=NOON + 4 * MINUTE, site="chi-ma")
    assert kinds(said([seen("桂F12345"), double])) == ["clone_suspected", "clone_suspected"]


@pytest.mark.parametrize(
    ("runner_up", "declared_too", "kind"),
    [
        ("12C34567", (), "clone_suspected"),
        ("12C34569", (), "matched"),
        ("12C34567", ("12C-345.68",), "matched"),
    ],
    ids=["the plate of the other", "another plate", "it is declared itself"],
)
def test_a_double_is_known_by_what_the_camera_thought_of_second(
    runner_up: str, declared_too: tuple[str, ...], kind: str
) -> None:
    """A lorry that nobody declared was elsewhere minutes later, and its plate may be that of the declared one."""
    double = seen(plate=read("12C34568", 0.8, ((runner_up, 0.15),)), at=NOON + 4 * MINUTE, site="chi-ma")
    others = [declared(plate, number=2, gate="chi-ma") for plate in declared_too]
    now = NOON + 2 * HOUR
    outcomes = reconcile([seen(), double], [declared(), *others], now=now, settings=SETTINGS, knowledge=Knowledge(now))
    assert outcomes[0].outcome.value == kind


def test_in_again_without_having_gone_out() -> None:
    """The second says when and where the first was; with the way out between them, all is well."""
    first, second = seen(), seen(at=NOON + 5 * HOUR)
    outcomes = said([first, second], after=6 * HOUR)
    assert kinds(outcomes) == ["undeclared", "anti_passback"]
    assert outcomes[1].reasons[-1].values["passage_id"] == str(first.passage_id)
    between = seen(at=NOON + 2 * HOUR, direction=OUT)
    assert "anti_passback" not in kinds(said([first, between, second], after=6 * HOUR))


def test_a_way_back_that_was_declared_may_have_been_missed() -> None:
    """A camera that missed it makes nobody suspect."""
    back = declared(at=NOON + 2 * HOUR, direction=OUT)
    outcomes = said([seen(), seen(at=NOON + 5 * HOUR)], [back], after=6 * HOUR)
    assert "anti_passback" not in kinds(outcomes)


def test_a_way_back_that_was_declared_twice_was_not_missed_twice() -> None:
    """In, in again and then out, and the way out stands in two declarations: the second says nothing of a lost one."""
    out = seen(at=NOON + 6 * HOUR, direction=OUT)
    twice = [declared(number=number, at=NOON + 5.5 * HOUR, direction=OUT) for number in (1, 2)]
    outcomes = said([seen(), seen(at=NOON + 5 * HOUR), out], twice, after=8 * HOUR)
    assert kinds(outcomes)[1] == "anti_passback"


def test_what_was_misread_as_a_neighbour_is_followed_by_what_it_pulls() -> None:
    """In, and in again read as a neighbour that is known, too: its trailer and the camera's second thought tell."""
    trailer = read("12R01234")
    neighbour = seen("12C34568", at=NOON - 20 * HOUR, direction=OUT, second_plate=read("12R01999"))
    second = seen(plate=read("12C34568", 0.8, (("12C34567", 0.15),)), at=NOON + 5 * HOUR, second_plate=trailer)
    declarations = [
        declared(number=1, trailer_plate="12R01234"),
        declared(number=2, at=NOON + 5 * HOUR, trailer_plate="12R01234"),
    ]
    outcomes = said([neighbour, seen(second_plate=trailer), second], declarations, after=6 * HOUR)
    assert outcomes[2].declaration_id == declarations[1].declaration_id
    assert kinds(outcomes)[1:] == ["matched", "anti_passback"]


def test_a_misread_province_hides_nobody_whose_province_was_declared() -> None:
    """In, and in again with a province that the camera took for another: the declaration names the right one."""
    declarations = [
        declared("桂F12345"),
        declared("GUI-F12345", number=2, at=NOON + 5 * HOUR, trailer_plate="桂F0123挂"),
    ]
    second = seen("鄂F12345", at=NOON + 5 * HOUR, second_plate=read("桂F0123挂"))
    outcomes = said([seen("桂F12345"), second], declarations, after=6 * HOUR)
    assert outcomes[1].declaration_id == declarations[1].declaration_id
    assert kinds(outcomes)[1] == "anti_passback"


@pytest.mark.parametrize(("runner_up", "kind"), [("12C34569", "anti_passback"), ("12C34567", "matched")])
def test_who_fills_a_gap_is_who_the_camera_thought_of(runner_up: str, kind: str) -> None:
    """A plate nobody declared goes out between: of the neighbour that the camera thought of, it is no way back."""
    between = seen(plate=read("12C34587", 0.6, ((runner_up, 0.3),)), at=NOON + 2 * HOUR, direction=OUT)
    if runner_up == "12C34569":
        between = seen(plate=read("12C34568", 0.6, ((runner_up, 0.3),)), at=NOON + 2 * HOUR, direction=OUT)
    declarations = [
        declared(),
        declared(number=2, at=NOON + 5 * HOUR),
        declared("12C34569", number=3, at=NOON - 20 * HOUR),
    ]
    now = NOON + 8 * HOUR
    outcomes = reconcile(
        [seen(), between, seen(at=NOON + 5 * HOUR)],
        declarations,
        now=now,
        settings=SETTINGS,
        knowledge=Knowledge(now),
    )
    by_declaration = {one.declaration_id: one.outcome.value for one in outcomes}
    assert by_declaration["HN-000002"] == kind


def test_a_way_back_that_was_misread_is_known_by_its_declaration() -> None:
    """Declared and known by its trailer: the wrong character in its plate hides it from nobody."""
    back = declared(at=NOON + 2 * HOUR, direction=OUT, trailer_plate="12R-012.34")
    misread = seen("12C34587", at=NOON + 2 * HOUR, direction=OUT, second_plate=read("12R01234"))
    outcomes = said([seen(), misread, seen(at=NOON + 5 * HOUR)], [back], after=6 * HOUR)
    assert outcomes[1].declaration_id == back.declaration_id
    assert "anti_passback" not in kinds(outcomes)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (seen("桂F12345"), seen("鄂F12345", at=NOON + 5 * HOUR)),
        (
            seen("12C34567", second_plate=read("12R00123")),
            seen("12C34567", at=NOON + 5 * HOUR, second_plate=read("12R98765")),
        ),
        (seen("桂F12345"), seen(plate=read("?F12345", 0.5), at=NOON + 5 * HOUR)),
    ],
    ids=["another province", "undeclared, with another trailer", "a read that nobody would trust"],
)
def test_nobody_went_in_again_who_may_be_another(first: PassageRecord, second: PassageRecord) -> None:
    """One number in two provinces; a plate that only the camera knows, with another trailer; half a read."""
    assert "anti_passback" not in kinds(said([first, second], after=6 * HOUR))


def test_a_doubtful_read_may_be_the_way_back() -> None:
    """In, out with half a read, in again: nothing is said of the last."""
    back = seen(plate=read("?F12345", 0.5), at=NOON + 2 * HOUR, direction=OUT)
    first, second = seen("桂F12345"), seen("桂F12345", at=NOON + 5 * HOUR)
    assert "anti_passback" not in kinds(said([first, back, second], after=6 * HOUR))
    assert kinds(said([first, second], after=6 * HOUR))[1] == "anti_passback"


def test_the_same_vehicle_told_twice_counts_once() -> None:
    """A minute apart at one gate: the first has the declaration, the second says so and is not called undeclared."""
    first, second = seen(), seen(at=NOON + MINUTE, lane="in-2")
    outcomes = said([first, second], [declared()])
    assert kinds(outcomes) == ["matched", "duplicate"]
    assert [reason.code for reason in outcomes[1].reasons] == [ReasonCode.SEEN_TWICE]


def test_staying_too_long_is_said_when_the_limit_is_over_and_when_it_leaves() -> None:
    """Imports may stay 36 hours: until then nothing, then the passage in, at last both."""
    came, declaration = seen(), declared()
    early = judged([came], [declaration], after=35 * HOUR)
    assert kinds(early.outcomes) == ["matched"]
    assert early.due[came.passage_id] == NOON + 36 * HOUR
    (late,) = said([came], [declaration], after=37 * HOUR)
    assert (late.outcome, late.reasons[-1].values["limit_h"]) == (OutcomeKind.OVERSTAY, 36.0)
    left = seen(at=NOON + 40 * HOUR, direction=OUT)
    both = said([came, left], [declaration], after=41 * HOUR)
    assert both[0].outcome is OutcomeKind.OVERSTAY
    assert [one.reasons[-1].values["stayed_h"] for one in both] == [40.0, 40.0]


def test_a_trip_that_is_declared_twice_is_no_no_show() -> None:
    """One vehicle, one trip, two declarations: one is matched, the other names it; a later trip is a no-show."""
    first, twin = declared(), declared("12c34567", number=2, at=NOON + 30 * MINUTE)
    later = declared(number=3, at=NOON + 5 * HOUR)
    found = judged([seen()], [first, twin, later], after=12 * HOUR)
    by_declaration = {one.declaration_id: one for one in found.outcomes}
    assert [by_declaration[f"HN-00000{n}"].outcome.value for n in (1, 2, 3)] == ["matched", "duplicate", "no_show"]
    assert by_declaration["HN-000002"].reasons[0].values == {"declaration_id": "HN-000001"}


@pytest.mark.parametrize(
    ("typed", "trailer", "kind"),
    [
        ("12C-345.76", "12R-012.34", "duplicate"),
        ("12C-345.6", "12R01234", "duplicate"),
        ("12C-345.68", "12R-012.35", "no_show"),
        ("12C-345.76", None, "no_show"),
        ("12C-954.67", "12R-012.34", "no_show"),
    ],
    ids=["two swapped", "one lost", "a neighbour with a trailer of its own", "nothing else to know it by", "two slips"],
)
def test_a_trip_is_declared_twice_with_a_slip(typed: str, trailer: str | None, kind: str) -> None:
    """One slip in the plate hides no twin whose trailer is the same; judged together or in parts."""
    came = seen(second_plate=read("12R01234"))
    first, twin = declared(trailer_plate="12R01234"), declared(typed, number=2, trailer_plate=trailer)
    now = NOON + 12 * HOUR
    parts = reconcile([came], [first, twin], now=now, settings=SETTINGS, knowledge=Knowledge(now))
    for outcomes in (judged([came], [first, twin], after=12 * HOUR).outcomes, parts):
        assert {one.declaration_id: one.outcome.value for one in outcomes} == {
            "HN-000001": "matched",
            "HN-000002": kind,
        }


def test_nobody_is_a_no_show_while_a_stranger_may_be_it() -> None:
    """An undeclared lorry, there and then, whose plate and trailer both resemble: too like to be two anomalies.

    Both differ as neighbours' plates do, so that nobody can say that it is the one declared.
    """
    waiting = declared("12C-345.76", trailer_plate="12R-432.98")
    stranger, other = seen(second_plate=read("12R43210")), seen("12C99999", second_plate=read("12R43210"))
    found = judged([stranger], [waiting], after=12 * HOUR)
    assert (kinds(found.outcomes), found.open_declarations) == (["undeclared"], {"HN-000001"})
    assert sorted(kinds(judged([other], [waiting], after=12 * HOUR).outcomes)) == ["no_show", "undeclared"]


def test_a_lorry_without_a_plate_may_be_known_by_a_trailer_with_a_slip() -> None:
    """A person gets its declaration to confirm, and it is no no-show; with two slips it is."""
    came = seen(None, second_plate=read("12R01234"))
    for trailer, kind, declaration in (("12R-012.43", [], "HN-000001"), ("12R-012.99", ["no_show"], None)):
        waiting = declared(trailer_plate=trailer)
        now = NOON + 12 * HOUR
        parts = reconcile([came], [waiting], now=now, settings=SETTINGS, knowledge=Knowledge(now))
        for outcomes in (judged([came], [waiting], after=12 * HOUR).outcomes, parts):
            by_passage = {one.passage_id: one for one in outcomes}
            said_of_it = by_passage.pop(came.passage_id)
            assert (said_of_it.outcome.value, said_of_it.declaration_id) == ("to_review", declaration)
            assert kinds(list(by_passage.values())) == kind


def test_a_twin_whose_window_begins_a_moment_later_is_one() -> None:
    """Who comes up to the slack off a window is on time: windows so far apart may be of one trip."""
    first = declared(expected_from=NOON - HOUR, expected_until=NOON + 5 * MINUTE)
    twin = declared(number=2, expected_from=NOON + 10 * MINUTE, expected_until=NOON + 2 * HOUR)
    outcomes = judged([seen()], [first, twin], after=12 * HOUR).outcomes
    assert sorted(kinds(outcomes)) == ["duplicate", "matched"]


def test_swapped_trailers_are_found_at_both_vehicles() -> None:
    """Each keeps its own declaration, and says whose trailer it has not."""
    mine = declared("12C-345.67", number=1, trailer_plate="12R-012.34")
    yours = declared("29H-999.88", number=2, trailer_plate="29R-555.66")
    swapped = [
        seen("12C34567", second_plate=read("29R55566")),
        seen("29H99988", at=NOON + 5 * MINUTE, second_plate=read("12R01234")),
    ]
    outcomes = said(swapped, [mine, yours])
    assert [(one.outcome.value, one.declaration_id) for one in outcomes] == [
        ("re_paired", "HN-000001"),
        ("re_paired", "HN-000002"),
    ]


def test_all_that_was_found_is_among_the_reasons() -> None:
    """The gravest leads; wrong gate, unpaid fee and another trailer stand beside it."""
    declaration = replace(declared(gate="tan-thanh", trailer_plate="12R-998.77"), fee_paid=False)
    (outcome,) = said([seen(second_plate=read("12R01234"))], [declaration])
    assert outcome.outcome is OutcomeKind.RE_PAIRED
    assert {reason.code for reason in outcome.reasons} == {
        ReasonCode.PLATE_EXACT,
        ReasonCode.TRAILER_DIFFERS,
        ReasonCode.GATE_DIFFERS,
        ReasonCode.FEE_UNPAID,
    }
