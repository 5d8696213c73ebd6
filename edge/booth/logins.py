"""Logins at the booth: let in by password, locked out after failures, ended by time. They do not outlive a restart."""

from __future__ import annotations

import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contract.errors import SmartGateError
from edge.booth.persons import BoothRole, Persons

SESSION_S: Final = 12 * 3600
"""A shift; as central's default."""
_FAILURE_SPAN_S: Final = 300.0
_FAILURES_PER_NAME: Final = 5
_FAILURES_PER_ADDRESS: Final = 30
_MOST_SESSIONS: Final = 200


class LoginRefusedError(SmartGateError, PermissionError):
    """Name or password is wrong (`retry_after_s` 0), or there were too many attempts."""

    def __init__(self, retry_after_s: int = 0) -> None:
        super().__init__(
            f"too many attempts; try again in {retry_after_s} s"
            if retry_after_s
            else "the name or the password is wrong"
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Session:
    """A person who logged in. A form of theirs must carry `csrf`."""

    name: str
    role: BoothRole
    csrf: str
    expires_s: float
    password_hash: str

    @property
    def operates(self) -> bool:
        """Whether they may see vehicles, and open."""
        return self.role is BoothRole.OPERATOR


class Logins:
    """May be used from any thread. `clock` gives seconds that never run backwards."""

    def __init__(self, persons: Persons, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._persons = persons
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()
        # one password at a time: each takes 64 MB to check, and attempts made together must not escape the count
        self._checking = threading.Lock()

    def log_in(self, name: str, password: str, *, address: str) -> str:
        """Let somebody in; the token of their session.

        Raises:
            LoginRefusedError: wrong, or too many wrong attempts of late.
            ConfigError: the file of persons cannot be used.

        """
        limits = {f"name {address} {name}": _FAILURES_PER_NAME, f"address {address}": _FAILURES_PER_ADDRESS}
        with self._checking:
            self._refuse_if_hasty(limits)
            person = self._persons.by_password(name, password)
            if person is None:
                self._note_failure(limits)
                raise LoginRefusedError
        now_s = self._clock()
        with self._lock:
            token = secrets.token_urlsafe(32)
            self._sessions = {key: one for key, one in self._sessions.items() if one.expires_s > now_s}
            while len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[token] = Session(
                name, person.role, secrets.token_urlsafe(24), now_s + SESSION_S, person.password_hash
            )
            return token

    def session(self, token: str) -> Session | None:
        """Whose session that is; None when it ended, or the person was removed or got another password or role.

        Raises:
            ConfigError: the file of persons cannot be used.

        """
        with self._lock:
            session = self._sessions.get(token)
        if session is None or session.expires_s <= self._clock():
            return None
        person = self._persons.all().get(session.name)
        if person is None or (person.password_hash, person.role) != (session.password_hash, session.role):
            return None
        return session

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(token, None)

    def _note_failure(self, limits: dict[str, int]) -> None:
        for key, limit in limits.items():
            times = self._failures[key]
            times.append(self._clock())
            while len(times) > limit:
                times.popleft()

    def _refuse_if_hasty(self, limits: dict[str, int]) -> None:
        now_s = self._clock()
        for key in [key for key, times in self._failures.items() if now_s - times[-1] > _FAILURE_SPAN_S]:
            del self._failures[key]
        for key, limit in limits.items():
            recent = [at_s for at_s in self._failures.get(key, ()) if now_s - at_s <= _FAILURE_SPAN_S]
            if len(recent) >= limit:
                raise LoginRefusedError(max(1, round(recent[-limit] + _FAILURE_SPAN_S - now_s)))
