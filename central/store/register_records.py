"""What the register keeps: devices, the units that answer for them, files, and every change."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

FieldValue = str | int | date | None
"""What a field of a device holds: a text (empty: not known), an amount in VND, a day."""


class DeviceKind(StrEnum):
    """What a device is."""

    SITE = "site"
    LANE = "lane"
    NODE = "node"
    CAMERA = "camera"
    BARRIER = "barrier"
    LOOP = "loop"


class FilePurpose(StrEnum):
    """What a file of a device shows."""

    PHOTO = "photo"
    HANDOVER = "handover"
    """The record of handover, signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFields:
    """What people know of a device. Texts are empty and the rest None where nobody knows.

    Attributes:
        site: border gate that it belongs to, as messages name it; so are `node`, `lane` and `camera`.
        title: what people call it.
        serial: as the maker wrote it; text, since leading zeros count.
        funding: where the money came from.
        owner: name of the unit that owns it; so are `managing_unit`, `using_unit` and `maintainer`.
        handover_number: number of the record by which it was handed over, on `handover_on`.
        compliance: note on standards, type approval, inspection.
        warranty_until: the last day of the warranty.
        cost_vnd: what was paid for it.
        replacement_cost_vnd: what another one would cost now.
        commissioned_on: in use since.
        retired_on: out of use since; a device with this day frees its names for another.

    """

    kind: DeviceKind
    site: str
    node: str = ""
    lane: str = ""
    camera: str = ""
    title: str = ""
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    owner: str = ""
    managing_unit: str = ""
    using_unit: str = ""
    maintainer: str = ""
    purchased_on: date | None = None
    warranty_until: date | None = None
    cost_vnd: int | None = None
    replacement_cost_vnd: int | None = None
    funding: str = ""
    handover_number: str = ""
    handover_on: date | None = None
    commissioned_on: date | None = None
    retired_on: date | None = None
    compliance: str = ""
    note: str = ""

    @property
    def address(self) -> tuple[DeviceKind, str, str, str, str] | None:
        """What it is called in messages; None when it has no name there or is out of use."""
        if self.retired_on is not None or not (self.kind is DeviceKind.SITE or self.node or self.lane):
            return None
        lane = "" if self.kind is DeviceKind.CAMERA else self.lane  # a camera has its name from node and camera alone
        return self.kind, self.site, self.node, lane, self.camera


FIELD_NAMES = tuple(field.name for field in fields(DeviceFields))
"""In the order in which people see them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord(DeviceFields):
    """A device of the register. Its id is short: it stands on the label and in the address behind its QR code."""

    device_id: str
    added_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit that owns, manages, uses or maintains devices, and how to reach it."""

    name: str
    contact: str = ""
    """The person to ask for."""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One field that somebody changed; an empty `old` of the field `kind` is where a device was added."""

    at: datetime
    actor: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A photo or paper of a device, kept for ever under its hash."""

    device_id: str
    sha256: str
    purpose: FilePurpose
    media_type: str
    name: str
    size_bytes: int
    added_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """A table that somebody uploaded; nothing of it is written before `done_at`."""

    import_id: str
    name: str
    content: bytes
    uploaded_at: datetime
    actor: str
    done_at: datetime | None
