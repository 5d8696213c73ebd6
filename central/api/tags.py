"""Entity tags: who asks again for what has not changed gets 304 and no body."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute


class TaggedRoute(APIRoute):
    """A route whose JSON answers to GET carry an `ETag`, and that heeds `If-None-Match`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the tag added."""
        handle = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await handle(request)
            if request.method != "GET" or response.status_code != HTTPStatus.OK or not _is_json(response):
                return response
            etag = f'"{hashlib.blake2b(bytes(response.body), digest_size=16).hexdigest()}"'
            headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
            if matches(request.headers.get("if-none-match", ""), etag):
                return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
            response.headers.update(headers)
            return response

        return tagged


def _is_json(response: Response) -> bool:
    return isinstance(response, JSONResponse) or response.media_type == "application/json"


def matches(asked: str, etag: str) -> bool:
    """Whether `If-None-Match` names a tag; weak ones are compared as strong ones."""
    etag = etag.removeprefix("W/")
    named = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return etag in named or "*" in named
