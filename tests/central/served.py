"""The web application on a real port, for tests that speak HTTP."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Any, Self

import httpx

from central.app import create_app
from central.config import CentralConfig
from central.server import PageServer
from central.store import Store


class Served:
    """Serves a store between `with` and its end."""

    def __init__(self, store: Store, config: CentralConfig | None = None) -> None:
        # bound before the server starts: who connects early waits in the queue, and nobody asks whether it is up
        # and with its protocol named: else asyncio does not set TCP_NODELAY, and a short answer waits 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self._server = PageServer(create_app(store, config=config), host="127.0.0.1", port=0)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._clients: list[httpx.Client] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def client(self, **options: Any) -> httpx.Client:
        """Another browser or program."""
        # nothing is encrypted here: without this each client reads all certificates of the world first
        client = httpx.Client(base_url=self.url, timeout=60, verify=False, **options)
        self._clients.append(client)
        return client

    def stop(self) -> None:
        """End it; open streams must not keep it."""
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the server waits for open streams"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self.stop()
        self._socket.close()
