"""What faults are put into: rendered lanes with traffic and weather, and clips. Five pictures a second, as is judged.

A `Material` gives what lies before the lens, and plays the camera that takes it: faults of the lens go between the two.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from contract.errors import SourceError
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source
from edge.frame import Image
from edge.health.clip import Shown
from simulation.car_art import Body, random_small_vehicle
from simulation.faultlab.exposure import grain_over, infrared_lit
from simulation.faultlab.stream import compressed
from simulation.ground_light import CloudShadow, GroundLight, passing_lamps
from simulation.people_art import random_look
from simulation.scripts import Coming, Script, readable_lorry
from simulation.sensor import Caption, Sensor
from simulation.shot import Light
from simulation.show import Show
from simulation.view import View
from simulation.walkers import Path as Way
from simulation.walkers import Walker
from simulation.weather import Fog, NearLens, Rain, Weather

FPS = 5.0
"""Judgements a second."""
DAY, DUSK, NIGHT = Light(), Light(day=0.42, lamps=True, glare=1.7), Light(day=0.0, lamps=True, glare=1.6)
INFRARED = Light(day=0.3, lamps=True, glare=1.3)
_BEGAN_AT = datetime(2026, 11, 27, 6, 0, 0, tzinfo=UTC)
_DAY_NOISE, _NIGHT_NOISE = 2.6, 4.4
_CLIP_NOISE = 1.5
LONGEST_CLIP_S = 60.0
CAPTION = Caption("{now} CAM-03", (24, 44))


class Material(Protocol):
    """A scene and the camera that takes it; each call of either begins anew and gives the same."""

    @property
    def name(self) -> str:
        """What a table calls it."""

    @property
    def light(self) -> str:
        """`day`, `dusk`, `night`, or `infrared` for a night seen in grey."""

    def scene(self) -> Iterator[Shown]:
        """What lies before the lens, as long as it is wanted or there is some."""

    def taken(self, scene: Iterable[Shown]) -> Iterator[Shown]:
        """What the camera makes of it: exposure, noise, lettering, compression."""


@dataclass(frozen=True)
class Kind:
    """One kind of rendered scene.

    Attributes:
        comers: what drives through: `lorry`, `car`, `van`, `motorcycle`; nobody when empty.
        gap_s: between one that has gone and the next, at least and at most.
        stop_s: how long one stands at the arm; unless `always_stops`, half of them drive through.
        weather: any of `rain`, `drizzle`, `fog`, `mist`, `insects`, `leaves`.

    """

    name: str
    lamp: Light = DAY
    infrared: bool = False
    comers: tuple[str, ...] = ("lorry",)
    gap_s: tuple[float, float] = (6.0, 25.0)
    stop_s: tuple[float, float] = (3.0, 9.0)
    always_stops: bool = False
    weather: tuple[str, ...] = ()
    clouds: bool = False
    walkers: bool = False
    view: View = field(default_factory=View)
    booth: bool = True
    first_seed: int = 0

    def show(self, seed: int, duration_s: float, ground: Iterable[GroundLight] = ()) -> Show:
        """So many seconds of it; the first 2 s are empty."""
        seed += self.first_seed
        script = Script(seed, f"faultlab/{self.name}")
        rng, passing, at_s = script.rng, [], script.rng.uniform(2.5, 14.0)
        while self.comers and at_s < duration_s - 8:
            vehicle = _comer(script, rng.choice(self.comers))
            stops = self.always_stops or rng.random() < 0.5
            stop_s = rng.uniform(*self.stop_s) if stops else None
            track = script.drives_in(vehicle, script.through(vehicle, stop_s=stop_s), start_s=at_s)
            passing.append((track, vehicle))
            at_s = track.end_s + rng.uniform(*self.gap_s)
        script.arm(passing)
        light: list[GroundLight] = list(ground)
        if self.clouds:
            light += [
                CloudShadow(begin_s, begin_s + rng.uniform(6, 18), rng.uniform(0.2, 0.5), rng.uniform(9, 18))
                for begin_s in _every(45.0, duration_s, rng)
            ]
        if self.lamp.lamps:
            light += [passing_lamps(rng, begin_s, strength=0.7) for begin_s in _every(60.0, duration_s, rng)]
        for begin_s in _every(40.0, duration_s, rng) if self.walkers else ():
            z = rng.uniform(8.5, 13.5)
            across = ((-2.2 - z / 12, z), (0.62 * z + 1.2, z + rng.uniform(-1, 1)))
            script.actors.append(Walker(random_look(rng), Way(begin_s, across, rng.uniform(1.0, 1.5))))
        return replace(
            script.show(),
            seed=seed,
            duration_s=duration_s,
            light=self.lamp,
            booth=self.booth,
            view=self.view,
            ground=light,
            weather=[WEATHER[name](seed) for name in self.weather],
        )


def _every(step_s: float, duration_s: float, rng: random.Random) -> list[float]:
    """Moments so far apart, the first of them soon after the beginning."""
    return [float(at_s) for at_s in np.arange(rng.uniform(3, step_s), duration_s, step_s)]


def _comer(script: Script, what: str) -> Coming:
    return readable_lorry(script.rng) if what == "lorry" else random_small_vehicle(script.rng, Body(what))


WEATHER: dict[str, Callable[[int], Weather]] = {
    "rain": Rain,
    "drizzle": lambda seed: Rain(seed, streaks=120, drops=6),
    "fog": lambda seed: Fog(seed, thick=0.6),
    "mist": lambda seed: Fog(seed, thick=0.35),
    "insects": lambda seed: NearLens(seed, leaves=False, every_s=2.5),
    "leaves": lambda seed: NearLens(seed, leaves=True, every_s=6.0),
}
TUNING = (
    Kind("day", clouds=True, walkers=True),
    Kind("rain", weather=("rain",)),
    Kind("night", NIGHT, weather=("insects",)),
    Kind("infrared", INFRARED, infrared=True, comers=("lorry", "car"), weather=("insects",)),
    Kind("dusk", DUSK, comers=("lorry", "motorcycle", "van"), walkers=True),
    Kind("fog", weather=("fog",)),
    Kind("idle", comers=(), clouds=True),
)
"""Kinds of scenes on which a diagnosis may be tuned."""
_ELSEWHERE = View(side=-1, focal_px=1450.0, horizon_px=170.0, margin_px=260.0, camera_m=3.1)
_OTHERS = ("van", "motorcycle", "car", "lorry")
HELD_BACK = (
    Kind("held-back day", comers=_OTHERS, weather=("drizzle", "mist"), view=_ELSEWHERE, booth=False, first_seed=90_001),
    Kind(
        "held-back night", NIGHT, comers=_OTHERS, weather=("mist",), walkers=True, view=_ELSEWHERE, booth=False,
        first_seed=90_001,
    ),
    Kind(
        "held-back infrared", INFRARED, infrared=True, comers=_OTHERS, weather=("drizzle",), view=_ELSEWHERE,
        booth=False, first_seed=90_001,
    ),
)  # fmt: skip
"""A place of another build, in other weather, with other vehicles and seeds.

