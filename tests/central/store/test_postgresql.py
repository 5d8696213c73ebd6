"""What is special where several programs write at once, and where the database is another machine."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bench.postgres import Postgres, postgres
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.store.database import Database, StoreUnavailable
from central.store.intake import OutboxKey
from central.store.schema import metadata
from contract.errors import StoreError
from contract.topics import address_of
from tests.central.databases import ON_POSTGRESQL
from tests.central.made import NOON, OUTBOX, birth, packet, passage

KEY = OutboxKey("huu-nghi", "huu-nghi-1", OUTBOX)
PATIENCE_S = 60


@pytest.fixture(params=[ON_POSTGRESQL])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def others(url: str, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two more programs on the same database."""
    stores = Store.open(url, tmp_path / "evidence"), Store.open(url, tmp_path / "evidence")
    yield stores
    for store in stores:
        store.close()


def test_migrations_make_exactly_the_tables_of_the_schema(server: Postgres) -> None:
    """Two programs that start at once on an empty database make its tables once, as the code describes them."""
    url = server.url(server.create())
    with ThreadPoolExecutor(2) as both:
        databases = list(both.map(Database.open, [url, url]))
    with databases[0].engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    for database in databases:
        database.close()
    assert differences == []


def test_a_reader_misses_no_change_of_several_writers(store: Store, others: tuple[Store, Store]) -> None:
    """Numbers of changes become visible in their order, so that resuming behind the highest one skips none."""
    done = threading.Event()

    def write(number: int) -> None:
        for seq in range(number * 100, number * 100 + 40):
            with others[number % 2].transaction(NOON) as transaction:
                others[number % 2].passages.save(transaction, passage(seq), late_after=timedelta(minutes=5))

    def follow() -> list[int]:
        seen: list[int] = []
        while True:
            last = done.is_set()
            batch = store.events.after(seen[-1] if seen else 0, limit=7)
            seen += [event.event_id for event in batch]
            if last and not batch:
                return seen

    with ThreadPoolExecutor(3) as threads:
        following = threads.submit(follow)
        for writer in [threads.submit(write, number) for number in (1, 2)]:
            writer.result()
        done.set()
        assert len(following.result()) == 80


def test_a_number_that_is_given_out_waits_until_those_before_it_are_visible(
    store: Store, others: tuple[Store, Store]
) -> None:
    """A transaction that has written its changes and not yet committed holds back the next one's."""
    committed = threading.Event()

    def write_second() -> None:
        with others[1].transaction(NOON) as transaction:
            others[1].nodes.report_status(transaction, birth(node="huu-nghi-2"))
        committed.set()

    with others[0].transaction(NOON) as transaction:
        others[0].nodes.report_status(transaction, birth())
        transaction.finish()
        second = threading.Thread(target=write_second)
        second.start()
        assert not committed.wait(0.3)
        assert store.events.after(0) == ()
        transaction._events.clear()
    second.join(PATIENCE_S)
    assert [event.subject for event in store.events.after(0)] == ["huu-nghi/huu-nghi-1", "huu-nghi/huu-nghi-2"]


def test_a_page_of_passages_leaves_no_circle_of_dead_objects(store: Store) -> None:
    """Such a circle holds the page's ids until Python searches all its memory, so a long export would pile them up."""
    told = [passage(seq) for seq in range(1, 31)]
    Intake(store, late_after_s=300).take([packet(birth()), *map(packet, told)], NOON)
    ids = {str(one.passage_id) for one in told}
    assert len(store.passages.list(limit=30).items) == 30
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        store.passages.list(limit=30)
        gc.collect()
        assert not [one for one in gc.garbage if isinstance(one, list) and ids.intersection(map(str, one))]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def test_aggregators_share_one_outbox_without_losing_a_number(store: Store, others: tuple[Store, Store]) -> None:
    """Messages of one node, revisions among them, go to either of two programs and some to both: each counts once."""
    vehicles = 30
    told = [passage(seq) for seq in range(1, vehicles + 1)]
    told += [
        passage(seq + vehicles, "29H99999", passage_id=one.passage_id, revision=1) for seq, one in enumerate(told, 1)
    ]

    def take(number: int) -> None:
        intake = Intake(others[number], late_after_s=300)
        for place, message in enumerate(told):
            if place % 2 == number or place % 5 == 0:
                intake.take([packet(birth()), packet(message)], NOON)

    with ThreadPoolExecutor(2) as both:
        list(both.map(take, (0, 1)))
    assert store.ranges.get(KEY) == ((1, 2 * vehicles),)
    found = store.passages.list(limit=100).items
    assert len(found) == vehicles
    assert {record.revision for record in found} == {1}
    assert {record.plate and record.plate.text for record in found} == {"29H99999"}


