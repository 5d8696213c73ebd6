"""A PostgreSQL of one's own: started in a temporary folder, reached over a socket there, gone afterwards."""

from __future__ import annotations

import getpass
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from contract.errors import SmartGateError

_DEBIAN = Path("/usr/lib/postgresql")
_START_S = 60
_MEMORY = Path("/dev/shm")
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def program_folder() -> Path | None:
    """Where the newest server of this machine is; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = (folder for folder in _DEBIAN.glob("*/bin") if (folder / "initdb").is_file())
    return max(versions, key=lambda folder: int(folder.parent.name), default=None)


@dataclass(frozen=True)
class Postgres:
    """A server; `stop` and `start` again keep what it holds."""

    programs: Path
    folder: Path
    user: str
    settings: tuple[str, ...]

    def url(self, database: str = "postgres") -> str:
        """Address of a database, as central's configuration wants it."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"

    def create(self) -> str:
        """A new, empty database; its name."""
        name = f"d{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def execute(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        place = {"host": str(self.folder), "user": self.user, "dbname": "postgres"}
        with psycopg.connect(**place, autocommit=True) as connection:  # type: ignore[arg-type]  # texts alone
            connection.execute(statement.encode())

    def start(self) -> None:
        """Begin to answer.

        Raises:
            SmartGateError: it does not start.

        """
        local = ("listen_addresses=", f"unix_socket_directories={self.folder}")
        options = " ".join(f"-c {setting}" for setting in (*local, *self.settings))
        self.run("pg_ctl", "start", "-w", "-t", str(_START_S), "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """End at once, as by a power cut; nothing is lost that was committed with fsync on."""
        self.run("pg_ctl", "stop", "-m", "immediate", "-w")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's own programs on the server's data.

        Raises:
            SmartGateError: it fails.

        """
        _run([str(self.programs / program), "-D", str(self.folder / "data"), *arguments], self.user, self.folder)


@contextmanager
def postgres(*, durable: bool, settings: tuple[str, ...] = ()) -> Iterator[Postgres]:
    """A server with its data in a temporary folder. Root starts it as another user, as it demands.

    `durable` false keeps it in memory: for tests of behaviour, never for measurements.

    Raises:
        SmartGateError: PostgreSQL is not installed, or does not start.

    """
    programs = program_folder()
    if programs is None:
        raise SmartGateError("PostgreSQL is needed to measure against; on Debian: sudo apt install postgresql")
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="smartgate-pg-", dir=None if durable or not _MEMORY.is_dir() else _MEMORY))
    try:
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        server = Postgres(programs, folder, user, (*settings, *(() if durable else _NOT_DURABLE)))
        server.run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", f"--username={user}")
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str:
    if os.geteuid() != 0:
        return getpass.getuser()
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(command: list[str], user: str, folder: Path) -> None:
    as_other = user if os.geteuid() == 0 else None
    with (folder / "said").open("w+b") as said:
        ended = subprocess.run(
            command, cwd=folder, user=as_other, stdout=said, stderr=said, stdin=subprocess.DEVNULL, check=False
        )
    if ended.returncode:
        log = folder / "log"
        words = (folder / "said").read_text(errors="replace") + (
            log.read_text(errors="replace") if log.exists() else ""
        )
        raise SmartGateError(f"{Path(command[0]).name} failed ({ended.returncode}):\n{words[-3000:]}")
