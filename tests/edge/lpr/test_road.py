"""How far away things are on the road, from the lane's outline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.region import CameraRegion
from edge.lpr.lane_area import LaneArea
from edge.lpr.road import Road

Point = tuple[float, float]


def road_of(*lane: Point) -> Road | None:
    return Road.of(LaneArea(CameraRegion(lane=lane)), breadth_m=3.5, focal_widths=1.4)


@given(
    high_m=st.floats(2.0, 5.0),
    horizon=st.floats(-0.3, 0.25),
    aside_m=st.floats(-1.2, 1.2),
    focal_widths=st.floats(1.0, 1.8),
    asked=st.floats(0.0, 1.0),
)
def test_metres_are_those_of_a_pinhole_camera(
    high_m: float, horizon: float, aside_m: float, focal_widths: float, asked: float
) -> None:
    """Whatever the lens, its height and its tilt: a lane drawn from 8 to 40 m tells how far every row of it is."""
    shape = 9 / 16

    def at(x_m: float, ahead_m: float) -> Point:
        return 0.5 + focal_widths * x_m / ahead_m, horizon + focal_widths * high_m / ahead_m / shape

    near_m = max(8.0, 1.02 * focal_widths * high_m / shape / (1 - horizon), 2.1 * focal_widths * (1.75 + abs(aside_m)))
    corners = [
        at(aside_m + x_m, ahead_m) for x_m, ahead_m in ((-1.75, 60), (1.75, 60), (1.75, near_m), (-1.75, near_m))
    ]
    if any(down < 0 for _, down in corners):
        return
    road = Road.of(LaneArea(CameraRegion(lane=tuple(corners))), breadth_m=3.5, focal_widths=focal_widths)
    assert road is not None
    ahead_m = near_m + asked * (30.0 - near_m)
    assert road.ahead_m(at(0.0, ahead_m)[1]) == pytest.approx(ahead_m, rel=0.12)


def test_no_region_tells_no_metres() -> None:
    """The whole picture is no road."""
    assert Road.of(LaneArea(), breadth_m=3.5, focal_widths=1.4) is None


@pytest.mark.parametrize(
    "lane",
    [
        pytest.param(((0.3, 0.1), (0.7, 0.1), (0.7, 0.9), (0.3, 0.9)), id="seen from straight above"),
        pytest.param(((0.1, 0.1), (0.9, 0.1), (0.6, 0.9), (0.4, 0.9)), id="broader at the top"),
        pytest.param(((0.0, 0.1), (1.0, 0.1), (1.0, 0.9), (0.0, 0.9)), id="from edge to edge of the picture"),
        pytest.param(((0.3, 0.5), (0.7, 0.5), (0.8, 0.54), (0.2, 0.54)), id="a strip"),
    ],
)
def test_outline_without_perspective_tells_no_metres(lane: tuple[Point, ...]) -> None:
    """Where the far end does not look narrower nobody knows how far it is."""
    assert road_of(*lane) is None


def test_above_the_horizon_there_is_no_road() -> None:
    """Nothing stands there."""
    road = road_of((0.45, 0.2), (0.55, 0.2), (0.9, 1.0), (0.1, 1.0))
    assert road is not None
    assert road.ahead_m(0.05) == float("inf")
    assert road.breadth(0.05) == 0.0
