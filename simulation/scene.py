"""What a simulated lane camera sees: the empty lane by day or night, and lorries drawn into it in perspective.

The camera hangs beside the lane and looks along it: a point X metres right of it, Y metres above the ground and
Z metres away lands at x = cx + f·X/Z, y = horizon + f·(H − Y)/Z. Lorries are drawn once, flat, and scaled for
each frame.
"""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.plate import design_for, draw_plate
from simulation.lane import STOP_M, Sight
from simulation.traffic import Lorry, PlateLook

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 1280, 720
_FOCAL, _HORIZON, _CENTRE, _CAMERA_M = 1900.0, 100.0, 560.0, 2.2
_LANE_X_M = 0.55
SPRITE_PX_PER_M = 290.0
_CAB_M, _CAB_HIGH_M = 2.5, 3.3
_PLATE_HIGH_M = {1: (0.52, 0.11), 2: (0.33, 0.165)}
_PLATE_CN_M = {1: (0.44, 0.14), 2: (0.44, 0.22)}
_NOISE_FRAMES = 12


class LaneScene:
    """Draws the frames of one lane's cameras."""

    def __init__(self, *, night: bool, rear_camera: bool, seed: int) -> None:
        self._night = night
        self._sides = ("front", "rear") if rear_camera else ("front",)
        rng = np.random.default_rng(seed)
        self._front = _empty_lane(rng, night=night, booth=True)
        self._rear = _empty_lane(rng, night=night, booth=False)
        sigma = 4.5 if night else 2.6
        self._noise = [
            rng.normal(0, sigma, (HEIGHT // 2, WIDTH // 2, 3)).astype(np.int16).repeat(2, 0).repeat(2, 1)
            for _ in range(_NOISE_FRAMES)
        ]
        self._turn = 0
        self._sprites: dict[tuple[str, str], Picture] = {}

    def front(self, sight: Sight) -> Picture:
        """What the front camera sees."""
        frame = self._front.copy()
        if sight.front and sight.front_m:
            jolt = math.sin(sight.now_s * 9) * (1.5 if sight.moving else 0.3)
            _paste(frame, self._sprite(sight.front, "front"), sight.front_m, jolt)
        elif sight.front:
            _draw_side(frame, sight.front, sight.passing)
        _draw_arm(frame, sight.arm)
        return self._finished(frame, headlights=sight.front_m)

    def rear(self, sight: Sight) -> Picture:
        """What the rear camera sees."""
        frame = self._rear.copy()
        if sight.rear:
            _paste(frame, self._sprite(sight.rear, "rear"), sight.rear_m, math.sin(sight.now_s * 9))
        return self._finished(frame, headlights=None)

    def dark(self) -> Picture:
        """What a camera sees whose sensor or iris has failed."""
        return self._with_noise(np.full((HEIGHT, WIDTH, 3), 4, np.uint8))

    def prepare(self, lorry: Lorry) -> None:
        """Draw a lorry ahead of its coming, so that no frame waits for it."""
        for side in self._sides:
            self._sprite(lorry, side)

    def keep(self, vehicle_ids: set[str]) -> None:
        """Forget the drawings of all other lorries."""
        self._sprites = {key: sprite for key, sprite in self._sprites.items() if key[0] in vehicle_ids}

    def _sprite(self, lorry: Lorry, side: str) -> Picture:
        key = (lorry.vehicle_id, side)
        sprite = self._sprites.get(key)
        if sprite is None:
            draw = _cab if side == "front" else _doors
            sprite = self._sprites[key] = draw(lorry, night=self._night)
        return sprite

    def _finished(self, frame: Picture, *, headlights: float | None) -> Picture:
        if self._night and headlights:
            _draw_headlights(frame, headlights)
        return self._with_noise(frame)

    def _with_noise(self, frame: Picture) -> Picture:
        self._turn = (self._turn + 1) % _NOISE_FRAMES
        noisy = cv2.add(frame, np.roll(self._noise[self._turn], self._turn * 37, axis=1), dtype=cv2.CV_8U)
        return np.asarray(noisy, dtype=np.uint8)


def _ground(x_m: float, z_m: float, y_m: float = 0.0) -> tuple[int, int]:
    return round(_CENTRE + _FOCAL * x_m / z_m), round(_HORIZON + _FOCAL * (_CAMERA_M - y_m) / z_m)


def _empty_lane(rng: np.random.Generator, *, night: bool, booth: bool) -> Picture:
    frame = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    sky = np.linspace(0, 1, 110)[:, None, None]
    frame[:110] = (1 - sky) * np.array([215, 190, 160]) + sky * np.array([232, 225, 214])
    frame[100:] = np.array([118, 120, 122])
    for height_px, shade in ((70, (150, 150, 135)), (45, (120, 135, 115))):
        ridge = 100 - height_px * (
            0.6 + 0.4 * np.sin(np.arange(0, WIDTH + 40, 40) / rng.uniform(70, 160) + rng.uniform(0, 6))
        )
        outline = np.array([[0, 112], *[[i * 40, int(y)] for i, y in enumerate(ridge)], [WIDTH, 112]], np.int32)
        cv2.fillPoly(frame, [outline], shade)
    _quad(frame, [(-9, 60), (9, 60), (9, 2.2), (-9, 2.2)], (104, 104, 106))
    for x_m, width_m, colour in ((-1.35, 0.14, (225, 225, 225)), (2.45, 0.14, (225, 225, 225))):
        _quad(frame, [(x_m, 60), (x_m + width_m, 60), (x_m + width_m, 2.2), (x_m, 2.2)], colour)
    _quad(frame, [(2.9, 60), (3.5, 60), (3.5, 2.2), (2.9, 2.2)], (150, 155, 160))
    _quad(
        frame,
        [(_LANE_X_M - 1.5, 5.6), (_LANE_X_M + 1.5, 5.6), (_LANE_X_M + 1.5, 5.3), (_LANE_X_M - 1.5, 5.3)],
        (235, 235, 235),
    )
    if booth:
        _draw_booth(frame)
    patches = cv2.GaussianBlur(rng.normal(0, 30, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 9)[..., None]
    frame[112:] += patches[112:] * 3.0
    if night:
        yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        pool = np.exp(-(((xx - 700) / 520) ** 2 + ((yy - 520) / 330) ** 2))[..., None]
        frame = frame * (0.10 + 0.42 * pool) * np.array([0.86, 0.96, 1.0])
    return np.clip(frame, 0, 255).astype(np.uint8)


def _quad(frame: NDArray[np.float32], points: list[tuple[float, float]], colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(frame, [np.array([_ground(x, z) for x, z in points], np.int32)], colour, cv2.LINE_AA)


def _draw_booth(frame: NDArray[np.float32]) -> None:
    left, right, z_m = 3.1, 4.6, 9.0
    (x1, bottom), (x2, _) = _ground(left, z_m), _ground(right, z_m)
    top = _ground(left, z_m, 2.7)[1]
    cv2.rectangle(frame, (x1, top), (x2, bottom), (190, 200, 205), -1)
    cv2.rectangle(frame, (x1 - 12, top - 16), (x2 + 12, top), (110, 70, 40), -1)
    cv2.rectangle(frame, (x1 + 20, top + 40), (x2 - 20, top + 190), (120, 100, 80), -1)


def _draw_arm(frame: Picture, arm: float) -> None:
    pivot = _ground(-1.15, 4.9, 0.82)
    angle = math.radians(82 * arm)
    length = 1120
    end = (pivot[0] + int(length * math.cos(angle)), pivot[1] - int(length * math.sin(angle)))
    cv2.line(frame, pivot, end, (235, 235, 235), 16, cv2.LINE_AA)
    for part in range(0, 10, 2):
        a, b = part / 10, (part + 1) / 10
        start = (int(pivot[0] + (end[0] - pivot[0]) * a), int(pivot[1] + (end[1] - pivot[1]) * a))
        stop = (int(pivot[0] + (end[0] - pivot[0]) * b), int(pivot[1] + (end[1] - pivot[1]) * b))
        cv2.line(frame, start, stop, (40, 40, 210), 16, cv2.LINE_AA)
    cv2.rectangle(frame, (pivot[0] - 34, pivot[1] - 30), (pivot[0] + 6, HEIGHT), (60, 140, 235), -1)


def _paste(frame: Picture, sprite: Picture, distance_m: float, jolt_px: float) -> None:
    """Put a flat drawing, standing on the ground in the lane, `distance_m` away."""
    scale = _FOCAL / distance_m / SPRITE_PX_PER_M
    x_px = _CENTRE + _FOCAL * _LANE_X_M / distance_m - sprite.shape[1] * scale / 2
    y_px = _HORIZON + _FOCAL * _CAMERA_M / distance_m - sprite.shape[0] * scale + jolt_px
    warp = np.array([[scale, 0, x_px], [0, scale, y_px]], np.float64)
    x1, x2 = max(0, int(x_px)), min(WIDTH, int(x_px + sprite.shape[1] * scale))
    y1, y2 = max(0, int(y_px)), min(HEIGHT, int(y_px + sprite.shape[0] * scale))
    if x2 <= x1 or y2 <= y1:
        return
    warp[:, 2] -= (x1, y1)
    if scale < 0.55:  # shrink in two steps, or fine strokes break up
        sprite = np.asarray(cv2.resize(sprite, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        warp[:, :2] *= 2
    part = cv2.warpAffine(sprite, warp, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    frame[y1:y2, x1:x2] = part
    shadow = frame[y2 : min(HEIGHT, y2 + max(2, int(18 * scale))), x1:x2]
    shadow[:] = shadow // 2


def _plate_size_px(look: PlateLook) -> tuple[int, int]:
    sizes = _PLATE_CN_M if look.text[0] > "\u2e80" else _PLATE_HIGH_M
    width_m, height_m = sizes[look.lines]
    return round(width_m * SPRITE_PX_PER_M), round(height_m * SPRITE_PX_PER_M)


def _hang_plate(sprite: Picture, look: PlateLook, centre: tuple[int, int], lorry: Lorry, *, muddy: bool) -> None:
    width, height = _plate_size_px(look)
    drawn = draw_plate(design_for(look.text, look.colour, look.lines), height_px=height * 3).image
    plate = np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if muddy:
        rng = np.random.default_rng(lorry.seed)
        mud = cv2.GaussianBlur(rng.random((height, width)).astype(np.float32), (0, 0), 5)
        cover = np.clip((mud - mud.mean()) * 30 + 1.1, 0.0, 0.97)[..., None]
        plate = (plate * (1 - cover) + np.array([70, 88, 105]) * cover).astype(np.uint8)
    x, y = centre[0] - width // 2, centre[1] - height // 2
    cv2.rectangle(sprite, (x - 5, y - 5), (x + width + 4, y + height + 4), (35, 35, 35), -1)
    sprite[y : y + height, x : x + width] = plate


def _shaded(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    blue, green, red = (int(min(255, value * share)) for value in colour)
    return blue, green, red


def _cab(lorry: Lorry, *, night: bool) -> Picture:
    """The front of a lorry: windscreen, grille, lamps, bumper, plate. No maker's sign."""
    rng = random.Random(lorry.seed)
    unit = SPRITE_PX_PER_M
    width, height = round(_CAB_M * unit), round(_CAB_HIGH_M * unit)
    sprite = np.zeros((height, width, 3), np.uint8)
    sprite[:] = _shaded(lorry.paint, 0.9)
    cv2.rectangle(sprite, (0, 0), (width, int(0.35 * unit)), _shaded(lorry.paint, 0.75), -1)
    glass_top, glass_bottom = int(0.5 * unit), int(1.55 * unit)
    for y in range(glass_top, glass_bottom):
        shade = 35 + 60 * (glass_bottom - y) / (glass_bottom - glass_top)
        sprite[y, int(0.15 * unit) : width - int(0.15 * unit)] = (shade + 12, shade + 6, shade)
    cv2.line(sprite, (int(0.5 * unit), glass_bottom), (int(1.1 * unit), glass_bottom - 60), (25, 25, 25), 6)
    cv2.line(sprite, (int(1.4 * unit), glass_bottom), (int(2.0 * unit), glass_bottom - 60), (25, 25, 25), 6)
    bars = rng.choice((4, 5, 6))
    for bar in range(bars):
        y = int((1.72 + 0.52 * bar / bars) * unit)
        cv2.rectangle(
            sprite, (int(0.45 * unit), y), (width - int(0.45 * unit), y + int(0.055 * unit)), (45, 45, 48), -1
        )
    bumper = int(2.35 * unit)
    cv2.rectangle(
        sprite,
        (0, bumper),
        (width, int(2.95 * unit)),
        _shaded(lorry.paint, 0.6) if rng.random() < 0.5 else (70, 70, 72),
        -1,
    )
    for x in (0.34, _CAB_M - 0.34):
        lamp = (int(x * unit), int(2.5 * unit))
        cv2.ellipse(sprite, lamp, (70, 36), 0, 0, 360, (250, 250, 250) if night else (215, 215, 210), -1, cv2.LINE_AA)
    sprite[int(2.95 * unit) :] = (38, 38, 40)
    for x in (0.05, _CAB_M - 0.5):
        cv2.rectangle(sprite, (int(x * unit), int(2.95 * unit)), (int((x + 0.45) * unit), height), (18, 18, 18), -1)
    if lorry.front:
        _hang_plate(sprite, lorry.front, (width // 2, int(2.66 * unit)), lorry, muddy=lorry.muddy)
    return _lit(sprite, lorry.front, night=night, plate_y=int(2.66 * unit))


def _doors(lorry: Lorry, *, night: bool) -> Picture:
    """The rear of a trailer: two doors with their rods, lamps, plate."""
    rng = random.Random(lorry.seed + 1)
    unit = SPRITE_PX_PER_M
    width, height = round(_CAB_M * unit), round(3.6 * unit)
    sprite = np.zeros((height, width, 3), np.uint8)
    body = rng.choice(((200, 200, 205), (150, 90, 50), (60, 80, 150), (90, 130, 90)))
    sprite[:] = body
    cv2.rectangle(sprite, (8, 8), (width - 8, int(2.75 * unit)), _shaded(body, 1.08), 10)
    cv2.line(sprite, (width // 2, 8), (width // 2, int(2.75 * unit)), _shaded(body, 0.5), 8)
    for x in (0.45, 0.95, 1.55, 2.05):
        cv2.line(sprite, (int(x * unit), 14), (int(x * unit), int(2.72 * unit)), _shaded(body, 0.7), 9)
    sprite[int(2.8 * unit) : int(3.25 * unit)] = (60, 60, 62)
    sprite[int(3.25 * unit) :] = (28, 28, 30)
    for x in (0.12, _CAB_M - 0.52):
        cv2.rectangle(
            sprite, (int(x * unit), int(2.9 * unit)), (int((x + 0.4) * unit), int(3.06 * unit)), (40, 40, 200), -1
        )
    if lorry.rear:
        _hang_plate(sprite, lorry.rear, (width // 2, int(3.0 * unit)), lorry, muddy=False)
    return _lit(sprite, lorry.rear, night=night, plate_y=int(3.0 * unit))


def _lit(sprite: Picture, look: PlateLook | None, *, night: bool, plate_y: int) -> Picture:
    """At night only lamps, and the plate's reflecting film, are bright."""
    if not night:
        return sprite
    lit = (sprite * np.array([0.34, 0.37, 0.38])).astype(np.uint8)
    lamps = sprite.min(axis=2) > 240
    lit[lamps] = sprite[lamps]
    if look:
        width, height = _plate_size_px(look)
        x, y = sprite.shape[1] // 2 - width // 2, plate_y - height // 2
        lit[y : y + height, x : x + width] = (sprite[y : y + height, x : x + width] * 0.85).astype(np.uint8)
    return lit


def _draw_headlights(frame: Picture, distance_m: float) -> None:
    for x_m in (-0.91, 0.91):
        centre = _ground(_LANE_X_M + x_m, distance_m, _CAB_HIGH_M - 2.5)
        radius = int(150 / distance_m + 14)
        x1, y1 = max(0, centre[0] - radius), max(0, centre[1] - radius)
        x2, y2 = min(WIDTH, centre[0] + radius), min(HEIGHT, centre[1] + radius)
        if x2 <= x1 or y2 <= y1:
            continue
        yy, xx = np.mgrid[y1:y2, x1:x2].astype(np.float32)
        glow = 190 * np.exp(-((xx - centre[0]) ** 2 + (yy - centre[1]) ** 2) / (radius * 0.42) ** 2)
        frame[y1:y2, x1:x2] = np.clip(frame[y1:y2, x1:x2] + glow[..., None], 0, 255).astype(np.uint8)


def _draw_side(frame: Picture, lorry: Lorry, share: float) -> None:
    """The lorry's body going past, close below the camera: a wall that slides out of the picture."""
    edge = int(WIDTH * (1.05 - 0.95 * min(1.0, max(0.0, 1 - share))))
    left = min(WIDTH, max(0, edge - int(WIDTH * 0.1)))
    body = _shaded(lorry.paint, 0.8)
    shape = np.array([[left, 0], [WIDTH, 0], [WIDTH, HEIGHT], [max(0, left - 160), HEIGHT]], np.int32)
    cv2.fillPoly(frame, [shape], body)
    for offset in range(left, WIDTH, 130):
        cv2.line(frame, (offset, 0), (max(0, offset - 100), HEIGHT), _shaded(body, 0.85), 6)


STOPPED_SCALE = _FOCAL / STOP_M / SPRITE_PX_PER_M
"""How large a drawing appears where lorries stop: close to 1, so that plates keep their strokes."""
