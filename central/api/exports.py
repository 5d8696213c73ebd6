"""Exports: all that fits a filter, row by row, however many; memory does not grow with them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from central.api.filters import PassageFilters
from central.api.guard import Exports, WebPart
from central.api.models import PassageAnswer
from central.store import Store
from central.store.records import PassageRecord
from central.store.search import Filters
from contract.errors import StoreError

export_routes = APIRouter(tags=["exports"])
_AT_ONCE = 500
_COLUMNS: tuple[tuple[str, Callable[[PassageRecord], Any]], ...] = (
    ("passage_id", lambda one: one.passage_id),
    ("site", lambda one: one.site),
    ("lane", lambda one: one.lane),
    ("direction", lambda one: one.direction.value),
    ("seen_at", lambda one: one.seen_at.isoformat()),
    ("first_seen_at", lambda one: one.first_seen_at.isoformat()),
    ("received_at", lambda one: one.received_at.isoformat()),
    ("plate", lambda one: one.plate.text if one.plate else ""),
    ("confidence", lambda one: one.plate.confidence if one.plate else ""),
    ("abstained", lambda one: one.abstained.value if one.abstained else ""),
    ("second_plate", lambda one: one.second_plate.text if one.second_plate else ""),
    ("container", lambda one: one.container or ""),
    ("cancelled", lambda one: one.cancelled.value if one.cancelled else ""),
    ("outcome", lambda one: one.outcome.outcome.value if one.outcome else ""),
    ("declaration_id", lambda one: (one.outcome.declaration_id or "") if one.outcome else ""),
)


class ExportFormat(StrEnum):
    """How rows are written."""

    CSV = "csv"
    """A table with a head, UTF-8."""
    NDJSON = "ndjson"
    """One JSON object a line, as `GET /api/v1/passages` has it."""


_MEDIA = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.NDJSON: "application/x-ndjson"}


@export_routes.get(
    "/exports/passages",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}, "application/x-ndjson": {}}, "description": "the rows"}},
)
def export_passages(
    web: WebPart,
    _: Exports,
    *,
    file: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.CSV,
    wanted: PassageFilters,
) -> StreamingResponse:
    """All passages that fit, the newest first. What comes while the export runs may be missing from it."""
    pages = _pages(web.store, wanted)
    try:
        first = next(pages)  # a filter that makes no sense is refused before the answer begins
    except StoreError as error:
        raise HTTPException(400, str(error)) from error
    lines = (_csv if file is ExportFormat.CSV else _ndjson)(chain([first], pages))
    headers = {"Content-Disposition": f'attachment; filename="passages.{file.value}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type=_MEDIA[file], headers=headers)


def _pages(store: Store, wanted: Filters) -> Iterator[tuple[PassageRecord, ...]]:
    cursor = None
    while True:
        page = store.passages.list(**wanted, cursor=cursor, limit=_AT_ONCE)
        yield page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _ndjson(pages: Iterator[tuple[PassageRecord, ...]]) -> Iterator[str]:
    for page in pages:
        yield "".join(f"{PassageAnswer.of(one).model_dump_json()}\n" for one in page)


def _csv(pages: Iterator[tuple[PassageRecord, ...]]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(name for name, _ in _COLUMNS)
    for page in pages:
        writer.writerows([of(one) for _, of in _COLUMNS] for one in page)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
