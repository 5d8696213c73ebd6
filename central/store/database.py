"""The connection: transactions, events, migrations, and the one place that knows which database it is."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    String,
    Table,
    any_,
    bindparam,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.sql import Executable, insert

from central.store import schema
from central.store.checkpoints import Checkpoints
from central.store.ear import Ear
from central.store.engines import POSTGRESQL, open_engine
from central.store.files import NewFiles
from central.store.lookup import LookUp
from central.store.many import dialect_insert, insert_many
from central.store.records import EventKind
from contract.errors import SmartGateError, StoreError

SCHEMA_REVISION = "0020"
"""The head of `migrations/versions`; a test compares."""

MIGRATIONS = Path(__file__).parent / "migrations"
_AWAY = (OperationalError, InterfaceError, PendingRollbackError, NoConnectionFree)
"""What SQLAlchemy raises when the database cannot do its work now, whatever it was asked."""
_EVENTS, _MIGRATING = "the list of events", "the schema"
_LOCK = text(
    "SELECT pg_advisory_xact_lock(number) FROM (SELECT unnest(:numbers) AS number ORDER BY 1 OFFSET 0) AS wanted"
).bindparams(bindparam("numbers", type_=postgresql.ARRAY(BigInteger)))
"""In one order for everybody, so that no two wait for each other."""


class StoreUnavailable(StoreError):  # noqa: N818 - a state, like a closed door
    """The database cannot be written now (disk full, locked, server away): try again later."""


class Transaction:
    """One unit of writing: all of it becomes durable, or none. Made by `Database.transaction()`."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self.at = at
        self.files = NewFiles()
        """On disk before what this transaction writes is."""
        self._connection = connection
        self._events: dict[tuple[EventKind, str], str] = {}

    @property
    def has_events(self) -> bool:
        """Whether something changed that a screen shows."""
        return bool(self._events)

    def lock(self, names: Iterable[str]) -> None:
        """Have other processes that want one of `names` wait until this transaction has ended; call it once, first.

        SQLite has one writer anyway.
        """
        if self._connection.dialect.name != POSTGRESQL:
            return
        if numbers := sorted({number_of(name) for name in names}):
            self._connection.execute(_LOCK, {"numbers": numbers})

    def event(self, kind: EventKind, subject: str, site: str) -> None:
        """Tell readers that `subject` changed; told once a transaction, when it commits."""
        self._events[kind, subject] = site

    def run(self, statement: Executable, parameters: Any = None) -> int:  # noqa: ANN401 - SQLAlchemy's own type
        """Execute a statement that returns no rows; how many rows it touched."""
        return int(self._connection.execute(statement, parameters).rowcount)

    def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of a query."""
        return self._connection.execute(statement).mappings().all()

    def first(self, statement: Executable) -> RowMapping | None:
        """The first row of a query, if any."""
        return self._connection.execute(statement).mappings().first()

    def look_up(self, what: LookUp, keys: Sequence[tuple[Any, ...]]) -> Sequence[RowMapping]:
        """The rows of many keys."""
        if not keys:
            return ()
        statement = what.statement(self._connection.dialect.name)
        return self._connection.execute(statement, what.values(keys)).mappings().all()

    def insert(self, table: Table, values: dict[str, Any]) -> int:
        """Insert a row; its counted id (0 where the table has none)."""
        key = self._connection.execute(insert(table).values(values)).inserted_primary_key
        return key[0] if key is not None and isinstance(key[0], int) else 0

    def insert_new(self, table: Table, values: dict[str, Any]) -> bool:
        """Insert a row unless its key is there; whether it was new."""
        statement = dialect_insert(self._connection.dialect, table).values(values).on_conflict_do_nothing()
        return self.run(statement.execution_options(preserve_rowcount=True)) > 0

    def insert_all(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that have the same columns; those whose key is there are left out."""
        if rows:
            self._insert_many(table, rows, changes=False)

    def insert_from(self, table: Table, rows: Select[Any]) -> None:
        """Insert what a query finds, in the order of the table's columns; rows whose key is there are left out."""
        statement = dialect_insert(self._connection.dialect, table)
        self.run(statement.from_select([column.name for column in table.columns], rows).on_conflict_do_nothing())

    def upsert(self, table: Table, *rows: dict[str, Any]) -> None:
        """Insert rows that have the same columns, or change the others of the one with the same primary key."""
        if rows:
            self._insert_many(table, rows, changes=True)

    def among(self, column: ColumnElement[str], keys: Iterable[str]) -> ColumnElement[bool]:
        """Whether a text is one of `keys`, of which there may be any number: they are one parameter."""
        if self._connection.dialect.name == POSTGRESQL:
            # in a text, since what operators are called on lies in a circle with its keys, which a long export piles up
            these = bindparam("these", list(keys), postgresql.ARRAY(String), unique=True)
            return column == any_(text("(:these)").bindparams(these))
        return column.in_(select(func.json_each(json.dumps(list(keys))).table_valued("value").c.value))

    def _insert_many(self, table: Table, rows: Sequence[dict[str, Any]], *, changes: bool) -> None:
        many = insert_many(self._connection.dialect, table, tuple(rows[0]), changes=changes)
        self._connection.exec_driver_sql(many.sql, many.parameters(rows))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside is undone alone; the transaction goes on.

        Raises:
            StoreError: a value cannot be kept as it is.

        """
        before = dict(self._events)
        try:
            with self._connection.begin_nested():
                yield
        except (*_AWAY, SmartGateError):
            self._events = before
            raise
        except Exception as error:  # whatever a value did to the database, the rest of the batch must not suffer
            self._events = before
            raise StoreError(f"this cannot be kept: {type(error).__name__}: {error}") from error

    def finish(self) -> None:
        """What comes last: files to disk, and the rows of `events`; called once, before the commit."""
        try:
            self.files.sync()
        except OSError as error:  # the disk is full or gone: nothing is wrong with what was written
            raise StoreUnavailable(f"a file cannot be written: {error}") from error
        events = [
            {"kind": kind, "subject": subject, "site": site, "at": self.at}
            for (kind, subject), site in self._events.items()
        ]
        if events:
            # a reader resumes behind the highest number that it saw: numbers must become visible in their order
            self.lock([_EVENTS])
            self.insert_all(schema.events, events)


class Database:
    """An open database. One writer at a time in this process; readers never wait.

    Other processes may write at the same time where it is PostgreSQL: see `Transaction.lock`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        on_server = engine.dialect.name == POSTGRESQL
        self._ear = Ear(engine, self._tell) if on_server else None
        self._checkpoints = None if on_server else Checkpoints(engine)

    @classmethod
    def open(cls, url: str) -> Database:
        """Connect and bring the schema up to date.

        Raises:
            StoreError: the address is no database's, the database cannot be reached, or it is newer than this program.

        """
        try:
            engine = open_engine(url)
            database = cls(engine)
            database._migrate()
        except ArgumentError as error:
            raise StoreError(
                f"expected a database address like sqlite:////path/central.db, got {url!r}: {error}"
            ) from error
        except OperationalError as error:
            raise StoreError(
                f"cannot open the database {make_url(url).render_as_string()}: {error.orig}; check that the folder "
                "exists and may be written, or that the server answers"
            ) from error
        return database

    @property
    def name(self) -> str:
        """Its address, without a password."""
        return self.engine.url.render_as_string()

    def close(self) -> None:
        """Give all connections back."""
        if self._ear is not None:
            self._ear.close()
        if self._checkpoints is not None:
            self._checkpoints.close()
        self.engine.dispose()

    def on_commit(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (quick, from the writing thread) after each commit with events; returns how to stop.

        On PostgreSQL commits of other programs count too; that callback comes from a thread of its own.
        """
        self._listeners.append(callback)
        if self._ear is not None:
            self._ear.open()
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    @contextmanager
    def transaction(self, at: datetime | None = None) -> Iterator[Transaction]:
        """Write; commits at the end of the block, rolls back on an exception.

        Raises:
            StoreUnavailable: nothing was written, and the same may work later.

        """
        try:
            with (
                self._writing,
                self.engine.connect().execution_options(smartgate_writes=True) as connection,
                connection.begin(),
            ):
                transaction = Transaction(connection, at or datetime.now(UTC))
                yield transaction
                transaction.finish()
                if self._ear is not None and transaction.has_events:
                    self._ear.announce(connection)
        except _AWAY as error:
            raise StoreUnavailable(f"the database cannot be written: {_cause(error)}") from error
        if self._checkpoints is not None:
            self._checkpoints.committed()
        if transaction.has_events:
            self._tell()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Several reads of one moment.

        Raises:
            StoreUnavailable: the database does not answer; try again later.

        """
        try:
            with self.engine.connect() as connection:
                if connection.dialect.name == POSTGRESQL:  # else each query would see a later moment
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield Transaction(connection, datetime.now(UTC))
        except _AWAY as error:
            raise StoreUnavailable(f"the database cannot be read: {_cause(error)}") from error

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """All rows of a query."""
        with self.reading() as reading:
            return reading.rows(statement)

    def first(self, statement: Executable) -> RowMapping | None:
        """The first row of a query, if any."""
        with self.reading() as reading:
            return reading.first(statement)

    def _migrate(self) -> None:
        if self._revision() == SCHEMA_REVISION:
            return  # the usual start loads no Alembic
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.connect().execution_options(smartgate_writes=True) as connection, connection.begin():
            config.attributes["connection"] = connection
            Transaction(connection, datetime.now(UTC)).lock([_MIGRATING])  # several programs may start at once
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StoreError(
                    f"the database's schema is {self._revision()!r}, this program knows up to {SCHEMA_REVISION!r}: "
                    f"install the version of smart-gate that wrote it, or a newer one ({error})"
                ) from error

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return None if found is None else str(found)


def number_of(name: str) -> int:
    """The number that PostgreSQL knows a lock by."""
    return int.from_bytes(hashlib.blake2b(f"smartgate {name}".encode(), digest_size=8).digest(), signed=True)


def _cause(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip()
