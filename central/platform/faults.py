"""What is wrong with an item: field by field, what was expected and what came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from contract.errors import SmartGateError

PERSONAL: Final = frozenset({"driver_name", "driver_document", "phone", "agent", "officer"})
"""Fields that name a person; what came for them is told to nobody."""
_HIDDEN: Final = "(not shown)"
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One field that does not fit; `field` is empty where it is the whole item."""

    field: str
    expected: str
    came: str

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        return f"{where}expected {self.expected}, got {self.came}"


class MisfitError(SmartGateError, ValueError):
    """An item is no declaration."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def fault(field: str, expected: str, came: object) -> Fault:
    """With what came as people may see it."""
    if PERSONAL & set(field.split(".")):
        return Fault(field, expected, _HIDDEN)
    shown = "nothing" if came is None or came == "" else repr(came)
    return Fault(field, expected, shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…")


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """What pydantic found, in our words."""
    return tuple(_fault(one["type"], one["loc"], one["msg"], one["input"]) for one in error.errors(include_url=False))


def _fault(kind: str, loc: tuple[int | str, ...], message: str, came: object) -> Fault:
    field = ".".join(str(part) for part in loc)
    if kind == "missing":
        return Fault(field, "a value", "nothing")
    if kind == "value_error" and not loc:  # fields that do not fit each other
        return Fault("", message.removeprefix("Value error, "), "another")
    if kind in {"model_type", "model_attributes_type"}:
        return fault(field, "an object with the fields of a declaration", type(came).__name__)
    expected = message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("expected ")
    return fault(field, expected[:1].lower() + expected[1:], came)
