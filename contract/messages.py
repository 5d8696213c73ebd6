"""Every message between an edge node and central.

Payloads are JSON objects with `schema_version`. Models are frozen and refuse unknown keys. Times are
UTC and aware. `contract/topics.py` says which message travels on which topic.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from contract.container_code import ContainerText
from contract.health_messages import CameraHealth, HealthFinding, Metrics, NodeFinding
from contract.message_base import (
    SCHEMA_VERSION,
    Message,
    Model,
    Numbered,
    Probability,
    SeqRange,
    Sha256,
    Stamp,
    UtcDatetime,
)
from contract.notice_messages import TicketNews, TicketNotice
from contract.plate import PlateColour, PlateCountry, PlateKind
from contract.region import CameraRegion
from contract.vocabulary import (
    SLUG_PATTERN,
    Abstention,
    Cancellation,
    CommandKind,
    DecisionReason,
    Direction,
    EvidenceKind,
    HealthLevel,
    HealthReason,
    LaneMode,
    NodeTrouble,
    Severity,
    Slug,
    TimeQuality,
    VehicleClass,
    Verdict,
)

__all__ = [
    "MODE_REASON_CHARACTERS",
    "SCHEMA_VERSION",
    "SLUG_PATTERN",
    "Abstention",
    "AccessEntry",
    "AccessList",
    "BarrierEvent",
    "BoothOpening",
    "CameraHealth",
    "Cancellation",
    "Candidate",
    "Command",
    "CommandKind",
    "CommandResult",
    "Committed",
    "Decision",
    "DecisionReason",
    "Direction",
    "Evidence",
    "EvidenceKind",
    "EvidenceRef",
    "HealthFinding",
    "HealthLevel",
    "HealthReason",
    "LaneCount",
    "LaneInfo",
    "LaneMode",
    "Message",
    "Metrics",
    "Model",
    "NodeFinding",
    "NodeTrouble",
    "Numbered",
    "Passage",
    "PlateRead",
    "Probability",
    "SeqRange",
    "Severity",
    "Sha256",
    "Slug",
    "Stamp",
    "Status",
    "TicketNews",
    "TicketNotice",
    "TimeQuality",
    "UtcDatetime",
    "VehicleClass",
    "Verdict",
]

MODE_REASON_CHARACTERS: Final = 200
"""The longest reason for a lane's mode."""


class Candidate(Model):
    """A possible text (a whole plate, or one character of it) and its probability."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    confidence: Probability


class PlateRead(Model):
    """A plate as the camera read it. Never overwritten; corrections stand beside it."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    confidence: Probability
    country: PlateCountry
    kind: PlateKind
    colour: PlateColour
    lines: Literal[1, 2]
    lattice: tuple[tuple[Candidate, ...], ...] = ()
    """Per position, the possible characters, best first."""
    candidates: tuple[Candidate, ...] = ()
    """Whole texts, best first; the first is `text`."""

    @model_validator(mode="after")
    def _text_leads_candidates(self) -> Self:
        if self.candidates and self.candidates[0].text != self.text:
            raise ValueError(f"the first candidate is the text itself, {self.text!r}, got {self.candidates[0].text!r}")
        return self


class EvidenceRef(Model):
    """A picture that belongs to a passage, by its hash."""

    kind: EvidenceKind
    sha256: Sha256
    camera: Slug
    captured_at: UtcDatetime


class Decision(Model):
    """What the gate decided for a passage, and why."""

    verdict: Verdict
    reason: DecisionReason
    at: UtcDatetime
    access_list_version: int | None = None


class BarrierEvent(Model):
    """What the barrier was told or was seen doing: a fact, in the past tense."""

    at: UtcDatetime
    event: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    detail: Annotated[str, StringConstraints(max_length=200)] = ""


class Passage(Numbered):
    """One vehicle through one lane, once. A later revision replaces what an earlier one says."""

    passage_id: UUID
    revision: Annotated[int, Field(ge=0)] = 0
    lane: Slug
    direction: Direction
    first_seen_at: UtcDatetime
    last_seen_at: UtcDatetime
    plate: PlateRead | None = None
    abstained: Abstention | None = None
    cancelled: Cancellation | None = None
    """Why it did not go through after all: it was here, and counts in no direction."""
    second_plate: PlateRead | None = None
    """The trailer's plate, or the plate of the other country."""
    container: ContainerText | None = None
    """The container's code (ISO 6346), where a camera read one whose check digit fits."""
    vehicle_class: VehicleClass = VehicleClass.UNKNOWN
    frames: Annotated[int, Field(ge=0)]
    reads: Annotated[int, Field(ge=0)]
    evidence: tuple[EvidenceRef, ...] = ()
    decision: Decision | None = None
    barrier: tuple[BarrierEvent, ...] = ()
    models: dict[str, str] = Field(default_factory=dict)
    """Model name to version or hash, as used for this passage."""
    config_hash: str = ""

    @model_validator(mode="after")
    def _read_or_reason(self) -> Self:
        if (self.plate is None) == (self.abstained is None):
            raise ValueError("a passage has either a plate or a reason for having none, exactly one of them")
        if self.last_seen_at < self.first_seen_at:
            raise ValueError("last_seen_at is before first_seen_at")
        return self


class Evidence(Numbered):
    """The JPEG of a picture named by a passage; sent after it."""

    passage_id: UUID
    kind: EvidenceKind
    camera: Slug
    captured_at: UtcDatetime
    sha256: Sha256
    jpeg: bytes

    @model_validator(mode="after")
    def _hash_fits(self) -> Self:
        if hashlib.sha256(self.jpeg).hexdigest() != self.sha256:
            raise ValueError("sha256 does not belong to the picture")
        return self


