"""How long the server works on each page over a filled database: `python -m tests.screens.times FOLDER [--write PAGE]`.

The database is filled once and stays in the folder: passages in bulk (`bench.fill`), declarations and outcomes of the
newest of them, the hours that central counts, and a made-up night with whatever else pages show. Lanes, devices and
plates that are looked at are those with most behind them.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import httpx

from bench.fill import Fill, Traffic
from bench.progress import watched
from bench.served import Place, Served, p95, serving
from bench.tables import Cell, Column, Table, write_between_marks
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord, Role
from central.store.register_records import DeviceFields, DeviceKind
from central.traffic.hours import HourKeeper
from central.traffic.settings import TrafficSettings
from tests.central.gates import Gates
from tests.central.made import declared
from tests.screens.made_up import Examples, make_up
from tests.screens.pages import paths

_LIMIT_MS = 150.0
_SITE, _NODE, _LANE = "gate-0", "gate-0-1", "in-0"
_AT_ONCE = 500
_UNDECLARED, _NOT_CLEARED = 97, 61
"""Of so many passages one is."""
_DECLARATIONS: tuple[dict[str, str], ...] = (
    {"plate": "345"},
    {"plate": "XYZ"},
    {"state": "cancelled"},
    {"outcome": "matched"},
    {"outcome": "matched", "state": "cancelled"},
    {"outcome": "not_cleared", "gate": _SITE},
)
_SEARCHES: tuple[dict[str, str], ...] = (
    {},
    {"view": "wall"},
    {"plate": "345"},
    {"plate": "12C1"},
    {"plate": "1?C*45"},
    {"plate": "*7?3"},
    {"plate": "9999?9"},
    {"plate": "12C34567", "alike": "1"},
    {"plate": "XYZ"},
    {"country": "CN"},
    {"kind": "vn_military", "view": "table"},
    {"outcome": "undeclared"},
    {"outcome": "matched", "direction": "out"},
    {"outcome": "clone_suspected"},
    {"site": _SITE, "lane": _LANE, "plate": "7?7"},
    {"site": "gate-9"},
    {"since": "2026-03-03T08:00", "until": "2026-03-03T12:00"},
)


def main() -> None:
    """Fill where nothing is yet, then time every page."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens.times", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=10_000_000)
    parser.add_argument("--judged", type=int, default=300_000, help="newest passages with a declaration and an outcome")
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--write", type=Path, help="page with the marks `bench pages`")
    asked = parser.parse_args()
    if asked.tries < 1 or not _AT_ONCE <= asked.judged <= asked.passages:
        parser.error(f"expected one try at least, and --judged from {_AT_ONCE} to the number of passages")
    place = Place(f"sqlite:///{asked.folder / 'f.db'}", asked.folder / "evidence", asked.folder / "f.db")
    examples = _filled(place, asked.passages, asked.judged)
    with serving(place, Role.ADMIN) as served:
        table = _timed(served, examples, int(examples.values["passages"]), asked.tries)
    print(table.markdown())
    if asked.write:
        write_between_marks(asked.write, "pages", [table])


def _timed(served: Served, examples: Examples, passages: int, tries: int) -> Table:
    served.client.headers["Accept"] = "text/html"
    pages = [page for path in paths() if (page := examples.address(path)) and _is_html(served.client, page)]
    pages += [f"/passages?{urlencode(search)}" for search in _SEARCHES]
    pages += [f"/declarations?{urlencode(search)}" for search in _DECLARATIONS]
    rows: list[tuple[Cell, ...]] = []
    for page in watched(pages, "pages", len(pages)):
        began_s, idle_s = time.perf_counter(), served.worked_s()
        served.client.get(page)
        first_ms, first_worked_ms = 1000 * (time.perf_counter() - began_s), 1000 * (served.worked_s() - idle_s)
        taken = served.timed([page] * tries)
        worked_ms = p95(taken.worked_ms)
        rows.append((page, first_ms, first_worked_ms, worked_ms, p95(taken.passed_ms), worked_ms / _LIMIT_MS))
    rows.sort(key=lambda row: -float(row[3] or 0))
    note = (
        f"{passages:,} passages on SQLite, each page {tries} times, as an administrator sees it; the first time apart. "
        f"What the server works is compared with {_LIMIT_MS:.0f} ms. Load {os.getloadavg()[1]:.1f} on "
        f"{os.cpu_count()} processors meanwhile."
    )
    return Table("pages", "Every page of a filled database", _COLUMNS, tuple(rows), note=note)


def _is_html(client: httpx.Client, address: str) -> bool:
    """Whether a page or a part of one comes from there; no file and no stream."""
    with client.stream("GET", address) as answer:
        is_html = answer.headers.get("content-type", "").startswith("text/html")
        return is_html and answer.status_code == httpx.codes.OK


