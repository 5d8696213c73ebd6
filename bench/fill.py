"""Made-up passages by the million, in a database that is the same as if central had taken them in, only sooner.

Passages, revisions and changes go to the driver itself, without most of their indexes and without a sync; everything
else is written as the product does. A test compares the outcome with what taking in the same messages leaves.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from central.store import Store
from central.store.database import Database
from central.store.engines import POSTGRESQL
from central.store.intake import OutboxKey
from central.store.plates import note_plates
from central.store.records import EventKind
from central.store.schema import events, outboxes, passage_revisions, passages
from contract.messages import (
    Decision,
    DecisionReason,
    Direction,
    LaneInfo,
    LaneMode,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
    Verdict,
)
from contract.plate import PlateColour, PlateCountry, PlateKind

SITES, LANES = 3, 4
FLEET = 150_000
"""Different plates: a lorry comes again."""
LATE_AFTER = timedelta(minutes=5)
_DAYS = 365
_BATCH = 1000
_AT_ONCE = 20
"""Batches a statement."""
_BOOT = UUID(int=9)
_IN_LANE = timedelta(seconds=9)
_FASTER = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1500000")
"""Of SQLite: a fill that breaks off is thrown away."""
_NOTED_AT_ONCE = 2_500
"""New plates, about as many as taking in notes at once."""


class Told(NamedTuple):
    """A passage as its node told it, and when that came."""

    passage_id: str
    site: str
    node: str
    lane: str
    outbox_id: str
    seq: int
    first_seen_at: datetime
    received_at: datetime
    plate: str
    payload: str


class Traffic:
    """A province's lorries, the oldest first; the same ones with the same seed."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.outboxes = [OutboxKey(f"gate-{n}", f"gate-{n}-1", UUID(int=seed * SITES + n + 1)) for n in range(SITES)]
        self.made = 0
        self._began = now - timedelta(days=_DAYS)
        self._rng = random.Random(seed)
        self._places = [(key.site, key.node, str(key.outbox_id)) for key in self.outboxes]
        self._text = _text()

    def up_to(self, size: int, batch: int = _BATCH) -> Iterator[list[Told]]:
        """Those that are missing to `size`, spread over the year, some at a time as they are taken in."""
        step = timedelta(days=_DAYS) / size
        while self.made < size:
            numbers = range(self.made, min(size, self.made + batch))
            received_at = self._began + step * numbers[-1] + 2 * _IN_LANE
            self.made = numbers[-1] + 1
            yield [self._told(number, self._began + step * number, received_at) for number in numbers]

    def _told(self, number: int, at: datetime, received_at: datetime) -> Told:
        site, node, outbox_id = self._places[number % SITES]
        lane, seq = f"in-{number // SITES % LANES}", number // SITES + 1
        plate = plate_of(self._rng.randrange(FLEET))
        passage_id = _id_at(at, self._rng.getrandbits(74))
        first, last = _as_told(at), _as_told(at + _IN_LANE)
        payload = self._text % (site, node, outbox_id, seq, first, passage_id, lane, first, last, plate, first)
        return Told(passage_id, site, node, lane, outbox_id, seq, at, received_at, plate, payload)


def plate_of(number: int) -> str:
    """A plate of the fleet."""
    return f"{(11, 12, 14, 15, 29, 30, 51, 98)[number % 8]}{'CHRD'[number // 8 % 4]}{10_000 + number * 37 % 90_000:05d}"


class Fill:
    """Writes a province's passages into the database at `url`, which nobody else has open meanwhile."""

    def __init__(self, url: str, folder: Path, traffic: Traffic) -> None:
        self._url, self._folder, self._traffic = url, folder, traffic
        self._since: dict[str, datetime] = {}
        self._plates: set[str] = set()

    def make_lanes(self, at: datetime) -> None:
        """The nodes are born."""
        store = Store.open(self._url, self._folder)
        with store.transaction(at) as transaction:
            for key in self._traffic.outboxes:
                store.nodes.report_status(transaction, _birth(key, at))
        store.close()

    def write(self, batches: Iterable[list[Told]]) -> None:
        """Passages that follow on those before."""
        last: list[Told] = []
        plates: set[str] = set()
        with _bulk(self._url) as bulk:
            waiting: list[list[Told]] = []
            for last in batches:
                waiting.append(last)
                plates.update(one.plate for one in last)
                if len(waiting) == _AT_ONCE:
                    self._put(bulk, waiting)
                    waiting = []
            self._put(bulk, waiting)
        if last:
            self._note(last[-1].received_at, plates)

    def _put(self, bulk: _Bulk, batches: list[list[Told]]) -> None:
        told = list(chain.from_iterable(batches))
        for one in told:
            self._since.setdefault(one.outbox_id, one.received_at)
        at = {one.received_at: bulk.time(one.received_at) for one in told}
        since = {outbox: bulk.time(moment) for outbox, moment in self._since.items()}
        bulk.insert(
            passages.name,
            "passage_id, revision, site, node, lane, direction, first_seen_at, received_at, late, plate_search, "
            "outbox_id, outbox_since, seq",
            [
                (
                    one.passage_id, 0, one.site, one.node, one.lane, "in", bulk.time(one.first_seen_at),
                    at[one.received_at], one.received_at - one.first_seen_at - _IN_LANE > LATE_AFTER, one.plate,
                    one.outbox_id, since[one.outbox_id], one.seq,
                )
                for one in told
            ],
        )  # fmt: skip
        revisions = [(one.passage_id, 0, at[one.received_at], one.payload) for one in told]
        bulk.insert(passage_revisions.name, "passage_id, revision, received_at, payload", revisions)
        changes = [(EventKind.PASSAGE.value, one.passage_id, one.site, at[one.received_at]) for one in told]
        bulk.insert(events.name, "kind, subject, site, at", changes)

    def _note(self, at: datetime, plates: set[str]) -> None:
        """What else taking in leaves: which numbers came, from whom, and the ends of the plates."""
        store = Store.open(self._url, self._folder)
        with store.transaction(at) as transaction:
            new = list(plates - self._plates)
            for start in range(0, len(new), _NOTED_AT_ONCE):
                note_plates(transaction, new[start : start + _NOTED_AT_ONCE])
            self._plates |= plates
            heard = [(key, since) for key in self._traffic.outboxes if (since := self._since.get(str(key.outbox_id)))]
            rows = [
                {"site": key.site, "node": key.node, "outbox_id": str(key.outbox_id), "since": since}
                for key, since in heard
            ]
            transaction.insert_all(outboxes, rows)
            run = {key: ((1, seq),) for n, key in enumerate(self._traffic.outboxes) if (seq := self._last(n))}
            store.ranges.save(transaction, dict.fromkeys(run, ()), run)
            store.nodes.heard(transaction, *((key.site, key.node) for key in run))
        store.close()

    def _last(self, place: int) -> int:
        return (self._traffic.made - 1 - place) // SITES + 1


