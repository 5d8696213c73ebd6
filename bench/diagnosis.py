"""What it costs to watch a camera's health."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.scenes import FREIGHT, View, make_vehicle, photograph, rng_for
from bench.speed import with_noise
from bench.tables import Column, Table
from edge.frame import Frame
from edge.health.monitor import HealthMonitor
from edge.health.settings import HealthSettings

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_EMPTY, _NEAR, _ROUNDS = 20, 20, 5
_LIMIT_SHARE = 0.05
"""Of one core, for a camera looked at five times a second."""


def diagnosis_table(*, seed: int) -> Table:
    """Processor time of a look at 1280 × 720, everything judged.

    Half of the frames show an empty lane, half a vehicle that drives up; each has noise of its own.
    """
    settings = HealthSettings()
    rng = rng_for(seed, "diagnosis")
    vehicle = make_vehicle(FREIGHT[0], rng)
    frames = [with_noise(vehicle.lane, number) for number in range(_EMPTY)]
    frames += [photograph(vehicle, View(80 + 60 * number / _NEAR), rng).image for number in range(_NEAR)]
    monitor = HealthMonitor("bench", settings, started_at=_NOON, started_s=0.0)
    looks_ms, at_s = [], 0.0
    for _ in range(1 + _ROUNDS):
        began_s = time.process_time()
        for number, image in enumerate(frames):
            at_s += settings.look_every_s
            monitor.frame(Frame(image, "bench", _NOON + timedelta(seconds=at_s), at_s, number))
        looks_ms.append(1000 * (time.process_time() - began_s) / len(frames))
    look_ms = median(looks_ms[1:])  # in the first round nothing is known of the lane, and less is compared
    share = look_ms / 1000 / settings.look_every_s
    return Table(
        "diagnosis",
        "Diagnosis of a camera",
        (
            Column("look ms", "number"),
            Column("looks a second", "number"),
            Column("share of a core", "share"),
            Column("of 5 %", "number"),
        ),
        ((look_ms, 1 / settings.look_every_s, share, share / _LIMIT_SHARE),),
        "Processor time of one thread at 1280 × 720.",
    )
