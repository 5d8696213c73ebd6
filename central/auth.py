"""Who somebody is: passwords, logins and keys of programs. Knows nothing of HTTP."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from central.rights import RIGHTS_OF_ROLE, RIGHTS_OF_SCOPE, Right
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.records import Role, Scope, UserRecord
from contract.errors import SmartGateError
from contract.messages import LaneMode

MIN_PASSWORD_CHARACTERS: Final = 10
FIRST_ADMIN: Final = "admin"
_FAILURES_PER_NAME: Final = 5
_FAILURES_PER_ADDRESS: Final = 30
_FAILURE_SPAN: Final = timedelta(minutes=5)
_KEY_USE_NOTED_EVERY: Final = timedelta(minutes=1)  # a busy program should not cost a write for each request
_SEEN_NOTED_EVERY: Final = timedelta(minutes=5)
_HASHER: Final = PasswordHasher()


class LoginRefusal(StrEnum):
    """Why somebody was not let in, as far as they may know."""

    WRONG = "wrong"
    WAIT = "wait"


class LoginRefusedError(SmartGateError, PermissionError):
    """Name or password is wrong, or there were too many attempts."""

    def __init__(self, refusal: LoginRefusal, retry_after_s: int = 0) -> None:
        super().__init__(
            "the name or the password is wrong"
            if refusal is LoginRefusal.WRONG
            else f"too many attempts; try again in {retry_after_s} s"
        )
        self.refusal = refusal
        self.retry_after_s = retry_after_s


class PasswordRefusal(StrEnum):
    """Why a password cannot be the new one."""

    OLD_WRONG = "old_wrong"
    TOO_SHORT = "too_short"
    SAME = "same"


class PasswordRefusedError(SmartGateError, ValueError):
    """A password was not changed."""

    def __init__(self, refusal: PasswordRefusal) -> None:
        super().__init__(f"the password was not changed: {refusal.value}")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: a person with a login (`user` and `role` are set) or a program with a key (`scopes`)."""

    name: str
    rights: frozenset[Right]
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()
    user: UserRecord | None = None
    csrf_token: str = ""
    """What a form of this login must carry; empty for a program."""
    token_hash: str = ""

    def may(self, right: Right) -> bool:
        """Whether the right is among theirs, and no password is still to be changed."""
        return right in self.rights and not self.must_change_password

    def __str__(self) -> str:
        """For refusals: `the role operator of lan`, `the key report (read, export)`."""
        if self.role is not None:
            return f"the role {self.role.value} of {self.name}"
        return f"the key {self.name} ({', '.join(scope.value for scope in self.scopes) or 'no scopes'})"

    def may_set(self, mode: LaneMode) -> bool:
        """Whether they may put a lane into this mode: less power for many, more for few."""
        return self.may(Right.AUTO if mode is LaneMode.AUTO else Right.LANES)

    @property
    def must_change_password(self) -> bool:
        """Nothing but changing the password is open to this person now."""
        return self.user is not None and self.user.must_change_password


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login; the token is shown this once."""

    token: str
    identity: Identity
    expires_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Accounts:
    """Logins and keys. May be used from any thread."""

    def __init__(self, store: Store, *, session: timedelta, clock: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._session = session
        self._clock = clock
        self._failures: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = threading.Lock()

    def login(self, name: str, password: str, *, address: str) -> Login:
        """Let somebody in.

        Raises:
            LoginRefusedError: wrong, or too many wrong attempts of late.

        """
        keys = {f"name {address} {name}": _FAILURES_PER_NAME, f"address {address}": _FAILURES_PER_ADDRESS}
        self._refuse_if_hasty(keys)
        user = self._store.users.by_name(name)
        # the work is done for unknown names too: the time of the answer must not tell which names exist
        right = _verifies(user.password_hash if user else _nobody(), password)
        if user is None or user.disabled or not right:
            self._note_failure(keys)
            raise LoginRefusedError(LoginRefusal.WRONG)
        now = self._clock()
        self._store.sessions.remove_expired(now)
        token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        self._note_seen(user)
        record = self._store.sessions.add(
            _hash_token(token), user.user_id, csrf_token, at=now, expires_at=now + self._session
        )
        return Login(token, _person(user, csrf_token, record.token_hash), expires_at=record.expires_at)

    def by_session(self, token: str) -> Identity | None:
        """Who has this login; None when it ended or the person may log in no more."""
        session = self._store.sessions.get(_hash_token(token), now=self._clock())
        user = self._store.users.get(session.user_id) if session else None
        if session is None or user is None or user.disabled:
            return None
        self._note_seen(user)
        return _person(user, session.csrf_token, session.token_hash)

    def by_bearer(self, token: str) -> Identity | None:
        """Who has this key, or the token of a login."""
        key = self._store.api_keys.by_hash(_hash_token(token))
        if key is None:
            return self.by_session(token)
        if key.revoked_at is not None:
            return None
        now = self._clock()
        if key.last_used_at is None or now - key.last_used_at > _KEY_USE_NOTED_EVERY:
            self._store.api_keys.used(key.key_id, at=now)
        rights = frozenset[Right]().union(*(RIGHTS_OF_SCOPE[scope] for scope in key.scopes))
        return Identity(key.name, rights, scopes=key.scopes)

    def logout(self, identity: Identity) -> None:
        """End this login."""
        self._store.sessions.remove(identity.token_hash)

    def change_password(self, identity: Identity, old: str, new: str) -> None:
        """Set another password; ends all logins of the person.

        Raises:
            PasswordRefusedError: the old one is wrong, or the new one is too short or the same.

        """
        user = identity.user
        if user is None or not _verifies(user.password_hash, old):
            raise PasswordRefusedError(PasswordRefusal.OLD_WRONG)
        if len(new) < MIN_PASSWORD_CHARACTERS:
            raise PasswordRefusedError(PasswordRefusal.TOO_SHORT)
        if new == old:
            raise PasswordRefusedError(PasswordRefusal.SAME)
        self._store.users.set_password(user.user_id, _HASHER.hash(new), must_change_password=False)
        self._store.sessions.remove_of(user.user_id)

    def _note_seen(self, user: UserRecord) -> None:
        now = self._clock()
        if user.last_seen_at is None or now - user.last_seen_at > _SEEN_NOTED_EVERY:
            with suppress(StoreUnavailable):  # whoever only looks is let in all the same
                self._store.users.seen(user.user_id, at=now)

    def _refuse_if_hasty(self, keys: dict[str, int]) -> None:
        now = self._clock()
        with self._lock:
            for key in [key for key, times in self._failures.items() if now - times[-1] > _FAILURE_SPAN]:
                del self._failures[key]
            for key, limit in keys.items():
                recent = [at for at in self._failures.get(key, ()) if now - at <= _FAILURE_SPAN]
                if len(recent) >= limit:
                    wait = recent[-limit] + _FAILURE_SPAN - now
                    raise LoginRefusedError(LoginRefusal.WAIT, max(1, round(wait.total_seconds())))

    def _note_failure(self, keys: dict[str, int]) -> None:
        with self._lock:
            for key, limit in keys.items():
                times = self._failures[key]
                times.append(self._clock())
                while len(times) > limit:
                    times.popleft()


def ensure_first_admin(store: Store) -> str | None:
    """Create `admin` where there is no user yet; its one-time password, to be changed at the first login, or None."""
    if store.users.count():
        return None
    password = secrets.token_urlsafe(12)
    store.users.add(FIRST_ADMIN, Role.ADMIN, _HASHER.hash(password), must_change_password=True, at=_now())
    return password


def set_login(store: Store, name: str, role: Role, password: str, *, must_change_password: bool = False) -> None:
    """Create a user, or give an existing one this role and password; ends the logins they have."""
    hashed = _HASHER.hash(password)
    user = store.users.by_name(name)
    if user is None:
        store.users.add(name, role, hashed, must_change_password=must_change_password, at=_now())
        return
    store.users.set_password(user.user_id, hashed, must_change_password=must_change_password)
    store.users.set_role(user.user_id, role)
    store.users.set_disabled(user.user_id, disabled=False)
    store.sessions.remove_of(user.user_id)


def set_password(store: Store, user: UserRecord, password: str, *, must_change_password: bool) -> None:
    """Give a person another password, whatever the one before was; ends the logins they have."""
    store.users.set_password(user.user_id, _HASHER.hash(password), must_change_password=must_change_password)
    store.sessions.remove_of(user.user_id)


def add_api_key(store: Store, name: str, *scopes: Scope) -> str:
    """A new key of a program; shown this once, kept as a hash. Without scopes it may do nothing but ask who it is."""
    key = f"sg_{secrets.token_urlsafe(32)}"
    store.api_keys.add(name, scopes, _hash_token(key), at=_now())
    return key


def one_time_password() -> str:
    """A password that a person must change at the first login."""
    return secrets.token_urlsafe(9)


def _person(user: UserRecord, csrf_token: str, token_hash: str) -> Identity:
    return Identity(user.name, RIGHTS_OF_ROLE[user.role], user.role, (), user, csrf_token, token_hash)


def _verifies(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


_NOBODY: list[str] = []


def _nobody() -> str:
    if not _NOBODY:
        _NOBODY.append(_HASHER.hash(secrets.token_urlsafe(16)))
    return _NOBODY[0]


def _hash_token(token: str) -> str:
    # tokens are long and random: a plain hash keeps them as safe as a slow one would
    return hashlib.sha256(token.encode()).hexdigest()
