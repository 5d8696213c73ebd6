"""Filling in the register: a new device, changes of one, and how units are reached."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell
from central.auth import Identity
from central.console.devices import OneDevice, units_list
from central.console.page import KeepsRegister, check_form, render, say_for
from central.console.uploads import Sent, SentForm
from central.console.words import LANGUAGES, Words, words_of
from central.fleet.register.desk import RegisterError, add_device, change_device, parse_unit
from central.fleet.register.fields import FIELDS, LENGTHS, UNIT_FIELDS, Fault, Takes
from central.fleet.register.sentences import fault_text, value_text
from central.fleet.register.speech import UNIT_COLUMNS, Speech, site_name
from central.fleet.register.table import all_units
from central.store.register_records import DeviceKind, DeviceRecord, UnitRecord
from central.web import web_of

device_form_routes = APIRouter(include_in_schema=False)
_SECTIONS = (
    ("what", ("kind", "title", "site", "node", "lane", "camera")),
    ("who", UNIT_FIELDS),
    ("make", ("make", "model", "serial", "firmware", "compliance")),
    ("money", ("purchased_on", "warranty_until", "cost_vnd", "replacement_cost_vnd", "funding")),
    ("handover", ("handover_number", "handover_on", "commissioned_on", "retired_on")),
    ("more", ("note",)),
)


@functools.cache
def speech() -> Speech:
    """Understands what people write in any of the languages."""
    return Speech(map(words_of, LANGUAGES))


@device_form_routes.get("/devices/new")
def new_device(request: Request, me: KeepsRegister) -> HTMLResponse:
    """An empty form, or one filled in with what a device said of itself."""
    said = {name: value for name, value in request.query_params.items() if name in FIELDS}
    if "site" in said:
        said["site"] = site_name(say_for(request).words, said["site"])
    return _form(request, me, said)


@device_form_routes.post("/devices/new")
def save_new(request: Request, me: KeepsRegister, sent: Sent) -> Response:
    """Put a device on the register, or say field by field why not."""
    check_form(me, sent.texts.get("csrf", ""))
    try:
        device = add_device(web_of(request).store, _typed(sent), speech(), actor=me.name)
    except RegisterError as error:
        return _form(request, me, sent.texts, faults=error.faults)
    told = {name: str(getattr(device, name)) for name in FIELDS if getattr(device, name)}
    tell(request, device.device_id, after=told)
    return RedirectResponse(f"/devices/{device.device_id}", HTTPStatus.SEE_OTHER)


@device_form_routes.get("/devices/{device_id}/edit")
def edit_device(request: Request, me: KeepsRegister, device: OneDevice) -> HTMLResponse:
    """The form of a device."""
    words = say_for(request).words
    known = {name: _as_typed(value_text(words, name, getattr(device, name)), name, device) for name in FIELDS}
    return _form(request, me, known, device=device)


@device_form_routes.post("/devices/{device_id}/edit")
def save_device(request: Request, me: KeepsRegister, device: OneDevice, sent: Sent) -> Response:
    """Keep the changes of a device, or say field by field why not."""
    check_form(me, sent.texts.get("csrf", ""))
    try:
        change_device(web_of(request).store, device, _typed(sent), speech(), actor=me.name)
    except RegisterError as error:
        return _form(request, me, sent.texts, device=device, faults=error.faults)
    now = web_of(request).store.register.get(device.device_id) or device
    changed = [name for name in FIELDS if getattr(device, name) != getattr(now, name)]
    before, after = ({name: str(getattr(one, name) or "") for name in changed} for one in (device, now))
    tell(request, device.device_id, before=before, after=after)
    return RedirectResponse(f"/devices/{device.device_id}", HTTPStatus.SEE_OTHER)


@device_form_routes.post("/units")
def save_unit(request: Request, me: KeepsRegister, sent: Sent) -> Response:
    """Keep how a unit is reached."""
    check_form(me, sent.texts.get("csrf", ""))
    typed = {name: sent.texts.get(name, "") for name in UNIT_COLUMNS}
    store = web_of(request).store
    try:
        unit = parse_unit(typed)
    except RegisterError as error:
        words = say_for(request).words
        return units_list(request, me, problems=_problems(words, error.faults), typed=UnitRecord(**typed))
    known = store.register.unit(unit.name)
    with store.transaction() as transaction:
        store.register.set_unit(transaction, unit, actor=me.name)
    tell(request, unit.name, before=asdict(known) if known else None, after=asdict(unit))
    return RedirectResponse("/units", HTTPStatus.SEE_OTHER)


def _typed(sent: SentForm) -> dict[str, object]:
    return {name: value for name, value in sent.texts.items() if name in FIELDS}


def _as_typed(text: str, name: str, device: DeviceRecord) -> str:
    """A value as its input takes it: days as browsers write them, the kind by its code."""
    value = getattr(device, name)
    if FIELDS[name] is Takes.DAY:
        return value.isoformat() if value else ""
    return str(value.value) if name == "kind" else value if FIELDS[name] is Takes.LONG_TEXT else text


def _problems(words: Words, faults: tuple[Fault, ...]) -> dict[str, str]:
    return {fault.field: fault_text(words, fault) for fault in reversed(faults)}


def _form(
    request: Request,
    me: Identity,
    typed: Mapping[str, str],
    *,
    device: DeviceRecord | None = None,
    faults: tuple[Fault, ...] = (),
) -> HTMLResponse:
    store, words = web_of(request).store, say_for(request).words
    known = store.register.list()
    return render(
        request,
        "device_form.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        device=device,
        typed=typed,
        sections=_SECTIONS,
        takes={name: takes.value for name, takes in FIELDS.items()},
        lengths={takes.value: length for takes, length in LENGTHS.items()},
        kinds=tuple(DeviceKind),
        problems=_problems(words, faults),
        offered={
            "unit": [unit.name for unit in all_units(store)],
            "site": sorted({site_name(words, site) for site in (*store.lanes.sites(), *(one.site for one in known))}),
        },
    )
