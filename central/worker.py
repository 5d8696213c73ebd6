"""A thread that works until it is told to stop, and says so when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Worker:
    """Runs `work(stop)` in a thread of its own. `start` and `stop` once each.

    A failure ends the thread and stays in `failure`, for the service to end the program over: half a central that
    looks alive is worse than one that is started again.
    """

    def __init__(self, name: str, work: Callable[[threading.Event], None]) -> None:
        self.name = name
        self.failure: BaseException | None = None
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end and wait until it has."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._work(self._stop)
        except BaseException as error:
            self.failure = error
            log.exception("a part of central failed", part=self.name)
