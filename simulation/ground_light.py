"""Light and shadow on the ground of a lane: they keep its texture, and their edges are soft."""

from __future__ import annotations

import functools
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.motion import Track
from simulation.shot import Shot
from simulation.view import HEIGHT, WIDTH, Picture, View

_SHARE = 4
"""Light is computed on a picture so many times smaller."""
_Map = NDArray[np.float32]
Fading = Callable[[float], float]
"""A strength of 0–1 over time in seconds."""


@functools.lru_cache(maxsize=4)
def _ground(view: View) -> tuple[_Map, _Map, _Map]:
    """X and z in metres of the ground in each pixel of the small picture, and 1 where there is ground."""
    rows, columns = np.mgrid[0:HEIGHT:_SHARE, 0:WIDTH:_SHARE].astype(np.float32) + _SHARE / 2
    below = np.maximum(rows - view.horizon_px, 2.0)
    z = view.focal_px * view.camera_m / below
    x = (columns - view.centre_px) * z / (view.focal_px * view.side)
    return x.astype(np.float32), z.astype(np.float32), (rows > view.horizon_px + 2).astype(np.float32)


class GroundLight(ABC):
    """Base of what changes the light of a lane."""

    on_all: ClassVar[bool] = False
    """Whether it falls on vehicles and people too, not only on the ground."""

    @abstractmethod
    def change(self, shot: Shot) -> None:
        """Change the picture."""


@dataclass(frozen=True, eq=False)
class CloudShadow(GroundLight):
    """A cloud goes over: its edge, tens of metres soft, comes from here and goes away.

    Attributes:
        depth: share of the light that it takes.

    """

    on_all = True
    from_s: float
    until_s: float
    depth: float = 0.45
    speed: float = 16.0

    def change(self, shot: Shot) -> None:
        """Darken what lies in its shadow."""
        _, z, ground = _ground(shot.view)
        front, back = ((shot.now_s - edge_s) * self.speed for edge_s in (self.from_s, self.until_s))
        if front < 0 or back > 260:
            return
        far = 12 * np.log(np.clip(z, 5.0, 150.0) / 5)  # by metres, its edge would cut posts in two
        cover = _step((front - far) / 40) - _step((back - far) / 40)
        _multiply(shot.frame, 1 - self.depth * cover * (0.35 + 0.65 * ground))


@dataclass(frozen=True, eq=False)
class VehicleShadow(GroundLight):
    """The hard shadow of a lorry that drives on the lane beside, in a low sun from behind it."""

    near: Track
    x_m: float = 7.4
    length_m: float = 14.5
    high_m: float = 3.9
    throw_m: float = 6.6
    """How far the shadow of its upper edge falls towards the camera's side."""
    ahead_m: float = -1.5
    depth: float = 0.52

    def change(self, shot: Shot) -> None:
        """Darken the ground where the sun does not reach it."""
        z = self.near.at(shot.now_s)
        if z is None:
            return
        foot = [(self.x_m + x, z + u) for x in (-1.25, 1.25) for u in (0.0, self.length_m)]
        thrown = [(x - self.throw_m, u + self.ahead_m) for x, u in foot]
        hull = cv2.convexHull(np.array(foot + thrown, np.float32))[:, 0]
        outline = _clip_near([(float(x), float(u)) for x, u in hull], 1.5)
        if len(outline) < 3:
            return
        corners = np.array([shot.view.at(x, 0, u) for x, u in outline]) / _SHARE
        cover = np.zeros((HEIGHT // _SHARE, WIDTH // _SHARE), np.uint8)
        cv2.fillPoly(cover, [(corners.clip(-9000, 9000) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(cover, (0, 0), 0.9).astype(np.float32) / 255
        _multiply(shot.frame, 1 - self.depth * soft)


@dataclass(frozen=True, eq=False)
class LampPool(GroundLight):
    """The light of two headlights on the ground: a cone that fades with distance. Its lamps may be out of sight.

    Attributes:
        x_m, z_m: where the lamps are, over time.
        turn: which way they shine, over time, in radians: 0 is towards the camera, above 0 turned to smaller x.

    """

    x_m: Track
    z_m: Track
    turn: Track
    strength: float = 0.8
    spread: float = 0.28
    reach_m: float = 13.0

    def change(self, shot: Shot) -> None:
        """Add the light that the ground sends back."""
        x0, z0, turn = (track.at(shot.now_s) for track in (self.x_m, self.z_m, self.turn))
        if x0 is None or z0 is None or turn is None:
            return
        x, z, ground = _ground(shot.view)
        dx, dz = x - x0, z - z0
        ahead = -dz * math.cos(turn) - dx * math.sin(turn)
        aside = dz * math.sin(turn) - dx * math.cos(turn)
        angle = aside / np.maximum(np.abs(ahead), 0.3)
        cone = np.exp(-((angle / self.spread) ** 2)) * _step((ahead - 1.2) / 1.5)
        light = self.strength * cone / (1 + (np.maximum(ahead, 0) / self.reach_m) ** 2) ** 1.5
        _add_light(shot.frame, shot.by_day, (light * ground).astype(np.float32))


def passing_lamps(rng: random.Random, start_s: float, *, strength: float) -> LampPool:
    """The headlights of somebody just outside the picture, who turns: for 18 s they sweep over the lane."""
    shares, from_m = np.linspace(0, 1, 360), rng.uniform(14, 24)
    z = Track(start_s, from_m - rng.uniform(2, 5) * shares)
    x = Track(start_s, 0.62 * z.values + 1.2)
    turn = Track(start_s, 0.25 + rng.uniform(1.0, 1.35) * np.sin(shares * np.pi) ** 2)
    return LampPool(x, z, turn, strength, 0.34, 22.0)


@dataclass(frozen=True, eq=False)
class Brightness(GroundLight):
    """The day's own change: the whole picture by a factor over time."""

    on_all = True
    factor: Fading

    def change(self, shot: Shot) -> None:
        """Make everything lighter or darker."""
        cv2.convertScaleAbs(shot.frame, dst=shot.frame, alpha=self.factor(shot.now_s))


def _step(share: _Map | NDArray[np.floating]) -> _Map:
    """0 below 0, 1 above 1, smooth between."""
    held = np.clip(share, 0, 1)
    return np.asarray(held * held * (3 - 2 * held), np.float32)


def _multiply(frame: Picture, light: _Map | NDArray[np.floating]) -> None:
    small = cv2.merge([(np.clip(light, 0, 1) * 255).astype(np.uint8)] * 3)
    large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(frame, large, dst=frame, scale=1 / 255)


def _add_light(frame: Picture, by_day: Picture, light: _Map) -> None:
    """Warm white light: blue is a little weaker."""
    level = np.clip(light, 0, 1) * 255
    small = cv2.merge([(level * tint).astype(np.uint8) for tint in (0.82, 0.96, 1.0)])
    large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    cv2.add(frame, cv2.multiply(by_day, large, scale=1 / 255), dst=frame)


def _clip_near(points: list[tuple[float, float]], near_m: float) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for (x1, z1), (x2, z2) in zip(points, (*points[1:], points[0]), strict=True):
        if z1 >= near_m:
            kept.append((x1, z1))
        if (z1 >= near_m) != (z2 >= near_m):
            share = (near_m - z1) / (z2 - z1)
            kept.append((x1 + share * (x2 - x1), near_m))
    return kept