class BoothOpening(Numbered):
    """A person asked at the booth, on the node's own page, to open a barrier; told whenever the link is back."""

    opening_id: UUID
    lane: Slug
    actor: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    asked_at: UtcDatetime


class LaneCount(Numbered):
    """How many vehicles a lane's loop sensed and its arm let through since its node began to count; told every hour.

    The counts only grow, from 0 at `since`: an hour is the difference of two messages of one run, and one that is
    lost takes nothing away from the next.
    """

    lane: Slug
    direction: Direction
    run_id: UUID
    since: UtcDatetime
    until: UtcDatetime
    """What went until then is counted; the first message behind an hour says the very end of that hour."""
    loop: Annotated[int, Field(ge=0)]
    """Vehicles that were below the arm, but for those that are known to have gone the wrong way."""
    barrier: Annotated[int, Field(ge=0)]
    """Vehicles that the arm let through: each time that it went up, each further grant while it was up, and each that
    followed below it uninvited."""

    @model_validator(mode="after")
    def _ends_after_begin(self) -> Self:
        if self.until < self.since:
            raise ValueError("until is before since")
        return self


class LaneInfo(Model):
    """A lane as its node knows it."""

    lane: Slug
    direction: Direction
    mode: LaneMode
    mode_reason: str = ""
    """Why it is in this mode: as the person who set it gave it; else who switched `auto` on in the configuration."""
    mode_by: str = ""
    """Who set the mode from central; empty where the configuration's counts, or the node chose it itself."""
    mode_since: UtcDatetime | None = None
    """When it was set; none for the configuration's."""
    cameras: tuple[Slug, ...]
    """Those that see vehicles come stand first."""


class Status(Message):
    """Birth of a node (`online`), retained; also its last will (`online` false, same boot id)."""

    site: Slug
    node: Slug
    online: bool
    boot_id: UUID
    outbox_id: UUID | None = None
    started_at: UtcDatetime
    software: str = ""
    models: dict[str, str] = Field(default_factory=dict)
    config_hash: str = ""
    lanes: tuple[LaneInfo, ...] = ()
    regions: dict[Slug, CameraRegion] = Field(default_factory=dict)
    """Camera to where in its picture the lane lies, for those that were told."""
    stamp: Stamp | None = None
    """When the birth was told; a last will, which the broker speaks, carries that of its birth."""


class Committed(Message):
    """What central has on its disk of one outbox, and what it asks to be sent again; retained.

    `ranges` need not be all: what they name is committed, of what they do not name nothing is said.
    """

    site: Slug
    node: Slug
    outbox_id: UUID
    ranges: tuple[SeqRange, ...]
    replay: tuple[SeqRange, ...] = ()


class AccessEntry(Model):
    """A plate that may pass, where and when."""

    plate: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    """Normalised text."""
    direction: Direction
    valid_from: UtcDatetime
    valid_until: UtcDatetime
    declaration_id: str | None = None


class AccessList(Message):
    """Who may pass a site; signed by central; retained."""

    site: Slug
    node: Slug
    version: Annotated[int, Field(ge=1)]
    issued_at: UtcDatetime
    expires_at: UtcDatetime
    entries: tuple[AccessEntry, ...]
    signature: str = ""
    """Ed25519 over `signed_bytes()`, hex."""

    def signed_bytes(self) -> bytes:
        """The bytes that the signature covers: this message without its signature, as JSON."""
        return self.model_copy(update={"signature": ""}).model_dump_json().encode()


class Command(Message):
    """A wish of a person or of central; acts at most once, and not after it expired."""

    site: Slug
    node: Slug
    command_id: UUID
    kind: CommandKind
    lane: Slug
    actor: str
    reason: str = ""
    issued_at: UtcDatetime
    expires_at: UtcDatetime
    camera: Slug | None = None
    """Of `set_region` and `set_view_reference`: the camera."""
    region: CameraRegion | None = None
    """Of `set_region`: where the lane lies in its picture; without one the node goes back to its own configuration."""
    passage_id: UUID | None = None
    """Of `keep_evidence` and `release_evidence`: the passage."""
    mode: LaneMode | None = None
    """Of `set_lane_mode`: who is to move the lane's barrier from now on."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        of_camera = self.kind in (CommandKind.SET_REGION, CommandKind.SET_VIEW_REFERENCE)
        if of_camera != (self.camera is not None):
            raise ValueError("set_region and set_view_reference name a camera, and no other command does")
        if self.region is not None and self.kind is not CommandKind.SET_REGION:
            raise ValueError(f"{self.kind} carries no region")
        evidence = self.kind in (CommandKind.KEEP_EVIDENCE, CommandKind.RELEASE_EVIDENCE)
        if evidence != (self.passage_id is not None):
            raise ValueError("keep_evidence and release_evidence name a passage, and no other command does")
        if (self.kind is CommandKind.SET_LANE_MODE) != (self.mode is not None):
            raise ValueError("set_lane_mode names a mode, and no other command does")
        if self.mode is not None and not 1 <= len(self.reason.strip()) <= MODE_REASON_CHARACTERS:
            raise ValueError(f"set_lane_mode needs a reason of 1 to {MODE_REASON_CHARACTERS} characters")
        return self


class CommandResult(Message):
    """What became of a command."""

    site: Slug
    node: Slug
    command_id: UUID
    done: bool
    detail: str = ""
    stamp: Stamp
