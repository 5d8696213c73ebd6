"""All of the API under one router."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from central.api.commands import command_routes
from central.api.crosschecks import crosscheck_routes
from central.api.decisions import decision_routes
from central.api.declarations import declaration_routes
from central.api.devices import device_routes
from central.api.exports import export_routes
from central.api.models import RefusedAnswer
from central.api.reports import report_api
from central.api.routes import routes
from central.api.session import session_routes
from central.api.stream import stream_routes
from central.api.tickets import ticket_routes
from central.api.traffic import traffic_routes
from central.api.upkeep import upkeep_routes
from central.api.vitals import vitals_routes
from contract.errors import StoreError

API_DESCRIPTION = """
Passages, declarations, cameras, nodes and lanes of freight gates, as the pages show them.

**Who asks.** Log in with `POST /api/v1/login` (sets the cookie of the pages and gives a token), or send a key as
`Authorization: Bearer …`. 401: nobody is logged in; 403: the role may not see this. Errors are `{"detail": "…"}`.

**Commands** to nodes are answered with 202 and a `command_id`: ask `GET /api/v1/commands/{command_id}`, or follow the
stream, until `state` says what became of it.

**Lists** come in pages: ask again with `cursor` set to `next_cursor`. **Changes** come from `GET /api/v1/stream` as
server-sent events; after a lost connection send the last id as `Last-Event-ID` and nothing is missed.

**Not twice.** Lists carry an `ETag`: ask again with it as `If-None-Match`, and what has not changed is answered with
304. `GET /api/v1/exports/passages` gives all rows that fit, however many.

Times are UTC (ISO 8601).
"""

_BEARER = HTTPBearer(auto_error=False, description="a key, or the token of a login")  # for the documentation alone


@cache  # applications of one process share it: working out what each route takes is most of an application's start
def api_router() -> APIRouter:
    """Everything below `/api/v1`, and the two addresses that watch over central."""
    router = APIRouter()
    for part in (
        session_routes,
        routes,
        declaration_routes,
        decision_routes,
        command_routes,
        crosscheck_routes,
        device_routes,
        upkeep_routes,
        ticket_routes,
        traffic_routes,
        report_api,
        export_routes,
        stream_routes,
    ):
        router.include_router(
            part, prefix="/api/v1", dependencies=[Depends(_BEARER)], responses={422: {"model": RefusedAnswer}}
        )
    router.include_router(vitals_routes)
    return router


def install_api_errors(app: FastAPI) -> None:
    """What the store cannot do becomes an answer in words."""

    @app.exception_handler(StoreError)
    def on_store_error(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
