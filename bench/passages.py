"""Whole passages against single frames: vehicles that drive up under changing disturbances, and clips."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.answers import SHARE_COLUMNS, Answer, Tally, at_place, shares
from bench.progress import watched
from bench.reading import Readers
from bench.scenes import FREIGHT, PlateClass, Scene, Vehicle, View, make_vehicle, photograph, rng_for
from bench.tables import Cell, Column, Table
from contract.errors import SmartGateError
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Observation, Read, VehicleLeft
from edge.lpr.vote import vote
from rendering import effects

_FRAMES = 12
_FRAME_S = 0.25
_EMPTY_FRAMES = 4
_FIRST_PX, _LAST_PX = 60.0, 220.0
_CLIP_FPS = 6.0
_BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
DISTURBANCES = {"slight": 0.25, "medium": 0.55, "strong": 0.85}


@dataclass(frozen=True, slots=True)
class Clip:
    """A video and the plates that pass in it, none for one in which no plate can be read."""

    path: Path
    plates: tuple[str, ...]


@dataclass(slots=True)
class Outcome:
    """What was made of some approaches: single frames, their vote, and the passage that the lane tells."""

    frames: list[Answer]
    votes: list[Answer]
    passages: list[Answer]


def approach(plate_class: PlateClass, strength: float, rng: random.Random) -> tuple[Vehicle, list[Scene]]:
    """A vehicle that drives up; each frame has its own noise, blur, glare and light."""
    vehicle = make_vehicle(plate_class, rng)
    x, drift, tilt = rng.uniform(0.42, 0.58), rng.uniform(-0.06, 0.06), rng.gauss(0, 3)
    shown = []
    for number in range(_FRAMES):
        done = number / (_FRAMES - 1)
        view = View(_FIRST_PX + (_LAST_PX - _FIRST_PX) * done**2, x + drift * done, 0.5 + 0.25 * done, tilt)
        scene = photograph(vehicle, view, rng)
        shown.append(replace(scene, image=_disturbed(scene, strength, rng)))
    return vehicle, shown


def _disturbed(scene: Scene, strength: float, rng: random.Random) -> Image:
    width = scene.plate.width
    image = effects.noise(scene.image, rng, strength * rng.uniform(0.2, 1.0))
    if rng.random() < strength:
        image = effects.motion(image, rng, 0.06 * width * strength * rng.random())
    if rng.random() < 0.6 * strength:
        image = effects.defocus(image, 0.02 * width * strength * rng.random())
    if rng.random() < 0.4 * strength:
        y1, y2, x1, x2 = (int(v) for v in (scene.plate.y1, scene.plate.y2, scene.plate.x1, scene.plate.x2))
        image[y1:y2, x1:x2] = effects.glare(image[y1:y2, x1:x2], rng, strength)
    return image


def passage_tables(readers: Readers, *, approaches: int, seed: int, clips: list[Clip]) -> list[Table]:
    """Rendered approaches by disturbance, and clips if there are any."""
    rows: list[tuple[Cell, ...]] = []
    for name, strength in DISTURBANCES.items():
        outcomes = {engine: Outcome([], [], []) for engine in readers}
        for number in watched(range(approaches), f"approaches, {name} disturbance"):
            rng = rng_for(seed, "approach", name, number)
            vehicle, shown = approach(FREIGHT[number % len(FREIGHT)], strength, rng)
            for engine, reader in readers.items():
                _follow(reader, vehicle, shown, outcomes[engine])
        for engine, outcome in outcomes.items():
            for what, given in (
                ("single frames", outcome.frames),
                ("frames voted", outcome.votes),
                ("passages", outcome.passages),
            ):
                rows.append((name, engine, what, *shares(Tally.of(given))))
    note = (
        f"A plate grows from {_FIRST_PX:.0f} to {_LAST_PX:.0f} pixels over {_FRAMES} frames. Single frames: each by "
        "itself. Passages: what the lane tells in the end, looking when it finds that useful."
    )
    table = Table("passages", "Passages against single frames", (Column("disturbance"), *_COLUMNS), tuple(rows), note)
    return [table, *([clip_table(readers, clips)] if clips else [])]


_COLUMNS = (Column("engine"), Column("what"), *SHARE_COLUMNS)


def _follow(reader: PlateReader, vehicle: Vehicle, shown: list[Scene], outcome: Outcome) -> None:
    settings = LprSettings()
    looks = [
        at_place(reader.read_part(scene.image, scene.part, side_px=settings.frame_side_px).plates, scene.plate)
        for scene in shown
    ]
    truth = vehicle.design.text
    outcome.frames += [_answer(truth, look, scene.row_px) for look, scene in zip(looks, shown, strict=True)]
    fused = vote([look for look in looks if look])
    sure = fused if fused and fused.confidence >= settings.accept_confidence else None
    outcome.votes.append(_answer(truth, sure, shown[-1].row_px))
    images = [vehicle.lane] * _EMPTY_FRAMES + [scene.image for scene in shown]
    frames = (_frame(image, number * _FRAME_S, number) for number, image in enumerate(images))
    texts = [seen.plate.text for seen in observed(reader, settings, frames) if seen.plate]
    outcome.passages.append(Answer(truth, "+".join(texts), 1.0, shown[-1].row_px))


def _answer(truth: str, read: Read | None, row_px: float) -> Answer:
    return Answer(truth, read.text, read.confidence, row_px) if read else Answer(truth, "", 0.0, row_px)


def observed(reader: PlateReader, settings: LprSettings, frames: Iterator[Frame]) -> Iterator[Observation]:
    """The vehicles that a lane camera tells of."""
    pipeline = LanePipeline(reader, settings, camera="bench")
    for frame in frames:
        yield from (event.observation for event in pipeline.process(frame) if isinstance(event, VehicleLeft))
    yield from (event.observation for event in pipeline.flush() if isinstance(event, VehicleLeft))


def clip_table(readers: Readers, clips: list[Clip]) -> Table:
    """What `smartgate watch` would tell of each clip."""
    rows: list[tuple[Cell, ...]] = []
    for clip in watched(clips, "clips"):
        for engine, reader in readers.items():
            seen = list(observed(reader, LprSettings(), clip_frames(clip.path)))
            told = [vehicle.plate.text for vehicle in seen if vehicle.plate]
            hit = len(set(told) & set(clip.plates))
            rows.append((clip.path.name, engine, len(clip.plates), hit, len(told) - hit, len(seen) - len(told)))
    columns = (
        Column("clip"),
        Column("engine"),
        Column("plates", "count"),
        Column("exact", "count"),
        Column("wrong or twice", "count"),
        Column("vehicles without plate", "count"),
    )
    return Table("clips", "Clips", columns, tuple(rows), f"At {_CLIP_FPS:g} frames a second.")


def clip_frames(path: Path) -> Iterator[Frame]:
    """The frames of a video that a node would look at.

    Raises:
        SmartGateError: the video cannot be opened.

    """
    if not path.is_file():
        raise SmartGateError(f"no video {path}")
    camera = CameraSettings(name="bench", lane="bench", source=str(path), realtime=False, max_fps=_CLIP_FPS)
    due_s = 0.0
    with open_source(camera) as video:
        for number, (image, offset_s) in enumerate(video.frames()):
            if offset_s + 1e-6 >= due_s:
                due_s = offset_s + 1.0 / _CLIP_FPS
                yield _frame(np.asarray(image, np.uint8), offset_s, number)


def _frame(image: Image, offset_s: float, number: int) -> Frame:
    return Frame(image, "bench", _BEGAN_AT + timedelta(seconds=offset_s), offset_s, number)
