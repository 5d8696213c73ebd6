"""The region of a camera: what is taken, and how what makes no sense is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contract.region import CameraRegion
from contract.vocabulary import Direction

LANE = [[0.2, 0.1], [0.8, 0.1], [1, 1], [0, 1]]


def refusal(**region) -> str:
    with pytest.raises(ValidationError) as caught:
        CameraRegion(**{"lane": LANE, **region})
    return str(caught.value)


def test_a_lane_with_its_trigger_line() -> None:
    """The three things that an installer marks on a snapshot."""
    region = CameraRegion(lane=LANE, trigger=[[0.1, 0.6], [0.9, 0.6]], direction="in")
    assert region.lane[2] == (1, 1)
    assert region.trigger == ((0.1, 0.6), (0.9, 0.6))
    assert region.direction is Direction.IN


def test_points_in_the_lane_are_told_from_those_beside_it() -> None:
    """A parked vehicle beside the lane is outside, also in the notch of a lane that bends."""
    bent = CameraRegion(lane=[[0, 0], [1, 0], [1, 0.4], [0.4, 0.4], [0.4, 1], [0, 1]])
    assert bent.holds((0.2, 0.8))
    assert bent.holds((0.8, 0.2))
    assert not bent.holds((0.8, 0.8))


def test_the_breadth_of_the_lane() -> None:
    """From edge to edge at one height of the picture; none above and below it."""
    region = CameraRegion(lane=[[0.4, 0.5], [0.6, 0.5], [0.8, 1], [0.2, 1]])
    assert region.breadth(0.75) == pytest.approx(0.4)
    assert region.breadth(0.2) == 0.0


@pytest.mark.parametrize("point", [(0.5, 0.7), (0.2, 0.99)])
def test_the_sides_of_the_trigger_line(point: tuple[float, float]) -> None:
    """Below a line that runs to the right is right of it; the other way round it is left."""
    to_the_right = CameraRegion(lane=LANE, trigger=[[0.1, 0.6], [0.9, 0.6]], direction="in")
    to_the_left = CameraRegion(lane=LANE, trigger=[[0.9, 0.6], [0.1, 0.6]], direction="in")
    assert to_the_right.side_of_trigger(point) > 0 > to_the_left.side_of_trigger(point)
    assert CameraRegion(lane=LANE).side_of_trigger(point) == 0.0


@pytest.mark.parametrize(
    ("lane", "words"),
    [
        # two corners make a line
        ([[0, 0], [1, 1]], "at least 3 items"),
        # pixels instead of shares
        ([[200, 100], [800, 100], [900, 700]], "less than or equal to 1"),
        ([[-0.1, 0], [1, 0], [1, 1]], "greater than or equal to 0"),
        # a bow tie
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "crosses itself, [0, 0] to [1, 1] and [1, 0] to [0, 1]"),
        # a corner on another edge
        ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], "crosses itself"),
        # closed by hand
        ([*LANE, LANE[0]], "corner [0.2, 0.1] stands twice"),
        # all on one line
        ([[0, 0], [0.5, 0.5], [1, 1]], "turns back on itself"),
        # a spike without width
        ([[0, 0], [1, 0], [0.5, 0], [0.5, 1]], "turns back on itself at [1, 0]"),
    ],
)
def test_a_lane_that_is_no_area_is_refused(lane: list[list[float]], words: str) -> None:
    """With the points that are wrong."""
    assert words in refusal(lane=lane)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ({"trigger": [[0.1, 0.6], [0.9, 0.6]]}, "trigger and direction need each other"),
        ({"direction": "in"}, "trigger and direction need each other"),
        ({"trigger": [[0.5, 0.5], [0.5, 0.5]], "direction": "in"}, "needs two points, got [0.5, 0.5] twice"),
        ({"trigger": [[0, 0], [0.1, 0.05]], "direction": "in"}, "[0, 0] to [0.1, 0.05] lies outside the lane"),
        ({"trigger": [[0.1, 0.6], [0.9, 0.6]], "direction": "up"}, "'in' or 'out'"),
        ({"line": [[0.1, 0.6], [0.9, 0.6]]}, "Extra inputs are not permitted"),
    ],
)
def test_a_trigger_line_that_tells_nothing_is_refused(region: dict[str, object], words: str) -> None:
    """A line that nothing crosses, or whose crossing means nothing, would fail in silence."""
    assert words in refusal(**region)


@pytest.mark.parametrize("trigger", [[[0.4, 0.5], [0.6, 0.5]], [[0, 0.5], [1, 0.5]], [[0.5, 0], [0.5, 0.5]]])
def test_a_trigger_line_may_lie_within_the_lane_or_reach_beyond(trigger: list[list[float]]) -> None:
    """Nobody draws it to the pixel."""
    assert CameraRegion(lane=LANE, trigger=trigger, direction="out").trigger is not None


def test_a_region_does_not_change() -> None:
    """As all settings."""
    with pytest.raises(ValidationError, match="frozen"):
        CameraRegion(lane=LANE).lane = ()
