"""All that central keeps, moved to another database, saved and brought back: the API answers the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bench.postgres import Postgres
from central.auth import add_api_key
from central.backup import back_up, restore
from central.config import CentralConfig
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.store.database import Database
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import Role
from central.store.snapshot import migrate
from central.store.transfer import transfer
from contract.errors import StoreError
from tests.central.databases import ON_POSTGRESQL
from tests.central.made import NOON, SCOPES_OF, birth, declared, evidence, health, packet, passage
from tests.central.served import Served

JPEG = b"\xff\xd8 made up \xff\xd9"
SHOWN = ("passages?limit=100", "declarations", "cameras", "nodes", "lanes", "dead-letters", "passages?plate=c345")
KINDS = ["sqlite", ON_POSTGRESQL]


def quiet(_name: str, _done: int, _total: int) -> None:
    """No bar."""


def fill(store: Store, vehicles: int = 30) -> None:
    """Some of everything."""
    told = [passage(n, jpegs=(JPEG,), at=NOON + timedelta(minutes=n)) for n in range(1, vehicles + 1)]
    bad = Packet("smartgate/v1/huu-nghi/huu-nghi-1/passage", b"\x00\xff")
    picture = evidence(1000, told[0], JPEG)
    Intake(store, late_after_s=300).take([packet(m) for m in (birth(), health(), *told, picture)] + [bad], NOON)
    match = Reason(ReasonCode.PLATE_EXACT, {"read": "12C34567", "declared": "12C34567"})
    with store.transaction(NOON) as transaction:
        for number in range(1, 6):
            store.declarations.save(transaction, declared(number=number), payload="{}")
        outcomes = [
            OutcomeRecord(OutcomeKind.MATCHED, (match,), UUID(int=1000 + n), f"HN-{n:06d}", 0.97, NOON)
            for n in range(1, 4)
        ]
        store.outcomes.revise(transaction, outcomes)


def answers(store: Store, key: str) -> dict[str, Any]:
    """What the API says of everything."""
    with Served(store) as served:
        client = served.client(headers={"Authorization": f"Bearer {key}"})
        said = {path: client.get(f"/api/v1/{path}") for path in SHOWN}
        assert {answer.status_code for answer in said.values()} == {200}
        return {path: answer.json() for path, answer in said.items()}


@pytest.fixture(params=KINDS)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database that is not made yet, or empty."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    server: Postgres = request.getfixturevalue("server")
    yield server.url(server.create())


def a_config(folder: Path, server: Postgres | None) -> CentralConfig:
    folder.mkdir()
    file = folder / "central.toml"
    database = f'database_url = "{server.url(server.create())}"\n' if server else ""
    file.write_text(f'data_dir = "data"\n{database}[mqtt]\nhost = "localhost"\n')
    config = CentralConfig.load(file)
    config.data_dir.mkdir()
    return config


def test_a_province_moves_and_answers_the_same(store: Store, url: str, elsewhere: str, tmp_path: Path) -> None:
    """Copied, then caught up with what came meanwhile; numbers that are given out go on behind those copied."""
    key = add_api_key(store, "tests", *SCOPES_OF[Role.OPERATOR])
    fill(store)
    migrate(url, elsewhere, quiet)
    Intake(store, late_after_s=300).take([packet(passage(n)) for n in range(50, 60)], NOON)
    with store.transaction(NOON) as transaction:  # one that was there says something else, and one takes its place
        taken = OutcomeRecord(OutcomeKind.MATCHED, (), UUID(int=1050), "HN-000001", 1.0, NOON)
        lost = OutcomeRecord(OutcomeKind.UNDECLARED, (), UUID(int=1001), None, 1.0, NOON)
        store.outcomes.revise(transaction, [taken, lost])
    contents = migrate(url, elsewhere, quiet)
    assert contents["passages"].rows == 40
    moved = Store.open(elsewhere, tmp_path / "evidence")
    assert answers(moved, key) == answers(store, key)
    assert moved.events.after(0) == store.events.after(0)
    latest = moved.events.latest_id()
    Intake(moved, late_after_s=300).take([packet(passage(70)), packet(passage(71, "29H99999"))], NOON)
    assert [event.event_id for event in moved.events.after(latest)] == [latest + 1, latest + 2]
    moved.close()
    with pytest.raises(StoreError, match="was used since"):
        migrate(url, elsewhere, quiet)


def test_a_move_that_broke_off_goes_on(store: Store, url: str, elsewhere: str) -> None:
    """Wherever it was cut, the next one ends with everything."""
    fill(store)
    whole: list[str] = []
    for cut in range(0, 12, 3):
        source, target = Database.open(url), Database.open(elsewhere)
        told = 0

        def stop(_name: str, _done: int, _total: int, cut: int = cut) -> None:
            nonlocal told
            told += 1
            if told > cut:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            transfer(source, target, "here", stop)
        source.close()
        target.close()
    source, target = Database.open(url), Database.open(elsewhere)
    assert transfer(source, target, "here", lambda name, _d, _t: whole.append(name))["passages"].rows == 30
    assert "passages" in whole
    source.close()
    target.close()


def test_a_database_in_use_is_not_written_over(store: Store, url: str, tmp_path: Path) -> None:
    """Said with what is in it."""
    fill(store, 3)
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}", tmp_path)
    Intake(other, late_after_s=300).take([packet(passage(1))], NOON)
    with pytest.raises(StoreError, match=r"expected an empty target.*passages"):
        migrate(url, f"sqlite:///{tmp_path / 'other.db'}", quiet)
    assert len(other.passages.list().items) == 1
    other.close()


@pytest.mark.parametrize(
    "onto_postgresql", [pytest.param(True, marks=ON_POSTGRESQL.marks), pytest.param(False, marks=ON_POSTGRESQL.marks)]
)
def test_what_was_backed_up_is_restored(onto_postgresql: bool, server: Postgres, tmp_path: Path) -> None:
    """Database, pictures and key, SQLite to PostgreSQL and back; the API answers the same; a second backup adds what is new."""
    config = a_config(tmp_path / "here", None if onto_postgresql else server)
    store = Store.open(config.url, config.evidence_dir)
    key = add_api_key(store, "tests", *SCOPES_OF[Role.OPERATOR])
    config.signing_key_file.write_text("made up")
    fill(store, 10)
    back_up(config, tmp_path / "backup", quiet)
    fill(store, 20)
    made = back_up(config, tmp_path / "backup", quiet)
    other = a_config(tmp_path / "there", server if onto_postgresql else None)
    done = restore(other, tmp_path / "backup", quiet)
    assert (done.rows, done.files, done.made_at) == (made.rows, made.files, made.made_at)
    restored = Store.open(other.url, other.evidence_dir)
    assert answers(restored, key) == answers(store, key)
    picture = evidence(1000, passage(1), JPEG).sha256
    path = restored.evidence.path(picture)
    assert path is not None
    assert path.read_bytes() == JPEG
    assert other.signing_key_file.read_text() == "made up"
    Intake(restored, late_after_s=300).take([packet(passage(90))], NOON)
    restored.close()
    store.close()
    with pytest.raises(StoreError, match="empty"):
        restore(other, tmp_path / "backup", quiet)


def test_a_damaged_backup_is_refused(tmp_path: Path) -> None:
    """One without its manifest, with another database, with a picture that was changed: each with the reason."""
    config = a_config(tmp_path / "here", None)
    store = Store.open(config.url, config.evidence_dir)
    fill(store, 3)
    store.close()
    backup = tmp_path / "backup"
    back_up(config, backup, quiet)
    manifest = (backup / "manifest.json").read_text()

    def refused(name: str, why: str) -> None:
        with pytest.raises(StoreError, match=why):
            restore(a_config(tmp_path / name, None), backup, quiet)

    (picture,) = backup.glob("evidence/*/*.jpg")
    picture.write_bytes(b"changed")
    refused("a", "not what its name says")
    picture.write_bytes(JPEG)
    (backup / "manifest.json").write_text(json.dumps(json.loads(manifest) | {"database_sha256": "0" * 64}))
    refused("b", "not what was backed up")
    (backup / "manifest.json").unlink()
    refused("c", "expected a whole backup")
