"""Exports give every row that fits, and answers that did not change are not sent twice."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from central.api.exports import _csv, _pages
from central.auth import add_api_key
from central.store import Store
from central.store.records import Role
from central.store.schema import passage_revisions, passages
from contract.messages import Direction
from tests.central.made import NOON, SCOPES_OF, passage
from tests.central.served import Served


def keep(store: Store, *numbers: int) -> None:
    with store.transaction(NOON) as transaction:
        messages = [passage(n, at=NOON + timedelta(minutes=n)) for n in numbers]
        store.passages.save(transaction, *messages, late_after=timedelta(days=9))


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    with Served(store) as served:
        key = add_api_key(store, "tests", *SCOPES_OF[Role.OPERATOR])
        yield served.client(headers={"Authorization": f"Bearer {key}"})


def test_an_export_has_every_row_that_fits(client: httpx.Client, store: Store) -> None:
    """More than a page of them, as a table and as objects, filtered as the list is."""
    keep(store, *range(1, 701))
    with store.transaction(NOON) as transaction:
        out = passage(800, None, direction=Direction.OUT, lane="out-1")
        store.passages.save(transaction, out, late_after=timedelta(days=9))
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/exports/passages").text)))
    assert len({row["passage_id"] for row in rows}) == len(rows) == 701
    assert (rows[0]["plate"], rows[-1]["abstained"]) == ("12C34567", "illegible")
    lines = client.get("/api/v1/exports/passages", params={"format": "ndjson", "lane": "out-1"}).text.splitlines()
    (only,) = map(json.loads, lines)
    assert only == client.get("/api/v1/passages", params={"lane": "out-1"}).json()["items"][0]
    assert client.get("/api/v1/exports/passages", params={"format": "xls"}).status_code == 422


def copied(store: Store, times: int) -> None:
    """The passages that are here so often again, under other ids: written by the database itself."""
    number = "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :times)"
    other = "printf('%08d', n) || substr(passage_id, 9)"
    told = {"passage_id": other, "payload": f"replace(payload, passage_id, {other})"}
    with store.transaction(NOON) as transaction:
        for table in (passages, passage_revisions):
            columns = [column.name for column in table.c]
            new = [told.get(name, name) for name in columns]
            transaction.run(
                text(
                    f"{number} INSERT INTO {table.name} ({', '.join(columns)}) "
                    f"SELECT {', '.join(new)} FROM {table.name}, copy"
                ),
                {"times": times},
            )


def test_an_export_takes_no_more_memory_for_more_rows(store: Store) -> None:
    """Ten times as many rows, the same peak: a page is in memory, never all."""

    def exported() -> tuple[int, int]:
        tracemalloc.start()
        rows = sum(chunk.count("\n") for chunk in _csv(_pages(store, {}))) - 1
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return rows, peak_bytes

    keep(store, *range(1, 1401))  # some pages of 500: the next is read while the last is still there
    exported()  # what is made once
    rows, once_bytes = exported()
    copied(store, 9)
    more_rows, peak_bytes = exported()
    assert (rows, more_rows) == (1400, 14_000)
    assert peak_bytes < 1.2 * once_bytes


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, store: Store) -> None:
    """304 without a body as long as the answer is the same; then the new one."""
    keep(store, 1)
    first = client.get("/api/v1/passages")
    again = client.get("/api/v1/passages", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    keep(store, 2)
    changed = client.get("/api/v1/passages", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert len(changed.json()["items"]) == 2
