"""People, their logins, and keys of programs. Passwords, tokens and keys are kept as hashes only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from central.store.database import Database, Transaction
from central.store.records import ApiKeyRecord, Role, Scope, SessionRecord, UserRecord
from central.store.schema import api_keys, sessions, users
from contract.errors import StoreError

_ADMINS = "who is an admin"


class LastAdminError(StoreError):
    """Nobody would be left who could let others in."""

    def __init__(self) -> None:
        super().__init__("expected another admin who may log in, found none; make one first")


class Users:
    """`store.users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: Role, password_hash: str, *, must_change_password: bool, at: datetime) -> UserRecord:
        """A new person.

        Raises:
            StoreError: the name is taken.

        """
        values = {
            "name": name,
            "role": role,
            "password_hash": password_hash,
            "must_change_password": must_change_password,
            "disabled": False,
            "created_at": at,
        }
        try:
            with self._database.transaction(at) as transaction:
                user_id = transaction.insert(users, values)
        except IntegrityError as error:
            raise StoreError(f"there is a user {name!r} already; choose another name") from error
        return UserRecord(user_id, name, role, password_hash, must_change_password, disabled=False, created_at=at)

    def get(self, user_id: int) -> UserRecord | None:
        """One person by number."""
        row = self._database.first(select(users).where(users.c.user_id == user_id))
        return _user(row) if row else None

    def by_name(self, name: str) -> UserRecord | None:
        """One person by name."""
        row = self._database.first(select(users).where(users.c.name == name))
        return _user(row) if row else None

    def list(self) -> tuple[UserRecord, ...]:
        """Everybody, by name."""
        return tuple(_user(row) for row in self._database.rows(select(users).order_by(users.c.name)))

    def count(self) -> int:
        """How many there are."""
        row = self._database.first(select(func.count().label("number")).select_from(users))
        return int(row["number"]) if row else 0

    def set_password(self, user_id: int, password_hash: str, *, must_change_password: bool) -> None:
        """Another password."""
        self._set(user_id, password_hash=password_hash, must_change_password=must_change_password)

    def set_role(self, user_id: int, role: Role) -> None:
        """Another role.

        Raises:
            LastAdminError: nobody would be left who can log in and is an admin.

        """
        self._set(user_id, role=role)

    def set_disabled(self, user_id: int, disabled: bool) -> None:
        """May log in no more, or again.

        Raises:
            LastAdminError: nobody would be left who can log in and is an admin.

        """
        self._set(user_id, disabled=disabled)

    def seen(self, user_id: int, *, at: datetime) -> None:
        """Note that a person was here."""
        self._set(user_id, last_seen_at=at)

    def _set(self, user_id: int, **values: object) -> None:
        with self._database.transaction() as transaction:
            transaction.lock([_ADMINS])  # two admins must not take each other's role at one moment
            admins = _admins(transaction)
            if not transaction.run(update(users).where(users.c.user_id == user_id).values(**values)):
                raise StoreError(f"there is no user with the number {user_id}")
            if admins and not _admins(transaction):
                raise LastAdminError


class Sessions:
    """`store.sessions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, token_hash: str, user_id: int, csrf_token: str, *, at: datetime, expires_at: datetime
    ) -> SessionRecord:
        """A new login."""
        session = SessionRecord(token_hash, user_id, csrf_token, at, expires_at)
        with self._database.transaction(at) as transaction:
            transaction.insert(
                sessions,
                {
                    "token_hash": token_hash,
                    "user_id": user_id,
                    "csrf_token": csrf_token,
                    "created_at": at,
                    "expires_at": expires_at,
                },
            )
        return session

    def get(self, token_hash: str, *, now: datetime) -> SessionRecord | None:
        """A login that has not expired."""
        row = self._database.first(
            select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
        )
        return SessionRecord(**row) if row else None

    def remove(self, token_hash: str) -> None:
        """Log out."""
        with self._database.transaction() as transaction:
            transaction.run(delete(sessions).where(sessions.c.token_hash == token_hash))

    def remove_of(self, user_id: int) -> None:
        """Log a person out everywhere."""
        with self._database.transaction() as transaction:
            transaction.run(delete(sessions).where(sessions.c.user_id == user_id))

    def remove_expired(self, now: datetime) -> None:
        """Forget what no longer counts."""
        with self._database.transaction() as transaction:
            transaction.run(delete(sessions).where(sessions.c.expires_at <= now))


class ApiKeys:
    """`store.api_keys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, scopes: Iterable[Scope], key_hash: str, *, at: datetime) -> ApiKeyRecord:
        """A new key; its scopes are kept in the order of `Scope`."""
        wanted = set(scopes)
        scopes = tuple(scope for scope in Scope if scope in wanted)
        values = {"name": name, "scopes": scopes, "key_hash": key_hash, "created_at": at}
        with self._database.transaction(at) as transaction:
            key_id = transaction.insert(api_keys, values)
        return ApiKeyRecord(key_id, name, scopes, key_hash, at, revoked_at=None, last_used_at=None)

    def by_hash(self, key_hash: str) -> ApiKeyRecord | None:
        """A key, also a revoked one."""
        row = self._database.first(select(api_keys).where(api_keys.c.key_hash == key_hash))
        return _key(row) if row else None

    def list(self) -> tuple[ApiKeyRecord, ...]:
        """All keys, the oldest first."""
        return tuple(_key(row) for row in self._database.rows(select(api_keys).order_by(api_keys.c.key_id)))

    def revoke(self, key_id: int, *, at: datetime) -> None:
        """End a key for good."""
        self._set(key_id, revoked_at=at)

    def used(self, key_id: int, *, at: datetime) -> None:
        """Note that a key was used."""
        self._set(key_id, last_used_at=at)

    def _set(self, key_id: int, **values: datetime) -> None:
        with self._database.transaction() as transaction:
            if not transaction.run(update(api_keys).where(api_keys.c.key_id == key_id).values(**values)):
                raise StoreError(f"there is no key with the number {key_id}")


def _admins(transaction: Transaction) -> int:
    able = (users.c.role == Role.ADMIN, users.c.disabled.is_(False))
    row = transaction.first(select(func.count().label("number")).select_from(users).where(*able))
    return int(row["number"]) if row else 0


def _user(row: RowMapping) -> UserRecord:
    return UserRecord(**{**row, "role": Role(row["role"])})


def _key(row: RowMapping) -> ApiKeyRecord:
    return ApiKeyRecord(**{**row, "scopes": tuple(map(Scope, row["scopes"]))})
