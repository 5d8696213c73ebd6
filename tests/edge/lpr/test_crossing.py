"""Which way a vehicle went, and whether it went back the way it had come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import Direction
from contract.region import CameraRegion
from edge.lpr.crossing import Course, direction_of, turned_back, way_through
from edge.lpr.lane_area import LaneArea

ANYWHERE = LaneArea()
WITH_LINE = LaneArea(
    CameraRegion(
        lane=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), trigger=((0.1, 0.6), (0.9, 0.6)), direction=Direction.IN
    )
)
"""What comes down the picture over the line goes in."""


def went(course: Course, area: LaneArea = ANYWHERE, facing: Direction = Direction.IN) -> Direction | None:
    return direction_of(course, area, facing=facing)


def down(*rows: float) -> Course:
    """A plate in the middle of the picture, so far down, always of one size."""
    return Course([(0.5, row) for row in rows], [30.0] * len(rows))


def test_what_grows_comes_towards_the_camera() -> None:
    """A vehicle that fills more and more of the lane goes the way that the camera faces."""
    assert went(Course(shares=[0.1, 0.2, 0.4, 0.6, 0.6])) is Direction.IN


def test_what_shrinks_goes_the_other_way() -> None:
    """A vehicle that drives away shrinks."""
    assert went(Course(shares=[0.6, 0.5, 0.3, 0.1])) is Direction.OUT


def test_a_camera_of_an_exit_faces_out() -> None:
    """What comes towards it leaves the yard."""
    assert went(Course(shares=[0.1, 0.2, 0.4, 0.6]), facing=Direction.OUT) is Direction.OUT


def test_the_plate_tells_better_than_the_vehicle() -> None:
    """A plate that shrinks is that of a vehicle driving off, though its long body fills the lane."""
    assert went(Course(plate_heights_px=[40, 38, 33, 30, 26], shares=[0.2, 0.4, 0.5, 0.6])) is Direction.OUT


def test_without_a_plate_the_near_end_tells_the_way() -> None:
    """It comes down the picture towards the camera, however the share of the lane that is filled goes up and down."""
    shares = [0.2, 0.6, 0.5, 0.3, 0.2]
    assert went(Course(shares=shares, near_ends=[0.5, 0.8, 1.0, 1.0, 1.0])) is Direction.IN
    assert went(Course(shares=shares, near_ends=[1.0, 1.0, 0.9, 0.7, 0.5])) is Direction.OUT


def test_a_vehicle_that_stands_has_no_direction() -> None:
    """Neither its plate nor its share changed."""
    assert went(Course(plate_heights_px=[30, 30, 31, 30], shares=[0.5, 0.51, 0.5, 0.49, 0.5])) is None


def test_a_few_frames_tell_nothing() -> None:
    """Three looks may be chance."""
    assert went(Course(shares=[0.1, 0.5, 0.9])) is None


@pytest.mark.parametrize(
    ("course", "told"),
    [
        (down(0.3, 0.5, 0.7, 0.9), Direction.IN),
        (down(0.9, 0.7, 0.5), Direction.OUT),
        # over the line and back
        (down(0.3, 0.7, 0.8, 0.5, 0.3), None),
        # not as far as the line
        (down(0.2, 0.4, 0.55), None),
        # over it, a little back, and on
        (down(0.4, 0.7, 0.55, 0.8), Direction.IN),
        # trembling on the line
        (down(0.599, 0.601, 0.599, 0.601), None),
    ],
)
def test_the_trigger_line_tells(course: Course, told: Direction | None) -> None:
    """By what side of the line the plate was on first and last."""
    assert WITH_LINE.crossed(course.places) is told


def test_the_trigger_line_counts_more_than_size() -> None:
    """A camera may look at vehicles from behind."""
    course = Course([(0.5, 0.3), (0.5, 0.5), (0.5, 0.7), (0.5, 0.8)], [60, 50, 40, 30])
    assert went(course, WITH_LINE) is Direction.IN


def test_where_no_plate_crossed_the_line_the_near_end_tells() -> None:
    """A motorcycle that drives off shows its plate for a moment only."""
    left = Course([(0.5, 0.9), (0.5, 0.85)], [40, 38], [0.2, 0.15, 0.1, 0.05], [1.0, 0.95, 0.8, 0.6])
    assert way_through(left, WITH_LINE) is Direction.OUT
    assert way_through(left, ANYWHERE) is None
    turned_round = LaneArea(
        CameraRegion(
            lane=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), trigger=((0.9, 0.6), (0.1, 0.6)), direction="in"
        )
    )
    assert way_through(left, turned_round) is Direction.IN


CAME, WENT = [20, 24, 30, 38, 46], [44, 38, 30, 24, 20]


def test_a_lorry_that_reverses_out_turned_back() -> None:
    """Its plate grew and shrank again."""
    assert turned_back(Course(plate_heights_px=[*CAME, 46, 46, *WENT]), ANYWHERE)


@pytest.mark.parametrize(
    "heights",
    [
        pytest.param([*CAME, 50, 60], id="drives through"),
        pytest.param([46, 46, 46, *WENT], id="drives away: seen from behind, it never came up"),
        pytest.param([*CAME, 44, 42, 46, 55], id="shunts a little and goes on"),
        pytest.param([*CAME, 46, 45, 46], id="stands until the end"),
        pytest.param([20, 30, 20], id="too few looks"),
    ],
)
def test_what_goes_on_did_not_turn_back(heights: list[float]) -> None:
    """Whatever else a lorry does in the lane."""
    assert not turned_back(Course(plate_heights_px=heights), ANYWHERE)


def test_what_stays_beyond_the_line_went_through() -> None:
    """It crossed the line and was seen last beyond it, however small it looks there."""
    course = Course([(0.5, 0.3), (0.5, 0.5), (0.5, 0.7), (0.5, 0.65), (0.5, 0.65)], [20, 30, 46, 30, 22])
    assert not turned_back(course, WITH_LINE)
    assert turned_back(course, ANYWHERE)


def test_over_the_line_and_back_is_back() -> None:
    """The line was crossed both ways."""
    rows = [0.3, 0.5, 0.7, 0.7, 0.5, 0.3, 0.3]
    assert turned_back(Course([(0.5, row) for row in rows], [20, 30, 46, 46, 30, 22, 20]), WITH_LINE)


def test_without_a_plate_the_near_end_tells() -> None:
    """It sank in the picture and rose again; of a lorry that drives on it stays below."""
    assert turned_back(Course(near_ends=[0.4, 0.5, 0.7, 0.9, 0.9, 0.7, 0.5, 0.4]), ANYWHERE)
    assert not turned_back(Course(near_ends=[0.4, 0.5, 0.7, 0.9, 1.0, 1.0, 1.0, 1.0]), ANYWHERE)
    assert not turned_back(Course(near_ends=[1.0, 1.0, 0.9, 0.7, 0.5, 0.4]), ANYWHERE)


CAME_M, WENT_M = [22, 19, 15, 12, 10, 8], [8, 9, 11, 13, 16, 19]


def along(*aheads_m: float) -> Course:
    """Followed along the road, a look every 0.4 s; an arm that comes down is the last thing that is seen."""
    way = [(0.4 * number, ahead_m) for number, ahead_m in enumerate(aheads_m)]
    return Course(near_ends=[1.0, 1.0, 0.9, 0.8, 0.91, 0.91], way=way)


def test_way_along_the_road_tells_more_than_the_near_end() -> None:
    """Of a motorcycle: behind it the arm comes down, lower in the picture than it is itself by then."""
    assert way_through(along(*WENT_M), WITH_LINE) is Direction.OUT
    assert way_through(along(*CAME_M), WITH_LINE) is Direction.IN
    assert way_through(along(*CAME_M), ANYWHERE) is None


@given(
    speed=st.floats(1.0, 9.0),
    comes=st.booleans(),
    stands_s=st.floats(0, 60),
    strays=st.lists(st.floats(-4, 4), min_size=1, max_size=3),
)
def test_stray_places_do_not_turn_the_way_round(
    speed: float, *, comes: bool, stands_s: float, strays: list[float]
) -> None:
    """Nor does a stop on the way, and not at its ends either."""
    steps = [(0.4 * number, 8 + 0.4 * speed * number) for number in range(12)]
    ways = [(now_s + (stands_s if number > 5 else 0), ahead_m) for number, (now_s, ahead_m) in enumerate(steps)]
    if comes:
        ways = [(now_s, 60 - ahead_m) for now_s, ahead_m in ways]
    for place, stray in enumerate(strays):
        at = -1 if place == 0 else 5 * place
        ways[at] = (ways[at][0], ways[at][1] + stray * speed)
    assert way_through(Course(way=ways), WITH_LINE) is (Direction.IN if comes else Direction.OUT)


def test_motorcycle_that_turns_round_turned_back() -> None:
    """It came to 8 m and left again; one that rides on is seen no more at its nearest."""
    assert turned_back(along(*CAME_M, *WENT_M), ANYWHERE)
    assert not turned_back(along(*CAME_M), ANYWHERE)
    assert not turned_back(along(*CAME_M, 9.5), ANYWHERE), "the next one stands behind it"


def test_a_plate_that_shrinks_tells_the_way_where_the_near_end_left_the_picture_at_once() -> None:
    """A motorcycle rides away at night: what is lit of it is seen for a moment, its plate on one side of the line."""
    near_ends = [1.0, 1.0, 1.0, 0.96, 0.91]
    places = [(0.5, 0.8), (0.5, 0.78), (0.5, 0.75), (0.5, 0.72)]
    assert way_through(Course(places, [44.0, 40.0, 36.0, 33.0], near_ends=near_ends), WITH_LINE) is Direction.OUT
    assert way_through(Course(places, [33.0, 36.0, 40.0, 44.0], near_ends=near_ends), WITH_LINE) is Direction.IN
    assert way_through(Course(places, [40.0, 41.0, 40.0, 39.0], near_ends=near_ends), WITH_LINE) is None
