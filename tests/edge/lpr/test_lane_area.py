"""Where in the picture the lane lies: plates beside it and what moves there are none of the lane's."""

from __future__ import annotations

from contract.region import CameraRegion
from edge.lpr.fixtures import Fixtures
from edge.lpr.lane_area import LaneArea
from edge.lpr.types import Box

RIGHT_HALF = CameraRegion(lane=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))


def test_without_a_region_the_whole_picture_is_the_lane() -> None:
    """As it was before anybody drew one."""
    assert LaneArea().mask(96, 54).all()
    assert LaneArea().carries(Box(0, 0, 10, 5), 1280, 720)


def test_the_mask_is_the_polygon() -> None:
    """Every pixel right of the middle, none left of it."""
    mask = LaneArea(RIGHT_HALF).mask(96, 54)
    assert mask.shape == (54, 96)
    assert mask[:, 48:].all()
    assert not mask[:, :47].any()


def test_a_plate_belongs_to_the_lane_whose_ground_is_below_it() -> None:
    """Whatever the size of the picture; below its lower edge the lane goes on."""
    area = LaneArea(CameraRegion(lane=((0.4, 0.5), (0.6, 0.5), (0.8, 1.0), (0.2, 1.0))))
    assert area.carries(Box(600, 400, 660, 420), 1280, 720)
    assert area.carries(Box(60, 40, 66, 42), 128, 72)
    assert area.carries(Box(600, 640, 700, 680), 1280, 720)
    # on the next lane
    assert not area.carries(Box(840, 380, 880, 390), 1280, 720)
    # on a sign above the lane
    assert not area.carries(Box(600, 100, 700, 140), 1280, 720)
    # on a sign so large and high that what is below it is the far end of the lane
    assert not area.carries(Box(540, 230, 710, 280), 1280, 720)


def test_a_fixture_is_known_by_its_place_and_size() -> None:
    """A clock laid over the picture trembles a little; a plate that comes by is elsewhere, or of another size."""
    fixtures = Fixtures()
    assert not fixtures.has(Box(100, 20, 220, 50))
    fixtures.note([Box(100, 20, 220, 50)])
    assert fixtures.has(Box(98, 22, 219, 51))
    assert not fixtures.has(Box(200, 20, 320, 50))
    assert not fixtures.has(Box(140, 30, 180, 40))
    fixtures.note([])
    assert not fixtures.has(Box(100, 20, 220, 50))
