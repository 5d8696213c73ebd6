"""The simulated platform on a real port."""

from __future__ import annotations

import socket
import threading

import uvicorn
from fastapi import FastAPI

from simulation.platform import SimPlatform
from simulation.platform_server import platform_routes

KEY = "made-up-key-of-a-test"


class PlatformHouse:
    """Serves a platform until it is stopped."""

    def __init__(self, *, slow_s: float) -> None:
        self.platform = SimPlatform()
        app = FastAPI()
        app.include_router(platform_routes(self.platform, KEY, slow_s=slow_s))
        # bound before the server starts: who connects early waits in the queue
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        # the server complains aloud of answers that it was told to break off
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def empty(self) -> SimPlatform:
        """A platform that holds nothing, behind the same address."""
        vars(self.platform).update(vars(SimPlatform()))
        return self.platform

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        self._socket.close()
