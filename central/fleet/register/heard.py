"""The register beside what was heard on the wire: what is not registered, and what is registered and silent."""

from __future__ import annotations

from dataclasses import dataclass

from central.store import Store
from central.store.register_records import DeviceFields, DeviceKind, DeviceRecord
from contract.messages import HealthLevel, HealthReason

_HEARD_KINDS = frozenset({DeviceKind.NODE, DeviceKind.CAMERA, DeviceKind.LANE})
"""Kinds that messages speak of; a barrier and a loop have no voice of their own."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What messages say of a device: its names, what can be filled in from them, and how it does."""

    fields: DeviceFields
    level: HealthLevel | None = None
    reason: HealthReason | None = None


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device of the register, and what was heard of it."""

    device: DeviceRecord
    heard: Heard | None
    is_silent: bool
    """It is in use under a name of messages, and none was ever heard of."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All devices, and all that was heard of and is not registered."""

    registered: tuple[RegisteredDevice, ...]
    unregistered: tuple[Heard, ...]


def heard_devices(store: Store, *, site: str | None = None) -> tuple[Heard, ...]:
    """Every node, camera and lane ever heard of."""
    nodes = store.nodes.list(site=site)
    cameras = sorted(store.cameras.list(site=site), key=lambda one: (one.site, one.node, one.lane, one.camera))
    return (
        *(
            Heard(_fields(DeviceKind.NODE, one.site, one.node, firmware=one.software), one.level, one.reason)
            for one in nodes
        ),
        *(Heard(_fields(DeviceKind.LANE, one.site, one.node, lane=lane.lane)) for one in nodes for lane in one.lanes),
        *(
            Heard(
                _fields(DeviceKind.CAMERA, one.site, one.node, lane=one.lane, camera=one.camera), one.level, one.reason
            )
            for one in cameras
        ),
    )


def overview(store: Store, *, site: str | None = None) -> Overview:
    """The register and the wire, side by side."""
    devices = store.register.list(site=site)
    heard = {one.fields.address: one for one in heard_devices(store, site=site)}
    registered = tuple(_beside(device, heard.get(device.address)) for device in devices)
    known = {device.address for device in devices}
    return Overview(registered, tuple(one for address, one in heard.items() if address not in known))


def _beside(device: DeviceRecord, heard: Heard | None) -> RegisteredDevice:
    speaks = device.kind in _HEARD_KINDS and device.address is not None
    return RegisteredDevice(device, heard if device.address is not None else None, speaks and heard is None)


def _fields(kind: DeviceKind, site: str, node: str, **more: str) -> DeviceFields:
    return DeviceFields(kind=kind, site=site, node=node, **more)  # type: ignore[arg-type]  # texts alone
