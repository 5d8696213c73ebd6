"""What waits for a person, and what people decide of it."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from central.api.guard import Decides, SeesTraffic, WebPart
from central.api.models import Answer, PageOf
from central.decisions import WHY_CHARACTERS, DecisionDesk, DecisionRefusedError, Refusal
from central.queue import Case, waiting_cases
from central.store.decision_records import DecisionKind, DecisionRecord
from central.store.outcome_records import OutcomeKind

decision_routes = APIRouter(tags=["decisions"])
_CONFLICTS = (Refusal.CHANGED, Refusal.TAKEN, Refusal.NOTHING_TO_UNDO)
_MISSING = (Refusal.NO_PASSAGE, Refusal.NO_DECLARATION)


class CaseAnswer(Answer):
    """A passage that waits for a person."""

    passage_id: UUID
    site: str
    seen_at: datetime
    outcome: OutcomeKind
    level: int
    """Expected harm, 0–100: `probability` times `harm` times ten; the list is in its order."""
    harm_of: OutcomeKind
    """What the harm would be."""
    probability: float
    harm: int
    """1–10."""

    @classmethod
    def of(cls, case: Case) -> Self:
        """With its rank."""
        waiting, rank = case.waiting, case.rank
        return cls(
            passage_id=waiting.passage_id,
            site=waiting.site,
            seen_at=waiting.seen_at,
            outcome=waiting.outcome,
            level=rank.level,
            harm_of=rank.kind,
            probability=rank.probability,
            harm=rank.harm,
        )


class DecisionAnswer(Answer):
    """A decision, and what it was made on."""

    passage_id: UUID
    number: int
    """Counts the decisions of the passage from 1; send the highest as `version` with the next."""
    kind: DecisionKind
    by: str
    at: datetime
    why: str
    plate: str | None
    declaration_id: str | None
    undoes: int | None
    revision: int
    read: str | None
    """What the camera had read: that stays as it was."""
    said: OutcomeKind | None
    said_declaration_id: str | None
    said_score: float


class DecisionRequest(BaseModel):
    """What was decided."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    kind: DecisionKind
    version: Annotated[int, Field(ge=0, lt=2**31)]
    """How many decisions of the passage were known to whoever decides; 0 for the first."""
    why: Annotated[str, Field(max_length=WHY_CHARACTERS)] = ""
    plate: Annotated[str, Field(max_length=32)] = ""
    """With `correct`: what stands there, as people type it."""
    declaration_id: Annotated[str, Field(max_length=64)] = ""
    """With `link`."""


@decision_routes.get("/queue")
def list_queue(
    web: WebPart,
    _: SeesTraffic,
    site: Annotated[str | None, Query(max_length=63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PageOf[CaseAnswer]:
    """Passages of the last seven days that wait for a person, the worst first."""
    cases = waiting_cases(web.store, datetime.now(UTC), site=site)
    return PageOf(items=tuple(map(CaseAnswer.of, cases[:limit])), next_cursor=None)


@decision_routes.get("/passages/{passage_id}/decisions")
def list_decisions(web: WebPart, _: SeesTraffic, passage_id: UUID) -> PageOf[DecisionAnswer]:
    """All that people decided of a passage, the oldest first; an undo is a decision, too."""
    if web.store.passages.get(passage_id) is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no passage {passage_id}")
    found = web.store.decisions.of_passage(passage_id)
    return PageOf(items=tuple(map(DecisionAnswer.model_validate, found)), next_cursor=None)


@decision_routes.post("/passages/{passage_id}/decisions")
def decide(web: WebPart, me: Decides, passage_id: UUID, body: DecisionRequest) -> DecisionAnswer:
    """Decide, or (`undo`) take the last decision back. Told twice, it counts once.

    409: somebody was first; `detail` says who. 400: it makes no sense for this passage.
    """
    desk = DecisionDesk(web.store)
    try:
        record: DecisionRecord
        if body.kind is DecisionKind.UNDO:
            record = desk.undo(passage_id, version=body.version, actor=me.name, why=body.why)
        else:
            record = desk.decide(
                passage_id,
                body.kind,
                version=body.version,
                actor=me.name,
                why=body.why,
                plate=body.plate,
                declaration_id=body.declaration_id,
            )
    except DecisionRefusedError as error:
        status = HTTPStatus.CONFLICT if error.refusal in _CONFLICTS else HTTPStatus.BAD_REQUEST
        if error.refusal in _MISSING:
            status = HTTPStatus.NOT_FOUND
        raise HTTPException(status, str(error)) from error
    return DecisionAnswer.model_validate(record)
