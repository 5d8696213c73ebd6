"""What a filled database costs: search by part of a plate, the live page, and taking in, at ever more passages.

Passages are made up and written by the store itself, many in a transaction, one revision each and without pictures.
Then pages are asked for over HTTP, as browsers do, and messages are taken in as ingest does, each batch durable.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from bench.offline import revisions
from bench.postgres import postgres
from bench.progress import watched
from bench.tables import Cell, Column, Table
from central.app import create_app
from central.auth import set_login
from central.head import head_of
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.server import PageServer
from central.store import Store
from central.store.records import Role
from contract.errors import SmartGateError
from contract.messages import Direction, LaneInfo, LaneMode, Passage, PlateRead, Status
from contract.topics import address_of

_SITES, _LANES = 3, 4
_DAYS = 365
_AT_ONCE = 2000
_BATCH = 200
_TAKEN_IN = 10
"""Batches that are taken in at each size."""
_TRIES = 60
_FLEET = 150_000
"""Different plates: a lorry comes again."""
_PASSWORD = "made up for this run"
_LIMIT_MS = {"search": 50.0, "live": 100.0}
_PEAK = Path("/proc/self/clear_refs")


def province_table(folder: Path, sizes: Sequence[int], *, database: str) -> Table:
    """Fill a database up to each of `sizes` passages, and measure there.

    Raises:
        SmartGateError: PostgreSQL is not installed, or a page is refused.

    """
    rng = random.Random(1)
    rows: list[tuple[Cell, ...]] = []
    with _store(folder, database) as store:
        _make_lanes(store)
        writer = _Writer(store, rng)
        before: float | None = None
        began = datetime.now(UTC) - timedelta(days=_DAYS)
        for size in (0, *sorted(sizes)):
            writer.write_up_to(size, began)
            per_s = _take_in(store)
            before = before or per_s
            if size:
                search, live, export = _pages(store, rng)
                rows.append(
                    (
                        database,
                        size,
                        _bytes_of(folder) / max(1, size),
                        *_figures(search, _LIMIT_MS["search"]),
                        *_figures(live, _LIMIT_MS["live"]),
                        per_s,
                        per_s / before,
                        *export,
                    )
                )
    load = f" Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors meanwhile."
    return Table("province", "Cost of a filled database", _COLUMNS, tuple(rows), note=_NOTE + load)


_COLUMNS = (
    Column("database"),
    Column("passages", "count"),
    Column("bytes_per_passage", "count"),
    Column("search_cpu_ms", "ms"),
    Column("search_median_ms", "ms"),
    Column("search_p95_ms", "ms"),
    Column("search_of_50_ms", "number"),
    Column("live_cpu_ms", "ms"),
    Column("live_median_ms", "ms"),
    Column("live_p95_ms", "ms"),
    Column("live_of_100_ms", "number"),
    Column("durable_per_s", "count"),
    Column("of_empty", "number"),
    Column("export_per_s", "count"),
    Column("export_grown_mb", "number"),
)
_NOTE = (
    f"{_SITES} gates of {_LANES} lanes, {_FLEET:,} different plates, {_DAYS} days; {_TRIES} searches and pages each, "
    "over HTTP (processor time: asking included); "
    f"{_TAKEN_IN} batches of {_BATCH} messages taken in, against the same on the empty database. "
    "All passages exported as CSV: rows a second, and by how much the process that serves them grew at most."
)


@contextmanager
def _store(folder: Path, database: str) -> Iterator[Store]:
    if database == "postgresql":
        with postgres(durable=True) as server:
            store = Store.open(server.url(server.create()), folder / "evidence")
            try:
                yield store
            finally:
                store.close()
        return
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    try:
        yield store
    finally:
        store.close()


def _names() -> list[tuple[str, str, str]]:
    return [(f"gate-{s}", f"gate-{s}-1", f"in-{lane}") for s in range(_SITES) for lane in range(_LANES)]


def _make_lanes(store: Store) -> None:
    now = datetime.now(UTC)
    with store.transaction(now) as transaction:
        for site in range(_SITES):
            lanes = tuple(
                LaneInfo(lane=f"in-{lane}", direction=Direction.IN, mode=LaneMode.ASSIST, cameras=())
                for lane in range(_LANES)
            )
            status = Status(
                site=f"gate-{site}", node=f"gate-{site}-1", online=True, boot_id=uuid4(), started_at=now, lanes=lanes
            )
            store.nodes.report_status(transaction, status)


class _Writer:
    """Writes made-up passages, the oldest first."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self._store, self._rng = store, rng
        self._written = 0
        self._outboxes = {node: uuid4() for _, node, _ in _names()}
        made = next(one for one in (revisions(n, picture_share=0.0)[2](uuid4(), 1) for n in range(1, 50)) if _read(one))
        assert isinstance(made, Passage)
        self._pattern = made
        self._text = self._text_of_pattern()

    def write_up_to(self, size: int, began: datetime) -> None:
        """Until there are so many."""
        starts = range(self._written, size, _AT_ONCE)
        for start in watched(starts, f"{size:,} passages"):
            numbers = range(start, min(size, start + _AT_ONCE))
            at = [began + timedelta(days=_DAYS) * (number / size) for number in numbers]
            with self._store.transaction(at[-1]) as transaction:
                made = [self._passage(number, when) for number, when in zip(numbers, at, strict=True)]
                messages, payloads = zip(*made, strict=True)
                heads = [head_of(message) for message in messages]
                self._store.passages.keep(transaction, heads, payloads, late_after=timedelta(days=1))
        self._written = max(self._written, size)

    def _passage(self, number: int, at: datetime) -> tuple[Passage, str]:
        """With its text, in which only the names and times of the pattern are changed."""
        site, node, lane = _names()[number % (_SITES * _LANES)]
        pattern, read = self._pattern, _read(self._pattern)
        assert read is not None
        plate = read.model_copy(update={"text": plate_of(self._rng.randrange(_FLEET)), "candidates": ()})
        told = {
            "site": site,
            "node": node,
            "lane": lane,
            "outbox_id": self._outboxes[node],
            "seq": number + 1,
            "passage_id": _id_at(at, self._rng),
            "first_seen_at": at,
            "last_seen_at": at + timedelta(seconds=9),
        }
        said = self._text
        for name, value in told.items():
            said = said.replace(f"<{name}>", value.isoformat() if isinstance(value, datetime) else str(value))
        return pattern.model_copy(update={**told, "plate": plate}), said.replace("<plate>", plate.text)

    def _text_of_pattern(self) -> str:
        said = json.loads(self._pattern.model_dump_json())
        for name in ("site", "node", "lane", "outbox_id", "passage_id", "first_seen_at", "last_seen_at"):
            said[name] = f"<{name}>"
        said["plate"] |= {"text": "<plate>", "candidates": []}
        said["seq"] = "<seq>"
        return json.dumps(said, separators=(",", ":")).replace('"<seq>"', "<seq>")


