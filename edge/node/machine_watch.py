"""Asks the machine how it does, in a thread of its own: its programs may take seconds to answer."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog

from edge.machine import disk_life_used_percent, disk_of, hottest_place, throttled_bits

log = structlog.get_logger(__name__)
_EVERY_S = 20.0
_DISK_EVERY_S = 3600.0
_STOP_S = 1.0
_NOW_BITS = 0xFFFF
"""What a Raspberry Pi says of now; the bits above are of the time since its start."""


class MachineWatch:
    """The machine as it was found last; None for what it does not tell, and before the first look."""

    def __init__(self, folder: Path) -> None:
        """`folder` lies on the disk to be watched."""
        self._folder = folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine watch", daemon=True)
        self.temperature_c: float | None = None
        self.throttled: int | None = None
        self.disk_used_percent: float | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more. What is just being asked may take its time, and is not waited for."""
        self._stop.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        asked_disk_s = float("-inf")
        while True:
            try:
                self._look()
                if time.monotonic() - asked_disk_s >= _DISK_EVERY_S:
                    asked_disk_s = time.monotonic()
                    disk = disk_of(self._folder)
                    self.disk_used_percent = disk_life_used_percent(disk) if disk is not None else None
            except Exception:  # an odd machine must not end this thread: what it tells else is wanted
                log.exception("the machine cannot be asked how it does")
            if self._stop.wait(_EVERY_S):
                return

    def _look(self) -> None:
        hottest, bits = hottest_place(), throttled_bits()
        self.temperature_c = hottest[1] if hottest is not None else None
        self.throttled = bits & _NOW_BITS if bits is not None else None
