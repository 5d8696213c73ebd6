"""Databases for tests: SQLite as a file, and PostgreSQL where this machine has it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.postgres import Postgres, postgres, program_folder
from central.store import Store
from central.store.database import Database
from central.store.schema import metadata

ON_POSTGRESQL = pytest.param(
    "postgresql",
    marks=[
        pytest.mark.postgresql,
        pytest.mark.skipif(program_folder() is None, reason="PostgreSQL is not installed: apt install postgresql"),
    ],
)
BOTH = ["sqlite", ON_POSTGRESQL]
"""Parameters of `database`, for the folders whose tests run on both."""


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL that forgets everything when it is killed: for tests of behaviour."""
    with postgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store as a file, made once: its migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("empty")
    Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence").close()
    return folder / "central.db"


@pytest.fixture(scope="session")
def on_server(server: Postgres) -> str:
    """Address of a store on the server, which tests find empty."""
    url = server.url(server.create())
    Store.open(url, Path("unused")).close()
    return url


@pytest.fixture
def database() -> str:
    """Which database `url` and `store` are on."""
    return "sqlite"


@pytest.fixture
def url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty store."""
    if database == "sqlite":
        shutil.copyfile(request.getfixturevalue("empty_database"), tmp_path / "central.db")
        yield f"sqlite:///{tmp_path / 'central.db'}"
        return
    url: str = request.getfixturevalue("on_server")
    yield url
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    database = Database.open(url)
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    database.close()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    store = Store.open(url, tmp_path / "evidence")
    yield store
    store.close()
