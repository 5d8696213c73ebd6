"""The register of devices: what is there, who answers for it, and who changed what when."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, delete, select, update

from central.store.database import Database, Transaction
from central.store.register_records import (
    FIELD_NAMES,
    DeviceFields,
    DeviceKind,
    DeviceRecord,
    FieldValue,
    ImportRecord,
    RegisterChange,
    UnitRecord,
)
from central.store.schema_register import devices, register_changes, register_imports, units
from contract.errors import StoreError

_ID_SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No sign that is taken for another on a label, and no vowels, so that no word comes out."""
_ID_LENGTH = 6
_IMPORT_WAITS = timedelta(days=2)


class Register:
    """`store.register`. Values are checked by `central.fleet.register`; here they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, site: str | None = None, kind: DeviceKind | None = None) -> tuple[DeviceRecord, ...]:
        """All devices, also those out of use: by site, kind and names."""
        statement = select(devices).order_by(
            *(devices.c[name] for name in ("site", "node", "lane", "camera", "kind", "device_id"))
        )
        if site is not None:
            statement = statement.where(devices.c.site == site)
        if kind is not None:
            statement = statement.where(devices.c.kind == kind)
        return tuple(_device(row) for row in self._database.rows(statement))

    def get(self, device_id: str) -> DeviceRecord | None:
        """One device by what stands on its label."""
        row = self._database.first(select(devices).where(devices.c.device_id == device_id))
        return _device(row) if row else None

    def of_camera(self, site: str, node: str, camera: str) -> DeviceRecord | None:
        """The device in use that messages call by this name."""
        return self._in_use(DeviceKind.CAMERA, site, devices.c.node == node, devices.c.camera == camera)

    def of_node(self, site: str, node: str) -> DeviceRecord | None:
        """The computer in use that messages call by this name."""
        return self._in_use(DeviceKind.NODE, site, devices.c.node == node)

    def add(self, transaction: Transaction, values: DeviceFields, *, actor: str) -> DeviceRecord:
        """A new device, with an id that is given to no other."""
        device_id = _new_id()
        while transaction.first(select(devices.c.device_id).where(devices.c.device_id == device_id)):
            device_id = _new_id()
        kept = {name: getattr(values, name) for name in FIELD_NAMES}
        record = DeviceRecord(**kept, device_id=device_id, added_at=transaction.at, changed_at=transaction.at)
        transaction.insert(devices, asdict(record))
        for name, value in kept.items():
            if value not in ("", None):
                _note(transaction, actor, name, None, value, device_id=device_id)
        return record

    def change(self, transaction: Transaction, device_id: str, values: Mapping[str, FieldValue], *, actor: str) -> int:
        """Set fields of a device; how many of them were different before.

        Raises:
            StoreError: there is no such device.

        """
        known = transaction.first(select(devices).where(devices.c.device_id == device_id))
        if known is None:
            raise StoreError(f"there is no device {device_id} in the register")
        changed = {name: value for name, value in values.items() if known[name] != value}
        if changed:
            mine = devices.c.device_id == device_id
            transaction.run(update(devices).where(mine).values(**changed, changed_at=transaction.at))
        for name, value in changed.items():
            _note(transaction, actor, name, known[name], value, device_id=device_id)
        return len(changed)

    def changes(self, device_id: str) -> tuple[RegisterChange, ...]:
        """Who changed what of a device, the latest first."""
        return self._changes(register_changes.c.device_id == device_id)

    def units(self) -> tuple[UnitRecord, ...]:
        """All units whose contact is known, or was looked for, by name."""
        return tuple(UnitRecord(**row) for row in self._database.rows(select(units).order_by(units.c.name)))

    def unit(self, name: str) -> UnitRecord | None:
        """One unit."""
        row = self._database.first(select(units).where(units.c.name == name))
        return UnitRecord(**row) if row else None

    def set_unit(self, transaction: Transaction, unit: UnitRecord, *, actor: str) -> int:
        """Keep how a unit is reached; how many of its fields were different before."""
        row = transaction.first(select(units).where(units.c.name == unit.name))
        known = asdict(UnitRecord(**row) if row else UnitRecord(unit.name))
        changed = {name: value for name, value in asdict(unit).items() if known[name] != value}
        if changed or row is None:
            transaction.upsert(units, asdict(unit))
        for name, value in changed.items():
            _note(transaction, actor, name, known[name], value, unit=unit.name)
        return len(changed)

    def unit_changes(self, name: str) -> tuple[RegisterChange, ...]:
        """Who changed what of a unit, the latest first."""
        return self._changes(register_changes.c.unit == name)

    def keep_import(self, transaction: Transaction, name: str, content: bytes, *, actor: str) -> str:
        """Keep a table until somebody confirms it; its id. Tables that waited for days are forgotten."""
        forgotten = register_imports.c.uploaded_at < transaction.at - _IMPORT_WAITS
        transaction.run(delete(register_imports).where(register_imports.c.done_at.is_(None), forgotten))
        import_id = str(uuid4())
        record = ImportRecord(import_id, name, content, transaction.at, actor, done_at=None)
        transaction.insert(register_imports, asdict(record))
        return import_id

    def get_import(self, import_id: str) -> ImportRecord | None:
        """A table that was uploaded."""
        row = self._database.first(select(register_imports).where(register_imports.c.import_id == import_id))
        return ImportRecord(**row) if row else None

    def finish_import(self, transaction: Transaction, import_id: str) -> bool:
        """Note that a table was taken in; False when it already was."""
        waiting = (register_imports.c.import_id == import_id, register_imports.c.done_at.is_(None))
        return transaction.run(update(register_imports).where(*waiting).values(done_at=transaction.at)) > 0

    def _in_use(self, kind: DeviceKind, site: str, *named: ColumnElement[bool]) -> DeviceRecord | None:
        here = (devices.c.kind == kind, devices.c.site == site, devices.c.retired_on.is_(None))
        row = self._database.first(select(devices).where(*here, *named))
        return _device(row) if row else None

    def _changes(self, which: ColumnElement[bool]) -> tuple[RegisterChange, ...]:
        columns = [register_changes.c[name] for name in ("at", "actor", "field", "old", "new")]
        statement = select(*columns).where(which).order_by(register_changes.c.change_id.desc())
        return tuple(RegisterChange(**row) for row in self._database.rows(statement))


def note_change(transaction: Transaction, device_id: str, field: str, new: str, *, actor: str) -> None:
    """Put on record what was added to a device beside its fields."""
    _note(transaction, actor, field, None, new, device_id=device_id)


def _note(
    transaction: Transaction,
    actor: str,
    field: str,
    old: FieldValue,
    new: FieldValue,
    *,
    device_id: str | None = None,
    unit: str | None = None,
) -> None:
    row: dict[str, Any] = {"device_id": device_id, "unit": unit, "at": transaction.at, "actor": actor, "field": field}
    transaction.insert(register_changes, {**row, "old": _text(old), "new": _text(new)})


def _text(value: FieldValue | datetime) -> str:
    return "" if value is None else str(value)


def _new_id() -> str:
    return "".join(secrets.choice(_ID_SIGNS) for _ in range(_ID_LENGTH))


def _device(row: RowMapping) -> DeviceRecord:
    return DeviceRecord(**{**row, "kind": DeviceKind(row["kind"])})
