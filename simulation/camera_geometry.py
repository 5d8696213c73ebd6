"""What a camera of given sensor, lens and place sees of a plate: pixels, angles, blur, depth of field. Pure numbers.

A pinhole camera (Hartley and Zisserman, *Multiple View Geometry*, chapter 6; lens distortion is left out) looks
straight at the middle of the plate where the vehicle stops. Metres: x across the lane, y up, z along the lane from the
camera; the plate faces along z. This is what an ideal lens gives; dirt, fog and a poor lens take from it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from contract.errors import ConfigError
from contract.plate import PlateCountry, PlateKind
from rendering.layout import Style, layout_of

ROW_PX = 16.0
"""Rows of a plate lower than this are not counted as readable in docs/reading.md."""
ROW_WELL_PX = 24.0
"""From here on a row keeps what it needs when dirt, fog or focus take a third of the sharpness."""
WIDTH_PX = (40.0, 400.0)
"""Widths of plates that docs/reading.md measures, in a picture 1280 pixels wide …"""
MEASURED_WIDTH_PX = 1280
"""… which is also what the reader shrinks a wider picture to before it looks for plates."""
ANGLE_WELL_DEG, ANGLE_MOST_DEG = 30.0, 45.0
"""Yaw and tilt up to which plates are read well, and from which a letter is narrower than 0.7 of its width."""
BLUR_WELL_SHARE, BLUR_MOST_SHARE = 0.02, 0.05
"""Blur in shares of the plate's width. docs/reading-robustness.csv: 3 px on 130 px do no harm, 11 px do."""
SHARP_BLUR_PX = 1.0
"""A blur that cannot be seen, for which the longest shutter is told."""
FRAMES_WELL = 3
"""Fewer frames leave the vote of a passage nothing to choose from."""
_FAR_M, _STEP_M = 60.0, 0.1
"""How far away plates are thought of, and how finely the distances are tried at which one is readable."""


class PlateForm(StrEnum):
    """Plates that pass a gate, by shape."""

    VN_TWO_ROW = "vn-two-row"
    VN_ONE_ROW = "vn-one-row"
    CN_TWO_ROW = "cn-two-row"
    CN_ONE_ROW = "cn-one-row"
    CN_NEV = "cn-nev"


_SAMPLES = {
    PlateForm.VN_TWO_ROW: ("12C34567", PlateCountry.VN, PlateKind.VN_CIVIL, 2),
    PlateForm.VN_ONE_ROW: ("12C34567", PlateCountry.VN, PlateKind.VN_CIVIL, 1),
    PlateForm.CN_TWO_ROW: ("桂F12345", PlateCountry.CN, PlateKind.CN_ORDINARY, 2),
    PlateForm.CN_ONE_ROW: ("桂F12345", PlateCountry.CN, PlateKind.CN_ORDINARY, 1),
    PlateForm.CN_NEV: ("桂FD12345", PlateCountry.CN, PlateKind.CN_NEV_SMALL, 1),
}


@dataclass(frozen=True, slots=True)
class Camera:
    """A sensor and a lens. `f_number` None: depth of field is not asked for; `fps` are the frames a node takes."""

    sensor_mm: tuple[float, float]
    pixels: tuple[int, int]
    focal_mm: float
    f_number: float | None = None
    shutter_s: float = 1 / 500
    fps: float = 5.0

    @property
    def pixel_mm(self) -> float:
        """Side of a pixel."""
        return self.sensor_mm[0] / self.pixels[0]

    @property
    def focal_px(self) -> float:
        """Focal length in pixels: what one metre across, one metre away, takes in the picture."""
        return self.focal_mm / self.pixel_mm


@dataclass(frozen=True, slots=True)
class Place:
    """Where the camera hangs, from the plate of a vehicle that stands where plates are to be read. Metres, km/h."""

    distance_m: float
    height_m: float
    offset_m: float = 0.0
    plate_height_m: float = 0.75
    speed_kmh: float = 20.0


