"""Writing to the register: what fits together, and who may be called what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from central.fleet.register.fields import FIELDS, UNIT_PARSERS, Fault, FaultCode, FaultError, parse_field
from central.fleet.register.speech import Speech
from central.store import Store
from central.store.register_records import FIELD_NAMES, DeviceFields, DeviceKind, DeviceRecord, FieldValue, UnitRecord
from contract.errors import SmartGateError

_NOT_BEFORE = (
    ("warranty_until", "purchased_on"),
    ("retired_on", "commissioned_on"),
    ("retired_on", "purchased_on"),
)
REGISTER_LOCK = "register"
_EMPTY = asdict(DeviceFields(kind=DeviceKind.SITE, site=""))


class RegisterError(SmartGateError, ValueError):
    """What somebody wrote cannot be kept; `faults` says it field by field."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(_in_words, self.faults)))


_EXPECTED = {
    FaultCode.REQUIRED: "a value",
    FaultCode.DAY: "a day like 2026-01-31 or 31/01/2026, between 1990 and 2099",
    FaultCode.VND: "an amount in whole VND",
    FaultCode.KIND: f"one of {', '.join(DeviceKind)}",
    FaultCode.SITE: "a border gate by its name in messages, e.g. huu-nghi",
    FaultCode.NAME: "lower-case letters, digits and dashes",
    FaultCode.TOO_LONG: "at most {limit} characters",
    FaultCode.SHEET_ERROR: "no error of a spreadsheet",
    FaultCode.PHONE: "a phone number",
    FaultCode.EMAIL: "an e-mail address",
    FaultCode.BEFORE: "no day before {other}, which is {day}",
    FaultCode.NEEDS_NODE: "the node of the camera",
    FaultCode.ONLY_CAMERA: "nothing, for what is no camera",
    FaultCode.TAKEN: "a name that device {device_id} does not have; take that one out of use first",
    FaultCode.UNKNOWN_ID: "the id of a device on the register",
    FaultCode.TWICE: "no second row about what row {row} is about",
}


def _in_words(fault: Fault) -> str:
    return f"{fault.field}: expected {_EXPECTED[fault.code].format_map(fault.values)}, got {fault.came!r}"


def parse_fields(raw: Mapping[str, object], speech: Speech) -> tuple[dict[str, FieldValue], list[Fault]]:
    """Values of those fields that `raw` has, and what is wrong with the others."""
    values: dict[str, FieldValue] = {}
    faults = []
    for name in (name for name in FIELDS if name in raw):
        try:
            values[name] = parse_field(name, raw[name], speech)
        except FaultError as error:
            faults.append(error.of(name))
    return values, faults


def with_values(values: Mapping[str, FieldValue], known: DeviceFields | None = None) -> DeviceFields:
    """A device with these values; the rest as it is known, else empty."""
    before = {name: getattr(known, name) for name in FIELD_NAMES} if known else _EMPTY
    whole: dict[str, Any] = {**before, **values}
    return DeviceFields(**{**whole, "kind": DeviceKind(str(whole["kind"]))})


def misfits(device: DeviceFields) -> list[Fault]:
    """What is wrong between the fields of one device."""
    faults = []
    if device.camera and device.kind is not DeviceKind.CAMERA:
        faults.append(Fault("camera", FaultCode.ONLY_CAMERA, device.camera))
    if device.camera and not device.node:
        faults.append(Fault("node", FaultCode.NEEDS_NODE))
    for later, earlier in _NOT_BEFORE:
        day, first = getattr(device, later), getattr(device, earlier)
        if day is not None and first is not None and day < first:
            faults.append(Fault(later, FaultCode.BEFORE, str(day), {"other": earlier, "day": str(first)}))
    return faults


def taken(device: DeviceFields, others: Iterable[DeviceRecord]) -> list[Fault]:
    """Whether another device in use has its names already."""
    address = device.address
    holder = next((other for other in others if address is not None and other.address == address), None)
    if holder is None:
        return []
    named = next(name for name in ("camera", "lane", "node", "site") if getattr(device, name))
    return [Fault(named, FaultCode.TAKEN, str(getattr(device, named)), {"device_id": holder.device_id})]


def add_device(store: Store, raw: Mapping[str, object], speech: Speech, *, actor: str) -> DeviceRecord:
    """Put a device on the register.

    Raises:
        RegisterError: something of it does not fit; nothing was written.
        StoreUnavailable: nothing was written.

    """
    values, faults = parse_fields({"kind": "", "site": "", **raw}, speech)
    if faults:
        raise RegisterError(faults)
    device = with_values(values)
    with store.transaction() as transaction:
        transaction.lock([REGISTER_LOCK])  # or two who add at once would both find the name free
        _refuse(misfits(device) + taken(device, store.register.list(site=device.site)))
        return store.register.add(transaction, device, actor=actor)


def change_device(store: Store, known: DeviceRecord, raw: Mapping[str, object], speech: Speech, *, actor: str) -> int:
    """Set those fields of a device that `raw` has; how many were different before.

    Raises:
        RegisterError: something of it does not fit; nothing was written.
        StoreUnavailable: nothing was written.

    """
    values, faults = parse_fields(raw, speech)
    if faults:
        raise RegisterError(faults)
    device = with_values(values, known)
    with store.transaction() as transaction:
        transaction.lock([REGISTER_LOCK])
        others = (other for other in store.register.list(site=device.site) if other.device_id != known.device_id)
        _refuse(misfits(device) + taken(device, others))
        return store.register.change(transaction, known.device_id, values, actor=actor)


def parse_unit(raw: Mapping[str, object]) -> UnitRecord:
    """A unit out of what somebody typed or a row holds.

    Raises:
        RegisterError: its name is missing, or something of it does not fit.

    """
    values: dict[str, str] = {}
    faults = []
    for name, parse in UNIT_PARSERS.items():
        try:
            values[name] = parse(raw.get(name))
        except FaultError as error:
            faults.append(error.of(name))
    if not faults and not values["name"]:
        faults.append(Fault("name", FaultCode.REQUIRED))
    _refuse(faults)
    return UnitRecord(**values)


def missing(device: DeviceFields) -> tuple[str, ...]:
    """Fields that the province asked for and nobody has filled in."""
    wanted = ["owner", "managing_unit", "using_unit", "maintainer"]
    if device.kind not in {DeviceKind.SITE, DeviceKind.LANE}:
        wanted += ["make", "model", "serial", "purchased_on", "warranty_until", "cost_vnd", "funding"]
        wanted += ["handover_number", "commissioned_on"]
    return tuple(name for name in wanted if getattr(device, name) in ("", None))


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise RegisterError(faults)
