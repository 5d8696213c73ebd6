"""The broker's bytes: messages are taken out of them, all else is for the MQTT library. Pure.

The library reads a message in four calls and dozens of steps, which takes longer than all else here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

_PUBLISH: Final = 3
_MORE: Final = 0x80
"""Set in a byte of a number where another one follows."""
_LONGEST: Final = 4
"""Bytes of a number."""


class Incoming(NamedTuple):
    """A message as the broker sends it, of quality of service 0 or 1; `mid` is the broker's number for it."""

    topic: str
    payload: bytes
    mid: int
    qos: int
    retained: bool


class PacketStream:
    """What one connection brings, piece by piece."""

    def __init__(self, *, has_properties: bool) -> None:
        """`has_properties`: whether messages have them, as in MQTT 5."""
        self._has_properties = has_properties
        self._parts: list[bytes] = []
        self._missing = 0

    def feed(self, some: bytes) -> Iterator[Incoming | bytes]:
        """What is whole now, in its order: messages, and packets of other kinds as they are.

        What is no MQTT comes as it is, too: the library knows what to do about it.
        """
        self._parts.append(some)
        self._missing -= len(some)
        if self._missing > 0:  # a picture is put together once, and not with every piece
            return
        data = b"".join(self._parts)
        at, size, missing = 0, len(data), 0
        while size - at >= 2:
            length, start = _number(data, at + 1)
            if not start:
                if size - at > _LONGEST:
                    yield data[at:]
                    at = size
                break
            end = start + length
            if end > size:
                missing = end - size
                break
            yield self._message(data, at, start, end) or data[at:end]
            at = end
        self._parts, self._missing = [data[at:]], missing

    def _message(self, data: bytes, at: int, start: int, end: int) -> Incoming | None:
        """The packet whose content begins at `start`, if it is a message as we expect them."""
        head = data[at]
        qos = head >> 1 & 3
        if head >> 4 != _PUBLISH or qos > 1 or end < start + 2:
            return None
        place = start + 2 + (data[start] << 8 | data[start + 1])
        topic, mid = data[start + 2 : place], 0
        if qos:
            place += 2
            mid = data[place - 2] << 8 | data[place - 1] if place <= end else 0
        if self._has_properties:
            length, begin = _number(data, place) if place < end else (0, 0)
            if not begin:
                return None
            place = begin + length
        if place > end:
            return None
        return Incoming(topic.decode("utf-8", "replace"), data[place:end], mid, qos, bool(head & 1))


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number as MQTT writes it, and where it ends; 0 where it does not."""
    byte = data[at]
    if byte < _MORE:
        return byte, at + 1
    number = byte - _MORE
    for place in range(1, _LONGEST):
        if at + place == len(data):
            return 0, 0
        byte = data[at + place]
        number += (byte & ~_MORE) << 7 * place
        if byte < _MORE:
            return number, at + place + 1
    return 0, 0
