"""Setting things into a picture where a camera sees them: drawings, flanks, shadows, the arm, lamps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from simulation.canvas import Bgr, shaded
from simulation.lorry_art import FLANK_HIGH_M, FLANK_PX_PER_M, PX_PER_M, Drawing
from simulation.view import HEIGHT, LANE_M, WIDTH, Picture, View

ARM_M = 4.9
CLIP_M = 1.0
"""No face nearer to the camera than this is drawn …"""
FLANK_CLIP_M = 0.7
"""… and no flank: the picture's edge cuts it off before."""
_ARM_HIGH_M = 0.82
_SHADOW_LIGHT, _SHADOW_SHARE = 0.42, 4
"""What a vehicle leaves of the light under it; a shadow is computed so many times smaller than it is."""
_LEAN = 0.012
"""Cameras never hang quite straight: rise of a lorry's picture from one side to the other."""


def put_drawing(
    frame: Picture,
    view: View,
    drawing: Drawing,
    *,
    z_m: float,
    x_m: float = LANE_M,
    jolt_px: float = 0.0,
    light: float = 1.0,
) -> None:
    """Scale a flat drawing that stands on the ground `z_m` ahead, its middle at `x_m`."""
    scale = view.focal_px / z_m / PX_PER_M
    level = 0 if scale > 0.55 else 1 if scale > 0.27 else 2
    image, mask = drawing.levels[level]
    scale *= 2**level
    lean = _LEAN * view.side
    foot_x, foot_y = view.at(x_m, 0, z_m)
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


def put_flank(frame: Picture, view: View, flank: Picture, *, x_m: float, z_m: float) -> None:
    """The side of a lorry that faces the camera: it stands at `x_m` and runs away from its near end at `z_m`."""
    near_m, far_m = max(FLANK_CLIP_M, z_m), z_m + flank.shape[1] / FLANK_PX_PER_M
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


def lay_shadow(frame: Picture, view: View, width_m: float, z_m: float, length_m: float, *, x_m: float = LANE_M) -> None:
    """Darken the ground under a vehicle whose near end is `z_m` away."""
    near_m, far_m = max(CLIP_M, z_m - 0.35), z_m + length_m
    if far_m <= near_m:
        return
    half = width_m / 2 + 0.25
    points = [(-half, near_m), (half, near_m), (half, far_m), (-half, far_m)]
    corners = np.array([view.at(x_m + x, 0, z) for x, z in points])
    x1, y1 = np.maximum(0, np.floor(corners.min(axis=0))).astype(int)
    x2, y2 = np.minimum([WIDTH, HEIGHT], np.ceil(corners.max(axis=0))).astype(int)
    if x2 <= x1 or y2 <= y1:
        return
    part, share = frame[y1:y2, x1:x2], _SHADOW_SHARE
    size = (math.ceil(part.shape[0] / share), math.ceil(part.shape[1] / share))
    shape = np.full(size, 255, np.uint8)
    cv2.fillPoly(shape, [((corners - (x1, y1)) / share).clip(-9000, 9000).astype(np.int32)], round(255 * _SHADOW_LIGHT))
    soft = cv2.resize(cv2.blur(shape, (5, 5), borderType=cv2.BORDER_REPLICATE), (part.shape[1], part.shape[0]))
    cv2.multiply(part, cv2.merge([soft] * 3), dst=part, scale=1 / 255)


