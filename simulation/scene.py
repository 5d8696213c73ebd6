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
from simulation.lorry_art import FLANK_PX_PER_M, Drawing, draw_face, draw_flank, draw_tail
from simulation.perspective import CLIP_M, add_headlights, draw_arm, lay_shadow, put_drawing, put_flank
from simulation.traffic import Lorry
from simulation.view import HEIGHT, LANE_M, WIDTH, Picture, View

_NOISE_FRAMES = 6
_DAY_NOISE, _NIGHT_NOISE = 2.8, 5.0

_Art = tuple[Drawing, Picture]


@functools.lru_cache(maxsize=2)
def _noise_bank(sigma: float) -> tuple[NDArray[np.int16], ...]:
    """Pictures of sensor noise, `sigma` grey levels strong; all lanes share them."""
    rng = np.random.default_rng(0)
    size = (HEIGHT // 2, WIDTH // 2, 3)
    return tuple(rng.normal(0, sigma, size).astype(np.int16).repeat(2, 0).repeat(2, 1) for _ in range(_NOISE_FRAMES))


@functools.lru_cache(maxsize=8)
def _backdrop(view: View, night: bool, booth: bool, seed: int) -> Picture:
    """An empty lane, which scenes of the same lane share: copied for each frame, never drawn on."""
    picture = empty_lane(view, night=night, booth=booth, seed=seed)
    picture.flags.writeable = False
    return picture


class LaneScene:
    """Draws the frames of one lane's cameras. Safe to use from several threads."""

    def __init__(self, *, night: bool, rear_camera: bool, mirrored: bool, seed: int) -> None:
        self._night = night
        self._sides = ("front", "rear") if rear_camera else ("front",)
        side = -1 if mirrored else 1
        self._views = {"front": View(side), "rear": View(-side)}
        self._lanes = {
            name: _backdrop(self._views[name], night, name == "front", 2 * seed + turn)
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
            if self._night and sight.front_m > CLIP_M:
                add_headlights(frame, view, sight.front_m)
        draw_arm(frame, view, sight.arm, light=0.6 if self._night else 1.0)
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
        lay_shadow(frame, view, drawing.width_m, z_m, flank.shape[1] / FLANK_PX_PER_M)
        put_flank(frame, view, flank, x_m=LANE_M - drawing.width_m / 2, z_m=z_m)
        if z_m > CLIP_M:
            put_drawing(frame, view, drawing, z_m=z_m, jolt_px=jolt_px, light=light)

    def _with_noise(self, frame: Picture) -> Picture:
        self._turn += 1
        turn = self._turn % _NOISE_FRAMES
        noisy = cv2.add(frame, np.roll(self._noise[turn], self._turn * 37, axis=1), dtype=cv2.CV_8U)
        return np.asarray(noisy, dtype=np.uint8)
