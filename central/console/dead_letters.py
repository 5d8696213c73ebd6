"""What could not be taken in: when, from whom, why, and how it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.page import SeesDevices, render
from central.rights import Right
from central.store.intake import DeadLetterRecord
from central.web import web_of

dead_letter_routes = APIRouter(include_in_schema=False)
_SHOWN: Final = 200
_BEGINNING: Final = 600
"""Characters of a payload that are shown."""
_MANUAL: Final = "https://errors.pydantic.dev"
"""In lines that point to a manual; gates have no internet."""
_KINDS: Final = {
    "payload of ": "payload",
    "a message on ": "names",
    "expected a topic ": "topic",
    "unknown kind of topic ": "topic",
    "names in a topic ": "topic",
    "number ": "number",
    "this cannot be kept": "kept",
}
"""How a reason begins, and the sentence for it."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """One that is shown. `kind` names the sentence; reason and beginning are for those who see traffic."""

    record: DeadLetterRecord
    kind: str
    reason: str
    beginning: str


@dead_letter_routes.get("/dead-letters")
def dead_letters_page(
    request: Request,
    me: SeesDevices,
    site: Annotated[str, Query(max_length=63)] = "",
    node: Annotated[str, Query(max_length=63)] = "",
) -> HTMLResponse:
    """The latest first; of all, or of one node."""
    store = web_of(request).store
    found = store.dead_letters.list(node=(site, node) if site and node else None, limit=_SHOWN)
    sees = me.may(Right.TRAFFIC)
    return render(
        request,
        "dead_letters.html",
        me,
        letters=tuple(_letter(record, with_content=sees) for record in found),
        of_nodes=sorted(store.dead_letters.of_nodes().items()),
        chosen=(site, node),
        sees=sees,
    )


def _letter(record: DeadLetterRecord, *, with_content: bool) -> _Letter:
    """Messages and what is wrong with them may name plates."""
    kind = _kind_of(record)
    if not with_content:
        return _Letter(record, kind, "", "")
    reason = "\n".join(line for line in record.reason.splitlines() if _MANUAL not in line)
    return _Letter(record, kind, reason, record.payload[: 4 * _BEGINNING].decode(errors="replace")[:_BEGINNING])


def _kind_of(record: DeadLetterRecord) -> str:
    if record.source.startswith("platform"):
        return "row"
    if "schema_version" in record.reason:
        return "version"
    return next((kind for begin, kind in _KINDS.items() if record.reason.startswith(begin)), "other")
