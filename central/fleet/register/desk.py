"""Writing to the register: what fits together, and who may be called what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from central.fleet.register.fields import FIELDS, Fault, FaultCode, FaultError, parse_field
from central.fleet.register.speech import Speech
from central.store import Store
from central.store.register_records import FIELD_NAMES, DeviceFields, DeviceKind, DeviceRecord, FieldValue
from contract.errors import SmartGateError

_NOT_BEFORE = (
    ("warranty_until", "purchased_on"),
    ("retired_on", "commissioned_on"),
    ("retired_on", "purchased_on"),
)
_EMPTY = asdict(DeviceFields(kind=DeviceKind.SITE, site=""))


class RegisterError(SmartGateError, ValueError):
    """What somebody wrote cannot be kept; `faults` says it field by field."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.field}: {fault.code.value} ({fault.came})" for fault in self.faults))


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
        others = (other for other in store.register.list(site=device.site) if other.device_id != known.device_id)
        _refuse(misfits(device) + taken(device, others))
        return store.register.change(transaction, known.device_id, values, actor=actor)


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
