"""What the store returns: frozen records, in the words of the glossary. Times are UTC and aware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from central.store.decision_records import Decided
from central.store.outcome_records import OutcomeKind, OutcomeRecord
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
    LaneInfo,
    LaneMode,
    NodeFinding,
    NodeTrouble,
    PlateRead,
    TimeQuality,
    VehicleClass,
)
from contract.region import CameraRegion

T = TypeVar("T")

_AHEAD = timedelta(minutes=1)
"""A passage may lie so much ahead of central's clock before its node's is not believed."""


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A picture that belongs to a passage. `present` is false until its JPEG has arrived."""

    sha256: str
    kind: EvidenceKind
    camera: str
    captured_at: datetime
    present: bool


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A passage as its latest revision tells it, with its outcome and pictures.

    Attributes:
        late: it reached central long after it happened.
        cancelled: why it did not go through after all; such a passage counts nowhere.
        outcome: None only in the moment before reconciliation has seen it.
        decided: what a person decided of it, where that counts; what was read stays as it was.

    """

    passage_id: UUID
    revision: int
    site: str
    node: str
    lane: str
    direction: Direction
    first_seen_at: datetime
    last_seen_at: datetime
    received_at: datetime
    time_quality: TimeQuality
    late: bool
    plate: PlateRead | None
    abstained: Abstention | None
    cancelled: Cancellation | None
    second_plate: PlateRead | None
    container: str | None
    vehicle_class: VehicleClass
    frames: int
    reads: int
    decision: Decision | None
    barrier: tuple[BarrierEvent, ...]
    models: Mapping[str, str]
    config_hash: str
    evidence: tuple[EvidenceRecord, ...]
    outcome: OutcomeRecord | None
    decided: Decided | None = None

    @property
    def seen_at(self) -> datetime:
        """When it happened, as far as can be told; `first_seen_at` stays what the node said.

        A node whose clock is unset is not believed, nor one that tells of what is still to come.
        """
        at, received_at, quality = self.first_seen_at, self.received_at, self.time_quality
        if at <= received_at and quality is not TimeQuality.UNSET:  # nearly always; and it is asked for most of all
            return at
        return believed_time(at, received_at, quality)


def believed_time(first_seen_at: datetime, received_at: datetime, quality: TimeQuality) -> datetime:
    """When a passage happened: see `PassageRecord.seen_at`."""
    is_ahead = first_seen_at > received_at and first_seen_at > received_at + _AHEAD
    return received_at if quality is TimeQuality.UNSET or is_ahead else first_seen_at


@dataclass(frozen=True, slots=True)
class CameraRecord:
    """A camera as central sees it now: `level` and `reason` are central's judgement.

    What the node said last is in `reported_level` and `reported_reason`; they differ when the node is silent.
    `snapshot_at` is when its last large picture was taken. `findings` (the gravest first) and `unjudged` are the node's
    word, too; `verdict` is what central found beside it.
    """

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
    has_picture: bool
    snapshot_at: datetime | None = None
    findings: tuple[HealthFinding, ...] = ()
    unjudged: Mapping[HealthReason, str] = field(default_factory=dict)
    verdict: HealthFinding | None = None


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node as central sees it. `level` is `unknown` with `node_silent` when nothing was heard for a while.

    Attributes:
        online: what its birth or last will said last.
        committed: numbers of its present outbox on central's disk, as inclusive ranges: the newest 200 of them.
        metrics: its latest vital signs, name with unit to value.
        regions: camera to where in its picture the lane lies, for those that have a region.

    """

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
    lanes: tuple[LaneInfo, ...]
    committed: tuple[tuple[int, int], ...]
    metrics: Mapping[str, float]
    metrics_at: datetime | None
    regions: Mapping[str, CameraRegion] = field(default_factory=dict)
    findings: tuple[NodeFinding, ...] = ()
    unjudged: Mapping[NodeTrouble, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaneRecord:
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
    """When it was set; none for the configuration's."""
    cameras: tuple[CameraRecord, ...]
    latest: PassageRecord | None


class EventKind(StrEnum):
    """What changed."""

    PASSAGE = "passage"
    OUTCOME = "outcome"
    CAMERA = "camera"
    NODE = "node"
    DECLARATION = "declaration"
    COMMAND = "command"
    TICKET = "ticket"
    WINDOW = "window"
    NOTICE = "notice"
    TRAFFIC = "traffic"
    COUNT = "count"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A change that a screen shows; ids count up, so a reader can resume after the last it saw.

    Attributes:
        subject: id of what changed: passage id (passage, outcome), declaration id (declaration, and the outcome
            `no_show`), `site/node/camera` (camera), `site/node` (node), command id (command), number (ticket,
            window, notice, report), `surge` (traffic: level, stock of a yard, what people say of them), site and
            begin of an hour (count: what loops and barriers counted in it).

    """

    event_id: int
    kind: EventKind
    subject: str
    site: str
    at: datetime


class Role(StrEnum):
    """What a person may do; each role may do what the ones before it may, but for maintenance, which stands aside."""

    OPERATOR = "operator"
    MAINTENANCE = "maintenance"
    MANAGER = "manager"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a program may do with its key; several add up."""

    READ = "read"
    """See passages, declarations, pictures and devices."""
    READ_DEVICES = "devices:read"
    """See lanes, cameras, nodes and tickets, and nothing of the vehicles."""
    EXPORT = "export"
    """Take all passages away at once."""
    PUSH_DECLARATIONS = "declarations:push"
    """Bring declarations in."""
    COMMANDS = "commands"
    """Set lanes to `assist` or `manual`."""
    SET_CAMERAS = "cameras:set"
    """Set where the lane lies in a camera's picture, and which view is right."""
    DECIDE = "decide"
    """See passages that wait for a person, and decide of them."""
    KEEP_EVIDENCE = "evidence:keep"
    """Keep pictures longer, or let them go."""
    REGISTER = "register"
    """Write to the register of devices."""
    TICKETS = "tickets"
    """Go on with tickets, and plan maintenance."""
    COUNT_YARDS = "yards:count"
    """Say what stands in the yards, and what is known of the road and of the Chinese side."""
    ADMIN = "admin"
    """Everything."""


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person who may log in."""

    user_id: int
    name: str
    role: Role
    password_hash: str
    must_change_password: bool
    disabled: bool
    created_at: datetime
    last_seen_at: datetime | None = None
    """When they last asked for something, to some minutes; None: never."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A login; only the hash of its token is kept."""

    token_hash: str
    user_id: int
    csrf_token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key of a program; only its hash is kept."""

    key_id: int
    name: str
    scopes: tuple[Scope, ...]
    key_hash: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrafficCount:
    """Passages of one site in one direction in a span, by outcome."""

    site: str
    direction: Direction
    passages: int
    by_outcome: Mapping[OutcomeKind, int]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some records of a longer list; ask again with `next_cursor` for the rest (None: that was all)."""

    items: tuple[T, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPage(Page[T]):
    """A page of a search. `looked_back_to`: the search stopped there for now, and goes on with the cursor."""

    looked_back_to: datetime | None = None


JsonObject = dict[str, Any]
