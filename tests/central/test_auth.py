"""Logins, keys and roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from central.auth import (
    Accounts,
    LoginRefusal,
    LoginRefusedError,
    PasswordRefusal,
    PasswordRefusedError,
    add_api_key,
    ensure_first_admin,
    set_login,
)
from central.rights import RIGHTS_OF_SCOPE, Right
from central.store import Store
from central.store.records import Role, Scope

PASSWORD = "a made-up password"
HOME = "10.1.2.3"
OPERATOR = {Right.TRAFFIC, Right.DECIDE, Right.EXPORT, Right.DEVICES, Right.EVIDENCE, Right.LANES, Right.YARDS}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def quick_passwords() -> None:
    """Here passwords cost what they cost at a gate."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    return Accounts(store, session=timedelta(hours=12), clock=clock)


def test_first_start_makes_one_admin_with_a_one_time_password(store: Store, accounts: Accounts) -> None:
    """The first start gives a password that must be changed; the next start gives none."""
    password = ensure_first_admin(store)
    assert password is not None
    assert ensure_first_admin(store) is None
    identity = accounts.login("admin", password, address=HOME).identity
    assert identity.must_change_password
    assert not any(identity.may(right) for right in Right)


def test_neither_password_nor_token_is_kept(store: Store, accounts: Accounts) -> None:
    """Who reads the database can log in with nothing that stands in it."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    login = accounts.login("lan", PASSWORD, address=HOME)
    user = store.users.by_name("lan")
    assert user is not None
    assert PASSWORD not in user.password_hash
    assert accounts.by_session(login.identity.token_hash) is None
    assert accounts.by_session(login.token) is not None


def test_trying_passwords_is_dear(store: Store) -> None:
    """Who steals the database pays 64 MiB of memory and three passes over it for each guess."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    user = store.users.by_name("lan")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_wrong_name_and_wrong_password_look_the_same(store: Store, accounts: Accounts) -> None:
    """The refusal does not tell which names exist."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    for name in ("lan", "nobody"):
        with pytest.raises(LoginRefusedError) as refused:
            accounts.login(name, "something else", address=HOME)
        assert refused.value.refusal is LoginRefusal.WRONG


def test_too_many_attempts_must_wait(store: Store, accounts: Accounts, clock: Clock) -> None:
    """After five wrong passwords even the right one waits; from elsewhere, and later, it does not."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            accounts.login("lan", "wrong", address=HOME)
    with pytest.raises(LoginRefusedError) as refused:
        accounts.login("lan", PASSWORD, address=HOME)
    assert refused.value.refusal is LoginRefusal.WAIT
    assert 0 < refused.value.retry_after_s <= 300
    accounts.login("lan", PASSWORD, address="10.9.9.9")
    clock.now += timedelta(seconds=refused.value.retry_after_s + 1)
    accounts.login("lan", PASSWORD, address=HOME)


def test_login_ends(store: Store, accounts: Accounts, clock: Clock) -> None:
    """A login ends after its time, when its person logs out, and when they are locked out."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    expired = accounts.login("lan", PASSWORD, address=HOME)
    clock.now += timedelta(hours=12, seconds=1)
    assert accounts.by_session(expired.token) is None
    left = accounts.login("lan", PASSWORD, address=HOME)
    accounts.logout(left.identity)
    assert accounts.by_session(left.token) is None
    locked = accounts.login("lan", PASSWORD, address=HOME)
    assert locked.identity.user is not None
    store.users.set_disabled(locked.identity.user.user_id, disabled=True)
    assert accounts.by_session(locked.token) is None
    with pytest.raises(LoginRefusedError):
        accounts.login("lan", PASSWORD, address=HOME)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", "a longer password", PasswordRefusal.OLD_WRONG),
        (PASSWORD, "short", PasswordRefusal.TOO_SHORT),
        (PASSWORD, PASSWORD, PasswordRefusal.SAME),
    ],
)
def test_password_is_not_changed(
    store: Store, accounts: Accounts, old: str, new: str, refusal: PasswordRefusal
) -> None:
    """Not without the old one, nor to a short one or the same."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    login = accounts.login("lan", PASSWORD, address=HOME)
    with pytest.raises(PasswordRefusedError) as refused:
        accounts.change_password(login.identity, old, new)
    assert refused.value.refusal is refusal
    assert accounts.by_session(login.token) is not None


def test_changed_password_ends_other_logins(store: Store, accounts: Accounts) -> None:
    """Who changes a password after somebody saw it is alone again."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    elsewhere = accounts.login("lan", PASSWORD, address="10.9.9.9")
    here = accounts.login("lan", PASSWORD, address=HOME)
    accounts.change_password(here.identity, PASSWORD, "another password")
    assert accounts.by_session(elsewhere.token) is None
    accounts.login("lan", "another password", address=HOME)


def test_set_login_gives_an_existing_user_a_new_password_and_role(store: Store, accounts: Accounts) -> None:
    """The old password and the old logins are worth nothing then."""
    set_login(store, "demo", Role.OPERATOR, PASSWORD)
    before = accounts.login("demo", PASSWORD, address=HOME)
    set_login(store, "demo", Role.ADMIN, "the next password")
    assert accounts.by_session(before.token) is None
    identity = accounts.login("demo", "the next password", address=HOME).identity
    assert identity.role is Role.ADMIN
    assert not identity.must_change_password


def test_key_of_a_program(store: Store, accounts: Accounts, clock: Clock) -> None:
    """A key names its program and scopes, notes that it was used, and ends when it is revoked."""
    key = add_api_key(store, "report", Scope.EXPORT, Scope.READ)
    identity = accounts.by_bearer(key)
    assert identity is not None
    assert (identity.name, identity.scopes, identity.role, identity.user) == (
        "report",
        (Scope.READ, Scope.EXPORT),
        None,
        None,
    )
    assert identity.rights == {Right.TRAFFIC, Right.DEVICES, Right.EXPORT}
    (record,) = store.api_keys.list()
    assert record.last_used_at == clock.now
    assert key not in record.key_hash
    store.api_keys.revoke(record.key_id, at=clock.now)
    assert accounts.by_bearer(key) is None
    assert accounts.by_bearer("sg_made_up") is None


def test_every_scope_lets_something_be_done_and_all_but_one_not_everything() -> None:
    """A program gets what it needs: no scope is empty, and only `admin` keeps accounts or lets a lane act alone."""
    assert set(RIGHTS_OF_SCOPE) == set(Scope)
    assert all(RIGHTS_OF_SCOPE.values())
    mighty = {Right.ACCOUNTS, Right.AUTO}
    assert [scope for scope in Scope if RIGHTS_OF_SCOPE[scope] & mighty] == [Scope.ADMIN]


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.OPERATOR, OPERATOR),
        (Role.MAINTENANCE, {Right.DEVICES, Right.SETUP, Right.REGISTER, Right.TICKETS}),
        (
            Role.MANAGER,
            OPERATOR | {Right.REGISTER, Right.TICKETS, Right.ACCESS, Right.AUDIT, Right.REPORTS, Right.SURGE_PLAN},
        ),
        (Role.ADMIN, set(Right)),
    ],
)
def test_rights_of_roles(store: Store, accounts: Accounts, role: Role, rights: set[Right]) -> None:
    """Who looks after cameras sees no plates; only admins keep accounts, and let a lane act alone."""
    set_login(store, "lan", role, PASSWORD)
    identity = accounts.login("lan", PASSWORD, address=HOME).identity
    assert {right for right in Right if identity.may(right)} == rights
