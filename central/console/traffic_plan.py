"""The surge plan: what it says, and another version of it, checked and held against the present one first."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell
from central.auth import Identity
from central.console.page import BringsPlans, SeesTraffic, check_form, render, say_for
from central.console.traffic_view import said, threshold_text
from central.console.uploads import Sent
from central.rights import Right
from central.traffic import plans
from central.traffic.plan_file import differences, plan_toml
from central.traffic.surge_plan import SurgePlan, Trigger
from central.web import web_of
from contract.errors import ConfigError

traffic_plan_routes = APIRouter(include_in_schema=False)
_MOST_CHARACTERS = 100_000


@traffic_plan_routes.get("/traffic/plan")
def plan_page(request: Request, me: SeesTraffic) -> HTMLResponse:
    """The plan that applies today."""
    return _page(request, me)


@traffic_plan_routes.get("/traffic/plan/file")
def plan_file(request: Request, _: SeesTraffic) -> Response:
    """The present plan as a file to edit."""
    plan = _present(request)
    headers = {"Content-Disposition": f"attachment; filename=surge_plan_{plan.version}.toml"}
    return Response(plan_toml(plan), media_type="application/toml", headers=headers)


@traffic_plan_routes.post("/traffic/plan/check")
def check_plan(request: Request, me: BringsPlans, sent: Sent) -> HTMLResponse:
    """What another version would change, or what is wrong with it. Nothing is kept."""
    check_form(me, sent.texts.get("csrf", ""))
    try:
        text = sent.content.decode("utf-8")
        new = _checked(text)
    except (ConfigError, UnicodeDecodeError) as error:
        return _page(request, me, wrong=str(error))
    return _page(request, me, new=new, text=text)


@traffic_plan_routes.post("/traffic/plan")
def bring_in(
    request: Request,
    me: BringsPlans,
    text: Annotated[str, Form(max_length=_MOST_CHARACTERS)] = "",
    csrf: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Have it apply from its day on."""
    check_form(me, csrf)
    web, say, before = web_of(request), say_for(request), _present(request)
    try:
        new = _checked(text)
        plans.bring_in(web.store, web.traffic.plan, new, actor=me.name, now=say.now)
    except ConfigError as error:
        return _page(request, me, wrong=str(error))
    changed = differences(before, new)
    versions = ({"version": before.version}, {"version": new.version})
    tell(
        request,
        f"surge plan {new.version}",
        before=versions[0] | {one.name: one.before for one in changed},
        after=versions[1] | {one.name: one.after for one in changed},
    )
    return RedirectResponse("/traffic/plan", HTTPStatus.SEE_OTHER)


def _checked(text: str) -> SurgePlan:
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(f"expected a plan of at most {_MOST_CHARACTERS} characters, got {len(text)}")
    return SurgePlan.parse(text.replace("\r\n", "\n"), "the plan")


def _present(request: Request) -> SurgePlan:
    web = web_of(request)
    return plans.plan_for(web.store, web.traffic.plan, say_for(request).today)


def _page(
    request: Request, me: Identity, *, new: SurgePlan | None = None, text: str = "", wrong: str = ""
) -> HTMLResponse:
    store, say, plan = web_of(request).store, say_for(request), _present(request)
    return render(
        request,
        "traffic_plan.html",
        me,
        status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        plan=plan,
        triggers=tuple(Trigger),
        new=new,
        text=text,
        wrong=wrong,
        changed=differences(plan, new) if new is not None else (),
        kept=store.surge.plans(),
        may_change=me.may(Right.SURGE_PLAN),
        said_in=lambda words: said(words, say),
        limit_text=lambda trigger, limit: threshold_text(trigger, limit, say),
    )
