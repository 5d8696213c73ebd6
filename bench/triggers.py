"""How soon a camera or a loop is found out that misses vehicles, and how often one that works is blamed.

    SMARTGATE_BENCH_WEEKS=500 python -m bench.triggers

Stays on the loop and in view are drawn, not sensed: 400 vehicles a day by the hour, at least 15 s apart. Everybody
misses a few, the loop more (motorcycles pass beside it), and a camera takes a person for a vehicle now and then.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator

from bench.answers import wilson
from bench.readability import hours_of_day
from bench.tables import Cell, Column, Table
from edge.health.triggers import LOOP, LaneCounts, Stay

WEEKS = int(os.environ.get("SMARTGATE_BENCH_WEEKS", "100"))
VEHICLES_A_DAY = 400
_FRONT, _REAR = "front", "rear"
_SHIFT_S = {LOOP: 0.0, _FRONT: -12.0, _REAR: 6.0}
_LEAST_GAP_S = 15.0
_PERSONS = 0.005
_GIVEN_UP = 300
LOSSES = ((_FRONT, 1.0), (_FRONT, 0.5), (_FRONT, 0.25), (LOOP, 1.0))


class Lane:
    """A lane whose loop and cameras miss their shares of the vehicles."""

    def __init__(self, rng: random.Random, cameras: tuple[str, ...]) -> None:
        self.counts = LaneCounts(cameras)
        self.cameras = cameras
        self.now_s = 0.0
        self.misses = {LOOP: rng.uniform(0.005, 0.06)} | {camera: rng.uniform(0.005, 0.04) for camera in cameras}

    def passes(self, rng: random.Random, hour: int, gap_s: float) -> None:
        """A vehicle, and perhaps a person after it."""
        self.now_s += _LEAST_GAP_S + rng.expovariate(1.0 / max(1.0, gap_s - _LEAST_GAP_S))
        for source, share in self.misses.items():
            if rng.random() >= share:
                self._sensed(rng, source)
        if rng.random() < _PERSONS:
            self._sensed(rng, _FRONT)
        self.counts.step(self.now_s, hour=hour)

    def told(self) -> int:
        """How many cameras are told of."""
        return sum(self.counts.finding(camera, hour=9) is not None for camera in self.cameras)

    def _sensed(self, rng: random.Random, source: str) -> None:
        came_s = self.now_s + _SHIFT_S[source] + rng.uniform(-3, 3)
        self.counts.sensed(Stay(source, came_s, came_s + rng.uniform(3, 15)))


def week(rng: random.Random, lane: Lane) -> int:
    """Let a lane live for a week; how often one of its cameras began to be told of."""
    alarms, told = 0, lane.told()
    for _ in range(7):
        hours = hours_of_day(rng, VEHICLES_A_DAY)
        for hour in hours:
            lane.passes(rng, hour, 3600.0 / hours.count(hour))
            before, told = told, lane.told()
            alarms += max(0, told - before)
    return alarms


def vehicles_until_told(rng: random.Random, lane: Lane, source: str, share: float) -> int:
    """Vehicles until a loss is told; `_GIVEN_UP` when it is not. Each is decided on a minute and a half later."""
    lane.misses[source] = share
    for number in range(1, _GIVEN_UP):
        lane.passes(rng, 10, 120.0)
        if lane.told():
            return number
    return _GIVEN_UP


def measured(weeks: int) -> tuple[Table, Table]:
    """False alarms of lanes that work, and how soon losses are told."""
    rng = random.Random(20261127)
    rows: list[tuple[Cell, ...]] = []
    alarms: list[tuple[Cell, ...]] = []
    for cameras in ((_FRONT,), (_FRONT, _REAR)):
        needed: dict[tuple[str, float], list[int]] = {loss: [] for loss in LOSSES}
        blamed = 0
        for _ in range(weeks):
            lane = Lane(rng, cameras)
            week(rng, lane)
            blamed += week(rng, lane)
            if not lane.told():
                for (source, share), counts in needed.items():
                    counts.append(vehicles_until_told(rng, copy.deepcopy(lane), source, share))
        alarms.append((len(cameras), weeks, blamed, blamed / weeks / len(cameras)))
        rows += _rows(len(cameras), needed)
    counted = (Column("cameras", "count"), Column("lane-weeks", "count"))
    found = (Column("cameras", "count"), Column("misses"), Column("share", "share"), Column("n", "count"))
    spans = (Column("within 30", "share"), Column("at least", "share"))
    ends = (Column("median", "count"), Column("95 % within", "count"))
    note = f"lanes of {VEHICLES_A_DAY} vehicles a day, each after one week of learning"
    return (
        Table(
            "trigger_alarms",
            "False alarms",
            (*counted, Column("times", "count"), Column("a camera-week", "number")),
            tuple(alarms),
            note,
        ),
        Table("trigger_losses", "Vehicles until a loss is told", (*found, *spans, *ends), tuple(rows)),
    )


def _rows(cameras: int, needed: dict[tuple[str, float], list[int]]) -> Iterator[tuple[Cell, ...]]:
    for (source, share), counts in needed.items():
        within, ordered = sum(count <= 30 for count in counts), sorted(counts)
        least, _ = wilson(within, len(counts))
        median, most = ordered[len(ordered) // 2], ordered[int(0.95 * len(ordered))]
        yield (cameras, source, share, len(counts), within / len(counts), least, median, most)


if __name__ == "__main__":
    for one in measured(WEEKS):
        print(one.markdown())
