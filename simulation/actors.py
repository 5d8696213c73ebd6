"""Who and what can appear in a lane's picture at a moment: lorries, cars, signs, the arm; `walkers` has people."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from simulation.car_art import Body, SmallVehicle, draw_end, put_car
from simulation.lorry_art import Drawing, draw_face, draw_flank, draw_tail
from simulation.motion import ArmPlan, Track
from simulation.perspective import (
    ARM_M,
    CLIP_M,
    FLANK_CLIP_M,
    add_headlights,
    draw_arm,
    lay_shadow,
    put_drawing,
    put_flank,
)
from simulation.shot import Box, Shot
from simulation.traffic import Lorry
from simulation.view import HEIGHT, LANE_M, WIDTH, Picture

FAR_M = 75.0
"""Vehicles come out of the haze here."""
_HAZE_M = 10.0


class Actor(Protocol):
    """Something that is in the picture for a while."""

    def box(self, now_s: float, /) -> Box | None:
        """Where it is now; None when it is not in sight."""

    def shade(self, shot: Shot) -> None:
        """Darken the ground under it."""

    def draw(self, shot: Shot) -> None:
        """Set it into the picture."""


def in_order(actors: Sequence[Actor], now_s: float) -> list[Actor]:
    """Those in sight, such that nobody is painted over by somebody farther away."""
    waiting = [(actor, box) for actor in actors if (box := actor.box(now_s))]
    done: list[Actor] = []
    while waiting:
        hidden = (one for one in waiting if not any(_hides(one[1], other[1]) for other in waiting if other is not one))
        chosen = next(hidden, max(waiting, key=lambda one: one[1].z1))
        waiting.remove(chosen)
        done.append(chosen[0])
    return done


def _hides(one: Box, other: Box) -> bool:
    """Whether one stands before the other, as the camera sees it."""
    if one.z2 <= other.z1:
        return True
    if other.z2 <= one.z1:
        return False
    if one.x1 >= 0 or one.x2 <= 0 or other.x1 >= 0 or other.x2 <= 0:
        nearer = min(abs(one.x1), abs(one.x2)), min(abs(other.x1), abs(other.x2))
        return nearer[0] < nearer[1]
    return one.z1 < other.z1


@functools.lru_cache(maxsize=12)
def _lorry_art(lorry: Lorry, *, rear: bool, night: bool) -> tuple[Drawing, Picture]:
    flank = draw_flank(lorry, tail_first=rear)
    drawing = draw_tail(lorry, night=night) if rear else draw_face(lorry, night=night)
    return drawing, (flank * 0.22).astype(np.uint8) if night else flank


@functools.lru_cache(maxsize=12)
def _small_art(vehicle: SmallVehicle, *, rear: bool, night: bool) -> Drawing:
    return draw_end(vehicle, rear=rear, night=night)


def length_of(vehicle: Lorry | SmallVehicle) -> float:
    """Its length in metres."""
    if isinstance(vehicle, SmallVehicle):
        return vehicle.length_m
    return 7.0 if vehicle.rigid else 14.5


@dataclass(frozen=True, eq=False)
class Vehicle:
    """A lorry, car, van or motorcycle on its way.

    Attributes:
        near: distance of its near end over time: of its nose, or with `rear_first` of its tail. Below 0 it is past.
        x_m: its middle to the right of the camera.

    """

    what: Lorry | SmallVehicle
    near: Track
    x_m: float = LANE_M
    rear_first: bool = False
    lamps: bool = True

    def box(self, now_s: float, /) -> Box | None:
        """Where it is now."""
        near_m = self.near.at(now_s)
        if near_m is None or near_m > FAR_M or near_m + length_of(self.what) < FLANK_CLIP_M:
            return None
        half = self._width_m / 2
        return Box(self.x_m - half, self.x_m + half, near_m, near_m + length_of(self.what))

    @property
    def _width_m(self) -> float:
        return self.what.width_m if isinstance(self.what, SmallVehicle) else 2.5

    def shade(self, shot: Shot) -> None:
        """Darken the ground under it."""
        near_m = self.near.at(shot.now_s)
        if near_m is not None and near_m < FAR_M - _HAZE_M:
            wide_m = 0.4 if isinstance(self.what, SmallVehicle) and self.what.body is Body.MOTORCYCLE else self._width_m
            lay_shadow(shot.frame, shot.view, wide_m, near_m, length_of(self.what), x_m=self.x_m)

    def draw(self, shot: Shot) -> None:
        """Set it into the picture; far away it is pale with haze."""
        near_m, frame, light = self.near.at(shot.now_s), shot.frame, shot.light
        assert near_m is not None, "only what is in sight is drawn"
        clear = min(1.0, (FAR_M - near_m) / _HAZE_M)
        before = frame[:320].copy() if clear < 1 else None
        self._put(shot, near_m)
        if light.lamps and self.lamps and not self.rear_first and near_m > CLIP_M:
            apart_m, high_m = self._lamps_m()
            add_headlights(frame, shot.view, near_m, x_m=self.x_m, apart_m=apart_m, high_m=high_m, glare=light.glare)
        if before is not None:
            cv2.addWeighted(frame[:320], clear, before, 1 - clear, 0, dst=frame[:320])

    def _lamps_m(self) -> tuple[float, float]:
        """How far its lamps are apart, and how high."""
        if isinstance(self.what, Lorry):
            return 1.84, 0.78
        return (0.0, 0.92) if self.what.body is Body.MOTORCYCLE else (1.3, 0.66)

    def _put(self, shot: Shot, near_m: float) -> None:
        frame, view, light = shot.frame, shot.view, shot.light
        shown = light.day if not light.night else min(1.0, 0.35 + 0.65 * math.exp(-max(0.0, near_m - 7) / 9))
        moving = min(1.0, self.near.speed(shot.now_s) / 1.5)
        jolt = math.sin(shot.now_s * 9 + near_m) * (0.25 + 1.2 * moving) if self.lamps else 0.0
        if isinstance(self.what, Lorry):
            drawing, flank = _lorry_art(self.what, rear=self.rear_first, night=light.night)
            if light.day < 1 and not light.night:
                flank = np.asarray(cv2.convertScaleAbs(flank, alpha=light.day), np.uint8)
            side = -1 if self.x_m > 0 else 1
            put_flank(frame, view, flank, x_m=self.x_m + side * drawing.width_m / 2, z_m=near_m)
            if near_m > CLIP_M:
                put_drawing(frame, view, drawing, z_m=near_m, x_m=self.x_m, jolt_px=jolt, light=shown)
            return
        end, rear = _small_art(self.what, rear=self.rear_first, night=light.night), self.rear_first
        if self.what.body is not Body.MOTORCYCLE:
            sides = 0.42 * shown if light.night else shown
            put_car(frame, view, self.what, x_m=self.x_m, z_m=near_m, rear_first=rear, light=sides)
        if near_m > CLIP_M:
            put_drawing(frame, view, end, z_m=near_m, x_m=self.x_m, jolt_px=jolt / 2, light=shown)


@dataclass(frozen=True, eq=False)
class Arm:
    """The barrier's arm."""

    plan: ArmPlan

    def box(self, now_s: float, /) -> Box | None:
        """Where it is now: up, only its post is left."""
        return Box(-0.3, 3.5 if self.plan.at(now_s) < 0.9 else 0.0, ARM_M, ARM_M + 0.05)

    def shade(self, shot: Shot) -> None:
        """Its shadow is too thin to be seen."""

    def draw(self, shot: Shot) -> None:
        """Set it into the picture."""
        light = 0.6 if shot.light.night else shot.light.day
        draw_arm(shot.frame, shot.view, self.plan.at(shot.now_s), light=light)


