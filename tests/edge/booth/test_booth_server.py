"""The server of the booth page: TLS, and a port that somebody else has."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from edge.booth.server import BoothServer
from edge.booth.settings import BoothSettings
from tests.edge.booth.booth_house import PASSWORD, BoothHouse


@contextmanager
def running(house: BoothHouse) -> Iterator[BoothHouse]:
    house.start()
    try:
        yield house
    finally:
        house.end()


def test_page_over_tls(tmp_path: Path, make_certificate: Callable[[], tuple[Path, Path]]) -> None:
    """With its certificate the page speaks TLS alone, and its cookie never travels without."""
    certificate, key = make_certificate()
    with running(BoothHouse(tmp_path / "node", certificate_file=certificate, key_file=key)) as house:
        context = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=f"https://127.0.0.1:{house.booth.port}", verify=context, timeout=60) as client:
            answer = client.post("/login", data={"user": "lan", "password": PASSWORD})
        assert answer.status_code == 303
        assert "; secure" in answer.headers["set-cookie"].lower()
        with pytest.raises(httpx.HTTPError):
            house.client().get("/login")


def test_port_that_is_taken_ends_nothing_and_is_tried_again(tmp_path: Path, wait_until: Any) -> None:
    """The page comes when the port is free; until then the rest works on."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = BoothSettings(listen=f"127.0.0.1:{port}", persons_file=tmp_path / "persons.json")
        server = BoothServer(app, settings, again_s=0.05)
        with structlog.testing.capture_logs() as logged:
            server.start()
            wait_until(lambda: any(line["log_level"] == "error" for line in logged), what="the fault to be told")
        assert not server.listening.is_set()
    assert server.listening.wait(60)
    assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 204
    server.stop()
