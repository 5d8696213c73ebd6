"""Maintenance windows: what runs and what is planned, a new one, and the end of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.console.letter import ticket_device
from central.console.page import KeepsTickets, SeesDevices, check_form, render, say_for
from central.console.say import Say
from central.fleet.desk import WINDOW_AT_MOST, WindowRefusedError, plan_maintenance
from central.rights import Right
from central.store import Store
from central.store.device_key import DeviceKey
from central.web import web_of

maintenance_routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=2000)]
_PAST_SHOWN = 50
_USUAL = timedelta(hours=2)
_FORM = "%Y-%m-%dT%H:%M"


@maintenance_routes.get("/maintenance")
def maintenance_page(
    request: Request, me: SeesDevices, device: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """All windows, and the form; `device` is chosen in it already."""
    return _page(request, me, {"device": device})


@maintenance_routes.post("/maintenance")
def plan(
    request: Request,
    me: KeepsTickets,
    *,
    device: Text = "",
    begins: Text = "",
    ends: Text = "",
    reason: Text = "",
    csrf: Text = "",
) -> Response:
    """A new window."""
    check_form(me, csrf)
    store, say = web_of(request).store, say_for(request)
    written = {"device": device, "begins": begins, "ends": ends, "reason": reason}
    key = next((key for key in devices_of(store) if key.path == device), None)
    begins_at, ends_at = _time(say, begins), _time(say, ends)
    if key is None or begins_at is None or ends_at is None:
        return _page(request, me, written, problem="window_refusal.bad")
    try:
        plan_maintenance(store, key, begins_at=begins_at, ends_at=ends_at, actor=me.name, reason=reason, now=say.now)
    except WindowRefusedError as error:
        return _page(request, me, written, problem=f"window_refusal.{error.refusal.value}")
    return RedirectResponse("/maintenance", HTTPStatus.SEE_OTHER)


@maintenance_routes.post("/maintenance/{window_id}/end")
def end(
    request: Request, me: KeepsTickets, window_id: Annotated[int, Path(ge=1, lt=2**63)], csrf: Text = ""
) -> Response:
    """The work is done before its time."""
    check_form(me, csrf)
    store = web_of(request).store
    with store.transaction() as transaction:
        store.windows.end(transaction, window_id, actor=me.name)
    return RedirectResponse("/maintenance", HTTPStatus.SEE_OTHER)


def devices_of(store: Store) -> tuple[DeviceKey, ...]:
    """Sites, nodes and cameras that were heard of: each site first, then what is in it."""
    nodes = [DeviceKey.of(node.site, node.node) for node in store.nodes.list()]
    cameras = [DeviceKey.of(one.site, one.node, one.camera) for one in store.cameras.list()]
    sites = {DeviceKey.of(node.site) for node in nodes}
    return tuple(sorted((*sites, *nodes, *cameras), key=lambda key: (key.site, key.node, key.camera)))


def _page(request: Request, me: Identity, written: dict[str, str], *, problem: str = "") -> HTMLResponse:
    store, say = web_of(request).store, say_for(request)
    windows = store.windows.list()
    local = say.now.astimezone(say.zone)
    usual = {"begins": local.strftime(_FORM), "ends": (local + _USUAL).strftime(_FORM), "reason": "", "device": ""}
    return render(
        request,
        "maintenance.html",
        me,
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        running=tuple(window for window in windows if window.until > say.now),
        past=tuple(window for window in windows if window.until <= say.now)[:_PAST_SHOWN],
        devices=devices_of(store),
        written=usual | written,
        days=WINDOW_AT_MOST.days,
        may_act=me.may(Right.TICKETS),
        problem=problem,
        device_name=lambda key: ticket_device(say, key.site, key.node, key.camera),
    )


def _time(say: Say, text: str) -> datetime | None:
    """A time of a form, which is in local time."""
    try:
        return datetime.strptime(text, _FORM).replace(tzinfo=say.zone)
    except ValueError:
        return None
