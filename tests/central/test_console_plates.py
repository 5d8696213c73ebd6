"""Plates as the pages draw them: rows, doubt, differences."""

from __future__ import annotations

import pytest

from central.console.plates import plate_view, typed_plate
from contract.messages import Candidate
from contract.plate import PlateColour
from tests.central.made import read


def test_plate_marks_doubt_and_rows() -> None:
    """A doubtful character has its runner-up beneath; a Chinese two-row plate is cut behind the agency letter."""
    lattice = tuple((Candidate(text=c, confidence=0.99),) for c in "桂F1234")
    doubtful = (Candidate(text="5", confidence=0.6), Candidate(text="6", confidence=0.3))
    plate = read("桂F12345").model_copy(
        update={"lattice": (*lattice, doubtful), "lines": 2, "colour": PlateColour.YELLOW}
    )
    view = plate_view(plate)
    assert ["".join(cell.text for cell in row) for row in view.rows] == ["桂·F", "12345"]
    assert [cell.text for row in view.rows for cell in row if cell.doubtful] == ["5"]
    assert view.rows[1][-1].runner_up == "6"


@pytest.mark.parametrize(
    ("text", "rows"),
    [("12C34567", ["12C", "345.67"]), ("15RM00123", ["15RM", "001.23"]), ("粤B1234挂", ["粤·B", "1234挂"])],
)
def test_two_rows_as_on_the_real_plate(text: str, rows: list[str]) -> None:
    """Local code and series stand above, the number below."""
    view = plate_view(read(text).model_copy(update={"lines": 2}))
    assert ["".join(cell.text for cell in row) for row in view.rows] == rows


def test_differing_characters_of_a_declared_plate_are_marked() -> None:
    """Where one character differs from the read, the eye is led to it; other ways of typing are not compared."""
    near = typed_plate("29C-140.40", "29C14047")
    assert [cell.text for row in near.rows for cell in row if cell.differs] == ["0"]
    other = typed_plate("QT F12345", "桂F12345")
    assert not any(cell.differs for row in other.rows for cell in row)
