"""What central needs to know of a passage to keep it: the head of its message, whose text is kept as it came."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from contract.messages import Passage


class PassageHead(NamedTuple):
    """Plain values of a checked message, cheap to hand from one process to another. `plate`: as it was read."""

    passage_id: str
    revision: int
    site: str
    node: str
    lane: str
    direction: str
    first_seen_at: datetime
    last_seen_at: datetime
    cancelled: str | None
    plate: str | None
    second_plate: str | None
    outbox_id: str
    seq: int


def head_of(message: Passage) -> PassageHead:
    """The head of a message."""
    return PassageHead(
        str(message.passage_id),
        message.revision,
        message.site,
        message.node,
        message.lane,
        message.direction.value,
        message.first_seen_at,
        message.last_seen_at,
        message.cancelled.value if message.cancelled else None,
        message.plate.text if message.plate else None,
        message.second_plate.text if message.second_plate else None,
        str(message.outbox_id),
        message.seq,
    )
