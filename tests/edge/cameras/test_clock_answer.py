"""A camera is asked for its time: as RTSP and HTTP cameras tell it, and when they do not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from edge.cameras.clock_answer import can_be_asked, offset_s
from simulation.processes import free_port
from tests.edge.node.whole_node import CameraServer

TIMEOUT_S = 30.0
TOLERANCE_S = 20.0
"""A loaded machine may take its time; the clocks under test are off by hours."""


class Answering:
    """A camera that answers each connection with one text, whatever it is asked."""

    def __init__(self) -> None:
        self.text: Callable[[], str] = lambda: ""
        self.heard = ""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            with link:
                self.heard = link.recv(4096).decode()
                link.sendall(self.text().encode())


@pytest.fixture
def camera() -> Iterator[Answering]:
    camera = Answering()
    yield camera
    camera.close()


def rfc_1123(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def live555(at: datetime) -> str:
    return at.strftime("%a, %b %d %Y %H:%M:%S GMT")


@pytest.mark.parametrize("written", [rfc_1123, live555])
@pytest.mark.parametrize("off_s", [-7200.0, 0.0, 86_400.0])
def test_the_date_of_an_rtsp_answer_counts(camera: Answering, written: Callable[[datetime], str], off_s: float) -> None:
    """In both forms that cameras write it; no name or password is sent for it."""

    def text() -> str:
        return f"RTSP/1.0 200 OK\r\nCSeq: 1\r\nDate: {written(datetime.now(UTC) + timedelta(seconds=off_s))}\r\n\r\n"

    camera.text = text
    told = offset_s(f"rtsp://viewer:secret@127.0.0.1:{camera.port}/lane", timeout_s=TIMEOUT_S)
    assert told == pytest.approx(off_s, abs=TOLERANCE_S)
    assert camera.heard.startswith("OPTIONS rtsp://127.0.0.1")
    assert "secret" not in camera.heard


def test_a_real_rtsp_server_tells_its_time(rtsp_camera: Any) -> None:
    """GStreamer's, on this machine."""
    assert offset_s(rtsp_camera.url, timeout_s=TIMEOUT_S) == pytest.approx(0.0, abs=TOLERANCE_S)


def test_the_date_of_an_http_answer_counts() -> None:
    """Whatever its status is."""
    with_frames = CameraServer().start()
    try:
        told = offset_s(with_frames.add("in-1-front").url, timeout_s=TIMEOUT_S)
    finally:
        with_frames.stop()
    assert told == pytest.approx(0.0, abs=TOLERANCE_S)


@pytest.mark.parametrize(
    "text", ["", "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 200 OK\r\nDate: yesterday\r\n\r\n", "\x00\xff"]
)
def test_a_camera_that_tells_no_time_tells_none(camera: Answering, text: str) -> None:
    """Nothing is guessed."""
    camera.text = lambda: text
    assert offset_s(f"rtsp://127.0.0.1:{camera.port}/lane", timeout_s=TIMEOUT_S) is None


def test_a_camera_that_is_not_there_tells_none() -> None:
    """Nor does one that keeps silent."""
    assert offset_s(f"rtsp://127.0.0.1:{free_port()}/lane", timeout_s=TIMEOUT_S) is None
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert offset_s(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/lane", timeout_s=0.2) is None


@pytest.mark.parametrize(
    ("source", "asked"),
    [("rtsp://10.0.0.2/lane", True), ("https://10.0.0.2/mjpg", True), ("/dev/video0", False), ("picamera2:0", False)],
)
def test_only_network_cameras_are_asked(source: str, asked: bool) -> None:
    """A USB camera has no clock of its own."""
    assert can_be_asked(source) is asked
