"""What engines answered about plates whose text is known, counted by group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.tables import Cell, Column, Table
from edge.lpr.types import Box, Detection, Read

READABLE_ROW_PX = 16.0
"""A plate counts as readable when its height over its number of rows reaches this: a long Vietnamese plate 75 px wide,
a Chinese one 50 px."""
HEIGHT = "height px"
_HEIGHTS_PX = (12, 16, 24, 32, 48, 64, 96)
_SAME_PLACE = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine read where a plate with a known text is; `text` is empty where it read none.

    `facts` are what the plate is grouped by: country, kind, light …
    """

    truth: str
    text: str
    confidence: float
    row_px: float
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """The whole plate is right."""
        return self.text == self.truth

    @property
    def readable(self) -> bool:
        """Whether the plate is large enough to be read."""
        return self.row_px >= READABLE_ROW_PX


Answers = dict[str, list[Answer]]
"""The answers of each engine to the same pictures, in the same order."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Plates, and how many of them were read exactly, wrongly and not at all."""

    n: int
    exact: int
    wrong: int

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Tally:
        """Count."""
        known = list(answers)
        exact = sum(answer.exact for answer in known)
        return cls(len(known), exact, sum(bool(answer.text) for answer in known) - exact)

    @property
    def abstained(self) -> int:
        """Plates that were not read."""
        return self.n - self.exact - self.wrong


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); everything is possible where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def at_place(plates: Sequence[tuple[Detection, Read]], place: Box) -> Read | None:
    """The surest read of the plate that is at this place."""
    there = [read for detection, read in plates if detection.box.overlap(place) >= _SAME_PLACE]
    return max(there, key=lambda read: read.confidence, default=None)


def height_group(height_px: float) -> str:
    """The range that a plate's height in pixels falls into."""
    above = [edge for edge in _HEIGHTS_PX if edge <= height_px]
    below = [edge for edge in _HEIGHTS_PX if edge > height_px]
    if not above:
        return f"under {below[0]}"
    return f"{above[-1]} to {below[0]}" if below else f"{above[-1]} and more"


def accuracy_table(name: str, title: str, answers: Answers, note: str = "") -> Table:
    """Exact, wrong and abstained of each engine in all and by each fact. Only heights count unreadable plates too."""
    rows: list[tuple[Cell, ...]] = []
    for by, group in [("all", "all"), ("all", "readable"), *_groups(answers)]:
        for engine, given in answers.items():
            members = [answer for answer in given if _belongs(answer, by, group)]
            if members:
                rows.append((by, group, engine, *shares(Tally.of(members))))
    return Table(name, title, _COLUMNS, tuple(rows), note)


SHARE_COLUMNS = (
    Column("n", "count"),
    Column("exact", "share"),
    Column("low", "share"),
    Column("high", "share"),
    Column("wrong", "share"),
    Column("abstained", "share"),
)
_COLUMNS = (Column("by"), Column("group"), Column("engine"), *SHARE_COLUMNS)


def shares(tally: Tally) -> tuple[Cell, ...]:
    """The cells under `SHARE_COLUMNS`."""
    low, high = wilson(tally.exact, tally.n)
    return tally.n, tally.exact / tally.n, low, high, tally.wrong / tally.n, tally.abstained / tally.n


def _groups(answers: Answers) -> list[tuple[str, str]]:
    first = next(iter(answers.values()), [])
    facts = dict.fromkeys(by for answer in first for by in answer.facts)
    return [
        (by, group)
        for by in facts
        for group in sorted({answer.facts[by] for answer in first if by in answer.facts}, key=_order)
    ]


def _order(group: str) -> tuple[int, str]:
    """Heights by number, everything else by name."""
    digits = [word for word in group.split() if word.isdigit()]
    return (int(digits[0]) - group.startswith("under"), group) if digits else (0, group)


def _belongs(answer: Answer, by: str, group: str) -> bool:
    if by == "all":
        return group == "all" or answer.readable
    return answer.facts.get(by) == group and (answer.readable or by == HEIGHT)
