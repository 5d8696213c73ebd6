"""Which way a vehicle went."""

from __future__ import annotations

from contract.messages import Direction
from edge.lpr.crossing import direction_of


def test_what_grows_comes_towards_the_camera() -> None:
    """A vehicle that fills more and more of the picture goes the way that the camera faces."""
    assert direction_of([0.1, 0.2, 0.4, 0.6, 0.6]) is Direction.IN


def test_what_shrinks_goes_away() -> None:
    """A vehicle that fills less and less goes the other way."""
    assert direction_of([0.6, 0.5, 0.3, 0.1]) is Direction.OUT


def test_the_camera_says_which_way_it_faces() -> None:
    """At an outbound lane, towards the camera is out."""
    assert direction_of([0.1, 0.2, 0.4, 0.6], facing=Direction.OUT) is Direction.OUT


def test_the_plate_tells_better_than_the_vehicle() -> None:
    """A lorry whose long body comes into view while it drives off: its plate shrinks, so it goes away."""
    assert direction_of([0.2, 0.4, 0.5, 0.6], [40, 38, 33, 30, 26]) is Direction.OUT


def test_a_vehicle_that_only_stood_has_no_direction() -> None:
    """Neither growing nor shrinking: nobody can tell."""
    assert direction_of([0.5, 0.51, 0.5, 0.49, 0.5], [30, 30, 31, 30]) is None


def test_too_few_looks_tell_nothing() -> None:
    """Three frames are no motion."""
    assert direction_of([0.1, 0.5, 0.9]) is None
