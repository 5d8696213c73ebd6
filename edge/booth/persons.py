"""Who may log in at the booth: a file of names, roles and password hashes, beside the node's configuration."""

from __future__ import annotations

import re
import secrets
import threading
from enum import StrEnum
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from contract.errors import ConfigError
from edge.durable import UNFINISHED, write_durably

MIN_PASSWORD_CHARACTERS: Final = 10
"""As at central."""
_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")
_PRIVATE: Final = 0o600
_HASHER: Final = PasswordHasher()
_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe(16))


class BoothRole(StrEnum):
    """What a person does at the gate, in central's words."""

    OPERATOR = "operator"
    """Sees who passes, and opens."""
    MAINTENANCE = "maintenance"
    """Sees how cameras, barriers and the node do, and no passages."""


class Person(BaseModel):
    """Somebody who may log in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: BoothRole
    password_hash: str


_FILE: Final = TypeAdapter(dict[str, Person])


class Persons:
    """The file of persons; read again when it was changed, so that a new person needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int, int], dict[str, Person]] | None = None

    def all(self) -> dict[str, Person]:
        """Name to person.

        Raises:
            ConfigError: the file cannot be read, may be read by others, or is no file of persons.

        """
        with self._lock:
            try:
                found = self._path.stat()
                state = (found.st_mtime_ns, found.st_ino, found.st_mode)
                if self._read is None or self._read[0] != state:
                    self._read = (state, self._load(found.st_mode))
            except OSError as error:
                raise ConfigError(f"booth.persons_file: cannot read {self._path}: {error.strerror}") from error
            return self._read[1]

    def by_password(self, name: str, password: str) -> Person | None:
        """The person of that name, if the password is theirs. Unknown names take as long to refuse.

        Raises:
            ConfigError: as `all`.

        """
        person = self.all().get(name)
        right = _verifies(person.password_hash if person else _NOBODY, password)
        return person if right else None

    def set(self, name: str, role: BoothRole, password: str) -> None:
        """Add a person, or give one another role and password.

        Raises:
            ConfigError: a name or password that cannot be used; a file that cannot be read or written.

        """
        if not _NAME.fullmatch(name):
            raise ConfigError(f"expected a name of letters, digits, dots, dashes and @, 64 at most, got {name!r}")
        if len(password) < MIN_PASSWORD_CHARACTERS:
            raise ConfigError(
                f"expected a password of {MIN_PASSWORD_CHARACTERS} characters or more; choose a longer one"
            )
        persons = dict(self.all()) if self._path.exists() else {}
        persons[name] = Person(role=role, password_hash=_HASHER.hash(password))
        self._write(persons)

    def remove(self, name: str) -> None:
        """Let a person log in no more.

        Raises:
            ConfigError: there is no such person; a file that cannot be read or written.

        """
        persons = dict(self.all())
        if persons.pop(name, None) is None:
            raise ConfigError(f"there is no person {name!r} in {self._path}; there are {', '.join(persons) or 'none'}")
        self._write(persons)

    def _write(self, persons: dict[str, Person]) -> None:
        part = self._path.with_suffix(UNFINISHED)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            part.touch(mode=_PRIVATE)  # before there is anything to read in it
            write_durably(self._path, _FILE.dump_json(persons, indent=1) + b"\n")
        except OSError as error:
            raise ConfigError(f"booth.persons_file: cannot write {self._path}: {error.strerror}") from error

    def _load(self, mode: int) -> dict[str, Person]:
        if mode & 0o077:
            raise ConfigError(f"booth.persons_file: others may read {self._path}; chmod 600 {self._path}")
        try:
            return _FILE.validate_json(self._path.read_bytes())
        except ValidationError as error:
            raise ConfigError(f"booth.persons_file: {self._path} is no file of `smartgate edge person`") from error


def _verifies(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
