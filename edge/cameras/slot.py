"""One frame in shared memory: a process writes the newest, another reads it, and nobody waits.

The slot begins with a counter that is odd while a frame is being written (a sequence lock): a reader that meets an odd
counter, or one that changed while it copied, tries again at its next turn.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
import tempfile
from dataclasses import dataclass
from typing import Self

import numpy as np

from contract.errors import SourceError
from edge.frame import Image

_ABOUT = struct.Struct("=QddII")  # frames written, captured (UTC s), monotonic s, height, width
_COUNTER_BYTES = 8
_HEADER_BYTES = 64
_MAX_PIXELS = 3840 * 2160
_BYTES = _HEADER_BYTES + _MAX_PIXELS * 3


@dataclass(frozen=True, slots=True, eq=False)
class Slotted:
    """A frame taken from a slot. Its pixels cannot be written to."""

    image: Image
    captured_s: float
    monotonic_s: float
    number: int


class FrameSlot:
    """Memory that two processes map. It has a file descriptor but no name, so that no crash can leak it.

    `multiprocessing.shared_memory` has a name, and a tracker process that warns when a child of ours is killed. Pages
    never touched cost nothing: room for 3840 × 2160 is taken only by a camera that sends so much.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._map = mmap.mmap(descriptor, _BYTES)
        # a store of eight aligned bytes is seen whole or not at all
        self._counter = memoryview(self._map)[:_COUNTER_BYTES].cast("Q")
        self._taken = 0

    @classmethod
    def create(cls) -> Self:
        """A new, empty slot."""
        if sys.platform == "linux":
            descriptor = os.memfd_create("smartgate-frame", os.MFD_CLOEXEC)
        else:
            with tempfile.TemporaryFile() as file:
                descriptor = os.dup(file.fileno())
        os.ftruncate(descriptor, _BYTES)
        return cls(descriptor)

    def write(self, image: Image, captured_s: float, monotonic_s: float) -> None:
        """Put the newest frame; the one before is gone.

        Raises:
            SourceError: the picture has more pixels than 3840 × 2160.

        """
        height, width = image.shape[:2]
        if height * width > _MAX_PIXELS or image.nbytes != height * width * 3:
            raise SourceError(
                f"expected colour frames up to 3840 × 2160 pixels, got {width} × {height}, {image.nbytes} bytes; "
                f"lower the camera's size"
            )
        number = self.written
        odd = self._counter[0] | 1  # it is odd already when the writer before us was killed in the middle
        self._counter[0] = odd
        _ABOUT.pack_into(self._map, _COUNTER_BYTES, number + 1, captured_s, monotonic_s, height, width)
        self._map[_HEADER_BYTES : _HEADER_BYTES + image.nbytes] = np.ascontiguousarray(image).data.cast("B")
        self._counter[0] = odd + 1

    def take(self) -> Slotted | None:
        """The newest frame, once; None when there is nothing new."""
        before = self._counter[0]
        number, captured_s, monotonic_s, height, width = _ABOUT.unpack_from(self._map, _COUNTER_BYTES)
        if before % 2 or number == self._taken:
            return None
        size = height * width * 3
        pixels = self._map[_HEADER_BYTES : _HEADER_BYTES + size]
        if self._counter[0] != before:
            return None
        self._taken = number
        image = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
        return Slotted(image, captured_s, monotonic_s, number - 1)

    @property
    def written(self) -> int:
        """How many frames were written so far, by all writers."""
        number: int = _ABOUT.unpack_from(self._map, _COUNTER_BYTES)[0]
        return number

    def close(self) -> None:
        """Give memory and descriptor back."""
        self._counter.release()
        self._map.close()
        os.close(self.descriptor)
