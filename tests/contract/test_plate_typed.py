"""Plates as people type them, and the names of who issued them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plate import (
    CN_PROVINCES,
    VN_CODES,
    PlateCountry,
    PlateKind,
    latin_form,
    normalise,
    parse,
    parse_typed,
    random_plate,
    region_name,
    typed_forms,
    typed_key,
)
from contract.regions import CN_REGIONS, CN_TYPED_PREFIXES, VN_REGIONS

made_up_texts = st.builds(
    lambda seed, kind: random_plate(random.Random(seed), kind),
    st.integers(0, 2**32),
    st.sampled_from([kind for kind in PlateKind if kind is not PlateKind.OTHER]),
)


def same_vehicle(one, other):
    """Whether two plates agree in all that both say."""
    regions = {one.region, other.region} - {""}
    return len(regions) <= 1 and (one.country, one.series, one.serial, one.suffix) == (
        other.country,
        other.series,
        other.serial,
        other.suffix,
    )


@given(made_up_texts)
def test_every_typed_form_means_the_plate(text):
    """A plate is among its own typed forms, and each form can be understood as that plate."""
    forms = typed_forms(text)
    assert text in forms
    plate = parse(text)[0]
    for form in forms:
        assert normalise(form) == form
        assert any(same_vehicle(plate, meant) for meant in parse_typed(form)), form


@given(made_up_texts)
def test_typed_forms_share_the_key_of_the_plate(text):
    """A plate is found by its key however it was typed, save the few texts that can be cut in two ways."""
    key = typed_key(text)
    for form in typed_forms(text):
        assert typed_key(form) == key or len(parse_typed(form)) > 1
    assert typed_key(key) == key or parse(text)[0].kind is PlateKind.CN_EMBASSY


@pytest.mark.parametrize(
    "typed",
    ["桂F12345", "GUI F12345", "QUE-F12345", "Quế F12345", "QT-F12345", "Quảng Tây F-123.45", "F12345", "?F12345"],
)
def test_chinese_plate_is_found_however_it_was_typed(typed):
    """Each way an officer types a Chinese plate means that plate and has its key."""
    assert typed_key(typed) == typed_key("桂F·12345") == "F12345"
    assert any(same_vehicle(parse("桂F12345")[0], meant) for meant in parse_typed(typed))


@pytest.mark.parametrize(
    "typed", ["F1234挂", "F1234 GUA", "F1234G", "GUI-F1234-GUA", "桂F1234挂", "桂F1234 GUA", "QT-F1234G"]
)
def test_chinese_trailer_is_found_however_it_was_typed(typed):
    """Each way an officer types a trailer plate is a known form with its key."""
    assert normalise(typed) in typed_forms("桂F1234挂")
    assert typed_key(typed) == typed_key("桂F1234挂")


def test_text_that_can_mean_several_plates_brings_all_of_them():
    """A prefix that provinces share, a G that may be a 挂, and a letter that may be a province stay open."""
    assert {plate.text for plate in parse_typed("GUIF12345")} == {"桂F12345", "贵F12345"}
    assert [plate.kind for plate in parse_typed("F1234G")] == [PlateKind.CN_ORDINARY, PlateKind.CN_TRAILER]
    assert [plate.text for plate in parse_typed("EF12345")] == ["?EF12345", "鄂F12345"]
    assert [plate.text for plate in parse_typed("FA1234")] == ["FA1234", "?FA1234"]


def test_bare_number_has_no_province():
    """Where no province was typed none is made up."""
    assert [(plate.text, plate.region) for plate in parse_typed("F 123.45")] == [("?F12345", "")]


@pytest.mark.parametrize("typed", ["", "12C", "HELLO", "挂", "ABCDEFGHIJK", "F1O345", "12C1234567", "G", "GUA", "SHI"])
def test_what_is_no_plate_means_nothing_and_keeps_its_text_as_key(typed):
    """A text of no class has no meaning and is its own key, so that it can still be compared."""
    assert parse_typed(typed) == ()
    assert typed_forms(typed) == {typed}
    assert typed_key(typed) == typed


@given(st.text(max_size=20))
def test_any_input_has_an_answer_as_typed(text):
    """Whatever is typed, there is a key, and the forms hold the text."""
    assert isinstance(typed_key(text), str)
    assert normalise(text) in typed_forms(text)


def test_different_numbers_have_different_keys():
    """A key never joins two numbers, two agencies or a lorry with a trailer's number."""
    texts = [
        "桂F12345",
        "桂F12346",
        "桂A12345",
        "桂F1234挂",
        "桂FD12345",
        "桂F12345D",
        "12F12345",
        "12C1234",
        "T1212345",
    ]
    assert len({typed_key(text) for text in texts}) == len(texts)


