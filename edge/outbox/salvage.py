"""Takes over from a damaged file what can still be read of it, while the node works on with a new one.

What the new file has already is left alone, so that it may be done twice: a power cut in between begins it again.
Nothing is sent twice in a way that counts: central knows a number, a passage's revision and a picture that it has.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from contract.errors import StoreError
from contract.messages import EvidenceKind
from edge.evidence.settings import LEAST_FREE_BYTES
from edge.outbox.database import DAMAGED, SALVAGED, Database, beside
from edge.outbox.pages import Identity, Pages, Row, find_identity
from edge.outbox.pictures import Place, note_unsent

log = structlog.get_logger(__name__)
_AT_ONCE = 20
"""Rows in one transaction: passages that come meanwhile need not wait long."""
_AGAIN_S = 5.0
_BEFORE = 2**40
"""Kept pictures are older than what waits: their ids are moved down by this."""
_Restore = Callable[[sqlite3.Connection, Row], bool]
"""Puts a row where it belongs; whether it was new there."""


class Salvager:
    """Works in a thread of its own, for as long as a file that was set aside is not read through."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.salvaged = 0
        """Messages taken over since the start."""
        self._finished = 0

    @property
    def at_work(self) -> bool:
        """Whether a file is not read through yet."""
        return bool(self._database.set_aside(DAMAGED))

    def begin(self) -> None:
        """Read through what was set aside, in the background; at once when that goes on already."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="outbox salvage", daemon=True)
                self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; false when it took longer."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return not self.at_work

    def stop(self) -> None:
        """Leave off; the next start begins it again."""
        self._stop.set()
        self.join(timeout_s=60.0)

    def rebuilt(self) -> int | None:
        """How many files were read through since the start; None while one is not, and what is on it is missing."""
        return None if self.at_work else self._finished

    def _run(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                files = self._database.set_aside(DAMAGED)
                if not files:
                    self._thread = None
                    return
            try:
                self._salvage(files[0])
            except OSError as error:
                log.error("what was set aside cannot be read yet", file=files[0].name, reason=str(error))  # noqa: TRY400 - the disk, no bug
                self._stop.wait(_AGAIN_S)

    def _salvage(self, path: Path) -> None:
        before = find_identity(path)
        passages = self._take(path, _is_passage, lambda connection, row: self._message(connection, row, before))
        self._take(path, _is_dispute, _dispute)
        kept = self._take(path, _is_kept_picture, _kept_picture)
        pictures = self._take(path, _is_picture, lambda connection, row: self._picture(connection, row, before))
        if self._stop.is_set():
            return
        path.rename(path.with_suffix(SALVAGED))
        for suffix in ("-wal", "-shm"):
            beside(path, suffix).unlink(missing_ok=True)
        for older in self._database.set_aside(SALVAGED)[:-1]:  # one is enough to look into
            older.unlink()
        self._finished += 1
        log.error(
            "a damaged outbox was salvaged", file=path.name, passages=passages, pictures=pictures, kept_pictures=kept
        )

    def _take(self, path: Path, wanted: Callable[[Row], bool], restore: _Restore) -> int:
        """Take over the rows that are wanted; how many were new."""
        taken = 0
        with Pages(path) as pages:
            rows = filter(wanted, pages.rows())
            while batch := list(itertools.islice(rows, _AT_ONCE)):
                taken += self._store(batch, restore)
        return taken

    def _store(self, batch: list[Row], restore: _Restore) -> int:
        while not self._stop.is_set():
            try:
                with self._database.transaction() as connection:
                    return sum(restore(connection, row) for row in batch)
            except StoreError as error:
                log.error("what was salvaged cannot be stored yet", reason=str(error))  # noqa: TRY400 - the disk, no bug
                self._stop.wait(_AGAIN_S)
        return 0

    def _message(self, connection: sqlite3.Connection, row: Row, before: Identity | None) -> bool:
        """Take a message over: under its number where that is known to be its own, else under a new one."""
        seq, (_, topic, payload) = row
        outbox_id = self._database.outbox_id
        if before is None or before.outbox_id != outbox_id or seq > before.last_seq:
            (last_seq,) = connection.execute("SELECT last_seq FROM outbox").fetchone()
            seq = last_seq + 1
            payload = json.dumps(_said(payload) | {"outbox_id": str(outbox_id), "seq": seq}).encode()
            connection.execute("UPDATE outbox SET last_seq = ?", [seq])
        if not connection.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?)", [seq, topic, payload]).rowcount:
            return False
        said = _said(payload)
        connection.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?)", ["jpeg" in said, seq])
        if "jpeg" in said:
            known = {name: said[name] for name in ("kind", "sha256", "passage_id")}
            note_unsent(connection, seq, **known, size_bytes=len(said["jpeg"]))
        self.salvaged += 1
        return True

    def _picture(self, connection: sqlite3.Connection, row: Row, before: Identity | None) -> bool:
        """Take a picture over while there is room; it stays in the file that was set aside where there is none."""
        if shutil.disk_usage(self._database.path.parent).free < LEAST_FREE_BYTES:
            return False
        return self._message(connection, row, before)


def is_whole(payload: object, seq: int) -> bool:
    """Whether a message's payload is one of ours, under this number: SQLite does not notice every changed byte."""
    return _said(payload).get("seq") == seq


def _said(payload: object) -> dict[str, Any]:
    try:
        said = json.loads(payload) if isinstance(payload, bytes) else None
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_passage(row: Row) -> bool:
    match row:
        case (seq, (None, str(), bytes(payload))):
            return is_whole(payload, seq) and "jpeg" not in _said(payload)
    return False


def _is_picture(row: Row) -> bool:
    match row:
        case (seq, (None, str(), bytes(payload))) if is_whole(payload, seq):
            said = _said(payload)
            return "jpeg" in said and _is_known(said.get("kind"), said.get("sha256"), said.get("passage_id"))
    return False


def _is_kept_picture(row: Row) -> bool:
    match row:
        case (_, (None, None, kind, sha256, passage_id, Place.KEPT, int())):
            return _is_known(kind, sha256, passage_id or str(UUID(int=0)))
    return False


def _kept_picture(connection: sqlite3.Connection, row: Row) -> bool:
    number, (_, *columns) = row
    statement = "INSERT OR IGNORE INTO picture VALUES (?, ?, ?, ?, ?, ?, ?)"
    return connection.execute(statement, [number - _BEFORE, *columns]).rowcount > 0


def _is_dispute(row: Row) -> bool:
    match row:
        case (_, (str(passage_id), str(since))):
            return _is_uuid(passage_id) and since[:2] == "20"
    return False


def _dispute(connection: sqlite3.Connection, row: Row) -> bool:
    return connection.execute("INSERT OR IGNORE INTO dispute VALUES (?, ?)", row[1]).rowcount > 0


def _is_known(kind: object, sha256: object, passage_id: object) -> bool:
    """Whether a picture's names make sense."""
    return kind in set(EvidenceKind) and isinstance(sha256, str) and len(sha256) == 64 and _is_uuid(passage_id)


def _is_uuid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
