"""How fast this machine reads plates: each stage on one thread, on a drawn picture with a made-up plate."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from contract.errors import ModelError
from edge.diagnosis.findings import Finding, Level
from edge.frame import Image
from edge.lpr.plate_detector import PlateDetector
from edge.lpr.plate_text import HEIGHT, WIDTH, PlateTextReader
from edge.lpr.preprocess import straighten
from edge.lpr.runtime import Model, checked_model
from edge.lpr.settings import LprSettings

PLATE = ("15C", "123.45")
"""Made up; the two rows of the drawn plate."""
_RUNS = 30
_FAST_MS = 150.0
_SLOW_MS = 400.0
"""A frame that takes longer: a lane sees two or three of a vehicle that drives through. Below the other a lane keeps up
with five frames a second and time to spare."""
_WIDTH_PX, _HEIGHT_PX = 165, 82


def picture() -> Image:
    """A dark vehicle's front on grey ground, with a yellow plate of two rows, 165 px wide."""
    image = np.full((720, 1280, 3), 120, np.uint8)
    noise = np.random.default_rng(7).normal(0, 4, image.shape)
    image[120:640, 380:900] = (70, 60, 50)
    x, y = 560, 520
    image[y : y + _HEIGHT_PX, x : x + _WIDTH_PX] = (40, 190, 235)
    cv2.rectangle(image, (x + 2, y + 2), (x + _WIDTH_PX - 3, y + _HEIGHT_PX - 3), (20, 20, 20), 1)
    for row, text in enumerate(PLATE):
        (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.15, 3)
        place = (x + (_WIDTH_PX - wide) // 2, y + 36 + 38 * row)
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.15, (20, 20, 20), 3, cv2.LINE_AA)
    soft = cv2.GaussianBlur(image, (0, 0), 0.8)
    return np.clip(soft + noise, 0, 255).astype(np.uint8)


def reading(settings: LprSettings) -> Iterator[Finding]:
    """Models, what runs them, the time of each stage, and whether the drawn plate is read as it was drawn."""
    try:
        entries = [checked_model(name)[0] for name in (settings.detector, "plate_reader")]
        models = [Model(entry, threads=1) for entry in entries]
    except ModelError as error:
        yield Finding("models", Level.BAD, str(error))
        return
    told = ", ".join(f"{entry.name} {entry.version} ({entry.sha256[:12]}…)" for entry in entries)
    yield Finding("models", Level.OK, f"{told}; the files are those of the manifest")
    yield Finding("provider", Level.OK, f"{', '.join(sorted({model.provider for model in models}))} of onnxruntime")
    detector, reader, image = PlateDetector(models[0]), PlateTextReader(models[1]), picture()
    found = detector.detect(image, side_px=settings.frame_side_px)
    if not found:
        yield Finding("reading", Level.BAD, "the drawn plate is not found", "install smart-gate again")
        return
    text = reader.read(image, found[0])
    stages: dict[str, Callable[[], object]] = {
        "detect": lambda: detector.detect(image, side_px=settings.frame_side_px),
        "straighten": lambda: straighten(image, found[0].corners, WIDTH, HEIGHT),
        "read": lambda: reader.read(image, found[0]),
    }
    yield _speed({name: _times_ms(stage) for name, stage in stages.items()})
    drawn = "".join(PLATE).replace(".", "")
    if text is not None and text.text == drawn:
        yield Finding("reading", Level.OK, f"the drawn plate {drawn} is read as it was drawn")
    else:
        came = text.text if text is not None else "nothing"
        yield Finding("reading", Level.BAD, f"the drawn plate {drawn} is read as {came}", "install smart-gate again")


def _times_ms(stage: Callable[[], object]) -> list[float]:
    stage()
    times_ms = []
    for _ in range(_RUNS):
        began_s = time.perf_counter()
        stage()
        times_ms.append(1000 * (time.perf_counter() - began_s))
    return times_ms


def _speed(times_ms: dict[str, list[float]]) -> Finding:
    numbers = {
        f"{name}_{name_of}_ms": round(float(np.quantile(values, q)), 2)
        for name, values in times_ms.items()
        for name_of, q in (("p50", 0.5), ("p95", 0.95))
    }
    told = ", ".join(f"{name} {numbers[f'{name}_p50_ms']} / {numbers[f'{name}_p95_ms']}" for name in times_ms)
    whole_ms = numbers["detect_p50_ms"] + numbers["read_p50_ms"]
    level = Level.OK if whole_ms <= _FAST_MS else Level.WARNING if whole_ms <= _SLOW_MS else Level.BAD
    slow = "see temperature and throttling, and what else runs; a smaller lpr.frame_side_px is faster"
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    found = f"ms p50 / p95 on one thread: {told} (straightening included); {busy}"
    return Finding("speed", level, found, "" if level is Level.OK else slow, numbers)
