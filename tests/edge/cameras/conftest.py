"""Network cameras to test against, real servers on free ports that do what a test tells them, and a bad cable."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

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


SYSTEM_PYTHON = "/usr/bin/python3"
RTSP_NEEDS = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-tools "
    "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
)
_CAN_SERVE = """
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
assert all(Gst.ElementFactory.find(name) for name in ("x264enc", "rtph264pay", "jpegenc"))
"""


class RtspCamera:
    """A camera of Debian's GStreamer RTSP server, in a process of its own: it can be killed as by a power cut."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/lane"

    def start(self, *orders: str) -> None:
        """Start, or come back on the port used before, and wait until it listens."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).with_name("rtsp_server.py")), str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().split()[1])
        for order in orders:
            self.say(order)

    def say(self, order: str) -> None:
        """Have it do something; its file says what it understands."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def kill(self) -> None:
        """Gone at once, without a word to its clients."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


@pytest.fixture(scope="session")
def rtsp_server() -> None:
    """Skips the test where Debian's RTSP server is not installed."""
    command = [SYSTEM_PYTHON, "-c", _CAN_SERVE]
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip(f"GStreamer's RTSP server is not on this machine; on Debian: sudo apt install {RTSP_NEEDS}")


@pytest.fixture
def rtsp_camera(rtsp_server: None) -> Iterator[RtspCamera]:
    camera = RtspCamera()
    camera.start()
    yield camera
    camera.kill()


class Cable:
    """Stands between a camera and who reads it, and carries what the camera says as `mode` tells.

    `good`: unchanged. `mute`: the camera answers, its pictures are held back. `torn`: the pictures' bytes are random,
    all else is as it should be. `noise`: everything is random. `dead`: connections are taken, and nothing comes back.
    """

    def __init__(self, port: int) -> None:
        self._camera_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections: queue.Queue[str] = queue.Queue()
        """The mode at the moment of each connection."""
        self.mode = "good"

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/lane"

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                reader, _ = self._listener.accept()
            except OSError:
                return
            self.connections.put(self.mode)
            threading.Thread(target=self._carry, args=(reader,), daemon=True).start()

    def _carry(self, reader: socket.socket) -> None:
        with reader, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._camera_port)) as camera:
            back = threading.Thread(target=self._back, args=(camera, reader), daemon=True)
            back.start()
            while data := reader.recv(65536):
                camera.sendall(data)
            camera.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, camera: socket.socket, reader: socket.socket) -> None:
        with contextlib.suppress(OSError), camera.makefile("rb") as said:
            while piece := self._piece(said):
                reader.sendall(piece)
            reader.shutdown(socket.SHUT_RDWR)

    def _piece(self, said: BinaryIO) -> bytes:
        """The next answer or picture data of the camera, as the cable lets it through; nothing at the end."""
        while True:
            head = said.read(1)
            if head == b"$":  # picture data: channel, length, packet (RFC 2326, 10.12)
                head += said.read(3)
                body = said.read(int.from_bytes(head[2:], "big"))
                if self.mode == "torn" and head[1] == 0:
                    body = body[:12] + os.urandom(max(0, len(body) - 12))  # its RTP header stays
            else:
                head += said.readline()
                while head and not head.endswith(b"\r\n\r\n"):
                    head += said.readline()
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = said.read(int(length[0].split(b":")[1])) if length else b""
            if self.mode == "noise":
                return os.urandom(len(head + body))
            if not head or not (self.mode == "dead" or (self.mode == "mute" and head[:1] == b"$")):
                return head + body


@pytest.fixture
def cable(rtsp_camera: RtspCamera) -> Iterator[Cable]:
    cable = Cable(rtsp_camera.port)
    cable.start()
    yield cable
    cable.stop()


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
    """Polls until what it is given is true; fails the test when that does not happen for a minute."""

    def wait_for(what: Callable[[], object]) -> None:
        until_s = time.monotonic() + 60
        while not what():
            assert time.monotonic() < until_s, "waited in vain"
            time.sleep(0.01)

    return wait_for
