"""People and dogs on their ways through a lane's picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from simulation.canvas import Bgr
from simulation.people_art import DOG_STRIDE_M, PHASES, STRIDE_M, Facing, Look, Sprite, draw_dog, draw_person
from simulation.perspective import CLIP_M
from simulation.shot import Box, Shot
from simulation.view import HEIGHT, WIDTH, Picture, View


@dataclass(frozen=True, slots=True)
class Path:
    """A way on foot: corners (x, z in metres), walked from `start_s` on; `waits_s` at each corner."""

    start_s: float
    corners: tuple[tuple[float, float], ...]
    speed: float = 1.3
    waits_s: tuple[float, ...] = ()

    def at(self, now_s: float) -> tuple[float, float, float, float, float] | None:
        """X and z, way of walking (dx, dz; 0, 0 when standing) and metres walked; None before and after."""
        left_s, walked = now_s - self.start_s, 0.0
        if left_s < 0:
            return None
        for index, ((x1, z1), (x2, z2)) in enumerate(zip(self.corners, self.corners[1:], strict=False)):
            wait_s = self.waits_s[index] if index < len(self.waits_s) else 0.0
            if left_s < wait_s:
                return x1, z1, 0.0, 0.0, walked
            left_s -= wait_s
            length = math.hypot(x2 - x1, z2 - z1)
            share = left_s * self.speed / max(length, 1e-6)
            if share < 1:
                dx, dz = (x2 - x1) / length, (z2 - z1) / length
                return x1 + (x2 - x1) * share, z1 + (z2 - z1) * share, dx, dz, walked + length * share
            left_s, walked = left_s - length / self.speed, walked + length
        return None

    @property
    def end_s(self) -> float:
        """When the last corner is reached."""
        ways = zip(self.corners, self.corners[1:], strict=False)
        return self.start_s + sum(self.waits_s) + sum(math.dist(a, b) for a, b in ways) / self.speed


@dataclass(frozen=True, slots=True)
class Dog:
    """A dog's coat."""

    coat: Bgr


@dataclass(frozen=True, eq=False)
class Walker:
    """A person or a dog on a path."""

    look: Look | Dog
    path: Path

    def box(self, now_s: float, /) -> Box | None:
        """Where it is now."""
        where = self.path.at(now_s)
        if where is None or where[1] < CLIP_M + 0.1:
            return None
        return Box(where[0] - 0.25, where[0] + 0.25, where[1] - 0.15, where[1] + 0.15)

    def shade(self, shot: Shot) -> None:
        """A soft dark spot under the feet."""
        where, view = self.path.at(shot.now_s), shot.view
        if where is None or shot.light.night:
            return
        x_px, y_px = view.at(where[0], 0, where[1])
        wide, high = 0.5 * view.focal_px / where[1], 0.5 * view.focal_px / where[1] * min(0.6, 2.2 / where[1])
        darken(shot.frame, (x_px, y_px), (wide, high), 0.36)

    def draw(self, shot: Shot) -> None:
        """Set it into the picture, in the middle of its step."""
        where, light = self.path.at(shot.now_s), shot.light
        assert where is not None, "only what is in sight is drawn"
        x_m, z_m, dx, dz, walked = where
        standing = dx == 0 and dz == 0
        sideways = abs(dx) > 0.55 * abs(dz) and not standing
        facing = Facing.SIDE if sideways else Facing.BACK if dz > 0 else Facing.FRONT
        stride = STRIDE_M if isinstance(self.look, Look) else DOG_STRIDE_M
        phase = 0 if standing else int(walked / stride * PHASES) % PHASES
        sprite = (
            draw_person(self.look, facing, phase)
            if isinstance(self.look, Look)
            else draw_dog(self.look.coat, facing, phase)
        )
        shown = light.day if not light.night else 0.16 + 0.3 * math.exp(-(((z_m - 7) / 7) ** 2))
        put_sprite(shot.frame, shot.view, sprite, x_m, z_m, mirrored=dx * shot.view.side < 0, light=shown)


def put_sprite(
    frame: Picture, view: View, sprite: Sprite, x_m: float, z_m: float, *, mirrored: bool, light: float
) -> None:
    """Scale a sprite that stands on the ground, its edges soft."""
    scale = view.focal_px / z_m / sprite.px_per_m
    image, mask = sprite.image, sprite.mask
    if mirrored:
        image, mask = image[:, ::-1], mask[:, ::-1]
    height, width = mask.shape
    foot_x, foot_y = view.at(x_m, 0, z_m)
    left, top = foot_x - width * scale / 2, foot_y - height * scale
    x1, y1 = max(0, math.floor(left)), max(0, math.floor(top))
    x2, y2 = min(WIDTH, math.ceil(left + width * scale)), min(HEIGHT, math.ceil(top + height * scale))
    if x2 <= x1 or y2 <= y1:
        return
    if scale < 0.6:  # far away: small first, else it flickers
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
        scale = 1.0
    warp = np.array([[scale, 0, left - x1], [0, scale, top - y1]], np.float64)
    size = (x2 - x1, y2 - y1)
    part = cv2.warpAffine(np.ascontiguousarray(image), warp, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpAffine(np.ascontiguousarray(mask), warp, size, flags=cv2.INTER_LINEAR)
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return
    inner = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    alpha = cover[inner][..., None].astype(np.float32) / 255
    under = frame[y1:y2, x1:x2][inner]
    under[:] = (under * (1 - alpha) + part[inner] * (alpha * light)).astype(np.uint8)


def darken(frame: Picture, middle: tuple[float, float], half_size: tuple[float, float], strength: float) -> None:
    """Take light away around `middle`, less and less towards `half_size` (pixels)."""
    (x_px, y_px), (wide, high) = middle, half_size
    x1, x2 = max(0, math.floor(x_px - wide)), min(WIDTH, math.ceil(x_px + wide))
    y1, y2 = max(0, math.floor(y_px - high)), min(HEIGHT, math.ceil(y_px + high))
    if x2 <= x1 or y2 <= y1:
        return
    across = (np.arange(x1, x2, dtype=np.float32) - x_px) / max(wide, 1)
    down = (np.arange(y1, y2, dtype=np.float32) - y_px) / max(high, 1)
    fall = np.clip(1 - across[None, :] ** 2 - down[:, None] ** 2, 0, 1)[..., None]
    part = frame[y1:y2, x1:x2]
    part[:] = (part * (1 - strength * fall)).astype(np.uint8)
