"""Clean material that is long: compressed days of a gate, a lorry that stands, an idle lane. None of it is a fault.

A compressed day holds what a day of a gate holds, in a few minutes: noon with clouds and traffic, rain that begins,
pours and ends, dusk, a night by infrared or under lamps, dawn, morning. Light changes as many times faster as the day
is shorter, which is harder than a real day. What it does not hold is the hours in which nothing new happens.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from edge.health.clip import Shown
from simulation.actors import Vehicle
from simulation.faultlab.exposure import infrared_lit
from simulation.faultlab.material import INFRARED, NIGHT, Clip, Kind, Rendered, new_sensor, through
from simulation.ground_light import Brightness
from simulation.shot import Light
from simulation.show import Show

_LEAST_LIGHT = 0.3
"""Of noon's light, when the camera turns to infrared, or the lamps above the lane go on."""
_NIGHT_NOISE, _DAY_NOISE = 4.4, 2.6
_LAMPS_ON = Light(lamps=True, glare=1.5)


@dataclass(frozen=True)
class CleanDay:
    """A day from noon to noon in `duration_s`. Even seeds see the night by infrared, odd ones under lamps."""

    seed: int
    duration_s: float = 480.0

    @property
    def name(self) -> str:
        """What a table calls it."""
        return "day by infrared" if self.infrared else "day under lamps"

    @property
    def infrared(self) -> bool:
        """Whether its night is seen in grey."""
        return self.seed % 2 == 0

    def shown(self) -> Iterator[Shown]:
        """What the camera gives."""
        sensor, began_s = new_sensor(self.seed, dim=False), 0.0
        for kind, show in self._parts():
            sensor.noise = _NIGHT_NOISE if kind.lamp.day < 0.6 else _DAY_NOISE
            for image, at_s in show.scenes():
                if at_s >= show.duration_s - 1e-6:
                    break  # the next part begins here
                one = Shown(round(began_s + at_s, 3), infrared_lit(image) if kind.infrared else image)
                yield replace(one, image=through(sensor, one, show.rumble(at_s), infrared=kind.infrared))
            began_s += show.duration_s

    @functools.cached_property
    def vehicles(self) -> int:
        """How many come through."""
        return sum(isinstance(actor, Vehicle) for _, show in self._parts() for actor in show.actors)

    def _parts(self) -> Iterator[tuple[Kind, Show]]:
        stands_s = self.duration_s / 24
        lorries = Kind("noon", clouds=True, walkers=True, stop_s=(stands_s, stands_s))
        evening = Kind("dusk", _LAMPS_ON, comers=("lorry", "car"), gap_s=(3.0, 12.0))
        night = Kind("night", INFRARED, infrared=True) if self.infrared else Kind("night", NIGHT)
        yield from (
            self._part(lorries, 0.22),
            self._part(Kind("first drops", weather=("drizzle",)), 0.04),
            self._part(Kind("downpour", weather=("rain",)), 0.08),
            self._part(Kind("last drops", weather=("drizzle",)), 0.04),
            self._part(evening, 0.14, light=(1, _LEAST_LIGHT)),
            self._part(night, 0.10),
            self._part(replace(night, name="small hours", comers=(), weather=("insects",)), 0.10),
            self._part(replace(night, name="early hours", comers=("lorry", "van", "motorcycle")), 0.08),
            self._part(Kind("dawn", _LAMPS_ON, gap_s=(3.0, 12.0)), 0.12, light=(_LEAST_LIGHT, 1)),
            self._part(Kind("morning", weather=("leaves",), comers=("lorry", "motorcycle")), 0.08),
        )  # fmt: skip

    def _part(self, kind: Kind, share: float, light: tuple[float, float] = (1, 1)) -> tuple[Kind, Show]:
        duration_s = round(share * self.duration_s, 1)
        return kind, kind.show(self.seed, duration_s, _fading(light, duration_s) if light[0] != light[1] else ())


def _fading(light: tuple[float, float], duration_s: float) -> list[Brightness]:
    """The light goes evenly, as the eye sees it, from one to the other."""
    first, last = light
    return [Brightness(lambda now_s: first * (last / first) ** min(1.0, now_s / duration_s))]


@dataclass(frozen=True)
class CleanSpell:
    """Real time in which almost nothing happens, as every gate knows it; or a clip as it is."""

    name: str
    material: Rendered | Clip
    duration_s: float
    seed: int = 0

    @property
    def vehicles(self) -> int:
        """How many come through, as far as that is known."""
        if isinstance(self.material, Clip):
            return 0
        show = self.material.kind.show(self.material.seed, self.duration_s)
        return sum(isinstance(actor, Vehicle) for actor in show.actors)

    def shown(self) -> Iterator[Shown]:
        """What the camera gives."""
        for one in self.material.taken(self.material.scene()):
            if one.at_s > self.duration_s:
                return
            yield one


Clean = CleanDay | CleanSpell


_SPELLS = (
    Kind("a lorry stands", always_stops=True, stop_s=(1e4, 1e4), clouds=True, walkers=True),
    Kind("idle by day", comers=(), clouds=True),
    Kind("idle by night", NIGHT, comers=()),
)


def clean_material(*, seed: int, days: int, day_s: float) -> list[Clean]:
    """Compressed days, each of another seed, and beside every fifth of them three spells as long."""
    found: list[Clean] = []
    for own in range(seed, seed + days):
        found.append(CleanDay(own, day_s))
        if (own - seed) % 5 == 4:
            found += [CleanSpell(kind.name, Rendered(kind, own, day_s), day_s, own) for kind in _SPELLS]
    return found
