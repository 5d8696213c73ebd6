"""Whether confidence means what it says, and what is wrong among the plates that are accepted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.answers import Answer, Answers, wilson
from bench.tables import Column, Table

_BINS = 10
ACCEPTED_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Bin:
    """Reads whose confidence lies between two tenths."""

    low: float
    high: float
    n: int
    confidence: float
    exact: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The surest reads of a set of plates: those at `threshold` and above."""

    threshold: float
    n: int
    wrong: int


def bins(answers: Sequence[Answer]) -> list[Bin]:
    """Reads by confidence in ten equal steps, empty ones left out; plates that were not read do not count."""
    found = []
    for number in range(_BINS):
        members = [
            answer for answer in answers if answer.text and min(_BINS - 1, int(answer.confidence * _BINS)) == number
        ]
        if members:
            n = len(members)
            mean = sum(answer.confidence for answer in members) / n
            exact = sum(answer.exact for answer in members) / n
            found.append(Bin(number / _BINS, (number + 1) / _BINS, n, mean, exact))
    return found


def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error: mean distance of confidence and exact share over the ten steps (Naeini 2015)."""
    found = bins(answers)
    total = sum(part.n for part in found)
    return sum(part.n * abs(part.confidence - part.exact) for part in found) / total if total else 0.0


def accept(answers: Sequence[Answer], share: float = ACCEPTED_SHARE) -> Accepted | None:
    """The reads that are accepted when so many of the plates are to be; None when fewer were read at all."""
    wanted = math.ceil(round(share * len(answers), 6))
    reads = sorted((answer for answer in answers if answer.text), key=lambda answer: -answer.confidence)
    if not 0 < wanted <= len(reads):
        return None
    threshold = reads[wanted - 1].confidence
    taken = [answer for answer in reads if answer.confidence >= threshold]
    return Accepted(threshold, len(taken), sum(not answer.exact for answer in taken))


def calibration_tables(name: str, title: str, answers: Answers) -> list[Table]:
    """Reliability by confidence, and for each engine its calibration error and the risk at 90 % accepted."""
    readable = {engine: [answer for answer in given if answer.readable] for engine, given in answers.items()}
    reliability = tuple(
        (f"{part.low:.1f} to {part.high:.1f}", engine, part.n, part.confidence, part.exact)
        for engine, given in readable.items()
        for part in bins(given)
    )
    return [
        Table(
            f"{name}_reliability",
            f"{title}: confidence against truth",
            (
                Column("confidence"),
                Column("engine"),
                Column("n", "count"),
                Column("mean", "share"),
                Column("exact", "share"),
            ),
            reliability,
            "Reads of readable plates.",
        ),
        Table(
            f"{name}_risk",
            f"{title}: calibration and risk",
            (
                Column("engine"),
                Column("readable", "count"),
                Column("read", "count"),
                Column("ECE", "share"),
                Column("threshold", "number"),
                Column("accepted", "count"),
                Column("wrong", "share"),
                Column("low", "share"),
                Column("high", "share"),
            ),
            tuple(_risk_row(engine, given) for engine, given in readable.items()),
            f"ECE: expected calibration error. Threshold: the confidence that accepts {ACCEPTED_SHARE:.0%} of the "
            "readable plates, and what is wrong among the accepted; – where fewer were read at all.",
        ),
    ]


def _risk_row(engine: str, readable: list[Answer]) -> tuple[str | int | float | None, ...]:
    read = sum(bool(answer.text) for answer in readable)
    head = (engine, len(readable), read, calibration_error(readable))
    taken = accept(readable)
    if taken is None:
        return (*head, None, None, None, None, None)
    return (*head, taken.threshold, taken.n, taken.wrong / taken.n, *wilson(taken.wrong, taken.n))
