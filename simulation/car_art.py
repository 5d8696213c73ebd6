"""Made-up cars, vans and motorcycles with riders. Cars are solids of a few faces; their ends are drawings."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from contract.plate import PlateColour, PlateKind, random_plate
from simulation.canvas import Bgr, Canvas, shaded
from simulation.lorry_art import PX_PER_M, Drawing, finished, hang_plate, sorted_box
from simulation.perspective import fill_face
from simulation.traffic import PlateLook
from simulation.view import Picture, View

_TYRE: Bgr = (24, 24, 25)
_GLASS: Bgr = (92, 80, 66)
_MOTORCYCLE_PLATE_M = 0.14
_Uv = tuple[float, float]


class Body(StrEnum):
    """What kind of small vehicle it is."""

    CAR = "car"
    VAN = "van"
    MOTORCYCLE = "motorcycle"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A body from the side: metres back from the nose, and up. `glass` names its upper edges that are panes."""

    wide: float
    outline: tuple[_Uv, ...]
    glass: frozenset[int]
    windows: tuple[tuple[_Uv, ...], ...]
    wheels: tuple[float, float]
    waist: float
    face_high: float
    tail_high: float
    roof_in: float


_CAR = _Shape(
    1.76,
    ((0, 0.28), (0, 0.74), (1.05, 0.95), (1.8, 1.43), (3.1, 1.46), (3.85, 1.04), (4.45, 0.98), (4.5, 0.3)),
    frozenset({2, 4}),
    (
        ((1.35, 0.97), (1.95, 1.36), (2.45, 1.39), (2.45, 0.97)),
        ((2.52, 0.97), (2.52, 1.39), (3.0, 1.38), (3.55, 1.0)),
    ),
    (0.86, 3.6),
    0.95,
    0.78,
    0.98,
    0.17,
)
_VAN = _Shape(
    1.92,
    ((0, 0.3), (0.02, 1.02), (0.55, 1.18), (1.3, 2.04), (5.0, 2.1), (5.2, 1.95), (5.25, 0.35)),
    frozenset({2}),
    (
        ((0.85, 1.14), (1.45, 1.86), (1.95, 1.88), (1.95, 1.12)),
        ((2.05, 1.12), (2.05, 1.88), (4.9, 1.9), (4.9, 1.12)),
    ),
    (0.95, 4.1),
    1.1,
    1.04,
    1.95,
    0.14,
)


@dataclass(frozen=True, slots=True)
class SmallVehicle:
    """A car, a van or a motorcycle; a motorcycle has its only plate at the rear."""

    body: Body
    front: PlateLook | None
    rear: PlateLook | None
    paint: Bgr
    seed: int

    @property
    def length_m(self) -> float:
        """From nose to tail."""
        return 1.9 if self.body is Body.MOTORCYCLE else self.shape.outline[-1][0]

    @property
    def width_m(self) -> float:
        """From side to side."""
        return 0.75 if self.body is Body.MOTORCYCLE else self.shape.wide

    @property
    def shape(self) -> _Shape:
        """The solid of a car or van."""
        return _VAN if self.body is Body.VAN else _CAR


def random_small_vehicle(rng: random.Random, body: Body) -> SmallVehicle:
    """A made-up one, registered in Vietnam or in China."""
    paint = rng.choice(((226, 228, 228), (40, 40, 42), (60, 50, 150), (150, 100, 50), (128, 130, 132), (80, 100, 70)))
    if body is Body.MOTORCYCLE:
        look = PlateLook(random_plate(rng, PlateKind.VN_MOTORCYCLE), PlateColour.WHITE, 2)
        return SmallVehicle(body, None, look, paint, rng.randrange(2**31))
    if rng.random() < 0.5:
        text = random_plate(rng, PlateKind.VN_CIVIL)
        front, rear = PlateLook(text, PlateColour.WHITE, 1), PlateLook(text, PlateColour.WHITE, rng.choice((1, 2)))
    else:
        text = random_plate(rng, PlateKind.CN_ORDINARY)
        front = rear = PlateLook(text, PlateColour.BLUE, 1)
    return SmallVehicle(body, front, rear, paint, rng.randrange(2**31))


