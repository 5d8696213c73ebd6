"""A filled database is the one that taking in the same messages leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import inspect

from bench.fill import LATE_AFTER, Fill, Traffic
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.store.database import Database
from central.store.transfer import Content, contents_of
from contract.messages import Passage
from contract.topics import subscription
from tests.central.databases import BOTH

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SIZES = (40, 130)
"""Filled further once; not all outboxes have the same number of passages."""


def contents(url: str) -> dict[str, Content]:
    database = Database.open(url)
    try:
        return contents_of(database)
    finally:
        database.close()


@pytest.mark.parametrize("database", BOTH)
def test_a_fill_leaves_what_taking_in_leaves(url: str, tmp_path: Path) -> None:
    """In every table, by the digests that a migration is verified with; and the same indexes."""
    taken_in = f"sqlite:///{tmp_path / 'taken_in.db'}"
    traffic = Traffic(1, NOW)
    Fill(taken_in, tmp_path, traffic).make_lanes(NOW)
    central = Store.open(taken_in, tmp_path)
    intake = Intake(central, late_after_s=LATE_AFTER.total_seconds())
    for size in SIZES:
        for batch in traffic.up_to(size, batch=25):
            topics = (subscription(Passage, site=one.site, node=one.node) for one in batch)
            packets = [Packet(topic, one.payload.encode()) for topic, one in zip(topics, batch, strict=True)]
            assert not intake.take(packets, batch[-1].received_at).dead
    central.close()

    again = Traffic(1, NOW)
    fill = Fill(url, tmp_path, again)
    fill.make_lanes(NOW)
    for size in SIZES:
        fill.write(again.up_to(size, batch=25))
    filled, expected = contents(url), contents(taken_in)
    assert filled["passages"].rows == filled["events"].rows - len(traffic.outboxes) == SIZES[-1]
    assert filled == expected
    assert indexes(url) == indexes(taken_in)


def indexes(url: str) -> set[str]:
    database = Database.open(url)
    try:
        return {str(index["name"]) for index in inspect(database.engine).get_indexes("passages")}
    finally:
        database.close()
