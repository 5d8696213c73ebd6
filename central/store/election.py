"""Which of several programs on one database does what only one may do."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from central.store.database import Database, StoreUnavailable, number_of
from central.store.engines import POSTGRESQL

_OFFICE: Final = "who watches"
_TAKE = text("SELECT pg_try_advisory_lock(:number)")


class Election:
    """`store.election`: held by one program at a time, from its first `is_held` on until it ends or is cut off.

    Held by a lock of PostgreSQL that lives and dies with a connection. With SQLite there is one program: it holds it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    def is_held(self) -> bool:
        """Whether this program holds the office now; takes it where it is free.

        Raises:
            StoreUnavailable: the database does not answer, so nobody knows.

        """
        if self._database.engine.dialect.name != POSTGRESQL:
            return True
        try:
            if self._connection is None:
                self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                held = self._connection.execute(_TAKE, {"number": number_of(_OFFICE)}).scalar()
                if not held:
                    self.resign()
            else:
                self._connection.execute(text("SELECT 1"))  # the lock lives as long as its connection answers
        except SQLAlchemyError as error:
            self.resign()
            raise StoreUnavailable(f"the database does not say who watches: {error}") from error
        return self._connection is not None

    def resign(self) -> None:
        """Let another program have it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.invalidate()  # closed for good: back in the pool it would go on holding the lock
                connection.close()
            except DBAPIError:
                pass  # it was gone already
