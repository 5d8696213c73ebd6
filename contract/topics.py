"""The one map from topic to payload, quality of service and retain flag.

No topic string stands anywhere else. Root: `smartgate/v1/{site}/{node}/…`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from contract.errors import MessageError
from contract.messages import (
    SLUG_PATTERN,
    AccessList,
    BoothOpening,
    CameraHealth,
    Command,
    CommandResult,
    Committed,
    Evidence,
    LaneCount,
    Message,
    Metrics,
    Passage,
    Status,
    TicketNotice,
)

ROOT = "smartgate/v1"


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of topic: where it hangs below the node, and what it carries."""

    name: str
    suffix: str
    payload: type[Message]
    sender: Literal["edge", "central"]
    qos: Literal[0, 1]
    retain: bool
    about: str


TOPICS: tuple[Topic, ...] = (
    Topic("status", "status", Status, "edge", 1, True, "birth of a node, and its last will"),
    Topic("passage", "passage", Passage, "edge", 1, False, "one vehicle through one lane, or a revision"),
    Topic("evidence", "evidence", Evidence, "edge", 1, False, "a picture of a passage, after it"),
    Topic(
        "booth_opening", "booth/opening", BoothOpening, "edge", 1, False, "who opened a barrier at the booth, and why"
    ),
    Topic("lane_count", "lane/count", LaneCount, "edge", 1, False, "vehicles that loop and barrier of a lane counted"),
    Topic("camera_health", "camera/{camera}/health", CameraHealth, "edge", 1, True, "level of a camera"),
    Topic("metrics", "metrics", Metrics, "edge", 0, False, "vital signs of a node"),
    Topic("committed", "committed", Committed, "central", 1, True, "what central has on disk; replay requests"),
    Topic("access", "access", AccessList, "central", 1, True, "who may pass, signed and versioned"),
    Topic("command", "command", Command, "central", 1, False, "a wish, with id and expiry"),
    Topic("command_result", "command/result", CommandResult, "edge", 1, False, "what became of a command"),
    Topic("notice", "notice", TicketNotice, "central", 1, False, "tickets that opened, came back or are overdue"),
)

_BY_PAYLOAD = {topic.payload: topic for topic in TOPICS}
_BY_SUFFIX = {topic.suffix: topic for topic in TOPICS}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed topic: its kind, and whose it is."""

    topic: Topic
    site: str
    node: str
    camera: str | None = None


def topic_of(payload: type[Message]) -> Topic:
    """The topic kind that carries `payload`."""
    return _BY_PAYLOAD[payload]


def address_of(message: Message) -> str:
    """The full topic that `message` travels on, made from the names inside it."""
    topic = topic_of(type(message))
    suffix = topic.suffix.format(camera=getattr(message, "camera", ""))
    return f"{ROOT}/{message.site}/{message.node}/{suffix}"  # type: ignore[attr-defined]  # every payload in TOPICS has both


def subscription(payload: type[Message], *, site: str = "+", node: str = "+") -> str:
    """Topic filter for all messages of a kind, of one node or (by default) of all."""
    return f"{ROOT}/{site}/{node}/{topic_of(payload).suffix.format(camera='+')}"


@lru_cache(maxsize=4096)  # a node speaks on the same few topics for ever
def parse_address(topic: str) -> Address:
    """Take a full topic apart.

    Raises:
        MessageError: the topic is none of ours.

    """
    parts = topic.split("/")
    if "/".join(parts[:2]) != ROOT or len(parts) < 5:
        raise MessageError(f"expected a topic {ROOT}/<site>/<node>/…, got {topic!r}")
    site, node, rest = parts[2], parts[3], parts[4:]
    if not all(re.fullmatch(SLUG_PATTERN, part) for part in parts[2:]):
        raise MessageError(f"names in a topic are lower-case letters, digits and dashes, got {topic!r}")
    camera = None
    if len(rest) == 3 and rest[0] == "camera":
        camera, rest = rest[1], [rest[0], "{camera}", rest[2]]
    kind = _BY_SUFFIX.get("/".join(rest))
    if kind is None:
        raise MessageError(f"unknown kind of topic {topic!r}; known: {', '.join(sorted(_BY_SUFFIX))}")
    return Address(kind, site, node, camera)


def parse_message(topic: str, payload: bytes) -> Message:
    """Read a payload as what its topic says it is, and check that the names in both agree.

    Raises:
        MessageError: unknown topic, a payload that does not fit its model, or names that differ.

    """
    address = parse_address(topic)
    try:
        message = address.topic.payload.model_validate_json(payload)
    except ValueError as error:
        raise MessageError(f"payload of {topic} is no {address.topic.payload.__name__}: {error}") from error
    here = message.site == address.site and message.node == address.node  # type: ignore[attr-defined]  # as above
    if not here or (address.camera is not None and message.camera != address.camera):  # type: ignore[attr-defined]
        raise MessageError(f"a message on {topic} says that it belongs on {address_of(message)}")
    return message
