"""Frames of an RTSP camera.

OpenCV keeps the picture size that a stream began with: after a change it shows the last picture for ever, or a torn one
(opencv#27116), which must never become evidence. So one capture fetches the encoded packets, and a second one decodes
them; when a packet announces another size, the decoder is made anew.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Generator, Iterator

import cv2
import numpy as np

from contract.errors import SourceError
from edge.cameras import rtsp_answer, video
from edge.cameras.nal import HEADER_TYPES, parameter_set
from edge.cameras.settings import CameraSettings
from edge.cameras.video import Wants
from edge.frame import Image

_ASK_S = 1.0
_OPTIONS = "rtsp_flags;prefer_tcp|analyzeduration;500000"
"""TCP loses no part of a picture. Half a second is looked at before the stream counts as open: its size and codec stand
in its description."""


def frames_of(settings: CameraSettings, wants: Wants, on_open: Callable[[], None]) -> Generator[Image, None, None]:
    """Frames of the camera, in whatever size it sends just then.

    Raises:
        SourceError: it cannot be reached, refuses, keeps silent longer than the time-outs, or sends no pictures.

    """
    began_s = time.monotonic()
    with video.open_stream(settings, _OPTIONS) as capture:
        if capture is None:
            raise SourceError(_why_not(settings, on_open))
        on_open()
        if time.monotonic() - began_s >= settings.open_timeout_s:  # else data would have ended the wait
            raise SourceError(_no_picture(settings))
        codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1").lower()
        if codec in HEADER_TYPES:
            yield from _decoded(_Packets(capture, codec, settings.read_timeout_s), settings, wants)
        elif codec == "mjpg":
            yield from _jpegs(capture, wants)
        else:
            yield from video.grabbed(capture, wants)
    raise SourceError(
        f"lost {settings.public_source}: the camera ended the stream, or sent no picture for "
        f"{settings.read_timeout_s:g} s"
    )


def _why_not(settings: CameraSettings, on_open: Callable[[], None]) -> str:
    shown = settings.public_source
    if settings.source.startswith("rtsps:"):
        return f"cannot open {shown}; expected an RTSP camera with TLS there: is it on, and the address right?"
    refusal = rtsp_answer.refusal(settings.source, timeout_s=_ASK_S)
    if refusal:
        return f"cannot open {shown}: {refusal}"
    on_open()  # it answers: what fails is the picture
    return _no_picture(settings)


def _no_picture(settings: CameraSettings) -> str:
    return (
        f"{settings.public_source} answers, but no picture came within {settings.open_timeout_s:g} s; does its stream "
        f"play elsewhere, as H.264, H.265 or MJPEG?"
    )


class _Packets(io.BufferedIOBase):
    """The encoded stream as a file that ends where the picture size changes, and where the camera does."""

    def __init__(self, capture: cv2.VideoCapture, codec: str, read_timeout_s: float) -> None:
        super().__init__()
        self._read_timeout_s = read_timeout_s
        self.codec = codec
        self.lost = False
        self._capture = capture
        capture.set(cv2.CAP_PROP_FORMAT, -1)  # packets, not pictures
        good, said = capture.retrieve(flag=int(capture.get(cv2.CAP_PROP_CODEC_EXTRADATA_INDEX)))
        # many cameras tell the size only once, before the stream
        self._waiting = bytearray(said.tobytes() if good and said is not None else b"")
        self._size = parameter_set(bytes(self._waiting), codec)
        self._at_change = False

    def resume(self) -> bool:
        """Go on behind an end; true when that was a change of size."""
        changed, self._at_change = self._at_change, False
        return changed

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:  # noqa: ARG002 - a stream has no other place
        return -1

    def read(self, size: int | None = -1, /) -> bytes:
        if self._at_change or self.lost:
            return b""
        if not self._waiting and not self._fetch():
            return b""
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken

    def _fetch(self) -> bool:
        began_s = time.monotonic()
        good, packet = self._capture.retrieve() if self._capture.grab() else (False, None)
        # at its time-out FFmpeg hands out the packet that it still held, and would wait as long again for the next
        if not good or packet is None or time.monotonic() - began_s >= self._read_timeout_s:
            self.lost = True
            return False
        self._waiting += packet.tobytes()
        if self._capture.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
            size = parameter_set(bytes(self._waiting), self.codec) or self._size
            self._at_change = size != self._size
            self._size = size
        return not self._at_change


def _decoded(packets: _Packets, settings: CameraSettings, wants: Wants) -> Iterator[Image]:
    """Pictures until the camera ends; packets that make none are passed over for a while."""
    good_s = time.monotonic()
    while not packets.lost:
        with video.open_decoder(packets, packets.codec) as decoder:
            fits = True
            while fits and not packets.lost:
                for image in video.grabbed(decoder, wants):
                    good_s = time.monotonic()
                    yield image
                if time.monotonic() - good_s > settings.read_timeout_s:
                    raise SourceError(
                        f"{settings.public_source} sends data, but no picture that can be decoded for "
                        f"{settings.read_timeout_s:g} s; is the network losing packets?"
                    )
                fits = decoder.isOpened() and not packets.resume()


def _jpegs(capture: cv2.VideoCapture, wants: Wants) -> Iterator[Image]:
    capture.set(cv2.CAP_PROP_FORMAT, -1)
    while capture.grab():
        if wants():
            good, packet = capture.retrieve()
            image = cv2.imdecode(packet.reshape(-1), cv2.IMREAD_COLOR) if good and packet is not None else None
            if image is not None:
                yield np.asarray(image, dtype=np.uint8)
