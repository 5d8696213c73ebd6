"""The plate grammar: every class parses back, and the answer says when text alone cannot tell."""

import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.plate import (
    ALPHABET,
    CN_PROVINCES,
    CN_UNREAD_PROVINCE,
    VN_CODES,
    PlateColour,
    PlateCountry,
    PlateKind,
    format_plate,
    normalise,
    parse,
    plausible_colours,
    random_plate,
)

KINDS = [kind for kind in PlateKind if kind is not PlateKind.OTHER]
made_up_plates = st.builds(
    lambda seed, kind: (random_plate(random.Random(seed), kind), kind),
    st.integers(0, 2**32),
    st.sampled_from(KINDS),
)
any_text = st.text(alphabet=ALPHABET + CN_UNREAD_PROVINCE + " .-·đ", max_size=12)

TELLABLE_BY_TEXT = {
    PlateKind.VN_TRAILER,
    PlateKind.VN_TEMPORARY,
    PlateKind.VN_MILITARY,
    *(kind for kind in KINDS if kind.startswith("cn_")),
}
LOOK_ALIKE = (
    {PlateKind.VN_CIVIL, PlateKind.VN_MOTORCYCLE},
    {PlateKind.VN_ZONE, PlateKind.VN_MOTORCYCLE},
    {PlateKind.VN_MACHINE, PlateKind.VN_MOTORCYCLE},
    {PlateKind.VN_SPECIAL, PlateKind.VN_MOTORCYCLE},
    {PlateKind.VN_DIPLOMATIC, PlateKind.VN_MOTORCYCLE},
)

