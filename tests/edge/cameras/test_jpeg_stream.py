"""Whole JPEGs are cut from a stream of bytes."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from edge.cameras.jpeg_stream import JpegCutter


def picture(value: int) -> bytes:
    noise = np.random.default_rng(value).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return cv2.imencode(".jpg", noise)[1].tobytes()


def part(data: bytes) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500, 100_000])
def test_pictures_come_out_as_they_went_in(size: int) -> None:
    """However the network cuts the stream, every picture comes out whole and unchanged."""
    pictures = [picture(value) for value in range(4)]
    stream = b"".join(part(one) for one in pictures)
    cutter = JpegCutter()
    out = [one for at in range(0, len(stream), size) for one in cutter.feed(stream[at : at + size])]
    assert out == pictures


def test_a_preview_inside_the_header_does_not_end_the_picture() -> None:
    """A thumbnail in an APP1 segment has begin and end markers of its own; they are stepped over."""
    whole, preview = picture(1), picture(2)
    segment = b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview
    with_preview = whole[:2] + segment + whole[2:]
    assert JpegCutter().feed(part(with_preview)) == [with_preview]


def test_a_progressive_picture_is_whole() -> None:
    """A picture of many scans, with tables between them, ends at its last one."""
    noise = np.random.default_rng(3).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert JpegCutter().feed(part(data) + part(data)) == [data, data]


def test_a_picture_that_breaks_off_is_dropped_and_the_next_one_kept() -> None:
    """Half a picture is never glued to the next one: evidence must not show two moments."""
    broken, good = picture(1), picture(2)
    assert JpegCutter().feed(part(broken[: len(broken) // 2]) + part(good)) == [good]


def test_garbage_is_skipped_and_not_kept() -> None:
    """Noise between pictures changes nothing, and does not pile up."""
    rng = random.Random(5)
    cutter = JpegCutter()
    for _ in range(50):
        cutter.feed(bytes(rng.choice((0, 1, 0xD8, 0xFE)) for _ in range(1000)))
    assert len(cutter) < 10
    assert cutter.feed(part(picture(7))) == [picture(7)]
