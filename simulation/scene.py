"""What the cameras of a simulated lane see: the empty lane, lorries set into it in perspective, the arm, noise.

Backdrops are drawn once, lorries once each; a frame only scales, lays over and adds noise.
"""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.backdrop import empty_lane
from simulation.lane import Sight
from simulation.lorry_art import (
    FLANK_HIGH_M,
    FLANK_PX_PER_M,
    PX_PER_M,
    Drawing,
    draw_face,
    draw_flank,
    draw_tail,
)
from simulation.traffic import Lorry
from simulation.view import HEIGHT, LANE_M, WIDTH, Picture, View

_ARM_M, _ARM_HIGH_M = 4.9, 0.82
_CLIP_M = 1.0
_NOISE_FRAMES = 6
_DAY_NOISE, _NIGHT_NOISE = 2.8, 5.0
_LEAN = 0.012
"""Cameras never hang quite straight: rise of a lorry's picture from one side to the other."""

_Art = tuple[Drawing, Picture]


@functools.lru_cache(maxsize=2)
def _noise_bank(sigma: float) -> tuple[NDArray[np.int16], ...]:
    """Pictures of sensor noise, `sigma` grey levels strong; all lanes share them."""
    rng = np.random.default_rng(0)
    size = (HEIGHT // 2, WIDTH // 2, 3)
    return tuple(rng.normal(0, sigma, size).astype(np.int16).repeat(2, 0).repeat(2, 1) for _ in range(_NOISE_FRAMES))


class LaneScene:
    """Draws the frames of one lane's cameras. Safe to use from several threads."""

    def __init__(self, *, night: bool, rear_camera: bool, mirrored: bool, seed: int) -> None:
        self._night = night
        self._sides = ("front", "rear") if rear_camera else ("front",)
        side = -1 if mirrored else 1
        self._views = {"front": View(side), "rear": View(-side)}
        self._lanes = {
            name: empty_lane(self._views[name], night=night, booth=name == "front", seed=2 * seed + turn)
            for turn, name in enumerate(self._sides)
        }
        self._noise = _noise_bank(_NIGHT_NOISE if night else _DAY_NOISE)
        self._turn = 0
        self._art: dict[tuple[str, str], _Art] = {}

    def front(self, sight: Sight) -> Picture:
        """What the front camera sees."""
        frame, view = self._lanes["front"].copy(), self._views["front"]
        if sight.front:
            art = self._art_of(sight.front, "front")
            jolt = math.sin(sight.now_s * 9) * (1.5 if sight.moving else 0.3)
            self._put(frame, view, art, z_m=sight.front_m, jolt_px=jolt)
            if self._night and sight.front_m > _CLIP_M:
                _add_headlights(frame, view, sight.front_m)
        _draw_arm(frame, view, sight.arm, night=self._night)
        return self._with_noise(frame)

    def rear(self, sight: Sight) -> Picture:
        """What the rear camera sees."""
        frame, view = self._lanes["rear"].copy(), self._views["rear"]
        if sight.rear:
            art = self._art_of(sight.rear, "rear")
            self._put(frame, view, art, z_m=sight.rear_m, jolt_px=math.sin(sight.now_s * 9))
        return self._with_noise(frame)

    def dark(self) -> Picture:
        """What a camera sees whose sensor or iris has failed."""
        return self._with_noise(np.full((HEIGHT, WIDTH, 3), 4, np.uint8))

    def prepare(self, lorry: Lorry) -> None:
        """Draw a lorry ahead of its coming, so that no frame waits for it."""
        for side in self._sides:
            self._art_of(lorry, side)

    def keep(self, vehicle_ids: set[str]) -> None:
        """Forget the drawings of all other lorries."""
        self._art = {key: art for key, art in self._art.items() if key[0] in vehicle_ids}

    def _art_of(self, lorry: Lorry, side: str) -> _Art:
        key = (lorry.vehicle_id, side)
        art = self._art.get(key)
        if art is None:
            draw = draw_face if side == "front" else draw_tail
            drawing = draw(lorry, night=self._night)
            flank = draw_flank(lorry, tail_first=side == "rear")
            if self._night:
                flank = (flank * 0.22).astype(np.uint8)
            art = self._art[key] = drawing, flank
        return art

    def _put(self, frame: Picture, view: View, art: _Art, *, z_m: float, jolt_px: float) -> None:
        """Set a lorry into the lane, its near end `z_m` away; behind the camera when that is small."""
        drawing, flank = art
        light = 1.0 if not self._night else min(1.0, 0.35 + 0.65 * math.exp(-max(0.0, z_m - 7) / 9))
        _lay_shadow(frame, view, drawing.width_m, z_m, flank.shape[1] / FLANK_PX_PER_M)
        _put_flank(frame, view, flank, drawing.width_m, z_m)
        if z_m > _CLIP_M:
            _put_drawing(frame, view, drawing, z_m=z_m, jolt_px=jolt_px, light=light)

    def _with_noise(self, frame: Picture) -> Picture:
        self._turn += 1
        turn = self._turn % _NOISE_FRAMES
        noisy = cv2.add(frame, np.roll(self._noise[turn], self._turn * 37, axis=1), dtype=cv2.CV_8U)
        return np.asarray(noisy, dtype=np.uint8)


def _put_drawing(frame: Picture, view: View, drawing: Drawing, *, z_m: float, jolt_px: float, light: float) -> None:
    """Scale a flat drawing that stands on the ground in the lane."""
    scale = view.focal_px / z_m / PX_PER_M
    level = 0 if scale > 0.55 else 1 if scale > 0.27 else 2
    image, mask = drawing.levels[level]
    scale *= 2**level
    lean = _LEAN * view.side
    foot_x, foot_y = view.at(LANE_M, 0, z_m)
    height, width = mask.shape
    x_px, y_px = foot_x - width * scale / 2, foot_y - height * scale + jolt_px
    rise = lean * width * scale
    x1, x2 = max(0, math.floor(x_px)), min(WIDTH, math.ceil(x_px + width * scale))
    y1, y2 = max(0, math.floor(y_px - abs(rise))), min(HEIGHT, math.ceil(y_px + height * scale + abs(rise)))
    if x2 <= x1 or y2 <= y1:
        return
    warp = np.array([[scale, 0, x_px - x1], [lean * scale, scale, y_px - y1 - rise / 2]], np.float64)
    part = cv2.warpAffine(image, warp, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
    shape = cv2.warpAffine(mask, warp, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR)
    if light < 1.0:
        part = cv2.convertScaleAbs(part, alpha=light)
    shape = cv2.threshold(shape, 127, 255, cv2.THRESH_BINARY)[1]
    cv2.copyTo(part, shape, frame[y1:y2, x1:x2])


def _put_flank(frame: Picture, view: View, flank: Picture, width_m: float, z_m: float) -> None:
    """The lorry's side that faces the camera, running away from its near end at `z_m`."""
    x_m = LANE_M - width_m / 2
    near_m, far_m = max(_CLIP_M, z_m), z_m + flank.shape[1] / FLANK_PX_PER_M
    if far_m <= near_m + 0.1:
        return
    first = (near_m - z_m) * FLANK_PX_PER_M
    corners = [(near_m, FLANK_HIGH_M), (far_m, FLANK_HIGH_M), (far_m, 0.0), (near_m, 0.0)]
    target = np.array([view.at(x_m, y, z) for z, y in corners], np.float32)
    source = np.array(
        [[first, 0], [flank.shape[1], 0], [flank.shape[1], flank.shape[0]], [first, flank.shape[0]]], np.float32
    )
    x1, x2 = max(0, math.floor(target[:, 0].min())), min(WIDTH, math.ceil(target[:, 0].max()))
    y1, y2 = max(0, math.floor(target[:, 1].min())), min(HEIGHT, math.ceil(target[:, 1].max()))
    if x2 <= x1 or y2 <= y1:
        return
    warp = cv2.getPerspectiveTransform(source, target - np.array([x1, y1], np.float32))
    part = frame[y1:y2, x1:x2]
    flags = cv2.INTER_AREA if x2 - x1 < 200 else cv2.INTER_LINEAR
    cv2.warpPerspective(flank, warp, (x2 - x1, y2 - y1), dst=part, flags=flags, borderMode=cv2.BORDER_TRANSPARENT)


def _lay_shadow(frame: Picture, view: View, width_m: float, z_m: float, length_m: float) -> None:
    near_m, far_m = max(_CLIP_M, z_m - 0.35), z_m + length_m
    if far_m <= near_m:
        return
    half = width_m / 2 + 0.25
    points = [(-half, near_m), (half, near_m), (half, far_m), (-half, far_m)]
    corners = np.array([view.at(LANE_M + x, 0, z) for x, z in points])
    x1, y1 = np.maximum(0, np.floor(corners.min(axis=0))).astype(int)
    x2, y2 = np.minimum([WIDTH, HEIGHT], np.ceil(corners.max(axis=0))).astype(int)
    if x2 <= x1 or y2 <= y1:
        return
    part = frame[y1:y2, x1:x2]
    shape = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(shape, [(corners - (x1, y1)).clip(-9000, 9000).astype(np.int32)], 255)
    cv2.copyTo(cv2.convertScaleAbs(part, alpha=0.42), shape, part)


def _draw_arm(frame: Picture, view: View, arm: float, *, night: bool) -> None:
    shade = 0.6 if night else 1.0
    red, white = (40 * shade, 40 * shade, 205 * shade), (232 * shade, 232 * shade, 232 * shade)
    pivot = np.array(view.at(-0.12, _ARM_HIGH_M, _ARM_M))
    angle = math.radians(86 * arm)
    along = np.array([view.side * math.cos(angle), -math.sin(angle)]) * view.focal_px / _ARM_M
    across = np.array([along[1], -along[0]]) * 0.026
    for part in range(12):
        start, end = pivot + along * part * 0.32, pivot + along * (part + 1) * 0.32
        quad = np.array([start + across, end + across, end - across, start - across]).clip(-9000, 9000) * 16
        cv2.fillPoly(frame, [quad.astype(np.int32)], white if part % 2 else red, cv2.LINE_AA, 4)
    (x1, y1), (x2, y2) = view.at(-0.32, _ARM_HIGH_M + 0.14, _ARM_M), view.at(-0.02, 0.0, _ARM_M)
    left, right = sorted((round(x1), round(x2)))
    cv2.rectangle(frame, (left, round(y1)), (right, round(y2)), (36 * shade, 128 * shade, 232 * shade), -1)
    cv2.rectangle(frame, (left, round(y1)), (right, round(y1) + 12), (40 * shade, 40 * shade, 42 * shade), -1)


_GLOW_PX = 128
_RADII = np.hypot(*np.mgrid[-1 : 1 : _GLOW_PX * 1j, -1 : 1 : _GLOW_PX * 1j])
_GLOW: Picture = ((np.clip(1 - _RADII, 0, 1) ** 2.2 * 235)[..., None] * np.array([0.9, 0.97, 1.0])).astype(np.uint8)


def _add_headlights(frame: Picture, view: View, z_m: float) -> None:
    """Two glaring lamps and their light on the road ahead."""
    for side in (-0.92, 0.92):
        x_px, y_px = view.at(LANE_M + side, 0.78, z_m)
        radius = 30 + 230 / z_m
        _add_glow(frame, (x_px, y_px), (radius, radius), 1.0)
    x_px, y_px = view.at(LANE_M, 0, max(3.0, z_m - 2.5))
    _add_glow(frame, (x_px, y_px), (view.focal_px * 2.2 / z_m, 60 + 700 / z_m), 0.28)


def _add_glow(frame: Picture, middle: tuple[float, float], half_size: tuple[float, float], strength: float) -> None:
    (x_px, y_px), (half_wide, half_high) = middle, half_size
    left, top = round(x_px - half_wide), round(y_px - half_high)
    width, height = max(2, round(2 * half_wide)), max(2, round(2 * half_high))
    x1, y1, x2, y2 = max(0, left), max(0, top), min(WIDTH, left + width), min(HEIGHT, top + height)
    if x2 <= x1 or y2 <= y1:
        return
    glow = cv2.resize(_GLOW, (width, height))[y1 - top : y2 - top, x1 - left : x2 - left]
    part = frame[y1:y2, x1:x2]
    cv2.addWeighted(part, 1.0, glow, strength, 0, dst=part)
