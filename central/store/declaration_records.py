"""Declarations, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from central.store.outcome_records import OutcomeRecord
from contract.messages import Direction
from contract.plate import PlateCountry


class DeclarationState(StrEnum):
    """Whether a declaration stands; `confirmed`: its vehicle went through, says the platform."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Regime(StrEnum):
    """Under which customs regime the goods move."""

    IMPORT = "import"
    EXPORT = "export"
    TEMPORARY_IMPORT = "temporary_import"
    """Tạm nhập tái xuất: in, to go out again."""
    TEMPORARY_EXPORT = "temporary_export"
    """Tạm xuất tái nhập: out, to come in again."""
    TRANSIT = "transit"
    """Quá cảnh."""
    TRANSFER = "transfer"
    """Chuyển khẩu: to another gate."""


class DriverType(StrEnum):
    """Who drives: a driver of the haulier, or one who does nothing but take lorries across."""

    LONG_HAUL = "long_haul"
    DEDICATED = "dedicated"
    """Lái xe chuyên trách."""


class ConfirmingForce(StrEnum):
    """Who has to agree before a vehicle may pass."""

    BORDER_GUARD = "border_guard"
    CUSTOMS = "customs"
    QUARANTINE = "quarantine"
    HEALTH = "health"
    CENTRE = "centre"
    """The gate management centre."""
    YARD = "yard"


class Verdict(StrEnum):
    """What a force said."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What one force says of a declaration; `at` is None while it is pending, or where nobody noted the time."""

    force: ConfirmingForce
    verdict: Verdict
    at: datetime | None = None
    officer: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DeclarationRecord:
    """A declaration at its highest version; plates as typed (normalise them to compare).

    What names a person is left out of its `repr`, so that no log shows it: agent, phone, driver, officers.

    Attributes:
        container_size_ft: 20, 40 or 45.
        transship_plate: the vehicle that the goods are loaded over to.
        confirmed_at, lane: when and through which lane its vehicle went, by the platform's word; with `confirmed`.
        weight_kg: of the goods.

    """

    declaration_id: str
    version: int
    state: DeclarationState
    direction: Direction
    regime: str
    gate: str
    plate: str
    trailer_plate: str | None
    container_no: str | None
    goods: str
    goods_class: str
    expected_from: datetime
    expected_until: datetime
    declared_at: datetime
    updated_at: datetime
    declarant: str
    received_at: datetime
    outcome: OutcomeRecord | None
    nationality: PlateCountry | None = None
    yard: str = ""
    agent: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    container_size_ft: int | None = None
    seal: str = ""
    transship_plate: str | None = None
    driver_name: str = field(default="", repr=False)
    driver_document: str = field(default="", repr=False)
    driver_type: DriverType | None = None
    weight_kg: float | None = None
    customs_no: str = ""
    fee_class: str = ""
    fee_paid: bool | None = None
    confirmations: tuple[Confirmation, ...] = ()
    confirmed_at: datetime | None = None
    lane: str | None = None
