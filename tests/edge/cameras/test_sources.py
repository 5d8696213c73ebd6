"""Frames from files, folders, pipelines, and clear words about what cannot be opened."""

from __future__ import annotations

import os
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.errors import SourceError
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
        ("rtsp://viewer:secret@127.0.0.1:9/stream", "cannot open rtsp://127.0.0.1:9/stream"),
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


@pytest.fixture
def gst_launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the program of that name: writes down its arguments, then frames of raw BGR."""
    program = tmp_path / "bin" / "gst-launch-1.0"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\necho "$@" > "$0.arguments"\nfor grey in 1 2 3; do\n'
        'head -c 57600 /dev/zero | tr "\\\\0" "\\\\$grey"\ndone\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def test_a_gstreamer_pipeline_is_read_frame_by_frame(gst_launch: Path) -> None:
    """The pipeline gets a sink of the configured size; its end is an error, since a camera has none."""
    frames = []

    def watch() -> None:
        with open_source(settings("gst:videotestsrc ! queue", width=160, height=120, max_fps=60)) as source:
            for image, _ in source.frames():
                frames.append(int(image[0, 0, 0]))
                time.sleep(0.02)

    with pytest.raises(SourceError, match="pipeline ended"):
        watch()
    assert frames == [1, 2, 3]
    arguments = Path(f"{gst_launch}.arguments").read_text()
    assert "videotestsrc ! queue ! videoconvert" in arguments
    assert "format=BGR,width=160,height=120" in arguments


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
