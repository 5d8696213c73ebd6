"""A reader of MJPEG over HTTP, with hard time-outs and no queue.

OpenCV can open such streams too, but blocks past its time-outs when a camera keeps the connection open without sending.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator

import cv2
import httpx
import numpy as np

from contract.errors import SourceError
from edge.cameras.jpeg_stream import JpegCutter
from edge.cameras.settings import without_credentials
from edge.frame import Image

_MAX_FRAME_BYTES = 8_000_000
_PICTURES = ("multipart/", "image/", "application/octet-stream")


def frames_of(
    url: str,
    *,
    open_timeout_s: float,
    read_timeout_s: float,
    wants: Callable[[], bool] = lambda: True,
    on_open: Callable[[], None] = lambda: None,
) -> Generator[Image, None, None]:
    """Frames of an MJPEG stream until it ends. Only those that `wants()` are decoded; `on_open` tells that it answers.

    Raises:
        SourceError: the camera refuses, sends something else, or keeps silent longer than the time-outs.

    """
    address = httpx.URL(url)
    shown = without_credentials(url)
    bare = address.copy_with(username=None, password=None)
    login = _Login(address.username, address.password) if address.username else None
    timeout = httpx.Timeout(open_timeout_s, read=read_timeout_s)
    try:
        with httpx.stream("GET", bare, auth=login, timeout=timeout, follow_redirects=True, trust_env=False) as answer:
            _check(answer, shown)
            on_open()
            # no chunk size: with one, httpx would hold a picture's end back until the next begins
            yield from _decoded(answer.iter_raw(), shown, read_timeout_s, wants)
    except httpx.HTTPError as error:
        raise SourceError(f"lost {shown}: {type(error).__name__} {error}".rstrip()) from error


class _Login(httpx.Auth):
    """Basic or digest, whichever the camera asks for; nothing is sent before it asks."""

    def __init__(self, name: str, password: str) -> None:
        self._basic = httpx.BasicAuth(name, password)
        self._digest = httpx.DigestAuth(name, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        answer = yield request
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return
        asked = answer.headers.get("www-authenticate", "").lower()
        yield from (self._digest if "digest" in asked else self._basic).auth_flow(request)


def _check(answer: httpx.Response, shown: str) -> None:
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise SourceError(f"{shown} asks for a user name and password, or refuses those given (HTTP status 401)")
    if answer.status_code != httpx.codes.OK:
        raise SourceError(f"expected pictures from {shown}, got HTTP status {answer.status_code}")
    kind = answer.headers.get("content-type", "multipart/")
    if not kind.startswith(_PICTURES):
        raise SourceError(f"expected an MJPEG stream from {shown}, got {kind}; is the address the stream's own?")


def _decoded(chunks: Iterator[bytes], shown: str, read_timeout_s: float, wants: Callable[[], bool]) -> Iterator[Image]:
    cutter = JpegCutter()
    good_s = time.monotonic()
    for chunk in chunks:
        pictures = cutter.feed(chunk)
        if pictures and wants():
            image = cv2.imdecode(np.frombuffer(pictures[-1], np.uint8), cv2.IMREAD_COLOR)
            if image is not None:
                good_s = time.monotonic()
                yield np.asarray(image, dtype=np.uint8)
        if len(cutter) > _MAX_FRAME_BYTES:
            raise SourceError(
                f"{shown} sent {len(cutter)} bytes without a JPEG picture in them; is it an MJPEG stream?"
            )
        if time.monotonic() - good_s > read_timeout_s:
            raise SourceError(f"{shown} sends data, but no whole picture for {read_timeout_s:.0f} s")
