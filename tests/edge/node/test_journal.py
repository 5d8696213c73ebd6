"""Passages on their way to the disk, each with its pictures."""

from __future__ import annotations

from typing import Any

import pytest

from contract.errors import StoreError
from edge.lpr.types import VehicleLeft

FRONT = "in-1-front"


def test_passage_is_not_lost_with_a_picture_that_contradicts_the_contract(
    house: Any, make_lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in a picture costs the pictures, is counted, and holds nothing up."""

    def wrong(*_: object) -> None:
        raise ValueError("a made-up fault")

    lane = make_lane()
    with monkeypatch.context() as broken:
        broken.setattr(house.journal, "_evidence", wrong)
        lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9)))
    lane.left(FRONT, VehicleLeft(2, house.seen("51D12345", 20, 29, grey=99)))
    assert [passage.seq for passage in house.told()] == [1, 2]
    assert len(house.pictures()) == 3
    assert (house.journal.given_up, house.journal.owed) == (3, 0)


def test_passage_that_contradicts_the_contract_is_given_up_alone(
    house: Any, make_lane: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one is stored, under the number that was not used."""

    def wrong(*_: object) -> None:
        raise ValueError("a made-up fault")

    lane = make_lane()
    with monkeypatch.context() as broken:
        broken.setattr(house.journal, "_passage", wrong)
        lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9)))
    lane.left(FRONT, VehicleLeft(2, house.seen("51D12345", 20, 29, grey=99)))
    assert [passage.plate.text for passage in house.told()] == ["51D12345"]
    assert house.told()[0].seq == 1
    assert house.journal.given_up == 4


def test_what_the_disk_refuses_stays_in_order(house: Any, make_lane: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passages and pictures of a full disk are stored later as they would have been."""

    def full(_: object) -> None:
        raise StoreError("the disk is full")

    lane = make_lane()
    with monkeypatch.context() as broken:
        broken.setattr(house.outbox, "append_all", full)
        lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9)))
        lane.left(FRONT, VehicleLeft(2, house.seen("51D12345", 20, 29, grey=99)))
        assert house.journal.owed == 8
    assert house.journal.store()
    assert [passage.seq for passage in house.told()] == [1, 5]
    assert [picture.seq for picture in house.pictures()] == [2, 3, 4, 6, 7, 8]
