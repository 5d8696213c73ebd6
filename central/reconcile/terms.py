"""Terms that a passage and a declaration share where one may belong to the other, and who has which of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from central.reconcile.findings import trailer_plate, vehicle_plate
from central.reconcile.gaps import runners_up
from central.reconcile.names import bodies, name_of, shortened, thirds
from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord
from contract.messages import Direction
from contract.plate import normalise

K = TypeVar("K", bound=Hashable)
_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(hours=6)
_MOST_QUARTERS: Final = 12
_LONG: Final = "long"
_UNREAD: Final = "unread "
_TRAILERS: Final = 1 << 16
"""Typed texts of trailers that are kept with their terms: they come again in a few days."""
_ALONE, _HAULED = "alone", "hauled"
_BEGAN: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """Under what something is looked up: its terms, on the days (ordinals, UTC) from when to when it was.

    Attributes:
        runners_up: of a passage, keys of what the camera held for possible beside what it read.

    """

    terms: frozenset[str]
    first_day: int
    last_day: int
    runners_up: frozenset[str] = frozenset()


def key_of(passage: PassageRecord) -> str:
    """The key of the plate that was read; of a passage without one a key of its own."""
    read = vehicle_plate(passage)
    return name_of(read.text).key if read is not None else f"{_UNREAD}{passage.passage_id}"


def slips_of(key: str) -> frozenset[str]:
    """What keys one slip off share with this one; nothing where no plate was read."""
    return frozenset() if key.startswith(_UNREAD) else shortened(key)


def entry_of_passage(passage: PassageRecord) -> Entry:
    """The texts that its plate may be, less one character; its trailer and container."""
    terms: set[str] = set()
    read = vehicle_plate(passage)
    possible = runners_up(read)
    if read is not None:
        for key in (name_of(read.text).key, *possible):
            terms |= shortened(key)
    trailer = trailer_plate(passage)
    if trailer is not None:
        terms.add(f"trailer {name_of(trailer.text).key}")
        if read is None:  # a slip in the trailer's plate matters only where there is no other
            texts = (trailer.text, *(one.text for one in trailer.candidates[1:]))
            terms |= {f"trailer {term}" for text in texts for term in shortened(name_of(text).key)}
    if passage.container:
        terms.add(f"container {passage.container}")
    day = passage.seen_at.toordinal()
    return Entry(frozenset(terms), day, day, possible)


def parts_of_passage(passage: PassageRecord) -> Entry:
    """Parts of its plate at its gate, in its direction, at its time: for those that have no nearer lead."""
    parts: set[str] = set()
    read = vehicle_plate(passage)
    if read is not None:
        key = name_of(read.text).key
        quarters = (_LONG, *_quarters(passage.seen_at, passage.seen_at, timedelta(0)))
        for behind in (_ALONE,) if trailer_plate(passage) is not None else (_ALONE, _HAULED):
            parts.update(_in_place(passage.site, passage.direction, behind, key, quarters))
    day = passage.seen_at.toordinal()
    return Entry(frozenset(parts), day, day)


def entry_of_declaration(declaration: DeclarationRecord, slack: timedelta) -> Entry:
    """The same of what was typed, parts included. `slack`: so far beside its window a vehicle is still in its place."""
    plates = bodies(name_of(declaration.plate))
    terms = {term for body in plates for term in shortened(body)}
    quarters = _quarters(declaration.expected_from, declaration.expected_until, slack)
    behind = _HAULED if declaration.trailer_plate else _ALONE
    for body in plates:
        terms.update(_in_place(declaration.gate, declaration.direction, behind, body, quarters))
    if declaration.trailer_plate:
        terms |= _trailer_terms(declaration.trailer_plate)
    if declaration.container_no:
        terms.add(f"container {normalise(declaration.container_no)}")
    first_day, last_day = declaration.expected_from.toordinal(), declaration.expected_until.toordinal()
    return Entry(frozenset(terms), first_day, last_day)


def _in_place(site: str, way: Direction, behind: str, plate: str, quarters: Iterable[str]) -> Iterable[str]:
    """Parts of a plate at a gate, in a direction, at some quarters of a day.

    `behind`: whether the declaration names a trailer; where one was read as well, it says more than half a plate.
    """
    place, parts = f"{site} {way} {behind}", thirds(plate)
    return [f"{place} {quarter} {part}" for quarter in quarters for part in parts]


@lru_cache(maxsize=_TRAILERS)
def _trailer_terms(typed: str) -> frozenset[str]:
    return frozenset(f"trailer {term}" for body in bodies(name_of(typed)) for term in shortened(body))


def _quarters(since: datetime, until: datetime, slack: timedelta) -> Iterable[str]:
    """The quarters of days that a span touches, and what is so far beside it; of a longer one, that it is long."""
    first, last = (since - _BEGAN - slack) // _QUARTER, (until - _BEGAN + slack) // _QUARTER
    return [_LONG] if last - first > _MOST_QUARTERS else [str(quarter) for quarter in range(first, last + 1)]


class Terms(Generic[K]):
    """Who has which terms, by the day it began: a plate's neighbours of other weeks are never looked at."""

    def __init__(self) -> None:
        self._days: dict[int, dict[str, list[K]]] = {}
        self._longest = 0
        """Days from the first to the last of any entry."""

    def add(self, key: K, entry: Entry) -> None:
        """Put somebody in, who must not be here."""
        if not entry.terms:
            return  # nothing was read: nobody looks for it
        self._longest = max(self._longest, entry.last_day - entry.first_day)
        index = self._days.setdefault(entry.first_day, {})
        for term in entry.terms:
            if term in index:
                index[term].append(key)
            else:
                index[term] = [key]

    def discard(self, key: K, entry: Entry) -> None:
        """Take out who was put in with this entry."""
        if not entry.terms:
            return
        index = self._days[entry.first_day]
        for term in entry.terms:
            index[term].remove(key)
            if not index[term]:
                del index[term]
        if not index:
            del self._days[entry.first_day]

    def between(self, terms: AbstractSet[str], since: datetime, until: datetime, apart: timedelta) -> set[K]:
        """Who has any of the terms, and was there no more than so far apart from these times, or a day or so more."""
        beside = ceil(apart / _DAY)
        first, last = since.toordinal() - beside - self._longest, until.toordinal() + beside
        few = last - first < len(self._days)
        days = range(first, last + 1) if few else [day for day in self._days if first <= day <= last]
        return self._on(days, terms)

    def ever(self, terms: AbstractSet[str]) -> set[K]:
        """Who has any of the terms."""
        return self._on(self._days, terms)

    def _on(self, days: Iterable[int], terms: AbstractSet[str]) -> set[K]:
        found: set[K] = set()
        for day in days:
            index = self._days.get(day)
            if index is not None:
                for term in index.keys() & terms:
                    found.update(index[term])
        return found


class Parts:
    """Passages by parts of their plates."""

    def __init__(self, passages: Iterable[PassageRecord]) -> None:
        self._terms: Terms[UUID] = Terms()
        self._entries: dict[UUID, Entry] = {}
        for passage in passages:
            self.add(passage)

    def add(self, passage: PassageRecord) -> None:
        """Put a passage in, which must not be here."""
        entry = self._entries[passage.passage_id] = parts_of_passage(passage)
        self._terms.add(passage.passage_id, entry)

    def discard(self, passage_id: UUID) -> None:
        """Take a passage out, as it was when it was put in."""
        if (entry := self._entries.pop(passage_id, None)) is not None:
            self._terms.discard(passage_id, entry)

    def between(self, terms: AbstractSet[str], since: datetime, until: datetime, apart: timedelta) -> set[UUID]:
        """As `Terms.between`."""
        return self._terms.between(terms, since, until, apart)


def reached(start: str, led_to: Callable[[str], AbstractSet[str]]) -> set[str]:
    """Keys of all buckets that one leads to, and these lead to, and so on; itself, too."""
    found = {start}
    todo = [start]
    while todo:
        new = led_to(todo.pop()) - found
        found |= new
        todo.extend(new)
    return found
