"""Asks the cameras for their time, in a thread of its own: one that does not answer makes nobody wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from contract.messages import TimeQuality
from edge.cameras import clock_answer
from edge.cameras.settings import CameraSettings
from edge.clock import time_quality

_FIRST_S, _EVERY_S = 15.0, 300.0
"""The captures come first; a clock that runs off does so slowly."""
_TIMEOUT_S = 2.0
_STOP_S = 1.0


class ClockWatch:
    """Hands on what the network cameras' clocks told."""

    def __init__(self, cameras: Sequence[CameraSettings]) -> None:
        self._cameras = [camera for camera in cameras if clock_answer.can_be_asked(camera.source)]
        self._told: queue.SimpleQueue[tuple[str, float | None]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera clocks", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more. What is just being asked may take its time, and is not waited for."""
        self._stop.set()
        self._thread.join(_STOP_S)

    def told(self) -> Iterator[tuple[str, float | None]]:
        """Since the last call: a camera, and by how many seconds its clock is ahead; None when it did not tell."""
        while True:
            try:
                yield self._told.get_nowait()
            except queue.Empty:
                return

    def _run(self) -> None:
        wait_s = _FIRST_S
        while not self._stop.wait(wait_s):
            wait_s = _EVERY_S
            if time_quality() is not TimeQuality.SYNCED:
                continue  # a clock that is not right itself judges nobody's
            for camera in self._cameras:
                if not self._stop.is_set():
                    self._told.put((camera.name, clock_answer.offset_s(camera.source, timeout_s=_TIMEOUT_S)))
