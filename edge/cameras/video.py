"""What OpenCV opens: USB cameras, video files, and streams. `cv2.VideoCapture` stands here and nowhere else.

Its time-outs need `CAP_FFMPEG` by name, and may be ignored all the same: the capture process around it has a watchdog.
"""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Generator, Iterator

import cv2
import numpy as np

from contract.errors import SourceError
from edge.cameras.settings import CameraSettings
from edge.frame import Image

_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_PLAYED_AT_FPS = 25.0
"""For a file that does not say its rate."""
Wants = Callable[[], bool]


@contextlib.contextmanager
def open_stream(settings: CameraSettings, options: str | None = None) -> Iterator[cv2.VideoCapture | None]:
    """A network stream through FFmpeg, with both time-outs; None when it cannot be opened.

    `options` are FFmpeg's, as OpenCV writes them; those of the environment go before.
    """
    parameters = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        int(settings.open_timeout_s * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        int(settings.read_timeout_s * 1000),
    ]
    with _ffmpeg_options(os.environ.get(_OPTIONS, options)):
        capture = cv2.VideoCapture(settings.source, cv2.CAP_FFMPEG, parameters)
    try:
        yield capture if capture.isOpened() else None
    finally:
        capture.release()


@contextlib.contextmanager
def open_decoder(packets: io.BufferedIOBase, codec: str) -> Iterator[cv2.VideoCapture]:
    """A decoder of the elementary stream that `packets` hands out; `codec` is FFmpeg's name of its format."""
    # nothing to be guessed, nothing to be gathered first: the newest frame is what counts
    with _ffmpeg_options(f"input_format;{codec}|probesize;32|analyzeduration;0|fflags;nobuffer"):
        capture = cv2.VideoCapture(packets, cv2.CAP_FFMPEG, [])  # type: ignore[call-overload] # its stubs lack this
    try:
        yield capture
    finally:
        capture.release()


@contextlib.contextmanager
def _ffmpeg_options(options: str | None) -> Iterator[None]:
    """OpenCV takes them from the environment only, at the moment of opening."""
    before = os.environ.pop(_OPTIONS, None)
    if options is not None:
        os.environ[_OPTIONS] = options
    try:
        yield
    finally:
        os.environ.pop(_OPTIONS, None)
        if before is not None:
            os.environ[_OPTIONS] = before


def frames_of_stream(
    settings: CameraSettings, wants: Wants, on_open: Callable[[], None]
) -> Generator[Image, None, None]:
    """Frames of a video or playlist over HTTP, until it ends.

    Raises:
        SourceError: it cannot be opened, or was lost.

    """
    with open_stream(settings) as capture:
        if capture is None:
            raise SourceError(
                f"expected a video at {settings.public_source}, none could be opened within "
                f"{settings.open_timeout_s:g} s; does the address work in a browser?"
            )
        on_open()
        yield from grabbed(capture, wants)
    raise SourceError(f"lost {settings.public_source}: it ended, or nothing came for {settings.read_timeout_s:g} s")


def frames_of_device(
    settings: CameraSettings, wants: Wants, on_open: Callable[[], None]
) -> Generator[Image, None, None]:
    """Frames of a USB camera (V4L2).

    Raises:
        SourceError: it cannot be opened, or was unplugged.

    """
    capture = cv2.VideoCapture(settings.source, cv2.CAP_V4L2, [])
    try:
        if not capture.isOpened():
            raise SourceError(
                f"cannot open {settings.source}; expected a camera there that this user may read: see "
                f"`v4l2-ctl --list-devices`, and whether the user is in the group video"
            )
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
        on_open()
        yield from grabbed(capture, wants)
    finally:
        capture.release()
    raise SourceError(f"lost {settings.source}: was it unplugged?")


def frames_of_file(settings: CameraSettings, on_open: Callable[[], None]) -> Generator[tuple[Image, float], None, None]:
    """Every frame of a video file with its time in seconds; at the file's own speed if the settings say so.

    Raises:
        SourceError: it is no video that can be decoded.

    """
    capture = cv2.VideoCapture(settings.source, cv2.CAP_FFMPEG, [])
    try:
        if not capture.isOpened():
            raise SourceError(f"{settings.source} is no video that can be decoded; does it play elsewhere?")
        on_open()
        fps = capture.get(cv2.CAP_PROP_FPS)
        step_s = 1.0 / (fps if 0.5 < fps < 500 else _PLAYED_AT_FPS)
        began_s = time.monotonic()
        at_s = -step_s
        for image in grabbed(capture, lambda: True):
            # a file may have gaps; one that does not tell its times, or tells them wrongly, runs evenly
            told_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
            at_s = told_s if told_s > at_s else at_s + step_s
            if settings.realtime:
                time.sleep(max(0.0, began_s + at_s - time.monotonic()))
            yield image, at_s
    finally:
        capture.release()


def grabbed(capture: cv2.VideoCapture, wants: Wants) -> Iterator[Image]:
    """Frames until there are none; one that nobody wants is not converted."""
    while capture.grab():
        if wants():
            good, image = capture.retrieve()
            if not good:
                return
            yield np.asarray(image, dtype=np.uint8)
