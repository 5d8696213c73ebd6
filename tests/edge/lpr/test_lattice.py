"""From characters to a text: the grammar helps where the picture is in doubt and never overrules what is clear."""

from __future__ import annotations

import pytest

from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.lpr.lattice import decide, most_likely_texts
from edge.lpr.types import Position, Read


def _clear(text: str) -> tuple[Position, ...]:
    return tuple(((character, 0.98), ("X", 0.01)) for character in text)


def _decided(lattice: tuple[Position, ...], *, colour: PlateColour = PlateColour.UNKNOWN, lines: int = 1) -> Read:
    read = decide(lattice, colour=colour, lines=lines)
    assert read is not None
    return read


def test_a_clear_plate_is_itself() -> None:
    """A plate read clearly keeps its text, its class and a high confidence."""
    read = _decided(_clear("12C34567"))
    assert (read.text, read.country, read.kind) == ("12C34567", PlateCountry.VN, PlateKind.VN_CIVIL)
    assert read.confidence > 0.9


def test_a_clear_text_that_no_one_issues_stays_as_it_was_read() -> None:
    """Eight clear letters do not become a plate by force."""
    read = _decided(_clear("PARKHERE"))
    assert read.text == "PARKHERE"
    assert not read.fits_grammar


@pytest.mark.parametrize(
    ("colour", "last"), [(PlateColour.BLUE, "试"), (PlateColour.BLACK, "澳"), (PlateColour.UNKNOWN, "澳")]
)
def test_colour_decides_between_look_alikes(colour: PlateColour, last: str) -> None:
    """Macao's plates are black, those for tests are blue or yellow; without a colour the picture decides."""
    assert _decided((*_clear("粤Z1234"), (("澳", 0.6), ("试", 0.38))), colour=colour).text == f"粤Z1234{last}"


def test_a_clear_plate_of_another_colour_stays_itself() -> None:
    """The camera may have judged the colour wrongly."""
    assert _decided(_clear("粤Z1234澳"), colour=PlateColour.BLUE).text == "粤Z1234澳"


def test_grammar_decides_between_look_alikes() -> None:
    """Where the picture says 8 or B about equally, the place for a letter takes the letter."""
    lattice = (*_clear("12"), (("8", 0.52), ("B", 0.45)), *_clear("34567"))
    assert _decided(lattice).text == "12B34567"


def test_grammar_does_not_overrule_a_clear_character() -> None:
    """A digit read at 0.999 where a letter should stand is not turned into that letter."""
    lattice = (*_clear("12"), (("8", 0.9995), ("B", 0.0002)), *_clear("34567"))
    assert _decided(lattice).text == "12834567"


def test_a_doubtful_place_may_be_an_emblem() -> None:
    """A faint character between two clear groups is left out when the plate is complete without it."""
    lattice = (*_clear("12C345"), (("U", 0.4), ("V", 0.1)), *_clear("67"))
    read = _decided(lattice)
    assert read.text == "12C34567"
    assert len(read.lattice) == len(read.text)


def test_letters_that_no_plate_has_are_the_digits_of_their_shape() -> None:
    """I and O are read, 1 and 0 are meant: neither country uses those letters in a number."""
    assert _decided(_clear("12CIO567")).text == "12C10567"


def test_an_unread_province_is_said_and_is_never_sure() -> None:
    """With no trace of the province character the text says so, and even a clear rest is no sure read."""
    hidden: Position = (("", 0.9), ("?", 0.1))
    read = _decided((hidden, *_clear("AT5638")), colour=PlateColour.YELLOW)
    assert read.text == "?AT5638"
    assert 0.2 < read.confidence < 0.7


def test_no_place_of_the_wire_is_empty() -> None:
    """A place that may be left out never travels as an empty character."""
    hidden: Position = (("", 0.9), ("桂", 0.08), ("?", 0.02))
    plate = _decided((hidden, *_clear("AT5638")), colour=PlateColour.YELLOW).as_plate_read()
    assert plate.text == "桂AT5638"
    assert all(candidate.text for position in plate.lattice for candidate in position)


def test_nothing_read_is_nothing() -> None:
    """No places, no text."""
    assert decide((), colour=PlateColour.UNKNOWN, lines=1) is None


def test_texts_come_in_order_of_their_probability() -> None:
    """The best texts of a lattice, best first, with the products of their characters' shares."""
    lattice = ((("A", 0.9), ("B", 0.1)), (("1", 0.6), ("7", 0.4)))
    found = most_likely_texts(lattice)
    assert [text for text, _ in found] == ["A1", "A7", "B1", "B7"]
    assert [p for _, p in found] == pytest.approx([0.54, 0.36, 0.06, 0.04])
