"""Trips that were declared twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from datetime import datetime

from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from contract.plate import typed_key


def declared_twice(
    declarations: Iterable[DeclarationRecord], held: Collection[str], since: datetime, until: datetime
) -> list[DeclarationRecord]:
    """Of the declarations whose window begins in a span those that declare a trip that another one has.

    Reconciliation says so of what nobody came for. It says nothing of what the platform confirmed, or of what a vehicle
    without a declaration may be: there a declaration counts as the second one if it says word for word the same as one
    that a passage is held to be of (`held`).
    """
    alike: dict[Hashable, list[DeclarationRecord]] = defaultdict(list)
    found: dict[str, DeclarationRecord] = {}
    for one in declarations:
        if since <= one.expected_from < until and one.state is not DeclarationState.CANCELLED:
            alike[_words(one)].append(one)
            if one.outcome is not None and one.outcome.outcome is OutcomeKind.DUPLICATE:
                found[one.declaration_id] = one
    for them in alike.values():
        if len(them) > 1 and any(one.declaration_id in held for one in them):
            found.update((one.declaration_id, one) for one in them if one.declaration_id not in held)
    return [one for key, one in found.items() if key not in held]


def _words(one: DeclarationRecord) -> Hashable:
    """What a declaration says of a trip."""
    trailer = typed_key(one.trailer_plate) if one.trailer_plate else ""
    window = one.expected_from, one.expected_until
    return one.gate, one.direction, typed_key(one.plate), trailer, one.container_no, one.goods, *window
