"""Messages taken out of the broker's bytes, held against what the MQTT library makes and reads."""

from __future__ import annotations

import random

import pytest

from central.ingest.packets import Incoming, PacketStream

CONNACK, SUBACK, PINGRESP = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x01", b"\xd0\x00"


def number(value: int) -> bytes:
    """As MQTT writes lengths."""
    written = bytearray()
    while True:
        value, seven = divmod(value, 128)
        written.append(seven | (0x80 if value else 0))
        if not value:
            return bytes(written)


def sent(message: Incoming, properties: bytes | None = None, flags: int = 0) -> bytes:
    """A message as brokers send it."""
    topic = message.topic.encode()
    mid = message.mid.to_bytes(2) if message.qos else b""
    about = b"" if properties is None else number(len(properties)) + properties
    content = len(topic).to_bytes(2) + topic + mid + about + message.payload
    return bytes([0x30 | message.qos << 1 | message.retained | flags]) + number(len(content)) + content


MESSAGES = (
    Incoming("smartgate/v1/a/b/passage", b"{}", 1, 1, retained=False),
    Incoming("smartgate/v1/a/b/status", b"", 0, 0, retained=True),
    Incoming("biển/số", b"\x00\x82" * 90, 65535, 1, retained=True),
    Incoming("t", b"\xff" * 20_000, 258, 1, retained=False),
)


@pytest.mark.parametrize("properties", [None, b"", b"\x02\x00\x00\x00\x07", b"\x26" * 200], ids=str)
@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 100_000])
def test_messages_come_out_whole_and_in_order_however_the_bytes_come(properties: bytes | None, piece: int) -> None:
    """Messages and packets of other kinds, with and without MQTT 5's properties."""
    said = CONNACK + b"".join(sent(one, properties) + PINGRESP for one in MESSAGES) + SUBACK
    stream = PacketStream(has_properties=properties is not None)
    told = [one for at in range(0, len(said), piece) for one in stream.feed(said[at : at + piece])]
    expected: list[Incoming | bytes] = [CONNACK]
    for message in MESSAGES:
        expected += [message, PINGRESP]
    assert told == [*expected, SUBACK]


def test_a_message_sent_again_is_the_same() -> None:
    """The broker marks what it sends a second time."""
    (told,) = PacketStream(has_properties=False).feed(sent(MESSAGES[0], flags=0x08))
    assert told == MESSAGES[0]


@pytest.mark.parametrize(
    "odd",
    [
        sent(MESSAGES[0], flags=0x04),
        b"\x32\x03\x00\x09a",
        b"\x30\x01\x00",
        b"\x32\x04\x00\x01a\x00",
        b"\x30\xff\xff\xff\xff\x01",
    ],
    ids=["quality 2 or 3", "topic beyond its end", "no topic", "half a number", "a length without end"],
)
def test_what_is_no_message_as_expected_is_left_to_the_library(odd: bytes) -> None:
    """It knows what is wrong, and ends the connection where that is called for."""
    assert list(PacketStream(has_properties=False).feed(odd)) == [odd]


def test_properties_that_do_not_end_are_left_to_the_library() -> None:
    """A length that reaches beyond the packet, or is none."""
    for odd in (b"\x30\x04\x00\x01a\x05", b"\x30\x07\x00\x01a\xff\xff\xff\xff", b"\x30\x03\x00\x01a"):
        assert list(PacketStream(has_properties=True).feed(odd)) == [odd]


@pytest.mark.parametrize("has_properties", [False, True])
def test_noise_is_passed_on_and_never_fails(has_properties: bool) -> None:
    """Whatever a broker says: nothing is lost that is left to the library, and nothing raises."""
    rng = random.Random(7)
    for _ in range(2000):
        noise = bytes(rng.choice((0x30, 0x32, 0x00, 0x01, 0x80, rng.randrange(256))) for _ in range(rng.randrange(40)))
        for told in PacketStream(has_properties=has_properties).feed(noise):
            assert isinstance(told, Incoming) or told in noise