@dataclass(frozen=True, eq=False)
class Board:
    """A sign that stands or hangs, flat towards the camera. `image` covers `wide_m`; its middle is at x, y, z."""

    image: Picture
    wide_m: float
    at: tuple[float, float, float]
    post: bool = True
    shines: float = 0.5
    """How bright it is at night."""

    def box(self, _now_s: float, /) -> Box | None:
        """Where it is."""
        return Box(self.at[0] - self.wide_m / 2, self.at[0] + self.wide_m / 2, self.at[2], self.at[2] + 0.1)

    def shade(self, shot: Shot) -> None:
        """It has none."""

    def draw(self, shot: Shot) -> None:
        """Set it into the picture."""
        frame, view, light = shot.frame, shot.view, shot.light
        (x, y, z), scale = self.at, view.focal_px / self.at[2]
        shown = self.shines if light.night else light.day
        wide, high = round(self.wide_m * scale), round(self.wide_m * scale * self.image.shape[0] / self.image.shape[1])
        x_px, y_px = view.at(x, y, z)
        left, top = round(x_px - wide / 2), round(y_px - high / 2)
        if self.post:
            half = max(2, round(0.04 * scale))
            foot = round(view.at(x, 0, z)[1])
            cv2.rectangle(
                frame,
                (round(x_px) - half, top),
                (round(x_px) + half, foot),
                (118 * shown, 118 * shown, 118 * shown),
                -1,
            )
        small = cv2.resize(self.image, (wide, high), interpolation=cv2.INTER_AREA)
        x1, y1, x2, y2 = max(0, left), max(0, top), min(WIDTH, left + wide), min(HEIGHT, top + high)
        if x2 > x1 and y2 > y1:
            frame[y1:y2, x1:x2] = cv2.convertScaleAbs(small[y1 - top : y2 - top, x1 - left : x2 - left], alpha=shown)
