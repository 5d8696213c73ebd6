"""How surely plates are read: made-up plates of every class in lane frames.

Rendered plates say how a reader does on known pictures of every class; only real pictures (`bench/labelled.py`) say how
it does at a gate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.answers import Answer, Answers, accuracy_table, at_place, wilson
from bench.calibration import calibration_tables
from bench.progress import watched
from bench.scenes import CLASSES, PlateClass, Scene, scenes
from bench.tables import Cell, Column, Table
from edge.lpr.engine import PlateReader
from edge.lpr.settings import LprSettings
from edge.lpr.types import PictureReads

Readers = dict[str, PlateReader]
"""The reader of each engine that is measured."""


@dataclass(slots=True)
class Negatives:
    """Pictures without a plate, and how many of them were said to hold one."""

    pictures: int = 0
    with_plate: int = 0
    plates: int = 0
    accepted: int = 0
    """Plates that are sure enough to name a vehicle."""

    def add(self, confidences: list[float], accept_confidence: float) -> None:
        """Count one picture."""
        self.pictures += 1
        self.with_plate += bool(confidences)
        self.plates += len(confidences)
        self.accepted += sum(confidence >= accept_confidence for confidence in confidences)


@dataclass(slots=True)
class Seen:
    """What the engines made of a set of pictures."""

    answers: Answers
    negatives: dict[tuple[str, str], Negatives] = field(default_factory=lambda: defaultdict(Negatives))
    """By group of pictures and engine."""


def read_scene(reader: PlateReader, scene: Scene, settings: LprSettings) -> tuple[Answer, PictureReads]:
    """Read a scene as a lane camera's frame is read, looking at what the vehicle covers."""
    found = reader.read_part(scene.image, scene.part, side_px=settings.frame_side_px)
    read = at_place(found.plates, scene.plate)
    text, confidence = (read.text, read.confidence) if read else ("", 0.0)
    return Answer(scene.design.text, text, confidence, scene.row_px, scene.facts), found


def read_scenes(readers: Readers, *, plates_per_class: int, seed: int, classes: Sequence[PlateClass] = CLASSES) -> Seen:
    """Every engine's answers about the same scenes; plates beside the one that is there are false ones."""
    seen = Seen({engine: [] for engine in readers})
    settings = LprSettings()
    drawn = scenes(plates_per_class, seed, classes)
    for _ in watched(range(plates_per_class * len(classes)), "plates of every class"):
        scene = next(drawn)
        for engine, reader in readers.items():
            answer, found = read_scene(reader, scene, settings)
            seen.answers[engine].append(answer)
            stray = [read.confidence for detection, read in found.plates if detection.box.overlap(scene.plate) == 0]
            seen.negatives["lane frames", engine].add(stray, settings.accept_confidence)
    return seen


def reading_tables(
    readers: Readers, *, plates_per_class: int, seed: int, classes: Sequence[PlateClass] = CLASSES
) -> list[Table]:
    """Accuracy, calibration and false plates on made-up plates."""
    seen = read_scenes(readers, plates_per_class=plates_per_class, seed=seed, classes=classes)
    note = (
        f"Lane frames of 1280 × 720 pixels, {plates_per_class} plates of each of {len(classes)} classes, 40 to 400 "
        "pixels wide. Groups count readable plates, heights count all."
    )
    return [
        accuracy_table("drawn", "Made-up plates", seen.answers, note),
        *calibration_tables("drawn", "Made-up plates", seen.answers),
        negatives_table("drawn_false", "Made-up plates: other plates than the one that is there", seen.negatives),
    ]


def negatives_table(name: str, title: str, negatives: dict[tuple[str, str], Negatives]) -> Table:
    """False plates a picture."""
    rows: list[tuple[Cell, ...]] = [
        (
            group,
            engine,
            counted.pictures,
            counted.with_plate,
            counted.with_plate / counted.pictures,
            *wilson(counted.with_plate, counted.pictures),
            counted.plates,
            counted.accepted,
        )
        for (group, engine), counted in negatives.items()
    ]
    columns = (
        Column("group"),
        Column("engine"),
        Column("pictures", "count"),
        Column("with a plate", "count"),
        Column("share", "share"),
        Column("low", "share"),
        Column("high", "share"),
        Column("false plates", "count"),
        Column("accepted", "count"),
    )
    return Table(name, title, columns, tuple(rows), "Accepted: sure enough to name a vehicle.")
