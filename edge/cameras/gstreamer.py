"""Raw frames of a GStreamer pipeline that `gst-launch-1.0` runs in a process of its own.

The OpenCV wheel is built without GStreamer, and a Jetson's camera and decoder are reached by nothing else.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Callable, Generator, Iterator

import numpy as np

from contract.errors import SourceError
from edge.cameras.lifeline import die_with_parent
from edge.cameras.settings import CameraSettings, without_credentials
from edge.cameras.video import Wants
from edge.frame import Image

_REMEMBERED_BYTES = 8192
_READ_BYTES = 1 << 20


def frames_of(settings: CameraSettings, wants: Wants, on_open: Callable[[], None]) -> Generator[Image, None, None]:
    """Frames of the pipeline behind `gst:`, scaled to the settings' size.

    Raises:
        SourceError: GStreamer is missing, or the pipeline fails, ends, or is silent longer than the time-outs.

    """
    with _running(settings) as pipe:
        frame = pipe.read(settings.open_timeout_s)
        on_open()
        while True:
            if wants():
                yield frame
            frame = pipe.read(settings.read_timeout_s)


class _Pipe:
    """Where a pipeline's frames come out, and what it complains of."""

    def __init__(self, frames: int, process: subprocess.Popen[bytes], settings: CameraSettings) -> None:
        assert process.stderr is not None
        self._frames, self._complaints = frames, process.stderr.fileno()
        self._process = process
        self._width, self._height = settings.width, settings.height
        self._stride = (settings.width * 3 + 3) // 4 * 4  # GStreamer pads each row to four bytes
        self._said = b""
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._frames, selectors.EVENT_READ)
        self._ready.register(self._complaints, selectors.EVENT_READ)

    def read(self, timeout_s: float) -> Image:
        """The next frame.

        Raises:
            SourceError: the pipeline ended, or is silent for `timeout_s`.

        """
        raw = bytearray(self._stride * self._height)
        room = memoryview(raw)
        until_s = time.monotonic() + timeout_s
        while room:
            ready = self._ready.select(until_s - time.monotonic())
            if not ready:
                raise SourceError(f"no frame from the GStreamer pipeline for {timeout_s:g} s{self._complaint()}")
            for key, _ in ready:
                if key.fd == self._complaints:
                    self._listen()
                else:
                    room = room[self._take(room) :]
        rows = np.frombuffer(raw, np.uint8).reshape(self._height, self._stride)
        return rows[:, : self._width * 3].reshape(self._height, self._width, 3)

    def close(self) -> None:
        """Stop watching the two ends; they themselves are closed by who opened them."""
        self._ready.close()

    def _take(self, room: memoryview) -> int:
        got = os.readv(self._frames, [room[:_READ_BYTES]])
        if got == 0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)  # until then it may still say why
            self._listen()
            raise SourceError(f"the GStreamer pipeline ended{self._complaint()}; try it by hand with gst-launch-1.0")
        return got

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            said = os.read(self._complaints, 65536)
            self._said = (self._said + said)[-_REMEMBERED_BYTES:]
            if not said and self._complaints in self._ready.get_map():
                self._ready.unregister(self._complaints)

    def _complaint(self) -> str:
        lines = without_credentials(self._said.decode(errors="replace")).splitlines()
        errors = [line for line in lines if line.startswith(("ERROR", "WARNING: erroneous"))]
        return f": {errors[0]}" if errors else ""


@contextlib.contextmanager
def _running(settings: CameraSettings) -> Iterator[_Pipe]:
    # frames have a pipe of their own: whatever the program prints, it is never taken for a picture
    out, into = os.pipe()
    with os.fdopen(out, "rb", buffering=0):
        try:
            process = _launched(settings, into)
        finally:
            os.close(into)
        try:
            pipe = _Pipe(out, process, settings)
            with contextlib.closing(pipe):
                yield pipe
        finally:
            process.kill()
            process.wait()
            assert process.stderr is not None
            process.stderr.close()


def _launched(settings: CameraSettings, into: int) -> subprocess.Popen[bytes]:
    shape = f"video/x-raw,format=BGR,width={settings.width},height={settings.height}"
    pipeline = f"{settings.source.removeprefix('gst:')} ! videoconvert ! videoscale ! {shape} ! fdsink fd={into}"
    try:
        process = subprocess.Popen(  # noqa: S603 - the node's own configuration names the pipeline
            ["gst-launch-1.0", "-q", *shlex.split(pipeline)],  # noqa: S607 - found on PATH
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(into,),
            env=os.environ | {"LC_ALL": "C"},  # complaints in the language of these messages
            preexec_fn=die_with_parent,  # noqa: PLW1509 - sets one flag, takes no lock
        )
    except FileNotFoundError as error:
        raise SourceError("gst-launch-1.0 is missing; on Debian: sudo apt install gstreamer1.0-tools") from error
    except ValueError as error:
        raise SourceError(f"the GStreamer pipeline cannot be taken apart: {error}; are its quotes closed?") from error
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    return process
