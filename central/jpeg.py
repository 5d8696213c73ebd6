"""How large a JPEG is, from its head alone: central decodes no pictures. Pure."""

from __future__ import annotations

_STARTS_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size_of(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None for what is no JPEG."""
    if not jpeg.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(jpeg) and jpeg[place] == 0xFF:
        if jpeg[place + 1] in _STARTS_OF_FRAME:
            height, width = (int.from_bytes(jpeg[place + at : place + at + 2], "big") for at in (5, 7))
            return (width, height) if width and height else None
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    return None
