"""Every fault of a camera that a stream of pictures can show, in the ways in which it comes about.

An injector belongs to a stage of the camera: at the `LENS` before noise and compression, in the `SENSOR` before the
compression, in the `STREAM` after both. What each severity means in physical terms stands in `docs/camera-health.md`.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from contract.vocabulary import HealthReason, Severity
from edge.health.clip import Shown
from simulation.faultlab import corruption, exposure, lens, stream
from simulation.faultlab.lens import Retouch
from simulation.faultlab.stream import Alter, Depth


class Stage(Enum):
    """Where in a camera a fault comes in."""

    LENS = "lens"
    SENSOR = "sensor"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a fault comes about.

    Attributes:
        sudden: it is there at once; otherwise it may come over up to 2 s.

    """

    name: str
    stage: Stage
    build: Callable[[Severity, np.random.Generator], Alter]
    sudden: bool = True


def _pictures(name: str, stage: Stage, build: Callable[[Severity, np.random.Generator], Retouch]) -> Way:
    return Way(name, stage, lambda severity, rng: stream.each(build(severity, rng)), sudden=False)


_at_lens = functools.partial(_pictures, stage=Stage.LENS)
_in_sensor = functools.partial(_pictures, stage=Stage.SENSOR)


def _in_stream(name: str, build: Callable[[Severity, np.random.Generator], Alter]) -> Way:
    return Way(name, Stage.STREAM, build)


WAYS: dict[HealthReason, tuple[Way, ...]] = {
    HealthReason.SIGNAL_LOST: (_in_stream("no answer", stream.signal_lost),),
    HealthReason.NO_FRAMES: (_in_stream("no pictures", stream.no_frames),),
    HealthReason.FROZEN: (_in_stream("repeated", stream.frozen),),
    HealthReason.LOOPED: (_in_stream("replayed", stream.looped),),
    HealthReason.DARK: (_at_lens("dark", build=exposure.dark),),
    HealthReason.COVERED: tuple(
        _at_lens(thing, build=functools.partial(lens.covered, thing=thing)) for thing in lens.THINGS
    ),
    HealthReason.OVEREXPOSED: (
        _in_sensor("washed out", build=exposure.washed_out),
        _in_sensor("glare", build=exposure.glare),
    ),
    HealthReason.IR_FAILED: (_at_lens("lamp out", build=exposure.lamp_failed),),
    HealthReason.CORRUPTED: (
        _in_stream("torn", corruption.torn),
        _in_stream("smeared", corruption.smeared),
        _in_stream("misplaced blocks", corruption.misplaced),
        _in_stream("JPEG bytes", corruption.damaged_jpeg),
        _in_stream("MPEG-4 bytes", corruption.damaged_mpeg4),
    ),
    HealthReason.FORMAT_CHANGED: (_in_stream("other format", stream.other_format),),
    HealthReason.MOVED: (
        _at_lens("shift", build=lens.shifted),
        _at_lens("roll", build=lens.turned),
        _at_lens("zoom", build=lens.zoomed),
    ),
    HealthReason.DEFOCUSED: (_at_lens("defocus", build=lens.defocused),),
    HealthReason.SHAKING: (_at_lens("shake", build=lens.shaking),),
    HealthReason.NOISE: (_in_sensor("grain", build=exposure.grain), _in_sensor("stripes", build=exposure.stripes)),
    HealthReason.DIRTY_LENS: (_at_lens("dirt", build=lens.dirt), _at_lens("drops", build=lens.drops)),
    HealthReason.COLOUR_CAST: (
        _at_lens("white balance", build=exposure.cast),
        _at_lens("infrared by day", build=exposure.infrared_by_day),
    ),
    HealthReason.LOW_FPS: (_in_stream("slow", stream.slow), _in_stream("stutter", stream.stutter)),
}
"""The ways of each class, the gravest class first."""


@dataclass(frozen=True, slots=True)
class Injector:
    """A fault, ready to be put into a stream; the same for the same code, severity and seed."""

    code: HealthReason
    severity: Severity
    way: Way
    alter: Alter

    def __call__(self, shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        """The stream with the fault in it while `depth_at` is above 0."""
        return self.alter(shown, depth_at)


def injector(code: HealthReason, severity: Severity, seed: int) -> Injector:
    """The fault of this class and severity; seeds that follow each other take the ways by turns.

    Raises:
        ValueError: pictures cannot show this class.

    """
    if code not in WAYS:
        known = ", ".join(WAYS)
        raise ValueError(f"expected a fault that pictures can show ({known}), got {code}")
    way = WAYS[code][seed % len(WAYS[code])]
    rng = np.random.default_rng([zlib.crc32(f"{code}/{severity}".encode()), seed])
    return Injector(code, severity, way, way.build(severity, rng))
