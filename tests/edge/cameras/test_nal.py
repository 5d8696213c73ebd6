"""What says how large pictures are is found in a stream."""

from __future__ import annotations

import pytest

from edge.cameras.nal import parameter_set

START = b"\x00\x00\x01"
H264 = {"size": b"\x67\x42\xc0\x15", "other": b"\x68\xce\x3c\x80", "picture": b"\x65\x88\x84"}
HEVC = {"size": b"\x42\x01\x01\x02", "other": b"\x44\x01\xc1\x73", "picture": b"\x26\x01\xaf\x09"}


@pytest.mark.parametrize(("codec", "units"), [("h264", H264), ("hevc", HEVC)])
@pytest.mark.parametrize("start", [START, b"\x00" + START])
def test_the_parameter_set_is_found_wherever_it_stands(codec: str, units: dict[str, bytes], start: bytes) -> None:
    """Start codes have three bytes or four; other units may stand before and behind."""
    stream = start + units["other"] + start + units["size"] + start + units["picture"]
    assert parameter_set(stream, codec) == units["size"]
    assert parameter_set(start + units["size"], codec) == units["size"]


@pytest.mark.parametrize("data", [b"", START, b"\x00\x00\x00", START + H264["picture"]])
def test_there_may_be_none(data: bytes) -> None:
    """Most packets hold pictures only."""
    assert parameter_set(data, "h264") is None
