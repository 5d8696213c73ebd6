"""Trips that were declared twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable

from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind, ReasonCode
from contract.plate import typed_key


def declared_twice(declarations: Iterable[DeclarationRecord], held: Collection[str]) -> list[DeclarationRecord]:
    """Declarations of a trip that another one has, of which a passage of the span is (`held`).

    Reconciliation says so of what nobody came for. It says nothing of what the platform confirmed, or of what a vehicle
    without a declaration may be: there a declaration counts as the second one if it says word for word the same.
    """
    alike: dict[Hashable, list[DeclarationRecord]] = defaultdict(list)
    found: dict[str, DeclarationRecord] = {}
    for one in declarations:
        if one.state is not DeclarationState.CANCELLED:
            alike[_words(one)].append(one)
            if _twin(one) in held:
                found[one.declaration_id] = one
    for them in alike.values():
        if len(them) > 1 and any(one.declaration_id in held for one in them):
            found.update((one.declaration_id, one) for one in them)
    return [one for key, one in found.items() if key not in held]


def _twin(declaration: DeclarationRecord) -> str | None:
    """The declaration that has its trip, as reconciliation says."""
    outcome = declaration.outcome
    if outcome is None or outcome.outcome is not OutcomeKind.DUPLICATE:
        return None
    told = (one.values["declaration_id"] for one in outcome.reasons if one.code is ReasonCode.DECLARED_TWICE)
    return next(map(str, told), None)


def _words(one: DeclarationRecord) -> Hashable:
    """What a declaration says of a trip."""
    trailer = typed_key(one.trailer_plate) if one.trailer_plate else ""
    window = one.expected_from, one.expected_until
    return one.gate, one.direction, typed_key(one.plate), trailer, one.container_no, one.goods, *window
