"""One frame in shared memory: a process writes the newest, another reads it, and nobody waits.

The header holds a counter that is odd while a frame is being written (a sequence lock): a reader that meets an
odd counter, or one that changed while it copied, tries again at its next turn.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contract.errors import SourceError
from edge.frame import Image

_HEADER = struct.Struct("<QQddII")  # sequence, frames, captured (UTC s), monotonic s, height, width
_HEADER_BYTES = 64
_BYTES = _HEADER_BYTES + 3840 * 2160 * 3


@dataclass(frozen=True, slots=True, eq=False)
class Slotted:
    """A frame taken from a slot."""

    image: Image
    captured_s: float
    monotonic_s: float
    number: int


class FrameSlot:
    """A file in memory (`/dev/shm` where there is one) that both sides map. Pages never touched cost nothing.

    A plain mapped file instead of `multiprocessing.shared_memory`: its owner removes the name as soon as both
    sides have it, so that no crash can leak it.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0)
        handle = os.open(path, flags, 0o600)
        try:
            if create:
                os.ftruncate(handle, _BYTES)
            self._map = mmap.mmap(handle, _BYTES)
        finally:
            os.close(handle)
        self._taken = 0

    @staticmethod
    def new_path() -> Path:
        """A fresh name for a slot."""
        folder = Path("/dev/shm")  # noqa: S108 - memory, not a shared temporary file: opened exclusively, mode 0600
        with tempfile.NamedTemporaryFile(
            prefix="smartgate-", dir=folder if folder.is_dir() else None, delete=True
        ) as name:
            return Path(name.name + ".frame")

    def write(self, image: Image, captured_s: float, monotonic_s: float) -> None:
        """Put the newest frame; the one before is gone.

        Raises:
            SourceError: the picture is larger than 3840 × 2160.

        """
        height, width = image.shape[:2]
        if image.nbytes > _BYTES - _HEADER_BYTES:
            raise SourceError(
                f"expected frames up to 3840 × 2160 pixels, got {width} × {height}; lower the camera's size"
            )
        sequence, number = _HEADER.unpack_from(self._map)[:2]
        self._put(sequence + 1, number, captured_s, monotonic_s, height, width)
        self._map[_HEADER_BYTES : _HEADER_BYTES + image.nbytes] = np.ascontiguousarray(image).tobytes()
        self._put(sequence + 2, number + 1, captured_s, monotonic_s, height, width)

    def _put(self, *header: float) -> None:
        _HEADER.pack_into(self._map, 0, *header)

    def take(self) -> Slotted | None:
        """The newest frame, once; None when there is nothing new."""
        before, number, captured_s, monotonic_s, height, width = _HEADER.unpack_from(self._map)
        if before % 2 or number == self._taken:
            return None
        size = height * width * 3
        copy = np.frombuffer(self._map[_HEADER_BYTES : _HEADER_BYTES + size], np.uint8).reshape(height, width, 3)
        if _HEADER.unpack_from(self._map)[0] != before:
            return None
        self._taken = number
        return Slotted(copy, captured_s, monotonic_s, number - 1)

    @property
    def written(self) -> int:
        """How many frames were written so far."""
        number: int = _HEADER.unpack_from(self._map)[1]
        return number

    def close(self) -> None:
        """Give the mapping back."""
        self._map.close()
