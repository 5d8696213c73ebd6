"""What a camera usually sees, kept on the node's disk over restarts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from contract.errors import StoreError
from contract.messages import TimeQuality
from edge.clock import time_quality
from edge.durable import write_durably
from edge.health.memory import ViewMemory

log = structlog.get_logger(__name__)
_DAMAGED = ".damaged"
"""Suffix of a file that was set aside because it cannot be used."""


class KeptViews:
    """One camera's file of some 6 MB. A thread of its own writes it, once an hour: a slow disk holds up no frame."""

    def __init__(self, folder: Path, camera: str) -> None:
        self._path = folder / f"views-{camera}.bin"
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"views-{camera}")
        self.memory = ViewMemory(self._changed, clock_set=lambda: time_quality() is not TimeQuality.UNSET)

    def load(self) -> None:
        """Find what was known before. What cannot be used is set aside, and learnt anew."""
        try:
            self.memory.load(self._path.read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, StoreError) as error:
            aside = self._path.with_suffix(_DAMAGED)
            log.warning("views cannot be used, and are learnt anew", path=self._path.name, reason=str(error))
            try:
                self._path.replace(aside)
            except OSError as refused:
                log.warning("the file of views cannot be set aside", path=self._path.name, reason=str(refused))

    def close(self) -> None:
        """Wait until all is on disk."""
        self._writer.shutdown()

    def _changed(self) -> None:
        self._writer.submit(self._write)

    def _write(self) -> None:
        try:
            write_durably(self._path, self.memory.as_bytes())
        except OSError as error:
            log.warning("views are not on disk", path=self._path.name, reason=str(error))
