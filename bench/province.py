"""What a filled database costs: search by part of a plate, the pages, taking in and an export, at ever more passages.

Passages are made up, one message each and without pictures (`bench.fill`). Pages are asked for over HTTP, as browsers
do, of a process of its own, whose processor time is told beside the time that passed; messages are taken in as ingest
does, each batch durable.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bench.fill import FLEET, LANES, SITES, Fill, Traffic, plate_of
from bench.offline import revisions
from bench.postgres import postgres
from bench.progress import watched
from bench.served import Place, Served, Taken, p95, serving
from bench.tables import Cell, Column, Table
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from contract.topics import address_of

_BATCH = 500
_TAKEN_IN = 10
"""Batches that are taken in at each size, and as many beside them on an empty database."""
_SERVER = ("shared_buffers=512MB", "max_wal_size=4GB")
"""Of PostgreSQL: its defaults are for a machine of the last century."""
_SEARCH_MS, _LIVE_MS, _PAGE_MS = 50.0, 100.0, 150.0
"""Wanted: p95 of a search and of the live page, and what the server works on any other page."""
_OTHERS = ("/passages", "/decide", "/cameras", "/declarations", "/devices", "/tickets", "/setup")


@dataclass(frozen=True)
class Effort:
    """How much is measured at each size: searches and live pages (others a fifth), and rows of an export at most."""

    tries: int = 60
    exported: int = 1_000_000

    @property
    def few(self) -> int:
        """How often each of the other pages is asked for."""
        return max(3, self.tries // 5)


def province_tables(
    folder: Path, sizes: Sequence[int], *, database: str, effort: Effort = Effort()
) -> tuple[Table, Table, Table]:
    """Fill a database up to each of `sizes` passages, and measure there: cost, pages, exports.

    Raises:
        SmartGateError: PostgreSQL is not installed, or a page is refused.

    """
    rng = random.Random(1)
    rows: list[tuple[Cell, ...]] = []
    pages: list[tuple[Cell, ...]] = []
    exports: list[tuple[Cell, ...]] = []
    with _databases(folder, database) as (place, empty):
        traffic = Traffic(1, datetime.now(UTC))
        fill = Fill(place.url, folder, traffic)
        fill.make_lanes(datetime.now(UTC))
        before = 0
        for size in sorted(sizes):
            began_s = time.perf_counter()
            batches = traffic.up_to(size)
            fill.write(watched(batches, f"{size:,} passages", (size - before) // 1000))
            per_s = (size - before) / (time.perf_counter() - began_s)
            before = size
            stored = place.bytes()
            taken = _take_in(place, empty)
            with serving(place) as served:
                search = served.timed(f"/api/v1/passages?plate={part}" for part in _parts(rng, effort.tries))
                live = served.timed("/" for _ in range(effort.tries))
                figures = (*_figures(search, _SEARCH_MS), *_figures(live, _LIVE_MS))
                rows.append((database, size, per_s, stored / size, *figures, *taken))
                for page in (*_OTHERS, f"/vehicles/{_newest_plate(served)}"):
                    found = served.timed(page for _ in range(effort.few))
                    worked_ms = p95(found.worked_ms)
                    shown = "/vehicles/…" if page.startswith("/vehicles") else page
                    pages.append((database, size, shown, worked_ms, p95(found.passed_ms), worked_ms / _PAGE_MS))
                if size == max(sizes):  # a row of an export costs the same everywhere
                    exports = [
                        (database, size, form, *_exported(served, form, effort.exported)) for form in ("csv", "ndjson")
                    ]
    load = f" {effort.tries} of each. Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors meanwhile."
    return (
        Table("province", "Cost of a filled database", _COLUMNS, tuple(rows), note=_NOTE + load),
        Table("province_pages", "Pages of a filled database", _PAGES, tuple(pages), note=_ABOUT_PAGES),
        Table("province_exports", "Exports", _EXPORTS, tuple(exports), note=_ABOUT_EXPORTS),
    )


_COLUMNS = (
    Column("database"),
    Column("passages", "count"),
    Column("filled_per_s", "count"),
    Column("bytes_per_passage", "count"),
    Column("search_cpu_ms", "ms"),
    Column("search_median_ms", "ms"),
    Column("search_p95_ms", "ms"),
    Column("search_of_50_ms", "number"),
    Column("live_cpu_ms", "ms"),
    Column("live_median_ms", "ms"),
    Column("live_p95_ms", "ms"),
    Column("live_of_100_ms", "number"),
    Column("taking_in_cpu_us", "count"),
    Column("taking_in_us", "count"),
    Column("of_empty_cpu", "number"),
    Column("of_empty", "number"),
)
_PAGES = (
    Column("database"),
    Column("passages", "count"),
    Column("page"),
    Column("p95_cpu_ms", "ms"),
    Column("p95_ms", "ms"),
    Column("cpu_of_150_ms", "number"),
)
_EXPORTS = (
    Column("database"),
    Column("passages", "count"),
    Column("format"),
    Column("rows", "count"),
    Column("rows_per_s", "count"),
    Column("cpu_us_per_row", "count"),
    Column("grown_mb_of_first_tenth", "number"),
    Column("grown_mb", "number"),
)
_NOTE = (
    f"{SITES} gates of {LANES} lanes, {FLEET:,} different plates, a year. Searches and live pages over HTTP; `cpu` is "
    "the processor time of the process that serves, the others are time that passed. Taking in: a message, medians of "
    f"{_TAKEN_IN} batches of {_BATCH}, each beside one into an almost empty database, which the last two columns "
    "compare it with (1.2 is allowed)."
)
_ABOUT_PAGES = f"As a manager sees them; what the server works is compared with {_PAGE_MS:.0f} ms."
_ABOUT_EXPORTS = (
    "By how much the process that serves them grew at its peak, over the first tenth "
    "of the rows and over all of them: what a row costs in memory is the difference. At the largest size alone."
)


@contextmanager
def _databases(folder: Path, database: str) -> Iterator[tuple[Place, Place]]:
    """One to fill and one that stays almost empty."""
    evidence = folder / "evidence"
    if database == "postgresql":
        with postgres(durable=True, settings=_SERVER) as server:
            base = server.folder / "data" / "base"
            filled, empty = (Place(server.url(server.create()), evidence, base) for _ in range(2))
            yield filled, empty
        return
    filled, empty = (Place(f"sqlite:///{folder / name}.db", evidence, folder / f"{name}.db") for name in "fe")
    yield filled, empty


def _parts(rng: random.Random, number_of: int) -> Iterator[str]:
    """Of plates, three to six signs long, some of them common, some unknown."""
    for number in range(number_of):
        plate, length = plate_of(rng.randrange(FLEET)), 3 + number % 4
        start = rng.randrange(len(plate) - length + 1)
        yield "99Z" if number % 20 == 0 else plate[start : start + length]


def _take_in(*places: Place) -> tuple[float, float, float, float]:
    """Microseconds a message, of processor time and of time that passed; both as shares of the second place's."""
    worked: list[list[float]] = [[], []]
    passed: list[list[float]] = [[], []]
    stores = [Store.open(place.url, place.evidence) for place in places]
    intakes = [Intake(store, late_after_s=300) for store in stores]
    for packets in _packets():
        for n, intake in enumerate(intakes):
            began_s, idle_s = time.perf_counter(), time.process_time()
            intake.take(packets, datetime.now(UTC))
            passed[n].append(1e6 * (time.perf_counter() - began_s) / len(packets))
            worked[n].append(1e6 * (time.process_time() - idle_s) / len(packets))
    for store in stores:
        store.close()
    (cpu, cpu_empty), (wall, wall_empty) = ([statistics.median(of) for of in both] for both in (worked, passed))
    return cpu, wall, cpu / cpu_empty, wall / wall_empty


