"""What central tells other programs of its tickets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contract.message_base import Message, Model, UtcDatetime
from contract.vocabulary import Severity, Slug

Count = Annotated[int, Field(ge=0)]


class TicketNews(Model):
    """What happened to one ticket."""

    ticket_id: Annotated[int, Field(ge=1)]
    event: Literal["opened", "reopened", "overdue"]
    at: UtcDatetime
    site: Slug
    node: Slug | None = None
    camera: Slug | None = None
    lane: Slug | None = None
    cause: str
    """A `HealthReason` or `NodeTrouble`."""
    severity: Severity
    state: str
    """How far the ticket has come now."""
    devices: Annotated[int, Field(ge=1)] = 1
    """How many devices it is about."""
    assignee: str = ""


class TicketNotice(Message):
    """Tickets that opened, came back, or are overdue; all that happened at about the same time in one message."""

    site: Slug
    """`central`: a notice concerns several gates at once."""
    node: Slug
    """`fleet`."""
    notice_id: Annotated[int, Field(ge=1)]
    made_at: UtcDatetime
    opened: Count
    reopened: Count
    overdue: Count
    unsettled: Count
    """Tickets that are not closed, these included."""
    news: tuple[TicketNews, ...]
    """The gravest first."""
    more: Count = 0
    """How many more there are than `news` has room for."""
