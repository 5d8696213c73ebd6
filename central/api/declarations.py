"""Declarations pushed by whoever has a key for it; what the connectors have read, and what the platform was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.api.guard import Declares, SeesDevices, SeesTraffic, WebPart
from central.api.models import Answer, PageOf
from central.api.tags import TaggedRoute
from central.platform.declaration import Declaration
from central.platform.faults import Fault, faults_of
from central.platform.intake import Intake, Item, Taken

declaration_routes = APIRouter(tags=["declarations"], route_class=TaggedRoute)
_LONGEST_NAME = 63


class PushRequest(BaseModel):
    """Declarations as in docs/platform.md; each is judged by itself."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[Any], Field(min_length=1, max_length=500)]


class FaultAnswer(Answer):
    """Why an item was put aside; what names a person is not quoted."""

    field: str
    expected: str
    came: str


class ItemAnswer(Answer):
    """What became of an item."""

    declaration_id: str | None
    """Null where the item is no declaration."""
    verdict: Literal["new", "known", "older", "aside"]
    """`known`: the same version has come before; `older`: a later one is here; `aside`: it does not fit."""
    faults: tuple[FaultAnswer, ...] = ()


class PushAnswer(Answer):
    """Item by item, in the order of the question; and how many there are of each verdict."""

    items: tuple[ItemAnswer, ...]
    new: int
    known: int
    older: int
    aside: int


@declaration_routes.post("/declarations")
def push_declarations(web: WebPart, me: Declares, pushed: PushRequest) -> PushAnswer:
    """Bring declarations in, up to 500 at once: each version counts once, however often it comes.

    What does not fit is put aside with the reason; the rest is taken.
    """
    items = tuple(map(_item, pushed.items))
    intake = Intake(web.store, f"push {me.name}"[:_LONGEST_NAME], "push", {})
    with web.store.transaction(datetime.now(UTC)) as transaction:
        results = intake.take(transaction, items)
    answers = tuple(_answer(item, result) for item, result in zip(items, results, strict=True))
    return PushAnswer(items=answers, **_counts(answer.verdict for answer in answers))


def _item(raw: object) -> Item:
    try:
        return Item(raw, "", Declaration.model_validate(raw))
    except ValidationError as error:
        return Item(raw, "", faults_of(error))


def _answer(item: Item, result: Taken | tuple[Fault, ...]) -> ItemAnswer:
    declaration_id = item.meant.declaration_id if isinstance(item.meant, Declaration) else None
    if isinstance(result, Taken):
        return ItemAnswer(declaration_id=declaration_id, verdict=result.value)
    faults = tuple(map(FaultAnswer.model_validate, result))
    return ItemAnswer(declaration_id=declaration_id, verdict="aside", faults=faults)


def _counts(verdicts: Iterable[str]) -> dict[str, int]:
    return dict.fromkeys((*Taken, "aside"), 0) | Counter(verdicts)


class TallyAnswer(Answer):
    """How many items came, how many said something new, how many were put aside."""

    items: int
    new: int
    aside: int


class ConnectorAnswer(Answer):
    """A way in which declarations come."""

    name: str
    kind: str
    """`rest`, `folder` or `push`."""
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str
    """Why nothing comes now; empty while it does."""
    tally: TallyAnswer


class FileAnswer(Answer):
    """A file that was read, or is being read (`read_at` is null)."""

    source: str
    name: str
    began_at: datetime
    read_at: datetime | None
    rows: int
    tally: TallyAnswer
    """So far."""
    failure: str


@declaration_routes.get("/connectors")
def list_connectors(web: WebPart, _: SeesDevices) -> PageOf[ConnectorAnswer]:
    """Where declarations come from, and whether they do. What is aside stands in `/dead-letters`."""
    return PageOf(items=tuple(map(ConnectorAnswer.model_validate, web.store.connectors.list())), next_cursor=None)


@declaration_routes.get("/connectors/files")
def list_files(web: WebPart, _: SeesDevices, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> PageOf[FileAnswer]:
    """Exported files that were read, the latest first."""
    return PageOf(
        items=tuple(map(FileAnswer.model_validate, web.store.connectors.files(limit=limit))), next_cursor=None
    )


class WriteBackAnswer(Answer):
    """Something that the platform is told of a declaration."""

    declaration_id: str
    number: int
    """Counts what it is told of this declaration."""
    payload: Mapping[str, Any]
    queued_at: datetime
    due_at: datetime | None
    """When it is tried (again); null once it is over."""
    tries: int
    accepted: bool | None
    """What the platform said; null while it has not, or where something newer took its place before it did."""
    answer: str
    """What came last."""


@declaration_routes.get("/connectors/write-backs")
def list_write_backs(
    web: WebPart, _: SeesTraffic, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> PageOf[WriteBackAnswer]:
    """What the platform is told of what was seen, the latest first."""
    records = web.store.write_backs.list(limit=limit)
    return PageOf(items=tuple(map(WriteBackAnswer.model_validate, records)), next_cursor=None)
