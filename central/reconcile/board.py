"""Passages and declarations of the last days in memory, and who can have to do with whom.

Two plates one character apart share a text with at most one character left out, so an index of such texts finds
every possible pair without comparing all with all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from central.reconcile.fit import link, trailer_plate, vehicle_plate
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord
from contract.plate import normalise, typed_forms, typed_key

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Group:
    """Passages and declarations that must be judged together, and with nobody else."""

    passages: tuple[PassageRecord, ...]
    declarations: tuple[DeclarationRecord, ...]


@dataclass
class Board:
    """What reconciliation works on."""

    settings: ReconcileSettings
    passages: dict[UUID, PassageRecord] = field(default_factory=dict)
    declarations: dict[str, DeclarationRecord] = field(default_factory=dict)
    _by_passage: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _by_declaration: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def put_passage(self, passage: PassageRecord) -> None:
        """Add a passage, or replace what was known of it."""
        self.drop_passage(passage.passage_id)
        self.passages[passage.passage_id] = passage
        for term in _passage_terms(passage):
            self._by_passage[term].add(passage.passage_id)

    def is_news(self, passage: PassageRecord) -> bool:
        """Whether a passage is another than it is here; a picture that arrived changes nothing."""
        known = self.passages.get(passage.passage_id)
        return known is None or known.revision != passage.revision

    def put_declaration(self, declaration: DeclarationRecord) -> None:
        """Add a declaration, or replace what was known of it."""
        self.drop_declaration(declaration.declaration_id)
        self.declarations[declaration.declaration_id] = declaration
        for term in _declaration_terms(declaration):
            self._by_declaration[term].add(declaration.declaration_id)

    def drop_passage(self, passage_id: UUID) -> None:
        """Forget a passage."""
        known = self.passages.pop(passage_id, None)
        if known is not None:
            _remove(self._by_passage, _passage_terms(known), passage_id)

    def drop_declaration(self, declaration_id: str) -> None:
        """Forget a declaration."""
        known = self.declarations.pop(declaration_id, None)
        if known is not None:
            _remove(self._by_declaration, _declaration_terms(known), declaration_id)

    def groups(self, passage_ids: Iterable[UUID], declaration_ids: Iterable[str]) -> Iterator[Group]:
        """The groups that these belong to, each once."""
        seen_passages: set[UUID] = set()
        seen_declarations: set[str] = set()
        starts: list[UUID | str] = [*passage_ids, *declaration_ids]
        for start in starts:
            if start in seen_passages or start in seen_declarations:
                continue
            group = self._group_around(start)
            seen_passages |= {passage.passage_id for passage in group.passages}
            seen_declarations |= {declaration.declaration_id for declaration in group.declarations}
            if group.passages or group.declarations:
                yield group

    def _group_around(self, start: UUID | str) -> Group:
        passages: dict[UUID, PassageRecord] = {}
        declarations: dict[str, DeclarationRecord] = {}
        todo: list[UUID | str] = [start]
        while todo:
            key = todo.pop()
            if isinstance(key, UUID):
                if key in self.passages and key not in passages:
                    passages[key] = self.passages[key]
                    todo += self._declarations_for(passages[key])
            elif key in self.declarations and key not in declarations:
                declarations[key] = self.declarations[key]
                todo += self._passages_for(declarations[key])
        return Group(tuple(passages.values()), tuple(declarations.values()))

    def _declarations_for(self, passage: PassageRecord) -> list[str]:
        found = {key for term in _passage_terms(passage) for key in self._by_declaration.get(term, ())}
        return sorted(key for key in found if link(passage, self.declarations[key], self.settings))

    def _passages_for(self, declaration: DeclarationRecord) -> list[UUID]:
        found = {key for term in _declaration_terms(declaration) for key in self._by_passage.get(term, ())}
        return sorted(key for key in found if link(self.passages[key], declaration, self.settings))


def _remove(index: dict[str, set[K]], terms: Iterable[str], key: K) -> None:
    for term in terms:
        index[term].discard(key)
        if not index[term]:
            del index[term]


def _shortened(key: str) -> set[str]:
    return {key, *(key[:place] + key[place + 1 :] for place in range(len(key)))}


def _passage_terms(passage: PassageRecord) -> set[str]:
    terms: set[str] = set()
    read = vehicle_plate(passage)
    if read is not None:
        terms |= _shortened(typed_key(read.text)) | typed_forms(read.text)
        for candidate in read.candidates:
            terms |= typed_forms(candidate.text)
    trailer = trailer_plate(passage)
    if trailer is not None:
        terms |= {f"trailer {form}" for form in typed_forms(trailer.text)}
    return terms


def _declaration_terms(declaration: DeclarationRecord) -> set[str]:
    terms = _shortened(typed_key(declaration.plate)) | {normalise(declaration.plate)}
    if declaration.trailer_plate:
        terms.add(f"trailer {normalise(declaration.trailer_plate)}")
    return terms
