"""What became of a command, as a part of a page that asks again until it is known."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.camera_picture import picture_of_camera
from central.console.page import SeesDevices, fragment, say_for
from central.rights import Right
from central.store import Store
from central.store.commands import CommandRecord, CommandState
from central.store.records import CameraRecord
from central.web import web_of
from contract.messages import CommandKind, HealthReason

command_routes = APIRouter(include_in_schema=False)
_WITHOUT_PICTURE = frozenset({HealthReason.SIGNAL_LOST, HealthReason.NO_FRAMES})
_UNDER_WAY = frozenset({CommandState.WAITING, CommandState.SENT})


@command_routes.get("/commands/{command_id}")
def command_part(
    request: Request, me: SeesDevices, command_id: UUID, camera: Annotated[str, Query(max_length=63)] = ""
) -> HTMLResponse:
    """How far a command has come; `camera` is the one whose page asks."""
    record = web_of(request).store.commands.get(command_id)
    if record is None or (record.command.passage_id is not None and not me.may(Right.TRAFFIC)):
        return HTMLResponse("")
    return said(request, record, camera)


def said(request: Request, record: CommandRecord, camera: str = "") -> HTMLResponse:
    """The part, and what it means for the rest of the page."""
    store, say = web_of(request).store, say_for(request)
    command, state = record.command, record.state(say.now)
    seen = store.cameras.get(command.site, command.node, camera) if camera else None
    coming = picture_is_coming(record, state, seen)
    missing = not coming and picture_is_missing(record, state, seen)
    html = fragment("_command.html", say, record=record, state=state, camera=camera, coming=coming, missing=missing)
    if seen is not None and command.kind is CommandKind.SET_REGION and state is CommandState.DONE:
        html += fragment("_now.html", say, oob=True, **region_in_force(store, seen))
    return HTMLResponse(html, headers=_consequence(record, state, seen, coming=coming, request=request))


def picture_is_coming(record: CommandRecord, state: CommandState, camera: CameraRecord | None) -> bool:
    """Whether the node has answered, and its picture is still on its way."""
    if record.command.kind is not CommandKind.SNAPSHOT or state is not CommandState.DONE or camera is None:
        return False
    return record.answered_at is not None and camera.received_at <= record.answered_at


def picture_is_missing(record: CommandRecord, state: CommandState, camera: CameraRecord | None) -> bool:
    """Whether the node did what it could, and its camera gives no picture."""
    if record.command.kind is not CommandKind.SNAPSHOT or state is not CommandState.DONE or camera is None:
        return False
    return not camera.has_picture or camera.reported_reason in _WITHOUT_PICTURE


def region_in_force(store: Store, camera: CameraRecord) -> dict[str, Any]:
    """The region that the node tells, and the command that set it; none where it is the configuration's."""
    node = store.nodes.get(camera.site, camera.node)
    region = node.regions.get(camera.camera) if node else None
    latest = store.commands.list(
        site=camera.site,
        node=camera.node,
        camera=camera.camera,
        kinds=(CommandKind.SET_REGION,),
        done=True,
        limit=1,
    )
    set_by = next((record for record in latest if region is not None and record.command.region == region), None)
    return {"region": region, "set_by": set_by}


def find_command(request: Request, text: str) -> CommandRecord | None:
    """The command that an address names; None for none, or nonsense."""
    try:
        return web_of(request).store.commands.get(UUID(text)) if text else None
    except ValueError:
        return None


def is_under_way(state: CommandState) -> bool:
    """Whether there is still something to wait for."""
    return state in _UNDER_WAY


def _consequence(
    record: CommandRecord, state: CommandState, camera: CameraRecord | None, *, coming: bool, request: Request
) -> dict[str, str]:
    """Headers that tell the page's script what to do."""
    command = record.command
    if state is not CommandState.DONE or coming:
        return {}
    if command.kind is CommandKind.SET_LANE_MODE:
        return {"HX-Trigger": "lanemode"}
    if command.passage_id is not None:  # the page says who keeps its pictures
        return {"HX-Refresh": "true"}
    if camera is None:
        return {}
    if command.kind is CommandKind.SET_REGION:
        if command.region is None:  # what the configuration says shows when the page is drawn anew
            place = f"/cameras/{command.site}/{command.node}/{camera.camera}/region"
            return {"HX-Redirect": f"{place}?command={command.command_id}"}
        return {"HX-Trigger": "regionsaved"}
    if command.kind is CommandKind.SNAPSHOT:
        picture = picture_of_camera(web_of(request).store, camera, say_for(request).now)
        if picture is not None:
            return {
                "HX-Trigger": json.dumps(
                    {
                        "regionpicture": {
                            "url": picture.url,
                            "at": picture.at.isoformat(),
                            "command": str(command.command_id),
                        }
                    }
                )
            }
    return {}
