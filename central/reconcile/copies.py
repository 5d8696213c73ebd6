"""Declarations that say word for word what another one says: the trip is one, so only one vehicle comes. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from central.reconcile.names import may_be_same, name_of
from central.store.declaration_records import DeclarationRecord, DeclarationState
from contract.container_code import fits
from contract.messages import Direction
from contract.plate import normalise


def copies(declarations: Iterable[DeclarationRecord]) -> frozenset[str]:
    """Ids of all but one of those that declare the same vehicle, load, gate, direction and window.

    The one that is no copy is what the platform confirmed, else what was declared first.
    """
    alike: dict[tuple[str, Direction, object, object], list[DeclarationRecord]] = defaultdict(list)
    for one in declarations:
        if one.state is not DeclarationState.CANCELLED:
            alike[one.gate, one.direction, one.expected_from, one.expected_until].append(one)
    found: set[str] = set()
    for of_window in alike.values():
        if len(of_window) > 1:
            seen: set[Hashable] = set()
            for one in sorted(of_window, key=_first):
                words = _words(one)
                if words in seen:
                    found.add(one.declaration_id)
                seen.add(words)
    return frozenset(found)


def other_container(one: str | None, other: str | None) -> bool:
    """Whether two codes are of two containers for certain: both are whole, with the check digits that belong to them.

    No slip of a reader or typist makes one such code of another, but for one in eleven of the gravest.
    """
    plain, that = normalise(one or ""), normalise(other or "")
    return plain != that and fits(plain) and fits(that)


def pull_the_same(one: DeclarationRecord, other: DeclarationRecord) -> bool:
    """Whether two declarations have one trailer or, where not both name one, one container."""
    if one.trailer_plate and other.trailer_plate:
        return may_be_same(name_of(one.trailer_plate), name_of(other.trailer_plate))
    return bool(one.container_no) and normalise(one.container_no or "") == normalise(other.container_no or "")


def _first(one: DeclarationRecord) -> tuple[bool, object, str]:
    return one.state is not DeclarationState.CONFIRMED, one.declared_at, one.declaration_id


def _words(one: DeclarationRecord) -> Hashable:
    trailer = _plate(one.trailer_plate) if one.trailer_plate else None
    return _plate(one.plate), trailer, normalise(one.container_no or "")


def _plate(typed: str) -> Hashable:
    """The same for a plate however it is typed; where its province is not plain, letter for letter."""
    name = name_of(typed)
    return name.key, name.text if name.provinces is None else name.provinces
