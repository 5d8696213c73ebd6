"""Logging in and out, and who one is."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request, Response

from central.api.guard import Asking, WebPart
from central.api.models import LoginAnswer, LoginRequest, MeAnswer
from central.audit import tell
from central.auth import Identity, LoginRefusal, LoginRefusedError
from central.rights import Right
from central.web import SESSION_COOKIE, address_of, keep_login

session_routes = APIRouter(tags=["session"])


@session_routes.post("/login")
def log_in(request: Request, response: Response, web: WebPart, body: LoginRequest) -> LoginAnswer:
    """Log in as a person: sets the cookie of the pages and gives a token for `Authorization: Bearer`."""
    try:
        login = web.accounts.login(body.user, body.password, address=address_of(request))
    except LoginRefusedError as error:
        if error.refusal is LoginRefusal.WAIT:
            wait = {"Retry-After": str(error.retry_after_s)}
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, str(error), headers=wait) from error
        raise HTTPException(HTTPStatus.UNAUTHORIZED, str(error), headers={"WWW-Authenticate": "Bearer"}) from error
    request.state.asking = login.identity
    tell(request, login.identity.name)
    keep_login(response, login, web.settings)
    return LoginAnswer(token=login.token, expires_at=login.expires_at, user=_me(login.identity))


@session_routes.post("/logout", status_code=HTTPStatus.NO_CONTENT)
def log_out(response: Response, web: WebPart, asking: Asking) -> None:
    """End the login that this request carries."""
    if asking.user is not None:
        web.accounts.logout(asking)
    response.delete_cookie(SESSION_COOKIE)


@session_routes.get("/me")
def who_am_i(asking: Asking) -> MeAnswer:
    """Who asks, and what they may see."""
    return _me(asking)


def _me(identity: Identity) -> MeAnswer:
    return MeAnswer(
        name=identity.name,
        role=identity.role,
        scopes=identity.scopes,
        is_person=identity.user is not None,
        must_change_password=identity.must_change_password,
        rights=tuple(right.value for right in Right if identity.may(right)),
    )
