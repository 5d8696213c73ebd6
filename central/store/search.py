"""Which passages fit: found by indexes, and looked at no further back than one answer is worth waiting for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypedDict

from sqlalchemy import ColumnElement, RowMapping, String, and_, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from central.store.database import Transaction
from central.store.outcome_records import OutcomeKind
from central.store.paging import behind, check_limit, cursor_behind, not_behind
from central.store.plates import have_part
from central.store.schema import outcomes, passage_revisions, passages
from central.store.schema_decisions import decided
from contract.messages import Direction
from contract.plate import PlateCountry, PlateKind

LOOKED_AT: Final = 5_000
"""Passages that one answer looks at, where no index tells which of them fit."""
_GLANCED_AT: Final = 100_000
"""Entries of the index of the newest that one answer holds against a pattern of plates; some 40 ms."""
_KEYS = (passages.c.passage_id, passages.c.first_seen_at, passages.c.outbox_since, passages.c.seq)
WITH_MESSAGES: Final = passages.outerjoin(
    passage_revisions,
    and_(passage_revisions.c.passage_id == passages.c.passage_id, passage_revisions.c.revision == passages.c.revision),
)
"""Passages, each with the message of its present revision; an inner join might be gone through the other way."""
_PLATES = (passages.c.plate_search, passages.c.second_plate_search)


class Filters(TypedDict, total=False):
    """What may be asked for; what is left out or None does not matter. See `Wanted`."""

    site: str | None
    lane: str | None
    direction: Direction | None
    outcome: OutcomeKind | None
    plate_part: str | None
    alike: bool
    plate: str | None
    country: PlateCountry | None
    kind: PlateKind | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for.

    Attributes:
        plate_part: as a person types it, of either plate; `?` is any sign, `*` any number of them.
        alike: whether plates that are read or typed wrongly in a sign or two are wanted, too.
        plate: the whole plate, as `search_text` has it; read so by a camera, or corrected so by a person.
        country: of either plate, as the camera saw it; so is `kind`.

    """

    site: str | None = None
    lane: str | None = None
    direction: Direction | None = None
    outcome: OutcomeKind | None = None
    plate_part: str | None = None
    alike: bool = False
    plate: str | None = None
    country: PlateCountry | None = None
    kind: PlateKind | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def of_one_lane(self) -> bool:
        """Whether all are of one lane: then they stand as its vehicles came, else by the time told."""
        return self.site is not None and self.lane is not None

    @property
    def order(self) -> tuple[str, str]:
        """By which columns, the newest first."""
        return ("outbox_since", "seq") if self.of_one_lane else ("first_seen_at", "passage_id")

    def place(self, row: RowMapping) -> tuple[Any, Any]:
        """Where a passage stands in that order."""
        at, key = self.order
        return row[at], row[key]

    def indexed(self) -> list[ColumnElement[bool]]:
        """Conditions that the index of the order has."""
        lane = [passages.c.site == self.site, passages.c.lane == self.lane] if self.of_one_lane else []
        since = [passages.c.first_seen_at >= self.since] if self.since is not None else []
        until = [passages.c.first_seen_at < self.until] if self.until is not None else []
        return [*lane, *since, *until]

    def told(self) -> list[ColumnElement[bool]]:
        """Conditions that only the passage itself can answer."""
        wanted = [
            self.of_one_lane or self.site is None or passages.c.site == self.site,
            self.of_one_lane or self.lane is None or passages.c.lane == self.lane,
            self.direction is None or passages.c.direction == self.direction,
            # not the column itself: the database would begin with all that have this outcome, however many these are
            self.outcome is None or func.coalesce(outcomes.c.outcome, "") == self.outcome.value,
            self.country is None or _either_plate("country", self.country.value),
            self.kind is None or _either_plate("kind", self.kind.value),
        ]
        return [condition for condition in wanted if not isinstance(condition, bool)]


@dataclass(frozen=True, slots=True)
class Found:
    """Ids in their order, and how to go on."""

    ids: tuple[str, ...]
    next_cursor: str | None
    looked_back_to: datetime | None


def find(reading: Transaction, wanted: Wanted, cursor: str | None, limit: int) -> Found:
    """A page of ids.

    Raises:
        StoreError: the cursor is none of ours, or `limit` is out of range.

    """
    check_limit(limit)
    rows: dict[str, RowMapping] = {}
    ends: list[RowMapping] = []
    for way in _ways(reading, wanted):
        some, end = _look(reading, wanted, way, cursor, limit)
        rows |= {row["passage_id"]: row for row in some}
        ends += [end] if end is not None else []
    end = max(ends, key=wanted.place, default=None)
    in_order = sorted(rows.values(), key=wanted.place, reverse=True)
    if end is not None:  # another way went further back: what it found there comes with a later page
        in_order = [row for row in in_order if wanted.place(row) >= wanted.place(end)]
    ids = tuple(row["passage_id"] for row in in_order[:limit])
    if len(in_order) > limit:
        return Found(ids, cursor_behind(*wanted.place(in_order[limit - 1])), None)
    if end is not None:
        return Found(ids, cursor_behind(*wanted.place(end)), end["first_seen_at"])
    return Found(ids, None, None)


