"""The store keeps what it is given, from an empty file on, and tells readers what changed."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from central.auth import Accounts
from central.rights import RIGHTS_OF_ROLE, Right
from central.store import Store
from central.store.database import MIGRATIONS, SCHEMA_REVISION, Database
from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import EventKind, Role, Scope
from central.store.schema import metadata
from contract.errors import StoreError
from contract.messages import Cancellation, HealthFinding, HealthLevel, HealthReason, Severity
from tests.central.made import NOON, birth, declared, health, passage, read

LATE = timedelta(minutes=5)
ADDED = [("passages", "cancelled"), ("nodes", "regions"), ("cameras", "snapshot"), ("cameras", "snapshot_at")]
ADDED += [("passages", "outbox_id"), ("passages", "outbox_since"), ("passages", "seq")]
ADDED += [(table, name) for table in ("cameras", "nodes") for name in ("findings", "unjudged")]
ADDED += [("api_keys", "scopes"), ("cameras", "verdict"), ("declarations", "details")]
ADDED += [("outcomes", "candidates"), ("outcome_changes", "candidates"), ("users", "last_seen_at")]
NEW_INDEXES = ["ix_passages_site_lane_outbox_since_seq"]
NEW_INDEXES += ["ix_declarations_plate_search_expected_from", "ix_evidence_received_at", "ix_passages_newest"]
NEW_INDEXES += [f"ix_passages_{which}plate_search_first_seen_at_passage_id" for which in ("", "second_")]
NEW_INDEXES += ["ix_outcomes_outcome_decided_at"]
OLD_INDEXES = {"ix_passages_plate_search": "plate_search", "ix_passages_first_seen_at_passage_id": "first_seen_at"}
NEW_TABLES = ["commands", "devices", "units", "register_changes", "device_files", "register_imports"]
NEW_TABLES += [
    "health_runs",
    "crosschecks",
    "maintenance_windows",
    "tickets",
    "ticket_devices",
    "ticket_entries",
    "notices",
    "deliveries",
    "evidence_deletions",
    "plate_ends",
    "evidence_sheets",
    "decided",
    "decisions",
    "statements",
    "traffic_counters",
    *("surge_changes", "surge_plans", "surge_states", "surge_ticks"),
    *("traffic_due", "traffic_flows", "traffic_hours", "traffic_strays", "yard_counts"),
    "platform_sources",
    "platform_files",
    "write_backs",
    "plate_corrections",
    "audit",
    "access_rules",
    "kept_settings",
    "reports",
    "outboxes",
]
"""What migrations after the first one made."""
_SINCE_SCOPES = {Right.ACCESS, Right.AUDIT, Right.DECIDE, Right.REPORTS, Right.YARDS, Right.SURGE_PLAN}
"""Rights that came after keys had scopes: a key from before has none of them."""


def keep(store: Store, *messages, at=NOON) -> None:
    with store.transaction(at) as transaction:
        for message in messages:
            store.passages.save(transaction, message, late_after=LATE)


def declare(store: Store, *records) -> None:
    with store.transaction(NOON) as transaction:
        for record in records:
            store.declarations.save(transaction, record, payload="{}")


def decide(store: Store, *outcomes, open_declarations=()) -> None:
    with store.transaction(NOON) as transaction:
        store.outcomes.revise(transaction, outcomes, open_declarations)


def matched(passage_id: UUID, declaration_id: str) -> OutcomeRecord:
    return OutcomeRecord(
        OutcomeKind.MATCHED, (Reason(ReasonCode.PLATE_EXACT, {"read": "A"}),), passage_id, declaration_id, 1.0, NOON
    )


def test_migrations_make_exactly_the_tables_of_the_schema(tmp_path: Path) -> None:
    """An empty file, migrated, has the tables that the code describes, and the newest revision is known by name."""
    database = Database.open(f"sqlite:///{tmp_path / 'c.db'}")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    database.close()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == SCHEMA_REVISION


def test_schema_can_be_said_to_postgresql() -> None:
    """Every table compiles for PostgreSQL too."""
    said = [str(CreateTable(table).compile(dialect=postgresql.dialect())) for table in metadata.sorted_tables]
    assert any("TIMESTAMP WITH TIME ZONE" in statement for statement in said)


def test_another_database_is_refused_with_a_reason(tmp_path: Path) -> None:
    """An address that is none, a folder that is missing, and a file of a later version say what is wrong."""
    with pytest.raises(StoreError, match="expected a database address"):
        Store.open("nonsense", tmp_path)
    with pytest.raises(StoreError, match="check that the folder"):
        Store.open(f"sqlite:///{tmp_path / 'missing' / 'c.db'}", tmp_path)
    url = f"sqlite:///{tmp_path / 'c.db'}"
    database = Database.open(url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match="9999"):
        Store.open(url, tmp_path)


def test_a_later_revision_replaces_and_an_earlier_one_does_not(store: Store) -> None:
    """Whatever the order, the highest revision is shown; the moment of the first arrival stays."""
    keep(store, passage(1, "12C34567"), at=NOON)
    keep(store, passage(2, "12C34568", passage_id=UUID(int=1001), revision=2), at=NOON + timedelta(hours=1))
    keep(store, passage(3, "12C34569", passage_id=UUID(int=1001), revision=1))
    found = store.passages.get(UUID(int=1001))
    assert found is not None
    assert (found.revision, found.plate and found.plate.text, found.received_at) == (2, "12C34568", NOON)


def test_passages_come_in_pages_without_gap_or_repeat(store: Store) -> None:
    """Pages of three walk through ten passages, two of them at the same moment."""
    for seq in range(1, 11):
        keep(store, passage(seq, at=NOON + timedelta(minutes=seq // 2)))
    seen, cursor = [], None
    while True:
        page = store.passages.list(cursor=cursor, limit=3)
        seen += [record.passage_id.int - 1000 for record in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == list(range(10, 0, -1))
    with pytest.raises(StoreError, match="cursor"):
        store.passages.list(cursor="tampered!")


def in_lane(store: Store, limit: int = 2) -> list[int]:
    """The passages of a lane as they are listed, page by page."""
    seen, cursor = [], None
    while True:
        page = store.passages.list(site="huu-nghi", lane="in-1", cursor=cursor, limit=limit)
        seen += [record.passage_id.int - 1000 for record in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen


def test_a_lane_stands_in_the_order_of_its_numbers_whatever_the_clock_said(store: Store) -> None:
    """Newest first, also where the newest came first, and where an older revision came after a newer."""
    keep(store, passage(7, at=NOON), passage(5, at=NOON + timedelta(days=3650)))
    keep(store, passage(9, passage_id=UUID(int=1003), revision=1, at=NOON - timedelta(hours=2)))
    assert in_lane(store) == [3, 7, 5]
    keep(store, passage(3, at=NOON - timedelta(hours=2)), passage(1, at=NOON.replace(year=1970)))
    assert in_lane(store) == [7, 5, 3, 1]
    assert store.passages.newest([("huu-nghi", "in-1"), ("huu-nghi", "in-9")], 1) == (
        (store.passages.get(UUID(int=1007)),),
        (),
    )


def test_a_new_disk_begins_behind_the_old_one(store: Store) -> None:
    """Its numbers begin at 1 again; what the old one still had to say stays before."""
    new = UUID(int=78)
    keep(store, passage(41), at=NOON)
    keep(store, passage(2, outbox_id=new, passage_id=UUID(int=1102)), at=NOON + timedelta(hours=1))
    keep(store, passage(40), at=NOON + timedelta(hours=2))
    keep(store, passage(1, outbox_id=new, passage_id=UUID(int=1101)), at=NOON + timedelta(hours=3))
    assert in_lane(store) == [102, 101, 41, 40]


def test_a_cursor_of_another_list_is_refused(store: Store) -> None:
    """Of all lanes, handed to one lane."""
    keep(store, passage(1), passage(2), passage(3))
    cursor = store.passages.list(limit=1).next_cursor
    with pytest.raises(StoreError, match="another list"):
        store.passages.list(site="huu-nghi", lane="in-1", cursor=cursor)


@pytest.mark.parametrize("typed", ["桂F12345", "GUI F12345", "f123", "QT-F12345", "12r-0123"])
def test_search_finds_a_passage_as_people_type_it(store: Store, typed: str) -> None:
    """A Chinese plate is found by its transliterations, parts of it, and by its trailer."""
    keep(store, passage(1, "桂F12345", second_plate=read("12R01234")), passage(2, "29H99999"))
    assert [found.passage_id.int for found in store.passages.list(plate_part=typed).items] == [1001]


def test_filters_narrow_the_list(store: Store) -> None:
    """Site, lane, direction, time and outcome each leave out what does not fit."""
    keep(store, passage(1), passage(2, site="tan-thanh", node="tan-thanh-1"), passage(3, lane="in-2"))
    keep(store, passage(4, at=NOON + timedelta(hours=2)))
    decide(store, matched(UUID(int=1004), "HN-000001"))

    def found(**wanted) -> set[int]:
        return {record.passage_id.int - 1000 for record in store.passages.list(**wanted).items}

    assert found(site="tan-thanh") == {2}
    assert found(lane="in-2") == {3}
    assert found(since=NOON + timedelta(hours=1)) == {4}
    assert found(until=NOON + timedelta(hours=1)) == {1, 2, 3}
    assert found(outcome=OutcomeKind.MATCHED) == {4}


def test_a_declaration_changes_hands_without_ever_having_two(store: Store) -> None:
    """Two passages swap declarations in one revision; each outcome counts its revisions."""
    keep(store, passage(1), passage(2))
    declare(store, declared(number=1), declared(number=2))
    decide(store, matched(UUID(int=1001), "HN-000001"), matched(UUID(int=1002), "HN-000002"))
    decide(store, matched(UUID(int=1001), "HN-000002"), matched(UUID(int=1002), "HN-000001"))
    first = store.declarations.get("HN-000001")
    assert first is not None
    assert first.outcome is not None
    assert first.outcome.passage_id == UUID(int=1002)
    assert first.outcome.revision == 1


def test_saying_the_same_again_is_no_news(store: Store) -> None:
    """An outcome that says nothing new writes no event, so that screens do not flicker."""
    keep(store, passage(1))
    declare(store, declared())
    decide(store, matched(UUID(int=1001), "HN-000001"))
    before = store.events.latest_id()
    decide(store, matched(UUID(int=1001), "HN-000001"))
    assert store.events.latest_id() == before


def test_events_wake_listeners_after_the_commit_only(store: Store) -> None:
    """A listener is called when the change can be read, and not for a write that was rolled back."""
    woken: list[int] = []
    stop = store.on_commit(lambda: woken.append(store.events.latest_id()))
    keep(store, passage(1))
    with contextlib.suppress(InterruptedError), store.transaction(NOON) as transaction:
        store.passages.save(transaction, passage(2), late_after=LATE)
        raise InterruptedError
    stop()
    keep(store, passage(3))
    assert woken == [1]
    assert [event.kind for event in store.events.after(0)] == [EventKind.PASSAGE] * 2
    assert store.passages.get(UUID(int=1002)) is None


def test_ids_of_events_never_come_again(store: Store) -> None:
    """A reader that resumes behind the last id it saw misses nothing, though old events are dropped."""
    keep(store, passage(1))
    latest = store.events.latest_id()
    with store.transaction(NOON) as transaction:
        store.events.forget_before(transaction, latest + 1)
    keep(store, passage(2))
    assert [event.event_id for event in store.events.after(latest)] == [latest + 1]


def test_a_lane_shows_its_cameras_and_latest_passage(store: Store) -> None:
    """Lanes come from the births of nodes."""
    with store.transaction(NOON) as transaction:
        store.nodes.report_status(transaction, birth())
    keep(store, passage(1), passage(2, at=NOON + timedelta(minutes=1)))
    (lane,) = store.lanes.list()
    assert lane.latest is not None
    assert (lane.lane, lane.latest.passage_id.int) == ("in-1", 1002)


def test_people_and_keys(store: Store) -> None:
    """Names are unique; a session ends at its time; a revoked key is found as revoked."""
    user = store.users.add("lan", Role.OPERATOR, "hash", must_change_password=True, at=NOON)
    with pytest.raises(StoreError, match="lan"):
        store.users.add("lan", Role.ADMIN, "hash", must_change_password=False, at=NOON)
    store.users.set_password(user.user_id, "other", must_change_password=False)
    found = store.users.by_name("lan")
    assert found is not None
    assert (found.password_hash, found.must_change_password, found.role) == ("other", False, Role.OPERATOR)
    store.sessions.add("token", user.user_id, "csrf", at=NOON, expires_at=NOON + timedelta(hours=1))
    assert store.sessions.get("token", now=NOON) is not None
    assert store.sessions.get("token", now=NOON + timedelta(hours=1)) is None
    key = store.api_keys.add("bulletin", (Scope.EXPORT, Scope.READ), "digest", at=NOON)
    store.api_keys.revoke(key.key_id, at=NOON)
    revoked = store.api_keys.by_hash("digest")
    assert revoked is not None
    assert (revoked.revoked_at, revoked.scopes) == (NOON, (Scope.READ, Scope.EXPORT))


def test_a_cancelled_passage_stays_on_record_and_counts_nowhere(store: Store) -> None:
    """It can be found with its reason; the counts of the day leave it out."""
    keep(store, passage(1), passage(2, "29H99999"))
    keep(store, passage(3, passage_id=UUID(int=1001), revision=1, cancelled=Cancellation.REVERSED_OUT))
    found = store.passages.get(UUID(int=1001))
    assert found is not None
    assert found.cancelled is Cancellation.REVERSED_OUT
    assert len(store.passages.list().items) == 2
    (count,) = store.outcomes.counts(since=NOON, until=NOON + timedelta(hours=1))
    assert count.passages == 1


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """What it held is still there."""
    url = f"sqlite:///{tmp_path / 'c.db'}"
    store = Store.open(url, tmp_path)
    keep(store, passage(1), passage(2, at=NOON - timedelta(days=1)), passage(3))
    came = '{"confirmed_at": 1777870740, "lane": "in-2", "goods": "xoài"}'  # a minute before noon, as it may be told
    with store.transaction(NOON) as transaction:
        store.declarations.save(transaction, declared(state=DeclarationState.CONFIRMED), payload=came)
    store.close()
    with create_engine(url).begin() as connection:
        for index in NEW_INDEXES:
            connection.execute(text(f"DROP INDEX {index}"))
        connection.execute(text("ALTER TABLE passages ADD COLUMN payload TEXT NOT NULL DEFAULT ''"))
        said = "SELECT payload FROM passage_revisions AS said WHERE said.passage_id = passages.passage_id"
        connection.execute(text(f"UPDATE passages SET payload = ({said} ORDER BY said.revision DESC LIMIT 1)"))
        for table, column in ADDED:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        for table in NEW_TABLES:
            connection.execute(text(f"DROP TABLE {table}"))
        for index, column in OLD_INDEXES.items():
            connection.execute(text(f"CREATE INDEX {index} ON passages ({column})"))
        connection.execute(text("CREATE INDEX ix_outcomes_outcome ON outcomes (outcome)"))
        connection.execute(text("ALTER TABLE api_keys ADD COLUMN role VARCHAR(16) NOT NULL DEFAULT ''"))
        for role in Role:
            values = {"role": role, "hash": hashlib.sha256(role.encode()).hexdigest()}
            key = "INSERT INTO api_keys (name, role, key_hash, created_at) VALUES (:role, :role, :hash, '2026-05-04')"
            connection.execute(text(key), values)
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    again = Store.open(url, tmp_path)
    keys = Accounts(again, session=timedelta(hours=1))
    for role in Role:
        identity = keys.by_bearer(role.value)
        assert identity is not None
        assert identity.rights <= RIGHTS_OF_ROLE[role], "a key may what its role allowed"
        assert RIGHTS_OF_ROLE[role] - identity.rights <= _SINCE_SCOPES
    found = again.passages.get(UUID(int=1001))
    in_lane = [record.passage_id.int - 1000 for record in again.passages.list(site="huu-nghi", lane="in-1").items]
    found_by_part = again.passages.list(plate_part="c345").items
    confirmed = again.declarations.get("HN-000001")
    again.close()
    assert len(found_by_part) == 3
    assert confirmed is not None
    assert (confirmed.confirmed_at, confirmed.lane) == (NOON - timedelta(minutes=1), "in-2")
    assert found is not None
    assert found.cancelled is None
    assert in_lane == [3, 2, 1]


def test_what_a_node_says_is_wrong_with_a_camera_is_kept(store: Store) -> None:
    """Every finding in its order, and what cannot be judged; until it says otherwise."""
    moved = HealthFinding(code=HealthReason.MOVED, severity=Severity.MODERATE, measure=0.02, limit=0.015)
    unread = HealthFinding(code=HealthReason.UNREADABLE_PLATES, severity=Severity.SLIGHT, measure=0.7, limit=0.8)
    told = health(
        HealthLevel.DEGRADED,
        reason=HealthReason.MOVED,
        findings=(moved, unread),
        unjudged={HealthReason.TRIGGER_MISMATCH: "no_loop"},
    )
    with store.transaction(NOON) as transaction:
        store.cameras.report(transaction, told)
    (camera,) = store.cameras.list()
    assert camera.findings == (moved, unread)
    assert camera.unjudged == {HealthReason.TRIGGER_MISMATCH: "no_loop"}
    with store.transaction(NOON) as transaction:
        store.cameras.report(transaction, health())
    (camera,) = store.cameras.list()
    assert (camera.findings, camera.unjudged) == ((), {})


def test_what_is_committed_is_taken_over_from_the_journal_beside_writing(tmp_path: Path) -> None:
    """Without anybody closing the database, and long before SQLite would do it by itself."""
    store = Store.open(f"sqlite:///{tmp_path / 'c.db'}", tmp_path)
    for seq in range(1, 500):
        keep(store, passage(seq))
        with closing(sqlite3.connect(f"file:{tmp_path / 'c.db'}?immutable=1", uri=True)) as without_journal:
            tables = {name for (name,) in without_journal.execute("SELECT name FROM sqlite_master")}
            if "passages" in tables and without_journal.execute("SELECT count(*) FROM passages").fetchone()[0]:
                break
    else:
        pytest.fail("the journal was not taken over")
    store.close()
