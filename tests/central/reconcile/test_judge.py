"""What is said of a passage and a declaration, and why: a table."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reconcile.judge import Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import Confirmation, ConfirmingForce, DeclarationState, Verdict
from central.store.outcome_records import OutcomeKind, OutcomeRecord, ReasonCode
from contract.messages import Direction, TimeQuality
from contract.plate import PlateKind, random_plate, typed_forms
from tests.central.made import NOON, declared, read, seen

SETTINGS = ReconcileSettings()
FRESH = Knowledge(NOON + timedelta(seconds=59))
LATER = NOON + timedelta(minutes=1)


def outcome_of(passage, *declarations, now=LATER, knowledge=FRESH) -> OutcomeRecord:
    found = judge([passage], declarations, now=now, settings=SETTINGS, knowledge=knowledge)
    return next(outcome for outcome in found.outcomes if outcome.passage_id == passage.passage_id)


def cleared(**verdicts: str):
    said = tuple(Confirmation(ConfirmingForce(force), Verdict(verdict)) for force, verdict in verdicts.items())
    return declared(confirmations=said)


def codes(outcome: OutcomeRecord) -> list[str]:
    return [reason.code.value for reason in outcome.reasons]


@pytest.mark.parametrize(
    ("read_text", "typed"),
    [
        ("12C34567", "12C-345.67"),
        ("12C34567", " 12c 345 67 "),
        ("12TĐ00123", "12TD-001.23"),
        ("12TD00123", "12TĐ-001.23"),
        ("桂F12345", "桂F·12345"),
        ("桂F12345", "GUI F12345"),
        ("桂F12345", "QUE-F12345"),
        ("桂F12345", "QT-F12345"),
        ("桂F12345", "quangtayF12345"),
        ("桂F12345", "f12345"),
        ("粤BD12345", "YUE BD12345"),
        ("桂F1234挂", "GUI-F1234 GUA"),
        ("桂F1234挂", "F1234G"),
        ("鄂A12345", "EA12345"),
    ],
)
def test_a_plate_matches_however_officers_type_it(read_text: str, typed: str) -> None:
    """Separators, case, lost strokes and every transliteration lead to a match without a person."""
    outcome = outcome_of(seen(read_text), declared(typed))
    assert outcome.outcome is OutcomeKind.MATCHED
    assert (outcome.declaration_id, codes(outcome)) == ("HN-000001", ["plate_exact"])
    assert outcome.reasons[0].values == {"read": read_text, "declared": typed}


@pytest.mark.parametrize("kind", [kind for kind in PlateKind if kind is not PlateKind.OTHER])
def test_every_class_of_plate_matches_in_all_its_typed_forms(kind: PlateKind) -> None:
    """Made-up plates of each class match what people may type for them."""
    rng = random.Random(kind.value)
    for _ in range(5):
        plate = random_plate(rng, kind)
        for typed in typed_forms(plate):
            assert outcome_of(seen(plate), declared(typed)).outcome is OutcomeKind.MATCHED, (plate, typed)


@pytest.mark.parametrize(
    ("passage", "declaration", "reasons"),
    [
        (seen("12C34567"), declared("12C-345.68"), ["plate_near", "uncertain"]),
        (seen("12C34567"), declared("12C-3456"), ["plate_near", "uncertain"]),
        (seen("12C34567"), declared("12C-354.67"), ["plate_near", "uncertain"]),
        (seen("桂F12345"), declared("GUI F12346"), ["plate_near", "uncertain"]),
        (seen("桂F12345"), declared("粤F12345"), ["plate_near", "uncertain"]),
        (
            seen("12C34567", plate=read("12C34567", 0.59, (("12C84561", 0.2),))),
            declared("12C-845.61"),
            ["plate_candidate", "low_confidence"],
        ),
        (seen(plate=read("12C34567", 0.4)), declared(), ["plate_exact", "low_confidence"]),
        (
            seen(None, second_plate=read("12R01234")),
            declared(trailer_plate="12R-012.34"),
            ["trailer_exact", "unreadable"],
        ),
        (seen(None, second_plate=read("12C34567")), declared(), ["plate_exact", "unreadable"]),
    ],
)
def test_what_almost_fits_is_for_a_person(passage, declaration, reasons: list[str]) -> None:
    """Near misses and doubts lead to a review that names the declaration, why, and how probable it is."""
    outcome = outcome_of(passage, declaration)
    assert outcome.outcome is OutcomeKind.TO_REVIEW
    assert [one.declaration_id for one in outcome.candidates] == [declaration.declaration_id]
    if outcome.candidates[0].probability > 0.5:
        assert outcome.declaration_id == declaration.declaration_id
        assert codes(outcome) == reasons
    else:
        assert codes(outcome) == ["uncertain"]


@pytest.mark.parametrize(
    ("passage", "declaration", "kind", "reasons"),
    [
        (seen(), declared(gate="tan-thanh"), "wrong_gate", ["plate_exact", "gate_differs"]),
        (
            seen("?F12345"),
            declared("GUI F12345", gate="tan-thanh"),
            "wrong_gate",
            ["province_unread", "gate_differs"],
        ),
        (seen(), declared(direction=Direction.OUT), "wrong_direction", ["plate_exact", "direction_differs"]),
        (seen(), declared(at=NOON + timedelta(hours=3)), "outside_window", ["plate_exact", "before_window"]),
        (seen(), declared(at=NOON - timedelta(hours=3)), "outside_window", ["plate_exact", "after_window"]),
        (
            seen(second_plate=read("12R01234")),
            declared(trailer_plate="12R-998.77"),
            "re_paired",
            ["plate_exact", "trailer_differs"],
        ),
        (
            seen(container="TSTU1000019"),
            declared(container_no="TSTU 200002 9"),
            "re_paired",
            ["plate_exact", "container_differs"],
        ),
        (
            seen("29H99999", second_plate=read("12R01234")),
            declared(trailer_plate="12R-012.34"),
            "re_paired",
            ["trailer_exact", "tractor_differs"],
        ),
        (seen(), declared(fee_paid=False, fee_class="C40"), "not_cleared", ["plate_exact", "fee_unpaid"]),
        (seen(), cleared(customs="pending"), "not_cleared", ["plate_exact", "not_confirmed"]),
        (seen(), cleared(border_guard="confirmed", quarantine="refused"), "not_cleared", ["plate_exact", "refused"]),
        (seen(), cleared(border_guard="confirmed", yard="pending"), "matched", ["plate_exact"]),
    ],
)
def test_what_is_not_as_declared_is_called_by_its_name(passage, declaration, kind: str, reasons: list[str]) -> None:
    """Whose declaration it is stands firm; what differs from it is said at once, or when its time is over."""
    for now in (LATER, NOON + timedelta(hours=12)):
        outcome = outcome_of(passage, declaration, now=now)
        if now == LATER and outcome.outcome is OutcomeKind.TO_REVIEW:
            continue
        assert (outcome.outcome, outcome.declaration_id) == (kind, declaration.declaration_id)
        assert codes(outcome) == reasons


def test_a_cancelled_declaration_is_for_a_person() -> None:
    """A vehicle that comes on a declaration that was withdrawn."""
    outcome = outcome_of(seen(), declared(state=DeclarationState.CANCELLED))
    assert (outcome.outcome, outcome.declaration_id) == (OutcomeKind.TO_REVIEW, "HN-000001")
    assert codes(outcome)[:2] == ["plate_exact", "declaration_cancelled"]


@pytest.mark.parametrize(
    ("passage", "declaration"),
    [
        (seen("12C34567"), declared("12C-998.77")),
        (seen("12C34567"), declared("12C-345.68", gate="tan-thanh")),
        (seen("12C34567"), declared("12C-345.68", direction=Direction.OUT)),
        (seen("12C34567"), declared("12C-345.68", state=DeclarationState.CANCELLED)),
        (seen("12C34567"), declared(at=NOON + timedelta(days=3))),
        (seen("桂F12345"), declared("YUE F99345")),
    ],
)
def test_what_does_not_fit_is_undeclared(passage, declaration) -> None:
    """Two characters apart, near at another gate, or days away: no lead, so no suggestion."""
    outcome = outcome_of(passage, declaration)
    assert (outcome.outcome, outcome.declaration_id) == (OutcomeKind.UNDECLARED, None)
    assert codes(outcome) == ["no_declaration"]


def test_a_province_that_could_not_be_read_is_no_obstacle_where_only_one_declaration_fits() -> None:
    """?F12345 is matched with 桂F12345 and says so; with 粤F12345 declared as well a person decides."""
    passage = seen("?F12345")
    alone = outcome_of(passage, declared("GUI F12345"))
    both = outcome_of(passage, declared("GUI F12345"), declared("粤F12345", number=2))
    assert (alone.outcome, codes(alone)) == (OutcomeKind.MATCHED, ["province_unread"])
    assert (both.outcome, codes(both)) == (OutcomeKind.TO_REVIEW, ["province_unread", "uncertain"])
    assert [one.probability for one in both.candidates] == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_trailer_that_fits_is_said_and_one_doubtful_character_of_it_is_not() -> None:
    """The trailer supports a match; a single character read differently on a dirty trailer does not undo it."""
    fits = outcome_of(seen(second_plate=read("12R01234")), declared(trailer_plate="12R-012.34"))
    near = outcome_of(seen(second_plate=read("12R01234")), declared(trailer_plate="12R-012.35"))
    assert (fits.outcome, codes(fits)) == (OutcomeKind.MATCHED, ["plate_exact", "trailer_exact"])
    assert (near.outcome, codes(near)) == (OutcomeKind.MATCHED, ["plate_exact"])


def test_an_unreadable_passage_goes_to_a_person_at_once() -> None:
    """Nothing to wait for: the reason of the camera is passed on."""
    outcome = outcome_of(seen(None), now=NOON + timedelta(seconds=10))
    assert (outcome.outcome, codes(outcome)) == (OutcomeKind.TO_REVIEW, ["unreadable"])
    assert outcome.reasons[0].values == {"abstained": "illegible"}


def test_an_undeclared_passage_waits_some_seconds_for_its_declaration() -> None:
    """Pending while a declaration may be on its way, undeclared afterwards."""
    passage = seen()
    early = outcome_of(passage, now=passage.received_at + timedelta(seconds=4.9))
    late = outcome_of(passage, now=passage.received_at + timedelta(seconds=5))
    assert (early.outcome, codes(early)) == (OutcomeKind.PENDING, ["awaiting_declarations"])
    assert (late.outcome, codes(late)) == (OutcomeKind.UNDECLARED, ["no_declaration"])


def test_undeclared_says_so_when_the_platform_has_been_silent() -> None:
    """Nobody is called undeclared without a warning while declarations cannot be fetched."""
    never = outcome_of(seen(), knowledge=Knowledge(None))
    stale = outcome_of(seen(), knowledge=Knowledge(NOON - timedelta(hours=1)))
    without = outcome_of(seen(), knowledge=Knowledge(None, expected=False))
    assert codes(never) == codes(stale) == ["no_declaration", "declarations_stale"]
    assert stale.reasons[1].values == {"as_of": (NOON - timedelta(hours=1)).isoformat()}
    assert codes(without) == ["no_declaration"]


def test_a_node_whose_clock_is_unset_is_judged_by_when_it_arrived() -> None:
    """A node that woke in the past does not make its lorries late."""
    passage = seen(at=NOON - timedelta(days=3000), received_at=NOON, time_quality=TimeQuality.UNSET)
    assert outcome_of(passage, declared()).outcome is OutcomeKind.MATCHED


def test_the_exact_plate_wins_over_the_near_one() -> None:
    """A lorry whose plate is one character off does not take another lorry's declaration."""
    near, exact = seen("12C34568", at=NOON - timedelta(minutes=5)), seen("12C34567")
    found = judge([near, exact], [declared()], now=LATER, settings=SETTINGS, knowledge=FRESH)
    said = {outcome.passage_id: outcome.outcome for outcome in found.outcomes}
    assert said == {exact.passage_id: OutcomeKind.MATCHED, near.passage_id: OutcomeKind.UNDECLARED}


