"""The plain case, which is nearly every passage: a sure read, one declaration that names it, its gate, way and time.

Such a pair is sealed: both are out of the competition. What is sealed depends only on passages and declarations of the
same key, so a board can keep it and look further only from what is left.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from central.reconcile.names import is_named
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.records import PassageRecord
from contract.messages import Direction

SEALED_PROBABILITY = 0.9995
"""That a sealed pair belongs together: as found on made-up traffic whose truth is known."""

_Place = tuple[str, Direction]


def seal(
    passages: Iterable[PassageRecord], declarations: Iterable[DeclarationRecord], settings: ReconcileSettings
) -> dict[UUID, DeclarationRecord]:
    """The plain pairs among passages and declarations of one key: each is the only one that fits the other."""
    waiting: dict[_Place, list[DeclarationRecord]] = defaultdict(list)
    for declaration in declarations:
        if declaration.state is not DeclarationState.CANCELLED:
            waiting[declaration.gate, declaration.direction].append(declaration)
    came: dict[_Place, list[tuple[datetime, PassageRecord]]] = defaultdict(list)
    for passage in passages:
        is_open = passage.cancelled is None and (passage.decided is None or not passage.decided.settles_link)
        if is_open and (passage.site, passage.direction) in waiting:
            came[passage.site, passage.direction].append((passage.seen_at, passage))
    sealed: dict[UUID, DeclarationRecord] = {}
    for place, seen in came.items():
        sealed |= _at_one_place(seen, waiting[place], settings)
    return sealed


def _at_one_place(
    seen: list[tuple[datetime, PassageRecord]], waiting: list[DeclarationRecord], settings: ReconcileSettings
) -> dict[UUID, DeclarationRecord]:
    seen.sort(key=lambda one: one[0])
    times = [at for at, _ in seen]
    claimed = [0] * len(seen)
    alone: list[tuple[int, DeclarationRecord]] = []
    for declaration in waiting:
        first = bisect_left(times, declaration.expected_from - settings.slack)
        behind = bisect_right(times, declaration.expected_until + settings.slack)
        for number in range(first, behind):
            claimed[number] += 1
        if behind - first == 1:
            alone.append((first, declaration))
    return {
        seen[number][1].passage_id: declaration
        for number, declaration in alone
        if claimed[number] == 1 and _is_plain(seen[number][1], declaration, settings)
    }


def _is_plain(passage: PassageRecord, declaration: DeclarationRecord, settings: ReconcileSettings) -> bool:
    read = passage.plate
    if read is None or read.confidence < settings.sure_confidence:
        return False
    return is_named(read.text, declaration.plate)
