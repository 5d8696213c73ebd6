"""What columns and words of the platform mean: shown, changed, looked at with a file or an answer, and then set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from central.audit import tell
from central.auth import Identity
from central.console.page import PageRefusedError, SetsUp, check_form, render, say_for
from central.console.uploads import Sent
from central.platform.export import read_export
from central.platform.kept_mapping import SOURCES, Source, flat, keep_mapping, kept_mapping, mapping_in_force
from central.platform.mapping import TARGETS, MappingSettings, Worded
from central.platform.preview import Preview, of_export, of_page
from central.platform.rest import PlatformUnavailable, RestPlatform
from central.platform.settings import FolderSettings, PlatformSettings
from central.platform.tables import UnreadableFileError
from central.web import Web, web_of
from contract.errors import ConfigError

mapping_routes = APIRouter(include_in_schema=False)
_GOOD_SHOWN: Final = 5
_ITEMS: Final = 20
"""Items that are asked for when somebody looks."""
_FIELD: Final = "field:"
"""Before the name of a field of ours in the form, whose value is what they call it."""
_NUMBERS: Final = ("utc_offset_h", "window_before_h", "window_after_h")


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in the form, and the mapping that it is, or what is wrong with it."""

    texts: Mapping[str, str]
    mapping: MappingSettings | None
    problem: str = ""


@mapping_routes.get("/platform/mapping/{source}")
def mapping_page(request: Request, me: SetsUp, source: str) -> HTMLResponse:
    """What counts now."""
    known = _source(web_of(request), source)
    in_force = _in_force(web_of(request), known)
    return _page(request, me, known, _Typed(_texts(in_force or MappingSettings()), in_force))


@mapping_routes.post("/platform/mapping/{source}/preview")
def preview_mapping(request: Request, me: SetsUp, source: str, sent: Sent) -> HTMLResponse:
    """What would be read with the mapping that was typed; nothing is set yet."""
    check_form(me, sent.texts.get("csrf", ""))
    web = web_of(request)
    known, typed = _source(web, source), _typed(sent.texts)
    if typed.mapping is None:
        return _page(request, me, known, typed)
    try:
        found = _look(request, known, typed.mapping, sent.content)
    except (UnreadableFileError, PlatformUnavailable, ConfigError) as error:
        return _page(request, me, known, _Typed(typed.texts, typed.mapping, str(error)))
    return _page(request, me, known, typed, looked=True, preview=found)


@mapping_routes.post("/platform/mapping/{source}")
def set_mapping(request: Request, me: SetsUp, source: str, sent: Sent) -> Response:
    """Have it count, after somebody has seen what is read with it."""
    check_form(me, sent.texts.get("csrf", ""))
    web = web_of(request)
    known, typed = _source(web, source), _typed(sent.texts)
    if typed.mapping is None:
        return _page(request, me, known, typed)
    before = flat(_in_force(web, known))
    with web.store.transaction() as transaction:
        keep_mapping(web.store, transaction, known, typed.mapping, actor=me.name)
    tell(request, say_for(request).words(f"platform_kind.{known}"), before=before, after=flat(typed.mapping))
    return RedirectResponse(f"/platform/mapping/{known}", HTTPStatus.SEE_OTHER)


def _look(request: Request, source: Source, mapping: MappingSettings, content: bytes) -> Preview | None:
    """What is read of the file that was sent, or of a page of the platform; None where there is no file."""
    web, now = web_of(request), say_for(request).now
    settings = _settings(web, source)
    if isinstance(settings, PlatformSettings):
        platform = RestPlatform(settings)
        try:
            page = platform.pull("", _ITEMS)
        finally:
            platform.close()
        as_read = mapping if mapping.fields else None
        return of_page(page, as_read, settings.gates, now=now, most=_GOOD_SHOWN)
    if not content:
        return None
    gates = settings.gates if settings else {}
    return of_export(read_export(content, mapping, as_of=now), gates, _GOOD_SHOWN)


def _source(web: Web, source: str) -> Source:
    """A folder's mapping is for files that are looked at, too; the platform's only where one is asked."""
    if source not in SOURCES or (source == "rest" and _settings(web, "rest") is None):
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found")
    return source


def _settings(web: Web, source: Source) -> PlatformSettings | FolderSettings | None:
    if web.config is None:
        return None
    return web.config.platform if source == "rest" else web.config.platform_folder


def _in_force(web: Web, source: Source) -> MappingSettings | None:
    settings = _settings(web, source)
    return mapping_in_force(web.store, source, settings.mapping if settings else None)


def _texts(mapping: MappingSettings) -> dict[str, str]:
    """A mapping as it stands in the form."""
    texts = {_FIELD + ours: theirs for ours, theirs in mapping.fields.items()}
    lines = (f"{field}: {theirs} = {ours}" for field, words in mapping.words.items() for theirs, ours in words.items())
    numbers = {name: f"{getattr(mapping, name):g}" for name in _NUMBERS}
    return texts | {"words": "\n".join(lines), "day_first": "1" if mapping.day_first else ""} | numbers


def _typed(texts: Mapping[str, str]) -> _Typed:
    """What was typed; a column that means nothing is left empty."""
    fields = {ours: theirs for ours in TARGETS if (theirs := texts.get(_FIELD + ours, "").strip())}
    kept = {name: text[:4000] for name, text in texts.items() if name != "csrf"}
    words: dict[str, dict[str, str]] = {}
    for line in texts.get("words", "").splitlines():
        head, _, ours = line.rpartition("=")
        field, _, theirs = head.partition(":")
        if line.strip():
            words.setdefault(field.strip(), {})[theirs.strip()] = ours.strip()
    values: dict[str, Any] = {"fields": fields, "words": words, "day_first": bool(texts.get("day_first"))}
    values |= {name: texts.get(name, "").strip().replace(",", ".") for name in _NUMBERS}
    try:
        return _Typed(kept, MappingSettings.model_validate(values))
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors()[:5]]
        return _Typed(kept, None, "; ".join(wrong))


def _page(
    request: Request,
    me: Identity,
    source: Source,
    typed: _Typed,
    *,
    looked: bool = False,
    preview: Preview | None = None,
) -> HTMLResponse:
    web = web_of(request)
    in_force = flat(_in_force(web, source))
    wanted = flat(typed.mapping) if typed.mapping else in_force
    names = [*in_force, *(name for name in wanted if name not in in_force)]
    changes = [(one, in_force.get(one, ""), wanted.get(one, "")) for one in names]
    return render(
        request,
        "platform_mapping.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if typed.problem else HTTPStatus.OK,
        source=source,
        typed=typed.texts,
        problem=typed.problem,
        kept=kept_mapping(web.store, source),
        targets=TARGETS,
        numbers=_NUMBERS,
        worded=get_args(Worded),
        looked=looked,
        preview=preview,
        changes=[one for one in changes if one[1] != one[2]],
    )
