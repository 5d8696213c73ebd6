"""Passages and declarations of the last days in memory, and who can have to do with whom.

What has the same key lies in one bucket. Nearly all of it is plain and needs nobody else (`seal`); only what is left
looks further, by texts that plates a character apart share, and by trailers and containers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from central.reconcile.decided import as_decided
from central.reconcile.findings import trailer_plate, vehicle_plate
from central.reconcile.fit import is_lead
from central.reconcile.gaps import Gap, gaps_of, may_be_misread, may_fill
from central.reconcile.names import bodies, name_of, one_slip_off, shortened
from central.reconcile.seal import seal
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord
from contract.plate import normalise

K = TypeVar("K", bound=Hashable)
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Group:
    """Passages and declarations that must be judged together, and with nobody else.

    Attributes:
        sealed: the plain pairs, as `seal` has them.
        misread: passages of others, whose plate nobody declared, that may fill a gap here.
        elsewhere: plain pairs of others whose trip may be declared here again, with a slip in the plate.

    """

    passages: tuple[PassageRecord, ...]
    declarations: tuple[DeclarationRecord, ...]
    sealed: Mapping[UUID, DeclarationRecord]
    misread: tuple[PassageRecord, ...] = ()
    elsewhere: tuple[tuple[PassageRecord, DeclarationRecord], ...] = ()


@dataclass(slots=True)
class _Bucket:
    """Everything of one key, and what of it is not sealed: only that has to do with other buckets."""

    passages: dict[UUID, PassageRecord] = field(default_factory=dict)
    declarations: dict[str, DeclarationRecord] = field(default_factory=dict)
    sealed: dict[UUID, DeclarationRecord] = field(default_factory=dict)
    open_passages: dict[UUID, frozenset[str]] = field(default_factory=dict)
    """With the terms that others are looked up by."""
    open_declarations: dict[str, frozenset[str]] = field(default_factory=dict)

    gaps: tuple[Gap, ...] = ()
    """Where a passage of its vehicle is missing: it may be one that was misread, in another bucket."""

    @property
    def is_open(self) -> bool:
        """Whether anything of it may have to do with other buckets."""
        return bool(self.open_passages or self.open_declarations)


@dataclass
class Board:
    """What reconciliation works on."""

    settings: ReconcileSettings
    passages: dict[UUID, PassageRecord] = field(default_factory=dict)
    declarations: dict[str, DeclarationRecord] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=lambda: defaultdict(_Bucket))
    _changed: set[str] = field(default_factory=set)
    """Keys of buckets whose seals are to be found anew."""
    _passages_by_term: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _declarations_by_term: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _gaps_by_term: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _given: dict[str, UUID] = field(default_factory=dict)
    """Declarations that people gave to a passage, whether they are here or not."""

    def put_passage(self, passage: PassageRecord) -> None:
        """Add a passage, or replace what was known of it."""
        self.drop_passage(passage.passage_id)
        passage = self.passages[passage.passage_id] = as_decided(passage)
        self._note_given(passage, passage.passage_id)
        key = _key_of(passage)
        self._buckets[key].passages[passage.passage_id] = passage
        self._changed.add(key)

    def is_news(self, passage: PassageRecord) -> bool:
        """Whether a passage is another than it is here; a picture that arrived changes nothing."""
        known = self.passages.get(passage.passage_id)
        return known is None or known.revision != passage.revision or known.decided != passage.decided

    def put_declaration(self, declaration: DeclarationRecord) -> None:
        """Add a declaration, or replace what was known of it."""
        self.drop_declaration(declaration.declaration_id)
        self.declarations[declaration.declaration_id] = declaration
        key = name_of(declaration.plate).key
        self._buckets[key].declarations[declaration.declaration_id] = declaration
        self._changed.add(key)

    def drop_passage(self, passage_id: UUID) -> None:
        """Forget a passage."""
        known = self.passages.pop(passage_id, None)
        if known is not None:
            self._note_given(known, None)
            key = _key_of(known)
            del self._buckets[key].passages[passage_id]
            self._changed.add(key)

    def _note_given(self, passage: PassageRecord, to: UUID | None) -> None:
        """A person gave it a declaration, or took it back: what is plain beside that is to be found anew."""
        key = passage.decided.declaration_id if passage.decided is not None and passage.cancelled is None else None
        if key is None:
            return
        if to is not None:
            self._given[key] = to
        elif self._given.get(key) == passage.passage_id:
            del self._given[key]
        if key in self.declarations:
            self._changed.add(name_of(self.declarations[key].plate).key)

    def drop_declaration(self, declaration_id: str) -> None:
        """Forget a declaration."""
        known = self.declarations.pop(declaration_id, None)
        if known is not None:
            key = name_of(known.plate).key
            del self._buckets[key].declarations[declaration_id]
            self._changed.add(key)

    def all_groups(self, part: int = 0, parts: int = 1) -> Iterator[Group]:
        """All groups, each once; of several `parts` that are asked for apart, each is in one."""
        self.settle()
        mine = set(list(self._buckets)[part::parts]) if parts > 1 else self._buckets.keys()
        yield from self._groups(mine, lambda together: min(together) in mine)

    def groups(self, passage_ids: Iterable[UUID], declaration_ids: Iterable[str]) -> Iterator[Group]:
        """The groups that these belong to, each once."""
        passages = [self.passages[key] for key in passage_ids if key in self.passages]
        declarations = [self.declarations[key] for key in declaration_ids if key in self.declarations]
        yield from self.groups_around(passages, declarations)

    def groups_around(
        self, passages: Iterable[PassageRecord], declarations: Iterable[DeclarationRecord]
    ) -> Iterator[Group]:
        """The groups that these, which need not be here, would lie in; each once."""
        self.settle()
        keys = {_key_of(one) for one in passages} | {name_of(one.plate).key for one in declarations}
        near = {other for key in keys for other in self._declared_near(key)}
        keys |= {other for key in keys & self._buckets.keys() for other in self._gaps_near(self._buckets[key])} | near
        yield from self._groups(sorted(keys & self._buckets.keys()))

    def _groups(self, keys: Iterable[str], wanted: Callable[[set[str]], bool] = lambda _: True) -> Iterator[Group]:
        seen: set[str] = set()
        for key in keys:
            if key in seen:
                continue
            together = self._around(key)
            if len(together) == 1:
                bucket = self._buckets[key]
                misread = tuple(self._misread_of(key)) if bucket.gaps else ()
                yield Group(
                    tuple(bucket.passages.values()),
                    tuple(bucket.declarations.values()),
                    bucket.sealed,
                    misread,
                    self._elsewhere(together),
                )
                continue
            seen |= together
            if wanted(together):
                buckets = [self._buckets[one] for one in sorted(together)]
                yield Group(
                    tuple(passage for bucket in buckets for passage in bucket.passages.values()),
                    tuple(declaration for bucket in buckets for declaration in bucket.declarations.values()),
                    {key: declaration for bucket in buckets for key, declaration in bucket.sealed.items()},
                    tuple({one.passage_id: one for key in together for one in self._misread_of(key)}.values()),
                    self._elsewhere(together),
                )

    def _around(self, start: str) -> set[str]:
        """Keys of all buckets that what is open in this one leads to, and so on."""
        reached = {start}
        if not self._buckets[start].is_open:
            return reached
        todo = [start]
        while todo:
            last = todo.pop()
            for key in self._led_to(self._buckets[last]) - reached:
                reached.add(key)
                todo.append(key)
        return reached

    def _led_to(self, bucket: _Bucket) -> set[str]:
        keys: set[str] = set()
        for passage_id, terms in bucket.open_passages.items():
            passage = self.passages[passage_id]
            if passage.decided is not None and passage.decided.declaration_id in self.declarations:
                keys.add(name_of(self.declarations[passage.decided.declaration_id].plate).key)
            for other in {one for term in terms for one in self._declarations_by_term.get(term, ())}:
                declaration = self.declarations[other]
                if is_lead(passage, declaration, self.settings):
                    keys.add(name_of(declaration.plate).key)
        for declaration_id, terms in bucket.open_declarations.items():
            declaration = self.declarations[declaration_id]
            if (holder := self.passages.get(self._given.get(declaration_id, NOBODY))) is not None:
                keys.add(_key_of(holder))
            for that in {one for term in terms for one in self._passages_by_term.get(term, ())}:
                passage = self.passages[that]
                if is_lead(passage, declaration, self.settings):
                    keys.add(_key_of(passage))
        return keys

    def _misread_of(self, key: str) -> Iterator[PassageRecord]:
        """Passages whose own plate nobody declared that may fill a gap of this key."""
        gaps = self._buckets[key].gaps
        for passage_id in {one for term in shortened(key) if gaps for one in self._passages_by_term.get(term, ())}:
            passage = self.passages[passage_id]
            undeclared = not self._buckets[_key_of(passage)].declarations
            if undeclared and may_fill(gaps, passage) and may_be_misread(vehicle_plate(passage), key):
                yield passage

    def _elsewhere(self, together: set[str]) -> tuple[tuple[PassageRecord, DeclarationRecord], ...]:
        """Plain pairs of others whose plate is one slip off a declaration that is open here."""
        waiting = [self.declarations[one] for key in together for one in self._buckets[key].open_declarations]
        typed = {name_of(one.plate) for one in waiting if one.trailer_plate or one.container_no}
        if not typed:
            return ()
        places = {(one.gate, one.direction) for one in waiting}
        keys = {near for name in typed for body in bodies(name) for near in (body, *one_slip_off(body))}
        return tuple(
            (self.passages[passage_id], declaration)
            for key in sorted(keys & self._buckets.keys())
            if key not in together
            for passage_id, declaration in self._buckets[key].sealed.items()
            if (declaration.gate, declaration.direction) in places
        )

    def _declared_near(self, key: str) -> set[str]:
        """Keys with an open declaration one slip off this key."""
        found = {one for term in shortened(key) for one in self._declarations_by_term.get(term, ())}
        return {name_of(self.declarations[one].plate).key for one in found}

    def _gaps_near(self, bucket: _Bucket) -> set[str]:
        """Keys with a gap that a passage of this bucket may fill."""
        terms = {term for terms in bucket.open_passages.values() for term in terms}
        return {key for term in terms for key in self._gaps_by_term.get(term, ())}

    def settle(self) -> None:
        """Find anew what is sealed, and index what is not."""
        for key in self._changed:  # all out before any in: what went to another bucket keeps its terms
            if key in self._buckets:
                _forget(self._passages_by_term, self._buckets[key].open_passages)
                _forget(self._declarations_by_term, self._buckets[key].open_declarations)
                self._buckets[key].open_passages, self._buckets[key].open_declarations = {}, {}
        for key in self._changed:
            bucket = self._buckets[key]
            declared: Iterable[DeclarationRecord] = bucket.declarations.values()
            if self._given:
                declared = [one for one in declared if one.declaration_id not in self._given]
            sealed = bucket.sealed = seal(bucket.passages.values(), declared, self.settings)
            had, bucket.gaps = bucket.gaps, gaps_of(bucket.passages.values(), self.settings)
            terms = frozenset(shortened(key)) if had or bucket.gaps else frozenset()
            if had:
                _forget(self._gaps_by_term, {key: terms})
            if bucket.gaps:
                _index(self._gaps_by_term, {key: terms})
            if not bucket.is_open and len(sealed) == len(bucket.passages) == len(bucket.declarations):
                if not sealed:
                    del self._buckets[key]
                continue
            gone = {declaration.declaration_id for declaration in sealed.values()}
            passages = {
                one.passage_id: _passage_terms(one)
                for one in bucket.passages.values()
                if one.passage_id not in sealed and one.cancelled is None
            }
            declarations = {
                one.declaration_id: _declaration_terms(one)
                for one in bucket.declarations.values()
                if one.declaration_id not in gone
            }
            _index(self._passages_by_term, passages)
            _index(self._declarations_by_term, declarations)
            bucket.open_passages, bucket.open_declarations = passages, declarations
            if not bucket.passages and not bucket.declarations:
                del self._buckets[key]
        self._changed.clear()


def _forget(index: dict[str, set[K]], known: Mapping[K, frozenset[str]]) -> None:
    for key, terms in known.items():
        for term in terms:
            index[term].discard(key)
            if not index[term]:
                del index[term]


def _index(index: dict[str, set[K]], new: Mapping[K, frozenset[str]]) -> None:
    for key, terms in new.items():
        for term in terms:
            index[term].add(key)


def _key_of(passage: PassageRecord) -> str:
    read = vehicle_plate(passage)
    return name_of(read.text).key if read is not None else f"unread {passage.passage_id}"


def _passage_terms(passage: PassageRecord) -> frozenset[str]:
    terms: set[str] = set()
    read = vehicle_plate(passage)
    if read is not None:
        terms |= shortened(name_of(read.text).key)
        for candidate in read.candidates[1:]:
            terms |= shortened(name_of(candidate.text).key)
    trailer = trailer_plate(passage)
    if trailer is not None:
        terms.add(f"trailer {name_of(trailer.text).key}")
        if read is None:  # a slip in the trailer's plate matters only where there is no other
            texts = (trailer.text, *(one.text for one in trailer.candidates[1:]))
            terms |= {f"trailer {term}" for text in texts for term in shortened(name_of(text).key)}
    if passage.container:
        terms.add(f"container {passage.container}")
    return frozenset(terms)


def _declaration_terms(declaration: DeclarationRecord) -> frozenset[str]:
    name = name_of(declaration.plate)
    terms = {term for body in bodies(name) for term in shortened(body)}
    if declaration.trailer_plate:
        terms |= {f"trailer {term}" for body in bodies(name_of(declaration.trailer_plate)) for term in shortened(body)}
    if declaration.container_no:
        terms.add(f"container {normalise(declaration.container_no)}")
    return frozenset(terms)