def draw_arm(frame: Picture, view: View, arm: float, *, light: float = 1.0) -> None:
    """The barrier's arm, down at 0 and up at 1, and its post, in a light of 0–1."""
    shade = light
    red, white = (40 * shade, 40 * shade, 205 * shade), (232 * shade, 232 * shade, 232 * shade)
    pivot = np.array(view.at(-0.12, _ARM_HIGH_M, ARM_M))
    angle = math.radians(86 * arm)
    along = np.array([view.side * math.cos(angle), -math.sin(angle)]) * view.focal_px / ARM_M
    across = np.array([along[1], -along[0]]) * 0.026
    for part in range(12):
        start, end = pivot + along * part * 0.32, pivot + along * (part + 1) * 0.32
        quad = np.array([start + across, end + across, end - across, start - across]).clip(-9000, 9000) * 16
        cv2.fillPoly(frame, [quad.astype(np.int32)], white if part % 2 else red, cv2.LINE_AA, 4)
    (x1, y1), (x2, y2) = view.at(-0.32, _ARM_HIGH_M + 0.14, ARM_M), view.at(-0.02, 0.0, ARM_M)
    left, right = sorted((round(x1), round(x2)))
    cv2.rectangle(frame, (left, round(y1)), (right, round(y2)), (36 * shade, 128 * shade, 232 * shade), -1)
    cv2.rectangle(frame, (left, round(y1)), (right, round(y1) + 12), (40 * shade, 40 * shade, 42 * shade), -1)


_GLOW_PX = 128
_RADII = np.hypot(*np.mgrid[-1 : 1 : _GLOW_PX * 1j, -1 : 1 : _GLOW_PX * 1j])
_GLOW: Picture = ((np.clip(1 - _RADII, 0, 1) ** 2.2 * 235)[..., None] * np.array([0.9, 0.97, 1.0])).astype(np.uint8)


def add_headlights(
    frame: Picture,
    view: View,
    z_m: float,
    *,
    x_m: float = LANE_M,
    apart_m: float = 1.84,
    high_m: float = 0.78,
    glare: float = 1.0,
) -> None:
    """Two glaring lamps and their light on the road ahead; with `apart_m` 0 it is one."""
    for side in {-apart_m / 2, apart_m / 2}:
        x_px, y_px = view.at(x_m + side, high_m, z_m)
        radius = (30 + 230 / z_m) * glare
        add_glow(frame, (x_px, y_px), (radius, radius), 1.0)
    x_px, y_px = view.at(x_m, 0, max(3.0, z_m - 2.5))
    add_glow(frame, (x_px, y_px), (view.focal_px * 2.2 / z_m, 60 + 700 / z_m), 0.28)


def add_glow(frame: Picture, middle: tuple[float, float], half_size: tuple[float, float], strength: float) -> None:
    """Add light that falls off from `middle` to nothing at `half_size`, all in pixels."""
    (x_px, y_px), (half_wide, half_high) = middle, half_size
    left, top = round(x_px - half_wide), round(y_px - half_high)
    width, height = max(2, round(2 * half_wide)), max(2, round(2 * half_high))
    x1, y1, x2, y2 = max(0, left), max(0, top), min(WIDTH, left + width), min(HEIGHT, top + height)
    if x2 <= x1 or y2 <= y1:
        return
    glow = cv2.resize(_GLOW, (width, height))[y1 - top : y2 - top, x1 - left : x2 - left]
    part = frame[y1:y2, x1:x2]
    cv2.addWeighted(part, 1.0, glow, strength, 0, dst=part)


def fill_face(
    frame: Picture, view: View, points: Sequence[tuple[float, float, float]], colour: Bgr, *, light: float = 1.0
) -> None:
    """A flat polygon of world points (x, y, z in metres), as far as it lies ahead of the camera."""
    ahead = _clipped(points)
    if len(ahead) < 3:
        return
    corners = np.array([view.at(*point) for point in ahead]).clip(-30000, 30000) * 16
    cv2.fillPoly(frame, [corners.round().astype(np.int32)], shaded(colour, light), cv2.LINE_AA, 4)


def _clipped(points: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """The part of a polygon that is at least `CLIP_M` ahead."""
    kept: list[tuple[float, float, float]] = []
    for one, other in zip(points, (*points[1:], points[0]), strict=True):
        if one[2] >= CLIP_M:
            kept.append(one)
        if (one[2] >= CLIP_M) != (other[2] >= CLIP_M):
            share = (CLIP_M - one[2]) / (other[2] - one[2])
            kept.append((one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1]), CLIP_M))
    return kept
