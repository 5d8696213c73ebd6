"""Connections to SQLite and PostgreSQL, each set up so that a commit is durable and nobody waits for ever."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from contract.errors import StoreError

POSTGRESQL: Final = "postgresql"
_SERVER_SETTINGS: Final = {
    "application_name": "smartgate",
    "lock_timeout": "30s",  # another aggregator hangs: better to try again than to wait for ever
    "idle_in_transaction_session_timeout": "60s",  # and one that hangs gives back what it holds
    "synchronous_commit": "on",  # whatever the server's default: what was acknowledged is on its disk
}
_REACHING: Final = {"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 5, "tcp_user_timeout": 30_000}
"""Seconds, and the last in milliseconds, as libpq has it: a server that is gone is noticed within half a minute."""
_SQLITE_SETTINGS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "cache_size=-16000",  # kB; its 2 MB hold no index of a province
    "wal_autocheckpoint=16000",  # pages, 64 MB: what `Checkpoints` has left, so that who writes seldom has to do it
)
_CONNECTIONS: Final = 10
_MORE_CONNECTIONS: Final = 15
"""For moments: three aggregators stay below the hundred that PostgreSQL allows by default."""


def open_engine(url: str) -> Engine:
    """Connections to the database at `url`; none is made yet.

    Raises:
        ArgumentError: the address is none.
        StoreError: it is of another database, or the driver is not installed.

    """
    name = make_url(url).get_backend_name()
    if name == "sqlite":
        engine = create_engine(url)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    if name != POSTGRESQL:
        raise StoreError(f"expected a SQLite or PostgreSQL address, got one of {name}")
    options = " ".join(f"-c {setting}={value}" for setting, value in _SERVER_SETTINGS.items())
    try:
        return create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_pre_ping=True,
            connect_args={"options": options, **_REACHING},
        )
    except ImportError as error:
        raise StoreError(f"PostgreSQL needs its driver: pip install 'smartgate[postgresql]' ({error})") from error


def _sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3 would begin too late for reads
    for pragma in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("smartgate_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
