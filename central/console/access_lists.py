"""Plates that may pass without a declaration, and plates that nothing opens for without a person."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.access_rules import FIELDS, RuleFault, read_rule
from central.audit import tell
from central.auth import Identity
from central.console.access_table import MOST_ROWS, ReadTable, UnreadableTableError, read_table, write_table
from central.console.page import ListsPlates, PageRefusedError, check_form, render, say_for
from central.console.uploads import Sent
from central.store.setup_records import Effect, RuleFields, RuleRecord
from central.web import web_of
from contract.plate import normalise

access_list_routes = APIRouter(include_in_schema=False)
_Text = Annotated[str, Query(max_length=64)]
_Field = Annotated[str, Form(max_length=300)]
_Many = Annotated[str, Form(max_length=2_000_000)]
_SHOWN: Final = 500


@access_list_routes.get("/access-lists")
def lists_page(
    request: Request, me: ListsPlates, *, plate: _Text = "", effect: _Text = "", which: _Text = "", ended: _Text = ""
) -> HTMLResponse:
    """What is listed now; with `which=all` also what was ended or is over."""
    return _page(request, me, plate=plate, effect=effect, which=which, ended=ended)


@access_list_routes.post("/access-lists")
def add(
    request: Request,
    me: ListsPlates,
    *,
    plate: _Field = "",
    effect: _Field = "",
    site: _Field = "",
    valid_from: _Field = "",
    valid_until: _Field = "",
    reason: _Field = "",
    csrf: _Field = "",
) -> Response:
    """List a plate, or say what is wrong with what was typed."""
    check_form(me, csrf)
    typed = dict(zip(FIELDS, (plate, effect, site, valid_from, valid_until, reason), strict=True))
    say, store = say_for(request), web_of(request).store
    rule = read_rule(typed, now=say.now, zone=say.zone)
    if isinstance(rule, tuple):
        return _page(request, me, typed=typed, faults=rule)
    with store.transaction() as transaction:
        store.access_rules.add(transaction, rule, actor=me.name)
    tell(request, rule.plate, after=_told(rule))
    return RedirectResponse("/access-lists", HTTPStatus.SEE_OTHER)


@access_list_routes.post("/access-lists/{rule_id}/end")
def end(request: Request, me: ListsPlates, rule_id: int, csrf: _Field = "") -> Response:
    """Take a plate off the list; it can be put back."""
    check_form(me, csrf)
    rule, store = _rule(request, rule_id), web_of(request).store
    with store.transaction() as transaction:
        store.access_rules.end(transaction, rule_id, actor=me.name)
    tell(request, rule.plate, before=_told(rule) | {"listed": rule.ended_at is None}, after={"listed": False})
    return RedirectResponse(f"/access-lists?ended={rule_id}", HTTPStatus.SEE_OTHER)


@access_list_routes.post("/access-lists/{rule_id}/undo")
def put_back(request: Request, me: ListsPlates, rule_id: int, csrf: _Field = "") -> Response:
    """List a plate again that was taken off."""
    check_form(me, csrf)
    rule, store = _rule(request, rule_id), web_of(request).store
    with store.transaction() as transaction:
        store.access_rules.put_back(transaction, rule_id)
    tell(request, rule.plate, before={"listed": rule.ended_at is None}, after=_told(rule) | {"listed": True})
    return RedirectResponse("/access-lists", HTTPStatus.SEE_OTHER)


@access_list_routes.get("/access-lists/export")
def export(request: Request, _: ListsPlates) -> Response:
    """What is listed now, as a table that can be taken in again."""
    say = say_for(request)
    content = write_table(web_of(request).store.access_rules.list(counting_at=say.now), say)
    name = f"access-lists-{say.today}.csv"
    return Response(content, media_type="text/csv", headers={"Content-Disposition": f"attachment; filename={name}"})


@access_list_routes.get("/access-lists/import")
def import_page(request: Request, me: ListsPlates) -> HTMLResponse:
    """Choose a file."""
    return _import_page(request, me)


@access_list_routes.post("/access-lists/import/preview")
def preview(request: Request, me: ListsPlates, sent: Sent) -> HTMLResponse:
    """What a file would put on the list; nothing is written."""
    check_form(me, sent.texts.get("csrf", ""))
    say = say_for(request)
    try:
        table = read_table(sent.content, web_of(request).store.access_rules.list(counting_at=say.now), say)
    except UnreadableTableError as error:
        return _import_page(request, me, problem=error.key, name=sent.file_name)
    return _import_page(request, me, table=table, name=sent.file_name)


@access_list_routes.post("/access-lists/import")
def take_in(request: Request, me: ListsPlates, rows: _Many = "", name: _Field = "", csrf: _Field = "") -> Response:
    """List all good rows at once; each is checked again."""
    check_form(me, csrf)
    say, store = say_for(request), web_of(request).store
    rules = [_checked(values, say.now, say.zone) for values in _parsed(rows)]
    with store.transaction() as transaction:
        for rule in rules:
            store.access_rules.add(transaction, rule, actor=me.name)
    plates = ", ".join(rule.plate for rule in rules)
    tell(request, name or "–", after={"added": len(rules), "plate": plates})
    return RedirectResponse("/access-lists", HTTPStatus.SEE_OTHER)


def _parsed(rows: str) -> list[dict[str, str]]:
    try:
        found = json.loads(rows)
    except ValueError:
        found = None
    if (
        not isinstance(found, list)
        or not 0 < len(found) <= MOST_ROWS
        or not all(isinstance(row, dict) for row in found)
    ):
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    return [{name: str(value) for name, value in row.items()} for row in found]


def _checked(values: dict[str, str], now: Any, zone: Any) -> RuleFields:  # noqa: ANN401 - as `Say` has them
    rule = read_rule(values, now=now, zone=zone)
    if isinstance(rule, tuple):
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    return rule


def _rule(request: Request, rule_id: int) -> RuleRecord:
    rule = web_of(request).store.access_rules.get(rule_id)
    if rule is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_rule")
    return rule


def _told(rule: RuleFields) -> dict[str, Any]:
    return {
        "effect": rule.effect.value,
        "site": rule.site,
        "valid_from": rule.valid_from.isoformat(),
        "valid_until": rule.valid_until.isoformat(),
        "reason": rule.reason,
    }


def _page(
    request: Request,
    me: Identity,
    *,
    plate: str = "",
    effect: str = "",
    which: str = "",
    ended: str = "",
    typed: dict[str, str] | None = None,
    faults: tuple[RuleFault, ...] = (),
) -> HTMLResponse:
    store, say = web_of(request).store, say_for(request)
    rules = store.access_rules.list(counting_at=None if which == "all" else say.now)
    wanted = normalise(plate)
    shown = [rule for rule in rules if wanted in rule.plate and effect in ("", rule.effect.value)]
    last_ended = store.access_rules.get(int(ended)) if ended.isdecimal() and len(ended) < 16 else None
    return render(
        request,
        "access_lists.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        rules=shown[:_SHOWN],
        cut=max(0, len(shown) - _SHOWN),
        count=len(rules),
        choice={"plate": plate, "effect": effect, "which": which},
        effects=tuple(Effect),
        sites=store.lanes.sites(),
        typed=typed or dict.fromkeys(FIELDS, "") | {"effect": Effect.ALLOW.value},
        faults=faults,
        ended=last_ended if last_ended and last_ended.ended_at else None,
    )


def _import_page(
    request: Request, me: Identity, *, table: ReadTable | None = None, problem: str = "", name: str = ""
) -> HTMLResponse:
    say = say_for(request)
    rows = [_as_typed(rule, say.zone) for rule in table.good] if table else []
    return render(
        request,
        "access_import.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        table=table,
        problem=problem,
        name=name[:200],
        rows=json.dumps(rows, ensure_ascii=False),
        most=MOST_ROWS,
    )


def _as_typed(rule: RuleFields, zone: Any) -> dict[str, str]:  # noqa: ANN401 - as `Say` has it
    """As a form would send it: the confirmation is checked like one."""
    last = rule.valid_until.astimezone(zone)
    return {
        "plate": rule.plate,
        "effect": rule.effect.value,
        "site": rule.site,
        "valid_from": f"{rule.valid_from.astimezone(zone):%Y-%m-%d}",
        "valid_until": f"{last.fromtimestamp(last.timestamp() - 1, zone):%Y-%m-%d}",
        "reason": rule.reason,
    }
