"""The web server that carries the pages: uvicorn, which ends the live streams when it is asked to stop."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette

from central.web import Web


class PageServer(uvicorn.Server):
    """Serves an application of `create_app`; stop it by a signal or by setting `should_exit`."""

    def __init__(self, app: Starlette, *, host: str, port: int) -> None:
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=5)
        super().__init__(config)
        self._web: Web = app.state.web

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: uvicorn waits for open answers, and a stream never ends by itself."""
        self._web.feed.close()
        await super().shutdown(sockets)
