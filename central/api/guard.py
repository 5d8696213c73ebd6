"""Who may call what, and how refusals look: `{"detail": "…"}` with 401 or 403."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from central.auth import Identity
from central.rights import Right
from central.web import Web, identity_of, web_of


def _web(request: Request) -> Web:
    return web_of(request)


def asks(request: Request) -> Identity:
    """Who asks; 401 for nobody."""
    identity = identity_of(request)
    if identity is None:
        raise HTTPException(
            HTTPStatus.UNAUTHORIZED,
            "log in first: POST /api/v1/login, or send a key as `Authorization: Bearer …`",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return identity


def needs(right: Right) -> Callable[[Request], Identity]:
    """A dependency that lets only roles and keys with `right` pass; 401 or 403 for the others."""

    def check(request: Request) -> Identity:
        identity = asks(request)
        if identity.must_change_password:
            raise HTTPException(HTTPStatus.FORBIDDEN, "change the one-time password first, on the page /account")
        if not identity.may(right):
            raise HTTPException(HTTPStatus.FORBIDDEN, f"{identity} has no right to {right.value}")
        return identity

    return check


WebPart = Annotated[Web, Depends(_web)]
Asking = Annotated[Identity, Depends(asks)]
SeesTraffic = Annotated[Identity, Depends(needs(Right.TRAFFIC))]
Exports = Annotated[Identity, Depends(needs(Right.EXPORT))]
Declares = Annotated[Identity, Depends(needs(Right.DECLARE))]
SeesDevices = Annotated[Identity, Depends(needs(Right.DEVICES))]
SetsLanes = Annotated[Identity, Depends(needs(Right.LANES))]
SetsCameras = Annotated[Identity, Depends(needs(Right.SETUP))]
Decides = Annotated[Identity, Depends(needs(Right.DECIDE))]
KeepsTickets = Annotated[Identity, Depends(needs(Right.TICKETS))]
KeepsEvidence = Annotated[Identity, Depends(needs(Right.EVIDENCE))]
KeepsRegister = Annotated[Identity, Depends(needs(Right.REGISTER))]
