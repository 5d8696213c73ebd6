"""Whether partitions by month would help on PostgreSQL: the same passages in one table and in twelve, side by side.

`python -m bench.partitions [PASSAGES]`. The table with partitions has the same columns and indexes, but for its unique
key, which has to hold the time that it is parted by: a passage whose time a later revision corrects would be two.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from bench.postgres import postgres
from bench.tables import Cell, Column, Table, write_between_marks
from central.store import Store

_MONTHS, _LANES, _PLATES = 12, 12, 50_000
_BATCH, _BATCHES, _TRIES = 200, 20, 60
_FILL = """
    INSERT INTO passages (passage_id, revision, site, node, lane, direction, first_seen_at, received_at, late,
        plate_search, outbox_id, outbox_since, seq)
    SELECT lpad(to_hex(n), 32, '0'), 2, 'gate-' || n % 3, 'node-' || n % 3, 'in-' || n / 3 % 4, 'in', at, at, false,
        '12C' || lpad((n * 37 % {plates})::text, 5, '0'), 'outbox', '2026-01-01', n
    FROM generate_series(1, {rows}) AS n,
        LATERAL (SELECT timestamptz '2026-01-01' + n * interval '{step_s} s' AS at) AS t
"""
_SAME = "revision, site, node, lane, direction, first_seen_at, received_at, late, plate_search, outbox_id, outbox_since"
_ASKED = (
    "SELECT * FROM {table} WHERE site = %s AND lane = %s ORDER BY outbox_since DESC, seq DESC LIMIT 11",
    "SELECT * FROM {table} WHERE plate_search IN (%s, %s) ORDER BY first_seen_at DESC, passage_id DESC LIMIT 51",
    "SELECT * FROM {table} WHERE passage_id = %s",
    "SELECT site, count(*) FROM {table} WHERE first_seen_at >= %s GROUP BY site",
)


def partition_table(folder: Path, passages: int) -> Table:
    """One row a table. Raises SmartGateError where PostgreSQL is not installed."""
    with postgres(durable=True) as server:
        name = server.create()
        Store.open(server.url(name), folder).close()
        place = {"host": str(server.folder), "user": server.user, "dbname": name}
        with psycopg.connect(**place, autocommit=True) as connection:  # type: ignore[arg-type]  # texts alone
            _fill(connection, passages)
            rows = tuple(_measured(connection, table, passages) for table in ("passages", "parted"))
    return Table(
        "partitions",
        "Partitions by month on PostgreSQL",
        (
            Column("table"),
            Column("newest_of_lane_ms", "ms"),
            Column("by_plates_ms", "ms"),
            Column("by_id_ms", "ms"),
            Column("count_of_today_ms", "ms"),
            Column("upserts_per_s", "count"),
            Column("forget_a_month_ms", "ms"),
        ),
        rows,
        note=f"{passages:,} passages of a year in {_LANES} lanes; medians of {_TRIES}, in the server's own time where "
        f"it plans and executes; {_BATCHES} commits of {_BATCH} upserts.",
    )


def _fill(connection: psycopg.Connection[Any], passages: int) -> None:
    run = connection.execute
    step_s = 365 * 86_400 / passages
    run(_FILL.format(rows=passages, plates=_PLATES, step_s=step_s).encode())
    run("CREATE TABLE parted (LIKE passages INCLUDING DEFAULTS) PARTITION BY RANGE (first_seen_at)")
    for month in range(_MONTHS + 1):
        begins, ends = (f"timestamptz '2026-01-01' + interval '{m} months'" for m in (month, month + 1))
        spans = connection.execute(f"SELECT ({begins})::text, ({ends})::text".encode()).fetchone()
        assert spans is not None
        run(
            f"CREATE TABLE parted_{month} PARTITION OF parted FOR VALUES FROM ('{spans[0]}') TO ('{spans[1]}')".encode()
        )
    run("INSERT INTO parted SELECT * FROM passages")
    run("ALTER TABLE parted ADD PRIMARY KEY (passage_id, first_seen_at)")
    indexes = connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'passages'").fetchall()
    for (said,) in indexes:
        if "UNIQUE" not in said:
            run(said.replace("INDEX ix_", "INDEX parted_").replace("ON public.passages", "ON parted").encode())
    run("ANALYZE")


def _measured(connection: psycopg.Connection[Any], table: str, passages: int) -> tuple[Cell, ...]:
    at = connection.execute(f"SELECT max(first_seen_at) - interval '1 day' FROM {table}".encode()).fetchone()
    assert at is not None
    lane, plates, by_id, today = (one.format(table=table) for one in _ASKED)
    asked: tuple[tuple[str, Callable[[int], list[Any]]], ...] = (
        (lane, lambda n: [f"gate-{n % 3}", f"in-{n % 4}"]),
        (plates, lambda n: [f"12C{n * 811 % _PLATES:05d}", f"12C{n * 613 % _PLATES:05d}"]),
        (by_id, lambda n: [f"{n * 7919 % passages + 1:032x}"]),
        (today, lambda _: [at[0]]),
    )
    times = (statistics.median(_server_ms(connection, query, of(n)) for n in range(_TRIES)) for query, of in asked)
    return (table, *times, _upserts_per_s(connection, table, passages), _forget_ms(connection, table))


def _server_ms(connection: psycopg.Connection[Any], query: str, values: list[Any]) -> float:
    row = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}".encode(), values).fetchone()
    assert row is not None
    told = row[0][0]
    return float(told["Planning Time"] + told["Execution Time"])


def _upserts_per_s(connection: psycopg.Connection[Any], table: str, passages: int) -> float:
    key = "passage_id" if table == "passages" else "passage_id, first_seen_at"
    statement = (
        f"INSERT INTO {table} (passage_id, seq, {_SAME}) SELECT lpad(to_hex(%s::bigint), 32, '0'), %s::bigint, {_SAME} "
        f"FROM {table} WHERE passage_id = lpad(to_hex({passages}), 32, '0') "
        f"ON CONFLICT ({key}) DO UPDATE SET revision = excluded.revision"
    ).encode()
    began_s = time.perf_counter()
    for batch in range(_BATCHES):
        numbers = range(passages + batch * _BATCH + 1, passages + (batch + 1) * _BATCH + 1)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, [(number, number) for number in numbers])
    return _BATCHES * _BATCH / (time.perf_counter() - began_s)


def _forget_ms(connection: psycopg.Connection[Any], table: str) -> float:
    forget = "DROP TABLE parted_0" if table == "parted" else f"DELETE FROM {table} WHERE first_seen_at < '2026-02-01'"
    began_s = time.perf_counter()
    connection.execute(forget.encode())
    return 1000 * (time.perf_counter() - began_s)


def main() -> None:
    """Measure, print, and keep it in docs/scaling.md: `python -m bench.partitions [PASSAGES]`."""
    table = partition_table(Path("unused"), int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
    print(table.markdown())
    write_between_marks(Path("docs/scaling.md"), "partitions", [table])


if __name__ == "__main__":
    main()
