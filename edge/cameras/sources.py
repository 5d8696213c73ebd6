"""Where frames come from. Each source yields pictures with the seconds since it was opened, until it ends or fails.

A camera's frames come at `max_fps` at most: the others are not decoded where that can be avoided. Files and folders
give every frame.

`cv2.VideoCapture` stands here and nowhere else. Its time-outs need `CAP_FFMPEG` by name, and may be ignored all the
same: the capture process around it has a watchdog.
"""

from __future__ import annotations

import contextlib
import ctypes
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from contract.errors import SourceError
from edge.cameras.pace import Pace
from edge.cameras.settings import CameraSettings
from edge.frame import Image

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
_FILE_ENDINGS = (".mp4", ".mkv", ".avi", ".mov", ".ts", ".flv", ".m3u8")
_FOLDER_FPS = 2.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Source:
    """An open source of frames. Use it as a context manager and read `frames()` once."""

    def __init__(self, settings: CameraSettings, on_open: Callable[[], None]) -> None:
        self._settings = settings
        self._on_open = on_open
        self._pace = Pace(settings.max_fps)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def frames(self) -> Iterator[tuple[Image, float]]:
        """Pictures with their time in seconds since opening; the end of a file is the end, a lost camera an error.

        Raises:
            SourceError: the source cannot be opened, or was lost.

        """
        source = self._settings.source
        if source.startswith("picamera2:"):
            return _timed(self._picamera2())
        if source.startswith("gst:"):
            return _timed(self._gstreamer(source.removeprefix("gst:")))
        if source.startswith(("http://", "https://")):
            if source.partition("?")[0].lower().endswith(_FILE_ENDINGS):
                return _timed(self._live(self._capture(source, cv2.CAP_FFMPEG)))
            return _timed(self._mjpeg(source))
        if source.startswith(("rtsp://", "rtsps://")):
            return _timed(self._live(self._capture(source, cv2.CAP_FFMPEG)))
        if source.startswith("/dev/"):
            return _timed(self._live(self._capture(source, cv2.CAP_V4L2)))
        path = Path(source)
        if path.is_dir():
            return self._folder(path)
        if path.is_file():
            return self._file(source)
        raise SourceError(
            f"expected rtsp://, http(s)://, /dev/video…, picamera2:, gst:, a video file or a folder, "
            f"got {self._settings.public_source!r}, which does not exist"
        )

    def _mjpeg(self, url: str) -> Iterator[Image]:
        from edge.cameras.mjpeg import frames_of  # its HTTP client takes long to import

        return frames_of(
            url,
            open_timeout_s=self._settings.open_timeout_s,
            read_timeout_s=self._settings.read_timeout_s,
            wants=self._pace.wants,
            on_open=self._on_open,
        )

    def _capture(self, source: str, backend: int) -> cv2.VideoCapture:
        parameters: list[int] = []
        if backend == cv2.CAP_FFMPEG:
            parameters = [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                int(self._settings.open_timeout_s * 1000),
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                int(self._settings.read_timeout_s * 1000),
            ]
        capture = cv2.VideoCapture(source, backend, parameters)
        if not capture.isOpened():
            raise SourceError(f"cannot open {self._settings.public_source}; is the camera on, and the address right?")
        self._open.callback(capture.release)
        if backend == cv2.CAP_V4L2:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._settings.width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._settings.height)
        self._on_open()
        return capture

    def _live(self, capture: cv2.VideoCapture) -> Iterator[Image]:
        while True:
            good = capture.grab()
            if good and not self._pace.wants():
                continue
            good, image = capture.retrieve() if good else (False, None)
            if not good:
                raise SourceError(f"lost {self._settings.public_source}")
            yield np.asarray(image, dtype=np.uint8)

    def _file(self, path: str) -> Iterator[tuple[Image, float]]:
        capture = self._capture(path, cv2.CAP_FFMPEG)
        fps = capture.get(cv2.CAP_PROP_FPS)
        step_s = 1.0 / fps if 0.5 < fps < 500 else 1.0 / 25
        began_s = time.monotonic()
        number = 0
        while True:
            good, image = capture.read()
            if not good:
                return
            offset_s = number * step_s
            if self._settings.realtime:
                time.sleep(max(0.0, began_s + offset_s - time.monotonic()))
            yield np.asarray(image, dtype=np.uint8), offset_s
            number += 1

    def _folder(self, folder: Path) -> Iterator[tuple[Image, float]]:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
        if not paths:
            raise SourceError(f"expected pictures ({', '.join(sorted(_PICTURES))}) in {folder}, found none")
        self._on_open()
        for number, path in enumerate(paths):
            image = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if image is None:
                raise SourceError(f"{path} is no picture that can be decoded")
            if self._settings.realtime and number:
                time.sleep(1 / _FOLDER_FPS)
            yield np.asarray(image, dtype=np.uint8), number / _FOLDER_FPS

    def _picamera2(self) -> Iterator[Image]:
        try:
            from picamera2 import Picamera2
        except ImportError as error:
            raise SourceError(
                "picamera2 is not installed; on Raspberry Pi OS: sudo apt install python3-picamera2"
            ) from error
        camera: Any = Picamera2()
        size = (self._settings.width, self._settings.height)
        camera.configure(camera.create_video_configuration(main={"format": "RGB888", "size": size}))
        camera.start()
        self._open.callback(camera.close)
        self._open.callback(camera.stop)
        self._on_open()
        while True:
            image = camera.capture_array("main")
            if self._pace.wants():
                yield np.asarray(image, dtype=np.uint8)

    def _gstreamer(self, pipeline: str) -> Iterator[Image]:
        width, height = self._settings.width, self._settings.height
        sink = f"videoconvert ! videoscale ! video/x-raw,format=BGR,width={width},height={height} ! fdsink fd=1"
        try:
            process = subprocess.Popen(  # noqa: S603 - the node's own configuration names the pipeline
                ["gst-launch-1.0", "-q", *shlex.split(f"{pipeline} ! {sink}")],  # noqa: S607 - found on PATH
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - sets one flag, takes no lock
            )
        except FileNotFoundError as error:
            raise SourceError("gst-launch-1.0 is missing; on Debian: sudo apt install gstreamer1.0-tools") from error
        self._open.enter_context(process)
        self._open.callback(process.kill)
        size = width * height * 3
        opened = False
        while process.stdout is not None:
            raw = process.stdout.read(size)
            if len(raw) < size:
                raise SourceError("the GStreamer pipeline ended; try it by hand with gst-launch-1.0")
            if not opened:
                opened = True
                self._on_open()
            if self._pace.wants():
                yield np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def open_source(settings: CameraSettings, on_open: Callable[[], None] = lambda: None) -> Source:
    """The source that a camera's settings name; nothing is opened before its frames are read.

    `on_open` is called when the camera answers, before its first frame.
    """
    return Source(settings, on_open)


def _die_with_parent() -> None:
    """A pipeline must not outlive the capture process, which the watchdog ends without asking."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _timed(images: Iterator[Image]) -> Iterator[tuple[Image, float]]:
    began_s = time.monotonic()
    for image in images:
        yield image, time.monotonic() - began_s
