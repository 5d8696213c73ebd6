"""The plate grammar: every class parses back, and the answer says when text alone cannot tell."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plate import (
    ALPHABET,
    PlateColour,
    PlateCountry,
    PlateKind,
    format_plate,
    latin_form,
    normalise,
    parse,
    random_plate,
    region_name,
    typed_forms,
    typed_key,
)
from contract.regions import CN_REGIONS, VN_REGIONS

KINDS = [kind for kind in PlateKind if kind is not PlateKind.OTHER]


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("12c-345.67", PlateKind.VN_CIVIL, "12C-345.67"),
        ("12C3456", PlateKind.VN_CIVIL, "12C-3456"),
        ("29T12345", PlateKind.VN_CIVIL, "29T-123.45"),
        ("15RM-001.23", PlateKind.VN_TRAILER, "15RM-001.23"),
        ("15R-123.45", PlateKind.VN_TRAILER, "15R-123.45"),
        ("15R1234", PlateKind.VN_TRAILER, "15R-1234"),
        ("51LD-123.45", PlateKind.VN_SPECIAL, "51LD-123.45"),
        ("29KT-123.45", PlateKind.VN_SPECIAL, "29KT-123.45"),
        ("74LB-023.50", PlateKind.VN_ZONE, "74LB-023.50"),
        ("12XA-0123", PlateKind.VN_MACHINE, "12XA-0123"),
        ("T80-235.88", PlateKind.VN_TEMPORARY, "T80-235.88"),
        ("80-011-NG-01", PlateKind.VN_DIPLOMATIC, "80-011-NG-01"),
        ("80NG01101", PlateKind.VN_DIPLOMATIC, "80-NG-011-01"),
        ("TM-12-34", PlateKind.VN_MILITARY, "TM-12-34"),
        ("59P2-123.45", PlateKind.VN_MOTORCYCLE, "59-P2 123.45"),
        ("桂F·12345", PlateKind.CN_ORDINARY, "桂F·12345"),
        ("桂F1234挂", PlateKind.CN_TRAILER, "桂F·1234挂"),
        ("粤Z1234港", PlateKind.CN_SUFFIX, "粤Z·1234港"),
        ("使123456", PlateKind.CN_EMBASSY, "使123·456"),
        ("桂FD12345", PlateKind.CN_NEV_SMALL, "桂F·D12345"),
        ("桂F12345D", PlateKind.CN_NEV_LARGE, "桂F·12345D"),
    ],
)
def test_each_class_is_known_and_shown_as_people_write_it(text, kind, shown):
    """A typed text finds its class first and is shown with the separators of that class."""
    assert parse(text)[0].kind is kind
    assert format_plate(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "12I12345",
        "12W12345",
        "12RM1234",
        "10C12345",
        "42C12345",
        "桂F1ABC2",
        "桂F1I345",
        "12C00000",
        "",
        "ABC",
        "桂12345",
        "12C1234567",
    ],
)
def test_what_no_authority_issues_has_no_class(text):
    """Letters, codes and numbers that are never issued do not parse."""
    assert parse(text) == ()


@given(st.integers(0, 2**32), st.sampled_from(KINDS))
def test_generated_plate_parses_back_to_itself(seed, kind):
    """Every made-up plate is found again under its own class, with its parts in place."""
    text = random_plate(random.Random(seed), kind)
    plate = next(p for p in parse(text) if p.kind is kind)
    assert plate.text == text
    assert normalise(format_plate(text)) in {text, plate.region + plate.serial + plate.series + plate.suffix}
    assert set(text) <= set(ALPHABET)


@given(st.integers(0, 2**32), st.sampled_from(KINDS))
def test_classes_share_a_text_only_where_text_alone_cannot_tell(seed, kind):
    """Only pairs that truly look alike come back together."""
    may_share = [
        {PlateKind.VN_ZONE, PlateKind.VN_MOTORCYCLE},
        {PlateKind.VN_MACHINE, PlateKind.VN_MOTORCYCLE},
        {PlateKind.VN_SPECIAL, PlateKind.VN_ZONE, PlateKind.VN_MOTORCYCLE},
        {PlateKind.VN_SPECIAL, PlateKind.VN_MACHINE, PlateKind.VN_MOTORCYCLE},
        {PlateKind.VN_CIVIL, PlateKind.VN_MOTORCYCLE},
        {PlateKind.VN_DIPLOMATIC, PlateKind.VN_ZONE, PlateKind.VN_MOTORCYCLE},
    ]
    kinds = {plate.kind for plate in parse(random_plate(random.Random(seed), kind))}
    assert len(kinds) == 1 or any(kinds <= group for group in may_share), kinds


@given(st.integers(0, 2**32), st.sampled_from(KINDS))
def test_colour_and_lines_narrow_but_never_lose_the_plate(seed, kind):
    """A colour its class can have keeps the class; an impossible colour keeps the text understood."""
    text = random_plate(random.Random(seed), kind)
    plate = next(p for p in parse(text) if p.kind is kind)
    for colour in plate.colours:
        assert kind in {p.kind for p in parse(text, colour=colour)}
    for colour in PlateColour:
        assert parse(text, colour=colour) or kind is PlateKind.VN_MILITARY


def test_colour_settles_what_letters_cannot():
    """A yellow two-letter plate is of a border zone, a two-line white one is a motorcycle's."""
    assert parse("47AD12345", colour=PlateColour.YELLOW, lines=1)[0].kind is PlateKind.VN_ZONE
    assert [p.kind for p in parse("47AD12345", colour=PlateColour.WHITE)] == [PlateKind.VN_MOTORCYCLE]
    assert [p.kind for p in parse("63H41234")] == [PlateKind.VN_CIVIL, PlateKind.VN_MOTORCYCLE]


