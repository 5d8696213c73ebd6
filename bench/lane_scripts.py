"""Scripted lanes: what a lane camera tells of vehicles whose truth is known, and whether the counts come out exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bench.progress import watched
from bench.tables import Cell, Column, Table
from contract.region import CameraRegion
from contract.vocabulary import Direction
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Observation, VehicleLeft

_BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Vehicle(Protocol):
    """What a vehicle of a script does: its plate (None when none can be read), and which way it goes."""

    @property
    def plate(self) -> str | None:
        """Its text."""

    @property
    def direction(self) -> Direction:
        """Which way it goes, or was to go."""

    @property
    def cancelled(self) -> bool:
        """Whether it left again the way it had come."""


class LaneScript(Protocol):
    """What happens in a lane, frame by frame."""

    @property
    def name(self) -> str:
        """What programs know it by."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def region(self) -> CameraRegion:
        """Where in the picture the lane lies."""

    def truth(self, seed: int) -> Sequence[Vehicle]:
        """The truth."""

    def frames(self, seed: int) -> Iterator[tuple[Image, float]]:
        """Pictures, and when each was taken in seconds from the first."""


@dataclass(frozen=True, slots=True)
class Told:
    """What of a script's vehicles was told, and in which the two differ; no difference is an empty text."""

    vehicles: int
    passages: int
    abstentions: int
    cancelled: int
    fault: str


def follow(reader: PlateReader, script: LaneScript, seed: int) -> list[Observation]:
    """The vehicles that a lane camera tells of."""
    pipeline = LanePipeline(reader, LprSettings(), camera="script", region=script.region)
    events = []
    for number, (image, offset_s) in enumerate(script.frames(seed)):
        events += pipeline.process(Frame(image, "script", _BEGAN_AT + timedelta(seconds=offset_s), offset_s, number))
    events += pipeline.flush()
    return [event.observation for event in events if isinstance(event, VehicleLeft)]


def judge(vehicles: Sequence[Vehicle], seen: Sequence[Observation]) -> Told:
    """Compare what was told with what happened: as many, the same plates, the same ones cancelled."""
    wanted = Counter(_words(one.plate, cancelled=one.cancelled, direction=one.direction) for one in vehicles)
    told = Counter(
        _words(
            one.plate.text if one.plate else None,
            cancelled=one.turned_back,
            direction=one.crossed or Direction.IN,  # as a node tells it of a lane that leads in
        )
        for one in seen
    )
    faults = [f"missing {text}" for text in (wanted - told).elements()]
    faults += [f"told {text}" for text in (told - wanted).elements()]
    return Told(
        len(vehicles),
        len(seen),
        sum(one.plate is None for one in seen),
        sum(one.turned_back for one in seen),
        "; ".join(faults),
    )


def _words(plate: str | None, *, cancelled: bool, direction: Direction) -> str:
    return f"{plate or 'no plate'} " + ("cancelled" if cancelled else direction)


def script_table(reader: PlateReader, scripts: Sequence[LaneScript], seeds: Sequence[int]) -> Table:
    """Every script with every seed: what happened and what was told."""
    rows: list[tuple[Cell, ...]] = []
    runs = [(script, seed) for script in scripts for seed in seeds]
    told: dict[str, list[Told]] = {}
    for script, seed in watched(runs, "scripted lanes"):
        told.setdefault(script.name, []).append(judge(script.truth(seed), follow(reader, script, seed)))
    for script in scripts:
        runs_of = told[script.name]
        rows.append(
            (
                script.title,
                len(runs_of),
                *(sum(getattr(one, what) for one in runs_of) for what in ("vehicles", "passages", "abstentions")),
                sum(one.cancelled for one in runs_of),
                sum(not one.fault for one in runs_of),
                "; ".join(one.fault for one in runs_of if one.fault) or "none",
            )
        )
    columns = (
        Column("scenario"),
        *(Column(name, "count") for name in ("runs", "vehicles", "passages", "abstentions", "cancelled", "exact runs")),
        Column("differences"),
    )
    note = "Exact: as many passages as vehicles, every plate letter for letter, the same ones cancelled."
    return Table("scenarios", "Scripted lanes", columns, tuple(rows), note)
