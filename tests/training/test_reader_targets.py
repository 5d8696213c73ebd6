"""What the reader is taught to say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.plate import ALPHABET
from training.reader.targets import COLUMNS, IGNORED, WIDTH, decode, encode, frames_of, parted

_CELL_PX = WIDTH / 10


def _characters(text: str, row: int = 0) -> list[tuple[str, float, float, int]]:
    return [(character, (place + 0.5) * _CELL_PX, _CELL_PX * 0.8, row) for place, character in enumerate(text)]


@given(st.text("0123456789ABCĐ桂挂", min_size=1, max_size=4), st.text("0123456789ABC", min_size=1, max_size=6))
def test_frames_of_two_rows_spell_the_plate(upper: str, lower: str) -> None:
    """Repeated characters included: what is left open may be read as nothing, and the text is whole."""
    frames = parted(frames_of([*_characters(upper), *_characters(lower, 1)])[np.newaxis])[0]
    assert decode(np.where(frames == IGNORED, 0, frames)) == upper + lower


def test_equal_neighbours_get_a_gap_and_others_stay_open() -> None:
    """Between two 2s that are all open between them something says "nothing"; between 2 and 3 nothing is decided."""
    two, three = ALPHABET.index("2") + 1, ALPHABET.index("3") + 1
    frames = np.zeros((1, 2 * COLUMNS), np.int8)
    frames[0, 2:9] = [two, IGNORED, IGNORED, two, IGNORED, IGNORED, three]
    changed = parted(frames)[0]
    assert 0 in changed[3:5]
    assert list(changed[6:8]) == [IGNORED, IGNORED]
    assert (frames[0, 3:5] == IGNORED).all()


def test_texts_are_coded_by_the_alphabet() -> None:
    """Class 0 is nothing, class i the i-th character."""
    assert [ALPHABET[i - 1] for i in encode("桂F12345") if i] == list("桂F12345")
