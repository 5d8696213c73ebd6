"""Passages, declarations, pictures, cameras, nodes and lanes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import FileResponse, Response

from central.api.filters import PassageFilters, PlatePart, Since, Site, Until
from central.api.guard import SeesDevices, SeesTraffic, WebPart
from central.api.models import (
    CameraAnswer,
    DeclarationAnswer,
    LaneAnswer,
    NodeAnswer,
    OutcomeAnswer,
    PageOf,
    PassageAnswer,
)
from central.api.tags import TaggedRoute
from central.rights import Right
from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind
from central.web import PICTURE_HEADERS
from contract.errors import StoreError
from contract.messages import Direction

routes = APIRouter(route_class=TaggedRoute)

Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]
JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "the picture"}}


@routes.get("/passages", tags=["traffic"])
def list_passages(
    web: WebPart,
    _: SeesTraffic,
    *,
    wanted: PassageFilters,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[PassageAnswer]:
    """Passages, the newest first. A page may be short, even empty, with a `next_cursor`: the search goes on there."""
    try:
        page = web.store.passages.list(**wanted, cursor=cursor, limit=limit)
    except StoreError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
    return PageOf(items=tuple(map(PassageAnswer.of, page.items)), next_cursor=page.next_cursor)


@routes.get("/passages/{passage_id}", tags=["traffic"])
def get_passage(web: WebPart, _: SeesTraffic, passage_id: UUID) -> PassageAnswer:
    """One passage."""
    record = web.store.passages.get(passage_id)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no passage {passage_id}")
    return PassageAnswer.of(record)


@routes.get("/passages/{passage_id}/outcomes", tags=["traffic"])
def list_passage_outcomes(web: WebPart, _: SeesTraffic, passage_id: UUID) -> PageOf[OutcomeAnswer]:
    """Everything that was said of a passage, the oldest first: how its link was revised."""
    found = web.store.outcomes.history_of_passage(passage_id)
    return PageOf(items=tuple(map(OutcomeAnswer.model_validate, found)), next_cursor=None)


@routes.get("/declarations", tags=["traffic"])
def list_declarations(
    web: WebPart,
    _: SeesTraffic,
    *,
    gate: Site = None,
    direction: Direction | None = None,
    outcome: OutcomeKind | None = None,
    state: DeclarationState | None = None,
    plate: PlatePart = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PageOf[DeclarationAnswer]:
    """Declarations, those whose window begins last first."""
    try:
        page = web.store.declarations.list(
            gate=gate,
            direction=direction,
            outcome=outcome,
            state=state,
            plate_part=plate,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )
    except StoreError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from error
    return PageOf(items=tuple(map(DeclarationAnswer.of, page.items)), next_cursor=page.next_cursor)


@routes.get("/declarations/{declaration_id}", tags=["traffic"])
def get_declaration(web: WebPart, _: SeesTraffic, declaration_id: str) -> DeclarationAnswer:
    """One declaration."""
    record = web.store.declarations.get(declaration_id)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no declaration {declaration_id}")
    return DeclarationAnswer.of(record)


@routes.get("/declarations/{declaration_id}/outcomes", tags=["traffic"])
def list_declaration_outcomes(web: WebPart, _: SeesTraffic, declaration_id: str) -> PageOf[OutcomeAnswer]:
    """Everything that was said of a declaration, the oldest first; also with passages that have lost it since."""
    found = web.store.outcomes.history_of_declaration(declaration_id)
    return PageOf(items=tuple(map(OutcomeAnswer.model_validate, found)), next_cursor=None)


@routes.get("/evidence/{sha256}", tags=["traffic"], response_class=FileResponse, responses=JPEG)
def get_evidence(
    request: Request, web: WebPart, _: SeesTraffic, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """A picture of a passage (JPEG). 404 also while it has not arrived."""
    etag = f'"{sha256}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    path = web.store.evidence.path(sha256)
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"the picture {sha256} is not known, or has not arrived")
    return FileResponse(path, media_type="image/jpeg", headers={**PICTURE_HEADERS, "ETag": etag})


@routes.get("/cameras", tags=["devices"])
def list_cameras(web: WebPart, _: SeesDevices, site: Site = None) -> PageOf[CameraAnswer]:
    """Cameras with their health, the worst first."""
    return PageOf(items=tuple(map(CameraAnswer.of, web.store.cameras.list(site=site))), next_cursor=None)


@routes.get("/cameras/{site}/{node}/{camera}", tags=["devices"])
def get_camera(web: WebPart, _: SeesDevices, site: str, node: str, camera: str) -> CameraAnswer:
    """One camera."""
    record = web.store.cameras.get(site, node, camera)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no camera {site}/{node}/{camera}")
    return CameraAnswer.of(record)


@routes.get("/cameras/{site}/{node}/{camera}/picture", tags=["devices"], response_class=Response, responses=JPEG)
def get_camera_picture(web: WebPart, _: SeesDevices, site: str, node: str, camera: str) -> Response:
    """The small picture of its last report (JPEG)."""
    jpeg = web.store.cameras.picture(site, node, camera)
    if jpeg is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no picture of {site}/{node}/{camera}")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@routes.get("/nodes", tags=["devices"])
def list_nodes(web: WebPart, _: SeesDevices, site: Site = None) -> PageOf[NodeAnswer]:
    """Nodes: the computers at the gates."""
    return PageOf(items=tuple(map(NodeAnswer.of, web.store.nodes.list(site=site))), next_cursor=None)


@routes.get("/lanes", tags=["devices"])
def list_lanes(web: WebPart, asking: SeesDevices, site: Site = None) -> PageOf[LaneAnswer]:
    """Lanes with their cameras and the latest passage."""
    with_passage = asking.may(Right.TRAFFIC)
    lanes = web.store.lanes.list(site=site)
    return PageOf(items=tuple(LaneAnswer.of(lane, with_passage=with_passage) for lane in lanes), next_cursor=None)
