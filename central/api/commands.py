"""Commands to nodes: large pictures, regions, modes of lanes, evidence that is kept; and what became of each."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from central.api.guard import KeepsEvidence, SeesDevices, SetsCameras, SetsLanes, WebPart
from central.api.models import Answer
from central.commands import ask_about_evidence, ask_for_mode, ask_for_region, ask_for_snapshot, ask_to_confirm_view
from central.rights import Right
from central.store.commands import CommandRecord, CommandState
from central.store.records import CameraRecord
from central.web import Web
from contract.messages import MODE_REASON_CHARACTERS, CommandKind, LaneMode
from contract.region import CameraRegion

command_routes = APIRouter(tags=["commands"])
_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "the picture"}}


class CommandAnswer(Answer):
    """A command and what became of it. Ask again until `state` is none of `waiting` and `sent`."""

    command_id: UUID
    kind: CommandKind
    site: str
    node: str
    lane: str
    camera: str | None
    region: CameraRegion | None
    mode: LaneMode | None
    passage_id: UUID | None
    actor: str
    reason: str
    issued_at: datetime
    expires_at: datetime
    state: CommandState
    sent_at: datetime | None
    answered_at: datetime | None
    detail: str
    """Why the node refused, in its own words."""

    @classmethod
    def of(cls, record: CommandRecord) -> Self:
        """As it stands now."""
        told = {name: getattr(record, name) for name in ("sent_at", "answered_at", "detail")}
        asked = {name: getattr(record.command, name) for name in cls.model_fields if hasattr(record.command, name)}
        return cls(**asked, **told, state=record.state(datetime.now(UTC)))


class RegionRequest(BaseModel):
    """Where the lane lies in the picture; null goes back to the node's own configuration."""

    model_config = ConfigDict(extra="forbid")

    region: CameraRegion | None


class ModeRequest(BaseModel):
    """Who is to move the lane's barrier, and why; people read it later."""

    model_config = ConfigDict(extra="forbid")

    mode: LaneMode
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MODE_REASON_CHARACTERS)]


class EvidenceRequest(BaseModel):
    """Why; people read it later."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="", max_length=500)


def _camera(web: WebPart, site: str, node: str, camera: str) -> CameraRecord:
    record = web.store.cameras.get(site, node, camera)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no camera {site}/{node}/{camera}")
    return record


OneCamera = Annotated[CameraRecord, Depends(_camera)]


@command_routes.post("/cameras/{site}/{node}/{camera}/region", status_code=HTTPStatus.ACCEPTED)
def set_region(web: WebPart, me: SetsCameras, camera: OneCamera, body: RegionRequest) -> CommandAnswer:
    """Tell the node where the lane lies in this camera's picture; it keeps it until told otherwise."""
    return CommandAnswer.of(ask_for_region(web.store, camera, body.region, actor=me.name))


@command_routes.post("/cameras/{site}/{node}/{camera}/view-reference", status_code=HTTPStatus.ACCEPTED)
def confirm_view(web: WebPart, me: SetsCameras, camera: OneCamera) -> CommandAnswer:
    """The camera was serviced and looks right: hold it against what it shows from now on."""
    return CommandAnswer.of(ask_to_confirm_view(web.store, camera, actor=me.name))


@command_routes.post("/cameras/{site}/{node}/{camera}/snapshot", status_code=HTTPStatus.ACCEPTED)
def take_snapshot(web: WebPart, me: SeesDevices, camera: OneCamera) -> CommandAnswer:
    """Have the cameras of this camera's lane send a large picture now."""
    return CommandAnswer.of(ask_for_snapshot(web.store, camera, actor=me.name))


@command_routes.get("/cameras/{site}/{node}/{camera}/snapshot", response_class=Response, responses=_JPEG)
def get_snapshot(web: WebPart, _: SeesDevices, site: str, node: str, camera: str) -> Response:
    """The last large picture (JPEG)."""
    jpeg = web.store.cameras.snapshot(site, node, camera)
    if jpeg is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{site}/{node}/{camera} has sent no large picture")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, no-cache"})


@command_routes.post("/lanes/{site}/{lane}/mode", status_code=HTTPStatus.ACCEPTED)
def set_mode(web: WebPart, me: SetsLanes, site: str, lane: str, body: ModeRequest) -> CommandAnswer:
    """Have people, or the lane itself, move its barrier from now on; the node may refuse `auto`.

    `auto` is for administrators; `assist` and `manual` for all that see passages.
    """
    found = web.store.lanes.get(site, lane)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no lane {site}/{lane}")
    if not me.may_set(body.mode):
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            f"{me} may not set a lane to {body.mode.value}: ask an administrator",
        )
    return CommandAnswer.of(ask_for_mode(web.store, found, body.mode, actor=me.name, reason=body.reason))


@command_routes.post("/passages/{passage_id}/keep-evidence", status_code=HTTPStatus.ACCEPTED)
def keep_evidence(web: WebPart, me: KeepsEvidence, passage_id: UUID, body: EvidenceRequest) -> CommandAnswer:
    """The passage is disputed: have its node delete none of its pictures."""
    return _of_passage(web, CommandKind.KEEP_EVIDENCE, passage_id, me.name, body.reason)


@command_routes.post("/passages/{passage_id}/release-evidence", status_code=HTTPStatus.ACCEPTED)
def release_evidence(web: WebPart, me: KeepsEvidence, passage_id: UUID, body: EvidenceRequest) -> CommandAnswer:
    """It is disputed no longer."""
    return _of_passage(web, CommandKind.RELEASE_EVIDENCE, passage_id, me.name, body.reason)


@command_routes.get("/commands")
def list_commands(
    web: WebPart,
    me: SeesDevices,
    *,
    site: Annotated[str | None, Query()] = None,
    lane: Annotated[str | None, Query()] = None,
    camera: Annotated[str | None, Query()] = None,
    kind: Annotated[CommandKind | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> tuple[CommandAnswer, ...]:
    """Who asked for what, the latest first; those about passages for roles alone that see passages."""
    kinds = (kind,) if kind is not None else ()
    records = web.store.commands.list(site=site, lane=lane, camera=camera, kinds=kinds, limit=limit)
    traffic = me.may(Right.TRAFFIC)
    return tuple(CommandAnswer.of(record) for record in records if traffic or record.command.passage_id is None)


@command_routes.get("/commands/{command_id}")
def get_command(web: WebPart, me: SeesDevices, command_id: UUID) -> CommandAnswer:
    """What became of a command."""
    record = web.store.commands.get(command_id)
    if record is None or (record.command.passage_id is not None and not me.may(Right.TRAFFIC)):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no command {command_id}")
    return CommandAnswer.of(record)


def _of_passage(web: Web, kind: CommandKind, passage_id: UUID, actor: str, reason: str) -> CommandAnswer:
    passage = web.store.passages.get(passage_id)
    if passage is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no passage {passage_id}")
    return CommandAnswer.of(ask_about_evidence(web.store, passage, kind, actor=actor, reason=reason))
