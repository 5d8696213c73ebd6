"""What a camera sees of a plate: laws of optics that must hold whatever the numbers are, and cases worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contract.errors import ConfigError
from simulation.camera_drawing import draw
from simulation.camera_geometry import Camera, Place, PlateForm, compute, depth_of_field, sensor_of
from simulation.camera_verdict import Level, findings, verdict

TWO_ROW = (PlateForm.VN_TWO_ROW,)
focals = st.floats(2.0, 50.0)
distances = st.floats(2.0, 40.0)
heights = st.floats(0.5, 7.0)
offsets = st.floats(-5.0, 5.0)
STEP = 1.05
no_hurry = settings(deadline=None, max_examples=50)


def _camera(focal_mm: float = 6.0, **rest) -> Camera:
    return Camera(sensor_of("1/2.8", (1920, 1080)), (1920, 1080), focal_mm, **rest)


def _plate(camera: Camera, place: Place):
    (view,) = compute(camera, place, TWO_ROW).plates
    return view


def test_straight_ahead_is_the_rule_of_three():
    """10 m away at its own height, 0.33 m of plate take focal length × 0.33 / 10 of the sensor."""
    camera = Camera((5.6, 3.15), (1920, 1080), 10.0)
    geometry = compute(camera, Place(10.0, 0.75), TWO_ROW)
    assert geometry.plates[0].width_px == pytest.approx(10.0 * 0.33 / 10 / 5.6 * 1920)
    assert geometry.plates[0].row_px == pytest.approx(10.0 * 0.0825 / 10 / 5.6 * 1920)
    assert (geometry.tilt_deg, geometry.yaw_deg, geometry.skew_deg) == (0, 0, 0)
    assert geometry.view_width_m == pytest.approx(5.6)


def test_a_right_angled_view_halves_what_it_must():
    """From 60° beside, the plate is seen half as wide; its height does not suffer."""
    geometry = compute(_camera(), Place(2.0, 0.75, 2.0 * math.tan(math.radians(60))), TWO_ROW)
    assert geometry.yaw_deg == pytest.approx(60)
    assert geometry.width_share == pytest.approx(0.5)
    assert geometry.height_share == pytest.approx(1.0)


@no_hurry
@given(focal=focals, distance=distances, height=heights, offset=offsets)
def test_longer_lens_larger_plate(focal, distance, height, offset):
    """A longer lens makes plates larger and their motion faster, and the view narrower."""
    place = Place(distance, height, offset)
    short, long = (compute(_camera(mm), place, TWO_ROW) for mm in (focal, focal * STEP))
    assert long.plates[0].width_px > short.plates[0].width_px
    assert long.plates[0].row_px > short.plates[0].row_px
    assert long.plates[0].longest_shutter_s < short.plates[0].longest_shutter_s
    assert long.view_deg < short.view_deg


@no_hurry
@given(focal=focals, distance=distances, height=heights)
def test_farther_away_smaller_plate(focal, distance, height):
    """Along the lane's axis a plate's width shrinks with the distance, and it is tilted less."""
    near, far = (compute(_camera(focal), Place(m, height), TWO_ROW) for m in (distance, distance * STEP))
    assert far.plates[0].width_px < near.plates[0].width_px
    assert abs(far.tilt_deg) <= abs(near.tilt_deg)
    assert far.height_share >= near.height_share


@no_hurry
@given(focal=focals, distance=distances, height=heights, offset=offsets)
def test_left_is_like_right(focal, distance, height, offset):
    """A camera on the other side of the lane sees the same, turned the other way."""
    right, left = (compute(_camera(focal), Place(distance, height, side), TWO_ROW) for side in (offset, -offset))
    assert left.yaw_deg == pytest.approx(-right.yaw_deg)
    assert left.plates[0].width_px == pytest.approx(right.plates[0].width_px)
    assert left.plates[0].blur_px == pytest.approx(right.plates[0].blur_px)
    assert left.plates[0].readable_frames == pytest.approx(right.plates[0].readable_frames, abs=2)


@no_hurry
@given(focal=focals, distance=distances, height=heights, offset=offsets, speed=st.floats(1, 60))
def test_the_longest_shutter_blurs_one_pixel(focal, distance, height, offset, speed):
    """Taken at the shutter time that is told as the longest, a plate moves exactly one pixel."""
    place = Place(distance, height, offset, speed_kmh=speed)
    shutter_s = _plate(_camera(focal), place).longest_shutter_s
    assume(1e-6 <= shutter_s <= 0.1)
    assert _plate(_camera(focal, shutter_s=shutter_s), place).blur_px == pytest.approx(1.0)


@no_hurry
@given(focal=focals, focused=st.floats(1.0, 40.0), f_number=st.floats(1.0, 16.0))
def test_focus_holds_what_is_focused(focal, focused, f_number):
    """What the lens is focused at lies within the sharp range, and closing the aperture only widens it."""
    camera = _camera(focal, f_number=f_number)
    near, far = depth_of_field(camera, focused)
    assert 0 < near <= focused <= far
    nearer, farther = depth_of_field(replace(camera, f_number=f_number * STEP), focused)
    assert nearer <= near
    assert farther >= far


@no_hurry
@given(speed=st.floats(1, 60))
def test_slower_vehicles_are_seen_longer(speed):
    """Frames in the readable range grow as the vehicle slows down; where that range lies does not change."""
    fast, slow = (_plate(_camera(), Place(6, 3, 1, speed_kmh=kmh)) for kmh in (speed * STEP, speed))
    assert slow.readable_frames >= fast.readable_frames
    assert slow.readable_m == fast.readable_m


@pytest.mark.parametrize(
    ("name", "diagonal_mm"), [("1/2.8", 6.46), ("1/2.3", 7.86), ("1/3", 6.0), ("1/1.8", 8.9), ("1", 16)]
)
def test_formats_have_the_size_of_data_sheets(name, diagonal_mm):
    """Within three per cent."""
    assert math.hypot(*sensor_of(name, (1920, 1080))) == pytest.approx(diagonal_mm, rel=0.03)


@pytest.mark.parametrize("name", ["APS-C", "", "0/3", "1/0", "1/20", "2/3", "5.6x3.15x1", "900x500", "5x5"])
def test_an_unknown_sensor_is_told_what_is_expected(name):
    """The message names what was expected and what came."""
    with pytest.raises(ConfigError, match="sensor: "):
        sensor_of(name, (1920, 1080))


@pytest.mark.parametrize(
    ("place", "word"),
    [
        (Place(-6, 3), "distance"),
        (Place(6, -1), "height"),
        (Place(6, 3, 30), "offset"),
        (Place(math.nan, 3), "distance"),
    ],
)
def test_impossible_places_are_refused(place, word):
    """The message begins with the option that is wrong."""
    with pytest.raises(ConfigError, match=f"^{word}: expected"):
        compute(_camera(), place)


@pytest.mark.parametrize(
    ("camera", "place", "level", "words"),
    [
        (_camera(8), Place(6, 2.5, 1), Level.GOOD, None),
        (_camera(2.8), Place(12, 3), Level.UNFIT, "longer lens"),
        (_camera(8), Place(3, 6), Level.UNFIT, "tilt"),
        (_camera(8), Place(4, 2, 2.8), Level.TIGHT, "yaw"),
        (_camera(8, shutter_s=1 / 25), Place(6, 2.5, 1), Level.UNFIT, "while the shutter is open"),
        (_camera(8, fps=1), Place(6, 2.5, 1), Level.TIGHT, "frames"),
        (_camera(25, f_number=1.4), Place(12, 3), Level.TIGHT, "close the aperture"),
    ],
)
def test_the_verdict_says_what_to_change(camera, place, level, words):
    """Good says nothing more; everything else names the trouble."""
    found = findings(camera, compute(camera, place, TWO_ROW))
    assert verdict(found) is level
    assert words is None or any(words in one.text for one in found)


@no_hurry
@given(focal=focals, distance=distances, height=heights, offset=offsets)
def test_every_drawing_is_whole(focal, distance, height, offset):
    """It parses, nothing in it is not a number, and the camera stands left of the plate."""
    camera, place = _camera(focal), Place(distance, height, offset)
    geometry = compute(camera, place, TWO_ROW)
    drawing = ET.fromstring(draw(camera, place, geometry, Level.GOOD))
    for element in drawing.iter():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height"):
            assert math.isfinite(float(element.get(name, "0")))
    by_class = {element.get("class"): float(element.get("x", "0")) for element in drawing.iter()}
    assert by_class["camera"] < by_class["plate"] if "camera" in by_class else False
