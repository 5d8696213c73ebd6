"""Cuts whole JPEG pictures out of a stream of bytes, whatever stands between them."""

from __future__ import annotations

import re

_BEGIN = b"\xff\xd8\xff"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""A marker within scan data: 00 stuffs a data byte ff, d0–d7 are restarts, ff fills (ITU-T T.81, B.1.1)."""
_SCAN, _END, _START = 0xDA, 0xD9, 0xD8


class JpegCutter:
    """Feed it bytes; it keeps what is not whole yet.

    Segments are stepped over by their length, so that a preview picture inside the header does not end the picture
    early. A picture that breaks off is dropped as soon as the next one begins.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def __len__(self) -> int:
        """Bytes that are waiting for the rest of their picture."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take more of the stream; returns the pictures that it completes, oldest first."""
        self._buffer += data
        whole: list[bytes] = []
        while (begin := self._buffer.find(_BEGIN)) >= 0:
            del self._buffer[:begin]
            try:
                end = _end_of(self._buffer)
            except _Broken as broken:
                del self._buffer[: broken.at]
                continue
            if end is None:
                return whole
            whole.append(bytes(self._buffer[:end]))
            del self._buffer[:end]
        del self._buffer[: max(0, len(self._buffer) - len(_BEGIN) + 1)]
        return whole


class _Broken(Exception):  # noqa: N818 - found and handled here
    """What began like a JPEG goes on like none: look for the next from `at`."""

    def __init__(self, at: int) -> None:
        self.at = at


def _end_of(buffer: bytearray) -> int | None:
    """Where the picture at the buffer's begin ends; None while its rest has not come."""
    at, in_scan = 2, False
    while True:
        if in_scan:
            found = _MARKER.search(buffer, at)
            at = found.start() if found else len(buffer)
        if at + 2 > len(buffer):
            return None
        kind = buffer[at + 1]
        if buffer[at] != 0xFF or kind == _START:
            raise _Broken(at)
        if kind == _END:
            return at + 2
        if at + 4 > len(buffer):
            return None
        at += 2 + int.from_bytes(buffer[at + 2 : at + 4], "big")
        in_scan |= kind == _SCAN  # from the first scan on, tables stand between scans
