"""Passages read quickly: msgspec takes a quarter of the time that pydantic does, and most passages are sound.

What is read here pydantic would read too, and as the same; a test holds them against each other. Whatever is unusual is
left to pydantic, which also says what is wrong. The checks are those of the models themselves, translated once.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from annotated_types import Ge, Le, Lt
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from central.head import PassageHead
from contract.messages import Passage, UtcDatetime

_UUID: Final = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
_UNUSUAL_TIME: Final = re.compile(rb'at"\s*:\s*"(?:[^"]{28,}"|0001|9999)')
"""Finer than microseconds, which pydantic cuts off and msgspec rounds, or at the ends of time, where UTC has none."""


class _NotTranslatedError(TypeError):
    """Something of a model that only pydantic can check."""


def quick_head(site: str, node: str, payload: bytes) -> PassageHead | None:
    """The head of a passage that this node of this site tells; None where that is left to pydantic."""
    if b"\\" in payload or _UNUSUAL_TIME.search(payload):  # an escape may hide anything
        return None
    try:
        said: Any = _READ(payload)
    except (ValueError, RecursionError):
        return None
    if said.site != site or said.node != node:
        return None
    return PassageHead(
        said.passage_id,
        said.revision,
        site,
        node,
        said.lane,
        said.direction,
        said.first_seen_at.astimezone(UTC),
        said.last_seen_at.astimezone(UTC),
        said.cancelled,
        said.plate.text if said.plate else None,
        said.second_plate.text if said.second_plate else None,
        said.outbox_id,
        said.seq,
    )


def _struct(model: type[BaseModel]) -> type[msgspec.Struct]:
    """A struct with the fields of a model, and what the model checks of them together."""
    checks = [getattr(model, name) for name in model.__pydantic_decorators__.model_validators]

    def check(self: msgspec.Struct) -> None:
        for one in checks:
            one(self)

    return msgspec.defstruct(
        model.__name__,
        [_field(name, field) for name, field in model.model_fields.items()],
        namespace={"__post_init__": check} if checks else {},
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _field(name: str, field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _kind(field.annotation, field.metadata)
    if field.is_required():
        return name, kind
    if field.default_factory is not None:
        return name, kind, msgspec.field(default_factory=field.default_factory)  # type: ignore[arg-type]  # none of ours looks at the other fields
    return name, kind, field.default


def _kind(kind: Any, about: Iterable[Any] = ()) -> Any:  # noqa: ANN401 - types are values here
    """A type as msgspec has it; `about`: what is demanded of its values."""
    origin, parts = get_origin(kind), get_args(kind)
    if (kind, *about) == (AwareDatetime, *get_args(UtcDatetime)[1:]):
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if origin is Annotated:
        return _kind(parts[0], [*parts[1:], *about])
    if demanded := _demanded(about):
        return Annotated[_kind(kind), msgspec.Meta(**demanded)]
    if origin in (Union, types.UnionType):
        return Union[tuple(_kinds(parts))]  # noqa: UP007 - of so many as there are
    if origin in (tuple, dict):
        return origin[tuple(part if part is Ellipsis else _kind(part) for part in parts)]
    if origin is Literal or kind in (str, int, float, type(None)):
        return kind
    if kind is UUID:
        return Annotated[str, msgspec.Meta(pattern=_UUID)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Literal[tuple(one.value for one in kind)]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _struct(kind)
    raise _NotTranslatedError(f"no word for {kind}")


def _kinds(parts: Iterable[Any]) -> Iterable[Any]:
    """Those that can be translated: what has another of these types is left to pydantic."""
    for part in parts:
        try:
            yield _kind(part)
        except _NotTranslatedError:
            continue


def _demanded(about: Iterable[Any]) -> dict[str, Any]:
    demanded: dict[str, Any] = {}
    for one in about:
        if isinstance(one, FieldInfo):
            demanded |= _demanded(one.metadata)
        elif isinstance(one, Ge):
            demanded["ge"] = one.ge
        elif isinstance(one, Le):
            demanded["le"] = one.le
        elif isinstance(one, Lt) and isinstance(one.lt, int):
            demanded["le"] = one.lt - 1  # the same of whole numbers, and within what msgspec compares with
        elif isinstance(one, StringConstraints) and set(_said(one)) <= {"min_length", "max_length", "pattern"}:
            demanded |= {name: _pattern(value) if name == "pattern" else value for name, value in _said(one).items()}
        else:
            raise _NotTranslatedError(f"no word for {one}")
    return demanded


def _said(constraints: StringConstraints) -> dict[str, Any]:
    return {name: value for name, value in vars(constraints).items() if value is not None}


def _pattern(said: str) -> str:
    """A pattern in Python's words, where `$` lets a line end follow."""
    return said[:-1] + r"\Z" if said.endswith("$") else said


_READ: Final = msgspec.json.Decoder(_struct(Passage)).decode
