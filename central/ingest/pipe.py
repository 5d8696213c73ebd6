"""What central and its listener say to each other over the pipe between them."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, TypeVar

from central.head import PassageHead

Filters = list[tuple[str, int]]
"""Topic filters, each with its quality of service."""


class Packet(NamedTuple):
    """Something that came over the wire. `retained`: the broker kept it; nobody said it just now."""

    topic: str
    payload: bytes
    retained: bool = False
    head: PassageHead | None = None
    """Of a passage that was checked already."""


class Delivery(NamedTuple):
    """A packet with what the broker wants back for it."""

    packet: Packet
    mid: int
    qos: int
    connection: int
    """Which connection it came over: an acknowledgement means nothing on another one."""


@dataclass(frozen=True)
class Session:
    """Comes first: the broker, who central is to it, and what central wants to hear."""

    host: str
    port: int
    client_id: str
    keeps: bool
    """Whether the broker is to keep what comes while central is away."""
    hears: Filters
    watches: Filters
    """What is retained: heard from the start, or once central watches."""
    watching: bool
    keepalive_s: int
    username: str | None
    password: str | None
    tls: bool
    ca_file: str | None
    cert_file: str | None
    key_file: str | None


@dataclass(frozen=True)
class Acknowledge:
    """The broker may forget these: its numbers for them, with their quality of service."""

    connection: int
    mids: list[tuple[int, int]]


@dataclass(frozen=True)
class Publish:
    """Something for a node; while the broker is away it waits in memory."""

    topic: str
    payload: str
    qos: int
    retain: bool


class Order(StrEnum):
    """What central asks for besides."""

    WATCH = "watch"
    """Hear what is retained too."""
    STOP = "stop"


class LinkState(StrEnum):
    """What became of the link to the broker."""

    REACHED = "reached"
    """From now on the nodes are heard."""
    DEAF = "deaf"
    """Reached, and its access rules let central not hear everything."""
    REFUSED = "refused"
    NOT_REACHED = "not_reached"
    LOST = "lost"


@dataclass(frozen=True)
class LinkNews:
    """How the link is now; `connection` counts how often the broker was reached."""

    state: LinkState
    connection: int
    reason: str = ""


Asked = Acknowledge | Publish | Order
Told = list[Delivery] | LinkNews


Says = TypeVar("Says")
Hears = TypeVar("Hears")


class PipeEnd(Generic[Says, Hears]):
    """One end of the pipe. Any thread may speak; one listens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._speaking = threading.Lock()

    def say(self, what: Says) -> None:
        """Raises OSError when the other end is gone."""
        said = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
        with self._speaking:
            self._connection.send_bytes(said)

    def hear(self) -> Hears | None:
        """What comes next; None when the other end is gone."""
        try:
            heard: Hears = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - both ends are ours
        except (EOFError, OSError):
            return None
        return heard

    def waits(self, wait_s: float) -> bool:
        """Whether something comes within that time, or the other end goes."""
        return self._connection.poll(wait_s)

    def fileno(self) -> int:
        """For `select`: readable when there is something to hear."""
        return self._connection.fileno()

    def close(self) -> None:
        """Give the pipe back."""
        self._connection.close()
