"""`smartgate diagnose`: the JSON that programs lean on, of clips that it has never seen and of streams that are silent."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.frame import Image
from tests.edge.health.rendered import FPS, lane, taken

WIDTH, HEIGHT = 640, 360
COMMAND = [sys.executable, "-m", "cli", "diagnose"]


def scene() -> Image:
    return lane("day", WIDTH)


def moved() -> Image:
    matrix = np.array([[1, 0, 40.0], [0, 1, 12.0]])
    return np.asarray(cv2.warpAffine(scene(), matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def clip(path: Path, scenes: Iterable[Image]) -> Path:
    """A video at five pictures a second."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    for number, one in enumerate(scenes):
        writer.write(taken(one, number, 4.0))
    writer.release()
    return path


def diagnose(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [*COMMAND, "--json", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=100
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture(scope="module", autouse=True)
def silent_stream() -> Iterator[subprocess.Popen[str]]:
    """The command at an address where nobody answers. It must wait for a while, and does so beside the other tests."""
    command = [*COMMAND, "--json", "--seconds", "13", "rtsp://127.0.0.1:9/none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        yield running
        if running.poll() is None:
            running.kill()


def assert_documented(lines: list[dict[str, Any]]) -> None:
    """Exactly the documented keys, in their order, with their kinds; the summary tells what the lines told."""
    *changes, summary = lines
    codes: dict[str, float] = {}
    for change in changes:
        assert list(change) == ["at_s", "level", "reasons", "unjudged"]
        assert change["level"] in {"unknown", "ok", "degraded", "failed"}
        assert all(isinstance(why, str) for why in change["unjudged"].values())
        for reason in change["reasons"]:
            assert list(reason) == ["code", "severity", "measure", "limit"]
            assert reason["severity"] in {"slight", "moderate", "severe"}
            assert isinstance(reason["measure"], int | float)
            assert isinstance(reason["limit"], int | float)
            codes.setdefault(reason["code"], change["at_s"])
    assert [change["at_s"] for change in changes] == sorted(change["at_s"] for change in changes)
    assert list(summary) == ["summary", "frames", "duration_s", "level", "worst", "reasons"]
    assert summary["summary"] is True
    assert summary["level"] == changes[-1]["level"]
    assert summary["reasons"] == [{"code": code, "first_at_s": at_s} for code, at_s in codes.items()]


def test_a_fault_in_the_middle_of_a_clip_is_told_with_its_time(tmp_path: Path) -> None:
    """Twenty seconds that were never seen before: well, then dark for seven of them, then well again."""
    dark = np.full_like(scene(), 3)
    status, lines, _ = diagnose(clip(tmp_path / "lane.mp4", (dark if 35 <= at < 70 else scene() for at in range(100))))
    assert status == 0
    assert_documented(lines)
    *changes, summary = lines
    assert [change["level"] for change in changes] == ["unknown", "ok", "failed", "ok"]
    assert changes[0]["unjudged"]["moved"] == "no_reference"
    (reason,) = changes[2]["reasons"]
    assert (reason["code"], reason["severity"]) == ("dark", "severe")
    assert reason["measure"] < reason["limit"]
    assert 7.0 < changes[2]["at_s"] < 14.0 < changes[3]["at_s"]
    assert (summary["frames"], summary["level"], summary["worst"]) == (100, "ok", "failed")
    assert summary["duration_s"] == pytest.approx(19.8, abs=0.3)


def test_with_a_reference_a_camera_that_was_moved_before_is_told(tmp_path: Path) -> None:
    """By one picture or by a clip of better days."""
    video = clip(tmp_path / "moved.mp4", [moved()] * 35)
    picture = tmp_path / "reference.png"
    cv2.imwrite(str(picture), taken(scene(), 900, 4.0))
    for reference in (picture, clip(tmp_path / "reference.mp4", [scene()] * 15)):
        status, lines, _ = diagnose(video, "--reference", reference)
        assert status == 0
        assert_documented(lines)
        assert [reason["code"] for reason in lines[-1]["reasons"]] == ["moved"]
        assert lines[-1]["level"] == "failed"


def with_gap(path: Path, after: int, gap_s: float) -> None:
    """Let the frames of an MP4 file from number `after` on come so much later: its table of times is written anew."""
    data = path.read_bytes()
    sizes, at, end = [], 0, len(data)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        while data[at + 4 : at + 8] != name:
            at += struct.unpack_from(">I", data, at)[0]
            assert at < end
        sizes.append(at)
        at += 8
    entries, frames, step = struct.unpack_from(">III", data, at + 4)
    assert entries == 1
    longer = round(step * (1 + gap_s * FPS))
    table = struct.pack(">7I", 3, after - 1, step, 1, longer, frames - after, step)
    grown = bytearray(data[: at + 4] + table + data[at + 16 :])
    for place in sizes:
        struct.pack_into(">I", grown, place, struct.unpack_from(">I", data, place)[0] + 16)
    path.write_bytes(grown.replace(b"edts", b"free"))  # else it ends when it would have ended without the gap


def test_a_gap_in_the_times_of_a_file_is_a_stream_without_frames(tmp_path: Path) -> None:
    """A recorder notes that nothing came by writing nothing: the times tell."""
    video = clip(tmp_path / "gap.mp4", [scene()] * 45)
    with_gap(video, 20, 8.0)
    status, lines, _ = diagnose(video)
    assert status == 0
    assert_documented(lines)
    *changes, summary = lines
    assert [change["level"] for change in changes] == ["unknown", "ok", "failed", "ok"]
    assert [reason["code"] for reason in changes[2]["reasons"]] == ["no_frames"]
    assert 6.5 < changes[2]["at_s"] < 12.0
    assert summary["frames"] == 45
    assert summary["duration_s"] == pytest.approx(16.8, abs=0.3)


def test_what_is_no_video_is_said_plainly(tmp_path: Path) -> None:
    """On standard error, with status 1, and nothing that looks like a verdict."""
    text = tmp_path / "notes.mp4"
    text.write_text("bring the ladder")
    for source, told in ((text, "is no video that can be decoded"), (tmp_path / "missing.mp4", "does not exist")):
        status, lines, errors = diagnose(source)
        assert (status, lines) == (1, [])
        assert str(source) in errors
        assert told in errors


def test_for_people_each_change_is_a_line_and_the_last_one_sums_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, str(clip(tmp_path / "lane.mp4", [scene()] * 20))],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0
    *_, well, verdict = done.stdout.splitlines()
    assert well.split()[1:] == ["s", "ok"]
    assert verdict == "20 frames, 3.8 s; ok at the end; nothing wrong was seen"


def test_a_stream_that_does_not_answer_is_lost(silent_stream: subprocess.Popen[str]) -> None:
    """Told once the time to start has passed; then the summary, and no error: the verdict is the answer."""
    told, _ = silent_stream.communicate(timeout=100)
    lines = [json.loads(line) for line in told.splitlines()]
    assert silent_stream.returncode == 0
    assert_documented(lines)
    assert [reason["code"] for reason in lines[-2]["reasons"]] == ["signal_lost"]
    assert (lines[-1]["frames"], lines[-1]["level"]) == (0, "failed")