# The grammar once more, written as plainly as the circulars state it, to hold the fast one against.
PP = "(1[1-24-9]|2[0-9]|3[0-9]|4[013789]|[5-7][0-9]|8[0-689]|9[0-5789])"
LETTER = "[ABCDEFGHKLMNPSTUVXYZ]"
RESERVED = "(?!KT|CD|MK|HC|LD|DA|NG|QT|CV|NN)"
PA = f"[{CN_PROVINCES}?][A-HJ-NP-Z]"
X = "[A-HJ-NP-Z0-9]"
STATED = {
    PlateKind.VN_CIVIL: rf"{PP}{LETTER}\d{{4,5}}|13{LETTER}\d{{4}}",
    PlateKind.VN_TRAILER: rf"{PP}(RM\d{{5}}|R\d{{4,5}})|13R\d{{4}}",
    PlateKind.VN_SPECIAL: rf"{PP}(KT|CD|MK|TĐ|TD|HC|LD|DA|MĐ|MD)\d{{4,5}}",
    PlateKind.VN_TEMPORARY: rf"T{PP}\d{{5}}",
    PlateKind.VN_DIPLOMATIC: rf"{PP}\d{{3}}(NG|QT|CV|NN)\d{{2}}|{PP}(NG|QT|CV|NN)\d{{5}}",
    PlateKind.VN_ZONE: rf"{PP}{RESERVED}{LETTER}{{2}}\d{{5}}",
    PlateKind.VN_MACHINE: rf"{PP}{RESERVED}{LETTER}{{2}}\d{{4}}",
    PlateKind.VN_MOTORCYCLE: rf"{PP}({LETTER}[1-9]|{LETTER}{{2}}|MĐ[1-9]|MD[1-9])\d{{4,5}}",
    PlateKind.VN_MILITARY: r"[A-Z]{2}\d{4}",
    PlateKind.CN_ORDINARY: rf"[{CN_PROVINCES}?][A-HJ-Z](?=(?:[0-9]*[A-Z]){{0,2}}[0-9]*$){X}{{5}}",
    PlateKind.CN_TRAILER: rf"{PA}{X}{{4}}挂",
    PlateKind.CN_SUFFIX: rf"{PA}{X}{{4}}[学警港澳领试超]",
    PlateKind.CN_NEV_SMALL: rf"{PA}[A-HJK]{X}\d{{4}}",
    PlateKind.CN_NEV_LARGE: rf"{PA}\d{{5}}[A-HJK]",
    PlateKind.CN_EMBASSY: r"使\d{6}",
    PlateKind.CN_AIRPORT: r"民航[A-HJ-NP-Z]\d{4}",
    PlateKind.CN_OTHER: rf"WJ([{CN_PROVINCES}]\d{{4}}{X}|\d{{2}}{X}\d{{4}})",
}


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("12c-345.67", PlateKind.VN_CIVIL, "12C-345.67"),
        ("12C3456", PlateKind.VN_CIVIL, "12C-3456"),
        ("29T12345", PlateKind.VN_CIVIL, "29T-123.45"),
        ("13C1234", PlateKind.VN_CIVIL, "13C-1234"),
        ("15RM-001.23", PlateKind.VN_TRAILER, "15RM-001.23"),
        ("15R-123.45", PlateKind.VN_TRAILER, "15R-123.45"),
        ("15R1234", PlateKind.VN_TRAILER, "15R-1234"),
        ("51LD-123.45", PlateKind.VN_SPECIAL, "51LD-123.45"),
        ("29KT-123.45", PlateKind.VN_SPECIAL, "29KT-123.45"),
        ("80CD-123.45", PlateKind.VN_SPECIAL, "80CD-123.45"),
        ("29tđ-123.45", PlateKind.VN_SPECIAL, "29TĐ-123.45"),
        ("29TD-123.45", PlateKind.VN_SPECIAL, "29TD-123.45"),
        ("74LB-023.50", PlateKind.VN_ZONE, "74LB-023.50"),
        ("12XA-0123", PlateKind.VN_MACHINE, "12XA-0123"),
        ("T80-235.88", PlateKind.VN_TEMPORARY, "T80-235.88"),
        ("80-011-NG-01", PlateKind.VN_DIPLOMATIC, "80-011-NG-01"),
        ("80NG01101", PlateKind.VN_DIPLOMATIC, "80-NG-011-01"),
        ("TM-12-34", PlateKind.VN_MILITARY, "TM-12-34"),
        ("59P2-123.45", PlateKind.VN_MOTORCYCLE, "59-P2 123.45"),
        ("29MĐ1-123.45", PlateKind.VN_MOTORCYCLE, "29-MĐ1 123.45"),
        ("桂F·12345", PlateKind.CN_ORDINARY, "桂F·12345"),
        ("桂 F 1a2B5", PlateKind.CN_ORDINARY, "桂F·1A2B5"),
        ("桂F1234挂", PlateKind.CN_TRAILER, "桂F·1234挂"),
        ("粤Z1234港", PlateKind.CN_SUFFIX, "粤Z·1234港"),
        ("桂F1234超", PlateKind.CN_SUFFIX, "桂F·1234超"),
        ("使123456", PlateKind.CN_EMBASSY, "使123·456"),
        ("民航-B1234", PlateKind.CN_AIRPORT, "民航·B1234"),
        ("桂FD12345", PlateKind.CN_NEV_SMALL, "桂F·D12345"),
        ("桂FDF2345", PlateKind.CN_NEV_SMALL, "桂F·DF2345"),
        ("桂F12345D", PlateKind.CN_NEV_LARGE, "桂F·12345D"),
        ("?F12345", PlateKind.CN_ORDINARY, "?F·12345"),
        ("桂O12345", PlateKind.CN_ORDINARY, "桂O·12345"),
        ("WJ桂1234X", PlateKind.CN_OTHER, "WJ桂·1234X"),
        ("WJ07-X0230", PlateKind.CN_OTHER, "WJ07·X0230"),
        ("WJ16 93015", PlateKind.CN_OTHER, "WJ16·93015"),
    ],
)
def test_each_class_is_known_and_shown_as_people_write_it(text, kind, shown):
    """A typed text finds its class first and is shown with the separators of that class."""
    assert parse(text)[0].kind is kind
    assert format_plate(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("12I12345", "12W12345", "12J12345", "12O12345", "12Q12345"),  # letters no series uses
        *("12RM1234", "12C123", "12C1234567", "T291234", "12CC123"),  # too short, too long
        *("12C00000", "12C0000", "桂F0000挂", "80000NG01"),  # numbers begin at 1
        *("13C12345", "13RM12345", "13LD1234", "T1312345"),  # Hà Bắc ended before five digits came
        *("桂F1ABC2", "桂F1I345", "桂I12345", "桂FO1234挂", "桂FL12345", "桂F12345L"),  # letters China does not use
        *(
            "",
            "ABC",
            "桂12345",
            "F12345",
            "12345",
            "使12345",
            "挂",
            "?",
            "港F12345",
            "民B1234",
            "民航B12345",
            "航B1234",
        ),
        *("TM12345", "T1234", "TĐ1234", "12٣45678"),
    ],
)
def test_what_no_authority_issues_has_no_class(text):
    """Letters, codes and numbers that are never issued do not parse, and are shown as they came."""
    assert parse(text) == ()
    assert format_plate(text) == text


