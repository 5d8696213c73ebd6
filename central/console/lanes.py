"""One lane: who moves its barrier and who set that, and the openings that people asked for."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell, tell_nothing
from central.auth import Identity
from central.commands import ask_for_mode
from central.console.board import openings_to_show
from central.console.commands import find_command, is_under_way, said
from central.console.page import PageRefusedError, SeesTraffic, SetsLanes, check_form, fragment, render, say_for
from central.openings import openings_of
from central.store.commands import CommandRecord
from central.store.records import LaneRecord
from central.web import web_of
from contract.messages import MODE_REASON_CHARACTERS, CommandKind, LaneMode

lane_routes = APIRouter(include_in_schema=False)
_PLACE = "/lanes/{site}/{lane}"
_MODES = (LaneMode.MANUAL, LaneMode.ASSIST, LaneMode.AUTO)
_Field = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class ModeForm:
    """What somebody filled in."""

    mode: str = ""
    reason: str = ""
    confirm: str = ""

    @property
    def fault(self) -> str | None:
        """What is wrong with it, as a key of the catalogue."""
        if self.mode not in {mode.value for mode in _MODES}:
            return "no_mode"
        if not 1 <= len(self.reason.strip()) <= MODE_REASON_CHARACTERS:
            return "no_reason"
        if self.mode == LaneMode.AUTO.value and not self.confirm:
            return "no_confirm"
        return None


def _lane(request: Request, site: str, lane: str) -> LaneRecord:
    found = web_of(request).store.lanes.get(site, lane)
    if found is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_lane")
    return found


def _form(mode: _Field = "", reason: _Field = "", confirm: _Field = "") -> ModeForm:
    return ModeForm(mode, reason, confirm)


OneLane = Annotated[LaneRecord, Depends(_lane)]
Typed = Annotated[ModeForm, Depends(_form)]


@lane_routes.get(_PLACE)
def lane_page(
    request: Request, me: SeesTraffic, lane: OneLane, command: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """Its mode with the history, and the openings by people with the vehicle of each."""
    return _page(request, me, lane, command=find_command(request, command))


@lane_routes.get(f"{_PLACE}/openings")
def openings_part(request: Request, _: SeesTraffic, lane: OneLane) -> HTMLResponse:
    """The openings on the lane's card, once it is known whether a vehicle came."""
    say = say_for(request)
    openings = openings_to_show(web_of(request).store, lane, say.now)
    return HTMLResponse(fragment("_openings.html", say, lane=lane, openings=openings))


@lane_routes.get(f"{_PLACE}/mode")
def mode_part(request: Request, me: SetsLanes, lane: OneLane) -> HTMLResponse:
    """The form alone, to be laid over the live page."""
    form = _form_of(me, lane, ModeForm(lane.mode.value))
    return HTMLResponse(fragment("_mode.html", say_for(request), me=me, in_dialog=True, **form))


@lane_routes.post(f"{_PLACE}/mode")
def set_mode(request: Request, me: SetsLanes, lane: OneLane, form: Typed, csrf: _Field = "") -> Response:
    """Have the node put the lane into another mode, or say what is missing."""
    check_form(me, csrf)
    fault = form.fault
    if fault is not None:
        tell_nothing(request)
        if "hx-request" in request.headers:
            shown = fragment("_mode_fault.html", say_for(request), fault=fault, longest=MODE_REASON_CHARACTERS)
            return HTMLResponse(shown)
        return _page(request, me, lane, form=form, fault=fault)
    mode = LaneMode(form.mode)
    if not me.may_set(mode):
        raise PageRefusedError(HTTPStatus.FORBIDDEN, "lane_mode.only_admin")
    record = ask_for_mode(web_of(request).store, lane, mode, actor=me.name, reason=form.reason)
    asked = {"mode": mode.value, "reason": form.reason}
    tell(request, f"{lane.site}/{lane.lane}", before={"mode": lane.mode.value, "reason": lane.mode_reason}, after=asked)
    if "hx-request" in request.headers:
        return said(request, record)
    place = _PLACE.format(site=lane.site, lane=lane.lane)
    return RedirectResponse(f"{place}?command={record.command.command_id}", HTTPStatus.SEE_OTHER)


def _form_of(
    me: Identity,
    lane: LaneRecord,
    typed: ModeForm,
    *,
    fault: str | None = None,
    record: CommandRecord | None = None,
) -> dict[str, Any]:
    """What the form shows."""
    return {
        "lane": lane,
        "place": _PLACE.format(site=lane.site, lane=lane.lane),
        "modes": tuple(mode for mode in _MODES if me.may_set(mode)),
        "may_auto": me.may_set(LaneMode.AUTO),
        "longest": MODE_REASON_CHARACTERS,
        "typed": typed,
        "fault": fault,
        "record": record,
    }


def _page(
    request: Request,
    me: Identity,
    lane: LaneRecord,
    *,
    form: ModeForm | None = None,
    fault: str | None = None,
    command: CommandRecord | None = None,
) -> HTMLResponse:
    store, now = web_of(request).store, say_for(request).now
    state = command.state(now) if command else None
    return render(
        request,
        "lane.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK,
        **_form_of(me, lane, form or ModeForm(lane.mode.value), fault=fault, record=command),
        in_dialog=False,
        openings=openings_of(store, lane.site, lane.lane, now=now),
        changes=store.commands.list(site=lane.site, lane=lane.lane, kinds=(CommandKind.SET_LANE_MODE,)),
        state=state,
        waiting=state is not None and is_under_way(state),
    )
