"""From an empty system to a live lane: a gate, its node, the file to take along, and what was heard of it since."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.access import open_signing_key, public_key_hex
from central.audit import tell
from central.auth import Identity
from central.console.board import camera_picture_url
from central.console.device_form import speech
from central.console.page import SetsUp, check_form, fragment, render, say_for
from central.console.uploads import Sent
from central.fleet.register.desk import RegisterError, add_device
from central.node_file import MOST_LANES, SIMULATOR_PORT, Link, NodeFault, commands, node_toml, read_node
from central.store.register_records import DeviceKind
from central.web import Web, web_of
from contract.messages import Direction

wizard_routes = APIRouter(include_in_schema=False)
_Text = Annotated[str, Query(max_length=63)]
_Field = Annotated[str, Form(max_length=200)]
_LOCAL = ("127.0.0.1", "localhost", "::1")


@wizard_routes.get("/setup/first")
def first_page(request: Request, me: SetsUp) -> HTMLResponse:
    """Which gate: one that is known, or a new one."""
    return _first(request, me)


@wizard_routes.post("/setup/first")
def choose_site(request: Request, me: SetsUp, site: _Field = "", title: _Field = "", csrf: _Field = "") -> Response:
    """Go on with a gate; a new one is put on the register."""
    check_form(me, csrf)
    store, site = web_of(request).store, site.strip()
    if site not in _sites(web_of(request)):
        values = {"kind": DeviceKind.SITE.value, "site": site, "title": title.strip()}
        try:
            add_device(store, values, speech(), actor=me.name)
        except RegisterError:
            return _first(request, me, site=site, title=title, is_wrong=True)
        tell(request, site, after={"site": site, "name": title.strip()})
    return RedirectResponse(f"/setup/node?{urlencode({'site': site})}", HTTPStatus.SEE_OTHER)


@wizard_routes.get("/setup/node")
def node_page(request: Request, me: SetsUp, site: _Text = "") -> HTMLResponse:
    """What the new node is called, where its broker is, which lanes it watches."""
    web = web_of(request)
    taken = {node.node for node in web.store.nodes.list(site=site)} if site else set()
    name = next(f"{site}-{number}" for number in range(1, 1000) if f"{site}-{number}" not in taken) if site else ""
    return _node(request, me, {"site": site, "node": name, "lane1": "in-1", **_broker(web)})


@wizard_routes.post("/setup/node")
def make_node(request: Request, me: SetsUp, sent: Sent) -> Response:
    """The file and what to type; or the form again, with one more lane or with what is wrong."""
    check_form(me, sent.texts.get("csrf", ""))
    typed = dict(sent.texts)
    if typed.get("more"):
        return _node(request, me, typed, rows=_rows(typed) + 1)
    node = read_node(typed)
    if isinstance(node, dict):
        return _node(request, me, typed, faults=node)
    text = node_toml(node, _public_key(web_of(request)))
    if typed.get("download"):
        return Response(
            text, media_type="application/toml", headers={"Content-Disposition": "attachment; filename=node.toml"}
        )
    return render(
        request,
        "wizard_file.html",
        me,
        node=node,
        text=text,
        commands=commands(node),
        typed={name: value for name, value in typed.items() if name != "csrf"},
        is_simulated=node.simulates,
        **_course(request, node.site, node.node, node.lanes[0].lane),
    )


@wizard_routes.get("/setup/node/state")
def node_state(request: Request, me: SetsUp, site: _Text = "", node: _Text = "", lane: _Text = "") -> HTMLResponse:
    """What was heard of the new node by now; the part alone for the page that is open."""
    course = _course(request, site, node, lane)
    if "hx-request" in request.headers:
        return HTMLResponse(fragment("_course.html", say_for(request), **course))
    return render(request, "wizard_state.html", me, **course)


def _course(request: Request, site: str, node: str, lane: str) -> dict[str, Any]:
    """How far the new lane is."""
    store = web_of(request).store
    heard = store.nodes.get(site, node)
    camera = next((one for one in store.cameras.list(site=site) if (one.node, one.lane) == (node, lane)), None)
    passages = store.passages.list(site=site, lane=lane, limit=1).items if heard else ()
    query = urlencode({"site": site, "node": node, "lane": lane})
    return {
        "site": site,
        "name": node,
        "lane": lane,
        "heard": heard,
        "camera": camera,
        "picture_url": camera_picture_url(camera) if camera and camera.has_picture else "",
        "has_region": bool(heard and camera and camera.camera in heard.regions),
        "passage": passages[0] if passages else None,
        "state_url": f"/setup/node/state?{query}",
    }


def _first(request: Request, me: Identity, *, site: str = "", title: str = "", is_wrong: bool = False) -> HTMLResponse:
    return render(
        request,
        "wizard_first.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
        sites=sorted(_sites(web_of(request))),
        typed={"site": site, "title": title},
        is_wrong=is_wrong,
    )


def _node(
    request: Request,
    me: Identity,
    typed: dict[str, str],
    *,
    rows: int = 0,
    faults: dict[str, NodeFault] | None = None,
) -> HTMLResponse:
    return render(
        request,
        "wizard_node.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        typed=typed,
        rows=min(MOST_LANES, max(1, rows or _rows(typed))),
        most=MOST_LANES,
        faults=faults or {},
        links=tuple(Link),
        directions=tuple(Direction),
        simulator_port=SIMULATOR_PORT,
        sites=sorted(_sites(web_of(request))),
    )


def _rows(typed: dict[str, str]) -> int:
    return max((number for number in range(1, MOST_LANES + 1) if typed.get(f"lane{number}")), default=1)


def _sites(web: Web) -> set[str]:
    registered = {one.site for one in web.store.register.list(kind=DeviceKind.SITE) if one.retired_on is None}
    return registered | set(web.store.lanes.sites())


def _broker(web: Web) -> dict[str, str]:
    """As central reaches it; where that is this machine itself, a trial on it is likely."""
    if web.config is None:
        return {"host": "", "port": "8883", "link": Link.TLS.value}
    mqtt = web.config.mqtt
    is_local = mqtt.host in _LOCAL and not mqtt.tls
    return {"host": mqtt.host, "port": str(mqtt.port), "link": (Link.PLAIN if is_local else Link.TLS).value}


def _public_key(web: Web) -> str:
    return public_key_hex(open_signing_key(web.config.signing_key_file)) if web.config else ""
