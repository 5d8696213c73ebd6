"""Rows of text in a picture, of some engine, become containers' markings."""

from __future__ import annotations

import numpy as np
import pytest

from edge.frame import Image
from edge.lpr.container import ContainerDoubt, ContainerRead, ContainerUnread, choose
from edge.lpr.container_rows import RowContainerReader, longer
from edge.lpr.preprocess import box_of
from edge.lpr.types import Corners, Position

PICTURE = np.zeros((400, 600, 3), np.uint8)
HEIGHT = 20


def row_at(x: float, y: float, text: str) -> Corners:
    """A row of text, fourteen pixels a character."""
    x2 = x + 14 * len(text)
    return (x, y), (x2, y), (x2, y + HEIGHT), (x, y + HEIGHT)


class PaintedText:
    """An engine that sees what was painted: texts at places. `overlooked` ones are read only within a longer row."""

    def __init__(
        self, *painted: tuple[float, float, str], overlooked: tuple[tuple[float, float, str], ...] = ()
    ) -> None:
        self._rows = [row_at(*place) for place in painted]
        self._painted = [*painted, *overlooked]
        self.asked: list[Corners] = []

    def find_rows(self, image: Image) -> list[Corners]:
        assert image is PICTURE
        return self._rows

    def read_row(self, image: Image, corners: Corners) -> tuple[Position, ...]:
        assert image is PICTURE
        self.asked.append(corners)
        row = box_of(corners)
        inside = [
            (x, text)
            for x, y, text in self._painted
            if row.x1 - 1 <= x and x + 14 * len(text) <= row.x2 + 1 and abs(y - row.y1) < 5
        ]
        return tuple(((character, 0.99),) for _, text in sorted(inside) for character in text)


def told(*painted: tuple[float, float, str], overlooked: tuple[tuple[float, float, str], ...] = ()) -> list[str]:
    """The codes that a picture gives."""
    verdicts = [
        choose(seen.lattice)
        for seen in RowContainerReader(PaintedText(*painted, overlooked=overlooked)).read_picture(PICTURE)
    ]
    return [verdict.text for verdict in verdicts if isinstance(verdict, ContainerRead)]


@pytest.mark.parametrize(
    "painted",
    [
        [(100, 50, "TSTU1000019")],
        [(100, 50, "TSTU"), (200, 52, "1000019")],
        [(100, 50, "TSTU"), (200, 48, "100001"), (300, 50, "9")],
        [(300, 50, "9"), (100, 50, "TSTU"), (200, 48, "100001")],
        [(100, 50, "TSTU"), (100, 78, "1000019")],
        [(100, 50, "TSTU"), (100, 78, "100001"), (205, 78, "9")],
        [(100, 50, "TSTU"), (100, 78, "100"), (100, 106, "001"), (100, 134, "9")],
    ],
    ids=["one row", "two", "three", "any order", "two lines", "digit apart", "four lines"],
)
def test_code_is_joined_from_its_rows(painted: list[tuple[float, float, str]]) -> None:
    """However an engine cuts a marking into rows, it becomes one code, beside all that is painted on a door."""
    door = [(200, 80, "22G1"), (120, 200, "MAX"), (170, 200, "30480"), (250, 200, "KGS"), (120, 230, "CUCAP")]
    if painted[-1][1] == 50 or painted[0][2] == "9":
        painted = painted + door
    assert told(*painted) == ["TSTU1000019"]


def test_overlooked_box_is_looked_for_behind_the_number() -> None:
    """Engines overlook a boxed digit; the row is read again with the room behind it."""
    assert told((100, 50, "TSTU"), (180, 50, "100001"), overlooked=((290, 50, "9"),)) == ["TSTU1000019"]
    assert told((100, 50, "TSTU100001"), overlooked=((290, 50, "9"),)) == ["TSTU1000019"]


def test_box_that_is_not_there_is_not_made_up() -> None:
    """The ten other characters determine the check digit; it is not told all the same."""
    (seen,) = RowContainerReader(PaintedText((100, 50, "TSTU"), (180, 50, "100001"))).read_picture(PICTURE)
    assert choose(seen.lattice) == ContainerUnread(ContainerDoubt.NOT_WHOLE, "TSTU100001")


def test_what_stands_behind_the_number_is_no_check_digit_unless_it_is_one_digit() -> None:
    """A letter, or more than one character, behind the number leaves the marking as it was."""
    for behind in ("KG", "K", "12"):
        (seen,) = RowContainerReader(
            PaintedText((100, 50, "TSTU100001"), overlooked=((250, 50, behind),))
        ).read_picture(PICTURE)
        assert choose(seen.lattice) == ContainerUnread(ContainerDoubt.NOT_WHOLE, "TSTU100001")


def test_digit_that_does_not_fit_is_kept_as_it_was_read() -> None:
    """What stands in the box is what counts, whatever should stand there."""
    (seen,) = RowContainerReader(PaintedText((100, 50, "TSTU"), (180, 50, "1000018"))).read_picture(PICTURE)
    assert choose(seen.lattice) == ContainerUnread(ContainerDoubt.CHECK_DIGIT, "TSTU1000018")


@pytest.mark.parametrize(
    "painted",
    [
        [],
        [(100, 50, "12C34567")],
        [(100, 50, "MAXGROSS"), (230, 50, "30480KGS")],
        [(100, 50, "TSTU"), (200, 150, "1000019")],
        [(100, 50, "TSTU"), (400, 50, "1000019")],
        [(100, 50, "1000019"), (220, 50, "TSTU")],
        [(100, 50, "TSTU10000199")],
        [(100, 50, "TSTU"), (180, 50, "10000")],
    ],
    ids=["nothing", "plate", "weights", "far below", "far beside", "wrong order", "too long", "too short"],
)
def test_other_text_is_no_marking(painted: list[tuple[float, float, str]]) -> None:
    """Text that has not the shape of a code, or whose parts do not stand together, gives no marking at all."""
    assert RowContainerReader(PaintedText(*painted)).read_picture(PICTURE) == []


def test_two_containers_in_a_picture_are_two_markings() -> None:
    """Each with its own place; no row serves both."""
    seen = RowContainerReader(
        PaintedText((20, 50, "TSTU"), (100, 50, "1000019"), (320, 60, "TSTU"), (400, 60, "2000029"))
    ).read_picture(PICTURE)
    assert sorted((choose(one.lattice).text, one.box.x1) for one in seen) == [("TSTU1000019", 20), ("TSTU2000029", 320)]


def test_longer_row_follows_its_slope() -> None:
    """Room is added behind a row along its own direction, in its own heights."""
    slanted: Corners = ((0.0, 0.0), (80.0, 20.0), (75.0, 40.0), (-5.0, 20.0))
    (top_left, top_right, bottom_right, bottom_left) = longer(slanted, 1.0)
    assert (top_left, bottom_left) == (slanted[0], slanted[3])
    assert top_right[1] / top_right[0] == pytest.approx(20 / 80)
    assert top_right[0] > 80
    assert (bottom_right[0] - bottom_left[0]) == pytest.approx(top_right[0] - top_left[0])