@given(st.integers(0, 2**32), st.sampled_from(KINDS))
def test_typed_forms_hold_the_text_and_find_the_same_key(seed, kind):
    """A plate is among its own typed forms, and a Chinese plate's key is the same with and without the province."""
    text = random_plate(random.Random(seed), kind)
    assert text in typed_forms(text)
    if parse(text)[0].country is PlateCountry.CN and kind is not PlateKind.CN_EMBASSY:
        assert typed_key(text) == text[1:].replace("挂", "G")


@pytest.mark.parametrize("typed", ["桂F12345", "GUI F12345", "QUE-F12345", "QT-F12345", "F12345"])
def test_chinese_plate_is_found_however_it_was_typed(typed):
    """Each way an officer types a Chinese plate is a known form, with one key."""
    assert normalise(typed) in typed_forms("桂F·12345")
    assert typed_key(typed) == "F12345"


@pytest.mark.parametrize("typed", ["F1234挂", "F1234 GUA", "F1234G", "GUI-F1234-GUA", "桂F1234挂"])
def test_chinese_trailer_is_found_however_it_was_typed(typed):
    """Each way an officer types a trailer plate is a known form."""
    assert normalise(typed) in typed_forms("桂F1234挂")


def test_d_with_stroke_is_found_when_typed_as_d():
    """Đ is kept in the text and also found as D."""
    assert typed_forms("29TĐ12345") >= {"29TĐ12345", "29TD12345"}
    assert typed_key("29TĐ12345") == typed_key("29TD12345")


def test_regions_are_complete_and_named():
    """80 local codes, the central police and one legacy code; 31 provinces; both names of a merged province."""
    assert len(VN_REGIONS) == 82
    assert len(CN_REGIONS) == 31
    assert region_name(parse("98C12345")[0], "vi") == "Bắc Giang (Bắc Ninh)"
    assert region_name(parse("桂F12345")[0], "vi") == "Quảng Tây / Sùng Tả"
    assert region_name(parse("桂F12345")[0], "zh") == "广西 / 崇左"
    assert region_name(parse("云A12345")[0], "en") == "Yunnan"
    assert region_name(parse("TM1234")[0], "vi") is None


def test_latin_form_serves_those_who_cannot_read_the_character():
    """A Chinese plate has a Latin form; a Vietnamese one needs none."""
    assert latin_form("桂F12345") == "GUI-F12345"
    assert latin_form("桂F1234挂") == "GUI-F1234GUA"
    assert latin_form("12C34567") is None


def test_text_is_never_rewritten():
    """Look-alikes are not replaced: normalising changes case and separators only."""
    assert normalise("12c-O45.6I") == "12CO456I"