WARNING: it tells something only as long as nobody has looked at what a diagnosis makes of it. Never tune on it; run it
once, at the end, and report the numbers as they come out.
"""


@dataclass(frozen=True)
class Rendered:
    """A rendered lane."""

    kind: Kind
    seed: int
    duration_s: float

    @property
    def name(self) -> str:
        """What a table calls it."""
        return self.kind.name

    @property
    def light(self) -> str:
        """`day`, `dusk`, `night` or `infrared`."""
        if self.kind.infrared:
            return "infrared"
        return "night" if self.kind.lamp.night else "day" if self.kind.lamp.day > 0.6 else "dusk"

    def scene(self) -> Iterator[Shown]:
        """What lies before the lens."""
        for image, at_s in self.kind.show(self.seed, self.duration_s).scenes():
            yield Shown(at_s, infrared_lit(image) if self.kind.infrared else image)

    def taken(self, scene: Iterable[Shown]) -> Iterator[Shown]:
        """What the camera makes of it."""
        show = self.kind.show(self.seed, self.duration_s)
        sensor = new_sensor(self.seed, dim=self.kind.lamp.day < 0.6)
        for one in scene:
            yield replace(one, image=through(sensor, one, show.rumble(one.at_s), infrared=self.kind.infrared))


def new_sensor(seed: int, *, dim: bool) -> Sensor:
    """The electronics of a lane camera that writes the time into its picture."""
    return Sensor(np.random.default_rng([seed, 11]), _NIGHT_NOISE if dim else _DAY_NOISE, _BEGAN_AT, (CAPTION,))


def through(sensor: Sensor, one: Shown, rumble: float, *, infrared: bool) -> Image:
    """One picture through the electronics; by infrared it has no colours."""
    assert one.image is not None
    image = sensor.taken(one.image, one.at_s, rumble=rumble)
    return np.asarray(cv2.merge([cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)] * 3), np.uint8) if infrared else image


@dataclass(frozen=True)
class Clip:
    """A video file, at most its first minute, played forth and back as long as it is wanted.

    It has noise and compression of its own. A little noise and one more compression come on top, so that a picture
    that was blurred does not become cleaner than a camera's picture ever is, and none repeats.
    """

    path: Path

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.path.name

    @property
    def light(self) -> str:
        """Told from its first picture."""
        first = next(self._once()).image
        assert first is not None
        few = first[::8, ::8].astype(np.int16)
        if np.quantile(np.abs(few[..., 0] - few[..., 2]), 0.95) < 6:
            return "infrared"
        return "day" if few.mean() > 60 else "night"

    @property
    def duration_s(self) -> float:
        """How long it takes once."""
        return sum(1 for _ in self._once()) / FPS

    def scene(self) -> Iterator[Shown]:
        """Its pictures, forth and back, forth and back."""
        kept: list[bytes] = []
        for one in self._once():
            assert one.image is not None
            kept.append(np.asarray(cv2.imencode(".jpg", one.image, [cv2.IMWRITE_JPEG_QUALITY, 97])[1]).tobytes())
            yield one
        if len(kept) < 2:
            raise SourceError(f"{self.path} has {len(kept)} pictures; expected a clip of some seconds")
        turn = len(kept)
        while True:
            back = turn % (2 * len(kept) - 2)
            place = back if back < len(kept) else 2 * len(kept) - 2 - back
            image = cv2.imdecode(np.frombuffer(kept[place], np.uint8), cv2.IMREAD_COLOR)
            yield Shown(round(turn / FPS, 3), np.asarray(image, np.uint8))
            turn += 1

    def taken(self, scene: Iterable[Shown]) -> Iterator[Shown]:
        """A little noise, and compression."""
        for one in scene:
            assert one.image is not None
            noisy = grain_over(one.image, _CLIP_NOISE, seed=1, at_s=one.at_s, coloured=False)
            yield replace(one, image=compressed(noisy, 85))

    def _once(self) -> Iterator[Shown]:
        """Its pictures once, five a second, with the times of five a second."""
        settings = CameraSettings(name="clip", lane="clip", source=str(self.path), realtime=False)
        number = 0
        with open_source(settings) as source:
            for image, offset_s in source.frames():
                if offset_s + 1e-3 < number / FPS:
                    continue
                if offset_s > LONGEST_CLIP_S:
                    return
                yield Shown(round(number / FPS, 3), image)
                number += 1