_COLUMNS = (
    Column("page"),
    Column("first_ms", "ms"),
    Column("first_cpu_ms", "ms"),
    Column("p95_cpu_ms", "ms"),
    Column("p95_ms", "ms"),
    Column("cpu_of_150_ms", "number"),
)


def _filled(place: Place, passages: int, judged: int) -> Examples:
    kept = place.files.with_name("examples.json")
    if kept.exists():
        return Examples(json.loads(kept.read_text("utf-8")))
    if place.files.exists():
        raise SystemExit(f"{place.files} was not filled to its end: remove the folder, or name another one")
    now = datetime.now(UTC)
    place.files.parent.mkdir(parents=True, exist_ok=True)
    traffic = Traffic(1, now)
    fill = Fill(place.url, place.evidence, traffic)
    fill.make_lanes(now)
    fill.write(watched(traffic.up_to(passages), f"{passages:,} passages", passages // 1000))
    store = Store.open(place.url, place.evidence)
    plate, passage_id = _judge(store, judged)
    print("the hours of lanes …", flush=True)
    HourKeeper(store, TrafficSettings()).step(now)
    examples = make_up(store)
    Gates(store).camera(_SITE, _LANE)
    busy = {
        "plate": plate, "passage_id": str(passage_id), "site": _SITE, "node": _NODE, "lane": _LANE,
        "camera": f"{_LANE}-front",
        "device_id": _device(store), "declaration_id": "HN-000001", "passages": str(passages),
    }  # fmt: skip
    store.close()
    kept.write_text(json.dumps(examples.values | busy), "utf-8")
    return Examples(examples.values | busy)


def _judge(store: Store, number: int) -> tuple[str, UUID]:
    """Declarations and outcomes of the newest passages; the plate of the very newest, and its id."""
    last: PassageRecord | None = None
    at = 0
    for page in watched(_newest(store, number), "declarations and outcomes", number // _AT_ONCE):
        last = last or page[0]
        said = []
        with store.transaction(page[-1].received_at) as transaction:
            for found in page:
                at += 1
                assert found.plate is not None
                plate, seen_at = found.plate.text, found.first_seen_at
                declaration = declared(plate, at, at=seen_at, gate=found.site)
                if at % _UNDECLARED:
                    store.declarations.save(transaction, declaration, payload="{}")
                said.append(_said(at, found.passage_id, plate, declaration.declaration_id, seen_at))
            store.outcomes.revise(transaction, said)
    assert last is not None
    assert last.plate is not None
    return last.plate.text, last.passage_id


def _newest(store: Store, number: int) -> Iterator[Sequence[PassageRecord]]:
    cursor = None
    for _ in range(number // _AT_ONCE):
        page = store.passages.list(cursor=cursor, limit=_AT_ONCE)
        yield page.items
        cursor = page.next_cursor


def _said(at: int, passage_id: UUID, plate: str, declaration_id: str, seen_at: datetime) -> OutcomeRecord:
    if at % _UNDECLARED == 0:
        reason = Reason(ReasonCode.NO_DECLARATION, {"read": plate})
        return OutcomeRecord(OutcomeKind.UNDECLARED, (reason,), passage_id, None, 0.97, seen_at)
    told = {"read": plate, "declared": plate}
    kind, code = (
        (OutcomeKind.NOT_CLEARED, ReasonCode.NOT_CONFIRMED)
        if at % _NOT_CLEARED == 0
        else (OutcomeKind.MATCHED, ReasonCode.PLATE_EXACT)
    )
    return OutcomeRecord(kind, (Reason(code, told),), passage_id, declaration_id, 0.99, seen_at)


def _device(store: Store) -> str:
    """A camera of the lane with most passages, on the register since a year."""
    fields = DeviceFields(
        kind=DeviceKind.CAMERA, site=_SITE, node=_NODE, lane=_LANE, camera="in-0-front", title="Camera trước làn vào 0",
        make="Ví Dụ", model="VD-2", serial="00077", maintainer="Tổ bảo trì Ví Dụ", owner="Ban quản lý Ví Dụ",
        cost_vnd=18_500_000,
    )  # fmt: skip
    with store.transaction(datetime.now(UTC) - timedelta(days=364)) as transaction:
        camera = store.register.add(transaction, fields, actor="can.bo.lan")
        for lane in ("in-1", "in-2", "in-3"):
            other = replace(fields, lane=lane, camera=f"{lane}-front", serial=f"00{lane}")
            store.register.add(transaction, other, actor="can.bo.lan")
    return camera.device_id


if __name__ == "__main__":
    main()
