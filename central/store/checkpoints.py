"""SQLite's journal is taken over into the database beside who writes, who else would wait for the disk twice more."""

from __future__ import annotations

import contextlib
import sqlite3
import threading

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

_EVERY = 8
"""Commits; each is up to three hundred pages of a full batch."""


class Checkpoints:
    """Where it does not keep up, or its process has ended, SQLite does the same by itself, only later.

    What is committed is durable either way.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._commits = 0
        self._wanted = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def committed(self) -> None:
        """Count a commit; call it from one thread at a time."""
        self._commits += 1
        if self._commits % _EVERY:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        """End it."""
        self._closed = True
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while self._wanted.wait() and not self._closed:
            self._wanted.clear()
            with contextlib.suppress(
                sqlite3.Error, SQLAlchemyError
            ):  # whoever writes next says what is wrong with the disk
                connection = self._engine.raw_connection()
                try:
                    connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()
                finally:
                    connection.close()