def test_a_second_passage_on_one_declaration_has_none() -> None:
    """The same plate twice with one declaration: the first has it, the second says who has it, and that it is again."""
    first, second = seen(), seen(at=NOON + timedelta(minutes=20))
    found = judge([second, first], [declared()], now=NOON + timedelta(hours=1), settings=SETTINGS, knowledge=FRESH)
    said = {outcome.passage_id: outcome for outcome in found.outcomes}
    assert said[first.passage_id].outcome is OutcomeKind.MATCHED
    assert said[second.passage_id].outcome is OutcomeKind.ANTI_PASSBACK
    taken = said[second.passage_id].reasons[1]
    assert taken.code is ReasonCode.DECLARATION_TAKEN
    assert taken.values == {"declaration_id": "HN-000001", "passage_id": str(first.passage_id)}


def test_two_trips_take_two_declarations_in_the_order_of_their_windows() -> None:
    """The lorry that comes twice and is declared twice is matched twice."""
    morning, evening = declared(number=1), declared(number=2, at=NOON + timedelta(minutes=30))
    first, second = seen(), seen(at=NOON + timedelta(minutes=20))
    found = judge([second, first], [evening, morning], now=LATER, settings=SETTINGS, knowledge=FRESH)
    said = {outcome.passage_id: outcome.declaration_id for outcome in found.outcomes}
    assert said == {first.passage_id: "HN-000001", second.passage_id: "HN-000002"}


