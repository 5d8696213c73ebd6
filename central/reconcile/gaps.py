"""Where a passage of a vehicle seems to be missing, and which misread passages of others may be it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz.distance import OSA

from central.reconcile.names import name_of
from central.reconcile.settings import ReconcileSettings
from central.store.records import PassageRecord
from contract.messages import Direction, PlateRead


@dataclass(frozen=True, slots=True)
class Gap:
    """It went one way and was not seen to come back; a passage this way, here, between these times, would fill that."""

    site: str
    direction: Direction
    after: datetime
    before: datetime


def gaps_of(passages: Iterable[PassageRecord], settings: ReconcileSettings) -> tuple[Gap, ...]:
    """The gaps between passages of one plate; behind the last one in it is open for as long as history counts."""
    seen = sorted((one.seen_at, one.direction, one.site) for one in passages if one.cancelled is None)
    longest = timedelta(hours=settings.history_h)
    found = []
    for number, (at, direction, site) in enumerate(seen):
        if number + 1 == len(seen):
            if direction is Direction.IN:
                found.append(Gap(site, Direction.OUT, at, at + longest))
        elif seen[number + 1][1] is direction and seen[number + 1][0] - at <= longest:
            found.append(Gap(site, direction.opposite, at, seen[number + 1][0]))
    return tuple(found)


def may_fill(gaps: Sequence[Gap], passage: PassageRecord) -> bool:
    """Whether a passage went the right way at the right gate and time."""
    at = passage.seen_at
    return any(
        gap.site == passage.site and gap.direction is passage.direction and gap.after < at < gap.before for gap in gaps
    )


def may_be_misread(read: PlateRead | None, key: str) -> bool:
    """Whether the plate of this key may have been read so: one slip, or a runner-up."""
    if read is None:
        return False
    texts = (read.text, *(one.text for one in read.candidates[1:]))
    return any(OSA.distance(name_of(text).key, key, score_cutoff=1) <= 1 for text in texts)


def runners_up(read: PlateRead | None) -> frozenset[str]:
    """Keys of what the camera held for possible beside what it read."""
    if read is None:
        return frozenset()
    return frozenset(name_of(one.text).key for one in read.candidates[1:]) - {name_of(read.text).key}
