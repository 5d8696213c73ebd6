"""A picture of another vehicle never stands beside a plate: pictures are swapped at every hand-over, and it is noticed.

From the camera's memory to the frame: `tests/edge/cameras/test_slot.py`. On disk: `tests/edge/evidence`. At central:
`tests/central/test_evidence_belongs.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
import pytest

from contract.errors import MessageError
from contract.messages import EvidenceKind
from contract.topics import address_of, parse_message
from edge.evidence.proof import Proof, is_cut_from, prove
from edge.lpr.types import Observation, PlateSettled, VehicleLeft
from edge.node.lane import _begin
from edge.node.proofs import WHOLE, View, proofs_of

FRONT, REAR = "in-1-front", "in-1-rear"


@pytest.fixture
def two(house: Any) -> tuple[Observation, Observation]:
    """Two vehicles, one after the other, each with its own picture."""
    return house.seen("12C34567", 0, 9, grey=90), house.seen("51D12345", 20, 29, grey=160)


def _tell(house: Any, make_lane: Any, seen: Observation) -> list[str]:
    """The kinds of pictures that the passage of a vehicle names."""
    make_lane().left(FRONT, VehicleLeft(1, seen))
    (passage,) = house.told()
    assert {ref.sha256 for ref in passage.evidence} == {picture.sha256 for picture in house.pictures()}
    assert passage.plate == seen.plate, "the passage is told all the same"
    return [str(ref.kind) for ref in passage.evidence]


def test_pictures_in_their_place_are_told(house: Any, make_lane: Any, two: tuple[Observation, Observation]) -> None:
    """Nothing is left out where nothing was swapped."""
    assert _tell(house, make_lane, two[0]) == ["frame", "crop", "overview"]
    assert house.journal.doubted == 0


def test_frame_of_another_vehicle_is_left_out(house: Any, make_lane: Any, two: tuple[Observation, Observation]) -> None:
    """It was taken when this vehicle was not in view."""
    one, other = two
    swapped = replace(one, best_frame=other.best_frame, best_crop=other.best_crop, overview=other.best_frame)
    assert _tell(house, make_lane, swapped) == []
    assert house.journal.doubted == 2


def test_frame_of_the_vehicle_before_is_left_out(
    house: Any, make_lane: Any, two: tuple[Observation, Observation]
) -> None:
    """Also of a vehicle without a plate."""
    one, other = two
    swapped = replace(other, plate=None, abstained="no_plate_found", best_frame=one.best_frame, best_crop=None)
    assert _tell(house, make_lane, swapped) == []


def test_crop_of_another_vehicle_takes_its_frame_with_it(
    house: Any, make_lane: Any, two: tuple[Observation, Observation]
) -> None:
    """A crop that is no piece of the frame: nobody knows which of the two is wrong, so neither is shown."""
    one, other = two
    assert _tell(house, make_lane, replace(one, best_crop=other.best_crop)) == ["overview"]
    assert house.journal.doubted == 1


def test_frame_swapped_while_both_are_in_view_is_noticed_by_its_crop(
    house: Any, make_lane: Any, two: tuple[Observation, Observation]
) -> None:
    """Nose to tail the times may fit; the crop does not."""
    one, other = two
    assert one.best_frame is not None
    assert other.best_frame is not None
    frame = replace(other.best_frame, monotonic_s=one.best_frame.monotonic_s)
    assert "crop" not in _tell(house, make_lane, replace(one, best_frame=frame, overview=one.best_frame))
    assert house.journal.doubted == 1


def test_fullest_view_that_belongs_to_the_vehicle_behind_is_not_the_overview(
    house: Any, make_lane: Any, two: tuple[Observation, Observation]
) -> None:
    """Where a column was split at a plate, what came after that plate's last look may be the next one's."""
    one, other = two
    assert _tell(house, make_lane, replace(one, overview=other.best_frame)) == ["frame", "crop", "overview"]
    assert {ref.captured_at for ref in house.told()[0].evidence} == {house.at(9)}


def test_frame_of_another_camera_is_left_out(house: Any, make_lane: Any) -> None:
    """Front and rear camera see different ends of different lorries at the same time."""
    assert _tell(house, make_lane, house.seen("12C34567", 0, 9, camera=REAR)) == []
    assert house.journal.doubted == 2


def test_rear_view_that_may_be_another_lorrys_is_not_shown(house: Any, make_lane: Any) -> None:
    """Two lorries close behind each other, the rear camera read nothing: its picture stands beside neither."""
    lane = make_lane()
    lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9)))
    lane.left(FRONT, VehicleLeft(2, house.seen("51D12345", 11, 14, grey=99)))
    lane.rear_left(REAR, VehicleLeft(1, house.seen(None, 15, 18, camera=REAR, grey=60)))
    assert {ref.camera for passage in house.told() for ref in passage.evidence} == {FRONT}


def test_rear_plates_picture_comes_only_with_its_plate(house: Any, make_lane: Any) -> None:
    """A crop of the trailer's plate stands beside the second plate that was read from it, and nowhere else."""
    lane = make_lane()
    lane.left(FRONT, VehicleLeft(1, replace(house.seen("12C34567", 0, 9), second_plate=house.seen("15R1", 0, 1).plate)))
    lane.rear_left(REAR, VehicleLeft(1, house.seen("12R00123", 9.5, 14, camera=REAR, grey=60)))
    passage = house.told()[-1]
    assert passage.second_plate.text == "15R1"
    assert [ref.kind for ref in passage.evidence if ref.camera == REAR] == ["overview"]


