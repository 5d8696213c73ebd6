"""The texts of a PDF that `central.print` wrote, by its own tables from glyphs to characters."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"^(\d+) 0 obj(.*?)^endobj", re.DOTALL | re.MULTILINE)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:[^\\()]|\\.)*)\) Tj|(?<![^\s])([qQ])(?=\s)", re.DOTALL)
_ESCAPES = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b"\b", b"\\f": b"\f"}


def pdf_texts(pdf: bytes) -> list[str]:
    """Every run of text, in the order in which it was written."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    names = {name: int(number) for body in objects.values() for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body)}
    signs = {name: _signs(objects, objects[number]) for name, number in names.items()}
    found: list[str] = []
    for body in objects.values():
        stream = _inflated(body)
        if b" Tj" not in stream or b"begincmap" in stream:
            continue
        known: dict[int, str] = {}
        put_by: list[dict[int, str]] = []
        for font, text, state in _SHOWN.findall(stream):
            if font:
                known = signs[font]
            elif state == b"q":
                put_by.append(known)
            elif state == b"Q":
                known = put_by.pop()
            else:
                found.append(_decoded(text, known))
    return found


def pages_of(pdf: bytes) -> int:
    """How many pages it has."""
    return len(re.findall(rb"/Type /Page\b", pdf))


def _decoded(text: bytes, known: dict[int, str]) -> str:
    plain = re.sub(rb"\\(.)", lambda m: _ESCAPES.get(m[0], m[1]), text, flags=re.DOTALL)
    codes = [int.from_bytes(plain[place : place + 2], "big") for place in range(0, len(plain), 2)]
    return "".join(known.get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)


def _signs(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    number = re.search(rb"/ToUnicode (\d+) 0 R", font)
    assert number is not None, "a font without a table to characters"
    table = _inflated(objects[int(number[1])])
    return {
        int(code, 16): bytes.fromhex(sign.decode()).decode("utf-16-be")
        for code, sign in re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,8})>", table)
    }


def _inflated(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None:
        return b""
    try:
        return zlib.decompress(stream[1])
    except zlib.error:
        return stream[1]
