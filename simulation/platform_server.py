"""The simulated platform over HTTP: declarations out, confirmations in, and faults for whoever wants to see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Response
from fastapi.responses import StreamingResponse

from simulation.platform import PlatformFault, SimPlatform

_REFUSALS = {PlatformFault.ERROR: 500, PlatformFault.BUSY: 503, PlatformFault.TOO_MANY: 429}
_RETRY_AFTER_S = "1"


def platform_routes(platform: SimPlatform, key: str, *, slow_s: float = 30.0) -> APIRouter:
    """What the platform answers to whoever sends `key`; `slow_s` is how late a slow answer comes."""

    def check(authorization: Annotated[str, Header()] = "") -> None:
        if authorization != f"Bearer {key}":
            raise HTTPException(401, "expected the platform key as a bearer token")

    routes = APIRouter(prefix="/api", dependencies=[Depends(check)])

    async def spoil(fault: PlatformFault | None) -> None:
        """What a fault does before there is an answer."""
        if fault is PlatformFault.SLOW:
            await asyncio.sleep(slow_s)
        if fault in _REFUSALS:
            headers = {} if fault is PlatformFault.ERROR else {"Retry-After": _RETRY_AFTER_S}
            raise HTTPException(_REFUSALS[fault], "simulated", headers=headers)

    @routes.get("/declarations")
    async def declarations(cursor: str = "", limit: Annotated[int, Query(ge=1)] = 100) -> Response:
        fault = platform.next_fault()
        await spoil(fault)
        try:
            content = json.dumps(platform.page(cursor, limit, fault), ensure_ascii=False).encode()
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return _answer(content, fault)

    @routes.post("/confirmations")
    async def confirm(confirmation: dict[str, Any], idempotency_key: Annotated[str, Header(min_length=1)]) -> Response:
        fault = platform.next_fault()
        await spoil(fault)
        is_new = platform.confirm(idempotency_key, confirmation)
        return _answer(json.dumps({"new": is_new}).encode(), fault)

    @routes.get("/confirmations")
    async def confirmations() -> list[dict[str, Any]]:
        return platform.confirmations

    @routes.post("/faults", status_code=204)
    async def faults(kind: PlatformFault, times: Annotated[int, Query(ge=1, le=1000)] = 1) -> Response:
        platform.inject(kind, times)
        return Response(status_code=204)

    return routes


def _answer(content: bytes, fault: PlatformFault | None) -> Response:
    if fault is PlatformFault.LOST:
        # promised in full, then nothing more comes: the server drops the connection over it
        length = {"Content-Length": str(len(content))}
        return StreamingResponse(_half(content), media_type="application/json", headers=length)
    if fault is PlatformFault.CUT:
        content = content[: len(content) // 2]
    return Response(content, media_type="application/json")


async def _half(content: bytes) -> AsyncIterator[bytes]:
    yield content[: len(content) // 2]
