"""Where declarations come from: how each connector does, and what would be read of a file or of an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from central.auth import Identity
from central.console.page import PageRefusedError, SetsUp, check_form, render, say_for
from central.console.uploads import Sent
from central.platform.export import read_export, report
from central.platform.kept_mapping import mapping_in_force
from central.platform.mapping import TARGETS, MappingSettings
from central.platform.preview import Preview, of_export, of_page, with_meanings
from central.platform.rest import PlatformUnavailable, RestPlatform
from central.platform.settings import FolderSettings, PlatformSettings
from central.platform.tables import UnreadableFileError
from central.web import Web, web_of
from contract.errors import ConfigError

platform_routes = APIRouter(include_in_schema=False)
_GOOD_SHOWN: Final = 5
_FAULTS_SHOWN: Final = 200
_ITEMS: Final = 20
"""Items that are asked for when somebody looks."""
_MEANS: Final = "means:"
"""Before the name of a column in the form, whose value says what it means."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What somebody looked at. `lines` would go into the configuration."""

    name: str
    source: str
    preview: Preview
    means: dict[str, str]
    lines: str


@platform_routes.get("/platform")
def platform_page(request: Request, me: SetsUp) -> HTMLResponse:
    """How the connectors do; nothing is looked at yet."""
    return _page(request, me)


@platform_routes.post("/platform/preview")
def preview(request: Request, me: SetsUp, sent: Sent) -> Response:
    """What would be read of a file that is sent, or of a page of the platform; nothing is written."""
    check_form(me, sent.texts.get("csrf", ""))
    web, now = web_of(request), say_for(request).now
    means = {
        name.removeprefix(_MEANS): value
        for name, value in sent.texts.items()
        if name.startswith(_MEANS) and value in TARGETS
    }
    source = "rest" if sent.texts.get("source") == "rest" else "file"
    try:
        found = _of_rest(web, sent.texts, means, now) if source == "rest" else _of_file(web, sent.content, means, now)
    except (UnreadableFileError, PlatformUnavailable, ConfigError) as error:
        return _page(request, me, problem=str(error), source=source)
    if sent.texts.get("report"):
        headers = {"Content-Disposition": "attachment; filename=bad-rows.csv"}
        return Response(report(found.faults), media_type="text/csv", headers=headers)
    name = sent.file_name[:200] if source == "file" else _rest_settings(web).base_url
    return _page(request, me, looked=_Looked(name, source, found, means, _lines(source, means)), source=source)


def _of_file(web: Web, content: bytes, means: dict[str, str], now: datetime) -> Preview:
    settings = web.config.platform_folder if web.config else None
    configured = mapping_in_force(web.store, "folder", settings.mapping if settings else None)
    mapping = with_meanings(configured or MappingSettings(), means)
    assert mapping is not None
    return of_export(read_export(content, mapping, as_of=now), settings.gates if settings else {}, _GOOD_SHOWN)


def _of_rest(web: Web, texts: Mapping[str, str], means: dict[str, str], now: datetime) -> Preview:
    settings = _rest_settings(web)
    platform = RestPlatform(settings)
    try:
        cursor = web.store.cursors.get(settings.name) if texts.get("which") == "next" else ""
        page = platform.pull(cursor, _ITEMS)
    finally:
        platform.close()
    mapping = with_meanings(mapping_in_force(web.store, "rest", settings.mapping), means)
    return of_page(page, mapping, settings.gates, now=now, most=_GOOD_SHOWN)


def _rest_settings(web: Web) -> PlatformSettings:
    if web.config is None or web.config.platform is None:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    return web.config.platform


def _lines(source: str, means: dict[str, str]) -> str:
    """What the configuration needs for these meanings, as TOML."""
    if not means:
        return ""
    section = "platform" if source == "rest" else "platform_folder"
    # a string of JSON is one of TOML too
    lines = [f"{ours} = {json.dumps(theirs, ensure_ascii=False)}" for theirs, ours in sorted(means.items())]
    return "\n".join([f"[{section}.mapping.fields]", *lines])


def _page(
    request: Request, me: Identity, *, looked: _Looked | None = None, problem: str = "", source: str = ""
) -> HTMLResponse:
    web = web_of(request)
    configured: list[tuple[str, PlatformSettings | FolderSettings]] = []
    if web.config and web.config.platform:
        configured.append(("rest", web.config.platform))
    if web.config and web.config.platform_folder:
        configured.append(("folder", web.config.platform_folder))
    seen = web.store.connectors.list()
    tellings = web.store.write_backs.list(limit=1000)
    return render(
        request,
        "platform.html",
        me,
        connectors=seen,
        silent=[(kind, one.name) for kind, one in configured if one.name not in {record.name for record in seen}],
        cursors={record.name: web.store.cursors.get(record.name) for record in seen},
        files=web.store.connectors.files(limit=20),
        told_count=sum(bool(one.accepted) for one in tellings),
        waiting_count=sum(one.due_at is not None for one in tellings),
        tells=bool(web.config and web.config.platform and web.config.platform.write_back),
        has_rest=bool(web.config and web.config.platform),
        looked=looked,
        problem=problem,
        source=source,
        targets=TARGETS,
        faults_shown=_FAULTS_SHOWN,
    )
