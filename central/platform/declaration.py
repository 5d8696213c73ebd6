"""A declaration as the platform sends it, checked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from central.store.declaration_records import (
    Confirmation,
    ConfirmingForce,
    DeclarationRecord,
    DeclarationState,
    DriverType,
    Regime,
    Verdict,
)
from contract.messages import Direction, Slug
from contract.plate import PlateCountry, normalise


def _nothing_is_empty(value: object) -> object:
    return "" if value is None else value


Typed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=32)]
"""A plate or a number as a person typed it."""


_NothingIsEmpty = BeforeValidator(_nothing_is_empty)
_Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64), _NothingIsEmpty]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _NothingIsEmpty]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), _NothingIsEmpty]


class Said(BaseModel):
    """What one force says."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    force: ConfirmingForce
    verdict: Verdict
    at: AwareDatetime | None = None
    officer: _Line = Field(default="", repr=False)


class Declaration(BaseModel):
    """One version of one declaration. Fields that we do not know are left alone: platforms grow."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    declaration_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    version: Annotated[int, Field(ge=1, lt=2**31)]
    state: DeclarationState
    direction: Direction
    regime: Regime
    gate: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=63)]
    yard: _Words = ""
    plate: Typed
    nationality: PlateCountry | None = None
    """Of the vehicle."""
    trailer_plate: Typed | None = None
    container_no: Typed | None = None
    container_size_ft: Literal[20, 40, 45] | None = None
    seal: _Words = ""
    transship_plate: Typed | None = None
    """The vehicle that the goods are loaded over to."""
    driver_name: _Line = Field(default="", repr=False)
    driver_document: _Words = Field(default="", repr=False)
    driver_type: DriverType | None = None
    goods: _Text = ""
    goods_class: Literal["fruit", "other", "new_vehicle"] = "other"
    weight_kg: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None
    """Of the goods."""
    customs_no: _Words = ""
    fee_class: _Line = ""
    fee_paid: bool | None = None
    confirmations: tuple[Said, ...] = ()
    """One a force at most; the last word of each."""
    expected_from: AwareDatetime
    expected_until: AwareDatetime
    confirmed_at: AwareDatetime | None = None
    """When its vehicle went through, by the platform's word; with the state `confirmed`."""
    lane: Slug | None = None
    """Through which lane."""
    declared_at: AwareDatetime
    updated_at: AwareDatetime
    declarant: _Line = ""
    agent: _Line = Field(default="", repr=False)
    """Who declared in the declarant's name."""
    phone: _Words = Field(default="", repr=False)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.expected_until < self.expected_from:
            raise ValueError("expected_until is before expected_from")
        if not normalise(self.plate):
            raise ValueError("plate holds no letter or digit")
        if len({said.force for said in self.confirmations}) < len(self.confirmations):
            raise ValueError("expected one word of each force in confirmations, some force has two")
        return self

    def as_record(self, site: str, received_at: datetime) -> DeclarationRecord:
        """As the store keeps it; `site` is our name of its gate."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values["gate"] = site
        told = (Confirmation(said.force, said.verdict, said.at, said.officer) for said in self.confirmations)
        values["confirmations"] = tuple(sorted(told, key=lambda one: one.force))
        return DeclarationRecord(**values, received_at=received_at, outcome=None)
