"""Frames from files, folders, pipelines, and clear words about what cannot be opened."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.errors import SourceError
from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source


def settings(source: object, **more) -> CameraSettings:
    return CameraSettings(name="in-1-front", lane="in-1", source=str(source), **{"realtime": False, **more})


def read(source: object, **more) -> list[tuple[float, float]]:
    """Mean grey and time of every frame."""
    with open_source(settings(source, **more)) as opened:
        return [(float(image.mean()), offset_s) for image, offset_s in opened.frames()]


def test_a_video_file_gives_every_frame_with_its_own_time(video: Path) -> None:
    """Read as fast as possible, frames still carry the times they were filmed at."""
    frames = read(video)
    assert [offset_s for _, offset_s in frames] == pytest.approx([number / 10 for number in range(10)])
    greys = [grey for grey, _ in frames]
    assert greys == sorted(greys)


def test_a_video_file_can_play_at_its_own_speed(video: Path) -> None:
    """In real time no frame comes before its time."""
    began_s = time.monotonic()
    with open_source(settings(video, realtime=True)) as opened:
        assert all(time.monotonic() - began_s >= offset_s for _, offset_s in opened.frames())


def test_a_folder_gives_its_pictures_in_order_of_name(tmp_path: Path) -> None:
    """Pictures of any size, other files left alone."""
    for name, grey in (("b.png", 100), ("a.jpg", 50), ("c.bmp", 150)):
        cv2.imwrite(str(tmp_path / name), np.full((grey, 200, 3), grey, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    assert [round(grey, -1) for grey, _ in read(tmp_path)] == [50, 100, 150]


def test_it_is_told_when_the_source_is_open(video: Path) -> None:
    """The capture process tells a camera that answers from one that does not."""
    opened: list[bool] = []
    with open_source(settings(video), on_open=lambda: opened.append(True)) as source:
        assert not opened
        next(source.frames())
    assert opened == [True]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("/nowhere/lane.mp4", "expected rtsp://"),
        ("/dev/video987", "cannot open /dev/video987"),
        ("rtsp://viewer:secret@127.0.0.1:9/stream", "cannot open rtsp://127.0.0.1:9/stream: connection refused"),
        (__file__, "is no video that can be decoded"),
    ],
)
def test_what_cannot_be_opened_is_told_without_its_password(source: str, words: str, capfd) -> None:
    """The message names the source, what was expected, and no credentials."""
    with pytest.raises(SourceError) as caught:
        read(source, open_timeout_s=2)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A folder without pictures is a mistake, not an end."""
    with pytest.raises(SourceError, match=r"expected pictures \(.*\.jpg"):
        read(tmp_path)


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    """The file that is broken is the one in the message."""
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(SourceError, match=r"broken\.jpg"):
        read(tmp_path)


PICAMERA2 = """
import numpy as np, os, pathlib, threading
class Picamera2:
    def __init__(self):
        if "no camera" in os.environ["STAND_IN"]:
            raise IndexError("list index out of range")
        self.log = []
    def create_video_configuration(self, main): return main
    def configure(self, main): self.size = main["size"]
    def start(self): pass
    def capture_array(self, name):
        if "hangs" in os.environ["STAND_IN"]:
            threading.Event().wait()
        return np.full((self.size[1], self.size[0], 3), (10, 20, 30), np.uint8)
    def close(self): pathlib.Path(__file__).with_name("closed").touch()
"""


@pytest.fixture
def picamera2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """A stand-in for the library, which exists on a Raspberry Pi only; it behaves as it is told."""
    (tmp_path / "picamera2.py").write_text(PICAMERA2)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)  # for capture processes
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    yield lambda behaviour: monkeypatch.setenv("STAND_IN", behaviour)
    sys.modules.pop("picamera2", None)


def test_a_csi_camera_gives_frames_and_is_closed_behind_us(picamera2, tmp_path: Path) -> None:
    """Frames of the wanted size in the order blue, green, red; the camera is free for the next who asks."""
    picamera2("works")
    with open_source(settings("picamera2:", width=320, height=240)) as source:
        image, _ = next(source.frames())
        assert image.shape == (240, 320, 3)
        assert tuple(image[0, 0]) == (10, 20, 30)
        assert not (tmp_path / "closed").exists()
    assert (tmp_path / "closed").exists()


def test_a_csi_camera_that_is_not_plugged_in_is_told(picamera2) -> None:
    """The message says what to look at."""
    picamera2("no camera")
    with pytest.raises(SourceError, match=r"is its ribbon in.*rpicam-hello"):
        read("picamera2:")


def test_a_csi_camera_that_hangs_is_given_up_after_the_read_time_out(picamera2, wait_for) -> None:
    """The library waits for ever; the capture process does not, and says that the camera was open."""
    picamera2("hangs")
    capture = CameraProcess(settings("picamera2:", read_timeout_s=0.2, stale_after_s=30, open_timeout_s=30))
    capture.start()
    try:
        wait_for(lambda: capture.state.restarts >= 1)
        assert capture.state.error == "picamera2: is open, but gave no frame for 0.2 s"
        assert capture.state.connected
    finally:
        capture.stop()


def test_a_missing_program_or_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lacks GStreamer or picamera2 learns what to install."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match=r"apt install gstreamer1\.0-tools"):
        read("gst:videotestsrc")
    with pytest.raises(SourceError, match="apt install python3-picamera2"):
        read("picamera2:")


@pytest.mark.parametrize(
    ("source", "public"),
    [
        ("rtsp://viewer:secret@192.0.2.1/stream", "rtsp://192.0.2.1/stream"),
        ("rtsp://viewer:se@cret@192.0.2.1/stream", "rtsp://192.0.2.1/stream"),
        ("http://192.0.2.1/v.cgi?user=a&pwd=secret&size=2", "http://192.0.2.1/v.cgi?user=a&pwd=***&size=2"),
        ("rtsp://viewer:se/cret@192.0.2.1/stream", "rtsp://192.0.2.1/stream"),
        ("rtsp://192.0.2.1:554/stream@2", "rtsp://192.0.2.1:554/stream@2"),
        (
            "gst:rtspsrc user-pw='se cret' proxy-pw=secret ! decodebin",
            "gst:rtspsrc user-pw=*** proxy-pw=*** ! decodebin",
        ),
        (
            "gst:rtspsrc location=rtsp://h/1 user-pw=secret ! decodebin",
            "gst:rtspsrc location=rtsp://h/1 user-pw=*** ! decodebin",
        ),
    ],
)
def test_credentials_are_kept_out_of_what_is_printed(source: str, public: str) -> None:
    """Neither the settings' repr nor the public address shows a password."""
    camera = settings(source)
    assert camera.public_source == public
    assert "cret" not in repr(camera)
