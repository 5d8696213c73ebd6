"""What the machine's service manager (systemd) hears of this node.

The protocol of sd_notify(3): lines in one datagram to the Unix socket that `NOTIFY_SOCKET` names. A name that begins
with `@` is abstract. Where nobody listens nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from typing import Self

import structlog

log = structlog.get_logger(__name__)
_BEATS = 4
"""Signs of life within the time that systemd waits for one."""
_SEND_TIMEOUT_S = 1.0
"""A service manager that does not take its post must not stop the lanes."""


class ServiceManager:
    """Tells systemd how the node does. Used from the node's reader thread only, so that a sign of life is one."""

    def __init__(self, address: str = "", *, watchdog_s: float | None = None) -> None:
        """`watchdog_s`: the longest that systemd waits for a sign of life, in seconds; None: it does not watch."""
        self._address = address
        self._every_s = watchdog_s / _BEATS if watchdog_s is not None else None
        self._beat_s = float("-inf")
        self._failing = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that the environment names; one that hears nothing where it names none."""
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        wait_us = environment.get("WATCHDOG_USEC", "")
        return cls(
            environment.get("NOTIFY_SOCKET", ""),
            watchdog_s=int(wait_us) / 1e6 if watched and wait_us.isdigit() and int(wait_us) else None,
        )

    def ready(self, status: str) -> None:
        """The node works; also after `reloading`."""
        self._tell("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._tell(f"STATUS={status}")

    def reloading(self) -> None:
        """The configuration is read again; `ready` ends it."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The node ends in order."""
        self._tell("STOPPING=1", "STATUS=ending in order")

    def alive(self) -> None:
        """A sign of life, sent as often as systemd wants one. Call it only where work was seen to go on."""
        now_s = time.monotonic()
        if self._every_s is not None and now_s - self._beat_s >= self._every_s:
            self._beat_s = now_s
            self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        said = "\n".join(line.replace("\n", " ") for line in lines)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as post:
                post.settimeout(_SEND_TIMEOUT_S)
                post.sendto(said.encode(), name)
        except OSError as error:
            if not self._failing:
                log.warning("systemd cannot be told how the node does", socket=self._address, reason=str(error))
            self._failing = True
        else:
            self._failing = False
