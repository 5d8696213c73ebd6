"""What the API answers with. Times are UTC; words are those of the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from central.store.declaration_records import (
    ConfirmingForce,
    DeclarationRecord,
    DeclarationState,
    DriverType,
    Verdict,
)
from central.store.outcome_records import OutcomeKind, OutcomeRecord, ReasonCode
from central.store.records import (
    CameraRecord,
    EventKind,
    EvidenceRecord,
    LaneRecord,
    NodeRecord,
    PassageRecord,
    Role,
    Scope,
)
from contract.messages import (
    Abstention,
    BarrierEvent,
    Cancellation,
    Decision,
    Direction,
    EvidenceKind,
    HealthFinding,
    HealthLevel,
    HealthReason,
    LaneMode,
    NodeFinding,
    NodeTrouble,
    PlateRead,
    TimeQuality,
    VehicleClass,
)
from contract.plate import PlateCountry, format_plate, latin_form, parse, region_name
from contract.region import CameraRegion

T = TypeVar("T")


class Answer(BaseModel):
    """Base of every answer: built from the store's records."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


class PageOf(Answer, Generic[T]):
    """Some items of a longer list."""

    # each kind of page would search the sources for docstrings, in vain: an eighth of the time central takes to start
    model_config = ConfigDict(use_attribute_docstrings=False)

    items: tuple[T, ...]
    next_cursor: str | None = Field(
        description="Ask again with `cursor` set to this for what follows; null at the end."
    )


class PlateAnswer(PlateRead):
    """A plate as read, and what it says to people."""

    model_config = ConfigDict(extra="ignore")

    formatted: str
    """As people write it, `12C-345.67`, `桂F·12345`."""
    latin: str | None
    """A Chinese plate in Latin letters."""
    region: dict[Literal["vi", "en", "zh"], str] | None
    """Who issued it."""

    @classmethod
    def of(cls, read: PlateRead) -> Self:
        """With the words for people."""
        plate = next(iter(parse(read.text, colour=read.colour, lines=read.lines) or parse(read.text)), None)
        names = {language: region_name(plate, language) for language in ("vi", "en", "zh")} if plate else {}
        return cls.model_validate(
            read.model_dump()
            | {
                "formatted": format_plate(read.text),
                "latin": latin_form(read.text),
                "region": names if all(names.values()) and names else None,
            }
        )


class ReasonAnswer(Answer):
    """One reason of an outcome."""

    code: ReasonCode
    values: Mapping[str, str | float]


class CandidateAnswer(Answer):
    """A declaration that a passage may belong to."""

    declaration_id: str
    probability: float


class OutcomeAnswer(Answer):
    """What reconciliation says now."""

    outcome: OutcomeKind
    reasons: tuple[ReasonAnswer, ...]
    passage_id: UUID | None
    declaration_id: str | None
    score: float
    decided_at: datetime
    revision: int
    candidates: tuple[CandidateAnswer, ...]

    @classmethod
    def of(cls, record: OutcomeRecord | None) -> Self | None:
        """None where nothing was said yet."""
        return cls.model_validate(record) if record else None


class EvidenceAnswer(Answer):
    """A picture of a passage."""

    sha256: str
    kind: EvidenceKind
    camera: str
    captured_at: datetime
    present: bool
    """False until its JPEG has arrived."""
    url: str

    @classmethod
    def of(cls, record: EvidenceRecord) -> Self:
        """With its address."""
        return cls(
            sha256=record.sha256,
            kind=record.kind,
            camera=record.camera,
            captured_at=record.captured_at,
            present=record.present,
            url=f"/api/v1/evidence/{record.sha256}",
        )


class PassageAnswer(Answer):
    """One vehicle through one lane, once."""

    passage_id: UUID
    revision: int
    site: str
    node: str
    lane: str
    direction: Direction
    seen_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    received_at: datetime
    time_quality: TimeQuality
    late: bool
    plate: PlateAnswer | None
    abstained: Abstention | None
    cancelled: Cancellation | None
    """Why it did not go through after all; such a passage counts in no direction."""
    second_plate: PlateAnswer | None
    container: str | None
    vehicle_class: VehicleClass
    frames: int
    reads: int
    decision: Decision | None
    barrier: tuple[BarrierEvent, ...]
    models: Mapping[str, str]
    config_hash: str
    evidence: tuple[EvidenceAnswer, ...]
    outcome: OutcomeAnswer | None

    @classmethod
    def of(cls, record: PassageRecord) -> Self:
        """With plates in words and addresses of pictures."""
        plain = {
            name: getattr(record, name)
            for name in cls.model_fields
            if name not in {"plate", "second_plate", "evidence", "outcome"}
        }
        return cls(
            **plain,
            plate=PlateAnswer.of(record.plate) if record.plate else None,
            second_plate=PlateAnswer.of(record.second_plate) if record.second_plate else None,
            evidence=tuple(map(EvidenceAnswer.of, record.evidence)),
            outcome=OutcomeAnswer.of(record.outcome),
        )


