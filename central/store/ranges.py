"""Runs of sequence numbers, both ends included, sorted, never touching: `((1, 7), (9, 12))`. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]


def contains(ranges: Ranges, seq: int) -> bool:
    """Whether `seq` lies in one of the runs."""
    place = bisect.bisect_right(ranges, seq, key=lambda run: run[0]) - 1
    return place >= 0 and seq <= ranges[place][1]


def add(ranges: Ranges, numbers: Iterable[int]) -> Ranges:
    """The runs with `numbers` among them."""
    runs = sorted([*ranges, *((number, number) for number in numbers)])
    merged: list[tuple[int, int]] = []
    for first, last in runs:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def holes(ranges: Ranges) -> Ranges:
    """What is missing between 1 and the highest number."""
    gaps = []
    expected = 1
    for first, last in ranges:
        if first > expected:
            gaps.append((expected, first - 1))
        expected = last + 1
    return tuple(gaps)