def test_what_postgresql_cannot_keep_is_put_aside(store: Store) -> None:
    """Text with a zero character, which SQLite takes: the rest of the batch is kept, the reason can be read."""
    bad = birth(software="0.1\0.0")
    taken = Intake(store, late_after_s=300).take([packet(passage(1)), packet(bad), packet(passage(2))], NOON)
    assert taken.dead == 1
    assert store.ranges.get(KEY) == ((1, 2),)
    (letter,) = store.dead_letters.list()
    assert letter.source == address_of(bad)
    nul = Packet("smartgate/v1/huu-nghi/huu-nghi-1/passage", b'{"site": "\\u0000"}')
    assert Intake(store, late_after_s=300).take([nul, nul], NOON).dead == 2
    assert [letter.count for letter in store.dead_letters.list()] == [2, 1]


def test_several_reads_are_of_one_moment(store: Store, others: tuple[Store, Store]) -> None:
    """What another program commits meanwhile is not seen halfway."""
    Intake(store, late_after_s=300).take([packet(passage(1))], NOON)
    with store.reading() as reading:
        before = store.ranges.longest(reading, KEY, 10)
        Intake(others[0], late_after_s=300).take([packet(passage(2))], NOON)
        assert store.ranges.longest(reading, KEY, 10) == before
    assert store.ranges.get(KEY) == ((1, 2),)


def test_a_connection_that_is_cut_amid_a_write_costs_nothing(url: str, server: Postgres, tmp_path: Path) -> None:
    """The server ends every connection: nothing of the batch is kept, and the same works at the next try."""
    store = Store.open(url, tmp_path)
    intake = Intake(store, late_after_s=300)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'smartgate'"

    def write_and_be_cut() -> None:
        with store.transaction(NOON) as transaction:
            store.passages.save(transaction, passage(1), late_after=timedelta(minutes=5))
            server.execute(cut)
            store.passages.save(transaction, passage(2), late_after=timedelta(minutes=5))

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        write_and_be_cut()
    assert store.passages.list().items == ()
    server.execute(cut)  # also those that lie idle in the pool
    intake.take([packet(passage(1)), packet(passage(2))], NOON)
    assert store.ranges.get(KEY) == ((1, 2),)
    store.close()


def test_a_server_that_is_down_is_said_clearly_and_comes_back(tmp_path: Path) -> None:
    """A start says which database does not answer, without its password; a running program tries again."""
    with postgres(durable=False) as server:
        store = Store.open(server.url(server.create()), tmp_path)
        server.stop()
        with pytest.raises(StoreUnavailable, match="cannot be read"):
            store.passages.list()
        with pytest.raises(StoreUnavailable, match="cannot be written"):
            Intake(store, late_after_s=300).take([packet(passage(1))], NOON)
        secret = server.url().replace(f"{server.user}@", f"{server.user}:a-secret@")
        with pytest.raises(StoreError, match="the server answers") as refused:
            Store.open(secret, tmp_path)
        assert "a-secret" not in str(refused.value)
        server.start()
        Intake(store, late_after_s=300).take([packet(passage(1))], NOON)
        assert store.ranges.get(KEY) == ((1, 1),)
        store.close()


def test_what_another_program_commits_wakes_listeners_too(store: Store, others: tuple[Store, Store]) -> None:
    """At once, not at the next look."""
    woken = threading.Event()
    stop = store.on_commit(woken.set)
    with others[0].transaction(NOON) as transaction:
        others[0].nodes.report_status(transaction, birth())
    assert woken.wait(PATIENCE_S)
    stop()


def test_one_program_at_a_time_holds_the_office(store: Store, others: tuple[Store, Store]) -> None:
    """It stays with whoever took it first, and goes to another when that one ends."""
    assert [one.election.is_held() for one in (store, *others, store)] == [True, False, False, True]
    store.close()
    assert [one.election.is_held() for one in others] == [True, False]


def test_an_office_whose_connection_was_cut_can_be_taken(url: str, server: Postgres, tmp_path: Path) -> None:
    """Whoever held it does not know any more; then it is free."""
    first, second = Store.open(url, tmp_path), Store.open(url, tmp_path)
    assert first.election.is_held()
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'smartgate'")
    with pytest.raises(StoreUnavailable, match="who watches"):
        first.election.is_held()
    assert [second.election.is_held(), first.election.is_held()] == [True, False]
    first.close()
    second.close()
