"""Made-up plates of every class on vehicles in lane frames, by light, weather and distance. All follows from a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.answers import HEIGHT, height_group
from contract.plate import PlateColour, PlateKind, random_plate
from edge.frame import Image
from edge.lpr.types import Box
from rendering import effects
from rendering.plate import PlateDesign, RenderedPlate, design_for, draw_plate

FRAME_WIDTH, FRAME_HEIGHT = 1280, 720
LIGHTS = ("day", "dusk", "infrared")
WEATHERS = ("clear", "clear", "clear", "rain", "fog")
_NARROWEST_PX, _WIDEST_PX = 40.0, 400.0
_VEHICLE_WIDTHS = 5.2
"""A lorry is about so many plates wide …"""
_VEHICLE_HEIGHTS = 6.5
"""… and as high as so many plates are wide."""
_DRAWN_HEIGHT_PX = 110
_LETTERING = ("18T", "6x4", "VAN TAI", "TURBO 350", "MAX 80")
_K, _C = PlateKind, PlateColour


@dataclass(frozen=True, slots=True)
class PlateClass:
    """A class of plates; `province` and `suffix` replace the first and last character of a made-up one."""

    kind: PlateKind
    colour: PlateColour
    lines: int = 1
    province: str = ""
    suffix: str = ""
    freight: bool = False

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.province}{self.suffix} {self.kind} {self.colour} {self.lines}".strip()

    def design(self, rng: random.Random) -> PlateDesign:
        """A made-up plate of this class; some letters would make another class of it on this colour."""
        while True:
            text = random_plate(rng, self.kind)
            if self.province:
                text = self.province + text[1:]
            if self.suffix:
                text = text[:-1] + self.suffix
            design = design_for(text, self.colour, self.lines)
            if design.kind is self.kind:
                return design


CLASSES = (
    PlateClass(_K.VN_CIVIL, _C.YELLOW, freight=True),
    PlateClass(_K.VN_CIVIL, _C.YELLOW, 2, freight=True),
    PlateClass(_K.VN_CIVIL, _C.WHITE),
    PlateClass(_K.VN_CIVIL, _C.WHITE, 2, freight=True),
    PlateClass(_K.VN_CIVIL, _C.BLUE),
    PlateClass(_K.VN_TRAILER, _C.WHITE, 2, freight=True),
    PlateClass(_K.VN_TRAILER, _C.YELLOW),
    PlateClass(_K.VN_MILITARY, _C.RED),
    PlateClass(_K.VN_MILITARY, _C.RED, 2),
    PlateClass(_K.VN_TEMPORARY, _C.WHITE),
    PlateClass(_K.VN_TEMPORARY, _C.WHITE, 2),
    PlateClass(_K.VN_SPECIAL, _C.WHITE, 2),
    PlateClass(_K.VN_ZONE, _C.YELLOW, 2),
    PlateClass(_K.VN_MACHINE, _C.WHITE, 2),
    PlateClass(_K.VN_DIPLOMATIC, _C.WHITE),
    PlateClass(_K.VN_MOTORCYCLE, _C.WHITE, 2),
    PlateClass(_K.CN_ORDINARY, _C.BLUE, freight=True),
    PlateClass(_K.CN_ORDINARY, _C.YELLOW, freight=True),
    PlateClass(_K.CN_ORDINARY, _C.YELLOW, 2, freight=True),
    PlateClass(_K.CN_ORDINARY, _C.YELLOW, province="桂", freight=True),
    PlateClass(_K.CN_ORDINARY, _C.BLUE, province="桂"),
    PlateClass(_K.CN_TRAILER, _C.YELLOW, 2, freight=True),
    PlateClass(_K.CN_NEV_SMALL, _C.GREEN),
    PlateClass(_K.CN_NEV_LARGE, _C.YELLOW_GREEN, freight=True),
    PlateClass(_K.CN_SUFFIX, _C.YELLOW, suffix="学"),
    PlateClass(_K.CN_SUFFIX, _C.WHITE, suffix="警"),
    PlateClass(_K.CN_SUFFIX, _C.BLACK, suffix="港"),
    PlateClass(_K.CN_SUFFIX, _C.BLUE, suffix="试"),
    PlateClass(_K.CN_SUFFIX, _C.YELLOW, suffix="超"),
    PlateClass(_K.CN_EMBASSY, _C.BLACK),
)
"""Every class that passes a gate; 试 and 超 stand for paper plates."""
FREIGHT = tuple(plate_class for plate_class in CLASSES if plate_class.freight)


@dataclass(frozen=True, slots=True)
class View:
    """How a vehicle is seen: how wide its plate is, where its middle is (shares of the frame), how it is turned."""

    width_px: float = 160.0
    x: float = 0.5
    y: float = 0.68
    tilt_deg: float = 0.0
    light: str = "even"
    weather: str = "clear"


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """A vehicle with its plate and the lane it is in: what stays the same from frame to frame."""

    design: PlateDesign
    plate: RenderedPlate
    surface: Image
    lane: Image
    paint: tuple[int, int, int]
    lettering: str


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A frame with one plate, whose place and text are known; `part` is what the vehicle covers."""

    image: Image
    part: Box
    plate: Box
    design: PlateDesign
    view: View

    @property
    def row_px(self) -> float:
        """Height of the plate over its number of rows."""
        return self.plate.height / self.design.lines

    @property
    def facts(self) -> dict[str, str]:
        """What answers about this scene are grouped by."""
        return {
            "country": str(self.design.country),
            "kind": str(self.design.kind),
            "lines": str(self.design.lines),
            "colour": str(self.design.colour),
            "light": self.view.light,
            "weather": self.view.weather,
            HEIGHT: height_group(self.plate.height),
        }


