"""Who is judged with whom, and who is judged again when something changes."""

from __future__ import annotations

import pytest

from central.reconcile.board import Board
from central.reconcile.settings import ReconcileSettings
from tests.central.made import declared, read, seen


@pytest.mark.parametrize("number", range(12))
def test_a_declaration_corrected_to_another_plate_is_still_found_by_its_trailer(number: int) -> None:
    """Whichever of the two plates comes first in memory."""
    board = Board(ReconcileSettings())
    board.put_declaration(declared(trailer_plate="12R-012.34"))
    assert len(list(board.all_groups())) == 1
    board.put_declaration(declared(f"12C-900.{number:02}", trailer_plate="12R-012.34"))
    came = seen(None, second_plate=read("12R01234"))
    board.put_passage(came)
    (group,) = board.groups([came.passage_id], [])
    assert [one.declaration_id for one in group.declarations] == ["HN-000001"]


@pytest.mark.parametrize("typed", ["12C-345.76", "12C-345.6", "12C-345.677", "12C-345.97"])
def test_a_vehicle_that_came_has_the_declarations_a_slip_off_judged_again(typed: str) -> None:
    """The twin of what it declared is judged with that pair in sight, though the pair needs nobody else."""
    board = Board(ReconcileSettings())
    board.put_declaration(declared(typed, number=2, trailer_plate="12R01234"))
    came, first = seen(second_plate=read("12R01234")), declared(trailer_plate="12R01234")
    board.put_passage(came)
    board.put_declaration(first)
    groups = list(board.groups([came.passage_id], []))
    twins = [group for group in groups if [one.declaration_id for one in group.declarations] == ["HN-000002"]]
    assert [group.elsewhere for group in twins] == [((came, first),)]