def draw_end(vehicle: SmallVehicle, *, rear: bool, night: bool) -> Drawing:
    """The front or the rear of a vehicle, as a drawing."""
    if vehicle.body is Body.MOTORCYCLE:
        return _draw_motorcycle(vehicle, rear=rear, night=night)
    shape, rng = vehicle.shape, random.Random(vehicle.seed)
    high = shape.tail_high if rear else shape.face_high
    canvas, half, paint = Canvas(shape.wide + 0.02, 2.1, PX_PER_M), shape.wide / 2, vehicle.paint
    for side in (-1, 1):
        canvas.box(*sorted_box(side * half, 0, side * (half - 0.2), 0.4), _TYRE, round_m=0.03)
    canvas.box(-half + 0.1, 0.2, half - 0.1, 0.4, (26, 26, 27))
    roof_half = half - shape.roof_in if high > 1.2 else half - 0.02
    edge = [(-half + 0.03, 0.24), (half - 0.03, 0.24), (half, 0.4), (half, min(high, shape.waist)), (roof_half, high)]
    edge += [(-roof_half, high), (-half, min(high, shape.waist)), (-half, 0.4)]
    canvas.fade(edge, shaded(paint, 1.02), shaded(paint, 0.76))
    plate_y = _draw_tail(canvas, shape, rng) if rear else _draw_nose(canvas, shape, night=night)
    look = vehicle.rear if rear else vehicle.front
    return finished(canvas, shape.wide, hang_plate(canvas, look, plate_y) if look else None, night=night)


def _draw_nose(canvas: Canvas, shape: _Shape, *, night: bool) -> float:
    half, high = shape.wide / 2, shape.face_high
    canvas.box(-half * 0.55, 0.27, half * 0.55, 0.4, (30, 30, 31), round_m=0.03)
    canvas.box(-half * 0.62, high - 0.2, half * 0.62, high - 0.06, (34, 34, 35), round_m=0.03)
    for bar in (0.09, 0.13, 0.17):
        canvas.line([(-half * 0.6, high - bar), (half * 0.6, high - bar)], (120, 122, 124), 0.015)
    lens: Bgr = (252, 252, 250) if night else (224, 222, 216)
    for side in (-1, 1):
        inner, outer = side * half * 0.64, side * (half - 0.02)
        canvas.polygon([(inner, high - 0.2), (outer, high - 0.18), (outer, high - 0.02), (inner, high - 0.06)], _TYRE)
        canvas.disc(side * half * 0.8, high - 0.12, 0.06, lens)
        canvas.disc(side * half * 0.78, 0.34, 0.05, (150, 150, 148))
    return 0.48


def _draw_tail(canvas: Canvas, shape: _Shape, rng: random.Random) -> float:
    half, high = shape.wide / 2, shape.tail_high
    canvas.box(-half + 0.04, 0.26, half - 0.04, 0.46, (52, 52, 54), round_m=0.04)
    for side in (-1, 1):
        canvas.box(*sorted_box(side * (half - 0.02), 0.66, side * half * 0.62, 0.84), (44, 40, 190), round_m=0.03)
        canvas.box(*sorted_box(side * (half - 0.3), 0.7, side * half * 0.62, 0.78), (200, 200, 205), round_m=0.02)
    if high > 1.2:
        canvas.box(-half + 0.24, 1.2, half - 0.24, high - 0.14, _GLASS, round_m=0.05)
        canvas.line([(0, 0.5), (0, 1.2)], (60, 60, 62), 0.015)
    canvas.line([(-half * 0.5, 0.88), (half * 0.5, 0.88)], (150, 152, 154), 0.03 if rng.random() < 0.5 else 0.015)
    return 0.72


