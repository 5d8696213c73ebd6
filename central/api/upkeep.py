"""What could not be taken in, kept with the reason; and which pictures were deleted on purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query

from central.api.guard import SeesDevices, SeesTraffic, WebPart
from central.api.models import Answer, PageOf
from central.api.tags import TaggedRoute
from central.rights import Right
from central.store.evidence import DeletedWhy
from central.store.intake import DeadLetterRecord

upkeep_routes = APIRouter(tags=["upkeep"], route_class=TaggedRoute)
_REASON_WITHOUT_VALUES = "see a role that sees traffic: the reason quotes the message"


class PutAsideAnswer(Answer):
    """A message, or a row of the platform, that could not be taken in; the same one again only counts up."""

    dead_letter_id: int
    source: str
    """Its topic, or `platform` and the name of the connector."""
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    payload: str | None
    """As it came, what is no text replaced; null for roles that see no traffic."""

    @classmethod
    def of(cls, record: DeadLetterRecord, *, with_content: bool) -> Self:
        """Messages and what is wrong with them may name plates."""
        told = {name: getattr(record, name) for name in ("dead_letter_id", "source", "count", "first_at", "last_at")}
        if not with_content:
            return cls(**told, reason=_REASON_WITHOUT_VALUES, payload=None)
        return cls(**told, reason=record.reason, payload=record.payload.decode(errors="replace"))


@upkeep_routes.get("/dead-letters")
def list_dead_letters(
    web: WebPart, me: SeesDevices, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> PageOf[PutAsideAnswer]:
    """What could not be taken in, the latest first."""
    sees = me.may(Right.TRAFFIC)
    letters = web.store.dead_letters.list(limit=limit)
    items = tuple(PutAsideAnswer.of(letter, with_content=sees) for letter in letters)
    return PageOf(items=items, next_cursor=None)


class DeletionAnswer(Answer):
    """A picture that was deleted on purpose."""

    sha256: str
    passage_id: UUID
    kind: str
    camera: str
    captured_at: datetime
    size_bytes: int
    deleted_at: datetime
    why: DeletedWhy
    """`time`: kept as long as it may be; `quota`: all of them together took more than they may."""


@upkeep_routes.get("/evidence-deletions")
def list_deletions(
    web: WebPart,
    _: SeesTraffic,
    *,
    passage_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PageOf[DeletionAnswer]:
    """Pictures that were deleted on purpose, the latest first."""
    records = web.store.evidence.deletions(passage_id=passage_id, limit=limit)
    return PageOf(items=tuple(map(DeletionAnswer.model_validate, records)), next_cursor=None)
