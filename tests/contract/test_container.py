"""Container codes of ISO 6346: valid or not, never completed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.container import check_digit, format_container, parse_container, parse_size_type
from contract.made_up import random_container

containers = st.builds(lambda seed: random_container(random.Random(seed)), st.integers(0, 2**32))


@pytest.mark.parametrize(
    ("text", "category", "shown"),
    [
        ("TSTU1000019", "U", "TSTU 100001 9"),
        ("tstu 200002-9", "U", "TSTU 200002 9"),
        ("TSTJ3000031", "J", "TSTJ 300003 1"),
        ("TSTZ 400004 2", "Z", "TSTZ 400004 2"),
        ("TSTU0000020", "U", "TSTU 000002 0"),  # the remainder is 10, written as 0
    ],
)
def test_code_with_its_check_digit_is_valid(text, category, shown):
    """A code whose check digit fits is taken apart and shown as it is painted."""
    container = parse_container(text)
    assert (container.owner, container.category) == ("TST", category)
    assert format_container(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "TSTU1000018",
        "TSTU100001",
        "TSTU10000199",
        "TSTX1000019",
        "TS1U1000019",
        "TSTU10000I9",
        "12C34567",
        "",
        "TSTU١٠٠٠٠١9",
    ],
)
def test_what_is_no_whole_valid_code_is_none(text):
    """A wrong, missing or surplus character makes no container; nothing is completed or repaired."""
    assert parse_container(text) is None
    assert format_container(text) == text


@given(containers)
def test_made_up_code_is_valid_and_reads_back(text):
    """Every made-up code is valid, however it is written."""
    assert parse_container(text).text == text
    assert parse_container(format_container(text).lower()).text == text


@given(containers, st.integers(0, 10), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_is_caught_unless_remainders_share_a_digit(text, place, character):
    """A single wrong character passes only where the remainders 10 and 0 are both written 0, or differ by 11."""
    wrong = text[:place] + character + text[place + 1 :]
    if wrong != text and parse_container(wrong) is not None:
        either_is_zero = text[10] == wrong[10] == "0"
        # letters that lie 11 apart in value (A and K, B and L …) weigh the same modulo 11
        assert either_is_zero or (text[place].isalpha() and character.isalpha())


def test_check_digit_needs_ten_right_characters():
    """Asking for the check digit of something else says what was expected."""
    assert check_digit("TSTU100001") == 9
    with pytest.raises(ValueError, match="six digits, got 'TSTU1'"):
        check_digit("TSTU1")


@pytest.mark.parametrize(
    ("text", "length_ft", "height", "kind"),
    [
        ("22G1", 20, "8'6\"", "general"),
        ("45 G1", 40, "9'6\"", "general"),
        ("45R1", 40, "9'6\"", "reefer"),
        ("l5g1", 45, "9'6\"", "general"),
        ("42U1", 40, "8'6\"", "open_top"),
        ("22P3", 20, "8'6\"", "flat"),
        ("2KT0", 20, None, "tank"),
        ("2200", None, None, None),
        ("99X9", None, None, None),
        ("", None, None, None),
    ],
)
def test_size_type_says_length_and_kind(text, length_ft, height, kind):
    """The size-type code tells 20, 40 and 45 feet apart, and reefers from the rest; other codes are none."""
    size = parse_size_type(text)
    if length_ft is None:
        assert size is None
    else:
        assert (size.length_ft, size.height, size.kind) == (length_ft, height, kind)
