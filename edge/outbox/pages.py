"""Reads the rows of an SQLite file that SQLite itself cannot read any more, page by page.

A damaged page costs the rows on it and no others: neither the header nor the inner pages of the trees are needed, since
each leaf page says itself what lies on it. The layout is that of https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self
from uuid import UUID

Value = int | float | str | bytes | None
Row = tuple[int, tuple[Value, ...]]
"""A row's number and its columns; the column that is the number itself is None."""

_MAGIC = b"SQLite format 3\x00"
_PAGE_BYTES = 4096
"""Of files that we make, where the header does not tell."""
_LEAF = 0x0D
_FREE = 2
_LONGEST_BYTES = 64_000_000
_OUR_FIRST_PAGES = 32
"""The first tables of our files have their root pages among these."""
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_BROKEN = (ValueError, IndexError, struct.error, OSError)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which outbox a file is, and the last number that it gave."""

    outbox_id: UUID
    last_seq: int


def find_identity(path: Path) -> Identity | None:
    """Who a damaged file is; None where that cannot be known for sure."""
    found: set[Identity] = set()
    try:
        with Pages(path) as pages:
            for number, columns in islice(pages.rows(pages=_OUR_FIRST_PAGES), 10_000):
                match columns:
                    case (None, str(text), int(last_seq)) if number == 1 and last_seq >= 0:
                        found.add(Identity(UUID(text), last_seq))
    except _BROKEN:
        return None
    return found.pop() if len(found) == 1 else None


class Pages:
    """The pages of a file and of the log beside it. To be used with `with`; opening raises OSError."""

    def __init__(self, path: Path) -> None:
        self.unreadable = 0
        """Pages and rows that could not be read so far."""
        self._file = os.open(path, os.O_RDONLY)
        self._log = -1
        head = self._at(self._file, 0, 100)
        known = head.startswith(_MAGIC)
        self._bytes = _page_bytes(head) if known else _PAGE_BYTES
        self._usable = self._bytes - (head[20] if known else 0)
        self._has_map = not known or any(head[52:56])
        self._count = os.fstat(self._file).st_size // self._bytes
        self._logged: dict[int, int] = {}
        log = path.with_name(path.name + "-wal")
        if log.exists():
            self._log = os.open(log, os.O_RDONLY)
            self._read_log()
            self._count = max(self._count, *self._logged, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        if self._log >= 0:
            os.close(self._log)

    def rows(self, *, pages: int | None = None) -> Iterator[Row]:
        """Every row that can be read, of the first `pages` pages or of all."""
        for number in range(1, min(self._count, pages or self._count) + 1):
            try:
                if self._is_free(number):
                    continue
                page = self._page(number)
                begin = 100 if number == 1 else 0
                if page[begin] != _LEAF:
                    continue
                (cells,) = struct.unpack_from(">H", page, begin + 3)
                places = struct.unpack_from(f">{cells}H", page, begin + 8)
            except _BROKEN:
                self.unreadable += 1
                continue
            for place in places:
                try:
                    yield self._row(page, place)
                except _BROKEN:
                    self.unreadable += 1

    def _row(self, page: bytes, place: int) -> Row:
        length, place = _varint(page, place)
        number, place = _varint(page, place)
        if not 0 < length <= _LONGEST_BYTES:
            raise ValueError(f"a row of {length} bytes")
        most = self._usable - 35
        here = length
        if length > most:
            least = (self._usable - 12) * 32 // 255 - 23
            here = least + (length - least) % (self._usable - 4)
            here = here if here <= most else least
        record = bytearray(page[place : place + here])
        if length > here:
            (following,) = struct.unpack_from(">I", page, place + here)
            while len(record) < length:
                more = self._page(following)
                (following,) = struct.unpack_from(">I", more)
                record += more[4 : min(self._usable, 4 + length - len(record))]
        if len(record) != length:
            raise ValueError("a row that ends too early")
        return number if number < 2**63 else number - 2**64, _columns(bytes(record))

    def _page(self, number: int) -> bytes:
        if not 1 <= number <= self._count:
            raise ValueError(f"no page {number}")
        place = self._logged.get(number)
        if place is not None:
            return self._at(self._log, place, self._bytes)
        return self._at(self._file, (number - 1) * self._bytes, self._bytes)

    def _is_free(self, number: int) -> bool:
        """Whether the file's own map calls the page unused: what lies on it was deleted."""
        if not self._has_map or number <= 2:
            return number == 2 and self._has_map
        every = self._usable // 5 + 1
        where = (number - 2) // every * every + 2
        if where == number:
            return True  # the map itself
        try:
            return self._page(where)[(number - where - 1) * 5] == _FREE
        except _BROKEN:
            return False

    def _read_log(self) -> None:
        """Where the newest committed state of each page lies in the log."""
        head = self._at(self._log, 0, 32)
        if len(head) < 32 or struct.unpack_from(">I", head)[0] & ~1 != 0x377F0682:
            return
        fresh: dict[int, int] = {}
        for place in range(32, os.fstat(self._log).st_size - self._bytes - 23, 24 + self._bytes):
            frame = self._at(self._log, place, 24)
            number, size, *salts = struct.unpack_from(">IIII", frame)
            if struct.pack(">II", *salts) != head[16:24]:
                break
            fresh[number] = place + 24
            if size:  # the end of a transaction
                self._logged |= fresh
                fresh.clear()

    @staticmethod
    def _at(file: int, place: int, count: int) -> bytes:
        return os.pread(file, count, place)


def _page_bytes(head: bytes) -> int:
    (size,) = struct.unpack_from(">H", head, 16)
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else _PAGE_BYTES


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = content[place + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + index + 1
    return value << 8 | content[place + 8], place + 9


def _columns(record: bytes) -> tuple[Value, ...]:
    head, place = _varint(record, 0)
    kinds = []
    while place < head:
        kind, place = _varint(record, place)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, size = _value(record, place, kind)
        values.append(value)
        place += size
    if place != len(record):
        raise ValueError("a row whose columns do not fill it")
    return tuple(values)


def _value(record: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, 0
    if kind in _INT_BYTES:
        size = _INT_BYTES[kind]
        return int.from_bytes(record[place : place + size], "big", signed=True), size
    if kind == 7:
        return struct.unpack_from(">d", record, place)[0], 8
    if kind in (8, 9):
        return kind - 8, 0
    if kind < 12:
        raise ValueError(f"a column of kind {kind}")
    size = (kind - 12) // 2
    content = record[place : place + size]
    return (content.decode() if kind % 2 else content), size
