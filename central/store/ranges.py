"""Runs of sequence numbers, both ends included, sorted, never touching: `((1, 7), (9, 12))`. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]


def contains(ranges: Ranges, seq: int) -> bool:
    """Whether `seq` lies in one of the runs."""
    return run_of(ranges, seq) is not None


def run_of(ranges: Ranges, seq: int) -> tuple[int, int] | None:
    """The run that `seq` lies in; None when it lies in none."""
    place = bisect.bisect_right(ranges, seq, key=lambda run: run[0]) - 1
    return ranges[place] if place >= 0 and seq <= ranges[place][1] else None


def add(ranges: Ranges, numbers: Iterable[int]) -> Ranges:
    """The runs with `numbers` among them."""
    return union(ranges, ((number, number) for number in numbers))


def union(ranges: Ranges, others: Iterable[tuple[int, int]]) -> Ranges:
    """The runs of both."""
    runs = sorted([*ranges, *others])
    merged: list[tuple[int, int]] = []
    for first, last in runs:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def touched(ranges: Ranges, numbers: Iterable[int]) -> Ranges:
    """The runs that `numbers` lie in."""
    return tuple(sorted({run for number in numbers if (run := run_of(ranges, number)) is not None}))


def holes(ranges: Ranges, *, start: int = 1) -> Ranges:
    """What is missing between `start` and the highest number."""
    gaps = []
    expected = start
    for first, last in ranges:
        if first > expected:
            gaps.append((expected, first - 1))
        expected = last + 1
    return tuple(gaps)
