"""Which vehicles went in or out here lately, as far as this node has seen: what anti-passback goes by.

A file of lines, so that it outlives a restart. It is a hint for people and no ground to refuse anybody: the vehicle may
have left by another gate, and the last lines may be missing after a power cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from contract.messages import Direction
from contract.plate import normalise
from edge.durable import write_durably

log = structlog.get_logger(__name__)
REMEMBERED = timedelta(hours=24)
"""Who went through longer ago may have come back by any way."""
_LINES_KEPT = 20_000
"""After so many more lines the file is put in order again: a node runs for years."""


class Whereabouts:
    """Plate to the way it last went. Used from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: dict[str, tuple[Direction, datetime]] = {}
        self._lines_added = 0

    def load(self, now: datetime) -> None:
        """Find what was known before, and put the file in order; lines that cannot be read are left out."""
        try:
            if self._path.is_file():
                for line in self._path.read_text("utf-8", errors="replace").splitlines():
                    self._take(line)
            self._put_in_order(now)
        except OSError as error:
            log.warning("whereabouts not read or not put in order", path=self._path.name, reason=str(error))

    def went(self, plate: str, direction: Direction, at: datetime) -> None:
        """A vehicle has gone through."""
        text = normalise(plate)
        known = self._last.get(text)
        if known is not None and at < known[1] and _is_recent(known[1], at):
            return
        self._last[text] = (direction, at)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(text, direction, at))
            self._lines_added += 1
            if self._lines_added >= _LINES_KEPT:
                self._put_in_order(at)
        except OSError as error:
            log.warning("whereabouts not on disk", reason=str(error))  # memory has it, and it is a hint

    def last_way(self, plate: str, now: datetime) -> Direction | None:
        """Which way it last went; None when that is not known, or long ago."""
        direction, at = self._last.get(normalise(plate), (None, now))
        return direction if _is_recent(at, now) else None

    def _put_in_order(self, now: datetime) -> None:
        """Forget who went through long ago, in memory and in the file."""
        self._lines_added = 0
        self._last = {plate: went for plate, went in self._last.items() if _is_recent(went[1], now)}
        write_durably(self._path, "".join(self._lines()).encode())

    def _take(self, line: str) -> None:
        try:
            plate, direction, at = json.loads(line)
            self._last[str(plate)] = (Direction(direction), datetime.fromisoformat(at).astimezone(UTC))
        except (ValueError, TypeError):
            log.warning("a line of the whereabouts cannot be read", path=self._path.name)

    def _lines(self) -> Iterator[str]:
        for plate, (direction, at) in self._last.items():
            yield _line(plate, direction, at)


def _is_recent(at: datetime, now: datetime) -> bool:
    """Either way: a clock that was ahead for a while must not make a vehicle be remembered for years."""
    return abs(now - at) < REMEMBERED


def _line(plate: str, direction: Direction, at: datetime) -> str:
    return json.dumps([plate, direction, at.isoformat()], ensure_ascii=False) + "\n"