def _packets() -> Iterator[list[Packet]]:
    """Batches of what new vehicles are told as."""
    outbox_id = uuid4()
    vehicles = _TAKEN_IN * _BATCH // 3 + 1
    made = (make for number in range(vehicles, 0, -1) for make in revisions(number, picture_share=0.0))
    messages = [make(outbox_id, seq) for seq, make in enumerate(made, 1)]
    packets = [Packet(address_of(message), message.model_dump_json().encode()) for message in messages]
    for start in range(0, _TAKEN_IN * _BATCH, _BATCH):
        yield packets[start : start + _BATCH]


def _newest_plate(served: Served) -> str:
    newest = served.client.get("/api/v1/passages?plate=C").json()["items"]
    return str(newest[0]["plate"]["text"])


def _figures(taken: Taken, limit_ms: float) -> tuple[float, float, float, float]:
    """Median of processor time, median and p95 of the time that passed, and p95 as a share of its limit."""
    passed_ms, worked_ms = taken.passed_ms, taken.worked_ms
    return statistics.median(worked_ms), statistics.median(passed_ms), p95(passed_ms), p95(passed_ms) / limit_ms


def _exported(served: Served, form: str, most: int) -> tuple[int, float, float, float, float]:
    """Rows, rows a second, processor time a row, megabytes grown over the first tenth of the rows, and over all."""
    Path(f"/proc/{served.process_id}/clear_refs").write_text("5")  # the kernel counts the peak anew
    before_mb, idle_s, began_s = served.memory_mb("VmRSS"), served.worked_s(), time.perf_counter()
    rows, early_mb = 0, None
    with served.client.stream("GET", f"/api/v1/exports/passages?format={form}") as answer:
        for chunk in answer.iter_bytes():
            rows += chunk.count(b"\n")
            if early_mb is None and rows >= most // 10:
                early_mb = served.memory_mb("VmHWM") - before_mb
            if rows >= most:
                break
    took_s, worked_s = time.perf_counter() - began_s, served.worked_s() - idle_s
    grown_mb = served.memory_mb("VmHWM") - before_mb
    return rows, rows / took_s, 1e6 * worked_s / rows, grown_mb if early_mb is None else early_mb, grown_mb
