"""How surely and how fast plates are read: made-up plates drawn at gate distances, one thread.

Rendered plates say how the reader does on clean, known pictures of every class; only real pictures say how it does
at a gate.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import cv2
import numpy as np

from contract.made_up import random_plate
from contract.plate import PlateColour, PlateKind
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box
from rendering.plate import design_for, draw_plate

_FRAME = (720, 1280)
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_CLASSES: tuple[tuple[PlateKind, PlateColour, int], ...] = (
    (PlateKind.VN_CIVIL, PlateColour.YELLOW, 1),
    (PlateKind.VN_CIVIL, PlateColour.WHITE, 2),
    (PlateKind.VN_TRAILER, PlateColour.WHITE, 2),
    (PlateKind.CN_ORDINARY, PlateColour.BLUE, 1),
    (PlateKind.CN_ORDINARY, PlateColour.YELLOW, 1),
    (PlateKind.CN_TRAILER, PlateColour.YELLOW, 2),
    (PlateKind.CN_NEV_LARGE, PlateColour.YELLOW_GREEN, 1),
)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One line of the table."""

    group: str
    plates: int
    exact: int
    low: float
    high: float
    detect_ms: float
    read_ms: float


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    z, p = 1.96, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def measure(*, plates_per_class: int, seed: int) -> Iterator[ReadingRow]:
    """Read made-up plates of each class in lane frames, and tell a row for each class."""
    settings = LprSettings()
    reader = open_reader(settings)
    rng = random.Random(seed)
    for kind, colour, lines in _CLASSES:
        exact, detect_ms, read_ms = 0, 0.0, 0.0
        for _ in range(plates_per_class):
            text = random_plate(rng, kind)
            frame, part = _lane_frame(rng, text, colour, lines)
            found = reader.read_part(frame, part, side_px=settings.frame_side_px)
            exact += [read.text for _, read in found.plates] == [text]
            detect_ms += found.detect_ms
            read_ms += found.read_ms
        low, high = wilson(exact, plates_per_class)
        group = f"{kind} {colour} {lines}-line"
        yield ReadingRow(
            group, plates_per_class, exact, low, high, detect_ms / plates_per_class, read_ms / plates_per_class
        )


def idle_share(reader: PlateReader, *, frames: int = 40) -> float:
    """Cost of a frame of an empty lane over that of a frame with a vehicle in view."""
    rng = random.Random(1)
    empty = np.full((*_FRAME, 3), 110, np.uint8)
    busy, _ = _lane_frame(rng, "12C34567", PlateColour.YELLOW, 1)
    spent = {}
    for name, pictures in (("idle", [empty]), ("busy", [empty, *[busy] * frames])):
        pipeline = LanePipeline(reader, LprSettings(), camera="bench")
        began_s = 0.0
        for number in range(frames):
            picture = pictures[min(number, len(pictures) - 1)]
            if number == 1:
                began_s = time.perf_counter()
            pipeline.process(Frame(picture, "bench", _NOON, number * 0.25, number))
        spent[name] = time.perf_counter() - began_s
    return spent["idle"] / spent["busy"]


def _lane_frame(rng: random.Random, text: str, colour: PlateColour, lines: int) -> tuple[Image, Box]:
    noise = np.random.default_rng(rng.randrange(2**31))
    frame = noise.normal(95, 6, (*_FRAME, 3))
    cv2.rectangle(frame, (330, 40), (950, 690), (60, 70, 90), -1)
    height_px = rng.randint(24, 44) * lines
    plate = draw_plate(design_for(text, colour, lines), height_px=height_px, rng=rng).image
    x, y = rng.randint(480, 900 - plate.shape[1]), rng.randint(420, 600)
    frame[y : y + plate.shape[0], x : x + plate.shape[1]] = plate
    soft = cv2.GaussianBlur(frame, (0, 0), 0.7) + noise.normal(0, 3, frame.shape)
    return np.clip(soft, 0, 255).astype(np.uint8), Box(300, 20, 980, 710)