class _Bulk:
    """A connection that takes many rows at once."""

    def __init__(self, connection: Any, *, copies: bool) -> None:  # noqa: ANN401 - of either driver
        self._connection, self._copies = connection, copies

    def time(self, at: datetime) -> Any:  # noqa: ANN401 - as the driver wants it
        """A time as the store keeps it."""
        return at if self._copies else at.isoformat(" ", "microseconds")[:26]

    def insert(self, table: str, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows that have the columns `names`."""
        if self._copies:
            with self._connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join("?" * (names.count(",") + 1))
        self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


@contextmanager
def _bulk(url: str) -> Iterator[_Bulk]:
    """The indexes of passages are there before and after; to make them anew costs less than to keep them.

    Those of plates are kept all the same: where a plate comes next hangs on nothing, so their pages fill by and by. One
    that is made at the end is packed, and each plate that is taken in then splits pages: it writes four times as many.
    """
    database = Database.open(url)
    on_server = database.engine.dialect.name == POSTGRESQL
    in_order = (
        index for index in passages.indexes if index.columns[0].name not in {"plate_search", "second_plate_search"}
    )
    indexes = sorted(in_order, key=lambda index: str(index.name))
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        if not on_server:
            for pragma in _FASTER:
                raw.execute(f"PRAGMA {pragma}").fetchall()
        for index in indexes:
            index.drop(connection)
        connection.commit()
        with connection.begin():
            yield _Bulk(raw, copies=on_server)
        for index in indexes:
            index.create(connection)
            connection.commit()
        if on_server:  # as the server does by itself in time
            raw.autocommit = True
            raw.execute("VACUUM ANALYZE")
    database.close()  # the next connection sets journal and syncs as the product has them


def _birth(key: OutboxKey, at: datetime) -> Status:
    lanes = tuple(
        LaneInfo(lane=f"in-{lane}", direction=Direction.IN, mode=LaneMode.ASSIST, cameras=()) for lane in range(LANES)
    )
    return Status(site=key.site, node=key.node, online=True, boot_id=_BOOT, started_at=at, lanes=lanes)


def _text() -> str:
    """A message whose names and times are left out, as `Traffic` says them; without what is the default."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    plate = PlateRead(
        text="<>", confidence=0.97, country=PlateCountry.VN, kind=PlateKind.VN_CIVIL,
        colour=PlateColour.YELLOW, lines=1,
    )  # fmt: skip
    said = Passage(
        site="site", node="node", outbox_id=UUID(int=1), seq=7777777,
        stamp=Stamp(at=at, boot_id=_BOOT, monotonic_s=1000.0, time_quality=TimeQuality.SYNCED),
        passage_id=UUID(int=2), lane="lane", direction=Direction.IN, first_seen_at=at, last_seen_at=at + _IN_LANE,
        plate=plate, frames=31, reads=24,
        decision=Decision(verdict=Verdict.ASK, reason=DecisionReason.LANE_ASSIST, at=at),
        models={"plate_detector": "2026.11", "plate_reader": "2026.11"}, config_hash="0123456789abcdef",
    ).model_dump_json(exclude_defaults=True)  # fmt: skip
    left_out = ("site", "node", str(UUID(int=1)), _as_told(at), str(UUID(int=2)), "lane", _as_told(at + _IN_LANE), "<>")
    for value in left_out:
        said = said.replace(f'"{value}":', '"\0":').replace(f'"{value}"', '"%s"').replace('"\0":', f'"{value}":')
    return said.replace("7777777", "%s")


def _as_told(at: datetime) -> str:
    return f"{at.isoformat(timespec='microseconds')[:26]}Z" if at.microsecond else f"{at.isoformat()[:19]}Z"


def _id_at(at: datetime, bits: int) -> str:
    """As a node makes it then: UUID version 7."""
    ms, low = int(at.timestamp() * 1000), f"{2 << 62 | bits & (1 << 62) - 1:016x}"
    return f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7{bits >> 62:03x}-{low[:4]}-{low[4:]}"
