"""What a node has on disk until central has it too, and the index of its pictures: one SQLite file."""

from __future__ import annotations

from edge.outbox.outbox import Outbox, OutboxCounts, Pending
from edge.outbox.pictures import Picture, PictureIndex, Place, Usage

__all__ = ["Outbox", "OutboxCounts", "Pending", "Picture", "PictureIndex", "Place", "Usage"]
