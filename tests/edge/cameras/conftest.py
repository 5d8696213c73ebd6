"""A network camera to test against: a real HTTP server on a free port that does what a test tells it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest


def jpeg(value: int = 128, *, width: int = 320, height: int = 180) -> bytes:
    """A picture whose grey is `value`, give or take a little noise."""
    noise = np.random.default_rng(value).integers(-3, 4, (height, width, 3))
    picture = np.clip(value + noise, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


class MjpegCamera:
    """A camera that streams `picture`; its behaviour can be changed while it runs."""

    def __init__(self) -> None:
        self.picture = jpeg()
        self.mode = "stream"
        self.interval_s = 0.02
        self.content_type = "multipart/x-mixed-replace; boundary=frame"
        self.login: Callable[[str | None], str | None] = lambda _: None
        self.requests = 0
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    def show(self, value: int, *, width: int = 320, height: int = 180) -> None:
        """Send another picture from now on."""
        self.picture = jpeg(value, width=width, height=height)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/video.mjpeg"

    def start(self) -> None:
        """Start, or come back on the port used before."""
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.requests += 1
                camera.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Gone: connections break, the port is closed."""
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        challenge = self.login(handler.headers.get("Authorization"))
        if challenge:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", challenge)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if self.mode == "refuse":
            handler.send_error(503)
            return
        handler.send_response(200)
        handler.send_header("Content-Type", self.content_type)
        handler.end_headers()
        server = self._server
        try:
            while self._server is server and server is not None:
                handler.wfile.write(self._piece())
                time.sleep(self.interval_s)
        except OSError:
            pass  # the reader has gone

    def _piece(self) -> bytes:
        if self.mode == "stall":
            return b""
        if self.mode == "garbage":
            return np.random.default_rng().integers(0, 256, 5000, dtype=np.uint8).tobytes()
        if self.mode == "broken":  # breaks off in the middle of every picture
            return self._part(self.picture[: len(self.picture) // 2])
        return self._part(self.picture)

    def _part(self, data: bytes) -> bytes:
        return b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n"


@pytest.fixture
def camera() -> Iterator[MjpegCamera]:
    camera = MjpegCamera()
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Ten frames, 320 × 180, 10 a second; each brighter than the one before."""
    path = tmp_path / "lane.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (320, 180))
    for number in range(10):
        writer.write(np.full((180, 320, 3), 20 * number + 20, np.uint8))
    writer.release()
    return path


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Polls until what it is given is true; fails the test when that does not happen for half a minute."""

    def wait_for(what: Callable[[], object]) -> None:
        until_s = time.monotonic() + 30
        while not what():
            assert time.monotonic() < until_s, "waited in vain"
            time.sleep(0.01)

    return wait_for
