"""Made-up lorries, drawn once each: the face of the cab, the tail of the trailer, the flank. No maker's sign."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np

from contract.plate import PlateColour
from rendering.plate import design_for, draw_plate
from simulation.canvas import Bgr, Canvas, shaded
from simulation.traffic import Lorry, PlateLook
from simulation.view import Picture

PX_PER_M = 290.0
FLANK_PX_PER_M = 70.0
FLANK_HIGH_M = 4.2
_FACE_WIDE_M = 3.2
_PLATE_M = {1: 0.11, 2: 0.165}
_PLATE_CN_M = {1: 0.14, 2: 0.22}
Part = tuple[slice, slice]
_DARK: Bgr = (38, 37, 36)
_MUD: Bgr = (74, 94, 112)
_BODIES: tuple[Bgr, ...] = (
    (205, 206, 205),
    (150, 86, 46),
    (58, 74, 150),
    (92, 120, 82),
    (60, 140, 190),
    (120, 108, 100),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A flat picture standing on the ground, its shape, and both at half and quarter size for far away."""

    levels: tuple[tuple[Picture, Picture], ...]
    width_m: float
    """Of the vehicle itself, without its mirrors."""


@dataclass(frozen=True, slots=True)
class _Cab:
    wide: float
    top: float
    sill: float
    glass_top: float
    bumper: float
    body_wide: float
    body_top: float


_TALL = _Cab(2.5, 3.55, 1.78, 2.78, 0.95, 2.46, 3.95)
_FLAT = _Cab(2.46, 2.95, 1.62, 2.55, 0.92, 2.46, 3.9)
_LIGHT = _Cab(2.1, 2.3, 1.28, 2.02, 0.78, 2.3, 3.1)


def _cab_of(lorry: Lorry) -> _Cab:
    if lorry.front and lorry.front.colour is PlateColour.BLUE:
        return _LIGHT  # blue is the colour of light Chinese lorries
    return _TALL if lorry.seed % 5 < 3 else _FLAT


