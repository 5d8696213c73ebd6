"""A declaration as the platform sends it, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from central.store.declaration_records import DeclarationRecord, DeclarationState
from contract.messages import Direction, Slug
from contract.plate import normalise

Typed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]


class Declaration(BaseModel):
    """One version of one declaration. Fields that we do not know are left alone: platforms grow."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    declaration_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    version: Annotated[int, Field(ge=1, lt=2**31)]
    state: DeclarationState
    direction: Direction
    regime: Literal["import", "export", "transit"]
    gate: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    plate: Typed
    trailer_plate: Typed | None = None
    container_no: Typed | None = None
    goods: str = ""
    goods_class: Literal["fruit", "other", "new_vehicle"] = "other"
    expected_from: AwareDatetime
    expected_until: AwareDatetime
    confirmed_at: AwareDatetime | None = None
    """When its vehicle went through, by the platform's word; with the state `confirmed`."""
    lane: Slug | None = None
    """Through which lane."""
    declared_at: AwareDatetime
    updated_at: AwareDatetime
    declarant: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.expected_until < self.expected_from:
            raise ValueError("expected_until is before expected_from")
        if not normalise(self.plate):
            raise ValueError(f"plate {self.plate!r} holds no letter or digit")
        return self

    def as_record(self, gates: Mapping[str, str], received_at: datetime) -> DeclarationRecord:
        """As the store keeps it; `gates` maps the platform's names of gates to sites."""
        values = self.model_dump(exclude={"confirmed_at", "lane"})  # they stay in the version as it came
        values["gate"] = gates.get(self.gate, self.gate)
        return DeclarationRecord(**values, received_at=received_at, outcome=None)
