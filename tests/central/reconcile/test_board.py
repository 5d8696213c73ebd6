"""Who is judged with whom, and who is judged again when something changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from central.reconcile.board import Board
from central.reconcile.settings import ReconcileSettings
from tests.central.made import NOON, declared, read, seen


@pytest.mark.parametrize("number", range(12))
def test_a_declaration_corrected_to_another_plate_is_still_found_by_its_trailer(number: int) -> None:
    """Whichever of the two plates comes first in memory."""
    board = Board(ReconcileSettings())
    board.put_declaration(declared(trailer_plate="12R-012.34"))
    assert len(board.families()) == 1
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


def test_a_window_without_end_is_searched_as_a_day_is() -> None:
    """A declaration that ends where dates end finds its vehicle, and the others find theirs."""
    board = Board(ReconcileSettings())
    endless = replace(
        declared("12C-345.76", number=2, trailer_plate="12R01234"), expected_until=NOON.replace(9999, 12, 31)
    )
    board.put_declaration(endless)
    board.put_declaration(declared("29H-500.01", number=3))
    board.put_declaration(replace(declared("14V-200.31", number=4), expected_until=datetime.max.replace(tzinfo=UTC)))
    came = [
        seen("12C34567", second_plate=read("12R01234")),
        seen("29H50002", passage_id=UUID(int=2)),
        seen("14C20081", passage_id=UUID(int=3)),
    ]
    for passage in came:
        board.put_passage(passage)
    together = {
        tuple(one.declaration_id for one in group.declarations)
        for group in board.groups([one.passage_id for one in came], [])
    }
    assert together == {("HN-000002",), ("HN-000003",), ("HN-000004",)}
