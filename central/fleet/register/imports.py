"""A workbook against the register: what is new, what changes, what cannot be kept. Pure; `take_in` writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from central.fleet.register.desk import REGISTER_LOCK, misfits, parse_fields, with_values
from central.fleet.register.fields import UNIT_PARSERS, Fault, FaultCode, FaultError, parse_short, parse_text
from central.fleet.register.speech import DEVICE_ID, UNIT_COLUMNS, Speech
from central.fleet.register.table import all_units
from central.print.workbook import CellValue, Grid, GridRow, WorkbookError, column_letter, read_workbook
from central.store import Store
from central.store.register_records import FIELD_NAMES, DeviceFields, DeviceRecord, FieldValue, UnitRecord

_HEADER_WITHIN = 40
"""Rows from the top of a sheet in which its header is looked for."""
_FEWEST_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands."""

    sheet: str
    row: int
    columns: Mapping[str, str]
    """Field to the letter of its column."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a row sets."""

    field: str
    old: FieldValue
    new: FieldValue


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """What a row does to a device: `known` is None for a new one; with `faults` it does nothing."""

    place: Place
    cells: tuple[CellValue, ...]
    known: DeviceRecord | None = None
    device: DeviceFields | None = None
    changes: tuple[FieldChange, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What a row does to a unit."""

    place: Place
    cells: tuple[CellValue, ...]
    known: UnitRecord | None = None
    unit: UnitRecord | None = None
    changes: tuple[FieldChange, ...] = ()
    faults: tuple[Fault, ...] = ()


RowPlan = DevicePlan | UnitPlan


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All rows of a workbook, in their order, and the headers of columns that mean nothing to us."""

    devices: tuple[DevicePlan, ...]
    units: tuple[UnitPlan, ...]
    headers: Mapping[str, tuple[str, ...]]
    """Sheet to its header as it was found."""
    ignored: tuple[str, ...]

    @property
    def rows(self) -> tuple[RowPlan, ...]:
        """Devices, then units."""
        return (*self.devices, *self.units)

    @property
    def bad(self) -> tuple[RowPlan, ...]:
        """Rows that cannot be kept."""
        return tuple(row for row in self.rows if row.faults)

    @property
    def new(self) -> tuple[RowPlan, ...]:
        """Rows that put something on the register."""
        return tuple(row for row in self.rows if not row.faults and row.known is None)

    @property
    def changed(self) -> tuple[RowPlan, ...]:
        """Rows that change something."""
        return tuple(row for row in self.rows if not row.faults and row.known is not None and row.changes)

    @property
    def unchanged(self) -> tuple[RowPlan, ...]:
        """Rows that say what is known."""
        return tuple(row for row in self.rows if not row.faults and row.known is not None and not row.changes)

    @property
    def digest(self) -> str:
        """Another one when the same workbook would do something else."""
        said = [(row.place.sheet, row.place.row, row.changes, row.faults) for row in self.rows]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def plan_import(content: bytes, store: Store, speech: Speech) -> ImportPlan:
    """What a workbook would do; nothing is written.

    Raises:
        WorkbookError: it cannot be read, or no sheet of it has a header that we know.

    """
    devices: list[DevicePlan] = []
    units: list[UnitPlan] = []
    headers: dict[str, tuple[str, ...]] = {}
    ignored: list[str] = []
    known_units = {unit.name: unit for unit in all_units(store)}
    known_devices = store.register.list()
    for grid in read_workbook(content):
        table = _find_table(grid, speech)
        if table is None:
            continue
        headers[grid.title] = table.header
        ignored += table.ignored
        if table.is_of_units:
            units += [_plan_unit(table, row, known_units) for row in table.rows]
        else:
            devices += [_plan_device(table, row, known_devices, speech) for row in table.rows]
    if not headers:
        raise WorkbookError("no_header", "expected a sheet with a row of headers as `register export` writes them")
    return ImportPlan(
        tuple(_without_clashes(_once(devices), known_devices)), tuple(_units_once(units)), headers, tuple(ignored)
    )


def take_in(store: Store, plan: ImportPlan, import_id: str | None, *, actor: str) -> bool:
    """Write all good rows in one transaction; False when this upload was taken in before.

    Raises:
        StoreUnavailable: nothing was written.

    """
    with store.transaction() as transaction:
        transaction.lock([REGISTER_LOCK])
        if import_id is not None and not store.register.finish_import(transaction, import_id):
            return False
        for row in (*plan.new, *plan.changed):
            values = {change.field: change.new for change in row.changes}
            if isinstance(row, UnitPlan):
                assert row.unit is not None
                store.register.set_unit(transaction, row.unit, actor=actor)
            elif row.known is None:
                assert row.device is not None
                store.register.add(transaction, row.device, actor=actor)
            else:
                store.register.change(transaction, row.known.device_id, values, actor=actor)
    return True


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    header: tuple[str, ...]
    columns: Mapping[str, int]
    ignored: tuple[str, ...]
    rows: Sequence[GridRow]
    is_of_units: bool

    def place(self, row: GridRow) -> Place:
        return Place(self.title, row.number, {name: column_letter(at) for name, at in self.columns.items()})

    def raw(self, row: GridRow) -> dict[str, object]:
        return {name: row.cells[at] if at < len(row.cells) else None for name, at in self.columns.items()}


def _find_table(grid: Grid, speech: Speech) -> _Table | None:
    for at, row in enumerate(grid.rows):
        if row.number > _HEADER_WITHIN:
            return None
        header = tuple(parse_text(cell) if not _is_error(cell) else "" for cell in row.cells)
        for is_of_units, meaning in ((False, speech.device_column), (True, speech.unit_column)):
            found = [(meaning(text), number) for number, text in enumerate(header) if text]
            columns = {name: number for name, number in found if name is not None}
            if len(columns) >= (2 if is_of_units else _FEWEST_COLUMNS) and (not is_of_units or "name" in columns):
                _refuse_doubled(grid.title, [name for name, _ in found if name is not None])
                ignored = tuple(header[number] for name, number in found if name is None)
                return _Table(grid.title, header, columns, ignored, grid.rows[at + 1 :], is_of_units)
    return None


def _is_error(cell: CellValue) -> bool:
    try:
        parse_text(cell)
    except FaultError:
        return True
    return False


def _refuse_doubled(sheet: str, named: list[str]) -> None:
    doubled = next((name for name in named if named.count(name) > 1), None)
    if doubled is not None:
        raise WorkbookError(
            "twice",
            f"expected each column once, the sheet {sheet!r} has {doubled!r} twice",
            column=doubled,
            sheet=sheet,
        )


def _plan_device(table: _Table, row: GridRow, known: Iterable[DeviceRecord], speech: Speech) -> DevicePlan:
    plan = DevicePlan(table.place(row), row.cells)
    raw = table.raw(row)
    try:
        device_id = parse_short(raw.pop(DEVICE_ID, None)).upper()
    except FaultError as error:
        return replace(plan, faults=(error.of(DEVICE_ID),))
    values, faults = parse_fields(raw, speech)
    meant = next((one for one in known if one.device_id == device_id), None)
    if device_id and meant is None:
        faults.insert(0, Fault(DEVICE_ID, FaultCode.UNKNOWN_ID, device_id))
    if not device_id and not faults:
        meant = _meant(values, known)
    if meant is None and not device_id:
        wrong = {fault.field for fault in faults}
        lacking = [name for name in ("kind", "site") if name not in values and name not in wrong]
        faults += [Fault(name, FaultCode.REQUIRED) for name in lacking]
    if faults:
        return replace(plan, faults=tuple(faults))
    device = with_values(values, meant)
    before = {name: getattr(meant, name) if meant else None for name in FIELD_NAMES}
    changes = tuple(
        FieldChange(name, before[name], value)
        for name, value in values.items()
        if value != before[name] and (meant is not None or value != "")
    )
    return replace(plan, known=meant, device=device, changes=changes, faults=tuple(misfits(device)))


def _meant(values: Mapping[str, FieldValue], known: Iterable[DeviceRecord]) -> DeviceRecord | None:
    """The device of a row without id: the one with its serial number, else the one in use with its names.

    Another serial number under the same names is another device, which cannot come before the first one is out of use.
    """
    if "kind" not in values or "site" not in values:
        return None
    device = with_values(values)
    by_serial = (one for one in known if device.serial and _serial(one) == _serial(device))
    by_name = (
        one
        for one in known
        if device.address is not None and one.address == device.address and not (device.serial and one.serial)
    )
    return next(by_serial, None) or next(by_name, None)


def _once(plans: Iterable[DevicePlan]) -> list[DevicePlan]:
    """A device that an earlier row is about already cannot be changed, or added, by a second one."""
    kept: list[DevicePlan] = []
    first_row: dict[object, int] = {}
    for plan in plans:
        for key, named, came in _identities(plan):
            if key in first_row:
                fault = Fault(named, FaultCode.TWICE, came, {"row": str(first_row[key])})
                plan = replace(plan, faults=(*plan.faults, fault))  # noqa: PLW2901 - the same row, now bad
            else:
                first_row[key] = plan.place.row
        kept.append(plan)
    return kept


def _identities(plan: DevicePlan) -> list[tuple[object, str, str]]:
    """What no second row may say: key, field, text."""
    if plan.device is None:
        return []
    if plan.known is not None:
        return [(plan.known.device_id, DEVICE_ID, plan.known.device_id)]
    return [(_serial(plan.device), "serial", plan.device.serial)] if plan.device.serial else []


def _serial(device: DeviceFields) -> tuple[str, str, str]:
    return device.kind.value, device.make.casefold(), device.serial.casefold()


def _without_clashes(plans: list[DevicePlan], known: Iterable[DeviceRecord]) -> list[DevicePlan]:
    """Names are compared as they would be after all good rows: two devices may swap theirs in one table."""
    while True:
        after: dict[str, DeviceFields] = {one.device_id: one for one in known}
        rows: dict[str, int] = {}
        for number, plan in enumerate(plans):
            if not plan.faults and plan.device is not None:
                key = plan.known.device_id if plan.known else f"{plan.place.sheet} {plan.place.row}"
                after[key], rows[key] = plan.device, number
        clashes = _clashes(after, rows)
        if not clashes:
            return plans
        for number, fault in clashes:  # whose row is bad keeps the name it has, which may be another's in this table
            plans[number] = replace(plans[number], faults=(fault,))


def _clashes(after: Mapping[str, DeviceFields], rows: Mapping[str, int]) -> list[tuple[int, Fault]]:
    clashes = []
    holders: dict[object, str] = {}
    for key in sorted(after, key=lambda key: rows.get(key, -1)):  # what the table leaves alone keeps its names
        device = after[key]
        if device.address is None:
            continue
        holder = holders.setdefault(device.address, key)
        if holder != key and key in rows:
            named = next(name for name in ("camera", "lane", "node", "site") if getattr(device, name))
            clashes.append(
                (rows[key], Fault(named, FaultCode.TAKEN, str(getattr(device, named)), {"device_id": holder}))
            )
    return clashes


def _plan_unit(table: _Table, row: GridRow, known: Mapping[str, UnitRecord]) -> UnitPlan:
    plan = UnitPlan(table.place(row), row.cells)
    values: dict[str, str] = {}
    faults = []
    for name, raw in table.raw(row).items():
        try:
            values[name] = UNIT_PARSERS[name](raw)
        except FaultError as error:
            faults.append(error.of(name))
    if not values.get("name") and not any(fault.field == "name" for fault in faults):
        faults.append(Fault("name", FaultCode.REQUIRED))
    if faults:
        return replace(plan, faults=tuple(faults))
    meant = known.get(values["name"])
    before = meant or UnitRecord(values["name"])
    unit = replace(before, **values)
    changes = tuple(
        FieldChange(name, getattr(before, name), getattr(unit, name))
        for name in UNIT_COLUMNS
        if getattr(before, name) != getattr(unit, name)
    )
    return replace(plan, known=meant, unit=unit, changes=changes)


def _units_once(plans: Iterable[UnitPlan]) -> list[UnitPlan]:
    kept: list[UnitPlan] = []
    first_row: dict[str, int] = {}
    for plan in plans:
        name = plan.unit.name if plan.unit else None
        if name is not None and name in first_row:
            fault = Fault("name", FaultCode.TWICE, name, {"row": str(first_row[name])})
            kept.append(replace(plan, faults=(fault,)))
            continue
        if name is not None:
            first_row[name] = plan.place.row
        kept.append(plan)
    return kept
