"""Logging in and out, one's own password, and the accounts of others."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell
from central.auth import (
    MIN_PASSWORD_CHARACTERS,
    LoginRefusal,
    LoginRefusedError,
    PasswordRefusedError,
    add_api_key,
    one_time_password,
    set_login,
    set_password,
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
from central.store.accounts import LastAdminError
from central.store.records import Role, Scope, UserRecord
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
    tell(request, login.identity.name)
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
    tell(request, me.name, after={"password": ""})
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
def add_user(request: Request, me: KeepsAccounts, name: Field = "", role: Field = "", csrf: Field = "") -> Response:
    """A new user with a one-time password, shown this once."""
    check_form(me, csrf)
    name, store = name.strip(), web_of(request).store
    if not 1 <= len(name) <= 64:
        return _users(request, me, status=HTTPStatus.UNPROCESSABLE_ENTITY, problem="accounts.no_name")
    if store.users.by_name(name) is not None:
        return _users(request, me, status=HTTPStatus.CONFLICT, problem="accounts.taken")
    password, given = one_time_password(), _role(role)
    set_login(store, name, given, password, must_change_password=True)
    tell(request, name, after={"role": given.value})
    return _users(request, me, secret=password, secret_of=name)


@account_routes.post("/users/{user_id}/password")
def reset_password(request: Request, me: KeepsAccounts, user_id: int, csrf: Field = "") -> Response:
    """A new one-time password for somebody who has lost theirs; ends their logins."""
    check_form(me, csrf)
    user, password = _other(request, me, user_id), one_time_password()
    set_password(web_of(request).store, user, password, must_change_password=True)
    tell(request, user.name, after={"password": ""})
    return _users(request, me, secret=password, secret_of=user.name)


@account_routes.post("/users/{user_id}/role")
def set_role(request: Request, me: KeepsAccounts, user_id: int, role: Field = "", csrf: Field = "") -> Response:
    """Another role; it counts from the next page on."""
    check_form(me, csrf)
    user, given = _other(request, me, user_id), _role(role)
    try:
        web_of(request).store.users.set_role(user_id, given)
    except LastAdminError:
        return _users(request, me, status=HTTPStatus.CONFLICT, problem="accounts.last_admin")
    tell(request, user.name, before={"role": user.role.value}, after={"role": given.value})
    return RedirectResponse("/users", HTTPStatus.SEE_OTHER)


@account_routes.post("/users/{user_id}/disabled")
def disable_user(request: Request, me: KeepsAccounts, user_id: int, disabled: Field = "", csrf: Field = "") -> Response:
    """Lock a user out, or let them in again."""
    check_form(me, csrf)
    user, store = _other(request, me, user_id), web_of(request).store
    try:
        store.users.set_disabled(user_id, disabled=disabled == "yes")
    except LastAdminError:
        return _users(request, me, status=HTTPStatus.CONFLICT, problem="accounts.last_admin")
    store.sessions.remove_of(user_id)
    tell(request, user.name, before={"disabled": user.disabled}, after={"disabled": disabled == "yes"})
    return RedirectResponse("/users", HTTPStatus.SEE_OTHER)


@account_routes.post("/keys")
def add_key(request: Request, me: KeepsAccounts, name: Field = "", scope: Scopes = (), csrf: Field = "") -> Response:
    """A key for a program; shown once."""
    check_form(me, csrf)
    name = name.strip()
    if not 1 <= len(name) <= 64:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    if not scope:
        return _users(request, me, status=HTTPStatus.BAD_REQUEST, key_problem="keys.none_chosen")
    tell(request, f"key:{name}", after={"scopes": ", ".join(scope)})
    return _users(request, me, secret=add_api_key(web_of(request).store, name, *map(_scope, scope)), secret_of=name)


@account_routes.post("/keys/{key_id}/revoke")
def revoke_key(request: Request, me: KeepsAccounts, key_id: int, csrf: Field = "") -> Response:
    """End a key for good."""
    check_form(me, csrf)
    store = web_of(request).store
    known = next((key for key in store.api_keys.list() if key.key_id == key_id), None)
    if known is None:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    tell(request, f"key:{known.name}", before={"revoked": known.revoked_at is not None}, after={"revoked": True})
    store.api_keys.revoke(key_id, at=datetime.now(UTC))
    return RedirectResponse("/users", HTTPStatus.SEE_OTHER)


def _other(request: Request, me: KeepsAccounts, user_id: int) -> UserRecord:
    """Somebody else: one's own role and lock are for another admin to set, one's own password is at /account."""
    user = web_of(request).store.users.get(user_id)
    if me.user is None or user is None or user.user_id == me.user.user_id:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.not_oneself" if user else "error.bad_request")
    return user


def _users(
    request: Request,
    me: KeepsAccounts,
    *,
    secret: str = "",
    secret_of: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    problem: str = "",
    key_problem: str = "",
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
        key_problem=key_problem,
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
