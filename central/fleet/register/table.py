"""The register as a workbook for an office: a guide, the devices, the units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from central.fleet.register.fields import FIELDS, Takes
from central.fleet.register.speech import DEVICE_ID, UNIT_COLUMNS, Words, site_name
from central.print.workbook import CellValue, Format, Sheet, SheetColumn, write_workbook
from central.store import Store
from central.store.register_records import FIELD_NAMES, DeviceKind, DeviceRecord, UnitRecord

_FORMATS: Final = {Takes.DAY: Format.DAY, Takes.VND: Format.AMOUNT}
_WIDTHS: Final = {Takes.DAY: 14, Takes.VND: 18, Takes.LONG_TEXT: 40, Takes.UNIT: 28, Takes.KIND: 16}


def register_workbook(store: Store, words: Words) -> bytes:
    """All devices and units as XLSX; taken in again as it is, it changes nothing."""
    devices = store.register.list()
    return write_workbook(
        [
            _guide(words),
            Sheet(words("register_sheet.devices"), device_columns(words), [device_row(one, words) for one in devices]),
            Sheet(words("register_sheet.units"), unit_columns(words), [unit_row(one) for one in all_units(store)]),
        ]
    )


def all_units(store: Store) -> tuple[UnitRecord, ...]:
    """Every unit that a device names or whose contact is known, by name."""
    known = {unit.name: unit for unit in store.register.units()}
    return tuple(known.get(name, UnitRecord(name)) for name in sorted(known.keys() | _named(store.register.list())))


def device_columns(words: Words) -> tuple[SheetColumn, ...]:
    """The columns of a device, the kind with a list to choose from."""
    kinds = tuple(words(f"device_kind.{kind.value}") for kind in DeviceKind)
    return (
        SheetColumn(words(f"device_field.{DEVICE_ID}"), width=12),
        *(
            SheetColumn(
                words(f"device_field.{name}"),
                _FORMATS.get(takes, Format.TEXT),
                _WIDTHS.get(takes, 20),
                kinds if takes is Takes.KIND else (),
            )
            for name, takes in FIELDS.items()
        ),
    )


def device_row(device: DeviceRecord, words: Words) -> list[CellValue]:
    """The cells of a device."""
    values: dict[str, CellValue] = {name: getattr(device, name) for name in FIELD_NAMES}
    values["kind"] = words(f"device_kind.{device.kind.value}")
    values["site"] = site_name(words, device.site)
    return [device.device_id, *values.values()]


def unit_columns(words: Words) -> tuple[SheetColumn, ...]:
    """The columns of a unit."""
    return tuple(SheetColumn(words(f"unit_field.{name}"), width=28) for name in UNIT_COLUMNS)


def unit_row(unit: UnitRecord) -> list[CellValue]:
    """The cells of a unit."""
    return [unit.name, unit.contact, unit.phone, unit.email]


def _guide(words: Words) -> Sheet:
    kinds = ", ".join(words(f"device_kind.{kind.value}") for kind in DeviceKind)
    return Sheet(
        words("register_sheet.guide"),
        (SheetColumn(words("register_sheet.column"), width=28), SheetColumn(words("register_sheet.meaning"), width=90)),
        [
            [words(f"device_field.{name}"), words(f"field_help.{name}", kinds=kinds)]
            for name in (DEVICE_ID, *FIELD_NAMES)
        ],
        above=(words("register_sheet.example_day"),),
    )


def _named(devices: Iterable[DeviceRecord]) -> set[str]:
    return {name for one in devices for name in (one.owner, one.managing_unit, one.using_unit, one.maintainer) if name}
