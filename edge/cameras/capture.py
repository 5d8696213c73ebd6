"""A camera in a process of its own, so that one that hangs can be killed, and a watchdog that does it."""

from __future__ import annotations

import collections
import contextlib
import math
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.cameras.settings import CameraSettings
from edge.cameras.slot import FrameSlot
from edge.frame import Frame

_LOOK_S = 0.2
_FPS_WINDOW_S = 6.0
_BACKOFF_S = (0.5, 2.0)
"""The first wait before a restart and the longest. Frames flow within 10 s of a camera's return, also when it returns
just behind a try that then waits in vain for `open_timeout_s`: after the longest wait the process has to start, and a
key frame to come."""
_STEADY_S = 30.0
"""A capture that lived so long has earned a quick restart."""
_START_S = 5.0
"""Allowance for the process to find out what is wrong, on top of what opening the camera may take."""
_COME_UP_S = 60.0
"""For so long the process may load its libraries: on a small machine with much to do that takes longer than a camera
takes to answer, and who is killed meanwhile begins at nought."""
_KILLED_S = 2.0
"""A killed process ends at once, except inside a driver that holds it in the kernel; nobody waits for that."""
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
_V4L2_TIMEOUT = "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"


@dataclass(frozen=True, slots=True)
class CaptureState:
    """How a capture does now.

    `connected`: the camera answered when it was last asked, whether or not it sends frames. `frame_age_s` is infinite
    before the first frame. `error` tells what went wrong since the last frame.
    """

    connected: bool
    frames: int
    fps: float
    frame_age_s: float
    restarts: int
    error: str | None


class CameraProcess:
    """Frames of one camera; only the newest counts. `start` and `stop` once each.

    `backoff_s`: the first wait before a restart and the longest, in seconds.
    """

    def __init__(self, settings: CameraSettings, *, backoff_s: tuple[float, float] = _BACKOFF_S) -> None:
        self.settings = settings
        self._backoff_s = backoff_s
        self._slot: FrameSlot | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._grown: collections.deque[tuple[float, int]] = collections.deque()
        self._last_frame_s: float | None = None
        self._frames = 0
        self._fps = 0.0
        self._handed_on = 0
        self._restarts = 0
        self._connected = False
        self._error: str | None = None

    def start(self) -> None:
        """Start the process and its watchdog."""
        self._slot = FrameSlot.create()
        self._thread = threading.Thread(
            target=self._guard, args=(self._slot,), name=f"guard {self.settings.name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End both; neither process nor memory is left. Call it from the thread that calls `latest`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._slot is not None:
            self._slot.close()
            self._slot = None

    def latest(self) -> Frame | None:
        """The newest frame if there is one that was not handed on yet."""
        taken = self._slot.take() if self._slot is not None else None
        if taken is None:
            return None
        self._handed_on += 1
        captured_at = datetime.fromtimestamp(taken.captured_s, UTC)
        return Frame(taken.image, self.settings.name, captured_at, taken.monotonic_s, self._handed_on - 1)

    @property
    def state(self) -> CaptureState:
        """How it does now."""
        age_s = time.monotonic() - self._last_frame_s if self._last_frame_s is not None else float("inf")
        return CaptureState(
            connected=self._connected,
            frames=self._frames,
            fps=self._fps if age_s < _FPS_WINDOW_S else 0.0,
            frame_age_s=age_s,
            restarts=self._restarts,
            error=self._error,
        )

    def _guard(self, slot: FrameSlot) -> None:
        """Keep a capture process running. It is started here, because it dies with the thread that started it."""
        first_s, longest_s = self._backoff_s
        backoff_s = first_s
        while not self._stop.is_set():
            began_s = time.monotonic()
            try:
                with self._launched(slot.descriptor) as child:
                    self._watch(child, slot)
            except OSError as error:  # no memory or no process to be had now; there may be later
                self._error = f"cannot start the capture process: {error}"
            if time.monotonic() - began_s > _STEADY_S:
                backoff_s = first_s
            # spread out, so that a node's cameras do not all start in the same moment after a power cut
            wait_s = backoff_s * random.uniform(0.5, 1.0)  # noqa: S311 - guards nothing
            backoff_s = min(longest_s, backoff_s * 2)
            if not self._stop.wait(wait_s):
                self._restarts += 1

    @contextlib.contextmanager
    def _launched(self, descriptor: int) -> Iterator[subprocess.Popen[bytes]]:
        child = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "edge.cameras.child", str(descriptor), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=(descriptor,),
            env=os.environ | _ENVIRONMENT | {_V4L2_TIMEOUT: str(math.ceil(self.settings.read_timeout_s))},
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            os.set_blocking(child.stdout.fileno(), False)
            with contextlib.suppress(BrokenPipeError):  # it died at once; the watch sees that
                child.stdin.write(self.settings.model_dump_json().encode())
            child.stdin.close()
            yield child
        finally:
            child.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_KILLED_S)
            child.stdout.close()

    def _watch(self, child: subprocess.Popen[bytes], slot: FrameSlot) -> None:
        """Come back when the process has ended, or must be ended."""
        settings, began_s = self.settings, time.monotonic()
        opened, ready = False, False
        while not self._stop.wait(_LOOK_S):
            ended = child.poll() is not None
            now_s = time.monotonic()
            self._count(slot.written, now_s)
            heard = self._listen(child)
            opened = opened or "open" in heard
            if "ready" in heard:
                ready, began_s = True, now_s
            if ended:
                self._connected = opened
                self._error = self._error or f"the capture process ended with status {child.returncode}"
                return
            alive_s, patience_s = self._last_frame_s or began_s, settings.stale_after_s
            if alive_s <= began_s:
                patience_s = max(patience_s, settings.open_timeout_s + _START_S) if ready else _COME_UP_S
                alive_s = began_s
            if now_s - alive_s > patience_s:
                self._connected = opened
                self._error = f"no frame for {now_s - alive_s:.0f} s"
                return

    def _listen(self, child: subprocess.Popen[bytes]) -> set[str]:
        """Hear what the process says: `ready` when it begins to ask the camera, `open` when that answers."""
        assert child.stdout is not None
        heard = set()
        for line in (child.stdout.read(65536) or b"").decode(errors="replace").splitlines():
            word, _, rest = line.partition(" ")
            heard.add(word)
            if word == "open":
                self._connected = True
            elif word == "error":
                self._error = rest
        return heard

    def _count(self, frames: int, now_s: float) -> None:
        if frames == self._frames:
            return
        self._frames, self._last_frame_s, self._error = frames, now_s, None
        grown = self._grown
        grown.append((now_s, frames))
        while now_s - grown[0][0] > _FPS_WINDOW_S:
            grown.popleft()
        elapsed_s = now_s - grown[0][0]
        self._fps = (frames - grown[0][1]) / elapsed_s if elapsed_s > 0 else 0.0