class ConfirmationAnswer(Answer):
    """What one force says of a declaration."""

    force: ConfirmingForce
    verdict: Verdict
    at: datetime | None


class DeclarationAnswer(Answer):
    """Who says that which vehicle will come; plates as typed. Nothing in it names a driver, an agent or an officer."""

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
    outcome: OutcomeAnswer | None
    nationality: PlateCountry | None
    yard: str
    container_size_ft: int | None
    seal: str
    transship_plate: str | None
    driver_type: DriverType | None
    weight_kg: float | None
    customs_no: str
    fee_class: str
    fee_paid: bool | None
    confirmations: tuple[ConfirmationAnswer, ...]
    confirmed_at: datetime | None
    lane: str | None

    @classmethod
    def of(cls, record: DeclarationRecord) -> Self:
        """From a record."""
        return cls.model_validate(record)


class CameraAnswer(Answer):
    """A camera as central sees it now."""

    site: str
    node: str
    lane: str
    camera: str
    level: HealthLevel
    reason: HealthReason | None
    since: datetime
    reported_level: HealthLevel
    reported_reason: HealthReason | None
    reported_since: datetime
    received_at: datetime
    frame_at: datetime | None
    measurements: Mapping[str, float]
    picture_url: str | None
    snapshot_at: datetime | None
    """When the last large picture was taken; it is at `…/snapshot`."""
    findings: tuple[HealthFinding, ...]
    """All that is wrong as its node says, the gravest first."""
    unjudged: Mapping[HealthReason, str]
    """What its node cannot judge now, and why."""

    @classmethod
    def of(cls, record: CameraRecord) -> Self:
        """With the address of its picture."""
        url = f"/api/v1/cameras/{record.site}/{record.node}/{record.camera}/picture"
        plain = {name: getattr(record, name) for name in cls.model_fields if name != "picture_url"}
        return cls(**plain, picture_url=url if record.has_picture else None)


class NodeAnswer(Answer):
    """A node as central sees it now."""

    site: str
    node: str
    level: HealthLevel
    reason: HealthReason | None
    since: datetime
    online: bool
    boot_id: UUID | None
    outbox_id: UUID | None
    started_at: datetime | None
    last_seen_at: datetime
    software: str
    models: Mapping[str, str]
    config_hash: str
    committed: tuple[tuple[int, int], ...]
    metrics: Mapping[str, float]
    metrics_at: datetime | None
    regions: Mapping[str, CameraRegion]
    """Camera to where in its picture the lane lies, for those that have a region."""
    findings: tuple[NodeFinding, ...]
    """All that is wrong with the node itself, the gravest first."""
    unjudged: Mapping[NodeTrouble, str]
    """What it cannot judge of itself, and why."""

    @classmethod
    def of(cls, record: NodeRecord) -> Self:
        """From a record."""
        return cls.model_validate(record)


class LaneAnswer(Answer):
    """A lane, its cameras and the latest passage through it."""

    site: str
    node: str
    lane: str
    direction: Direction
    mode: LaneMode
    mode_reason: str
    mode_by: str
    """Who set the mode; empty where the node's configuration counts, or the node fell back by itself."""
    mode_since: datetime | None
    """When it was set; null for the configuration's."""
    cameras: tuple[CameraAnswer, ...]
    latest: PassageAnswer | None
    """Null as well for roles that do not see passages."""

    @classmethod
    def of(cls, record: LaneRecord, *, with_passage: bool) -> Self:
        """Without the passage for those who may not see it."""
        return cls(
            site=record.site,
            node=record.node,
            lane=record.lane,
            direction=record.direction,
            mode=record.mode,
            mode_reason=record.mode_reason,
            mode_by=record.mode_by,
            mode_since=record.mode_since,
            cameras=tuple(map(CameraAnswer.of, record.cameras)),
            latest=PassageAnswer.of(record.latest) if record.latest and with_passage else None,
        )


class ChangeAnswer(Answer):
    """The data of one event of the stream: what changed, as it is now."""

    event_id: int
    kind: EventKind
    subject: str
    """Id of what changed: passage id, declaration id, `site/node/camera` or `site/node`."""
    site: str
    at: datetime
    passage: PassageAnswer | None = None
    declaration: DeclarationAnswer | None = None
    camera: CameraAnswer | None = None
    node: NodeAnswer | None = None


class MeAnswer(Answer):
    """Who asks: a person has a role, a key has scopes."""

    name: str
    role: Role | None
    scopes: tuple[Scope, ...]
    is_person: bool
    must_change_password: bool
    rights: tuple[str, ...]


class LoginRequest(BaseModel):
    """Name and password of a person."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=1024)


class LoginAnswer(Answer):
    """A login: the answer also sets the cookie of the pages."""

    token: str
    """Send it as `Authorization: Bearer …`."""
    expires_at: datetime
    user: MeAnswer


class RefusedAnswer(Answer):
    """Why a request cannot be understood: in words, or value by value."""

    detail: str | list[dict[str, Any]]