def test_a_neighbours_plate_does_not_take_the_copy_of_a_declaration() -> None:
    """An office's file came twice. The undeclared lorry of the same fleet is none of its vehicles, nor probably one."""
    own, neighbour = seen("12C34567"), seen("12C34568", at=NOON + timedelta(minutes=10))
    twice = [declared("12C-345.67", number=1), declared("12C-345.67", number=2)]
    now = NOON + timedelta(hours=6)
    found = judge([own, neighbour], twice, now=now, settings=SETTINGS, knowledge=Knowledge(now))
    said = {outcome.passage_id: outcome for outcome in found.outcomes if outcome.passage_id}
    assert (said[own.passage_id].outcome, said[own.passage_id].declaration_id) == (OutcomeKind.MATCHED, "HN-000001")
    assert said[neighbour.passage_id].outcome is OutcomeKind.UNDECLARED
    (copy,) = [outcome for outcome in found.outcomes if outcome.passage_id is None]
    assert (copy.outcome, copy.declaration_id) == (OutcomeKind.DUPLICATE, "HN-000002")


@pytest.mark.parametrize(("minutes", "expected"), [(3, OutcomeKind.MATCHED), (80, OutcomeKind.TO_REVIEW)])
def test_what_the_platform_saw_at_another_time_was_another_vehicle(minutes: int, expected: OutcomeKind) -> None:
    """A plate one character off: it was the lorry declared if that was confirmed then, and else perhaps its neighbour."""
    confirmed = declared(
        "12C-345.67", state=DeclarationState.CONFIRMED, confirmed_at=NOON + timedelta(minutes=minutes), lane="in-1"
    )
    now = NOON + timedelta(hours=6)
    outcome = outcome_of(seen("12C34568"), confirmed, now=now, knowledge=Knowledge(now))
    assert (outcome.outcome, outcome.declaration_id) == (expected, "HN-000001")


