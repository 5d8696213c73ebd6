"""Finds in an H.264 or H.265 stream what says how large its pictures are."""

from __future__ import annotations

from collections.abc import Iterator

_START = b"\x00\x00\x01"
HEADER_TYPES = {"h264": 7, "hevc": 33}
"""The unit type of a sequence parameter set (ITU-T H.264, table 7-1; H.265, table 7-1)."""


def parameter_set(data: bytes, codec: str) -> bytes | None:
    """The last sequence parameter set in `data`, a stream with start codes; None if there is none.

    Two that are equal mean pictures of one size.
    """
    found = None
    for unit in _units(data):
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        if kind == HEADER_TYPES[codec]:
            found = unit
    return found


def _units(data: bytes) -> Iterator[bytes]:
    begin = data.find(_START)
    while begin >= 0:
        begin += len(_START)
        end = data.find(_START, begin)
        unit = data[begin : end if end >= 0 else len(data)].rstrip(b"\x00")  # a start code may have a fourth byte
        if unit:
            yield unit
        begin = end