@dataclass(frozen=True, slots=True)
class _Way:
    """A condition that an index answers.

    `few`: it leads to so few that all of them are looked at. `at_most`: it leads nowhere, and is held against so many
    passages.
    """

    leads: tuple[ColumnElement[bool], ...] = ()
    few: bool = False
    at_most: int | None = None


def _ways(reading: Transaction, wanted: Wanted) -> tuple[_Way, ...]:
    """Ways that together lead to all that can fit."""
    if wanted.plate is not None:
        corrected = select(decided.c.passage_id).where(decided.c.plate == wanted.plate).limit(LOOKED_AT)
        ids = [row["passage_id"] for row in reading.rows(corrected)]
        by_people = (_Way((reading.among(passages.c.passage_id, ids),), few=True),) if ids else ()
        return (*(_Way((column == wanted.plate,)) for column in _PLATES), *by_people)
    if wanted.plate_part:
        part = have_part(reading, wanted.plate_part, alike=wanted.alike)
        # the index of a lane's vehicles has no plates: each row is read
        at_most = None if part.are_led_to else LOOKED_AT if wanted.of_one_lane else _GLANCED_AT
        return tuple(_Way((condition,), at_most=at_most) for condition in part.conditions)
    if wanted.outcome is not None:
        having = select(outcomes.c.passage_id).where(outcomes.c.outcome == wanted.outcome, outcomes.c.passage_id != "")
        ids = [row["passage_id"] for row in reading.rows(having.limit(LOOKED_AT + 1))]
        if len(ids) <= LOOKED_AT:
            return (_Way((reading.among(passages.c.passage_id, ids),), few=True),)
    return (_Way(),)


def _look(
    reading: Transaction, wanted: Wanted, way: _Way, cursor: str | None, limit: int
) -> tuple[Sequence[RowMapping], RowMapping | None]:
    """What fits of those that a way leads to; and the last that was looked at, where there would have been more."""
    at, key = (passages.c[name] for name in wanted.order)
    others = wanted.told()
    near = behind(select(*_KEYS).where(*way.leads, *wanted.indexed()), at, key, cursor)
    end = None
    if way.at_most is not None:
        all_near = behind(select(*_KEYS).where(*wanted.indexed()), at, key, cursor).order_by(at.desc(), key.desc())
        end = reading.first(all_near.offset(way.at_most - 1).limit(1))
        if end is not None:
            near = near.where(not_behind(at, key, end))
    joined = WITH_MESSAGES.outerjoin(outcomes, outcomes.c.passage_id == passages.c.passage_id)
    if way.few:  # sorted here: the database would rather walk through all passages in their order
        rows = reading.rows(near.select_from(joined).where(*others))
        return sorted(rows, key=wanted.place, reverse=True)[: limit + 1], None
    near = near.order_by(at.desc(), key.desc())
    if not others:
        rows = reading.rows(near.limit(limit + 1))
        return rows, end if len(rows) <= limit else None
    seen = near.limit(LOOKED_AT).subquery("near")
    rows = reading.rows(
        select(seen)
        .select_from(seen.join(joined, seen.c.passage_id == passages.c.passage_id))
        .where(*others)
        .order_by(seen.c[at.name].desc(), seen.c[key.name].desc())
        .limit(limit + 1)
    )
    if len(rows) > limit:
        return rows, None
    return rows, reading.first(near.offset(LOOKED_AT - 1).limit(1)) or end


class _Told(FunctionElement[str]):
    """The text that a message has at a path like `plate.kind`."""

    name = "told"
    type = String()
    inherit_cache = True


@compiles(_Told, "sqlite")
def _told_sqlite(element: _Told, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    message, path = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({message}, '$.' || {path})"


@compiles(_Told, "postgresql")
def _told_postgresql(element: _Told, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - as above
    message, path = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({message} AS JSON) #>> string_to_array({path}, '.'))"


def _either_plate(name: str, value: str) -> ColumnElement[bool]:
    return or_(
        *(
            _Told(passage_revisions.c.payload, literal(f"{plate}.{name}")) == value
            for plate in ("plate", "second_plate")
        )
    )