def _id_at(at: datetime, rng: random.Random) -> UUID:
    """As a node makes it then: UUID version 7."""
    return UUID(
        int=int(at.timestamp() * 1000) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    )


def _read(message: object) -> PlateRead | None:
    return message.plate if isinstance(message, Passage) else None


def plate_of(number: int) -> str:
    """A plate of the fleet."""
    return f"{(11, 12, 14, 15, 29, 30, 51, 98)[number % 8]}{'CHRD'[number // 8 % 4]}{10_000 + number * 37 % 90_000:05d}"


def _take_in(store: Store) -> float:
    """Messages a second, each batch of them durable."""
    outbox_id = uuid4()
    vehicles = _TAKEN_IN * _BATCH // 3 + 1
    made = (make for number in range(vehicles, 0, -1) for make in revisions(number, picture_share=0.0))
    messages = [make(outbox_id, seq) for seq, make in enumerate(made, 1)][: _TAKEN_IN * _BATCH]
    packets = [Packet(address_of(message), message.model_dump_json().encode()) for message in messages]
    intake = Intake(store, late_after_s=300)
    began_s = time.perf_counter()
    for start in range(0, len(packets), _BATCH):
        intake.take(packets[start : start + _BATCH], datetime.now(UTC))
    return len(packets) / (time.perf_counter() - began_s)


_Taken = tuple[list[float], list[float]]
"""Milliseconds that passed, and milliseconds of processor time."""


def _figures(taken: _Taken, limit_ms: float) -> tuple[float, float, float, float]:
    """Median of processor time, median and p95 of the time that passed, and p95 as a share of its limit."""
    passed_ms, worked_ms = taken
    return statistics.median(worked_ms), statistics.median(passed_ms), _p95(passed_ms), _p95(passed_ms) / limit_ms


def _pages(store: Store, rng: random.Random) -> tuple[_Taken, _Taken, tuple[float, float]]:
    """Of searches, of parts three to six signs long, some of them common, some unknown; of live pages; an export."""
    set_login(store, "bench", Role.OPERATOR, _PASSWORD)
    with _served(store) as client:
        login = client.post("/login", data={"user": "bench", "password": _PASSWORD})
        if login.status_code != httpx.codes.SEE_OTHER:
            raise SmartGateError(f"the pages refuse a login: {login.status_code}")
        parts = []
        for number in range(_TRIES):
            plate, length = plate_of(rng.randrange(_FLEET)), 3 + number % 4
            start = rng.randrange(len(plate) - length + 1)
            parts.append("99Z" if number % 20 == 0 else plate[start : start + length])
        search = _timed(client, (f"/api/v1/passages?plate={part}" for part in parts))
        live = _timed(client, ("/" for _ in range(_TRIES)))
        return search, live, _exported(client)


def _exported(client: httpx.Client) -> tuple[float, float]:
    """Rows a second, and megabytes that this process grew by at most meanwhile."""
    _PEAK.write_text("5")  # the kernel counts the peak anew
    before_kb, began_s = _memory_kb("VmRSS"), time.perf_counter()
    with client.stream("GET", "/api/v1/exports/passages") as answer:
        rows = sum(chunk.count(b"\n") for chunk in answer.iter_bytes()) - 1
    return rows / (time.perf_counter() - began_s), (_memory_kb("VmHWM") - before_kb) / 1024


def _memory_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _timed(client: httpx.Client, addresses: Iterable[str]) -> _Taken:
    passed_ms: list[float] = []
    worked_ms: list[float] = []
    for address in addresses:
        began_s, idle_s = time.perf_counter(), time.process_time()
        answer = client.get(address)
        passed_ms.append(1000 * (time.perf_counter() - began_s))
        worked_ms.append(1000 * (time.process_time() - idle_s))
        if answer.status_code != httpx.codes.OK:
            raise SmartGateError(f"{address} answers {answer.status_code}")
    return passed_ms, worked_ms


@contextmanager
def _served(store: Store) -> Iterator[httpx.Client]:
    # with its protocol named: else asyncio does not set TCP_NODELAY, and a short answer waits 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = PageServer(create_app(store), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
