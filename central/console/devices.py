"""The register of devices: the list, one device (behind the QR code on it), its photos, labels, the workbook."""

from __future__ import annotations

import re
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.console.page import KeepsRegister, PageRefusedError, SeesDevices, check_form, render, say_for
from central.console.uploads import Sent
from central.fleet.register.choice import Choice
from central.fleet.register.desk import missing
from central.fleet.register.fields import FIELDS, UNIT_FIELDS, parse_text
from central.fleet.register.heard import Heard, overview
from central.fleet.register.labels import labels_pdf
from central.fleet.register.photos import FileRefusedError, add_file
from central.fleet.register.sentences import field_name, value_text
from central.fleet.register.table import all_units, register_workbook
from central.print.document import PDF
from central.print.workbook import XLSX
from central.rights import Right
from central.store.device_key import DeviceKey
from central.store.register_records import DeviceKind, DeviceRecord, FilePurpose, UnitRecord
from central.web import PICTURE_HEADERS, web_of
from contract.errors import ConfigError

device_routes = APIRouter(include_in_schema=False)
_Text = Annotated[str, Query(max_length=120)]
_DEVICE_ID = re.compile(r"[0-9A-Za-z]{1,12}")
_FACTS = tuple(name for name in FIELDS if name not in {"kind", "site", "title", *UNIT_FIELDS})


def _choice(
    text: _Text = "",
    site: _Text = "",
    kind: _Text = "",
    maintainer: _Text = "",
    lacks: _Text = "",
    *,
    warranty: _Text = "",
    use: _Text = "",
    unit: _Text = "",
) -> Choice:
    return Choice(text, site, kind, maintainer, lacks, warranty, use, unit)


def find_device(request: Request, device_id: str) -> DeviceRecord:
    """The device that an address names, in capitals or not; else the page that says that there is none."""
    found = web_of(request).store.register.get(device_id.upper()) if _DEVICE_ID.fullmatch(device_id) else None
    if found is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_device")
    return found


Chosen = Annotated[Choice, Depends(_choice)]
OneDevice = Annotated[DeviceRecord, Depends(find_device)]


@device_routes.get("/devices")
def devices_page(request: Request, me: SeesDevices, choice: Chosen) -> HTMLResponse:
    """The register, and what was heard of and is not on it."""
    store, say = web_of(request).store, say_for(request)
    both = overview(store)
    shown = [one for one in both.registered if choice.takes(one.device, say.today)]
    return render(
        request,
        "devices.html",
        me,
        choice=choice,
        query=urlencode(choice.query),
        shown=shown,
        count=len(both.registered),
        unregistered=[one for one in both.unregistered if choice.site in ("", one.fields.site)],
        sites=sorted({*store.lanes.sites(), *(one.device.site for one in both.registered)}),
        kinds=tuple(DeviceKind),
        maintainers=sorted({one.device.maintainer for one in both.registered if one.device.maintainer}),
        may_edit=me.may(Right.REGISTER),
        missing=missing,
        add_address=_add_address,
        **_values(request),
    )


@device_routes.get("/devices/export")
def export(request: Request, _: SeesDevices) -> Response:
    """The register as a workbook, in the language of the pages."""
    say = say_for(request)
    return _download(register_workbook(web_of(request).store, say.words), XLSX, f"devices-{say.today}.xlsx")


@device_routes.get("/devices/labels")
def labels(request: Request, _: SeesDevices, choice: Chosen, device_id: _Text = "") -> Response:
    """Labels of the devices that are chosen, or of one."""
    web, say = web_of(request), say_for(request)
    devices = [one for one in web.store.register.list() if choice.takes(one, say.today)]
    if device_id:
        devices = [find_device(request, device_id)]
    if not devices:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_device")
    try:
        pdf = labels_pdf(devices, web.settings.public_url or str(request.base_url), say.words)
    except ConfigError as error:
        raise PageRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "error.no_fonts") from error
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": "inline; filename=labels.pdf"})


@device_routes.get("/d/{device_id}")
def short_address(_: SeesDevices, device: OneDevice) -> Response:
    """What the QR code on a device leads to."""
    return RedirectResponse(f"/devices/{device.device_id}", HTTPStatus.SEE_OTHER)


@device_routes.get("/devices/{device_id}")
def device_page(request: Request, me: SeesDevices, device: OneDevice) -> HTMLResponse:
    """Who is responsible, how it does now, and all that is known of it."""
    return _page(request, me, device)


