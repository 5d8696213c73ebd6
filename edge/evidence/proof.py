"""Pictures that prove a passage: encoded once, named by their hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from contract.messages import EvidenceKind, EvidenceRef
from edge.frame import Image

_QUALITY = {EvidenceKind.FRAME: 80, EvidenceKind.CROP: 92, EvidenceKind.OVERVIEW: 70}
_OVERVIEW_PX = 640
_MOST_PLACES = 10_000
"""A row of one colour is found in many places; no plate has only such rows."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A picture ready to be sent, and how a passage names it. The name always fits the bytes."""

    ref: EvidenceRef
    jpeg: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if hash_of(self.jpeg) != self.ref.sha256:
            raise ValueError(f"the picture is not the one that its name says, {self.ref.sha256}")


def prove(image: Image, kind: EvidenceKind, *, camera: str, captured_at: datetime) -> Proof:
    """Encode a picture as JPEG and name it by its hash; an overview is made small."""
    shown = _at_most(image, _OVERVIEW_PX) if kind is EvidenceKind.OVERVIEW else image
    jpeg = as_jpeg(shown, _QUALITY[kind])
    return Proof(EvidenceRef(kind=kind, sha256=hash_of(jpeg), camera=camera, captured_at=captured_at), jpeg)


def hash_of(jpeg: bytes) -> str:
    """The name of a picture."""
    return hashlib.sha256(jpeg).hexdigest()


def as_jpeg(image: Image, quality: int) -> bytes:
    """A picture as JPEG of the given quality (1–100)."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(encoded).tobytes()


def thumbnail(image: Image, width_px: int = 320) -> bytes:
    """A small JPEG, `width_px` wide."""
    return as_jpeg(_scaled(image, width_px), 75)


def is_cut_from(part: Image, whole: Image) -> bool:
    """Whether `part` is, pixel for pixel, a piece of `whole`."""
    height, width, depth = part.shape
    if not part.size or height > whole.shape[0] or width > whole.shape[1]:
        return False
    row = int(part.std(axis=(1, 2)).argmax())  # the most varied one occurs hardly anywhere else
    pixels, wanted = whole.tobytes(), part[row].tobytes()
    at = -1
    for _ in range(_MOST_PLACES):
        at = pixels.find(wanted, at + 1)
        if at < 0:
            return False
        y, x = divmod(at // depth, whole.shape[1])
        y -= row
        if at % depth == 0 and y >= 0 and np.array_equal(whole[y : y + height, x : x + width], part):
            return True
    return False


def _at_most(image: Image, width_px: int) -> Image:
    return image if image.shape[1] <= width_px else _scaled(image, width_px)


def _scaled(image: Image, width_px: int) -> Image:
    height_px = max(1, round(image.shape[0] * width_px / image.shape[1]))
    small = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
