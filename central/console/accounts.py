"""Logging in and out, one's own password, and the accounts of others."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import (
    MIN_PASSWORD_CHARACTERS,
    LoginRefusal,
    LoginRefusedError,
    PasswordRefusedError,
    add_api_key,
    one_time_password,
    set_login,
)
from central.console.page import (
    THEMES,
    KeepsAccounts,
    PageRefusedError,
    Visitor,
    check_form,
    local_path,
    render,
)
from central.console.words import choose_language
from central.store.records import Role, Scope
from central.web import SESSION_COOKIE, address_of, identity_of, keep_login, web_of

account_routes = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=1024)]
Scopes = Annotated[tuple[str, ...], Form(max_length=len(Scope))]
_YEAR_S = 365 * 24 * 3600


@account_routes.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Name and password."""
    identity = identity_of(request)
    if identity is not None and identity.user is not None:
        return RedirectResponse(local_path(next), HTTPStatus.SEE_OTHER)
    return render(request, "login.html", None, next=local_path(next), problem=None, name="", wait_s=0)


@account_routes.post("/login")
def log_in(request: Request, user: Field = "", password: Field = "", next: Field = "/") -> Response:  # noqa: A002
    """Let somebody in, or say why not."""
    web = web_of(request)
    try:
        login = web.accounts.login(user.strip(), password, address=address_of(request))
    except LoginRefusedError as error:
        is_hasty = error.refusal is LoginRefusal.WAIT
        return render(
            request,
            "login.html",
            None,
            status=HTTPStatus.TOO_MANY_REQUESTS if is_hasty else HTTPStatus.UNAUTHORIZED,
            next=local_path(next),
            problem=f"login.{error.refusal.value}",
            name=user,
            wait_s=error.retry_after_s,
        )
    request.state.asking = login.identity
    target = "/account" if login.identity.must_change_password else local_path(next)
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    keep_login(response, login, web.settings)
    return response


@account_routes.post("/logout")
def log_out(request: Request, me: Visitor, csrf: Field = "") -> Response:
    """End this login."""
    check_form(me, csrf)
    web_of(request).accounts.logout(me)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    response.delete_cookie(SESSION_COOKIE)
    return response


@account_routes.get("/language/{language}")
def set_language(language: str, back: str = "/") -> Response:
    """Another language, kept in a cookie."""
    response = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    response.set_cookie("language", choose_language(language), max_age=_YEAR_S, samesite="lax")
    return response


@account_routes.get("/theme/{theme}")
def set_theme(theme: str, back: str = "/") -> Response:
    """Light, dark, or as the device has it; kept in a cookie."""
    response = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    response.set_cookie("theme", theme if theme in THEMES else "auto", max_age=_YEAR_S, samesite="lax")
    return response


@account_routes.get("/account")
def account_page(request: Request, me: Visitor) -> HTMLResponse:
    """One's own account."""
    return render(request, "account.html", me, problem=None, min_characters=MIN_PASSWORD_CHARACTERS)


@account_routes.post("/account")
def change_password(request: Request, me: Visitor, old: Field = "", new: Field = "", csrf: Field = "") -> Response:
    """Another password; one goes on with a fresh login."""
    check_form(me, csrf)
    web = web_of(request)
    try:
        web.accounts.change_password(me, old, new)
        login = web.accounts.login(me.name, new, address=address_of(request))
    except PasswordRefusedError as error:
        return render(
            request,
            "account.html",
            me,
            status=HTTPStatus.BAD_REQUEST,
            problem=f"account.{error.refusal.value}",
            min_characters=MIN_PASSWORD_CHARACTERS,
        )
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    keep_login(response, login, web.settings)
    return response


@account_routes.get("/users")
def users_page(request: Request, me: KeepsAccounts) -> HTMLResponse:
    """Users and keys of programs."""
    return _users(request, me)


@account_routes.post("/users")
def save_user(request: Request, me: KeepsAccounts, name: Field = "", role: Field = "", csrf: Field = "") -> Response:
    """A new user, or a new one-time password and role for an existing one; the password is shown once."""
    check_form(me, csrf)
    name = name.strip()
    if not 1 <= len(name) <= 64 or name == me.name:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    password = one_time_password()
    set_login(web_of(request).store, name, _role(role), password, must_change_password=True)
    return _users(request, me, secret=password, secret_of=name)


@account_routes.post("/users/{user_id}/disabled")
def disable_user(request: Request, me: KeepsAccounts, user_id: int, disabled: Field = "", csrf: Field = "") -> Response:
    """Lock a user out, or let them in again."""
    check_form(me, csrf)
    store = web_of(request).store
    if me.user is None or user_id == me.user.user_id or store.users.get(user_id) is None:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")  # nobody locks themselves out
    store.users.set_disabled(user_id, disabled=disabled == "yes")
    store.sessions.remove_of(user_id)
    return RedirectResponse("/users", HTTPStatus.SEE_OTHER)


@account_routes.post("/keys")
def add_key(request: Request, me: KeepsAccounts, name: Field = "", scope: Scopes = (), csrf: Field = "") -> Response:
    """A key for a program; shown once."""
    check_form(me, csrf)
    name = name.strip()
    if not 1 <= len(name) <= 64:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    if not scope:
        return _users(request, me, status=HTTPStatus.BAD_REQUEST, problem="keys.none_chosen")
    return _users(request, me, secret=add_api_key(web_of(request).store, name, *map(_scope, scope)), secret_of=name)


@account_routes.post("/keys/{key_id}/revoke")
def revoke_key(request: Request, me: KeepsAccounts, key_id: int, csrf: Field = "") -> Response:
    """End a key for good."""
    check_form(me, csrf)
    store = web_of(request).store
    if all(key.key_id != key_id for key in store.api_keys.list()):
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    store.api_keys.revoke(key_id, at=datetime.now(UTC))
    return RedirectResponse("/users", HTTPStatus.SEE_OTHER)


def _users(
    request: Request,
    me: KeepsAccounts,
    *,
    secret: str = "",
    secret_of: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    problem: str = "",
) -> HTMLResponse:
    store = web_of(request).store
    return render(
        request,
        "users.html",
        me,
        status=status,
        users=store.users.list(),
        keys=store.api_keys.list(),
        roles=tuple(Role),
        scopes=tuple(Scope),
        secret=secret,
        secret_of=secret_of,
        problem=problem,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