def rng_for(*names: object) -> random.Random:
    """A random source that follows from names and numbers, the same on every machine."""
    return random.Random("/".join(str(name) for name in names))


def scenes(plates_per_class: int, seed: int, classes: Sequence[PlateClass] = CLASSES) -> Iterator[Scene]:
    """So many plates of each of these classes, light and weather in turn, near and far."""
    for plate_class in classes:
        for number in range(plates_per_class):
            rng = rng_for(seed, plate_class.name, number)
            vehicle = make_vehicle(plate_class, rng)
            view = View(
                width_px=math.exp(rng.uniform(math.log(_NARROWEST_PX), math.log(_WIDEST_PX))),
                x=rng.uniform(0.35, 0.65),
                y=rng.uniform(0.55, 0.8),
                tilt_deg=rng.gauss(0, 3),
                light=LIGHTS[(number + CLASSES.index(plate_class)) % len(LIGHTS)],
                weather=rng.choice(WEATHERS),
            )
            yield photograph(vehicle, view, rng)


def make_vehicle(plate_class: PlateClass, rng: random.Random) -> Vehicle:
    """A vehicle with a made-up plate, used but not broken."""
    design = plate_class.design(rng)
    plate = draw_plate(design, height_px=_DRAWN_HEIGHT_PX * design.lines, rng=rng)
    surface = effects.screws(plate.image, rng) if rng.random() < 0.5 else plate.image
    if rng.random() < 0.3:
        surface = effects.dirt(surface, rng, rng.uniform(0.1, 0.45))
    if rng.random() < 0.2:
        surface = effects.worn(surface, rng, rng.uniform(0.1, 0.35))
    paint = (rng.randint(30, 200), rng.randint(30, 200), rng.randint(30, 200))
    return Vehicle(design, plate, surface, empty_lane(rng), paint, rng.choice(_LETTERING))


