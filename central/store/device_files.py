"""Photos and papers of devices: one file each, named by its hash, never removed."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select

from central.store.database import Database, StoreUnavailable, Transaction
from central.store.register import note_change
from central.store.register_records import DeviceFile, FilePurpose
from central.store.schema_register import device_files


class DeviceFiles:
    """`store.device_files`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def of(self, device_id: str) -> tuple[DeviceFile, ...]:
        """Files of a device, the latest first."""
        mine = device_files.c.device_id == device_id
        rows = self._database.rows(select(device_files).where(mine).order_by(device_files.c.added_at.desc()))
        return tuple(DeviceFile(**{**row, "purpose": FilePurpose(row["purpose"])}) for row in rows)

    def content(self, sha256: str) -> bytes | None:
        """What is in a file; None when it is gone or was changed."""
        path = self._place(sha256)
        content = path.read_bytes() if path.is_file() else None
        return content if content is not None and hashlib.sha256(content).hexdigest() == sha256 else None

    def add(
        self,
        transaction: Transaction,
        device_id: str,
        content: bytes,
        *,
        purpose: FilePurpose,
        media_type: str,
        name: str,
        actor: str,
    ) -> str:
        """Keep a file: it is on disk before the row that names it can be; its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        record = DeviceFile(device_id, sha256, purpose, media_type, name, len(content), transaction.at, actor)
        if transaction.insert_new(device_files, asdict(record)):
            note_change(transaction, device_id, purpose.value, name or sha256[:12], actor=actor)
        try:
            transaction.files.write(self._place(sha256), content)
        except OSError as error:  # the disk is full or gone: nothing is wrong with the file
            raise StoreUnavailable(f"a file cannot be written: {error}") from error
        return sha256

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256
