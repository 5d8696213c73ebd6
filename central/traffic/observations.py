"""What each independent counter told: one observation for each vehicle it counted, with the id behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.lane_counters import CountedLane, HourCounters
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import PassageRecord
from contract.messages import BarrierEvent, Direction


class Source(StrEnum):
    """Who counts."""

    LOOP = "loop"
    """The presence loop below the arm, by its own count."""
    TRACKER = "tracker"
    """Vehicles that a camera told of: passages, but for those that were cancelled or told twice."""
    READS = "reads"
    """Those of them whose plate was read."""
    BARRIER = "barrier"
    """Vehicles that the arm let through: by its own count, or where a node tells none by the events in the passages."""
    DECLARATIONS = "declarations"
    """Vehicles that went through by the platform's word."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One vehicle, as one source counted it.

    Attributes:
        lane: empty where the source names the gate only.
        at: when it went through, UTC.
        id: passage id, declaration id, or whatever names a loop's count.
        doubled: a declaration of which reconciliation says that another one declares the same trip.

    """

    source: Source
    site: str
    lane: str
    direction: Direction
    at: datetime
    id: str
    doubled: bool = False


CountedHour = tuple[str, str, Direction, datetime]
"""Gate, lane, direction and begin of an hour."""


def by_hour(counted: Mapping[CountedLane, HourCounters]) -> dict[CountedHour, dict[Source, int]]:
    """What loop and barrier of each lane counted by themselves, hour by hour."""
    return {
        (where.site, where.lane, where.direction, where.hour_at): {Source.LOOP: one.loop, Source.BARRIER: one.barrier}
        for where, one in counted.items()
    }


_RAISED: Final = frozenset(
    {"opened", "opened_by_hand", "opened_without_command", "open_extended", "emergency_opened", "raised_again"}
)
"""Any of these in a passage: the arm was up for its vehicle. `docs/barrier.md` explains each."""
_TAILGATED: Final = "tailgated"


def counts(passage: PassageRecord) -> bool:
    """Whether a passage is a vehicle that went through: neither cancelled nor told of twice, and no person saw none."""
    outcome = passage.outcome.outcome if passage.outcome is not None else None
    return passage.cancelled is None and outcome not in (OutcomeKind.DUPLICATE, OutcomeKind.CANCELLED)


def saw_nobody(passage: PassageRecord) -> bool:
    """Whether a person looked at the picture of a passage and saw no vehicle."""
    outcome = passage.outcome.outcome if passage.outcome is not None else None
    return passage.cancelled is None and outcome is OutcomeKind.CANCELLED


def of_passages(passages: Iterable[PassageRecord]) -> Iterator[Observation]:
    """What tracker, reads and barrier counted."""
    for passage in filter(counts, passages):
        for source in (Source.TRACKER, *_beside(passage)):
            yield Observation(
                source, passage.site, passage.lane, passage.direction, passage.seen_at, str(passage.passage_id)
            )


def _beside(passage: PassageRecord) -> list[Source]:
    reads = [Source.READS] if passage.plate is not None else []
    return [*reads, *[Source.BARRIER] * _let_through(passage.barrier)]


def _let_through(events: Iterable[BarrierEvent]) -> int:
    """How many vehicles the arm let through: one if it was up, and each that followed under it."""
    told = [one.event for one in events]
    return (not _RAISED.isdisjoint(told)) + told.count(_TAILGATED)


def of_declarations(declarations: Iterable[DeclarationRecord]) -> Iterator[Observation]:
    """What the platform counted: confirmed declarations with the time when their vehicle went through."""
    for declaration in declarations:
        if declaration.state is DeclarationState.CONFIRMED and declaration.confirmed_at is not None:
            yield Observation(
                Source.DECLARATIONS,
                declaration.gate,
                declaration.lane or "",
                declaration.direction,
                declaration.confirmed_at,
                declaration.declaration_id,
                _is_double(declaration.outcome),
            )


def _is_double(outcome: OutcomeRecord | None) -> bool:
    return outcome is not None and outcome.outcome is OutcomeKind.DUPLICATE
