"""How much is under way: all that a quick line takes, little on a slow one, never more than was allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.send_window import PASSAGES_FOR_A_PICTURE, SendWindow


class Line:
    """A line that carries everything under way in `round_s`, again and again."""

    def __init__(self, window: SendWindow) -> None:
        self.window = window
        self.now_s = 0.0

    def rounds(self, number: int, *, round_s: float, pictures: bool = False) -> int:
        """How many messages went in the last of them."""
        sent = 0
        for _ in range(number):
            room, for_pictures = self.window.room(passages=0, pictures=0)
            sent = for_pictures if pictures else room
            self.window.used(passages=0 if pictures else sent, pictures=for_pictures if pictures else 0)
            began_s, self.now_s = self.now_s, self.now_s + round_s
            self.window.came_back([began_s] * sent, pictures=sent if pictures else 0, now_s=self.now_s)
        return sent


@pytest.mark.parametrize(("pictures", "most"), [(False, 800), (True, 75)])
def test_a_quick_line_is_filled_to_what_is_allowed(pictures: bool, most: int) -> None:
    """Pictures leave a quarter for what happens meanwhile."""
    assert Line(SendWindow(100)).rounds(20, round_s=0.1, pictures=pictures) == most


@pytest.mark.parametrize(("pictures", "few"), [(False, 192), (True, 3)])
def test_a_slow_line_carries_little_at_once(pictures: bool, few: int) -> None:
    """A vehicle that passes now finds hardly anything before it; once the line is quick again it is filled again."""
    line = Line(SendWindow(100))
    assert line.rounds(20, round_s=5.0, pictures=pictures) == few
    assert line.rounds(20, round_s=0.1, pictures=pictures) >= 50


def test_what_went_before_the_window_shrank_does_not_shrink_it_again() -> None:
    """One jam is one jam, however many commits tell of it."""
    window = SendWindow(24)
    window.used(passages=192, pictures=0)
    for sent_s in (0.0, 0.1, 0.2):
        window.came_back([sent_s], pictures=0, now_s=3.0 + sent_s)
    assert window.size == 96
    window.came_back([3.1], pictures=0, now_s=9.0)
    assert window.size == 48


def test_a_window_that_is_not_filled_does_not_grow() -> None:
    """A vehicle now and then says nothing about how much the line could carry."""
    window = SendWindow(100)
    for second in range(500):
        window.used(passages=3, pictures=2)
        window.came_back([float(second)], pictures=0, now_s=second + 0.1)
    assert window.size == 192
    window.restart()
    assert window.size == 192


@given(
    most=st.integers(1, 1000),
    story=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 900), st.floats(0.0, 9.0), st.integers(0, 50))),
)
def test_whatever_happens_there_is_room_and_never_too_much(most: int, story: list[tuple[int, int, float, int]]) -> None:
    """At least one passage and one picture can always go when nothing is under way; never more than `most`."""
    window, now_s = SendWindow(most), 0.0
    for passages, pictures, waited_s, came in story:
        room, for_pictures = window.room(passages=passages, pictures=pictures)
        assert room + passages + pictures * PASSAGES_FOR_A_PICTURE <= max(
            most * PASSAGES_FOR_A_PICTURE, passages + pictures * PASSAGES_FOR_A_PICTURE
        )
        assert pictures + for_pictures <= max(pictures, 1, most * 3 // 4)
        window.used(passages=passages, pictures=pictures)
        now_s += waited_s
        window.came_back([now_s - waited_s] * came, pictures=came // 2, now_s=now_s)
        free, free_for_pictures = window.room(passages=0, pictures=0)
        assert free >= 1
        assert free_for_pictures >= 1
        assert window.size <= most * PASSAGES_FOR_A_PICTURE
