"""A camera in a process of its own, so that one that hangs can be killed, and a watchdog that does it."""

from __future__ import annotations

import collections
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.cameras.settings import CameraSettings
from edge.cameras.slot import FrameSlot
from edge.frame import Frame

_LOOK_S = 0.2
_FPS_WINDOW_S = 6.0
_BACKOFF_S = (0.5, 8.0)
_STEADY_S = 30.0
"""A capture that lived so long has earned a quick restart."""


@dataclass(frozen=True, slots=True)
class CaptureState:
    """How a capture does now. `frame_age_s` is infinite before the first frame."""

    connected: bool
    frames: int
    fps: float
    frame_age_s: float
    restarts: int
    error: str | None


class CameraProcess:
    """Frames of one camera; only the newest counts. `start` and `stop` once each."""

    def __init__(self, settings: CameraSettings) -> None:
        self.settings = settings
        self._slot: FrameSlot | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._counts: collections.deque[tuple[float, int]] = collections.deque()
        self._last_frame_s: float | None = None
        self._child_since_s = 0.0
        self._handed_on = 0
        self._earlier_frames = 0
        self._restarts = 0
        self._error: str | None = None
        self._backoff_s = _BACKOFF_S[0]

    def start(self) -> None:
        """Start the process and its watchdog."""
        self._launch()
        self._thread = threading.Thread(target=self._guard, name=f"guard {self.settings.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End both; no process, mapping or file is left."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._end_child()
        if self._slot is not None:
            self._slot.close()
            self._slot = None

    def latest(self) -> Frame | None:
        """The newest frame if there is one that was not handed on yet."""
        slot = self._slot
        taken = slot.take() if slot is not None else None
        if taken is None:
            return None
        self._handed_on += 1
        captured_at = datetime.fromtimestamp(taken.captured_s, UTC)
        return Frame(taken.image, self.settings.name, captured_at, taken.monotonic_s, self._handed_on - 1)

    @property
    def state(self) -> CaptureState:
        """How it does now."""
        now_s = time.monotonic()
        slot = self._slot
        frames = self._earlier_frames + (slot.written if slot is not None else 0)
        age_s = now_s - self._last_frame_s if self._last_frame_s is not None else float("inf")
        alive = self._child is not None and self._child.poll() is None
        return CaptureState(
            connected=alive and age_s < self.settings.stale_after_s,
            frames=frames,
            fps=self._fps(now_s),
            frame_age_s=age_s,
            restarts=self._restarts,
            error=self._error,
        )

    def _fps(self, now_s: float) -> float:
        recent = [(at_s, count) for at_s, count in self._counts if now_s - at_s <= _FPS_WINDOW_S]
        if len(recent) < 2 or recent[-1][0] <= recent[0][0]:
            return 0.0
        return max(0.0, (recent[-1][1] - recent[0][1]) / (recent[-1][0] - recent[0][0]))

    def _launch(self) -> None:
        path = FrameSlot.new_path()
        slot = FrameSlot(path, create=True)
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "edge.cameras.child", str(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"},
            )
            assert self._child.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it died at once; the guard sees that
                self._child.stdin.write(self.settings.model_dump_json().encode())
                self._child.stdin.close()
        except OSError:
            slot.close()
            path.unlink(missing_ok=True)
            raise
        former, self._slot = self._slot, slot
        if former is not None:
            self._earlier_frames += former.written
            former.close()
        self._child_since_s = time.monotonic()
        threading.Thread(
            target=self._listen, args=(self._child, path), name=f"listen {self.settings.name}", daemon=True
        ).start()

    def _listen(self, child: subprocess.Popen[bytes], path: Path) -> None:
        """Remove the slot's name as soon as the child has it, and keep its last words."""
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                path.unlink(missing_ok=True)
                word, _, rest = line.decode(errors="replace").strip().partition(" ")
                if word == "error":
                    self._error = rest
        path.unlink(missing_ok=True)

    def _guard(self) -> None:
        while not self._stop.wait(_LOOK_S):
            now_s = time.monotonic()
            self._count(now_s)
            child = self._child
            reference_s = max(self._child_since_s, self._last_frame_s or 0.0)
            patience_s = self.settings.stale_after_s
            if self._slot is not None and self._slot.written == 0:
                patience_s = max(patience_s, self.settings.open_timeout_s)
            if child is not None and child.poll() is None and now_s - reference_s < patience_s:
                continue
            if child is not None and child.poll() is None:
                self._error = f"no frame for {now_s - reference_s:.0f} s"
            self._restart(now_s)

    def _count(self, now_s: float) -> None:
        slot = self._slot
        written = slot.written if slot is not None else 0
        total = self._earlier_frames + written
        if not self._counts or total > self._counts[-1][1]:
            if written:
                self._last_frame_s = now_s
                self._error = None
            self._counts.append((now_s, total))
        elif now_s - self._counts[-1][0] > _FPS_WINDOW_S:
            self._counts.append((now_s, total))
        while self._counts and now_s - self._counts[0][0] > 2 * _FPS_WINDOW_S:
            self._counts.popleft()

    def _restart(self, now_s: float) -> None:
        self._end_child()
        if now_s - self._child_since_s > _STEADY_S:
            self._backoff_s = _BACKOFF_S[0]
        wait_s = self._backoff_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads restarts, guards nothing
        self._backoff_s = min(_BACKOFF_S[1], self._backoff_s * 2)
        if not self._stop.wait(wait_s):
            self._restarts += 1
            self._launch()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
