"""What a read says of a declared plate, and what corrections teach."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reconcile.channel import likelihood_ratio
from central.reconcile.confusions import PRIOR, learn
from central.reconcile.names import name_of
from contract.messages import Candidate
from contract.plate import PlateKind, random_plate, typed_forms
from tests.central.made import read

KINDS = [kind for kind in PlateKind if kind is not PlateKind.OTHER]
ONE_SLIP = ("12C34568", "12C3467", "12C344567", "12C35467")


def ratio(text: str, typed: str, confidence: float = 0.95) -> float:
    return likelihood_ratio(read(text, confidence), name_of(typed), PRIOR)


@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32))
def test_every_form_of_the_plate_read_speaks_for_it(kind: PlateKind, seed: int) -> None:
    """However it was typed; and another plate of the same kind does not come near."""
    rng = random.Random(seed)
    plate = random_plate(rng, kind)
    forms = [ratio(plate, form) for form in typed_forms(plate)]
    assert min(forms) > 1e3
    assert max(forms) < 1e4 * min(forms)


@pytest.mark.parametrize("typed", ONE_SLIP)
def test_a_slip_speaks_less_and_two_hardly(typed: str) -> None:
    """Changed, missing, too many, swapped: far less than the plate itself, far more than any other."""
    assert ratio("12C34567", typed) < ratio("12C34567", "12C34567") / 100
    assert ratio("12C34567", typed) > 1000 * ratio("12C34567", "12C39982")


def test_what_the_camera_held_for_possible_counts() -> None:
    """A runner-up in the lattice speaks far more for its text than any other character."""
    plain = read("12C34567", 0.7)
    places = [(Candidate(text=character, confidence=0.99),) for character in "12C3456"]
    last = (Candidate(text="7", confidence=0.7), Candidate(text="1", confidence=0.28))
    doubtful = plain.model_copy(update={"lattice": (*places, last)})
    one, other = name_of("12C34561"), name_of("12C34562")
    assert likelihood_ratio(doubtful, one, PRIOR) > 50 * likelihood_ratio(doubtful, other, PRIOR)


def test_a_province_read_speaks_against_another_one() -> None:
    """粤F12345 is no 桂F12345; F12345 may be either."""
    right, bare, wrong = (ratio("桂F12345", typed) for typed in ("GUI F12345", "F12345", "粤F12345"))
    assert right > bare > 20 * wrong


def test_corrections_teach_what_a_camera_confuses() -> None:
    """A hundred times B for 8 make that slip likelier, and others not; pairs of other length teach nothing."""
    taught = learn(
        [("12C34587", "12C345B7")] * 100 + [("12C34567", "12C34567")] * 100 + [("12C3456", "12C34567")] * 100
    )
    assert taught.probability("8", "B") > 5 * PRIOR.probability("8", "B")
    assert taught.probability("8", "8") < PRIOR.probability("8", "8")
    assert taught.probability("3", "3") > PRIOR.probability("3", "3")
    mistaken = read("12C34587")
    assert likelihood_ratio(mistaken, name_of("12C345B7"), taught) > likelihood_ratio(
        mistaken, name_of("12C345B7"), PRIOR
    )
    assert learn([("12C3456", "12C34567")]) == PRIOR
