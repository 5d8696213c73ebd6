"""One camera: all that is wrong with it, what cannot be judged now, and its view confirmed after maintenance."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.commands import ask_to_confirm_view
from central.console.board import camera_picture_url
from central.console.commands import find_command, is_under_way, said
from central.console.noticed import noticed_context
from central.console.page import PageRefusedError, SeesDevices, SetsCameras, check_form, fragment, render, say_for
from central.console.timelines import timeline_context
from central.rights import Right
from central.store.device_key import DeviceKey
from central.store.records import CameraRecord
from central.web import web_of
from contract.messages import CommandKind, HealthReason

camera_routes = APIRouter(include_in_schema=False)
_PLACE = "/cameras/{site}/{node}/{camera}"


def find_camera(request: Request, site: str, node: str, camera: str) -> CameraRecord:
    """The camera that an address names; else the page that says that there is none."""
    found = web_of(request).store.cameras.get(site, node, camera)
    if found is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_camera")
    return found


OneCamera = Annotated[CameraRecord, Depends(find_camera)]


@camera_routes.get(_PLACE)
def camera_page(
    request: Request, me: SeesDevices, camera: OneCamera, command: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """How it does now, with the means to confirm its view for those who may."""
    store, say = web_of(request).store, say_for(request)
    record = find_command(request, command)
    state = record.state(say.now) if record else None
    confirmed = store.commands.list(
        site=camera.site,
        node=camera.node,
        camera=camera.camera,
        kinds=(CommandKind.SET_VIEW_REFERENCE,),
        done=True,
        limit=1,
    )
    return render(
        request,
        "camera.html",
        me,
        place=_place(camera),
        camera=camera,
        picture_url=camera_picture_url,
        after=store.events.latest_id(),
        moved=any(finding.code is HealthReason.MOVED for finding in camera.findings),
        confirmed_by=next(iter(confirmed), None),
        may_set=me.may(Right.SETUP),
        record=record,
        state=state,
        waiting=state is not None and is_under_way(state),
        **_noticed(request, me, camera),
        **timeline_context(store, say, DeviceKey.of(camera.site, camera.node, camera.camera)),
    )


@camera_routes.get(f"{_PLACE}/now")
def camera_now(request: Request, me: SeesDevices, camera: OneCamera) -> HTMLResponse:
    """What changes of the page that is open."""
    say, noticed = say_for(request), _noticed(request, me, camera)
    return HTMLResponse(fragment("_camera.html", say, camera=camera, picture_url=camera_picture_url, **noticed))


@camera_routes.post(f"{_PLACE}/view")
def confirm_view(
    request: Request, me: SetsCameras, camera: OneCamera, csrf: Annotated[str, Form(max_length=4000)] = ""
) -> Response:
    """The camera was serviced and looks right."""
    check_form(me, csrf)
    record = ask_to_confirm_view(web_of(request).store, camera, actor=me.name)
    if "hx-request" in request.headers:
        return said(request, record, camera.camera)
    return RedirectResponse(f"{_place(camera)}?command={record.command.command_id}", HTTPStatus.SEE_OTHER)


def _place(camera: CameraRecord) -> str:
    return _PLACE.format(site=camera.site, node=camera.node, camera=camera.camera)


def _noticed(request: Request, me: Identity, camera: CameraRecord) -> dict[str, Any]:
    store = web_of(request).store
    return noticed_context(store, me, store.crosschecks.noticed(DeviceKey.of(camera.site, camera.node, camera.camera)))
