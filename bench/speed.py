"""How long reading takes on one thread, stage by stage, and how near that is to what the machine could do at best."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from bench.operations import Shape, multiply_adds
from bench.peak import peak_flops
from bench.progress import watched
from bench.reading import Readers
from bench.scenes import FREIGHT, LIGHTS, Scene, View, make_vehicle, photograph, rng_for
from bench.tables import Cell, Column, Table
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.runtime import Model, ModelEntry
from edge.lpr.settings import LprSettings

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_PLATE_PX = 140.0
_IDLE_FRAMES = 40
_FRAME_S = 0.25
_NOISE_GREY = 3.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one model."""

    model: ModelEntry
    shape: Shape
    ms: float


@contextmanager
def noted_runs() -> Iterator[list[Run]]:
    """The runs of all models while the block lasts."""
    runs: list[Run] = []
    plain = Model.run

    def noted(model: Model, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        began_s = time.perf_counter()
        output = plain(model, tensor)
        runs.append(Run(model.entry, tuple(tensor.shape), 1000 * (time.perf_counter() - began_s)))
        return output

    with patch.object(Model, "run", noted):
        yield runs


def speed_tables(readers: Readers, *, pictures: int, seed: int) -> list[Table]:
    """Milliseconds of each stage, each model against its floor, and an idle lane against a busy one."""
    shown = [_picture(number, seed) for number in range(pictures)]
    stages: list[tuple[Cell, ...]] = []
    models: list[tuple[Cell, ...]] = []
    for engine, reader in readers.items():
        reader.read_picture(shown[0].image)  # the first run of a model allocates
        stages += _stage_rows(engine, reader, shown)
        models += _model_rows(engine, reader, shown)
    idle = tuple((engine, *_idle_row(reader, seed)) for engine, reader in readers.items())
    return [
        Table("speed", "Time on one thread", _STAGES, tuple(stages), f"{pictures} pictures of 1280 × 720, one plate."),
        Table("models", "Models against the machine's peak", _MODELS, tuple(models), _floor_note()),
        Table(
            "idle",
            "An idle lane",
            (Column("engine"), Column("idle ms", "number"), Column("busy ms", "number"), Column("share", "share")),
            idle,
            "Mean time for a frame of an empty lane and for one with a vehicle that drives up.",
        ),
    ]


_STAGES = (Column("stage"), Column("engine"), Column("n", "count"), Column("median ms", "ms"), Column("p90 ms", "ms"))
_MODELS = (
    Column("model"),
    Column("engine"),
    Column("input"),
    Column("runs", "ms"),
    Column("million MACs", "ms"),
    Column("floor ms", "number"),
    Column("measured ms", "ms"),
    Column("ratio", "ms"),
)


def _floor_note() -> str:
    return (
        f"Of a whole picture. Floor: the models' multiply-adds (MACs) at the {peak_flops() / 1e9:.0f} GFLOP/s that "
        "one thread reaches in a float32 matrix product here."
    )


def _picture(number: int, seed: int) -> Scene:
    rng = rng_for(seed, "speed", number)
    vehicle = make_vehicle(FREIGHT[number % len(FREIGHT)], rng)
    return photograph(vehicle, View(_PLATE_PX, light=LIGHTS[number % 2]), rng)


def _stage_rows(engine: str, reader: PlateReader, shown: Sequence[Scene]) -> list[tuple[Cell, ...]]:
    times: dict[str, list[float]] = defaultdict(list)
    side_px = LprSettings().frame_side_px
    for scene in watched(shown, f"speed of {engine}"):
        found = reader.read_picture(scene.image)
        times["find plates, whole picture"].append(found.detect_ms)
        times["read plates, whole picture"].append(found.read_ms)
        times["whole picture"].append(found.detect_ms + found.read_ms)
        found = reader.read_part(scene.image, scene.part, side_px=side_px)
        times["lane frame"].append(found.detect_ms + found.read_ms)
    return [(stage, engine, len(ms), statistics.median(ms), _p90(ms)) for stage, ms in times.items()]


def _p90(values: Sequence[float]) -> float:
    return float(np.quantile(values, 0.9))


def _model_rows(engine: str, reader: PlateReader, shown: Sequence[Scene]) -> list[tuple[Cell, ...]]:
    with noted_runs() as runs:
        began_s = time.perf_counter()
        for scene in shown:
            reader.read_picture(scene.image)
        whole_ms = 1000 * (time.perf_counter() - began_s) / len(shown)
    n, rows, total = len(shown), [], 0.0
    for model in sorted({run.model for run in runs}, key=lambda model: model.name):
        of_model = [run for run in runs if run.model == model]
        adds = sum(multiply_adds(model.path, run.shape) for run in of_model) / n
        total += adds
        measured_ms = sum(run.ms for run in of_model) / n
        rows.append((model.name, engine, _sizes(of_model), len(of_model) / n, *_against_floor(adds, measured_ms)))
    return [*rows, ("all, with what is around them", engine, "", len(runs) / n, *_against_floor(total, whole_ms))]


def _against_floor(adds: float, measured_ms: float) -> tuple[float, float, float, float | None]:
    floor_ms = 1000 * 2 * adds / peak_flops()
    return adds / 1e6, floor_ms, measured_ms, measured_ms / floor_ms if floor_ms else None


def _sizes(runs: list[Run]) -> str:
    """Width × height of the input, the most frequent of them where there are several."""
    shapes = [run.shape for run in runs]
    often = max(sorted(set(shapes)), key=shapes.count)
    more = f" and {len(set(shapes)) - 1} more" if len(set(shapes)) > 1 else ""
    return f"{often[-1]} × {often[-2]}{more}"


def _idle_row(reader: PlateReader, seed: int) -> tuple[float, float, float]:
    idle_ms, busy_ms = idle_and_busy_ms(reader, seed=seed)
    return idle_ms, busy_ms, idle_ms / busy_ms


def idle_and_busy_ms(reader: PlateReader, *, seed: int, frames: int = _IDLE_FRAMES) -> tuple[float, float]:
    """Mean time for a frame of an empty lane, and for one with a vehicle that drives up."""
    rng = rng_for(seed, "idle")
    vehicle = make_vehicle(FREIGHT[0], rng)
    near = [photograph(vehicle, View(80 + 60 * number / frames), rng).image for number in range(frames)]
    noisy = [with_noise(vehicle.lane, number) for number in range(frames)]
    spent = {}
    for name, pictures in (("idle", noisy), ("busy", near)):
        pipeline = LanePipeline(reader, LprSettings(), camera="bench")
        for number in range(-_settling_frames(), 0):
            pipeline.process(Frame(vehicle.lane, "bench", _NOON, number * _FRAME_S, -number))
        began_s = time.perf_counter()
        for number, picture in enumerate(pictures):
            pipeline.process(Frame(picture, "bench", _NOON, number * _FRAME_S, number))
        spent[name] = 1000 * (time.perf_counter() - began_s) / frames
    return spent["idle"], spent["busy"]


def with_noise(image: Image, seed: int) -> Image:
    """An empty lane is never the same twice."""
    noise = np.random.default_rng(seed).normal(0.0, _NOISE_GREY, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _settling_frames() -> int:
    """Frames before measuring: for some seconds a camera looks for what stands in view when watching begins."""
    return round(9.0 / _FRAME_S)
