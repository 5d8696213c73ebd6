"""Where frames come from. Each source yields pictures with the seconds since it was opened, until it ends or fails.

A camera's frames come at `max_fps` at most: the others are not decoded where that can be avoided. Files and folders
give every frame.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from contract.errors import SourceError
from edge.cameras import gstreamer, rtsp, video
from edge.cameras.pace import Pace
from edge.cameras.settings import CameraSettings
from edge.frame import Image

_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
_FILE_ENDINGS = (".mp4", ".mkv", ".avi", ".mov", ".ts", ".flv", ".m3u8")
_FOLDER_FPS = 2.0
Images = Generator[Image, None, None]
TimedImages = Generator[tuple[Image, float], None, None]


def read_picture(path: Path) -> Image | None:
    """A single picture in colour; None when the file is something else, a video perhaps.

    Raises:
        SourceError: it is called a picture and cannot be read.

    """
    if path.suffix.lower() not in _PICTURES:
        return None
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(f"{path} is no picture that can be read; does it open elsewhere?")
    return np.asarray(image, dtype=np.uint8)


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
        frames = self._chosen()
        self._open.callback(frames.close)  # else a camera would stay open until the garbage is collected
        return frames

    def _chosen(self) -> TimedImages:
        settings, source = self._settings, self._settings.source
        wants, on_open = self._pace.wants, self._on_open
        if source.startswith("picamera2:"):
            return _timed(_picamera2(settings, wants, on_open))
        if source.startswith("gst:"):
            return _timed(gstreamer.frames_of(settings, wants, on_open))
        if source.startswith(("rtsp://", "rtsps://")):
            return _timed(rtsp.frames_of(settings, wants, on_open))
        if source.startswith(("http://", "https://")):
            if source.partition("?")[0].lower().endswith(_FILE_ENDINGS):
                return _timed(video.frames_of_stream(settings, wants, on_open))
            return _timed(self._mjpeg())
        if source.startswith("/dev/"):
            return _timed(video.frames_of_device(settings, wants, on_open))
        path = Path(source)
        if path.is_dir():
            return _folder(path, settings, on_open)
        if path.is_file():
            return video.frames_of_file(settings, on_open)
        raise SourceError(
            f"expected rtsp://, http(s)://, /dev/video…, picamera2:, gst:, a video file or a folder, "
            f"got {settings.public_source!r}, which does not exist"
        )

    def _mjpeg(self) -> Images:
        from edge.cameras.mjpeg import frames_of  # its HTTP client takes long to import

        return frames_of(
            self._settings.source,
            open_timeout_s=self._settings.open_timeout_s,
            read_timeout_s=self._settings.read_timeout_s,
            wants=self._pace.wants,
            on_open=self._on_open,
        )


def open_source(settings: CameraSettings, on_open: Callable[[], None] = lambda: None) -> Source:
    """The source that a camera's settings name; nothing is opened before its frames are read.

    `on_open` is called when the camera answers, before its first frame.
    """
    return Source(settings, on_open)


def _timed(images: Images) -> TimedImages:
    began_s = time.monotonic()
    with contextlib.closing(images):
        for image in images:
            yield image, time.monotonic() - began_s


def _folder(folder: Path, settings: CameraSettings, on_open: Callable[[], None]) -> TimedImages:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not paths:
        raise SourceError(f"expected pictures ({', '.join(sorted(_PICTURES))}) in {folder}, found none")
    on_open()
    for number, path in enumerate(paths):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise SourceError(f"{path} is no picture that can be decoded")
        if settings.realtime and number:
            time.sleep(1 / _FOLDER_FPS)
        yield np.asarray(image, dtype=np.uint8), number / _FOLDER_FPS


def _picamera2(settings: CameraSettings, wants: Callable[[], bool], on_open: Callable[[], None]) -> Images:
    """Frames of the CSI camera. Its library has no time-outs: those of the capture process apply."""
    try:
        from picamera2 import Picamera2
    except ImportError as error:
        raise SourceError(
            "picamera2 is not installed; on Raspberry Pi OS: sudo apt install python3-picamera2"
        ) from error
    try:
        camera: Any = Picamera2()
    except (IndexError, RuntimeError) as error:  # so it says that there is no camera, or that another program has it
        raise SourceError(
            f"expected a CSI camera, picamera2 got none ({error}); is its ribbon in, and does "
            f"`rpicam-hello --list-cameras` show it?"
        ) from error
    with contextlib.closing(camera):  # also stops it
        size = (settings.width, settings.height)
        # what picamera2 calls RGB888 lies in memory as blue, green, red
        camera.configure(camera.create_video_configuration(main={"format": "RGB888", "size": size}))
        camera.start()
        on_open()
        while True:
            image = camera.capture_array("main")
            if wants():
                yield np.asarray(image, dtype=np.uint8)
