"""What other programs commit on the same PostgreSQL, heard at once and not at the next look."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

_CHANNEL: Final = "smartgate_changes"
_ANNOUNCE = text(f"SELECT pg_notify('{_CHANNEL}', :who)")
_LOOK_S: Final = 1.0
"""How long ending may take."""
_TRY_AGAIN_S: Final = 2.0
_FIRST_S: Final = 10.0
"""As long as reaching a server may take; without it what others commit is heard later."""


class Ear:
    """Announces commits of this program, and calls `heard` for those of others; after a lost connection too."""

    def __init__(self, engine: Engine, heard: Callable[[], None]) -> None:
        self._engine = engine
        self._heard = heard
        self._who = uuid4().hex
        self._stop, self._listening = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def announce(self, connection: Connection) -> None:
        """Part of a transaction: others hear of it when it is committed."""
        connection.execute(_ANNOUNCE, {"who": self._who})

    def open(self) -> None:
        """Begin to listen, once; what is committed after this returned is heard."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ear", daemon=True)
            self._thread.start()
            self._listening.wait(_FIRST_S)

    def close(self) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    self._listen(connection)
            except SQLAlchemyError:
                self._stop.wait(_TRY_AGAIN_S)

    def _listen(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
        driver: Any = connection.connection.driver_connection
        try:
            if self._listening.is_set():  # what was committed while nobody listened
                self._heard()
            self._listening.set()
            while not self._stop.is_set():
                for told in driver.notifies(timeout=_LOOK_S, stop_after=1):
                    if told.payload != self._who:
                        self._heard()
        except _driver_errors():
            self._stop.wait(_TRY_AGAIN_S)
        finally:
            with contextlib.suppress(SQLAlchemyError):
                connection.invalidate()  # back in the pool it would go on listening


def _driver_errors() -> type[Exception]:
    """What the driver itself raises; it is installed only where PostgreSQL is used."""
    import psycopg

    return psycopg.Error