def empty_lane(rng: random.Random) -> Image:
    """Asphalt with a kerb on either side."""
    flat = np.full((FRAME_HEIGHT, FRAME_WIDTH, 3), rng.randint(80, 130), np.uint8)
    for x in (120, FRAME_WIDTH - 120):
        cv2.line(flat, (x, FRAME_HEIGHT), (FRAME_WIDTH // 2 + (x - FRAME_WIDTH // 2) // 3, 0), (190, 190, 190), 9)
    return effects.noise(flat, rng, 0.25)


def photograph(vehicle: Vehicle, view: View, rng: random.Random) -> Scene:
    """The vehicle in its lane as the camera sees it."""
    centre = np.array([view.x * FRAME_WIDTH, view.y * FRAME_HEIGHT], np.float32)
    frame = vehicle.lane.copy()
    part = _draw_front(frame, vehicle, centre, view.width_px)
    surface, mask = (_shrunk(image, view.width_px) for image in (vehicle.surface, vehicle.plate.mask))
    rows, columns = surface.shape[:2]
    corners = _turned(view.width_px, view.width_px * rows / columns, view.tilt_deg) + centre
    frame = effects.place(frame, surface, mask, corners)
    (x1, y1), (x2, y2) = corners.min(axis=0), corners.max(axis=0)
    plate = Box(float(x1), float(y1), float(x2), float(y2))
    frame = _lit(_rained(frame, plate, view.weather, rng), view, rng)
    frame = effects.jpeg(effects.defocus(frame, 0.6), rng.randint(70, 92))
    return Scene(frame, part, plate, vehicle.design, view)


def _shrunk(image: Image, width_px: float) -> Image:
    """At most so wide, every pixel counted: laying a large plate straight into a small place would skip most of it."""
    scale = min(1.0, width_px / image.shape[1])
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _draw_front(frame: Image, vehicle: Vehicle, centre: NDArray[np.float32], width_px: float) -> Box:
    """Cab, windscreen, grille, lamps, bumper and lettering; returns what of it is in the frame."""
    x, y = float(centre[0]), float(centre[1])
    half, high = width_px * _VEHICLE_WIDTHS / 2, width_px * _VEHICLE_HEIGHTS

    def block(left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        cv2.rectangle(
            frame,
            (int(x + left * half), int(y + top * high)),
            (int(x + right * half), int(y + bottom * high)),
            colour,
            -1,
        )

    dark = tuple(value // 3 for value in vehicle.paint)
    block(-1, -0.85, 1, 0.15, vehicle.paint)
    block(-0.85, -0.75, 0.85, -0.42, (70, 62, 55))
    for stripe in range(4):
        block(-0.5, -0.32 + stripe * 0.05, 0.5, -0.29 + stripe * 0.05, (dark[0], dark[1], dark[2]))
    block(-0.9, -0.14, -0.6, -0.07, (215, 225, 230))
    block(0.6, -0.14, 0.9, -0.07, (215, 225, 230))
    block(-1, -0.03, 1, 0.12, (60, 60, 62))
    at = (int(x - 0.3 * half), int(y - 0.36 * high))
    cv2.putText(frame, vehicle.lettering, at, cv2.FONT_HERSHEY_SIMPLEX, half / 220, (235, 235, 235), 2, cv2.LINE_AA)
    return Box(
        max(0.0, x - 1.05 * half),
        max(0.0, y - 0.9 * high),
        min(float(FRAME_WIDTH), x + 1.05 * half),
        min(float(FRAME_HEIGHT), y + 0.2 * high),
    )


def _turned(width: float, height: float, degrees: float) -> NDArray[np.float32]:
    """Corners of a plate around (0, 0)."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]], np.float32)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (width / 2, height / 2)
    return np.asarray(corners @ turn, np.float32)


def _rained(frame: Image, plate: Box, weather: str, rng: random.Random) -> Image:
    if weather == "fog":
        return effects.fog(frame, rng, rng.uniform(0.2, 0.5))
    return rain_at(frame, plate, rng, rng.uniform(0.3, 0.9)) if weather == "rain" else frame


def rain_at(frame: Image, plate: Box, rng: random.Random, strength: float) -> Image:
    """Streaks over the plate and its surroundings."""
    y1, y2 = max(0, int(plate.y1 - plate.height)), int(plate.y2 + plate.height)
    x1, x2 = max(0, int(plate.x1 - plate.height)), int(plate.x2 + plate.height)
    wet = frame.copy()
    wet[y1:y2, x1:x2] = effects.rain(frame[y1:y2, x1:x2], rng, strength)
    return wet


def _lit(frame: Image, view: View, rng: random.Random) -> Image:
    if view.light == "dusk":
        return effects.noise(exposed(frame, -rng.uniform(1.2, 2.2)), rng, rng.uniform(0.1, 0.3))
    if view.light == "infrared":
        return effects.noise(effects.infrared(frame, rng), rng, rng.uniform(0.1, 0.4))
    return effects.noise(effects.light(frame, rng, 0.3) if view.light == "day" else frame, rng, 0.1)


def exposed(frame: Image, stops: float) -> Image:
    """Brighter (above 0) or darker (below 0) by so many stops."""
    return np.asarray(np.clip(frame * np.float32(2.0**stops), 0, 255), np.uint8)
