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


@dataclass(frozen=True, slots=True)
class Proof:
    """A picture ready to be sent, and how a passage names it."""

    ref: EvidenceRef
    jpeg: bytes = field(repr=False)


def prove(image: Image, kind: EvidenceKind, *, camera: str, captured_at: datetime) -> Proof:
    """Encode a picture as JPEG and name it by its hash."""
    jpeg = as_jpeg(image, _QUALITY[kind])
    digest = hashlib.sha256(jpeg).hexdigest()
    return Proof(EvidenceRef(kind=kind, sha256=digest, camera=camera, captured_at=captured_at), jpeg)


def as_jpeg(image: Image, quality: int) -> bytes:
    """A picture as JPEG of the given quality (1–100)."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(encoded).tobytes()


def thumbnail(image: Image, width_px: int = 320) -> bytes:
    """A small JPEG, `width_px` wide."""
    height_px = max(1, round(image.shape[0] * width_px / image.shape[1]))
    small = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return as_jpeg(np.asarray(small, dtype=np.uint8), 75)