def test_eighty_two_codes_parse_and_the_rest_do_not():
    """80 local codes, the central police and, on four digits, Hà Bắc; not 10 42 44 45 46 87 91 96."""
    assert len(VN_CODES) == 82
    for number in range(100):
        code = f"{number:02d}"
        assert bool(parse(f"{code}C1234")) == (code in VN_CODES)
    for code in ("10", "42", "44", "45", "46", "87", "91", "96"):
        assert not parse(f"{code}C12345")
        assert not parse(f"T{code}12345")


@given(made_up_plates)
def test_made_up_plate_parses_back_to_itself(made_up):
    """Every made-up plate is found again under its own class, in the one country, with its parts in place."""
    text, kind = made_up
    plate = next(p for p in parse(text) if p.kind is kind)
    assert plate.text == text
    assert plate.country.value.lower() == kind.value[:2]
    for part in (plate.region, plate.serial, plate.suffix):
        assert part in text
    assert set(text) <= set(ALPHABET)


@given(made_up_plates)
def test_what_people_see_is_the_same_plate(made_up):
    """A plate written for people and typed back is the same text, in lower case too."""
    text, _ = made_up
    assert normalise(format_plate(text)) == text
    assert normalise(format_plate(text).lower()) == text
    assert parse(format_plate(text)) == parse(text)


@given(made_up_plates)
def test_classes_share_a_text_only_where_text_alone_cannot_tell(made_up):
    """Trailers, temporary, military and all Chinese plates stand alone; the rest share with motorcycles only."""
    text, kind = made_up
    kinds = {plate.kind for plate in parse(text)}
    if kind in TELLABLE_BY_TEXT:
        assert kinds == {kind}
    else:
        assert len(kinds) == 1 or kinds in LOOK_ALIKE


@given(
    st.one_of(any_text, made_up_plates.map(lambda made_up: made_up[0])), st.integers(0, 12), st.sampled_from(ALPHABET)
)
@example("29TD1234", 8, "5")
@example("80NG1110", 8, "1")
def test_grammar_says_what_the_circulars_state(text, place, character):
    """The classes of a text, right or with a character planted, are those of the plainly written grammar."""
    for candidate in (text, text[:place] + character + text[place + 1 :]):
        plain = normalise(candidate)
        stated = {kind for kind, pattern in STATED.items() if re.fullmatch(pattern, plain)}
        found = {plate.kind for plate in parse(candidate)}
        # that numbers begin at 1 is tested on its own
        assert found == stated or (found < stated and "000" in plain)


@given(any_text)
def test_any_text_belongs_to_one_country_or_none(text):
    """No text is taken for a Vietnamese and a Chinese plate at once, and no class comes twice."""
    plates = parse(text)
    assert len({plate.country for plate in plates}) <= 1
    assert len({plate.kind for plate in plates}) == len(plates)


@given(st.text(max_size=20))
def test_any_input_has_an_answer(text):
    """Whatever is typed, parsing answers; what it finds consists of plate characters."""
    for plate in parse(text):
        assert set(plate.text) <= set(ALPHABET + CN_UNREAD_PROVINCE)
        assert plate.colours


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("12c - 345.67", "12C34567"),
        (" 12C–345·67\n", "12C34567"),
        ("29tđ_123:45", "29TĐ12345"),
        ("29TÐ12345", "29TĐ12345"),
        ("桂F・１２３４５", "桂F12345"),
        ("12c-O45.6I", "12CO456I"),
    ],
)
def test_normalising_changes_case_width_and_separators_only(typed, plain):
    """Separators of both countries go, full-width characters become plain, Đ stays, look-alikes are not replaced."""
    assert normalise(typed) == plain
    assert normalise(plain) == plain


def test_series_t_and_temporary_plates_are_told_apart():
    """A T behind the code is a civil series, a T before it a temporary plate."""
    assert parse("29T12345")[0].kind is PlateKind.VN_CIVIL
    assert [plate.kind for plate in parse("T2912345")] == [PlateKind.VN_TEMPORARY]
    assert parse("T2912345")[0].region == "29"


