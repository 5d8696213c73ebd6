"""Keys of plates that are found quickly are those of the grammar."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.reconcile.names import bodies, may_be_same, name_of, names_same
from contract.plate import PlateKind, normalise, random_plate, typed_forms, typed_key

KINDS = [kind for kind in PlateKind if kind is not PlateKind.OTHER]


@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**32))
def test_quick_keys_are_the_keys_of_the_grammar(kind: PlateKind, seed: int) -> None:
    """For a plate, for all that people type for it, and for what is nearly that."""
    rng = random.Random(seed)
    plate, other = random_plate(rng, kind), random_plate(rng, kind)
    nearly = {plate[:-1] + "G", plate[:-1] + "挂", plate.replace("挂", "GUA"), "?" + plate[1:], plate[1:]}
    for typed in typed_forms(plate) | typed_forms(other) | nearly:
        name = name_of(typed)
        assert name.key == typed_key(typed)
        assert names_same(name_of(plate), name) is (normalise(typed) in typed_forms(plate))


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ("GUO-K13409", "K13409"),
        ("QUANFTAYF68453", "F68453"),
        ("YUM-V9803GUA", "V9803G"),
        ("GUI-F5861FUA", "F5861G"),
    ],
)
def test_a_province_or_mark_that_was_mistyped_hides_no_number(typed: str, body: str) -> None:
    """The number behind a slip in GUI, QUANGTAY or GUA is still looked up."""
    assert body in bodies(name_of(typed))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("GUI F12345", "F12345", True),
        ("GUI F12345", "桂F12345", True),
        ("GUI F12345", "粤F12345", False),
        ("12C-345.67", "12c34567", True),
        ("12C-345.67", "12C-345.68", False),
    ],
)
def test_two_typed_texts_may_name_one_plate(one: str, other: str, same: bool) -> None:
    """Without a province any may be meant; with two of them it is two plates."""
    assert may_be_same(name_of(one), name_of(other)) is same
