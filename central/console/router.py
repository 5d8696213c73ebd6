"""All pages under one router."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from central.console.access_lists import access_list_routes
from central.console.accounts import account_routes
from central.console.accuracy import accuracy_routes
from central.console.audit import audit_routes
from central.console.camera import camera_routes
from central.console.commands import command_routes
from central.console.dead_letters import dead_letter_routes
from central.console.decide import decide_routes
from central.console.device_form import device_form_routes
from central.console.device_import import device_import_routes
from central.console.devices import device_routes
from central.console.evidence import evidence_routes
from central.console.evidence_sheet import sheet_routes
from central.console.lanes import lane_routes
from central.console.lists import list_routes
from central.console.live import live_routes
from central.console.maintenance import maintenance_routes
from central.console.page import PageRefusedError, SeeOtherError, on_refused, on_see_other, render
from central.console.platform import platform_routes
from central.console.platform_mapping import mapping_routes
from central.console.regions import region_routes
from central.console.repair import repair_routes
from central.console.report_stock import stock_routes
from central.console.reports import report_routes
from central.console.search import search_routes
from central.console.setup import setup_routes
from central.console.shifts import shift_routes
from central.console.tickets import ticket_routes
from central.console.timelines import timeline_routes
from central.console.traffic import traffic_routes
from central.console.traffic_plan import traffic_plan_routes
from central.console.vehicle import vehicle_routes
from central.console.wizard import wizard_routes
from central.store.database import StoreUnavailable
from central.web import identity_of

log = structlog.get_logger(__name__)
docs_routes = APIRouter(include_in_schema=False)


@docs_routes.get("/docs")
def docs_page(request: Request) -> HTMLResponse:
    """The API, documented; with our own copy of Swagger UI, since gates have no internet."""
    return render(request, "docs.html", identity_of(request))


@cache  # shared, as that of the API
def console_router() -> APIRouter:
    """Every page."""
    router = APIRouter()
    parts = (
        live_routes,
        decide_routes,
        accuracy_routes,
        lane_routes,
        camera_routes,
        region_routes,
        command_routes,
        evidence_routes,
        sheet_routes,
        search_routes,
        vehicle_routes,
        list_routes,
        dead_letter_routes,
        account_routes,
        setup_routes,
        wizard_routes,
        access_list_routes,
        platform_routes,
        mapping_routes,
        audit_routes,
        ticket_routes,
        traffic_routes,
        traffic_plan_routes,
        maintenance_routes,
        timeline_routes,
        repair_routes,
        report_routes,
        stock_routes,
        shift_routes,
        device_import_routes,
        device_form_routes,
        device_routes,  # last: it takes any name below /devices for a device
    )
    for part in (*parts, docs_routes):
        router.include_router(part)
    return router


def install_page_errors(app: FastAPI) -> None:
    """Redirects and refusals of pages; an address that is none of ours gets a page too, outside the API."""
    app.add_exception_handler(SeeOtherError, on_see_other)
    app.add_exception_handler(PageRefusedError, on_refused)

    @app.exception_handler(StoreUnavailable)
    async def on_store_away(request: Request, error: StoreUnavailable) -> Response:
        log.error("the database does not answer", error=str(error), path=request.url.path)
        if _wants_page(request):
            return render(request, "error.html", None, status=HTTPStatus.SERVICE_UNAVAILABLE, key="error.store_away")
        detail = {"detail": str(error)}
        return JSONResponse(detail, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if _wants_page(request) and error.status_code == HTTPStatus.NOT_FOUND:
            return render(request, "error.html", None, status=HTTPStatus.NOT_FOUND, key="error.not_found")
        return await http_exception_handler(request, error)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
