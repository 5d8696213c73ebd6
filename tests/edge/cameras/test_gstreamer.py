"""Frames of real GStreamer pipelines, and what is told when one fails, ends or stalls."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.errors import SourceError
from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source

RED = "videotestsrc is-live=true pattern=red"
pytestmark = pytest.mark.skipif(
    shutil.which("gst-launch-1.0") is None,
    reason="GStreamer is not on this machine; on Debian: sudo apt install gstreamer1.0-tools gstreamer1.0-plugins-base",
)


def settings(pipeline: str, **more) -> CameraSettings:
    quick = {"width": 320, "height": 240, "max_fps": 30, "open_timeout_s": 10, "read_timeout_s": 1}
    return CameraSettings(name="in-1-front", lane="in-1", source=f"gst:{pipeline}", **quick | more)


def read(pipeline: str, **more) -> int:
    """Read to the end; how many frames came."""
    with open_source(settings(pipeline, **more)) as source:
        return sum(1 for _ in source.frames())


def pipelines() -> set[str]:
    """Process ids of the pipelines that run now."""
    found = set()
    for pid in Path("/proc").iterdir():
        try:
            if pid.name.isdigit() and (pid / "cmdline").read_bytes().startswith(b"gst-launch-1.0\0"):
                found.add(pid.name)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("width", [320, 322])
def test_frames_come_in_the_wanted_size(width: int) -> None:
    """Scaled, blue-green-red, and straight also where GStreamer pads its rows."""
    opened: list[bool] = []
    with open_source(settings(RED, width=width), on_open=lambda: opened.append(True)) as source:
        frames = source.frames()
        image, _ = next(frames)
        assert opened == [True]
        assert image.shape == (240, width, 3)
        assert abs(image.astype(int) - (0, 0, 255)).max() < 5
        later = [offset_s for _, (_, offset_s) in zip(range(3), frames, strict=False)]
        assert later == sorted(later)


def test_a_pipeline_ends_with_its_reader() -> None:
    """Nothing keeps the camera busy afterwards."""
    before = pipelines()
    with open_source(settings(RED)) as source:
        next(source.frames())
        assert len(pipelines() - before) == 1
    assert not pipelines() - before


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        ("videotestsrc num-buffers=2", "the GStreamer pipeline ended; try it by hand"),
        ("nosuchcamera", 'no element "nosuchcamera"'),
        ("filesrc location=/nowhere ! decodebin", "ended: ERROR: .*Resource not found"),
        ("videotestsrc pattern='red", "are its quotes closed"),
    ],
)
def test_a_pipeline_that_fails_is_told_in_its_own_words(pipeline: str, words: str) -> None:
    """What GStreamer complains of is what a person has to mend."""
    with pytest.raises(SourceError, match=words):
        read(pipeline)


def test_a_pipeline_that_never_begins_is_given_up() -> None:
    """The open time-out holds, though nothing in the pipeline has one."""
    with pytest.raises(SourceError, match=r"no frame from the GStreamer pipeline for 0\.5 s"):
        read("videotestsrc ! valve drop=true", open_timeout_s=0.5)


def test_a_pipeline_that_stalls_is_given_up() -> None:
    """So does the read time-out, after frames have come."""
    seen = []
    with (
        pytest.raises(SourceError, match=r"no frame from the GStreamer pipeline for 0\.3 s"),
        open_source(settings("videotestsrc ! video/x-raw,framerate=1/60 ! clocksync", read_timeout_s=0.3)) as source,
    ):
        seen.extend(image.shape for image, _ in source.frames())
    assert seen == [(240, 320, 3)]


def test_a_program_that_falls_silent_before_it_ends_is_told_as_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its complaints may end long before its frames do."""
    stand_in = tmp_path / "gst-launch-1.0"
    stand_in.write_text(
        "#!/bin/sh\nexec 2>&-\nfor word; do case $word in fd=*) into=${word#fd=};; esac; done\n"
        "head -c 691200 /dev/zero >&$into\n",  # three frames
        "utf-8",
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(SourceError, match="the GStreamer pipeline ended"):
        read("videotestsrc")


def test_a_pipeline_dies_with_its_capture_process(wait_for: Callable[[Callable[[], object]], None]) -> None:
    """The watchdog kills without asking; the pipeline behind must not keep the camera."""
    before = pipelines()
    capture = CameraProcess(settings(RED))
    capture.start()
    try:
        wait_for(lambda: capture.latest() is not None)
        (pipeline,) = pipelines() - before
        parent = int(Path(f"/proc/{pipeline}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(parent, 9)
        wait_for(lambda: pipeline not in pipelines())
        wait_for(lambda: capture.state.restarts == 1 and capture.latest() is not None)
    finally:
        capture.stop()
    wait_for(lambda: not pipelines() - before)