def _page(request: Request, me: Identity, device: DeviceRecord, *, problem: str = "") -> HTMLResponse:
    store = web_of(request).store
    files = store.device_files.of(device.device_id)
    seen_as = next(one for one in overview(store, site=device.site).registered if one.device == device)
    return render(
        request,
        "device.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        device=device,
        heard=seen_as.heard,
        is_silent=seen_as.is_silent,
        camera=store.cameras.get(device.site, device.node, device.camera) if device.camera and seen_as.heard else None,
        units=[(name, _unit(request, getattr(device, name))) for name in UNIT_FIELDS],
        facts=_FACTS,
        lacking=missing(device),
        photos=[file for file in files if file.purpose is FilePurpose.PHOTO],
        papers=[file for file in files if file.purpose is FilePurpose.HANDOVER],
        changes=store.register.changes(device.device_id),
        tickets=store.tickets.list(device=_key(device), limit=20) if seen_as.heard and _key(device) else (),
        may_edit=me.may(Right.REGISTER),
        problem=problem,
        **_values(request),
    )


@device_routes.post("/devices/{device_id}/files")
def keep_file(request: Request, me: KeepsRegister, device: OneDevice, sent: Sent) -> Response:
    """A photo from a phone, or the signed record of handover."""
    check_form(me, sent.texts.get("csrf", ""))
    purpose = FilePurpose.HANDOVER if sent.texts.get("purpose") == "handover" else FilePurpose.PHOTO
    try:
        add_file(web_of(request).store, device, sent.content, purpose=purpose, name=sent.file_name, actor=me.name)
    except FileRefusedError as error:
        return _page(request, me, device, problem=f"file.{error.code}")
    return RedirectResponse(f"/devices/{device.device_id}#files", HTTPStatus.SEE_OTHER)


@device_routes.get("/devices/{device_id}/files/{sha256}")
def show_file(request: Request, _: SeesDevices, device: OneDevice, sha256: str) -> Response:
    """A photo or paper of a device."""
    store = web_of(request).store
    file = next((one for one in store.device_files.of(device.device_id) if one.sha256 == sha256), None)
    content = store.device_files.content(file.sha256) if file else None
    if file is None or content is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_file")
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


@device_routes.get("/units")
def units_page(request: Request, me: SeesDevices, name: _Text = "") -> HTMLResponse:
    """Units and how to reach them; the one named is in the form."""
    return units_list(request, me, problems={}, typed=_unit(request, parse_text(name)))


def units_list(request: Request, me: Identity, *, problems: dict[str, str], typed: UnitRecord | None) -> HTMLResponse:
    """The page of units, with what somebody typed and what is wrong with it."""
    store = web_of(request).store
    devices = store.register.list()
    return render(
        request,
        "units.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        units=all_units(store),
        counts={name: sum(name in _named(one) for one in devices) for name in {n for d in devices for n in _named(d)}},
        typed=typed,
        changes=store.register.unit_changes(typed.name) if typed else (),
        **_values(request),
        problems=problems,
        may_edit=me.may(Right.REGISTER),
    )


def _named(device: DeviceRecord) -> set[str]:
    return {getattr(device, name) for name in UNIT_FIELDS} - {""}


def _unit(request: Request, name: str) -> UnitRecord | None:
    return (web_of(request).store.register.unit(name) or UnitRecord(name)) if name else None


def _key(device: DeviceRecord) -> DeviceKey | None:
    if device.kind is DeviceKind.CAMERA or device.kind is DeviceKind.NODE:
        return DeviceKey.of(device.site, device.node, device.camera)
    return None


def _add_address(heard: Heard) -> str:
    """The form for a new device, filled in with what was heard."""
    names = ("kind", "site", "node", "lane", "camera", "firmware")
    values = {name: getattr(heard.fields, name) for name in names if getattr(heard.fields, name)}
    return f"/devices/new?{urlencode(values)}"


def _values(request: Request) -> dict[str, Any]:
    """How templates write the values of the register."""
    words = say_for(request).words

    def day(value: date | None) -> str:
        return value_text(words, "", value)

    return {
        "value_of": lambda device, name: value_text(words, name, getattr(device, name)),
        "field_name": lambda name: field_name(words, name),
        "day": day,
        "written": lambda name, text: words.get(f"device_kind.{text}", text) if name == "kind" else text,
    }


def _download(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f"attachment; filename={name}"})