def test_of_two_copies_the_vehicle_has_the_one_that_the_platform_confirmed() -> None:
    """Whichever was declared first."""
    copies = [declared(number=1), declared(number=2, state=DeclarationState.CONFIRMED)]
    assert outcome_of(seen(), *copies, now=NOON + timedelta(hours=6)).declaration_id == "HN-000002"


def test_a_lorry_that_comes_twice_on_copies_is_matched_twice() -> None:
    """A haulier who declares two trips in the same words is believed when the lorry comes twice."""
    first, second = seen(), seen(at=NOON + timedelta(minutes=40))
    twice = [declared(number=1), declared(number=2)]
    found = judge([first, second], twice, now=LATER, settings=SETTINGS, knowledge=FRESH)
    assert {outcome.declaration_id for outcome in found.outcomes} == {"HN-000001", "HN-000002"}


@pytest.mark.parametrize(("has", "read_code"), [("TSTU1000019", None), (None, "TSTU1000019")])
def test_another_container_is_another_trip(has: str | None, read_code: str | None) -> None:
    """A lorry that is declared again soon, with another container, has not been declared twice: nobody came for it."""
    came = seen(container=read_code)
    again = declared(number=2, at=NOON + timedelta(minutes=30), container_no="TSTU1000024")
    now = NOON + timedelta(hours=6)
    found = judge([came], [declared(container_no=has), again], now=now, settings=SETTINGS, knowledge=Knowledge(now))
    (absent,) = [outcome for outcome in found.outcomes if outcome.passage_id is None]
    assert (absent.outcome, absent.declaration_id) == (OutcomeKind.NO_SHOW, "HN-000002")


