"""From steps to texts: the search agrees with adding up every path, and the two rows stay apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plate import ALPHABET, PlateColour, PlateKind
from edge.lpr import ctc
from edge.lpr.plate_text import text_of

_CLASSES = len(ALPHABET) + 1


def _steps(rows: tuple[str, str], *, sure: float = 0.97) -> ctc.Steps:
    """Steps that spell two rows, three steps a character and one of nothing."""
    steps = np.full((2 * ctc.COLUMNS, _CLASSES), (1 - sure) / (_CLASSES - 1), np.float32)
    steps[:, 0] = sure
    for row, text in enumerate(rows):
        for place, character in enumerate(text):
            start = row * ctc.COLUMNS + 1 + 4 * place
            steps[start : start + 3, 0] = (1 - sure) / (_CLASSES - 1)
            steps[start : start + 3, ALPHABET.index(character) + 1] = sure
    return steps


def _text(path: tuple[int, ...]) -> str:
    return "".join(ALPHABET[i - 1] for i in path)


@given(st.text("0123456789ABCDEĐ", max_size=4), st.text("0123456789ABCDE", min_size=1, max_size=9))
def test_clear_rows_are_spelt_one_after_the_other(upper: str, lower: str) -> None:
    """Whatever two rows say, repeated characters and an empty upper row too, comes out whole."""
    steps = _steps((upper, lower))
    classes, places = ctc.greedy(steps)
    assert _text(tuple(classes)) == upper + lower
    assert _text(ctc.likeliest(steps)[0][0]) == upper + lower
    assert ctc.places_of(steps, tuple(classes)) == pytest.approx(places, abs=2)


def test_one_character_at_the_end_of_a_row_and_the_start_of_the_next_is_two() -> None:
    """An 8 that ends the upper row and an 8 that begins the lower one touch in the steps, and are two."""
    steps = _steps(("", ""))
    eight = ALPHABET.index("8") + 1
    for step in (ctc.COLUMNS - 1, ctc.COLUMNS):
        steps[step, 0], steps[step, eight] = 1e-4, 0.97
    assert ctc.likeliest(steps)[0][0] == (eight, eight)
    assert ctc.greedy(steps)[0] == [eight, eight]
    assert ctc.places_of(steps, (eight, eight)) == [ctc.COLUMNS - 1, ctc.COLUMNS]


@given(st.integers(0, 2**32 - 1))
def test_probabilities_are_those_of_all_paths(seed: int) -> None:
    """On four open steps the search finds what adding up every path finds, sudden changes weighed less."""
    rng = np.random.default_rng(seed)
    steps = np.zeros((2 * ctc.COLUMNS, _CLASSES), np.float32)
    steps[:, 0] = 1.0
    open_steps = range(3, 7)
    for step in open_steps:
        steps[step, :4] = rng.dirichlet(np.ones(4))
    expected: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(4), repeat=4):
        text = tuple(c for c, before in zip(path, (0, *path), strict=False) if c not in (0, before))
        chance = float(np.prod([steps[step, c] for step, c in zip(open_steps, path, strict=True)]))
        for step, before, c in zip(range(4, 7), path, path[1:], strict=False):
            chance *= ctc.unlike_before(steps, step) if before != c and before and c else 1.0
        expected[text] = expected.get(text, 0.0) + chance
    found = dict(ctc.likeliest(steps, beam=400))
    best = max(expected, key=lambda text: expected[text])
    assert found[best] == pytest.approx(expected[best], abs=0.03)
    assert sum(found.values()) <= 1 + 1e-4


def test_a_doubtful_place_takes_the_character_that_the_grammar_wants() -> None:
    """Where 8 and B are about equal in the letter's place, the letter is read, and the 8 stays a candidate's."""
    steps = _steps(("12B", "34567"))
    letter = slice(9, 12)
    steps[letter, ALPHABET.index("B") + 1], steps[letter, ALPHABET.index("8") + 1] = 0.44, 0.53
    read = text_of(steps, PlateColour.YELLOW)
    assert read is not None
    assert (read.text, read.kind, read.lines) == ("12B34567", PlateKind.VN_CIVIL, 2)
    assert {option for option, _ in read.lattice[2][:2]} == {"8", "B"}


def test_steps_that_say_nothing_are_no_read() -> None:
    """Nothing on any step is no text, not an empty one."""
    assert text_of(_steps(("", ""), sure=1.0), PlateColour.WHITE) is None


def test_a_faint_province_is_taken_where_only_a_chinese_plate_fits() -> None:
    """A province character that "nothing" outweighs is still read where the rest is a Chinese plate's."""
    steps = _steps(("F1234挂", ""))
    steps[0] = 1e-5
    steps[0, 0], steps[0, ALPHABET.index("桂") + 1] = 0.8, 0.2
    read = text_of(steps, PlateColour.YELLOW)
    assert read is not None
    assert read.text == "桂F1234挂"


def test_a_province_that_nothing_was_seen_of_is_left_open() -> None:
    """The rest is kept, the province is a question, and the read is never sure."""
    steps = _steps(("F1234挂", ""), sure=0.9999)
    read = text_of(steps, PlateColour.YELLOW)
    assert read is not None
    assert read.text == "?F1234挂"
    assert len(read.lattice) == len(read.text)
    assert read.confidence < 0.7


def test_a_plate_of_another_country_is_read_with_doubt() -> None:
    """What looks foreign is less sure to be one of ours, in the same words."""
    steps = _steps(("29C12345", ""))
    ours, foreign = text_of(steps, PlateColour.WHITE), text_of(steps, PlateColour.WHITE, ours=0.1)
    assert ours is not None
    assert foreign is not None
    assert foreign.text == ours.text
    assert foreign.confidence < 0.2 < ours.confidence
