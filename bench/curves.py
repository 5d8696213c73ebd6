"""How reading fails as pictures get worse: exact and wrong shares over the strength of one effect at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.answers import Tally, wilson
from bench.progress import watched
from bench.reading import Readers, read_scene
from bench.scenes import FREIGHT, Scene, View, exposed, make_vehicle, photograph, rain_at, rng_for
from bench.tables import Cell, Column, Table
from edge.frame import Image
from edge.lpr.settings import LprSettings
from rendering import effects

_PLATE_PX = 130.0
_SENSOR_NOISE = 0.1

Damage = Callable[[Scene, float, random.Random], Image]


@dataclass(frozen=True, slots=True)
class Effect:
    """What is done to a picture, in which unit its levels are, and from which on it is measured.

    Either `damage` changes the picture, or `view` the way it is taken.
    """

    name: str
    unit: str
    levels: tuple[float, ...]
    damage: Damage | None = None
    view: Callable[[View, float], View] | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What one engine read at one level of an effect."""

    effect: str
    engine: str
    level: float
    tally: Tally


def _defocused(scene: Scene, level: float, _: random.Random) -> Image:
    return effects.defocus(scene.image, level)


def _moved(scene: Scene, level: float, rng: random.Random) -> Image:
    return effects.motion(scene.image, rng, level)


def _noisy(scene: Scene, level: float, rng: random.Random) -> Image:
    return effects.noise(scene.image, rng, level / 34)  # the effect's strength 1 is 34 grey levels


def _dark(scene: Scene, level: float, rng: random.Random) -> Image:
    return effects.noise(exposed(scene.image, -level), rng, _SENSOR_NOISE)


def _foggy(scene: Scene, level: float, rng: random.Random) -> Image:
    return effects.fog(scene.image, rng, level / 100)


def _rained(scene: Scene, level: float, rng: random.Random) -> Image:
    image = scene.image
    for _ in range(int(level)):
        image = rain_at(image, scene.plate, rng, 1.0)
    return image


def _covered(scene: Scene, level: float, rng: random.Random) -> Image:
    """Mud from the lower edge of the plate upwards, a hand's breadth wider than the plate."""
    image = scene.image.copy()
    plate = scene.plate
    top = int(plate.y2 - plate.height * level / 100)
    mud = np.array([rng.randint(40, 90), rng.randint(60, 100), rng.randint(75, 120)])
    image[top : int(plate.y2 + 3), int(plate.x1 - 5) : int(plate.x2 + 5)] = mud
    return image


EFFECTS = (
    Effect("plate width", "px", (140, 100, 80, 60, 45, 35, 25), view=lambda view, level: replace(view, width_px=level)),
    Effect("defocus", "px radius", (0, 1, 2, 3, 4, 5), _defocused),
    Effect("motion blur", "px", (0, 3, 7, 11, 15, 21), _moved),
    Effect("noise", "grey levels", (0, 10, 20, 30, 45, 60), _noisy),
    Effect("darkness", "stops", (0, 2, 3, 4, 5, 6), _dark),
    Effect("fog", "% veil", (0, 30, 50, 70, 85, 95), _foggy),
    Effect("rain", "bursts of streaks", (0, 1, 2, 4, 6, 8), _rained),
    Effect("covered from below", "% of height", (0, 10, 20, 30, 40, 50), _covered),
    Effect("tilt", "degrees", (0, 8, 16, 24, 32, 40), view=lambda view, level: replace(view, tilt_deg=level)),
)


def damaged(effect: Effect, level: float, *, number: int, seed: int) -> Scene:
    """The same vehicle at every level; only the effect differs."""
    rng = rng_for(seed, "curves", number)
    vehicle = make_vehicle(FREIGHT[number % len(FREIGHT)], rng)
    view = View(_PLATE_PX, x=rng.uniform(0.4, 0.6))
    scene = photograph(vehicle, effect.view(view, level) if effect.view else view, rng)
    if effect.damage is None or level == 0:
        return scene
    return replace(scene, image=effect.damage(scene, level, rng))


def measure(readers: Readers, *, plates: int, seed: int, effects: Sequence[Effect] = EFFECTS) -> list[Point]:
    """Every engine at every level of these effects, on the same pictures."""
    settings = LprSettings()
    points = []
    steps = [(effect, level) for effect in effects for level in effect.levels]
    for effect, level in watched(steps, "robustness"):
        shown = [damaged(effect, level, number=number, seed=seed) for number in range(plates)]
        for engine, reader in readers.items():
            tally = Tally.of(read_scene(reader, scene, settings)[0] for scene in shown)
            points.append(Point(effect.name, engine, level, tally))
    return points


def curves_table(points: list[Point]) -> Table:
    """The points as a table; what the plot shows."""
    units = {effect.name: effect.unit for effect in EFFECTS}
    rows: list[tuple[Cell, ...]] = []
    for point in points:
        tally = point.tally
        shares = (tally.exact / tally.n, *wilson(tally.exact, tally.n), tally.wrong / tally.n)
        rows.append((point.effect, units[point.effect], point.engine, point.level, tally.n, *shares))
    columns = (
        Column("effect"),
        Column("unit"),
        Column("engine"),
        Column("level", "number"),
        Column("n", "count"),
        Column("exact", "share"),
        Column("low", "share"),
        Column("high", "share"),
        Column("wrong", "share"),
    )
    note = f"Freight plates {_PLATE_PX:.0f} pixels wide in lane frames, one effect at a time."
    return Table("robustness", "Robustness", columns, tuple(rows), note)
