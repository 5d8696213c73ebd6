"""Backup and restore of all that central keeps: database, pictures, papers and its signing key.

A backup is a folder: `central.db` (SQLite, whatever the database was), `evidence/` (files named by their hash),
`access_key`, and `manifest.json`, written last, which says what belongs to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from central.config import CentralConfig
from central.store.snapshot import bring_back, snapshot
from central.store.transfer import Progress
from contract.errors import StoreError

_FORMAT = 1
_DATABASE, _EVIDENCE, _KEY, _MANIFEST = "central.db", "evidence", "access_key", "manifest.json"
_NAMED_BY_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, or what was restored."""

    made_at: datetime
    rows: int
    files: int


def back_up(config: CentralConfig, folder: Path, progress: Progress) -> Backup:
    """Write a backup while central runs; into the folder of an earlier one only new files are copied.

    Raises:
        StoreError: the database cannot be read, or a file not be written; the folder holds no whole backup then.

    """
    made_at = datetime.now(UTC)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / _MANIFEST).unlink(missing_ok=True)
        (folder / _DATABASE).unlink(missing_ok=True)
        contents = snapshot(config.url, folder / _DATABASE, progress)
        files = _copy_all(config.evidence_dir, folder / _EVIDENCE, progress)
        if config.signing_key_file.is_file():
            _copy(config.signing_key_file, folder / _KEY)
        os.sync()  # the manifest is written last, and vouches for all of it
        manifest = {
            "format": _FORMAT,
            "made_at": made_at.isoformat(),
            "database_sha256": _sha256(folder / _DATABASE),
            "tables": {name: asdict(content) for name, content in contents.items()},
            "files": files,
        }
        _write(folder / _MANIFEST, json.dumps(manifest, indent=1).encode())
    except OSError as error:
        raise StoreError(f"cannot write the backup {folder}: {error}") from error
    os.sync()
    return Backup(made_at, sum(content.rows for content in contents.values()), files)


def restore(config: CentralConfig, folder: Path, progress: Progress) -> Backup:
    """Bring a backup back into an empty database and `data_dir`; verified before anything is written, and after.

    Raises:
        StoreError: no whole backup, a damaged one, or the target is not empty.

    """
    manifest = _manifest(folder)
    if _sha256(folder / _DATABASE) != manifest["database_sha256"]:
        raise StoreError(f"{folder / _DATABASE} is not what was backed up: it was damaged or changed")
    try:
        config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_another_key(config, folder)
        contents = bring_back(_work_copy(folder, config), config.url, progress)
        (config.data_dir / "restoring.db").unlink()
        came = {name: asdict(content) for name, content in contents.items()}
        if came != manifest["tables"]:
            raise StoreError(f"what was restored is not what {folder} says that it holds: begin anew, empty")
        files = _copy_all(folder / _EVIDENCE, config.evidence_dir, progress)
        if files < manifest["files"]:
            raise StoreError(f"expected {manifest['files']} files in {folder / _EVIDENCE}, found {files}")
        if (folder / _KEY).is_file():
            _copy(folder / _KEY, config.signing_key_file)
        os.sync()
    except OSError as error:
        raise StoreError(f"cannot restore to {config.data_dir}: {error}") from error
    rows = sum(content.rows for content in contents.values())
    return Backup(datetime.fromisoformat(manifest["made_at"]), rows, files)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"expected a whole backup in {folder}, with its {_MANIFEST}: {error}") from error
    if manifest.get("format") != _FORMAT:
        raise StoreError(
            f"expected a backup of format {_FORMAT}, got {manifest.get('format')!r}: use a newer smart-gate"
        )
    return manifest


def _refuse_another_key(config: CentralConfig, folder: Path) -> None:
    """Nodes trust one key: a restore never changes it for another."""
    mine, saved = config.signing_key_file, folder / _KEY
    if mine.is_file() and saved.is_file() and mine.read_bytes() != saved.read_bytes():
        raise StoreError(f"{mine} is another key than the one backed up: move it away first, nodes trust the other")


def _work_copy(folder: Path, config: CentralConfig) -> Path:
    """The backup itself is only read: opening a database writes beside it."""
    copy = config.data_dir / "restoring.db"
    shutil.copyfile(folder / _DATABASE, copy)
    return copy


def _copy_all(source: Path, target: Path, progress: Progress) -> int:
    """Copy files that the target lacks; how many the source has.

    Raises:
        StoreError: a file is not what its name says.

    """
    files = sorted(_files(source))
    for number, path in enumerate(files, 1):
        place = target / path.relative_to(source)
        if not place.is_file() or place.stat().st_size != path.stat().st_size:
            _copy(path, place)
        progress("files", number, len(files))
    return len(files)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".part")


def _copy(path: Path, place: Path) -> None:
    content = path.read_bytes()
    if _NAMED_BY_HASH.fullmatch(path.stem) and hashlib.sha256(content).hexdigest() != path.stem:
        raise StoreError(f"{path} is not what its name says: it was damaged or changed; remove it, then go on")
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(place, content)


def _write(place: Path, content: bytes) -> None:
    beside = place.with_suffix(".part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(place)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error}") from error
