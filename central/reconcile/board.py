"""Passages and declarations of the last days in memory, and who can have to do with whom.

What has the same key lies in one bucket. Nearly all of it is plain and needs nobody else (`seal`); only what is left
looks further, by texts that plates a character apart share, and by trailers and containers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from rapidfuzz.distance import OSA

from central.reconcile.bucket import Bucket, Pair
from central.reconcile.decided import as_decided
from central.reconcile.findings import vehicle_plate
from central.reconcile.fit import is_far_lead, is_lead, leads_of
from central.reconcile.gaps import may_be_misread, may_fill, runners_up
from central.reconcile.halves import Half
from central.reconcile.names import bodies, name_of, shortened
from central.reconcile.settings import ReconcileSettings
from central.reconcile.terms import (
    Entry,
    Parts,
    Terms,
    entry_of_declaration,
    key_of,
    parts_of_passage,
    reached,
    slips_of,
)
from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord

K = TypeVar("K")
NOBODY: Final = UUID(int=0)
_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Group:
    """Passages and declarations that must be judged together, and with nobody else.

    Attributes:
        sealed: the plain pairs, as `seal` has them.
        leads: by passage that is not sealed, the declarations that are not and that it may belong to (`is_lead`).
        misread: passages of others, whose plate nobody declared, that may fill a gap here or be a double.
        elsewhere: plain pairs of others whose trip may be declared here again, with a slip in the plate.

    """

    passages: tuple[PassageRecord, ...]
    declarations: tuple[DeclarationRecord, ...]
    sealed: Mapping[UUID, DeclarationRecord]
    leads: Mapping[UUID, Sequence[DeclarationRecord]]
    misread: tuple[PassageRecord, ...] = ()
    elsewhere: tuple[Pair, ...] = ()


@dataclass
class Board:
    """What reconciliation works on."""

    settings: ReconcileSettings
    passages: dict[UUID, PassageRecord] = field(default_factory=dict)
    declarations: dict[str, DeclarationRecord] = field(default_factory=dict)
    _buckets: dict[str, Bucket] = field(default_factory=lambda: defaultdict(Bucket))
    _changed: set[str] = field(default_factory=set)
    """Keys of buckets whose seals are to be found anew."""
    _passages_by_term: Terms[UUID] = field(default_factory=Terms)
    _declarations_by_term: Terms[str] = field(default_factory=Terms)
    _parts: Parts | None = None
    """Of open passages, once somebody asks: who has everything at once never does."""
    _keys_by_term: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _runners_up: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """By key the open passages whose camera held it for possible beside what it read."""
    _given: dict[str, UUID] = field(default_factory=dict)
    """Declarations that people gave to a passage, whether they are here or not."""
    _leads: dict[UUID, tuple[DeclarationRecord, ...]] = field(default_factory=dict)
    """Of open passages, as far as somebody asked."""

    def put_passage(self, passage: PassageRecord) -> None:
        """Add a passage, or replace what was known of it."""
        passage_id = passage.passage_id
        if passage_id in self.passages:
            self.drop_passage(passage_id)
        if passage.decided is not None:
            passage = as_decided(passage)
            self._note_given(passage, passage_id)
        key = key_of(passage)
        self.passages[passage_id] = self._buckets[key].passages[passage_id] = passage
        self._changed.add(key)

    def is_news(self, passage: PassageRecord) -> bool:
        """Whether a passage is another than it is here; a picture that arrived changes nothing."""
        known = self.passages.get(passage.passage_id)
        return known is None or known.revision != passage.revision or known.decided != passage.decided

    def put_declaration(self, declaration: DeclarationRecord) -> None:
        """Add a declaration, or replace what was known of it."""
        if declaration.declaration_id in self.declarations:
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
            key = key_of(known)
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

    def families(self) -> list[tuple[str, ...]]:
        """Keys of all groups, each once."""
        self.settle()
        near: dict[str, set[str]] = defaultdict(set)
        for key, bucket in self._buckets.items():
            for other in self._led_to_by_passages(bucket):
                near[key].add(other)
                near[other].add(key)
        seen: set[str] = set()
        found: list[tuple[str, ...]] = []
        for key in sorted(self._buckets):
            if key not in near:
                found.append((key,))
            elif key not in seen:
                together = reached(key, near.__getitem__)
                seen |= together
                found.append(tuple(sorted(together)))
        return found

    def groups(self, passage_ids: Iterable[UUID], declaration_ids: Iterable[str]) -> Iterator[Group]:
        """The groups that these belong to, each once."""
        passages = [self.passages[key] for key in passage_ids if key in self.passages]
        declarations = [self.declarations[key] for key in declaration_ids if key in self.declarations]
        yield from self.groups_around(passages, declarations)

    def groups_around(
        self, passages: Iterable[PassageRecord], declarations: Sequence[DeclarationRecord]
    ) -> Iterator[Group]:
        """The groups that these, which need not be here, would lie in; each once."""
        self.settle()
        keys = {key_of(one) for one in passages} | {name_of(one.plate).key for one in declarations}
        keys |= {other for key in keys for other in self._declared_near(key)}
        # what is led to these, or may be read as one of them, may be another one's, or not any more
        read = {key_of(self.passages[one]) for one in self._passages_by_term.ever(keys)}
        for one in declarations:  # what leads to these leads no further then
            read |= {key_of(passage) for passage in self._near(one, entry_of_declaration(one, self.settings.slack))}
        around = {other for key in (keys | read) & self._buckets.keys() for other in reached(key, self._led_to)}
        keys |= {other for key in around for other in self._gaps_near(self._buckets[key])}
        yield from self._groups(sorted(keys & self._buckets.keys()))

    def _groups(self, keys: Iterable[str]) -> Iterator[Group]:
        seen: set[str] = set()
        for key in keys:
            if key not in seen:
                together = reached(key, self._led_to)
                seen |= together
                yield self.group(sorted(together))

    def group(self, family: Sequence[str]) -> Group:
        """The group of these keys, which are all that have to do with each other."""
        buckets = [self._buckets[key] for key in family]
        sealed: dict[UUID, DeclarationRecord] = {}
        for bucket in buckets:
            sealed |= bucket.sealed
        misread = {one.passage_id: one for key in family for one in self._misread_of(key)}
        return Group(
            tuple(passage for bucket in buckets for passage in bucket.passages.values()),
            tuple(declaration for bucket in buckets for declaration in bucket.declarations.values()),
            sealed,
            {
                key: self._leads_of(self.passages[key], entry)
                for bucket in buckets
                for key, entry in bucket.open_passages.items()
            },
            tuple(sorted(misread.values(), key=lambda one: (one.seen_at, one.passage_id))),
            self._elsewhere(frozenset(family)),
        )

    def _leads_of(self, passage: PassageRecord, entry: Entry) -> tuple[DeclarationRecord, ...]:
        """The open declarations that an open passage may belong to."""
        known = self._leads.get(passage.passage_id)
        if known is None:
            at = passage.seen_at
            near = self._declarations_by_term.between(entry.terms, at, at, self.settings.related)
            possible = [self.declarations[one] for one in near]
            known = tuple(leads_of(passage, possible, self.settings))
            if not known:
                parts = parts_of_passage(passage).terms
                far = self._declarations_by_term.between(parts, at, at, self.settings.slack) - near
                possible += [self.declarations[one] for one in far]
                known = tuple(one for one in possible if is_far_lead(passage, one, self.settings))
            self._leads[passage.passage_id] = known
        return known

    def _led_to_by_passages(self, bucket: Bucket) -> set[str]:
        keys: set[str] = set()
        for passage_id, entry in bucket.open_passages.items():
            passage = self.passages[passage_id]
            if passage.decided is not None and passage.decided.declaration_id in self.declarations:
                keys.add(name_of(self.declarations[passage.decided.declaration_id].plate).key)
            keys.update(name_of(one.plate).key for one in self._leads_of(passage, entry))
        return keys

    def _led_to(self, key: str) -> set[str]:
        """Keys of the buckets that what is open in this one leads to."""
        bucket = self._buckets[key]
        keys = self._led_to_by_passages(bucket)
        for declaration_id, entry in bucket.open_declarations.items():
            declaration = self.declarations[declaration_id]
            if (holder := self.passages.get(self._given.get(declaration_id, NOBODY))) is not None:
                keys.add(key_of(holder))
            keys.update(key_of(one) for one in (*self._near(declaration, entry), *self._far(declaration, entry)))
        return keys

    def _near(self, declaration: DeclarationRecord, entry: Entry) -> Iterator[PassageRecord]:
        """Open passages that it is a lead of, or would be."""
        since, until = declaration.expected_from, declaration.expected_until
        for that in self._passages_by_term.between(entry.terms, since, until, self.settings.related):
            if is_lead(self.passages[that], declaration, self.settings):
                yield self.passages[that]

    def _far(self, declaration: DeclarationRecord, entry: Entry) -> Iterator[PassageRecord]:
        """Open passages that lead to it for want of a nearer one."""
        if self._parts is None:
            open_ = (one for bucket in self._buckets.values() for one in bucket.open_passages)
            self._parts = Parts(self.passages[one] for one in open_)
        since, until = declaration.expected_from, declaration.expected_until
        near = self._passages_by_term.between(entry.terms, since, until, self.settings.related)
        for that in near | self._parts.between(entry.terms, since, until, self.settings.slack):
            passage = self.passages[that]
            if is_far_lead(passage, declaration, self.settings):
                its = self._buckets[key_of(passage)].open_passages[that]
                if declaration in self._leads_of(passage, its):
                    yield passage

    def _misread_of(self, key: str) -> Iterator[PassageRecord]:
        """Passages whose own plate nobody declared that may fill a gap of this key, or be its double elsewhere."""
        gaps, terms = self._buckets[key].gaps_in(self.settings), slips_of(key)
        for passage_id in {
            one for gap in gaps for one in self._passages_by_term.between(terms, gap.after, gap.before, _AT_ONCE)
        }:
            passage = self.passages[passage_id]
            undeclared = not self._buckets[key_of(passage)].declarations
            if undeclared and may_fill(gaps, passage) and self._may_be(passage, key):
                yield passage
        for passage_id in self._runners_up.get(key, ()):
            passage = self.passages[passage_id]
            if not self._buckets[key_of(passage)].declarations and self._is_double(passage, key):
                yield passage

    def _may_be(self, passage: PassageRecord, key: str) -> bool:
        """Whether it may be misread of this key; with a slip more only where no other is what the camera thought of."""
        read = vehicle_plate(passage)
        possible = runners_up(read)
        declared = any(one in self._buckets and self._buckets[one].declarations for one in possible)
        return key in possible or (not declared and may_be_misread(read, key))

    def _is_double(self, passage: PassageRecord, key: str) -> bool:
        """Whether this very plate, which the camera held for possible, was seen elsewhere about then, and no other."""
        entry = self._buckets[key_of(passage)].open_passages[passage.passage_id]
        return any(
            one.site != passage.site and abs(one.seen_at - passage.seen_at) < self.settings.longest_travel
            for one in self._buckets[key].passages.values()
        ) and not self._leads_of(passage, entry)

    def _elsewhere(self, together: AbstractSet[str]) -> tuple[Pair, ...]:
        """Plain pairs of others whose trip may be declared here again, with a slip in the plate."""
        typed: dict[str, list[DeclarationRecord]] = defaultdict(list)
        for key in together:
            for declaration_id in self._buckets[key].open_declarations:
                one = self.declarations[declaration_id]
                if one.trailer_plate or one.container_no:
                    for body in bodies(name_of(one.plate)):
                        typed[body].append(one)
        found: dict[UUID, Pair] = {}
        for body, waiting in typed.items():
            for key in self._keys_near(body) - together:
                if OSA.distance(body, key, score_cutoff=1) <= 1:
                    bucket = self._buckets[key]
                    found |= {
                        pair[0].passage_id: pair
                        for one in waiting
                        for pair in bucket.trips_of(one, self.settings.slack)
                    }
        return tuple(found.values())

    def _declared_near(self, key: str) -> set[str]:
        """Keys with an open declaration one slip off this key."""
        found = self._declarations_by_term.ever(shortened(key))
        return {name_of(self.declarations[one].plate).key for one in found}

    def _gaps_near(self, bucket: Bucket) -> set[str]:
        """Keys with a gap that a passage of this bucket may fill, and those that it may be read as."""
        terms = {term for entry in bucket.open_passages.values() for term in entry.terms}
        return {
            key
            for term in terms
            for key in self._keys_by_term.get(term, ())
            if key == term or self._buckets[key].gaps_in(self.settings)
        }

    def _keys_near(self, body: str) -> set[str]:
        """Keys that may be one slip off."""
        return {key for term in shortened(body) for key in self._keys_by_term.get(term, ())}

    def settle(self, half: Half | None = None) -> None:
        """Find anew what is sealed, and index what is not; with another process that has the same board, half of it."""
        if not self._changed:
            return
        self._leads.clear()
        for key in self._changed:  # all out before any in: what went to another bucket keeps its terms
            self._take_out(key)
        keys = [key for key in self._changed if key in self._buckets]
        mine, its = half.share(keys) if half is not None else (keys, [])
        for key in mine:
            self._buckets[key].settle(self._given, self.settings)
        if half is not None:
            for key, settled in zip(its, half.swap([self._buckets[key].tell() for key in mine]), strict=True):
                self._buckets[key].hear(settled)
        for key in keys:
            self._put_in(key)
        self._changed.clear()

    def find_leads(self, half: Half) -> None:
        """Find half of all leads, and have the others from the other process; both have settled the same board."""
        mine, its = half.share([passage_id for bucket in self._buckets.values() for passage_id in bucket.open_passages])
        for passage_id in mine:
            passage = self.passages[passage_id]
            self._leads_of(passage, self._buckets[key_of(passage)].open_passages[passage_id])
        told = [[one.declaration_id for one in self._leads[passage_id]] for passage_id in mine]
        for passage_id, names in zip(its, half.swap(told), strict=True):
            self._leads[passage_id] = tuple(self.declarations[name] for name in names)

    def _take_out(self, key: str) -> None:
        """Take out of the index what it has of a bucket, and the bucket itself where nothing is left in it."""
        bucket = self._buckets[key]
        for passage_id, entry in bucket.open_passages.items():
            self._passages_by_term.discard(passage_id, entry)
            for possible in entry.runners_up:
                _remove(self._runners_up, possible, passage_id)
            if self._parts is not None:
                self._parts.discard(passage_id)
        for declaration_id, entry in bucket.open_declarations.items():
            self._declarations_by_term.discard(declaration_id, entry)
        if not bucket.passages and not bucket.declarations:
            del self._buckets[key]
            for term in slips_of(key):
                _remove(self._keys_by_term, term, key)

    def _put_in(self, key: str) -> None:
        bucket = self._buckets[key]
        for passage_id, entry in bucket.open_passages.items():
            self._passages_by_term.add(passage_id, entry)
            for possible in entry.runners_up:
                self._runners_up[possible].append(passage_id)
            if self._parts is not None:
                self._parts.add(self.passages[passage_id])
        for declaration_id, entry in bucket.open_declarations.items():
            self._declarations_by_term.add(declaration_id, entry)
        for term in slips_of(key):
            self._keys_by_term[term].append(key)


def _remove(index: dict[str, list[K]], term: str, one: K) -> None:
    index[term].remove(one)
    if not index[term]:
        del index[term]
