"""Declarations from a folder into which an office puts exported files."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from central.platform.export import Export, read_export, report
from central.platform.intake import Intake, Taken
from central.platform.kept_mapping import mapping_in_force
from central.platform.settings import FolderSettings
from central.platform.tables import UnreadableFileError
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.platform import FileRecord, Tally
from central.worker import Worker
from contract.errors import SmartGateError

log = structlog.get_logger(__name__)
_AT_ONCE = 500
"""Rows written together; other writers wait no longer than for these."""
_SUFFIXES = (".csv", ".txt", ".xlsx")
_ASIDE = "set-aside"
"""Folder, inside the watched one, of the reports of bad rows."""


class FolderUnavailable(SmartGateError):  # noqa: N818 - a state, like a closed door
    """The folder, or a file in it, cannot be read now: try again later."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was seen, and since when it is like that."""

    size_bytes: int
    mtime_ns: int
    since: datetime


class FolderRunner:
    """Reads each file once it is whole: once, unless what is in it changes."""

    def __init__(self, store: Store, settings: FolderSettings) -> None:
        self._store = store
        self._settings = settings
        self._mapping = settings.mapping
        self._intake = Intake(store, settings.name, "folder", settings.gates)
        self._looks: dict[Path, _Look] = {}
        self._done: dict[Path, _Look] = {}
        self.complete_at: datetime | None = None
        """When the folder last held nothing that was not read; None until then."""
        self.worker = Worker("declaration folder", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; a file that is half read is read again at the next start."""
        self.worker.stop()

    def step(self, now: datetime, stop: Callable[[], bool] = lambda: False) -> None:
        """Read what is whole; ends early between some rows when `stop` says so.

        Raises:
            FolderUnavailable: the folder cannot be read.
            StoreUnavailable: nothing more can be written.

        """
        mapping = mapping_in_force(self._store, "folder", self._settings.mapping) or self._settings.mapping
        if mapping != self._mapping:  # somebody set another: what was read means something else now
            self._mapping = mapping
            self._done.clear()
        waiting = False
        away: FolderUnavailable | None = None
        for path, look in self._look(now).items():
            if self._done.get(path) == look:
                continue
            if now - look.since < timedelta(seconds=self._settings.settle_s):
                waiting = True  # somebody may still be writing
                continue
            try:
                if not self._read(path, look, now, stop):
                    return
            except FolderUnavailable as error:  # somebody may have it open; the others are read all the same
                away = away or error
                continue
            self._done[path] = look
        if away is not None:
            raise away
        if not waiting:
            self.complete_at = now

    def _look(self, now: datetime) -> dict[Path, _Look]:
        """All files of the folder, by name; those that are as they were keep the time since when."""
        looks = {}
        try:
            for path in sorted(self._settings.path.iterdir()):
                if path.suffix.lower() not in _SUFFIXES or path.name.startswith(("~$", ".")) or not path.is_file():
                    continue
                stat = path.stat()
                before = self._looks.get(path)
                same = before is not None and (before.size_bytes, before.mtime_ns) == (stat.st_size, stat.st_mtime_ns)
                looks[path] = before if before and same else _Look(stat.st_size, stat.st_mtime_ns, now)
        except OSError as error:
            raise FolderUnavailable(
                f"cannot read the folder {self._settings.path}: {error.strerror}; check that it exists, is mounted, "
                "and that this program may read it"
            ) from error
        self._looks = looks
        return looks

    def _read(self, path: Path, look: _Look, now: datetime, stop: Callable[[], bool]) -> bool:
        """Read a file unless its content was read before; whether it was read to the end."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FolderUnavailable(
                f"cannot read {path}: {error.strerror}; may this program read it, and has nobody it open?"
            ) from error
        # what was read means something else once the configuration or a person says so
        settings = self._settings.model_copy(update={"mapping": self._mapping})
        meaning = settings.model_dump_json(include={"gates", "mapping"})
        digest = hashlib.sha256(meaning.encode() + content).hexdigest()
        known = self._store.connectors.file(self._settings.name, digest)
        if known is not None and known.read_at is not None:
            return True
        file = FileRecord(self._settings.name, digest, path.name, now, None, 0, Tally())
        try:
            written_at = datetime.fromtimestamp(look.mtime_ns / 1e9, UTC)
            export = read_export(content, self._mapping, as_of=written_at)
        except UnreadableFileError as error:
            self._refuse(file, str(error))
            return True
        return self._take(export, file, path, stop)

    def _take(self, export: Export, file: FileRecord, path: Path, stop: Callable[[], bool]) -> bool:
        items = [row.item(path.name) for row in export.rows]
        file = replace(file, rows=len(items))
        for start in range(0, max(1, len(items)), _AT_ONCE):
            if stop():
                return False
            batch = items[start : start + _AT_ONCE]
            is_last = start + _AT_ONCE >= len(items)
            with self._store.transaction(datetime.now(UTC)) as transaction:
                results = self._intake.take(transaction, batch)
                new = sum(result is Taken.NEW for result in results)
                aside = sum(not isinstance(result, Taken) for result in results)
                file = replace(file, tally=file.tally + Tally(len(batch), new, aside))
                if is_last:
                    file = replace(file, read_at=transaction.at)
                self._store.connectors.save_file(transaction, file)
        counts = {"rows": file.rows, "new": file.tally.new, "aside": file.tally.aside}
        log.info("file read", file=path.name, **counts, **({"left_out": export.left_out} if export.left_out else {}))
        self._report(export, file, path)
        return True

    def _refuse(self, file: FileRecord, failure: str) -> None:
        log.warning("file cannot be read", file=file.name, reason=failure)
        with self._store.transaction(datetime.now(UTC)) as transaction:
            self._intake.failed(transaction, f"{file.name}: {failure}")
            self._store.connectors.save_file(transaction, replace(file, read_at=transaction.at, failure=failure))

    def _report(self, export: Export, file: FileRecord, path: Path) -> None:
        """What is wrong, where whoever put the file there can see it."""
        if not export.faults:
            return
        beside = path.parent / _ASIDE / f"{path.stem}-{file.digest[:8]}.csv"
        try:
            beside.parent.mkdir(exist_ok=True)
            beside.write_bytes(report(export.faults))
        except OSError as error:
            log.warning("no report beside the file", file=path.name, reason=error.strerror)

    def _work(self, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                self.step(datetime.now(UTC), stop.is_set)
                failures = 0
            except (FolderUnavailable, StoreUnavailable) as error:
                failures += 1
                if failures == 1:
                    log.warning("no declarations from the folder for now", reason=str(error))
                    self._note(str(error))
            spread = random.uniform(0.9, 1.0)  # noqa: S311 - spreads looks, keeps no secret
            stop.wait(self._settings.poll_s * spread)

    def _note(self, failure: str) -> None:
        try:
            with self._store.transaction(datetime.now(UTC)) as transaction:
                self._intake.failed(transaction, failure)
        except StoreUnavailable:
            pass  # it is what failed
