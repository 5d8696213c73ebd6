"""Frames of a real RTSP server through a capture process, whatever happens to the server, the stream and the cable."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.errors import SourceError
from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.cameras.sources import open_source

Wait = Callable[[Callable[[], object]], None]
Captures = Callable[..., CameraProcess]
RECOVERY_S = 10.0
"""What is promised: frames flow again so soon after a camera is well."""


DEFAULTS = {
    name: CameraSettings.model_fields[name].default for name in ("open_timeout_s", "read_timeout_s", "stale_after_s")
}


def settings(source: str, **more) -> CameraSettings:
    quick = {"max_fps": 30, "open_timeout_s": 2, "read_timeout_s": 1, "stale_after_s": 3}
    return CameraSettings(name="in-1-front", lane="in-1", source=source, **quick | more)


@pytest.fixture
def watch() -> Iterator[Captures]:
    """Starts capture processes that are stopped at the end."""
    captures: list[CameraProcess] = []

    def start(source: str, **more) -> CameraProcess:
        captures.append(CameraProcess(settings(source, **more)))
        captures[-1].start()
        return captures[-1]

    yield start
    for capture in captures:
        capture.stop()


def shows(
    capture: CameraProcess, grey: int, size: tuple[int, int] = (320, 240), *, since_s: float = 0.0
) -> Callable[[], bool]:
    """Whether the newest frame is whole, of that size, and of that grey: H.264 is stretched to the full range, JPEG is full."""

    def shown() -> bool:
        frame = capture.latest()
        if frame is None or frame.monotonic_s < since_s:
            return False
        seen = (frame.image.shape[1], frame.image.shape[0])
        greys = (grey, (grey - 16) * 255 / 219)
        return seen == size and any(abs(frame.image.astype(float) - wanted).max() < 6 for wanted in greys)

    return shown


def recovered(capture: CameraProcess, grey: int, what: str) -> None:
    """Within the promised time the camera shows that grey."""
    began_s = time.monotonic()
    shown = shows(capture, grey, since_s=began_s)
    while not shown():
        assert time.monotonic() - began_s < RECOVERY_S, f"{what}: no frame for {RECOVERY_S:.0f} s; {capture.state}"
        time.sleep(0.01)
    print(f"recovery after {what}: {time.monotonic() - began_s:.1f} s")


@pytest.mark.parametrize("stream", ["lane", "jpeg"])
def test_frames_arrive(watch: Captures, rtsp_camera, stream: str, wait_for: Wait) -> None:
    """H.264 and MJPEG over RTSP, as the camera sends them."""
    capture = watch(rtsp_camera.url.replace("lane", stream), **DEFAULTS)  # a stall of a busy machine is no fault
    wait_for(shows(capture, 128))
    rtsp_camera.say("show 60")
    wait_for(shows(capture, 60))
    wait_for(lambda: capture.state.connected)
    assert capture.state.restarts == 0


def test_a_server_that_is_killed_and_comes_back(watch: Captures, rtsp_camera, wait_for: Wait) -> None:
    """Its absence is told with the reason, and however long it was away, frames flow within ten seconds of its return."""
    capture = watch(rtsp_camera.url, **DEFAULTS)
    wait_for(shows(capture, 128))
    rtsp_camera.kill()
    wait_for(lambda: capture.state.restarts >= 4)  # the longest wait between two tries is reached
    wait_for(lambda: "connection refused" in (capture.state.error or ""))
    assert not capture.state.connected
    rtsp_camera.start("show 90")
    recovered(capture, 90, "a server killed and started again")


@pytest.mark.parametrize(
    ("mode", "connected", "words"),
    [
        ("mute", True, "or sent no picture for 1 s"),
        ("torn", True, "no picture"),
        ("noise", False, "expected RTSP, got b'"),
        ("dead", False, "nothing answers within"),
    ],
)
def test_a_stream_that_goes_bad(watch: Captures, cable, wait_for: Wait, mode: str, connected: bool, words: str) -> None:
    """Silence, broken pictures, noise and a dead line are told apart, and left behind as soon as the line is good."""
    capture = watch(cable.url)
    wait_for(shows(capture, 128))
    cable.mode = mode
    wait_for(lambda: words in (capture.state.error or ""))
    wait_for(lambda: capture.state.connected is connected)
    wait_for(lambda: capture.state.restarts >= 1)
    cable.mode = "good"
    recovered(capture, 128, f"a line that was {mode}")
    wait_for(lambda: capture.state.connected and capture.state.error is None)


def test_a_silent_camera_is_asked_again_and_another_does_not_notice(
    watch: Captures, rtsp_camera, cable, wait_for: Wait
) -> None:
    """A camera that answers and sends nothing, from the start: the other one's frames come without a pause or a restart."""
    cable.mode = "mute"
    good, silent = watch(rtsp_camera.url), watch(cable.url)
    wait_for(shows(good, 128))
    wait_for(lambda: good.state.frames > 0)
    oldest_s = 0.0

    def asked_again() -> bool:
        nonlocal oldest_s
        oldest_s = max(oldest_s, good.state.frame_age_s)
        return silent.state.restarts >= 1

    wait_for(asked_again)
    assert silent.state.connected
    assert silent.state.frames == 0
    assert "answers, but no picture came within 2 s" in (silent.state.error or "")
    assert good.state.restarts == 0
    assert oldest_s < good.settings.stale_after_s


