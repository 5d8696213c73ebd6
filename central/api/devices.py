"""The register of devices for programs."""

from __future__ import annotations

import functools
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from central.api.guard import KeepsRegister, SeesDevices, WebPart
from central.api.models import Answer, PageOf
from central.fleet.register.desk import RegisterError, add_device, change_device, missing
from central.fleet.register.speech import Speech
from central.store.register_records import DeviceKind, DeviceRecord
from contract.vocabulary import SLUG_PATTERN

device_routes = APIRouter(prefix="/devices", tags=["register"])
_Text = Annotated[str | None, Field(max_length=2000)]


class DeviceAnswer(Answer):
    """A device of the register. Texts are empty and the rest null where nobody knows; amounts are VND."""

    device_id: str
    """What stands on its label."""
    kind: DeviceKind
    site: str
    node: str
    lane: str
    camera: str
    title: str
    make: str
    model: str
    serial: str
    firmware: str
    owner: str
    managing_unit: str
    using_unit: str
    maintainer: str
    purchased_on: date | None
    warranty_until: date | None
    cost_vnd: int | None
    replacement_cost_vnd: int | None
    funding: str
    handover_number: str
    handover_on: date | None
    commissioned_on: date | None
    retired_on: date | None
    """Out of use since; null while it is in use."""
    compliance: str
    note: str
    added_at: datetime
    changed_at: datetime
    missing: tuple[str, ...]
    """Fields that should be known and are not."""

    @classmethod
    def of(cls, device: DeviceRecord) -> DeviceAnswer:
        """With what is missing."""
        named = {name: getattr(device, name) for name in cls.model_fields if name != "missing"}
        return cls(**named, missing=missing(device))


class DeviceChange(BaseModel):
    """Fields to set; what is left out stays as it is, an empty text clears a field."""

    model_config = ConfigDict(extra="forbid")

    kind: DeviceKind | None = None
    site: _Text = None
    node: _Text = None
    lane: _Text = None
    camera: _Text = None
    title: _Text = None
    make: _Text = None
    model: _Text = None
    serial: _Text = None
    firmware: _Text = None
    owner: _Text = None
    managing_unit: _Text = None
    using_unit: _Text = None
    maintainer: _Text = None
    purchased_on: date | None = None
    warranty_until: date | None = None
    cost_vnd: int | None = None
    replacement_cost_vnd: int | None = None
    funding: _Text = None
    handover_number: _Text = None
    handover_on: date | None = None
    commissioned_on: date | None = None
    retired_on: date | None = None
    compliance: _Text = None
    note: _Text = None

    def said(self) -> dict[str, object]:
        """What was sent."""
        return self.model_dump(exclude_unset=True)


class ChangeAnswer(Answer):
    """One field that somebody changed."""

    at: datetime
    actor: str
    field: str
    old: str
    new: str


def _device(web: WebPart, device_id: Annotated[str, Path(pattern="^[0-9A-Za-z]{1,12}$")]) -> DeviceRecord:
    found = web.store.register.get(device_id.upper())
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no device {device_id} on the register")
    return found


OneDevice = Annotated[DeviceRecord, Depends(_device)]


@device_routes.get("")
def list_devices(
    web: WebPart,
    _: SeesDevices,
    site: Annotated[str | None, Query(pattern=SLUG_PATTERN)] = None,
    kind: DeviceKind | None = None,
) -> PageOf[DeviceAnswer]:
    """All devices, also those out of use."""
    devices = web.store.register.list(site=site, kind=kind)
    return PageOf(items=tuple(map(DeviceAnswer.of, devices)), next_cursor=None)


@device_routes.post("", status_code=HTTPStatus.CREATED)
def add(web: WebPart, asking: KeepsRegister, body: DeviceChange) -> DeviceAnswer:
    """Put a device on the register. 422 says what cannot be kept, and nothing is written."""
    try:
        return DeviceAnswer.of(add_device(web.store, body.said(), _speech(), actor=asking.name))
    except RegisterError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error


@device_routes.get("/{device_id}")
def get_device(device: OneDevice, _: SeesDevices) -> DeviceAnswer:
    """One device by what stands on its label."""
    return DeviceAnswer.of(device)


@device_routes.patch("/{device_id}")
def change(web: WebPart, asking: KeepsRegister, device: OneDevice, body: DeviceChange) -> DeviceAnswer:
    """Set fields of a device. 422 says what cannot be kept, and nothing is written."""
    try:
        change_device(web.store, device, body.said(), _speech(), actor=asking.name)
    except RegisterError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return DeviceAnswer.of(_device(web, device.device_id))


@device_routes.get("/{device_id}/changes")
def list_changes(web: WebPart, _: SeesDevices, device: OneDevice) -> PageOf[ChangeAnswer]:
    """Who changed what of it, the latest first."""
    changes = web.store.register.changes(device.device_id)
    return PageOf(items=tuple(map(ChangeAnswer.model_validate, changes)), next_cursor=None)


@functools.cache
def _speech() -> Speech:
    return Speech(())