def test_revision_with_another_plate_names_only_what_that_was_read_from(house: Any, make_lane: Any) -> None:
    """The early read was wrong: its frame and crop stay with the revision that told it, and stand beside no other plate."""
    lane = make_lane()
    early = house.seen("12C34561", 0, 2, grey=90)
    assert early.plate is not None
    lane.settled(FRONT, PlateSettled(1, early.last_seen_at, early.plate, early))
    lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9, grey=120)))
    first, last = house.told()
    assert {ref.captured_at for ref in first.evidence} == {house.at(2)}
    assert [(ref.kind, ref.captured_at) for ref in last.evidence] == [(kind, house.at(9)) for kind in EvidenceKind]
    assert len(house.pictures()) == 5, "all of them are sent"


def test_proofs_that_change_passages_are_left_out(house: Any, two: tuple[Observation, Observation]) -> None:
    """Between the lane and the disk: a passage takes in no picture that it does not name."""
    one, other = (proofs_of(View(FRONT, seen, WHOLE), pytest.fail) for seen in two)
    passage = replace(_begin(two[0], None), revision=0, evidence=tuple(proof.ref for proof in one))  # type: ignore[arg-type]  # no passage has begun here
    house.journal.record(house.config.lanes[0], passage, other)
    assert house.pictures() == []
    assert house.journal.doubted == len(other)
    assert len(house.told()) == 1


def test_picture_under_anothers_name_cannot_be_made(two: tuple[Observation, Observation]) -> None:
    """Name and bytes are checked against each other wherever they meet."""
    one, other = (proofs_of(View(FRONT, seen, WHOLE), pytest.fail) for seen in two)
    with pytest.raises(ValueError, match="not the one that its name says"):
        Proof(one[0].ref, other[0].jpeg)


def test_pictures_swapped_on_the_wire_are_refused(
    house: Any, make_lane: Any, two: tuple[Observation, Observation]
) -> None:
    """Central takes no message whose picture does not fit its hash."""
    lane = make_lane()
    for number, seen in enumerate(two):
        lane.left(FRONT, VehicleLeft(number, seen))
    one, other = house.pictures()[0], house.pictures()[3]
    assert one.passage_id != other.passage_id
    swapped = one.model_copy(update={"jpeg": other.jpeg})
    with pytest.raises(MessageError, match="sha256 does not belong"):
        parse_message(address_of(one), swapped.model_dump_json().encode())


def test_picture_is_found_where_it_was_cut_and_nowhere_else() -> None:
    """Pixel for pixel: one changed pixel, another frame, or a part over the edge is no piece."""
    random = np.random.default_rng(3)
    whole, other = (random.integers(0, 256, (90, 160, 3), dtype=np.uint8) for _ in range(2))
    for y, x in ((0, 0), (40, 77), (70, 120)):
        part = np.ascontiguousarray(whole[y : y + 20, x : x + 40])
        assert is_cut_from(part, whole)
        assert not is_cut_from(part, other)
        part[19, 39, 0] ^= 1
        assert not is_cut_from(part, whole)
    assert is_cut_from(whole, whole)
    assert not is_cut_from(whole, whole[:50])
    around = np.ascontiguousarray(np.concatenate([whole[10:30, 150:], whole[11:31, :10]], axis=1))
    assert not is_cut_from(around, whole), "it would run over the right edge"


def test_overview_is_small_and_keeps_its_shape() -> None:
    """640 pixels wide whatever the camera; a smaller picture stays as it is."""
    for height, width, shown in ((1080, 1920, (360, 640, 3)), (90, 160, (90, 160, 3))):
        image = np.full((height, width, 3), 99, np.uint8)
        proof = prove(image, EvidenceKind.OVERVIEW, camera=FRONT, captured_at=datetime(2026, 3, 2, tzinfo=UTC))
        assert cv2.imdecode(np.frombuffer(proof.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == shown
