"""Serves the booth page in a thread of its own. Whatever fails here is told and tried again; the gate works on."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from edge.booth.settings import BoothSettings

log = structlog.get_logger(__name__)
_AGAIN_S: Final = 15.0
_LONGEST_END_S: Final = 10.0
_MOST_CONNECTIONS: Final = 100


class BoothServer:
    """`start` and `stop` once each."""

    def __init__(self, app: ASGIApp, settings: BoothSettings, *, again_s: float = _AGAIN_S) -> None:
        """`again_s`: how long after a failure it is tried again."""
        self._app = app
        self._settings = settings
        self._again_s = again_s
        self._stop = threading.Event()
        self._running: uvicorn.Server | None = None
        self._refusal = ""
        self.listening = threading.Event()
        """Set while the port is open."""
        self.port = 0
        """The port it listens at; the system's choice where the settings name 0."""
        self._thread = threading.Thread(target=self._run, name="booth page", daemon=True)

    def start(self) -> None:
        """Begin to listen, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening. A page that hangs does not keep the node from ending."""
        self._stop.set()
        if self._running is not None:
            self._running.should_exit = True
        self._thread.join(_LONGEST_END_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._serve()
            except Exception as error:  # a page that cannot be served must not end the node
                if self._refusal != str(error):  # told once, not each time
                    log.exception("the booth page is not served, trying again", listen=self._settings.listen)
                self._refusal = str(error)
            self.listening.clear()
            self._stop.wait(self._again_s)

    def _serve(self) -> None:
        settings = self._settings
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,  # nobody else says where a login comes from
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=2,
            ssl_certfile=settings.certificate_file,
            ssl_keyfile=settings.key_file,
        )
        config.load()
        if config.ssl is not None:
            config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
        host, port = settings.address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family) as listening:
            self.port = listening.getsockname()[1]
            self._running = uvicorn.Server(config)
            if self._stop.is_set():
                return
            log.info("booth page", listen=settings.listen, port=self.port, tls=settings.encrypted)
            self._refusal = ""
            self.listening.set()
            self._running.run(sockets=[listening])
