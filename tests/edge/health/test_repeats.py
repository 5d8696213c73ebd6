"""Still pictures and loops are found through clocks and compressions; a live camera is never taken for either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.frame import Image
from edge.health.repeats import Repeats
from tests.edge.health.rendered import lane, taken

WIDTH = 320


def scene(light: str = "day") -> Image:
    return lane(light, WIDTH)


def live(seconds: float, fps: float, *, first: int = 0, noise: float = 2.5, light: str = "day") -> Iterator[Image]:
    for number in range(round(seconds * fps)):
        yield taken(scene(light), first + number, noise)


def with_clock(image: Image, number: int) -> Image:
    shown = image.copy()
    cv2.putText(shown, f"2026-03-02 09:{number % 60:02}", (6, 12), cv2.FONT_HERSHEY_PLAIN, 0.7, (255, 255, 255), 1)
    return shown


def through(repeats: Repeats, images: Iterable[Image], fps: float, from_s: float = 0.0) -> tuple[float, float, float]:
    """Longest stillness and longest loop that were told, and when it was at the end; in seconds."""
    still_s = looped_s = 0.0
    at_s = from_s
    for image in images:
        at_s += 1 / fps
        repeats.take(image, at_s)
        still_s, looped_s = max(still_s, repeats.still_s), max(looped_s, repeats.looped_s)
    return still_s, looped_s, at_s


@pytest.mark.parametrize("fps", [5, 25])
@pytest.mark.parametrize("light", ["day", "night"])
def test_a_frozen_picture_under_a_running_clock_is_still(fps: int, light: str) -> None:
    repeats = Repeats()
    noise = 2.5 if light == "day" else 4.4
    still_s, _, at_s = through(repeats, live(4, fps, noise=noise, light=light), fps)
    assert still_s == 0.0
    frozen = taken(scene(light), 1, noise)
    still_s, looped_s, _ = through(repeats, (with_clock(frozen, number) for number in range(8 * fps)), fps, at_s)
    assert still_s >= 7.0
    assert looped_s == 0.0


def decoded(folder: Path, name: str, count: int) -> tuple[Image, ...]:
    video = cv2.VideoCapture(str(folder / name))
    images = tuple(np.asarray(video.read()[1], np.uint8) for _ in range(count))
    video.release()
    return images


def test_a_frozen_picture_that_is_compressed_anew_is_still(tmp_path: Path) -> None:
    """A recorder between camera and node makes MPEG-4 of it: no frame equals the one before exactly."""
    writer = cv2.VideoWriter(str(tmp_path / "lane.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 5.0, (WIDTH, 180))
    alive, frozen = list(live(6, 5, noise=6.0)), taken(scene(), 900, 6.0)
    for number, image in enumerate(alive + [frozen] * 50):
        writer.write(with_clock(image, number))
    writer.release()
    images = decoded(tmp_path, "lane.mp4", 80)
    repeats = Repeats()
    still_s, _, at_s = through(repeats, images[:30], 5)
    assert still_s < 1.0
    still_s, _, _ = through(repeats, images[30:], 5, at_s)
    assert still_s >= 7.0


@pytest.mark.parametrize(("length_s", "fps"), [(2.0, 5), (3.4, 25), (6.0, 5), (10.0, 5), (10.0, 25)])
def test_a_stretch_of_video_that_comes_again_is_a_loop(length_s: float, fps: int) -> None:
    """Told within one round and a few seconds; no frame of it stands still."""
    repeats = Repeats()
    _, looped_s, at_s = through(repeats, live(4, fps), fps)
    assert looped_s == 0.0
    stretch = list(live(length_s, fps, first=1000))
    played = islice(cycle(stretch), round((length_s + 7.5) * fps))
    still_s, looped_s, _ = through(repeats, played, fps, at_s)
    assert looped_s >= 4.0
    assert still_s == 0.0


@settings(max_examples=12, deadline=None)
@given(
    noise=st.floats(1.0, 9.0),
    fps=st.sampled_from((4, 5, 8, 12.5)),
    light=st.sampled_from(("day", "night")),
    first=st.integers(0, 100_000),
    quality=st.none() | st.integers(50, 95),
)
def test_live_noise_is_neither_still_nor_a_loop(
    noise: float, fps: float, light: str, first: int, quality: int | None
) -> None:
    """An idle lane in any light and grain, as it is or as JPEG: its noise tells that it lives."""
    images = live(16, fps, first=first, noise=noise, light=light)
    if quality is not None:
        images = (
            np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8)
            for image in images
        )
    still_s, looped_s, _ = through(Repeats(), images, fps)
    assert still_s < 2.0
    assert looped_s == 0.0


def test_a_loop_of_which_few_pictures_come_is_a_loop() -> None:
    """Three seconds again and again, of which a picture comes every two seconds."""
    repeats = Repeats()
    _, _, at_s = through(repeats, live(6, 5), 5)
    stretch = list(live(3, 5, first=1000))
    _, looped_s, _ = through(repeats, (stretch[10 * number % 15] for number in range(20)), 0.5, at_s)
    assert looped_s >= 4.0


@pytest.mark.parametrize("quality", [60, 80])
def test_black_pictures_that_come_seldom_are_no_loop(quality: int) -> None:
    """Compression leaves little of their noise: they are alike, but not in turns."""
    repeats = Repeats()
    _, _, at_s = through(repeats, live(8, 5), 5)
    dark = (taken(np.asarray(scene() // 60, np.uint8), number, 2.6) for number in range(60))
    black = (cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for image in dark)
    seldom = (np.asarray(cv2.imdecode(image, cv2.IMREAD_COLOR), np.uint8) for image in black)
    _, looped_s, _ = through(repeats, seldom, 0.5, at_s)
    assert looped_s == 0.0