@dataclass(frozen=True, slots=True)
class PlateView:
    """What the camera sees of one form of plate; pixels are those of the camera's own picture."""

    plate: PlateForm
    width_px: float
    row_px: float
    character_px: float
    blur_px: float
    longest_shutter_s: float
    readable_m: tuple[float, float] | None
    readable_frames: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """The whole answer: degrees, metres, shares. `focus_m` is None without an f-number; its end may be inf."""

    sight_m: float
    tilt_deg: float
    yaw_deg: float
    skew_deg: float
    width_share: float
    height_share: float
    view_deg: float
    view_width_m: float
    lamp_reach_m: float
    focus_m: tuple[float, float] | None
    plates: tuple[PlateView, ...]


def sensor_of(text: str, pixels: tuple[int, int]) -> tuple[float, float]:
    """Width and height in mm of a sensor named by its optical format (`1/2.8`) or its size (`5.57x3.13`).

    A format of f inches has a diagonal of about 16 mm × f from half an inch up and 18 mm × f below: a convention that
    goes back to the outer size of camera tubes, within 3 % of common data sheets (1/2.8: 6.46 mm, 1/2.3: 7.86 mm).
    The pixels are taken as square and the picture as the whole sensor; for a cropped mode give the size in mm.

    Raises:
        ConfigError: it is neither, or its shape is not that of the pixels.

    """
    if size := re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text):
        width, height = float(size[1]), float(size[2])
        if not 1 <= width <= 40 or not 1 <= height <= 40:
            raise ConfigError(f"sensor: expected sides of 1 to 40 mm, got {text}")
        if abs(width / height - pixels[0] / pixels[1]) > 0.1 * width / height:
            raise ConfigError(
                f"sensor: {text} mm has another shape than {pixels[0]}x{pixels[1]} pixels; "
                "give the size of the part of the sensor that makes the picture"
            )
        return width, height
    fraction = re.fullmatch(r'1(?:/(\d+(?:\.\d+)?))?"?', text)
    inches = 1 / float(fraction[1] or 1) if fraction and float(fraction[1] or 1) > 0 else 0.0
    if not 1 / 10 <= inches <= 1:
        raise ConfigError(
            f"sensor: expected an optical format from 1/10 to 1 such as 1/2.8, or a size in mm such as 5.57x3.13, "
            f"got {text!r}; the camera's data sheet has it"
        )
    diagonal = inches * (16.0 if inches >= 0.5 else 18.0)
    across = math.hypot(*pixels)
    return diagonal * pixels[0] / across, diagonal * pixels[1] / across


@cache
def plate_size_m(form: PlateForm) -> tuple[float, float, float, int]:
    """Width, height, height of the largest characters in metres, and rows; the same measures plates are drawn by."""
    text, country, kind, lines = _SAMPLES[form]
    layout = layout_of(text, country, kind, lines, Style())
    return layout.width_mm / 1e3, layout.height_mm / 1e3, max(cell.height for cell in layout.cells) / 1e3, lines


def compute(camera: Camera, place: Place, forms: tuple[PlateForm, ...] = tuple(PlateForm)) -> Geometry:
    """Everything that is asked of a camera at a place.

    Raises:
        ConfigError: a number is out of its range, or the lens cannot be focused at that distance.

    """
    _check(camera, place)
    x, y, z = _sight(place, place.distance_m)
    sight_m = math.hypot(x, y, z)
    dx, dy = x / sight_m, y / sight_m
    width_share, height_share = math.sqrt(1 - dx * dx), math.sqrt(1 - dy * dy)
    views = tuple(_plate_view(camera, place, form) for form in forms)
    farthest_m = max((math.hypot(*_sight(place, view.readable_m[1])) for view in views if view.readable_m), default=0)
    return Geometry(
        sight_m=sight_m,
        tilt_deg=math.degrees(math.atan2(-y, math.hypot(x, z))),
        yaw_deg=math.degrees(math.atan2(x, z)),
        # the two edges of the plate, each seen across the line of sight, are no longer square to each other
        skew_deg=math.degrees(math.asin(abs(dx * dy) / (width_share * height_share))),
        width_share=width_share,
        height_share=height_share,
        view_deg=math.degrees(2 * math.atan(camera.sensor_mm[0] / (2 * camera.focal_mm))),
        view_width_m=sight_m * camera.sensor_mm[0] / camera.focal_mm,
        lamp_reach_m=max(sight_m, farthest_m),
        focus_m=None if camera.f_number is None else depth_of_field(camera, sight_m),
        plates=views,
    )


