"""How soon a camera is found out that reads no longer, and how often one that reads as ever is blamed.

    SMARTGATE_BENCH_WEEKS=2000 python -m bench.readability

Vehicles are drawn, not seen: each is read or not, with a confidence and a number of reads. A clean camera has hours at
which it reads worse, spells of rain that double what it does not read and halve its reads, convoys of new vehicles
without plates, and persons taken for vehicles. A loss takes reads from vehicles and weakens those that are left.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.answers import wilson
from bench.tables import Cell, Column, Table
from edge.health.readability import Outcome, Readability

WEEKS = int(os.environ.get("SMARTGATE_BENCH_WEEKS", "200"))
VEHICLES_A_DAY = 400
_BUSY = [1] * 5 + [2, 6, 10] + [12] * 10 + [8, 6, 4, 3, 2, 2]
"""Share of the day's vehicles by hour."""
_NIGHT = (*range(6), *range(19, 24))
_RAIN_DAYS, _CONVOY_DAYS = 0.2, 0.15
_PERSONS = 0.003
_PROBES = 3
_GIVEN_UP = 400
LOSSES = (0.0, 0.25, 0.5, 0.65, 0.8)


@dataclass(frozen=True)
class Camera:
    """What a clean camera does not read by day and by night, as shares of the vehicles."""

    unread_day: float
    unread_night: float


def drawn(rng: random.Random) -> Camera:
    """A camera of a gate."""
    day = rng.uniform(0.01, 0.06)
    return Camera(day, min(0.2, day * rng.uniform(1.0, 3.0)))


def vehicle(rng: random.Random, unread: float, *, weak: float = 1.0) -> Outcome:
    """One vehicle with a plate; `weak` divides its reads and multiplies its doubt."""
    if rng.random() < unread:
        return Outcome(found=rng.random() < 0.5, read=False, reads=rng.randrange(3))
    reads = max(1, round(rng.lognormvariate(2.6, 0.5) / weak))
    return Outcome(found=True, read=True, confidence=max(0.5, 1.0 - rng.expovariate(40.0) * weak), reads=reads)


def hours_of_day(rng: random.Random, vehicles: int) -> list[int]:
    """The hour of each vehicle of a day, in order."""
    return sorted(rng.choices(range(24), _BUSY, k=vehicles))


def clean_day(rng: random.Random, camera: Camera, vehicles: int = VEHICLES_A_DAY) -> Iterator[tuple[int, Outcome]]:
    """Hour and outcome of the vehicles of one clean day."""
    rain = range(start := rng.randrange(24), start + rng.randrange(2, 9)) if rng.random() < _RAIN_DAYS else range(0)
    convoy_at = rng.randrange(vehicles) if rng.random() < _CONVOY_DAYS else None
    for number, hour in enumerate(hours_of_day(rng, vehicles)):
        if number == convoy_at:
            for _ in range(rng.randrange(5, 19)):
                yield hour, Outcome(found=False, read=False)
        unread = camera.unread_night if hour in _NIGHT else camera.unread_day
        wet = hour in rain
        if rng.random() < _PERSONS:
            yield hour, Outcome(found=False, read=False)
        yield hour, vehicle(rng, unread * (2 if wet else 1), weak=2.0 if wet else 1.0)


def lived(rng: random.Random, camera: Camera, judge: Readability, days: int, start_s: float) -> tuple[int, int]:
    """Let a camera live; how often it was blamed: for not reading at all, and for reading poorly."""
    unread = poor = 0
    for day in range(days):
        for hour, outcome in clean_day(rng, camera):
            before = judge.memory.unread.told, judge.memory.poor.told
            judge.vehicle(outcome, hour=hour, now_s=start_s + 86_400 * day + 3600 * hour)
            unread += judge.memory.unread.told and not before[0]
            poor += judge.memory.poor.told and not before[1]
    return unread, poor


def vehicles_until_told(rng: random.Random, judge: Readability, read_share: float, now_s: float) -> int:
    """Vehicles until a loss is told of a camera that reads `read_share` from now on; `_GIVEN_UP` when it is not."""
    hour = rng.randrange(7, 18)
    for number in range(1, _GIVEN_UP):
        judge.vehicle(vehicle(rng, 1.0 - read_share, weak=1.5), hour=hour, now_s=now_s + 60.0 * number)
        if judge.memory.unread.told:
            return number
    return _GIVEN_UP


def measured(weeks: int) -> tuple[Table, Table]:
    """False alarms of clean cameras, and how soon losses are told."""
    rng = random.Random(20261127)
    blamed = {"not read": 0, "read poorly": 0}
    needed: dict[float, list[int]] = {share: [] for share in LOSSES}
    for _ in range(weeks):
        camera, judge = drawn(rng), Readability()
        lived(rng, camera, judge, 7, 0.0)
        unread, poor = lived(rng, camera, judge, 7, 7 * 86_400.0)
        blamed["not read"] += unread
        blamed["read poorly"] += poor
        if judge.memory.unread.told:
            continue
        for share, counts in needed.items():
            counts += [vehicles_until_told(rng, copy.deepcopy(judge), share, 15 * 86_400.0) for _ in range(_PROBES)]
    note = f"{weeks} camera-weeks of {VEHICLES_A_DAY} vehicles a day, each after one week of learning"
    alarms = tuple((what, times, times / weeks) for what, times in blamed.items())
    shares = (Column("read share", "share"), Column("n", "count"), Column("within 30", "share"))
    spans = (Column("at least", "share"), Column("median", "count"), Column("95 % within", "count"))
    return (
        Table(
            "false_alarms",
            "False alarms",
            (Column("told"), Column("times", "count"), Column("a camera-week", "number")),
            alarms,
            note,
        ),
        Table("vehicles", "Vehicles until a loss is told", shares + spans, tuple(_rows(needed))),
    )


def _rows(needed: dict[float, list[int]]) -> Iterator[tuple[Cell, ...]]:
    for share, counts in needed.items():
        within, ordered = sum(count <= 30 for count in counts), sorted(counts)
        least, _ = wilson(within, len(counts))
        yield (
            share,
            len(counts),
            within / len(counts),
            least,
            ordered[len(ordered) // 2],
            ordered[int(0.95 * len(ordered))],
        )


if __name__ == "__main__":
    for one in measured(WEEKS):
        print(one.markdown())
