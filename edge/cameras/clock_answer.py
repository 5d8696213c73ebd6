"""Asks a network camera for its time: RTSP and HTTP answers carry it in their `Date`, before any login."""

from __future__ import annotations

import re
import socket
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_DATE = re.compile(rb"(?im)^date:[ \t]*([^\r\n]+)")
_LIVE555 = "%a, %b %d %Y %H:%M:%S GMT"
"""As many cameras write it; RFC 2326 asks for the other."""
_HEAD_BYTES = 16384


def can_be_asked(source: str) -> bool:
    """Whether a source is a network camera that can be asked."""
    return urlsplit(source).scheme in _PORTS


def offset_s(source: str, *, timeout_s: float) -> float | None:
    """How far the camera's clock is ahead of this machine's; None when it does not tell. To about half a second.

    Each step waits `timeout_s` at most.
    """
    parts = urlsplit(source)
    try:
        address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        with socket.create_connection(address, timeout_s) as link:
            if parts.scheme in ("rtsps", "https"):
                # cameras sign their certificates themselves; nothing secret is asked or told
                context = ssl._create_unverified_context()  # noqa: S323, SLF001 - see above
                with context.wrap_socket(link, server_hostname=parts.hostname) as secured:
                    return _asked(secured, parts.scheme, address)
            return _asked(link, parts.scheme, address)
    except (OSError, ValueError):
        return None


def _asked(link: socket.socket, scheme: str, address: tuple[str, int]) -> float | None:
    host = f"{address[0]}:{address[1]}"
    if scheme.startswith("rtsp"):
        request = f"OPTIONS rtsp://{host}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    else:
        request = f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    began_s = time.time()
    link.sendall(request.encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _HEAD_BYTES:
        piece = link.recv(4096)
        if not piece:
            break
        answer += piece
    ended_s = time.time()
    found = _DATE.search(answer)
    told = _time_of(found[1].decode("latin-1").strip()) if found else None
    # whole seconds are told: on average half of one has passed since
    return told + 0.5 - (began_s + ended_s) / 2 if told is not None else None


def _time_of(text: str) -> float | None:
    for read in (parsedate_to_datetime, lambda value: datetime.strptime(value, _LIVE555).replace(tzinfo=UTC)):
        try:
            at: datetime = read(text)
        except (ValueError, TypeError):
            continue
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    return None