def depth_of_field(camera: Camera, focused_m: float) -> tuple[float, float]:
    """Nearest and farthest distance that is sharp when the lens is focused at `focused_m`; the farthest may be inf.

    Sharp: a point becomes no wider than one pixel. With the hyperfocal distance H = f²/(N c) + f, near is
    s (H - f) / (H + s - 2 f) and far is s (H - f) / (H - s) (Kingslake, *Optics in Photography*).
    """
    assert camera.f_number is not None
    focal_m, focused = camera.focal_mm / 1e3, focused_m
    hyperfocal_m = focal_m**2 / (camera.f_number * camera.pixel_mm / 1e3) + focal_m
    if focused <= focal_m:
        raise ConfigError(f"focal: a lens of {camera.focal_mm:g} mm cannot be focused at {focused:g} m")
    near_m = focused * (hyperfocal_m - focal_m) / (hyperfocal_m + focused - 2 * focal_m)
    far_m = focused * (hyperfocal_m - focal_m) / (hyperfocal_m - focused) if focused < hyperfocal_m else math.inf
    return near_m, far_m


def scaled_width_px(camera: Camera, width_px: float) -> float:
    """A width as the reader has it when it looks for plates: in a picture at most 1280 pixels wide."""
    return width_px * min(1.0, MEASURED_WIDTH_PX / camera.pixels[0])


def _check(camera: Camera, place: Place) -> None:
    ranges = (
        ("distance", place.distance_m, 0.3, _FAR_M, "m"),
        ("height", place.height_m, 0.0, 15.0, "m"),
        ("offset", abs(place.offset_m), 0.0, 20.0, "m"),
        ("plate-height", place.plate_height_m, 0.2, 3.0, "m"),
        ("speed", place.speed_kmh, 0.1, 150.0, "km/h"),
        ("focal", camera.focal_mm, 0.5, 200.0, "mm"),
        ("pixels", min(camera.pixels), 120, 10000, "on each side"),
        ("pixels", max(camera.pixels), 160, 10000, "on each side"),
        ("shutter", camera.shutter_s, 1e-6, 0.1, "s"),
        ("fps", camera.fps, 0.5, 1000, "frames a second"),
        ("aperture", camera.f_number if camera.f_number is not None else 1.0, 0.7, 32.0, "as f-number"),
    )
    for name, value, low, high, unit in ranges:
        if not low <= value <= high:
            raise ConfigError(f"{name}: expected {low:g} to {high:g} {unit}, got {value:g}")


def _sight(place: Place, distance_m: float) -> tuple[float, float, float]:
    """From the camera to the middle of a plate that far along the lane."""
    return place.offset_m, place.plate_height_m - place.height_m, distance_m


def _plate_view(camera: Camera, place: Place, form: PlateForm) -> PlateView:
    width_m, height_m, character_m, lines = plate_size_m(form)
    width_px, row_px = _size_px(camera, place, form, place.distance_m)
    speed_px = _image_speed(camera, place, (width_m, height_m))
    readable = [z for z in _distances() if _readable(camera, place, form, z)]
    frames = 0
    if readable:
        frames = math.floor((readable[-1] - readable[0]) / (place.speed_kmh / 3.6) * camera.fps) + 1
    return PlateView(
        plate=form,
        width_px=width_px,
        row_px=row_px,
        character_px=row_px * character_m * lines / height_m,
        blur_px=speed_px * camera.shutter_s,
        longest_shutter_s=SHARP_BLUR_PX / speed_px,
        readable_m=(readable[0], readable[-1]) if readable else None,
        readable_frames=frames,
    )


