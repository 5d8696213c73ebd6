"""The made-up province keeps its word: its records say what its truth says, and its cameras err as ours do."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.store.declaration_records import DeclarationState, Verdict
from contract.made_up import random_plate
from contract.plate import CN_UNREAD_PROVINCE, PlateColour, PlateKind, normalise, parse, typed_forms
from simulation.province.about import about
from simulation.province.days import half_of, make_province
from simulation.province.fleet import make_fleet
from simulation.province.reads import CameraReads
from simulation.province.truth import Fate
from simulation.province.typed import slipped, typed
from simulation.province.visits import REGIMES
from simulation.traffic import PlateLook

LIMITS_H = dict(zip(REGIMES, (36, 48, 60, 60, 60), strict=True))
SLACK = timedelta(minutes=30)
KINDS = (PlateKind.VN_CIVIL, PlateKind.VN_TRAILER, PlateKind.CN_ORDINARY, PlateKind.CN_TRAILER, PlateKind.CN_NEV_LARGE)


@pytest.fixture(scope="module")
def province():
    return make_province(seed=3, per_day=700, days=4, limits_h=LIMITS_H)


def test_the_same_seed_makes_the_same_days():
    """What was measured once can be measured again; another seed makes other days."""
    first, again, other = (make_province(seed=seed, per_day=60, days=2, limits_h=LIMITS_H) for seed in (4, 4, 5))
    assert first.passages == again.passages
    assert first.declarations == again.declarations
    assert first.passage_truth == again.passage_truth
    assert first.passages != other.passages


def test_about_as_many_passages_as_were_asked_for(province):
    """In and out, at every gate, all of them before now."""
    assert 2300 < len(province.passages) < 3300
    assert {passage.site for passage in province.passages} == {"huu-nghi", "tan-thanh", "chi-ma", "coc-nam"}
    ways = Counter(passage.direction for passage in province.passages)
    assert min(ways.values()) > 0.45 * len(province.passages)
    assert all(passage.received_at <= province.now for passage in province.passages)
    assert all(declaration.received_at <= province.now for declaration in province.declarations)


def test_what_differs_from_the_declaration_is_what_the_truth_says(province):
    """Gate, direction, window and clearance are as declared, but for those of which the truth says otherwise."""
    declarations = {declaration.declaration_id: declaration for declaration in province.declarations}
    seen = Counter()
    for passage in province.passages:
        truth = province.passage_truth[passage.passage_id]
        seen.update(truth.classes)
        for declaration in (declarations[key] for key in truth.declaration_ids):
            begin, end = declaration.expected_from - SLACK, declaration.expected_until + SLACK
            uncleared = declaration.fee_paid is False or any(
                one.verdict is not Verdict.CONFIRMED for one in declaration.confirmations
            )
            assert (passage.site != declaration.gate) == ("wrong_gate" in truth.classes)
            assert (passage.direction != declaration.direction) == ("wrong_direction" in truth.classes)
            assert (not begin <= passage.seen_at <= end) == ("outside_window" in truth.classes)
            assert uncleared == ("not_cleared" in truth.classes)
            assert declaration.state is DeclarationState.DECLARED
        if truth.declaration_ids:
            assert "undeclared" not in truth.classes
        else:
            assert "undeclared" in truth.classes | truth.unknowable
    assert min(seen[name] for name in ("wrong_gate", "wrong_direction", "outside_window", "not_cleared")) > 0


def test_a_clone_is_where_no_lorry_can_be(province):
    """Both passages of a case, at two gates, minutes apart; the false one has no declaration."""
    cases: dict[int, list] = {}
    for passage in province.passages:
        truth = province.passage_truth[passage.passage_id]
        if "clone_suspected" in truth.classes:
            cases.setdefault(truth.case, []).append((passage, truth))
    assert cases
    for pair in cases.values():
        (one, _), (other, _) = pair
        assert one.site != other.site
        assert abs(one.seen_at - other.seen_at) < timedelta(minutes=5)
        assert sum(bool(truth.declaration_ids) for _, truth in pair) <= 1


def test_declarations_nobody_comes_for_belong_to_nobody(province):
    """A declaration whose lorry came is some passage's; one whose lorry stayed away, or that was cancelled, is none's."""
    held = Counter(
        key for truth in province.passage_truth.values() if not truth.repeat for key in truth.declaration_ids
    )
    for declaration_id, fate in province.fates.items():
        if fate is not Fate.OPEN:
            assert held[declaration_id] == (fate in (Fate.CAME, Fate.TWICE, Fate.UNKNOWABLE))
    assert {Fate.NO_SHOW, Fate.CANCELLED, Fate.TWICE} <= set(province.fates.values())


def test_who_came_in_undeclared_and_is_still_here_is_not_declared_to_go(province):
    """Neither way of an undeclared visit is ever declared, also where the way out lies behind the last day."""
    last = {}
    for passage in province.passages:
        last[province.passage_truth[passage.passage_id].plate] = passage
    here = {
        plate
        for plate, passage in last.items()
        if passage.direction == "in" and "undeclared" in province.passage_truth[passage.passage_id].classes
    }
    assert here
    forms = {form for plate in here for form in typed_forms(plate)}
    told = [one.plate for one in province.declarations if province.fates[one.declaration_id] is Fate.OPEN]
    assert not {normalise(plate) for plate in told} & forms


@pytest.mark.parametrize("half", ["tuning", "final"])
def test_cameras_misread_three_in_a_hundred_and_know_how_sure_they_are(half):
    """Of the plates that are read; and of the reads at 0.9, nine in ten are right."""
    cameras, rng = CameraReads(half), random.Random(1)
    bins = [[0, 0.0, 0] for _ in range(10)]
    for number in range(4000):
        text = random_plate(rng, KINDS[number % len(KINDS)])
        read = cameras.read(PlateLook(text, PlateColour.YELLOW, 1), rng)
        if read is None:
            continue
        assert parse(read.text), "what is no plate's text is not told"
        assert read.candidates[0].text == read.text
        assert len(read.lattice) == len(read.text)
        place = bins[min(9, int(read.confidence * 10))]
        place[0] += 1
        place[1] += read.confidence
        place[2] += read.text == text
    count, right = sum(n for n, _, _ in bins), sum(hits for _, _, hits in bins)
    assert 0.96 < right / count < 0.98
    assert sum(abs(said - hits) for _, said, hits in bins) / count < 0.025


def test_the_two_halves_of_the_pictures_err_differently():
    """Days that count are judged by errors that nothing was tuned on."""
    plates = [
        PlateLook(random_plate(random.Random(n), PlateKind.CN_ORDINARY), PlateColour.YELLOW, 1) for n in range(200)
    ]
    cameras = [(CameraReads(half), random.Random(7)) for half in ("tuning", "final")]
    told = [[camera.read(plate, rng) for plate in plates] for camera, rng in cameras]
    assert told[0] != told[1]
    assert [half_of(seed) for seed in (1, 49, 50, 99)] == ["tuning", "tuning", "final", "final"]


@given(seed=st.integers(0, 10**6), kind=st.sampled_from(KINDS))
def test_what_is_typed_without_a_slip_can_be_understood(seed, kind):
    """Every form is one that the contract knows; a slip makes it another text."""
    rng = random.Random(seed)
    text = random_plate(rng, kind)
    right = typed(text, rng)
    assert normalise(right) in typed_forms(text)
    assert normalise(slipped(right, rng)) != normalise(right)


def test_the_plates_of_a_fleet_are_nobody_elses_and_follow_each_other():
    """They are plates that some authority issues, and many have a neighbour one step away."""
    fleet = make_fleet(2000, random.Random(5))
    fronts = [rig.front.text for rig in fleet]
    trailers = [rig.trailer.text for rig in fleet if rig.trailer]
    assert len(set(fronts)) == len(fronts)
    assert len(set(trailers)) == len(trailers)
    assert all(parse(text) and CN_UNREAD_PROVINCE not in text for text in (*fronts, *trailers))
    near = sum(1 for one, other in pairwise(fronts) if sum(map(str.__ne__, one, other)) == 1)
    assert near > 500


def test_the_page_says_with_which_shares_the_days_were_made():
    """Nothing is left to fill in."""
    text = about()
    assert "3 %" in text
    assert "{" not in text
