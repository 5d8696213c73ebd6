"""Asks an RTSP camera once, to tell a person why its stream cannot be opened: FFmpeg only says that it cannot."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from urllib.parse import unquote, urlsplit

_PORT = 554
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


def refusal(url: str, *, timeout_s: float) -> str | None:
    """What is wrong, in words; None when all is well. Each step waits `timeout_s` at most."""
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or _PORT)
        with socket.create_connection(address, timeout_s) as link:
            return _asked(link, url)
    except TimeoutError:
        return f"nothing answers within {timeout_s:g} s; is the camera on, and is this its RTSP port?"
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or str(error)
        return f"{told.lower()}; is the camera on, and the address right?"


def _asked(link: socket.socket, url: str) -> str | None:
    parts = urlsplit(url)
    target = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    answer = _describe(link, target, 1, "")
    if _status(answer) == 401 and parts.username:
        login = _login(answer, target, unquote(parts.username), unquote(parts.password or ""))
        answer = _describe(link, target, 2, f"Authorization: {login}\r\n")
    status = _status(answer)
    if status == 200:
        return None
    if status == 401 and parts.username:
        return "the camera refuses this user name or password (status 401)"
    if status == 401:
        return "the camera asks for a login (status 401); write rtsp://name:password@…"
    if status == 404:
        return "the camera has no such stream (status 404); look up the path in its manual"
    if status is not None:
        return f"expected a stream, the camera answers with status {status}"
    return f"expected RTSP, got {answer[:16]!r}; is this the camera's RTSP port?"


def _describe(link: socket.socket, target: str, number: int, more: str) -> bytes:
    link.sendall(f"DESCRIBE {target} RTSP/1.0\r\nCSeq: {number}\r\nAccept: application/sdp\r\n{more}\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer and answer[:4] in (b"RTSP"[: len(answer)], b"RTSP") and len(answer) < 16384:
        piece = link.recv(4096)
        if not piece:
            break
        answer += piece
    return answer


def _status(answer: bytes) -> int | None:
    found = re.match(rb"RTSP/\d\.\d (\d{3})", answer)
    return int(found[1]) if found else None


def _login(answer: bytes, target: str, name: str, password: str) -> str:
    """The login that a challenge asks for: digest (RFC 2069, as cameras do) where offered, else basic."""
    head = answer.decode("latin-1")
    challenge = re.search(r"(?im)^www-authenticate:\s*digest (.*)$", head)
    if not challenge:
        return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
    given = {key.lower(): quoted or bare for key, quoted, bare in _FIELD.findall(challenge[1])}
    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    digest = _md5(f"{_md5(f'{name}:{realm}:{password}')}:{nonce}:{_md5(f'DESCRIBE:{target}')}")
    return f'Digest username="{name}", realm="{realm}", nonce="{nonce}", uri="{target}", response="{digest}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