@pytest.mark.parametrize("size", [(640, 480), (160, 112)])
def test_the_picture_size_changes(watch: Captures, rtsp_camera, wait_for: Wait, size: tuple[int, int]) -> None:
    """Larger or smaller, the next pictures are whole and new, without asking the camera again."""
    capture = watch(rtsp_camera.url, **DEFAULTS)  # a busy machine may take longer than the quick ones allow
    wait_for(shows(capture, 128))
    restarts = capture.state.restarts
    rtsp_camera.say(f"size {size[0]} {size[1]}")
    rtsp_camera.say("show 70")
    wait_for(shows(capture, 70, size))
    rtsp_camera.say("show 150")
    wait_for(shows(capture, 150, size))
    assert capture.state.restarts == restarts


def processes_that_show(secret: str) -> list[str]:
    """Programs of this machine whose arguments or environment hold the secret; only the test's own knows it."""
    found = []
    for pid in Path("/proc").iterdir():
        if not pid.name.isdigit() or int(pid.name) == os.getpid():
            continue
        for part in ("cmdline", "environ"):
            try:
                if secret.encode() in (pid / part).read_bytes():
                    found.append(f"{pid.name} {part}")
            except OSError:
                continue
    return found


def test_a_wrong_password_is_told_and_no_password_shown(watch: Captures, rtsp_camera, wait_for: Wait, capfd) -> None:
    """The camera's refusal is told as such; neither the right nor the wrong password stands anywhere to be read."""
    rtsp_camera.say("login viewer right-8c1f")
    url = rtsp_camera.url.replace("//", "//viewer:{}@")
    right, wrong = watch(url.format("right-8c1f")), watch(url.format("wrong-77ab"))
    wait_for(shows(right, 128))
    wait_for(lambda: "refuses this user name or password" in (wrong.state.error or ""))
    assert not wrong.state.connected
    told = f"{wrong.state} {right.state} {wrong.settings!r} {capfd.readouterr()}"
    for secret in ("right-8c1f", "wrong-77ab"):
        assert secret not in told
        assert processes_that_show(secret) == []


@pytest.mark.parametrize(
    ("path", "login", "words"),
    [
        ("lane", "viewer x", r"asks for a login \(status 401\); write rtsp://"),
        ("other", "", r"no such stream \(status 404\)"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(rtsp_camera, path: str, login: str, words: str) -> None:
    """A login that is missing, a path that is wrong."""
    if login:
        rtsp_camera.say(f"login {login}")
    with (
        pytest.raises(SourceError, match=words),
        open_source(settings(rtsp_camera.url.replace("lane", path))) as source,
    ):
        next(source.frames())


def resources() -> dict[str, int]:
    """What a leak would show in: of this process, and in shared memory."""
    # databases and browsers of other tests have files there, too
    ours = [one for one in Path("/dev/shm").iterdir() if one.name.startswith(("smartgate-frame", "psm_"))]
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "resident KiB": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "mapped slots": Path("/proc/self/maps").read_text().count("smartgate-frame"),
        "named shared memory": len(ours),
    }


def capture_pid() -> int | None:
    """The capture process of this process, if there is one now."""
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            try:
                if b"edge.cameras.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return int(pid)
            except OSError:
                continue
    return None


@pytest.mark.timeout(7200)
def test_kill_and_restart_leaks_nothing(rtsp_camera, wait_for: Wait) -> None:
    """However often the capture is killed: same memory, descriptors, threads. SMARTGATE_KILLS=1000 does it in full."""
    kills = int(os.environ.get("SMARTGATE_KILLS", "6"))
    capture = CameraProcess(settings(rtsp_camera.url), backoff_s=(0.01, 0.02))
    outside = resources()
    capture.start()
    try:
        settled: dict[str, int] = {}
        killed_s = 0.0
        for kill in range(1, kills + 1):
            wait_for(shows(capture, 128, since_s=killed_s))
            if kill == 3:  # by now everything that is made once has been made
                settled = resources()
            if kill in (3, kills) or kill % 100 == 0:
                print(kill, resources())
            before, victim = capture.state.restarts, capture_pid()
            assert victim is not None
            os.kill(victim, 9)
            wait_for(lambda before=before: capture.state.restarts > before)
            killed_s = time.monotonic()
        wait_for(shows(capture, 128, since_s=killed_s))
        print("restarts:", capture.state.restarts)
        after = resources()
    finally:
        capture.stop()
    growth = after.pop("resident KiB") - settled.pop("resident KiB")
    assert growth < 8 * 1024
    assert after == settled
    left = resources()
    assert {key: left[key] for key in settled} == {key: outside[key] for key in settled}
    assert capture_pid() is None