def _distances() -> list[float]:
    return [number * _STEP_M for number in range(3, round(_FAR_M / _STEP_M) + 1)]


def _size_px(camera: Camera, place: Place, form: PlateForm, distance_m: float) -> tuple[float, float]:
    """Width of the plate and height of one of its rows in pixels.

    A length L across the line of sight, R away, takes focal_px L / R pixels; one that makes an angle with the line of
    sight is shortened by the sine of that angle. The plate is small against R, so its middle stands for all of it.
    """
    x, y, z = _sight(place, distance_m)
    sight_m = math.hypot(x, y, z)
    width_m, height_m, _, lines = plate_size_m(form)
    scale = camera.focal_px / sight_m
    return (
        scale * width_m * math.sqrt(1 - (x / sight_m) ** 2),
        scale * height_m / lines * math.sqrt(1 - (y / sight_m) ** 2),
    )


def _readable(camera: Camera, place: Place, form: PlateForm, distance_m: float) -> bool:
    width_px, row_px = _size_px(camera, place, form, distance_m)
    if row_px < ROW_PX or not WIDTH_PX[0] <= scaled_width_px(camera, width_px) <= WIDTH_PX[1]:
        return False
    return _inside(camera, place, form, distance_m)


def _inside(camera: Camera, place: Place, form: PlateForm, distance_m: float) -> bool:
    """Whether the whole plate is in the picture of the camera, whose axis stays on where the vehicle stops."""
    forward, right, up = _axes(place)
    x, y, z = _sight(place, distance_m)
    width_m, height_m, _, _ = plate_size_m(form)
    for across in (-width_m / 2, width_m / 2):
        for along in (-height_m / 2, height_m / 2):
            point = (x + across, y + along, z)
            depth = _dot(point, forward)
            if depth <= 0:
                return False
            column, row = (camera.focal_px * _dot(point, axis) / depth for axis in (right, up))
            if abs(column) > camera.pixels[0] / 2 or abs(row) > camera.pixels[1] / 2:
                return False
    return True


def _image_speed(camera: Camera, place: Place, size_m: tuple[float, float]) -> float:
    """Pixels a second that the fastest corner of the plate moves while the vehicle drives along the lane.

    The pinhole image of a point P is focal_px (P·right, P·up) / (P·forward); this is the length of its time derivative
    (optical flow of a translation; Longuet-Higgins and Prazdny 1980).
    """
    forward, right, up = _axes(place)
    x, y, z = _sight(place, place.distance_m)
    velocity = (0.0, 0.0, -place.speed_kmh / 3.6)
    fastest = 0.0
    for across in (-size_m[0] / 2, size_m[0] / 2):
        for along in (-size_m[1] / 2, size_m[1] / 2):
            point = (x + across, y + along, z)
            depth, approach = _dot(point, forward), _dot(velocity, forward)
            flow = (
                camera.focal_px * (_dot(velocity, axis) / depth - _dot(point, axis) * approach / depth**2)
                for axis in (right, up)
            )
            fastest = max(fastest, math.hypot(*flow))
    return fastest


_Vector = tuple[float, float, float]


def _axes(place: Place) -> tuple[_Vector, _Vector, _Vector]:
    """Forward, right and up of a camera that looks at the plate and hangs straight."""
    x, y, z = _sight(place, place.distance_m)
    sight_m, ground_m = math.hypot(x, y, z), math.hypot(x, z)
    forward = (x / sight_m, y / sight_m, z / sight_m)
    right = (z / ground_m, 0.0, -x / ground_m)
    up = (-x * y / (ground_m * sight_m), ground_m / sight_m, -z * y / (ground_m * sight_m))
    return forward, right, up


def _dot(one: _Vector, other: _Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