def test_d_with_stroke_is_found_when_typed_as_d():
    """Đ is kept in the text and also found as D, and the other way round."""
    assert typed_forms("29TĐ12345") == typed_forms("29TD12345") == {"29TĐ12345", "29TD12345"}
    assert typed_key("29TĐ12345") == typed_key("29TD12345")


def test_diplomatic_plate_is_found_in_both_orders():
    """The long and the short plate of one vehicle share forms and key."""
    assert typed_forms("80011NG01") == typed_forms("80NG01101") == {"80011NG01", "80NG01101"}
    assert typed_key("80011NG01") == typed_key("80NG01101")


def test_latin_form_serves_those_who_cannot_read_the_character():
    """A Chinese plate has a Latin form, which is also a typed one; a Vietnamese plate needs none."""
    assert latin_form("桂F12345") == "GUI-F12345"
    assert latin_form("桂F1234挂") == "GUI-F1234GUA"
    assert latin_form("?F12345") == "?-F12345"
    assert latin_form("使123456") == "SHI-123456"
    assert latin_form("民航B1234") == "MINHANG-B1234"
    assert latin_form("12C34567") is None
    assert latin_form("nonsense") is None
    assert normalise(latin_form("粤Z1234港")) in typed_forms("粤Z1234港")


def test_every_region_is_named_in_three_languages():
    """All local codes and provinces have a Vietnamese, an English and a Chinese name, English without marks."""
    assert set(VN_REGIONS) == VN_CODES
    assert set(CN_REGIONS) == set(CN_TYPED_PREFIXES) == set(CN_PROVINCES)
    for names in (*VN_REGIONS.values(), *CN_REGIONS.values()):
        assert set(names) == {"vi", "en", "zh"}
        assert all(names.values())
        assert names["en"].replace("–", "-").isascii()
        assert ord(names["zh"][0]) > 0x4E00


@pytest.mark.parametrize(
    ("text", "vi", "en", "zh"),
    [
        ("12C34567", "Lạng Sơn", "Lang Son", "谅山"),
        ("98C12345", "Bắc Giang (Bắc Ninh)", "Bac Giang (Bac Ninh)", "北江 (北宁)"),
        ("61C12345", "Bình Dương (TP. Hồ Chí Minh)", "Binh Duong (Ho Chi Minh City)", "平阳 (胡志明市)"),
        ("80A12345", "Cục Cảnh sát giao thông", "Traffic Police Department", "交通警察局"),
        ("桂F12345", "Quảng Tây / Sùng Tả", "Guangxi / Chongzuo", "广西 / 崇左"),
        ("桂S12345", "Quảng Tây", "Guangxi", "广西"),
        ("豫A12345", "Hà Nam (TQ)", "Henan", "河南"),
    ],
)
def test_region_is_named_as_officers_know_it(text, vi, en, zh):
    """Vietnamese codes show the old name with the new one behind it, Guangxi plates their city."""
    plate = parse(text)[0]
    assert (region_name(plate, "vi"), region_name(plate, "en"), region_name(plate, "zh")) == (vi, en, zh)


@pytest.mark.parametrize("text", ["TM1234", "使123456", "?F12345"])
def test_plate_that_does_not_say_has_no_region(text):
    """Military and embassy plates, and an unread province, have no name."""
    assert region_name(parse(text)[0], "vi") is None


def test_merger_of_2025_left_34_provinces():
    """Counting today's names gives the 34 provinces of 1 July 2025."""
    today = {names["vi"].rpartition("(")[2].rstrip(")") for code, names in VN_REGIONS.items() if code != "80"}
    assert len(today) == 34


def test_country_of_typed_text_is_not_mixed_up():
    """A Vietnamese text is never understood as a Chinese plate whose province was left out."""
    assert {plate.country for plate in parse_typed("12C34567")} == {PlateCountry.VN}
