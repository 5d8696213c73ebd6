"""A capture process per camera: it survives whatever the camera does, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.frame import Frame

Wait = Callable[[Callable[[], object]], None]


def settings(source: str, **more) -> CameraSettings:
    quick = {"max_fps": 30, "open_timeout_s": 2, "read_timeout_s": 0.5, "stale_after_s": 1.5}
    return CameraSettings(name="in-1-front", lane="in-1", source=source, **quick | more)


def children() -> set[int]:
    """Process ids of the capture processes that this process has now."""
    found = set()
    for pid in Path("/proc").iterdir():
        if not pid.name.isdigit():
            continue
        try:
            parent = int((pid / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"edge.cameras.child" in (pid / "cmdline").read_bytes():
                found.add(int(pid.name))
        except OSError:
            continue
    return found


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def capture(camera) -> Iterator[CameraProcess]:
    capture = CameraProcess(settings(camera.url))
    capture.start()
    yield capture
    capture.stop()


def next_frame(capture: CameraProcess, wait_for: Wait) -> Frame:
    frames: list[Frame] = []

    def taken() -> bool:
        frame = capture.latest()
        if frame is not None:
            frames.append(frame)
        return frame is not None

    wait_for(taken)
    return frames[0]


def shows(capture: CameraProcess, grey: int) -> Callable[[], bool]:
    def shown() -> bool:
        frame = capture.latest()
        return frame is not None and abs(float(frame.image.mean()) - grey) < 3

    return shown


def test_frames_arrive_with_their_times_and_only_the_newest(capture, camera, wait_for: Wait) -> None:
    """Frames are numbered as handed on, in the order of time; nothing is handed on twice."""
    first = next_frame(capture, wait_for)
    second = next_frame(capture, wait_for)
    assert (first.camera, first.number, second.number) == ("in-1-front", 0, 1)
    assert first.image.shape == (180, 320, 3)
    assert first.monotonic_s < second.monotonic_s
    assert first.captured_at <= second.captured_at
    assert first.captured_at.tzinfo is not None
    wait_for(lambda: capture.state.fps > 5)
    state = capture.state
    assert state.connected
    assert state.error is None
    assert state.frames >= 2
    camera.show(30, width=640, height=480)
    wait_for(shows(capture, 30))


def test_a_camera_that_is_switched_off_comes_back_by_itself(capture, camera, wait_for: Wait) -> None:
    """While it is away that is told with the reason; when it is back frames flow again."""
    wait_for(lambda: capture.state.connected and next_frame(capture, wait_for))
    camera.stop()
    wait_for(lambda: capture.state.error and not capture.state.connected)
    assert "127.0.0.1" in str(capture.state.error)
    assert capture.state.frame_age_s > 0
    camera.show(40)
    camera.start()
    wait_for(shows(capture, 40))
    wait_for(lambda: capture.state.connected and capture.state.error is None)
    assert capture.state.restarts > 0


@pytest.mark.parametrize("mode", ["stall", "garbage", "broken", "refuse"])
def test_a_camera_that_misbehaves_is_asked_again_until_it_behaves(capture, camera, mode: str, wait_for: Wait) -> None:
    """Silence, nonsense, halves of pictures and refusals all end the same way: frames flow again once the camera is well."""
    next_frame(capture, wait_for)
    camera.mode = mode
    if mode == "refuse":
        camera.stop()
        camera.start()
    asked = camera.requests
    wait_for(lambda: camera.requests > asked + 1)
    assert capture.state.connected is (mode != "refuse")
    camera.show(50)
    camera.mode = "stream"
    wait_for(shows(capture, 50))


def test_a_capture_that_hangs_is_killed_and_started_again(capture, wait_for: Wait) -> None:
    """A driver that never comes back holds up its own process only, and that not for long."""
    next_frame(capture, wait_for)
    (before,) = children()
    os.kill(before, signal.SIGSTOP)  # hangs, as in a driver
    wait_for(lambda: capture.state.restarts == 1)
    assert before not in children()
    seen = capture.state.frames
    wait_for(lambda: capture.state.frames > seen)
    assert capture.latest() is not None


def test_a_capture_that_dies_is_started_again(capture, wait_for: Wait) -> None:
    """Out of memory, a crash in a codec: frames flow again, and the numbers go on."""
    next_frame(capture, wait_for)
    (before,) = children()
    number = next_frame(capture, wait_for).number
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: capture.state.restarts == 1)
    wait_for(lambda: capture.state.error is None)
    assert next_frame(capture, wait_for).number > number


def test_a_capture_that_comes_up_slowly_is_waited_for(
    camera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_for: Wait
) -> None:
    """On a small machine with much to do its libraries take longer to load than a camera takes to answer."""
    monkeypatch.setattr("edge.cameras.capture._START_S", 0.0)
    loaded = tmp_path / "loaded"
    os.mkfifo(loaded)
    (tmp_path / "sitecustomize.py").write_text(f"open({str(loaded)!r}).read()\n")  # goes on when somebody has written
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""))))
    slow = CameraProcess(settings(camera.url, open_timeout_s=5, stale_after_s=5))
    slow.start()
    try:
        given_up_at_s = time.monotonic() + 7.0
        wait_for(lambda: time.monotonic() > given_up_at_s)
        assert slow.state.restarts == 0
        loaded.write_text("go on")
        next_frame(slow, wait_for)
        assert slow.state.restarts == 0
    finally:
        slow.stop()


def test_nothing_is_left_after_the_end(camera, wait_for: Wait) -> None:
    """Neither a process nor a file descriptor remains (the memory has no other name), also when stopped while starting."""
    before = descriptors()
    for wait_for_frames in (True, False):
        capture = CameraProcess(settings(camera.url))
        capture.start()
        if wait_for_frames:
            next_frame(capture, wait_for)
        capture.stop()
        assert capture.latest() is None
        assert not children()
    wait_for(lambda: descriptors() <= before)  # the camera's side, in this process too, notices a moment later


def test_a_capture_ends_with_its_node_however_that_ends(camera, wait_for: Wait) -> None:
    """A node killed outright leaves no process that still holds the camera."""
    program = (
        "import sys, threading, time\n"
        "from pathlib import Path\n"
        "from edge.cameras.capture import CameraProcess\n"
        "from edge.cameras.settings import CameraSettings\n"
        "capture = CameraProcess(CameraSettings(name='a', lane='b', source=sys.argv[1]))\n"
        "capture.start()\n"
        "while capture.latest() is None: time.sleep(0.01)\n"
        "tasks = Path('/proc/self/task').iterdir()\n"
        "print(''.join((task / 'children').read_text() for task in tasks), flush=True)\n"
        "threading.Event().wait()\n"
    )
    node = subprocess.Popen([sys.executable, "-c", program, camera.url], stdout=subprocess.PIPE)
    with node:
        assert node.stdout is not None
        child = int(node.stdout.readline())
        node.kill()
    wait_for(lambda: not Path(f"/proc/{child}/fd/0").exists())  # gone, or dead and not yet reaped by its new parent


def test_a_source_that_ends_or_cannot_be_opened_is_told(tmp_path: Path, wait_for: Wait) -> None:
    """The reason reaches the node, without the camera's password."""
    capture = CameraProcess(settings("rtsp://viewer:secret@127.0.0.1:9/stream"))
    capture.start()
    try:
        wait_for(lambda: capture.state.error)
        assert capture.state.error == (
            "cannot open rtsp://127.0.0.1:9/stream: connection refused; is the camera on, and the address right?"
        )
        assert not capture.state.connected
        assert capture.state.frame_age_s == float("inf")
    finally:
        capture.stop()


def test_a_video_file_plays_like_a_camera(video: Path, wait_for: Wait) -> None:
    """For trying things out: the file is played again and again."""
    capture = CameraProcess(settings(str(video)))
    capture.start()
    try:
        next_frame(capture, wait_for)
        wait_for(lambda: capture.state.restarts >= 1 and capture.latest())
    finally:
        capture.stop()