def test_d_with_its_stroke_lost_still_names_the_series():
    """TD and MD are read as TĐ and MĐ; the text stays as it was read."""
    plate = parse("29TD12345")[0]
    assert (plate.text, plate.series, plate.kind) == ("29TD12345", "TĐ", PlateKind.VN_SPECIAL)
    assert {p.kind for p in parse("29TD12345")} == {PlateKind.VN_SPECIAL, PlateKind.VN_ZONE, PlateKind.VN_MOTORCYCLE}


def test_diplomatic_groups_are_found_in_both_orders():
    """Long and short plates of one vehicle have the same parts."""
    long, short = parse("80011NG01")[0], parse("80NG01101")[0]
    assert (long.series, long.serial, long.suffix) == (short.series, short.serial, short.suffix) == ("NG", "011", "01")


def test_unread_province_leaves_the_region_open():
    """A question mark stands for a province character that nobody could read."""
    plate = parse("?F1234挂")[0]
    assert (plate.country, plate.kind, plate.region, plate.series) == (PlateCountry.CN, PlateKind.CN_TRAILER, "", "F")


@given(made_up_plates)
def test_colour_and_lines_narrow_but_never_lose_the_plate(made_up):
    """A colour its class can have keeps the class; a colour it cannot have keeps the text understood."""
    text, kind = made_up
    plate = next(p for p in parse(text) if p.kind is kind)
    for colour in plausible_colours(plate):
        assert kind in {p.kind for p in parse(text, colour=colour)}
    for colour in PlateColour:
        for lines in (None, 1, 2):
            found = parse(text, colour=colour, lines=lines)
            assert set(found) <= set(parse(text))
            assert found or kind is PlateKind.VN_MILITARY


def test_colour_and_lines_settle_what_letters_cannot():
    """A yellow two-letter plate in one row is of a zone, a white one a motorcycle's; a motorcycle has two rows."""
    assert [p.kind for p in parse("12AD12345", colour=PlateColour.YELLOW, lines=1)] == [PlateKind.VN_ZONE]
    assert [p.kind for p in parse("12AD12345", colour=PlateColour.WHITE)] == [PlateKind.VN_MOTORCYCLE]
    assert [p.kind for p in parse("12H41234")] == [PlateKind.VN_CIVIL, PlateKind.VN_MOTORCYCLE]
    assert [p.kind for p in parse("12H41234", lines=1)] == [PlateKind.VN_CIVIL]
    assert [p.kind for p in parse("80NG01101", colour=PlateColour.WHITE, lines=1)] == [PlateKind.VN_DIPLOMATIC]


def test_military_plates_are_red():
    """Two letters and four digits are military on red or unknown colour, and nothing on another."""
    assert parse("TM1234", colour=PlateColour.RED)
    assert parse("TM1234")
    for colour in set(PlateColour) - {PlateColour.RED, PlateColour.UNKNOWN}:
        assert parse("TM1234", colour=colour) == ()


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("12C34567", {"white", "yellow", "blue"}),
        ("12X34567", {"white", "yellow"}),  # no series of the State
        ("80CD12345", {"blue"}),
        ("74LB02350", {"yellow"}),
        ("TM1234", {"red"}),
        ("桂F12345", {"blue", "yellow"}),
        ("桂F1234挂", {"yellow"}),
        ("桂F1234学", {"yellow"}),
        ("桂F1234警", {"white"}),
        ("粤Z1234港", {"black"}),
        ("桂FD12345", {"green"}),
        ("桂F12345D", {"yellow_green"}),
        ("使123456", {"black"}),
        ("民航B1234", {"green"}),
    ],
)
def test_each_class_has_its_colours(text, colours):
    """The colours that a plate can have are those of its class and series, so that a contradiction shows."""
    assert plausible_colours(parse(text)[0]) == colours


def test_there_is_no_made_up_plate_without_a_grammar():
    """Asking for a plate of no class says which classes there are."""
    with pytest.raises(ValueError, match="vn_civil"):
        random_plate(random.Random(0), PlateKind.OTHER)


def test_alphabet_keeps_its_order():
    """Models write characters by their place: the first 79 never move, each occurs once."""
    assert ALPHABET.startswith(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZĐ桂粤云湘贵川渝鄂豫鲁冀苏浙闽赣皖京津沪晋陕甘青宁新藏蒙琼辽吉黑挂学警港澳领试超使民航"
    )
    assert len(set(ALPHABET)) == len(ALPHABET)