def _draw_motorcycle(vehicle: SmallVehicle, *, rear: bool, night: bool) -> Drawing:
    """A light motorcycle and who rides it."""
    rng = random.Random(vehicle.seed)
    canvas, paint = Canvas(1.1, 1.8, PX_PER_M), vehicle.paint
    shirt: Bgr = rng.choice(((150, 100, 60), (60, 60, 160), (90, 110, 80), (200, 200, 196)))
    trousers: Bgr = rng.choice(((60, 50, 44), (46, 46, 50), (90, 84, 70)))
    canvas.box(-0.055, 0, 0.055, 0.56, _TYRE, round_m=0.05)
    for side in (-1, 1):
        canvas.line([(side * 0.09, 0.2), (side * 0.1, 0.8)], (120, 122, 124), 0.035)
        canvas.line([(side * 0.12, 0.3), (side * 0.28, 0.3)], (60, 60, 62), 0.03)
        canvas.line([(side * 0.13, 0.86), (side * 0.27, 0.6), (side * 0.2, 0.3)], trousers, 0.15)
        canvas.box(*sorted_box(side * 0.14, 0.24, side * 0.26, 0.34), (40, 40, 44), round_m=0.03)
    canvas.polygon([(-0.14, 0.5), (0.14, 0.5), (0.19, 0.86), (-0.19, 0.86)], paint)
    torso = [(-0.18, 0.8), (0.18, 0.8), (0.24, 1.22), (0.18, 1.34), (-0.18, 1.34), (-0.24, 1.22)]
    canvas.polygon(torso, shirt)
    for side in (-1, 1):
        canvas.line([(side * 0.22, 1.26), (side * 0.36, 1.06), (side * 0.34, 0.98)], shaded(shirt, 0.85), 0.11)
        canvas.line([(side * 0.2, 1.0), (side * 0.4, 1.0)], _TYRE, 0.03)
        canvas.line([(side * 0.3, 1.0), (side * 0.36, 1.16)], _TYRE, 0.015)
        canvas.disc(side * 0.38, 1.18, 0.055, (60, 62, 64))
    canvas.disc(0, 1.5, 0.14, rng.choice(((60, 60, 190), (210, 210, 210), (150, 90, 50), (46, 46, 48))))
    plate = None
    if rear:
        canvas.box(-0.16, 0.82, 0.16, 0.9, (40, 36, 190), round_m=0.03)
        if vehicle.rear:
            plate = hang_plate(canvas, vehicle.rear, 0.66, height_m=_MOTORCYCLE_PLATE_M)
    else:
        canvas.polygon([(-0.08, 1.38), (0.08, 1.38), (0.09, 1.5), (-0.09, 1.5)], (112, 142, 186))
        canvas.box(-0.12, 0.46, 0.12, 0.56, shaded(paint, 0.8), round_m=0.03)
        canvas.disc(0, 0.92, 0.09, (252, 252, 250) if night else (226, 226, 220))
    return finished(canvas, 0.75, plate, night=night)


def put_car(
    frame: Picture,
    view: View,
    vehicle: SmallVehicle,
    *,
    x_m: float,
    z_m: float,
    rear_first: bool,
    light: float,
) -> None:
    """Set a car or van into the picture, all but its near end, which is `z_m` away, in a light of 0–1."""
    shape, paint = vehicle.shape, vehicle.paint

    def place(x: float, y: float, u: float) -> tuple[float, float, float]:
        return x, y, z_m + (vehicle.length_m - u if rear_first else u)

    def half(y: float) -> float:
        over = max(0.0, y - shape.waist) / (max(v for _, v in shape.outline) - shape.waist)
        return shape.wide / 2 - shape.roof_in * over

    edges = list(range(1, len(shape.outline) - 2))
    for index in edges if rear_first else reversed(edges):
        (u1, y1), (u2, y2) = shape.outline[index], shape.outline[index + 1]
        corners = [place(x_m - half(y1), y1, u1), place(x_m + half(y1), y1, u1)]
        corners += [place(x_m + half(y2), y2, u2), place(x_m - half(y2), y2, u2)]
        if index in shape.glass:
            fill_face(frame, view, corners, shaded(paint, 0.8), light=light)
            inset = _shrunk(corners, 0.9)
            fill_face(frame, view, inset, _GLASS, light=light)
        else:
            fill_face(frame, view, corners, shaded(paint, 1.06), light=light)
    side = -1 if x_m > 0 else 1
    flank = [place(x_m + side * half(y), y, u) for u, y in shape.outline]
    fill_face(frame, view, flank, shaded(paint, 0.72), light=light)
    for window in shape.windows:
        fill_face(frame, view, [place(x_m + side * half(y), y, u) for u, y in window], _GLASS, light=light * 0.8)
    turns = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    for wheel in shape.wheels:
        for radius, colour in ((0.32, _TYRE), (0.2, (120, 122, 124))):
            rim = [(wheel + radius * float(np.cos(t)), 0.32 + radius * float(np.sin(t))) for t in turns]
            x = x_m + side * shape.wide / 2
            fill_face(frame, view, [place(x, y, u) for u, y in rim], colour, light=light)


def _shrunk(corners: list[tuple[float, float, float]], share: float) -> list[tuple[float, float, float]]:
    middle = np.mean(corners, axis=0)
    return [tuple(float(v) for v in middle + (np.array(c) - middle) * share) for c in corners]  # type: ignore[misc]  # pairs in, pairs out
