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
_FEW = 32
_ANCHORS = 256


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
    height, width = part.shape[:2]
    if not part.size or height > whole.shape[0] or width > whole.shape[1]:
        return False
    ys, xs = np.nonzero((whole[: whole.shape[0] - height + 1, : whole.shape[1] - width + 1] == part[0, 0]).all(axis=2))
    for place in range(_ANCHORS):  # pixels all over the part rule out where it cannot have been
        if len(ys) <= _FEW:
            break
        dy, dx = divmod(place * 7919 % (height * width), width)
        here = (whole[ys + dy, xs + dx] == part[dy, dx]).all(axis=1)
        ys, xs = ys[here], xs[here]
    places = zip(ys[:_FEW], xs[:_FEW], strict=True)
    return any(np.array_equal(whole[y : y + height, x : x + width], part) for y, x in places)


def _at_most(image: Image, width_px: int) -> Image:
    return image if image.shape[1] <= width_px else _scaled(image, width_px)


def _scaled(image: Image, width_px: int) -> Image:
    height_px = max(1, round(image.shape[0] * width_px / image.shape[1]))
    small = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)
