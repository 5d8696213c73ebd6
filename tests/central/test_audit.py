"""Whoever changes something is on record, with what was there before."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from central.app import create_app
from central.audit import LEAVES_NO_ROW, SAFE_METHODS
from central.console.device_form import speech
from central.fleet.register.desk import add_device
from central.store import Store
from central.store.records import Role
from central.store.setup_records import AuditRecord
from tests.central.forms import send
from tests.central.gates import Gates


def changing_routes(app: FastAPI) -> Iterator[tuple[str, RouteContext]]:
    """Every route of pages and API that may change something, with its method."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or set()) - SAFE_METHODS):
            yield method, route


async def done(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("done")(scope, receive, send)


def test_no_route_that_changes_something_escapes_the_log(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its part does: when it has done it, the row is there before the answer is."""
    app = create_app(store)
    routes = list(changing_routes(app))
    assert len(routes) > 30
    expected = set()

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://central") as client:
            for method, route in routes:
                monkeypatch.setattr(route.original_route, "handle", done)
                answer = await client.request(method, re.sub(r"{.*?}", "1", route.path or ""))
                assert answer.status_code == 200, route.path
                expected.add(f"{method} {route.path}")

    asyncio.run(ask())
    assert {row.deed for row in store.audit.all()} == expected - LEAVES_NO_ROW
    assert expected >= LEAVES_NO_ROW, "what leaves no row is still there"


def latest(store: Store) -> AuditRecord:
    return store.audit.list(limit=1).items[0]


def test_a_row_says_who_and_what_and_holds_no_secret(visit: Callable[[Role], httpx.Client], store: Store) -> None:
    """Also where the part itself tells nothing: the row holds what was asked for."""
    admin = visit(Role.ADMIN)
    assert send(admin, "/units", name="Trạm Ví Dụ", phone="0205 3 812 345").status_code == 303
    row = latest(store)
    assert (row.actor, row.deed) == ("lan.admin", "POST /units")
    assert row.after is not None
    assert row.after["phone"] == "0205 3 812 345"
    assert "csrf" not in row.after
    login = next(one for one in store.audit.all() if one.deed == "POST /login")
    assert login.actor == "lan.admin"
    assert "a made-up password" not in str(login.after)


def test_what_was_refused_is_not_on_record(visit: Callable[[Role], httpx.Client], store: Store) -> None:
    """No right, no token of the form, or a value that does not fit: nothing happened."""
    operator, admin = visit(Role.OPERATOR), visit(Role.ADMIN)
    before = len(tuple(store.audit.all()))
    assert operator.post("/units", data={"name": "x"}).status_code == 403
    assert admin.post("/units", data={"name": "x"}).status_code == 403
    assert send(admin, "/units", name="").status_code == 422
    assert len(tuple(store.audit.all())) == before


def test_before_and_after_of_a_device_and_of_a_lane(visit: Callable[[Role], httpx.Client], store: Store) -> None:
    """Only what differs is told; a form that was refused leaves no row though its answer is no error."""
    Gates(store)
    admin = visit(Role.ADMIN)
    device = add_device(store, {"kind": "site", "site": "huu-nghi", "title": "Cũ"}, speech(), actor="lan")
    form = {"kind": "site", "site": "huu-nghi", "title": "Mới"}
    page = f"/devices/{device.device_id}/edit"
    assert send(admin, page, **form).status_code == 303
    assert (latest(store).before, latest(store).after) == ({"title": "Cũ"}, {"title": "Mới"})
    admin.headers["HX-Request"] = "true"
    known = latest(store)
    assert send(admin, "/lanes/huu-nghi/in-1", "/lanes/huu-nghi/in-1/mode", mode="manual", reason="").status_code == 200
    assert latest(store) == known
    send(admin, "/lanes/huu-nghi/in-1", "/lanes/huu-nghi/in-1/mode", mode="manual", reason="sửa barie")
    row = latest(store)
    assert row.subject == "huu-nghi/in-1"
    assert row.before is not None
    assert row.after is not None
    assert (row.before["mode"], row.after["mode"], row.after["reason"]) == ("assist", "manual", "sửa barie")
