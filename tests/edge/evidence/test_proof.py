"""Pictures that prove a passage."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import cv2
import numpy as np

from contract.messages import EvidenceKind
from edge.evidence.proof import prove, thumbnail

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
PICTURE = np.random.default_rng(1).integers(0, 256, (90, 160, 3), dtype=np.uint8)
SMOOTH = cv2.GaussianBlur(PICTURE, (0, 0), 8)


def test_proof_is_named_by_the_hash_of_the_very_bytes_sent() -> None:
    """Whoever holds the JPEG can check that it is the picture that the passage names."""
    proof = prove(SMOOTH, EvidenceKind.FRAME, camera="in-1-front", captured_at=NOW)
    assert proof.ref.sha256 == hashlib.sha256(proof.jpeg).hexdigest()
    assert (proof.ref.kind, proof.ref.camera, proof.ref.captured_at) == (EvidenceKind.FRAME, "in-1-front", NOW)


def test_proof_shows_the_picture() -> None:
    """The JPEG has the frame's size and, but for compression, its pixels."""
    proof = prove(SMOOTH, EvidenceKind.CROP, camera="in-1-front", captured_at=NOW)
    shown = cv2.imdecode(np.frombuffer(proof.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == SMOOTH.shape
    assert np.abs(shown.astype(int) - SMOOTH).mean() < 4


def test_same_picture_has_one_name() -> None:
    """A picture that is proved twice is sent once: both times it is called the same."""
    first, second = (prove(SMOOTH, EvidenceKind.FRAME, camera="in-1-front", captured_at=NOW) for _ in range(2))
    assert first.ref.sha256 == second.ref.sha256


def test_thumbnail_is_small_whatever_the_camera() -> None:
    """A noisy 4K frame still fits into a health message."""
    large = np.random.default_rng(2).integers(0, 256, (2160, 3840, 3), dtype=np.uint8)
    jpeg = thumbnail(large)
    shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (180, 320, 3)
    assert len(jpeg) < 40_000
