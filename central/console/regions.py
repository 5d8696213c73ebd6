"""Where a lane lies in its camera's picture: shown over the picture, drawn, and sent to the node."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell, tell_nothing
from central.auth import Identity
from central.commands import ask_for_region, ask_for_snapshot
from central.console.camera import OneCamera
from central.console.camera_picture import DEFAULT_SIZE, picture_of_camera
from central.console.commands import (
    find_command,
    is_under_way,
    picture_is_coming,
    picture_is_missing,
    region_in_force,
    said,
)
from central.console.page import SeesDevices, SetsCameras, check_form, fragment, render, say_for
from central.console.region_form import Fault, RegionForm, overlay
from central.rights import Right
from central.store.commands import CommandRecord
from central.store.records import CameraRecord
from central.web import web_of

region_routes = APIRouter(include_in_schema=False)
_PLACE = "/cameras/{site}/{node}/{camera}/region"
_Field = Annotated[str, Form(max_length=4000)]


def _form(lane: _Field = "", line_from: _Field = "", line_to: _Field = "", way: _Field = "") -> RegionForm:
    return RegionForm(lane, line_from, line_to, way)


Typed = Annotated[RegionForm, Depends(_form)]


@region_routes.get(_PLACE)
def region_page(
    request: Request, me: SeesDevices, camera: OneCamera, command: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """The picture with the region that its node has told; with the means to change it for those who may."""
    return _page(request, me, camera, command=find_command(request, command))


@region_routes.post(_PLACE)
def set_region(
    request: Request, me: SetsCameras, camera: OneCamera, form: Typed, *, csrf: _Field = "", reset: _Field = ""
) -> Response:
    """Send a region to the node, or say what is wrong with it."""
    check_form(me, csrf)
    found = None if reset else form.read()
    if isinstance(found, tuple):
        tell_nothing(request)
        if "hx-request" in request.headers:
            return _faults(request, found, {"HX-Retarget": "#faults", "HX-Reswap": "outerHTML"})
        return _page(request, me, camera, form=form, faults=found)
    record = ask_for_region(web_of(request).store, camera, found, actor=me.name)
    known = region_in_force(web_of(request).store, camera)["region"]
    before, after = ({"region": one.model_dump(mode="json") if one else None} for one in (known, found))
    tell(request, f"{camera.site}/{camera.node}/{camera.camera}", before=before, after=after)
    return _told(request, camera, record)


@region_routes.post(f"{_PLACE}/check")
def check_region(request: Request, _: SetsCameras, form: Typed) -> HTMLResponse:
    """What is wrong with a region, while it is being drawn. The same rules that the node goes by."""
    found = form.read()
    return _faults(request, found if isinstance(found, tuple) else ())


@region_routes.post(f"{_PLACE}/snapshot")
def take_snapshot(request: Request, me: SeesDevices, camera: OneCamera, csrf: _Field = "") -> Response:
    """Ask for a new, large picture."""
    check_form(me, csrf)
    return _told(request, camera, ask_for_snapshot(web_of(request).store, camera, actor=me.name))


def _told(request: Request, camera: CameraRecord, record: CommandRecord) -> Response:
    """What became of the command: in place for a script, else on the page that is loaded again."""
    if "hx-request" in request.headers:
        return said(request, record, camera.camera)
    place = _PLACE.format(site=camera.site, node=camera.node, camera=camera.camera)
    return RedirectResponse(f"{place}?command={record.command.command_id}", HTTPStatus.SEE_OTHER)


def _faults(request: Request, faults: tuple[Fault, ...], headers: dict[str, str] | None = None) -> HTMLResponse:
    return HTMLResponse(fragment("_faults.html", say_for(request), faults=faults), headers=headers)


def _page(
    request: Request,
    me: Identity,
    camera: CameraRecord,
    *,
    form: RegionForm | None = None,
    faults: tuple[Fault, ...] = (),
    command: CommandRecord | None = None,
) -> HTMLResponse:
    store, now = web_of(request).store, say_for(request).now
    in_force = region_in_force(store, camera)
    region = in_force["region"]
    picture = picture_of_camera(store, camera, now)
    state = command.state(now) if command else None
    coming = bool(command and state and picture_is_coming(command, state, camera))
    return render(
        request,
        "region.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        place=_PLACE.format(site=camera.site, node=camera.node, camera=camera.camera),
        camera=camera,
        **in_force,
        picture=picture,
        drawn=overlay(region, picture.size if picture else DEFAULT_SIZE),
        form=form or RegionForm.of(region),
        faults=faults,
        may_set=me.may(Right.SETUP),
        record=command,
        state=state,
        coming=coming,
        missing=bool(command and state and not coming and picture_is_missing(command, state, camera)),
        waiting=coming or (state is not None and is_under_way(state)),
    )