@pytest.mark.parametrize(
    ("minutes", "state", "expected"),
    [
        (29, DeclarationState.DECLARED, []),
        (30, DeclarationState.DECLARED, [OutcomeKind.NO_SHOW]),
        (600, DeclarationState.CANCELLED, []),
        (600, DeclarationState.CONFIRMED, []),
    ],
)
def test_nobody_came(minutes: int, state: DeclarationState, expected: list[OutcomeKind]) -> None:
    """A standing declaration whose window is over for a while is a no-show; a cancelled one never is, nor one that the platform saw."""
    declaration = declared(state=state)
    now = declaration.expected_until + timedelta(minutes=minutes)
    found = judge([], [declaration], now=now, settings=SETTINGS, knowledge=FRESH)
    assert [outcome.outcome for outcome in found.outcomes] == expected
    assert bool(found.open_declarations) is not bool(expected)


PLATES = ("12C34567", "12C34568", "12C3456", "桂F12345", "桂F12346", "粤F12345", "?F12345")
TYPED = ("12C34567", "12C34568", "F12345", "GUIF12345", "YUEF12345", "12C3456")
passages = st.builds(
    lambda plate, minute, way: seen(plate, at=NOON + timedelta(minutes=minute), direction=way),
    st.sampled_from((*PLATES, None)),
    st.integers(0, 200),
    st.sampled_from(Direction),
)
declarations = st.builds(
    lambda plate, hour, way, state: declared(plate, at=NOON + timedelta(hours=hour), direction=way, state=state),
    st.sampled_from(TYPED),
    st.integers(-3, 3),
    st.sampled_from(Direction),
    st.sampled_from(DeclarationState),
)


@given(
    seen_=st.lists(passages, max_size=8),
    declared_=st.lists(declarations, max_size=8),
    rng=st.randoms(use_true_random=False),
)
def test_each_declaration_goes_to_one_passage_at_most_whatever_the_order(seen_, declared_, rng) -> None:
    """Every passage has one outcome, no declaration is given twice, and the order of arrival changes nothing."""
    numbered = [replace(d, declaration_id=f"HN-{number:06d}") for number, d in enumerate(declared_)]
    now = NOON + timedelta(hours=12)
    found = judge(seen_, numbered, now=now, settings=SETTINGS, knowledge=FRESH)
    rng.shuffle(seen_)
    rng.shuffle(numbered)
    again = judge(seen_, numbered, now=now, settings=SETTINGS, knowledge=FRESH)

    def said(outcomes):
        return {(o.passage_id, o.declaration_id): (o.outcome, o.reasons) for o in outcomes}

    assert said(found.outcomes) == said(again.outcomes)
    assert sorted(str(o.passage_id) for o in found.outcomes if o.passage_id) == sorted(str(p.passage_id) for p in seen_)
    given_ = [o.declaration_id for o in found.outcomes if o.declaration_id]
    assert len(given_) == len(set(given_))
    assert set(given_) | found.open_declarations == {d.declaration_id for d in numbered}
    for outcome in found.outcomes:
        if outcome.outcome is OutcomeKind.MATCHED:
            assert (
                codes(outcome) in (["plate_exact"], ["province_unread"]) or outcome.score >= SETTINGS.match_probability
            )
