"""Markings of containers, and what the check digit can and cannot tell."""

import random
from itertools import combinations
from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contract.container import check_digit
from contract.container_code import MODULUS, ContainerText, fits, parse_marking, share_of_sum

heads = st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True)
codes = heads.map(lambda head: f"{head}{check_digit(head)}")
container_text = TypeAdapter(ContainerText)


def remainder(code):
    return sum(share_of_sum(character, place) for place, character in enumerate(code[:10])) % MODULUS


def folded(code, other):
    """Whether one has the remainder 0 and the other 10, which are both written 0."""
    return {remainder(code), remainder(other)} == {0, 10}


@pytest.mark.parametrize(
    ("text", "size_type"),
    [
        ("TSTU1000019", None),
        ("tstu 100001-9", None),
        ("TSTU 100001 [9]", None),
        ("TSTU 100001 |9|", None),
        ("TSTU 100001 (9)", None),
        ("TSTU 100001 ⑨", None),
        ("TSTU 100001 9\u20e3", None),
        ("TSTU 100001 9\u20de 22G1", "22G1"),
        ("ＴＳＴＵ １００００１ 【９】", None),
        ("TSTU 100001 [9]\n45R1", "45R1"),
        ("TSTU100001942P3", "42P3"),
    ],
)
def test_marking_is_taken_apart_however_it_is_written(text, size_type):
    """Spaces, dashes, line breaks and the box around the check digit are no characters; a size-type code may follow."""
    marking = parse_marking(text)
    assert marking.container.text == "TSTU1000019"
    assert (marking.size_type and marking.size_type.text) == size_type


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TSTU 100001",
        "TSTU 100001 []",
        "TSTU 100001 [8]",
        "TSTU 100001 [8] 22G1",
        "TSTU 100001 22G1",
        "TSTU 100001 9 XXXX",
        "TSTU 100001 9 22G",
        "22G1 TSTU 100001 9",
        "TSTU 100001 9 22G1 22G1",
    ],
)
def test_marking_that_is_not_whole_is_none(text):
    """A missing or wrong check digit is not made up for, and nothing that is not understood is passed over."""
    assert parse_marking(text) is None


@pytest.mark.parametrize("text", ["CSQU3054383", "CBHU3202732"])
def test_published_examples_fit(text):
    """The example of the standard itself, and a second one that is published with its calculation."""
    assert fits(text)
    assert check_digit(text[:10]) == int(text[10])


@given(codes)
def test_shares_add_up_to_the_check_digit(code):
    """What each place adds to the sum gives the check digit once ten are together."""
    assert remainder(code) % 10 == int(code[10])


@given(codes, st.integers(4, 9), st.sampled_from("0123456789"))
def test_every_wrong_serial_digit_is_noticed_but_for_the_fold(code, place, digit):
    """A single wrong digit always changes the remainder: it goes unnoticed only between 0 and 10, both written 0."""
    wrong = code[:place] + digit + code[place + 1 :]
    if wrong != code:
        assert remainder(wrong) != remainder(code)
        assert fits(wrong) == folded(code, wrong)


@given(codes, st.integers(4, 8))
def test_every_swap_of_neighbouring_digits_is_noticed_but_for_the_fold(code, place):
    """Two neighbouring digits in the wrong order are noticed like a wrong digit."""
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        assert fits(swapped) == folded(code, swapped)


@given(codes, st.sampled_from("0123456789"))
def test_every_wrong_check_digit_is_noticed(code, digit):
    """Of the ten digits exactly one fits."""
    assert fits(code[:10] + digit) == (digit == code[10])


def test_fold_is_real():
    """A remainder of 10 is written 0, and so a wrong digit can go unnoticed."""
    assert remainder("TSTU000002") == 10
    head = next(f"TSTU00000{digit}" for digit in range(10) if remainder(f"TSTU00000{digit}") == 0)
    assert fits("TSTU0000020")
    assert fits(f"{head}0")


def test_letters_that_the_check_digit_cannot_tell_apart_are_those_of_the_page():
    """Letters whose values differ by a multiple of 11 weigh the same in every place."""
    same = {
        first + second
        for first, second in combinations(ascii_uppercase, 2)
        if all(share_of_sum(first, place) == share_of_sum(second, place) for place in range(3))
    }
    groups = ["AKU", "BLV", "CMW", "DNX", "EOY", "FPZ", "GQ", "HR", "IS", "JT"]
    assert same == {first + second for group in groups for first, second in combinations(group, 2)}


def test_one_random_text_in_ten_fits():
    """That is all that a check digit proves: of random texts with the right shape one in ten passes."""
    rng = random.Random(6346)
    texts = ["TSTU" + "".join(rng.choice("0123456789") for _ in range(7)) for _ in range(20_000)]
    assert 0.09 < sum(map(fits, texts)) / len(texts) < 0.11


@given(codes)
def test_message_takes_a_code_that_fits(code):
    """A normalised code travels as it is."""
    assert container_text.validate_python(code) == code


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("TSTU1000018", "check digit of 'TSTU1000018' should be 9"),
        ("tstu1000019", "pattern"),
        ("TSTU 100001 9", "pattern"),
        ("TSTU100001", "pattern"),
        ("TSTX1000019", "pattern"),
        ("TSTU1000019\n", "pattern"),
        ("TSTU١٠٠٠٠١9", "pattern"),
        ("", "pattern"),
    ],
)
def test_message_refuses_what_is_no_code_and_says_why(text, why):
    """There is one spelling on the wire, and a check digit that does not fit is told with the one that would."""
    with pytest.raises(ValidationError, match=why):
        container_text.validate_python(text)
