"""Forms with files: refused by their size before anything of them is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from central.console.page import PageRefusedError

MOST_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True)
class SentForm:
    """What a form sent: its texts, and the one file that it may carry."""

    texts: Mapping[str, str]
    file_name: str
    content: bytes


async def _sent(request: Request) -> SentForm:
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > MOST_BYTES:
        raise PageRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "error.too_large")
    async with request.form(max_files=1, max_fields=100) as form:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        return SentForm(texts, (file.filename or "") if file else "", await file.read() if file else b"")


Sent = Annotated[SentForm, Depends(_sent)]
