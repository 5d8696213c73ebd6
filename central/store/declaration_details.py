"""What a declaration says that nobody searches by: many fields in one column."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from central.store.declaration_records import (
    Confirmation,
    ConfirmingForce,
    DeclarationRecord,
    DriverType,
    Verdict,
)
from contract.plate import PlateCountry

_DEFAULTS = {
    one.name: one.default for one in dataclasses.fields(DeclarationRecord) if one.default is not dataclasses.MISSING
}


def details_of(record: DeclarationRecord) -> dict[str, Any]:
    """What differs from saying nothing, as JSON knows it."""
    told = {name: value for name, default in _DEFAULTS.items() if (value := getattr(record, name)) != default}
    if record.confirmed_at is not None:
        told["confirmed_at"] = _utc(record.confirmed_at)
    if record.confirmations:
        told["confirmations"] = [
            [one.force, one.verdict, _utc(one.at) if one.at else None, one.officer] for one in record.confirmations
        ]
    return told


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def from_details(details: Mapping[str, Any] | None) -> dict[str, Any]:
    """Arguments of `DeclarationRecord`; rows of older versions have none."""
    told = dict(details or {})
    for name in _READ.keys() & told.keys():
        told[name] = _READ[name](told[name])
    return told


def _confirmations(said: list[tuple[str, str, str | None, str]]) -> tuple[Confirmation, ...]:
    return tuple(
        Confirmation(ConfirmingForce(force), Verdict(verdict), datetime.fromisoformat(at) if at else None, officer)
        for force, verdict, at, officer in said
    )


_READ: dict[str, Callable[[Any], Any]] = {
    "nationality": PlateCountry,
    "driver_type": DriverType,
    "confirmed_at": datetime.fromisoformat,
    "confirmations": _confirmations,
}
