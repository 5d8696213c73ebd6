"""Weather and what comes close to the lens: rain, drops on the glass, fog, leaves, insects."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.shot import Shot
from simulation.view import HEIGHT, WIDTH, Picture

_SMALL = 4
_SHADES = 12


class Weather(ABC):
    """Base of what lies between the lane and the sensor."""

    @abstractmethod
    def cover(self, shot: Shot) -> None:
        """Change the picture."""


@dataclass(frozen=True, eq=False)
class Rain(Weather):
    """Heavy rain: streaks that are new in every frame, a veil over what is far, and drops on the glass."""

    seed: int
    streaks: int = 420
    drops: int = 14

    def cover(self, shot: Shot) -> None:
        """Rain on it."""
        frame, now_s = shot.frame, shot.now_s
        rng = np.random.default_rng([self.seed, round(now_s * 1000)])
        keep, give = _rain_veil(shot.view.horizon_px, (34, 32, 30) if shot.light.night else (196, 192, 186))
        cv2.add(cv2.multiply(frame, keep, scale=1 / 255), give, dst=frame)
        layer = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
        starts = rng.uniform((-40, -90), (WIDTH // 2, HEIGHT // 2), (self.streaks, 2))
        lengths, lean = rng.gamma(3.0, 7.0, self.streaks), rng.normal(0.16, 0.025)
        shades = rng.uniform(14, 70, self.streaks) * (0.6 if shot.light.night else 1.0)
        ends = starts + lengths[:, None] * np.array([-lean, 1.0])
        lines = (np.stack([starts, ends], axis=1) * 16).astype(np.int32)
        for part, shade in enumerate(shades[:_SHADES]):
            cv2.polylines(layer, list(lines[part::_SHADES]), False, int(shade), 1, cv2.LINE_AA, 4)
        soft = cv2.resize(cv2.blur(layer, (1, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        cv2.add(frame, cv2.merge([soft] * 3), dst=frame)
        for x, y, radius in _drops(self.seed, self.drops, round(now_s * 5)):
            _put_drop(frame, x, y, radius)


@functools.lru_cache(maxsize=4)
def _rain_veil(horizon_px: float, grey: tuple[int, int, int]) -> tuple[Picture, Picture]:
    """What rain leaves of a picture (255: all), and what it adds."""
    keep = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    give = np.zeros_like(keep)
    _lay_veil(keep, _veil(horizon_px, 0.4), (0, 0, 0))
    _lay_veil(give, _veil(horizon_px, 0.4), grey)
    return keep, give


def _drops(seed: int, count: int, tick: int) -> list[tuple[int, int, int]]:
    """Drops on the glass: each sits for a while, then runs down, and another comes elsewhere."""
    found = []
    for number in range(count):
        life = 40 + (seed * 31 + number * 17) % 60
        turn, age = divmod(tick + number * 13, life)
        rng = np.random.default_rng([seed, number, turn])
        x, y, radius = int(rng.integers(30, WIDTH - 30)), int(rng.integers(30, HEIGHT - 30)), int(rng.integers(9, 30))
        run = max(0, age - life + 8)
        found.append((x, min(HEIGHT - 12, y + 5 * run * run), radius))
    return found


@functools.lru_cache(maxsize=64)
def _drop_mask(radius: int) -> NDArray[np.float32]:
    yy, xx = np.mgrid[-radius : radius + 1, -radius : radius + 1] / radius
    return np.asarray(np.clip((1 - xx**2 - (yy * 0.9) ** 2) * 4, 0, 0.92), np.float32)[..., None]


def _put_drop(frame: Picture, x: int, y: int, radius: int) -> None:
    """A drop is a small lens: it shows what is around it, upside down and blurred."""
    x, y = int(np.clip(x, radius, WIDTH - radius - 1)), int(np.clip(y, radius, HEIGHT - radius - 1))
    reach = 3 * radius
    around = frame[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    size = 2 * radius + 1
    seen = cv2.resize(around[::3, ::3][::-1, ::-1], (size, size), interpolation=cv2.INTER_AREA)
    seen = cv2.blur(seen, (5, 5))
    rim = np.linspace(1.12, 0.78, size, dtype=np.float32)[:, None, None]
    part, mask = frame[y - radius : y + radius + 1, x - radius : x + radius + 1], _drop_mask(radius)
    part[:] = np.clip(part * (1 - mask) + seen * rim * mask, 0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=8)
def _veil(horizon_px: float, most: float, near: float = 0.06) -> NDArray[np.float32]:
    """How much the air hides, in each row of the small picture: most at the horizon."""
    rows = np.arange(0, HEIGHT, _SMALL, dtype=np.float32)
    return np.asarray(near + (most - near) * np.exp(-np.maximum(rows - horizon_px, 0) / 130), np.float32)[:, None]


def _lay_veil(frame: Picture, veil: NDArray[np.float32], grey: tuple[int, int, int]) -> None:
    """Mix a colour into the picture, `veil` (0–1) much of it."""
    small = np.broadcast_to(veil, (HEIGHT // _SMALL, WIDTH // _SMALL))
    keep = cv2.merge([((1 - small) * 255).astype(np.uint8)] * 3)
    give = cv2.merge([(small * level).astype(np.uint8) for level in grey])
    cv2.multiply(frame, cv2.resize(keep, (WIDTH, HEIGHT)), dst=frame, scale=1 / 255)
    cv2.add(frame, cv2.resize(give, (WIDTH, HEIGHT)), dst=frame)


@dataclass(frozen=True, eq=False)
class Fog(Weather):
    """Fog that drifts through the picture, thicker far away.

    Attributes:
        thick: share that it hides at the horizon, at most.

    """

    seed: int
    thick: float = 0.75
    speed_px: float = 14.0

    def cover(self, shot: Shot) -> None:
        """Lay it over."""
        frame, now_s = shot.frame, shot.now_s
        wisps = _wisps(self.seed)
        start = round(now_s * self.speed_px / _SMALL) % (wisps.shape[1] - WIDTH // _SMALL)
        swell = 0.85 + 0.15 * math.sin(now_s / 11)
        veil = _veil(shot.view.horizon_px, self.thick * swell, 0.22 * swell)
        part = wisps[:, start : start + WIDTH // _SMALL]
        _lay_veil(
            frame, np.clip(veil * (0.62 + 0.76 * part), 0, 0.94), (30, 32, 34) if shot.light.night else (214, 212, 208)
        )


@functools.lru_cache(maxsize=4)
def _wisps(seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    total = np.zeros((HEIGHT // _SMALL, 6 * WIDTH // _SMALL), np.float32)
    for sigma, share in ((9, 0.3), (22, 0.7), (48, 1.0)):
        layer = cv2.GaussianBlur(rng.normal(0, 1, total.shape).astype(np.float32), (0, 0), sigma * 1.6, sigmaY=sigma)
        total += share * layer / max(1e-6, float(layer.std()))
    return np.clip(0.5 + total / 4, 0, 1)


@dataclass(frozen=True, eq=False)
class NearLens(Weather):
    """Leaves and insects close to the lens: large, dark, out of focus, in sight for a few frames each."""

    seed: int
    leaves: bool
    every_s: float = 1.6

    def cover(self, shot: Shot) -> None:
        """Let those pass that are in sight now."""
        now_s = shot.now_s
        for number in range(int((now_s - 4) / self.every_s), int(now_s / self.every_s) + 1):
            rng = np.random.default_rng([self.seed, max(0, number)])
            age = now_s - (number + rng.random()) * self.every_s
            stays = rng.uniform(0.6, 1.6) if self.leaves else rng.uniform(0.4, 2.5)
            if 0 <= age <= stays and number >= 0:
                self._pass(shot, rng, age, age / stays)

    def _pass(self, shot: Shot, rng: np.random.Generator, age: float, share: float) -> None:
        from_y, to_y = rng.uniform(-40, HEIGHT, 2)
        if self.leaves:
            from_y, to_y = -60.0, HEIGHT + 60.0
        x1, x2 = rng.uniform(0, WIDTH, 2)
        wiggle = 40 * math.sin(age * rng.uniform(5, 14)) if not self.leaves else 50 * math.sin(age * 4)
        x, y = x1 + (x2 - x1) * share + wiggle, from_y + (to_y - from_y) * share + wiggle / 2
        size = rng.uniform(22, 75) if self.leaves else rng.uniform(8, 34)
        turn = rng.uniform(0, 180) + age * (200 if self.leaves else 30)
        reach = round(size * 1.6) + 12
        x1_px, y1_px = max(0, round(x) - reach), max(0, round(y) - reach)
        x2_px, y2_px = min(WIDTH, round(x) + reach), min(HEIGHT, round(y) + reach)
        if x2_px <= x1_px or y2_px <= y1_px:
            return
        cover = np.zeros((2 * reach, 2 * reach), np.uint8)
        axes = (round(size), round(size * (0.45 if self.leaves else 0.6)))
        cv2.ellipse(cover, (reach, reach), axes, turn, 0, 360, 220, -1, cv2.LINE_AA)
        soft = cv2.GaussianBlur(cover, (0, 0), 3 + size / 9)
        left, top = x1_px - (round(x) - reach), y1_px - (round(y) - reach)
        alpha = soft[top : top + y2_px - y1_px, left : left + x2_px - x1_px, None].astype(np.float32) / 255
        colour = np.array((52, 84, 70) if self.leaves else (46, 48, 52), np.float32)
        if shot.light.night:
            colour = colour * 2.2 if not self.leaves else colour * 0.5
        part = shot.frame[y1_px:y2_px, x1_px:x2_px]
        part[:] = (part * (1 - alpha) + colour * alpha).astype(np.uint8)