def _body_of(lorry: Lorry) -> Bgr:
    return _BODIES[lorry.seed // 7 % len(_BODIES)]


def draw_face(lorry: Lorry, *, night: bool) -> Drawing:
    """The front of a lorry."""
    cab, rng = _cab_of(lorry), random.Random(lorry.seed)
    canvas = Canvas(_FACE_WIDE_M, 4.1, PX_PER_M)
    paint: Bgr = lorry.paint
    half = cab.wide / 2
    canvas.box(-cab.body_wide / 2, 0.9, cab.body_wide / 2, cab.body_top, shaded(_body_of(lorry), 0.62))
    _draw_under(canvas, half)
    shell = [(-half, 0.75), (half, 0.75), (half, cab.sill), (half - 0.07, cab.glass_top), (half - 0.14, cab.top - 0.12)]
    shell += [(half - 0.3, cab.top), (-half + 0.3, cab.top), (-half + 0.14, cab.top - 0.12)]
    shell += [(-half + 0.07, cab.glass_top), (-half, cab.sill)]
    canvas.fade(shell, shaded(paint, 1.05), shaded(paint, 0.82))
    _draw_windscreen(canvas, cab, paint)
    _draw_grille(canvas, cab, paint, rng)
    plate_y = _draw_bumper(canvas, cab, paint, rng, night=night)
    _draw_mirrors(canvas, cab)
    _round_off(canvas, half)
    _soil(canvas, rng, 1.1)
    plate = hang_plate(canvas, lorry.front, plate_y, rng if lorry.muddy else None) if lorry.front else None
    return finished(canvas, cab.wide, plate, night=night)


def _draw_under(canvas: Canvas, half: float) -> None:
    canvas.box(-half + 0.1, 0.28, half - 0.1, 1.0, (24, 24, 24))
    canvas.line([(-half + 0.3, 0.5), (half - 0.3, 0.5)], (48, 48, 50), 0.14)
    for side in (-1, 1):
        outer = side * (half - 0.03)
        inner = side * (half - 0.36)
        canvas.box(min(outer, inner), 0.0, max(outer, inner), 0.85, (26, 26, 27), round_m=0.05)
        for groove in (0.08, 0.16, 0.24):
            canvas.line(
                [(side * (half - 0.03 - groove), 0.02), (side * (half - 0.03 - groove), 0.6)], (15, 15, 15), 0.02
            )


def _draw_windscreen(canvas: Canvas, cab: _Cab, paint: Bgr) -> None:
    half, low, high = cab.wide / 2 - 0.1, cab.sill + 0.06, cab.glass_top
    glass = [(-half, low), (half, low), (half - 0.09, high), (-half + 0.09, high)]
    canvas.polygon([(x * 1.03, y + (0.03 if y > low else -0.04)) for x, y in glass], (20, 20, 20))
    canvas.fade(glass, (128, 112, 92), (44, 38, 32))
    for x in (-half * 0.5, half * 0.5):  # two seats and who sits there, seen dimly
        canvas.box(x - 0.23, low + 0.08, x + 0.23, high - 0.42, (38, 34, 30), round_m=0.1)
    canvas.disc(half * 0.5, high - 0.36, 0.12, (52, 56, 66))
    canvas.line([(half * 0.5 - 0.2, low + 0.2), (half * 0.5 + 0.2, low + 0.2)], (20, 20, 22), 0.03)
    canvas.box(-half + 0.02, low, half - 0.02, low + 0.1, (30, 28, 27))
    shine = np.zeros(canvas.mask.shape, np.float32)
    for left, wide in ((-0.75, 0.34), (-0.28, 0.1)):
        corners = [canvas.px(left, low), canvas.px(left + wide, low), canvas.px(left + wide + 0.4, high - 0.02)]
        corners.append(canvas.px(left + 0.4, high - 0.02))
        cv2.fillPoly(shine, [np.array(corners, np.int32)], 0.16)
    canvas.glaze(cv2.GaussianBlur(shine, (0, 0), 4).astype(np.float32), (235, 225, 210))
    canvas.polygon(
        [(-half + 0.1, high), (half - 0.1, high), (half - 0.06, high - 0.15), (-half + 0.06, high - 0.15)], (30, 30, 32)
    )
    for x in (-half * 0.75, half * 0.15):
        canvas.line([(x, low - 0.02), (x + half * 0.62, low + 0.1)], (16, 16, 16), 0.025)
        canvas.line([(x, low - 0.02), (x + half * 0.35, low + 0.04)], (22, 22, 22), 0.035)
    if cab.top > cab.glass_top + 0.5:
        canvas.line(
            [(-half + 0.2, cab.glass_top + 0.28), (half - 0.2, cab.glass_top + 0.28)], shaded(paint, 0.72), 0.025
        )
        for x in (-half * 0.7, half * 0.7):
            canvas.box(x - 0.1, cab.top - 0.2, x + 0.1, cab.top - 0.14, (60, 160, 235), round_m=0.02)


def _draw_grille(canvas: Canvas, cab: _Cab, paint: Bgr, rng: random.Random) -> None:
    low, high = cab.bumper + 0.1, cab.sill - 0.16
    style = rng.randrange(3)
    wide = cab.wide * (0.27, 0.34, 0.36)[style]
    outline = [(-wide * 0.86, low), (wide * 0.86, low), (wide, high), (-wide, high)]
    if style == 0:
        canvas.polygon([(x * 1.05, y + (0.04 if y == high else -0.04)) for x, y in outline], (178, 180, 182))
    canvas.polygon(outline, (30, 30, 31))
    bars = rng.choice((4, 5, 7))
    colour = (shaded(paint, 0.85), (118, 120, 122), (62, 62, 64))[rng.randrange(3)]
    for bar in range(bars):
        y = low + (bar + 0.6) * (high - low) / bars
        share = 0.84 + 0.14 * (y - low) / (high - low)
        canvas.line([(-wide * share, y), (wide * share, y)], colour, 0.05 if bars < 7 else 0.03)
    canvas.box(-0.13, high - 0.13, 0.13, high - 0.05, (196, 198, 200), round_m=0.03)  # where a badge would be
    canvas.line(
        [(-cab.wide / 2 + 0.04, cab.sill - 0.06), (cab.wide / 2 - 0.04, cab.sill - 0.06)], shaded(paint, 0.55), 0.018
    )
    for side in (-1, 1):
        canvas.line(
            [(side * wide * 1.18, low - 0.06), (side * wide * 1.24, cab.sill - 0.08)], shaded(paint, 0.6), 0.015
        )


def _draw_bumper(canvas: Canvas, cab: _Cab, paint: Bgr, rng: random.Random, *, night: bool) -> float:
    """Returns the height of the middle of the plate."""
    half, top, low = cab.wide / 2, cab.bumper, 0.36
    colour = shaded(paint, 0.8) if rng.random() < 0.5 else (70, 69, 68)
    canvas.fade(
        [(-half, low + 0.06), (-half + 0.1, low), (half - 0.1, low), (half, low + 0.06), (half, top), (-half, top)],
        shaded(colour, 1.1),
        shaded(colour, 0.72),
    )
    canvas.line([(-half, top), (half, top)], (22, 22, 22), 0.025)
    canvas.box(-half * 0.5, low + 0.03, half * 0.5, low + 0.12, (26, 26, 26), round_m=0.03)
    lens: Bgr = (252, 252, 250) if night else (226, 224, 216)
    slanted, y = rng.random() < 0.5, top - 0.17
    for side in (-1, 1):
        lamp = [(side * 0.64, y - 0.1), (side * (half - 0.06), y - 0.1), (side * (half - 0.03), y + 0.14)]
        lamp.append((side * 0.72, y + 0.14 if not slanted else y + 0.04))
        canvas.polygon(lamp, (44, 44, 46))
        inset = [
            (x + side * (0.03 if index in (0, 3) else -0.04), v + (0.025 if v < y else -0.025))
            for index, (x, v) in enumerate(lamp)
        ]
        canvas.polygon(inset, (150, 152, 154))
        for x in (0.82, 1.02):
            if x < half - 0.1:
                canvas.disc(side * x, y, 0.075, lens)
        canvas.box(*sorted_box(side * (half - 0.09), y - 0.06, side * (half - 0.03), y + 0.09), (40, 140, 245))
        canvas.disc(side * (half - 0.35), low + 0.12, 0.06, (58, 58, 60))
        canvas.disc(side * (half - 0.35), low + 0.12, 0.045, (196, 196, 190))
    return top - 0.26


def sorted_box(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of two corners."""
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _draw_mirrors(canvas: Canvas, cab: _Cab) -> None:
    for side in (-1, 1):
        root, out = side * (cab.wide / 2 - 0.06), side * (cab.wide / 2 + 0.2)
        canvas.line([(root, cab.glass_top - 0.05), (out, cab.glass_top - 0.02)], _DARK, 0.04)
        canvas.box(*sorted_box(out - 0.09, cab.glass_top - 0.62, out + 0.09, cab.glass_top - 0.05), _DARK, round_m=0.05)
        canvas.box(
            *sorted_box(out - 0.06, cab.glass_top - 0.84, out + 0.06, cab.glass_top - 0.66), (46, 45, 44), round_m=0.04
        )


def draw_tail(lorry: Lorry, *, night: bool) -> Drawing:
    """The rear of a lorry or its trailer: doors with their rods, beam, lamps, plate."""
    rng, body = random.Random(lorry.seed + 1), _body_of(lorry)
    top, wide = (3.1, 2.3) if lorry.rigid else (3.95, 2.46)
    half, floor = wide / 2, 1.12
    canvas = Canvas(_FACE_WIDE_M, 4.1, PX_PER_M)
    canvas.box(-half + 0.08, 0.3, half - 0.08, floor, (26, 26, 27))
    for side in (-1, 1):
        for tyre in (half - 0.34, half - 0.68):
            canvas.box(*sorted_box(side * tyre, 0, side * (tyre + 0.3), 0.95), (22, 22, 23), round_m=0.05)
        canvas.box(*sorted_box(side * (half - 0.7), 0.25, side * (half - 0.04), 0.8), (34, 34, 35))
    canvas.fade([(-half, floor), (half, floor), (half, top), (-half, top)], shaded(body, 1.05), shaded(body, 0.86))
    _draw_doors(canvas, body, half, floor, top, ribbed=rng.random() < 0.5)
    canvas.box(-half, 0.86, half, 1.08, (58, 58, 60))
    canvas.box(-half + 0.1, 0.46, half - 0.1, 0.6, (50, 50, 52))
    for stripe in range(10):
        left = -half + 0.12 + stripe * (wide - 0.24) / 10
        colour = (40, 40, 190) if stripe % 2 else (225, 225, 225)
        canvas.polygon([(left, 0.49), (left + 0.2, 0.49), (left + 0.24, 0.57), (left + 0.04, 0.57)], colour)
    for side in (-1, 1):
        for x, colour in ((0.08, (36, 36, 205)), (0.26, (40, 130, 240)), (0.42, (215, 215, 215))):
            canvas.box(*sorted_box(side * (half - x), 0.9, side * (half - x - 0.15), 1.04), colour, round_m=0.02)
        canvas.box(*sorted_box(side * (half - 0.03), floor + 0.06, side * (half - 0.1), top - 0.08), shaded(body, 0.78))
    canvas.box(-0.27, 0.6, 0.27, 0.92, (42, 42, 43))
    _soil(canvas, rng, 1.6)
    plate = hang_plate(canvas, lorry.rear, 0.76, None) if lorry.rear else None
    return finished(canvas, wide, plate, night=night)


def _draw_doors(canvas: Canvas, body: Bgr, half: float, floor: float, top: float, *, ribbed: bool) -> None:
    if ribbed:
        for rib in range(9):
            y = floor + 0.2 + rib * (top - floor - 0.3) / 9
            canvas.line([(-half + 0.1, y), (half - 0.1, y)], shaded(body, 0.9), 0.07)
    canvas.line([(0, floor), (0, top)], shaded(body, 0.4), 0.03)
    canvas.line([(-half, top - 0.03), (half, top - 0.03)], shaded(body, 0.7), 0.06)
    canvas.line([(-half, floor + 0.03), (half, floor + 0.03)], shaded(body, 0.6), 0.06)
    for x in (0.25, 0.8):
        for side in (-1, 1):
            canvas.line([(side * x + 0.015, floor + 0.05), (side * x + 0.015, top - 0.05)], shaded(body, 0.5), 0.035)
            canvas.line([(side * x, floor + 0.05), (side * x, top - 0.05)], (168, 170, 172), 0.03)
            canvas.line([(side * x, floor + 0.55), (side * (x + 0.3), floor + 0.52)], (120, 122, 124), 0.04)
            for y in (floor + 0.25, (floor + top) / 2, top - 0.3):
                canvas.box(side * x - 0.05, y - 0.03, side * x + 0.05, y + 0.03, (110, 112, 114))


def draw_flank(lorry: Lorry, *, tail_first: bool) -> Picture:
    """The side that the camera sees, its nearest end at the left, `FLANK_HIGH_M` high; no lettering."""
    cab, body = _cab_of(lorry), _body_of(lorry)
    length = 7.0 if lorry.rigid else 14.5
    canvas = Canvas(length, FLANK_HIGH_M, FLANK_PX_PER_M)
    canvas.image[:] = (52, 52, 53)

    def along(u: float) -> float:  # metres from the nose to the canvas's own x
        return (length / 2 - u) if tail_first else (u - length / 2)

    def slab(first: float, low: float, last: float, high: float, colour: Bgr) -> None:
        canvas.box(*sorted_box(along(first), low, along(last), high), colour)

    box_from = 1.75 if lorry.rigid else 3.0
    slab(0, 0, length, 1.1, (30, 30, 31))
    slab(0, 0.42, 1.75 if lorry.rigid else 2.2, cab.top, shaded(lorry.paint, 0.72))
    slab(0.45, cab.sill + 0.05, 1.3, cab.glass_top - 0.05, (52, 46, 40))
    slab(0.35, 0.6, 0.38, cab.glass_top, shaded(lorry.paint, 0.5))
    slab(1.4, 0.6, 1.43, cab.glass_top, shaded(lorry.paint, 0.5))
    slab(box_from, 1.12, length, cab.body_top, shaded(body, 0.74))
    for rib in np.arange(box_from + 0.15, length, 0.28):
        slab(float(rib), 1.25, float(rib) + 0.09, cab.body_top - 0.12, shaded(body, 0.6))
    for wheel in (1.2, *((length - 1.6,) if lorry.rigid else (4.2, length - 3.2, length - 1.9))):
        canvas.disc(along(wheel), 0.5, 0.5, (20, 20, 21))
        canvas.disc(along(wheel), 0.5, 0.25, (96, 97, 98))
    canvas.image[canvas.mask == 0] = (52, 52, 53)
    return canvas.image


def _round_off(canvas: Canvas, half: float) -> None:
    """Sides that turn away from the viewer are darker."""
    x_m = np.abs(np.arange(canvas.image.shape[1]) / canvas.px_per_m - canvas.width_m / 2)
    light = 1 - 0.3 * np.clip((x_m - half * 0.7) / (half * 0.3), 0, 1) ** 2
    canvas.image[:] = (canvas.image * light[None, :, None]).astype(np.uint8)


def _soil(canvas: Canvas, rng: random.Random, up_to_m: float) -> None:
    """Road dirt: thick near the ground, in splashes."""
    height, width = canvas.mask.shape
    noise = np.random.default_rng(rng.randrange(2**31)).random((height // 8, width // 8)).astype(np.float32)
    splashes = cv2.resize(cv2.GaussianBlur(noise, (0, 0), 3), (width, height)) - 0.5
    y_m = canvas.height_m - np.arange(height, dtype=np.float32) / canvas.px_per_m
    low = np.clip(1 - y_m / up_to_m, 0, 1)[:, None]
    canvas.glaze(np.clip(rng.uniform(0.2, 0.55) * low * (1 + 5 * splashes), 0, 0.7).astype(np.float32), _MUD)


def _plate_size_m(look: PlateLook) -> float:
    return (_PLATE_CN_M if look.text[0] > "\u2e80" else _PLATE_M)[look.lines]


def hang_plate(
    canvas: Canvas, look: PlateLook, y_m: float, mud: random.Random | None = None, *, height_m: float | None = None
) -> Part:
    """Draw a plate, its middle `y_m` above the ground, under mud or clean; returns where it is."""
    height = round((height_m or _plate_size_m(look)) * canvas.px_per_m)
    drawn = draw_plate(design_for(look.text, look.colour, look.lines), height_px=height * 3)
    width = round(drawn.image.shape[1] * height / drawn.image.shape[0])
    plate = cv2.resize(drawn.image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    shape = cv2.resize(drawn.mask, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    if mud:
        noise = np.random.default_rng(mud.randrange(2**31)).random((height, width)).astype(np.float32)
        clods = cv2.GaussianBlur(noise, (0, 0), 4)
        cover = np.clip((clods - clods.mean()) * 30 + 1.2, 0.0, 0.97)[..., None]
        plate = plate * (1 - cover) + np.array(_MUD) * cover
    middle_x, middle_y = canvas.px(0, y_m)
    x, y = round(middle_x - width / 2), round(middle_y - height / 2)
    half_m = (width + 14) / 2 / canvas.px_per_m, (height + 14) / 2 / canvas.px_per_m
    canvas.box(-half_m[0], y_m - half_m[1], half_m[0], y_m + half_m[1], (30, 30, 30), round_m=0.02)
    where = slice(y, y + height), slice(x, x + width)
    part = canvas.image[where]
    part[:] = (part * (1 - shape) + plate * shape).astype(np.uint8)
    return where


def finished(canvas: Canvas, width_m: float, plate: Part | None, *, night: bool) -> Drawing:
    """The drawing, by day or as it looks at night, when only lamps and the plate are bright."""
    image, mask = canvas.image, canvas.mask
    if night:  # a lamp beside the camera: paint is dim, lamps and reflecting plates are bright
        lit = (image * np.array([0.36, 0.40, 0.43])).astype(np.uint8)
        lamps = image.min(axis=2) > 245
        lit[lamps] = image[lamps]
        if plate:
            lit[plate] = (image[plate] * 0.84).astype(np.uint8)
        image = lit
    levels = [(image, mask)]
    for _ in range(2):
        image, mask = (
            np.asarray(cv2.resize(layer, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
            for layer in levels[-1]
        )
        levels.append((image, mask))
    return Drawing(tuple(levels), width_m)
