"""Damaged pictures: rows torn, bands smeared, blocks out of place; and truly damaged JPEG and MPEG-4 data, decoded."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from contract.errors import SourceError
from contract.vocabulary import Severity
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source
from edge.frame import Image
from edge.health.clip import Shown
from simulation.faultlab.lens import Retouch
from simulation.faultlab.stream import Alter, Depth, each

DAMAGED_FRAMES = {Severity.SLIGHT: 0.2, Severity.MODERATE: 0.5, Severity.SEVERE: 1.0}
DAMAGED_SHARE = {Severity.SLIGHT: 0.12, Severity.MODERATE: 0.3, Severity.SEVERE: 0.5}
LOST_PER_S = {Severity.SLIGHT: 1.0, Severity.MODERATE: 4.0, Severity.SEVERE: 15.0}
"""Places a second at which 40 bytes of MPEG-4 data are lost."""
_Damage = Callable[[Image, np.random.Generator], Image]
_BLOCK_PX = 16
_JPEG_HEAD = 640
"""Bytes of tables before the picture's data; without them nothing could be decoded."""
_GROUP = 10
"""Frames of MPEG-4 that are compressed, damaged and decoded together."""


def torn(severity: Severity, rng: np.random.Generator) -> Alter:
    """From some row on, a band of the picture stands aside."""

    def retouch(image: Image, rng: np.random.Generator) -> Image:
        first, last = _band(image, severity, rng)
        by = round(image.shape[1] * rng.uniform(0.06, 0.4) * rng.choice((-1, 1)))
        damaged = image.copy()
        damaged[first:last] = np.roll(image[first:last], by, axis=1)
        return damaged

    return each(_now_and_then(severity, rng, retouch))


def smeared(severity: Severity, rng: np.random.Generator) -> Alter:
    """Below some row the last blocks are drawn downwards, or all is grey."""

    def retouch(image: Image, rng: np.random.Generator) -> Image:
        first, last = _band(image, severity, rng)
        damaged = image.copy()
        damaged[first:last] = 128 if rng.random() < 0.3 else image[max(0, first - 1)]
        return damaged

    return each(_now_and_then(severity, rng, retouch))


def misplaced(severity: Severity, rng: np.random.Generator) -> Alter:
    """Blocks of 16 × 16 pixels stand where others belong, or are of one colour."""

    def retouch(image: Image, rng: np.random.Generator) -> Image:
        rows, columns = image.shape[0] // _BLOCK_PX, image.shape[1] // _BLOCK_PX
        damaged = image.copy()
        for _ in range(round(DAMAGED_SHARE[severity] * rows * columns / 12)):
            run = int(rng.integers(4, 21))
            row, column = int(rng.integers(rows)), int(rng.integers(columns))
            from_row, from_column = int(rng.integers(rows)), int(rng.integers(columns))
            wide = min(run, columns - max(column, from_column)) * _BLOCK_PX
            y, x, from_y, from_x = (one * _BLOCK_PX for one in (row, column, from_row, from_column))
            taken = image[from_y : from_y + _BLOCK_PX, from_x : from_x + wide]
            damaged[y : y + _BLOCK_PX, x : x + wide] = taken if rng.random() < 0.7 else rng.integers(0, 256, 3)
        return damaged

    return each(_now_and_then(severity, rng, retouch))


def damaged_jpeg(severity: Severity, rng: np.random.Generator) -> Alter:
    """Bytes of the JPEG data are lost or turned, and what is left is decoded."""

    def retouch(image: Image, rng: np.random.Generator) -> Image:
        data = np.asarray(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]).reshape(-1).copy()
        room = data.size - _JPEG_HEAD - 100
        if room <= 0:
            return image  # there is next to nothing in it
        first = _JPEG_HEAD + int((1 - DAMAGED_SHARE[severity]) * rng.uniform(0.5, 1.0) * room)
        for place in rng.integers(first, data.size - 50, 1 + round(8 * DAMAGED_SHARE[severity])):
            data[place : place + 12] = rng.integers(0, 255, 12)
        with _without_complaints():
            decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return image if decoded is None or decoded.shape != image.shape else np.asarray(decoded, np.uint8)

    return each(_now_and_then(severity, rng, retouch))


def damaged_mpeg4(severity: Severity, rng: np.random.Generator) -> Alter:
    """Bytes of MPEG-4 data are lost on the way; the decoder shows what it makes of the rest until a key frame.

    The damage is the same for the same chances; what a decoder with several threads makes of it is not always.
    """
    seed = int(rng.integers(1 << 31))

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        group: list[Shown] = []
        for one in shown:
            if one.image is not None and depth_at(one.at_s) > 0:
                group.append(one)
                if len(group) < _GROUP:
                    continue
            yield from _through_mpeg4(group, severity, seed)
            if not group or group[-1] is not one:
                yield one
            group = []
        yield from _through_mpeg4(group, severity, seed)

    return alter


def _through_mpeg4(group: list[Shown], severity: Severity, seed: int) -> Iterator[Shown]:
    if not group:
        return
    with tempfile.TemporaryDirectory(prefix="faultlab-") as folder:
        path = Path(folder) / "part.mp4"
        images = [one.image for one in group if one.image is not None]
        size = (images[0].shape[1], images[0].shape[0])
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 5.0, size)
        for image in images:
            writer.write(image)
        writer.release()
        _lose_bytes(path, severity, np.random.default_rng([seed, round(group[0].at_s * 1000)]), seconds=len(group) / 5)
        decoded = list(_decoded(path))
    for place, one in enumerate(group):
        yield replace(one, image=decoded[place] if place < len(decoded) else None)


def _lose_bytes(path: Path, severity: Severity, rng: np.random.Generator, *, seconds: float) -> None:
    """Damage the pictures' data and nothing of the file's form; the first picture's head stays as well."""
    data = bytearray(path.read_bytes())
    first = data.index(b"mdat") + 4
    last = first - 8 + int.from_bytes(data[first - 8 : first - 4], "big")
    if last - first < 300:
        return  # there is next to nothing in it
    for place in rng.integers(first + 200, last - 41, max(1, rng.poisson(LOST_PER_S[severity] * seconds))):
        data[place : place + 40] = bytes(40)
    path.write_bytes(data)


def _decoded(path: Path) -> Iterator[Image]:
    settings = CameraSettings(name="part", lane="part", source=str(path), realtime=False)
    with contextlib.suppress(SourceError), _without_complaints(), open_source(settings) as source:
        for image, _ in source.frames():
            yield image.copy()


@contextlib.contextmanager
def _without_complaints() -> Iterator[None]:
    """Decoders write of damaged data to standard error by themselves."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _now_and_then(severity: Severity, rng: np.random.Generator, damage: _Damage) -> Retouch:
    """Damage some of the pictures, each in its own way."""
    seed = int(rng.integers(1 << 31))

    def retouch(image: Image, _depth: float, at_s: float) -> Image:
        own = np.random.default_rng([seed, round(at_s * 1000)])
        return damage(image, own) if own.random() < DAMAGED_FRAMES[severity] else image

    return retouch


def _band(image: Image, severity: Severity, rng: np.random.Generator) -> tuple[int, int]:
    """First row of a band, and the row after its last."""
    height = image.shape[0]
    high = round(DAMAGED_SHARE[severity] * height * rng.uniform(0.8, 1.2))
    first = int(rng.integers(0, height - high))
    return first, first + high
