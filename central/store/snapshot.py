"""A database at one moment as a SQLite file, taken while others go on writing, and brought back."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from central.store.database import Database
from central.store.transfer import Content, Progress, contents_of, transfer
from contract.errors import StoreError


def snapshot(url: str, file: Path, progress: Progress) -> dict[str, Content]:
    """Write all of the database at `url` to a new SQLite `file`; what is in it.

    Raises:
        StoreError: the database cannot be read, or the file not be written.

    """
    source = Database.open(url)
    try:
        if source.engine.dialect.name == "sqlite":
            _online(source, file, progress)
        else:
            copy = Database.open(f"sqlite:///{file}")
            try:
                transfer(source, copy, "a snapshot", progress)
            finally:
                copy.close()
    finally:
        source.close()
    return _checked(file)


def bring_back(file: Path, url: str, progress: Progress) -> dict[str, Content]:
    """Fill the empty database at `url` from a snapshot; what is in it now.

    Raises:
        StoreError: the database is not empty, or does not come out equal.

    """
    with contextlib.ExitStack() as ends:
        source = Database.open(f"sqlite:///{file}")
        ends.callback(source.close)
        target = Database.open(url)
        ends.callback(target.close)
        return transfer(source, target, f"the snapshot {file.name} of {file.stat().st_size} bytes", progress)


def migrate(source_url: str, target_url: str, progress: Progress) -> dict[str, Content]:
    """Copy a database, in use or not, into an empty one; again to go on, or to catch up. What is in it now.

    Raises:
        StoreError: the target holds something else, or does not come out equal.

    """
    with contextlib.ExitStack() as ends:
        source = Database.open(source_url)
        ends.callback(source.close)
        target = Database.open(target_url)
        ends.callback(target.close)
        return transfer(source, target, source.name, progress)


def _online(source: Database, file: Path, progress: Progress) -> None:
    """Page by page; SQLite begins again by itself where pages change meanwhile."""

    def tell(_status: int, left: int, pages: int) -> None:
        progress("pages", pages - left, pages)

    raw = source.engine.raw_connection()
    try:
        with contextlib.closing(sqlite3.connect(file)) as copy:
            raw.driver_connection.backup(copy, pages=4096, progress=tell)  # type: ignore[union-attr]  # sqlite3 is below
    except sqlite3.Error as error:
        raise StoreError(f"cannot copy the database to {file}: {error}") from error
    finally:
        raw.close()


def _checked(file: Path) -> dict[str, Content]:
    copy = Database.open(f"sqlite:///{file}")
    try:
        return contents_of(copy)
    finally:
        copy.close()  # the last connection folds the write-ahead log into the file
