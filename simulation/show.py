"""One run of a scenario: who does what when, what is true of it, and its frames."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from contract.vocabulary import Direction
from simulation.actors import Actor, Vehicle, in_order
from simulation.backdrop import empty_lane
from simulation.fixtures import ISLAND_M, fixtures
from simulation.ground_light import GroundLight
from simulation.sensor import Caption, Sensor
from simulation.shot import Light, Shot
from simulation.view import Picture, View
from simulation.weather import Weather

FPS = 5.0
SLOW_STEP_S = 4.0
QUIET_S = 6.0
"""So long is the lane empty at the beginning and at the end."""
_BEGAN_AT = datetime(2026, 11, 27, 14, 32, 7, tzinfo=UTC)
_DAY_NOISE, _NIGHT_NOISE = 2.6, 4.4
_RUMBLE_M = 9.0
_BACKDROPS = 4
"""So many different lanes are there; drawing one takes half a second."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one vehicle that came.

    Attributes:
        plate: normalised; None when it has none, or none that can be seen and read.
        cancelled: it left the way it had come.
        second_plate: what only the rear camera sees: the trailer's plate.

    """

    plate: str | None
    direction: Direction
    cancelled: bool = False
    second_plate: str | None = None


@dataclass(frozen=True, eq=False)
class Show:
    """Everything that one scenario and seed make happen.

    Attributes:
        slow: spans of time in which frames come every `SLOW_STEP_S` only.
        view: where the front camera hangs.

    """

    seed: int
    duration_s: float
    vehicles: tuple[Truth, ...] = ()
    actors: Sequence[Actor] = ()
    light: Light = field(default_factory=Light)
    booth: bool = True
    ground: Sequence[GroundLight] = ()
    weather: Sequence[Weather] = ()
    captions: tuple[Caption, ...] = ()
    shake_px: float = 0.35
    slow: tuple[tuple[float, float], ...] = ()
    rear_actors: Sequence[Actor] = ()
    view: View = field(default_factory=View)

    def times(self) -> list[float]:
        """When frames are taken, in seconds from the beginning."""
        found, now_s = [], 0.0
        while now_s <= self.duration_s:
            found.append(round(now_s, 3))
            now_s += SLOW_STEP_S if any(a <= now_s < b for a, b in self.slow) else 1 / FPS
        return found

    def frames(self, *, rear: bool = False) -> Iterator[tuple[Picture, float]]:
        """The frames of the front camera, or of the rear camera, with their times in seconds."""
        sensor = Sensor(
            np.random.default_rng([self.seed, rear]),
            _NIGHT_NOISE if self.light.day < 0.6 else _DAY_NOISE,
            _BEGAN_AT,
            self.captions,
            self.shake_px,
        )
        for scene, now_s in self.scenes(rear=rear):
            yield sensor.taken(scene, now_s, rumble=self.rumble(now_s)), now_s

    def scenes(self, *, rear: bool = False) -> Iterator[tuple[Picture, float]]:
        """What lies before the lens, with its times: `frames` without what the camera itself adds."""
        view = View(-1) if rear else self.view
        empty, by_day = _backdrop(view, self.booth and not rear, self.light, 2 * (self.seed % _BACKDROPS) + rear)
        for now_s in self.times():
            shot = Shot(empty.copy(), view, now_s, self.light, empty, by_day)
            self._paint(shot, self.rear_actors if rear else self.actors)
            yield shot.frame, now_s

    def _paint(self, shot: Shot, actors: Sequence[Actor]) -> None:
        for change in self.ground:
            if not change.on_all:
                change.change(shot)
        if self.ground or any(box and box.x2 > ISLAND_M for box in (actor.box(shot.now_s) for actor in actors)):
            actors = [*actors, *fixtures(booth=self.booth)]
        present = in_order(actors, shot.now_s)
        for actor in present:
            actor.shade(shot)
        for actor in present:
            actor.draw(shot)
        for change in self.ground:
            if change.on_all:
                change.change(shot)
        for weather in self.weather:
            weather.cover(shot)

    def rumble(self, now_s: float) -> float:
        """How much passing vehicles shake the camera, 0–1."""
        found = 0.0
        for actor in self.actors:
            if isinstance(actor, Vehicle) and (box := actor.box(now_s)) and box.z1 < _RUMBLE_M:
                found = max(found, min(1.0, actor.near.speed(now_s) / 4))
        return found


@functools.lru_cache(maxsize=6)
def _backdrop(view: View, booth: bool, light: Light, seed: int) -> tuple[Picture, Picture]:
    """The empty lane in this light, and by day."""
    by_day = empty_lane(view, night=False, booth=booth, seed=seed)
    if light.night:
        return empty_lane(view, night=True, booth=booth, seed=seed), by_day
    if light.day < 1:  # at dusk the little light is blue
        tint = light.day * np.array([1.12, 1.0, 0.94])
        return np.clip(by_day * tint, 0, 255).astype(np.uint8), by_day
    return by_day, by_day
