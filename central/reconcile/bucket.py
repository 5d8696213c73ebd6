"""Everything of one key, and what of it is plain: that needs nobody else, so it can be found apart from the others."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from central.reconcile.gaps import Gap, gaps_of
from central.reconcile.links import same_place_and_time
from central.reconcile.seal import seal
from central.reconcile.settings import ReconcileSettings
from central.reconcile.terms import Entry, entry_of_declaration, entry_of_passage
from central.reconcile.timeline import Timeline
from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord

Pair = tuple[PassageRecord, DeclarationRecord]


class Settled(NamedTuple):
    """What was found of a bucket, for another process that has the same one, whose passages are in the same order.

    Attributes:
        sealed: the declaration that each has, or None.
        open_passages: with the terms that others are looked up by, as the declarations.

    """

    sealed: list[str | None]
    open_passages: list[tuple[int, Entry]]
    open_declarations: dict[str, Entry]


@dataclass(slots=True)
class Bucket:
    """Everything of one key, and what of it is not sealed: only that has to do with other buckets."""

    passages: dict[UUID, PassageRecord] = field(default_factory=dict)
    declarations: dict[str, DeclarationRecord] = field(default_factory=dict)
    sealed: dict[UUID, DeclarationRecord] = field(default_factory=dict)
    open_passages: dict[UUID, Entry] = field(default_factory=dict)
    """With the terms that others are looked up by."""
    open_declarations: dict[str, Entry] = field(default_factory=dict)

    gaps: tuple[Gap, ...] | None = None
    """Where a passage of its vehicle is missing: it may be one that was misread, in another bucket. None until somebody
    asks, as below."""
    trips: Timeline[Pair] | None = None
    """What is sealed, by the declared time."""

    def settle(self, given: Container[str], settings: ReconcileSettings) -> None:
        """Find what is sealed, and what is not. `given`: declarations that people gave to a passage."""
        declared: Iterable[DeclarationRecord] = self.declarations.values()
        if given:
            declared = [one for one in declared if one.declaration_id not in given]
        self.sealed = seal(self.passages.values(), declared, settings)
        self.gaps = self.trips = None
        self.open_passages, self.open_declarations = {}, {}
        if len(self.sealed) < len(self.passages):
            for key, passage in self.passages.items():
                if key not in self.sealed and passage.cancelled is None:
                    self.open_passages[key] = entry_of_passage(passage)
        if len(self.sealed) < len(self.declarations):
            gone = {declaration.declaration_id for declaration in self.sealed.values()}
            for name, declaration in self.declarations.items():
                if name not in gone:
                    self.open_declarations[name] = entry_of_declaration(declaration, settings.slack)

    def tell(self) -> Settled:
        """What was found."""
        sealed = [self.sealed.get(key) for key in self.passages]
        places = enumerate(self.passages if self.open_passages else ())
        return Settled(
            [declaration.declaration_id if declaration is not None else None for declaration in sealed],
            [(place, self.open_passages[key]) for place, key in places if key in self.open_passages],
            self.open_declarations,
        )

    def hear(self, settled: Settled) -> None:
        """Take over what was found elsewhere."""
        keys = list(self.passages)
        pairs = zip(keys, settled.sealed, strict=True)
        self.sealed = {key: self.declarations[name] for key, name in pairs if name is not None}
        self.open_passages = {keys[place]: entry for place, entry in settled.open_passages}
        self.open_declarations = settled.open_declarations

    def gaps_in(self, settings: ReconcileSettings) -> tuple[Gap, ...]:
        """Its gaps."""
        if self.gaps is None:
            self.gaps = gaps_of(self.passages.values(), settings)
        return self.gaps

    def trips_of(self, declaration: DeclarationRecord, slack: timedelta) -> list[Pair]:
        """What is sealed and declared for the same place and time as another declaration."""
        if self.trips is None:
            pairs = [(self.passages[key], one) for key, one in self.sealed.items()]
            self.trips = Timeline((one.expected_from, one.expected_until, (seen, one)) for seen, one in pairs)
        around = self.trips.touching(declaration.expected_from - slack, declaration.expected_until + slack)
        return [pair for pair in around if same_place_and_time(pair[1], declaration, slack)]
