"""Files that are whole on disk or not there, whatever the power does."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

UNFINISHED = ".part"
"""Suffix of a file while it is written; what a power cut leaves of it counts for nothing."""


def write_durably(path: Path, content: bytes) -> None:
    """Put a file on disk, in place of what was there; when this returns, no power cut takes it.

    Raises:
        OSError: the disk is full, broken or may not be written to; what was there before still is.

    """
    part = path.with_suffix(UNFINISHED)
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name must survive a power cut too
    finally:
        os.close(folder)
