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
    assert LaneArea().holds(Box(0, 0, 10, 5), 1280, 720)


def test_the_mask_is_the_polygon() -> None:
    """Every pixel right of the middle, none left of it."""
    mask = LaneArea(RIGHT_HALF).mask(96, 54)
    assert mask.shape == (54, 96)
    assert mask[:, 48:].all()
    assert not mask[:, :47].any()


def test_a_plate_belongs_to_the_lane_that_holds_its_middle() -> None:
    """Whatever the size of the picture."""
    area = LaneArea(RIGHT_HALF)
    assert area.holds(Box(700, 300, 800, 340), 1280, 720)
    assert not area.holds(Box(560, 300, 700, 340), 1280, 720)
    assert area.holds(Box(70, 30, 80, 34), 128, 72)


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
