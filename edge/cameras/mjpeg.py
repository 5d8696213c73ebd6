"""A reader of MJPEG over HTTP, with hard time-outs and no queue.

OpenCV can open such streams too, but blocks past its time-outs when a camera keeps the connection open without sending.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import httpx
import numpy as np

from contract.errors import SourceError
from edge.frame import Image

_JPEG_BEGIN = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_MAX_FRAME_BYTES = 8_000_000


def frames_of(url: str, *, open_timeout_s: float, read_timeout_s: float) -> Iterator[Image]:
    """Frames of an MJPEG stream until it ends.

    Raises:
        SourceError: the camera refuses, sends something else, or keeps silent longer than the time-outs.

    """
    shown = httpx.URL(url).copy_with(username=None, password=None)
    timeout = httpx.Timeout(open_timeout_s, read=read_timeout_s)
    try:
        with httpx.stream("GET", url, timeout=timeout, follow_redirects=True) as answer:
            if answer.status_code != httpx.codes.OK:
                raise SourceError(f"expected pictures from {shown}, got HTTP status {answer.status_code}")
            yield from _decoded(answer.iter_raw(65536), str(shown), read_timeout_s)
    except httpx.HTTPError as error:
        raise SourceError(f"lost {shown}: {type(error).__name__} {error}".rstrip()) from error


def _decoded(chunks: Iterator[bytes], shown: str, read_timeout_s: float) -> Iterator[Image]:
    buffer = bytearray()
    last_s = time.monotonic()
    for chunk in chunks:
        buffer += chunk
        jpegs = _whole_jpegs(buffer)
        if jpegs:
            image = cv2.imdecode(np.frombuffer(jpegs[-1], np.uint8), cv2.IMREAD_COLOR)
            if image is not None:
                last_s = time.monotonic()
                yield np.asarray(image, dtype=np.uint8)
        if len(buffer) > _MAX_FRAME_BYTES:
            raise SourceError(
                f"{shown} sent {len(buffer)} bytes without a JPEG picture in them; is it an MJPEG stream?"
            )
        if time.monotonic() - last_s > read_timeout_s:
            raise SourceError(f"{shown} sends data, but no whole picture for {read_timeout_s:.0f} s")


def _whole_jpegs(buffer: bytearray) -> list[bytes]:
    """Take every complete JPEG out of the buffer; only the newest will be decoded."""
    found: list[bytes] = []
    while True:
        begin = buffer.find(_JPEG_BEGIN)
        if begin < 0:
            del buffer[: max(0, len(buffer) - 1)]
            return found
        end = buffer.find(_JPEG_END, begin + 2)
        if end < 0:
            del buffer[:begin]
            return found
        found.append(bytes(buffer[begin : end + 2]))
        del buffer[: end + 2]
