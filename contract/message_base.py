"""What all messages are made of: their base, and the kinds of values in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contract.vocabulary import Slug, TimeQuality

SCHEMA_VERSION: Final = 1


def _to_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"expected a time that UTC can say, got {at.isoformat()}") from error


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware time, turned to UTC. A time without a zone is refused."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


def _in_order(run: tuple[int, int]) -> tuple[int, int]:
    if run[0] > run[1]:
        raise ValueError(f"a run goes from its first number to its last, got {run[0]} to {run[1]}")
    return run


SeqRange = Annotated[tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]], AfterValidator(_in_order)]
"""First and last sequence number of a run, both included."""


class Model(BaseModel):
    """Base of every part of a message: frozen, unknown keys refused, bytes as URL-safe base64 in JSON.

    Numbers are finite: JSON has no word for infinity, so it would not come back.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Message(Model):
    """Base of every payload on the wire."""

    schema_version: Literal[1] = SCHEMA_VERSION


class Stamp(Model):
    """When a message was made, by a clock that may be wrong, and how to tell."""

    at: UtcDatetime
    boot_id: UUID
    monotonic_s: Annotated[float, Field(ge=0)]
    time_quality: TimeQuality


class Numbered(Message):
    """A message that central acknowledges: numbered 1, 2, 3 … without gaps within one outbox.

    `outbox_id` names the outbox that counts: a node with a new disk begins a new outbox at 1, and its
    numbers never mix with those of the old one.
    """

    site: Slug
    node: Slug
    outbox_id: UUID
    seq: Annotated[int, Field(ge=1, lt=2**63)]
    stamp: Stamp
