"""What a node tells of its cameras and of itself."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from contract.message_base import Message, Model, Stamp, UtcDatetime
from contract.vocabulary import HealthLevel, HealthReason, NodeTrouble, Severity, Slug


class HealthFinding(Model):
    """One thing that is wrong with a camera: what was measured, and the limit that it passed."""

    code: HealthReason
    severity: Severity
    measure: float
    limit: float


class CameraHealth(Message):
    """Level of one camera with its reasons and evidence; retained."""

    site: Slug
    node: Slug
    lane: Slug
    camera: Slug
    level: HealthLevel
    reason: HealthReason | None = None
    since: UtcDatetime
    stamp: Stamp
    frame_at: UtcDatetime | None = None
    """When the picture was taken: the one that shows the gravest finding, else the newest."""
    findings: tuple[HealthFinding, ...] = ()
    """All that is wrong, the gravest first: `reason` is its code."""
    unjudged: dict[HealthReason, str] = Field(default_factory=dict)
    """What cannot be judged now, and why: `starting`, `night`, `lane_busy`, `no_reference`, `nothing_to_see`,
    `not_visible`, `moved`, `no_loop`, `clock_unset`, `not_told` …"""
    measurements: dict[str, float] = Field(default_factory=dict)
    jpeg: bytes | None = None
    """A small picture that shows the state, about 20 kB at most; after a `snapshot` once a large one, about 80 kB."""

    @model_validator(mode="after")
    def _bad_has_reason(self) -> Self:
        if (self.level is HealthLevel.OK) != (self.reason is None):
            raise ValueError("a level other than ok needs a reason, and ok has none")
        if self.findings and self.findings[0].code is not self.reason:
            raise ValueError("the first finding is the reason")
        return self


class NodeFinding(Model):
    """One thing that is wrong with a node: since when, and what was measured against which limit, where it is measured.

    Shares are of 1, temperatures in °C, times in seconds, sizes in MB.
    """

    code: NodeTrouble
    severity: Severity
    since: UtcDatetime
    measure: float | None = None
    limit: float | None = None


class Metrics(Message):
    """A node's vital signs."""

    site: Slug
    node: Slug
    stamp: Stamp
    values: dict[str, float]
    """Name with its unit to value, e.g. `outbox_pending`, `cpu_temperature_c`, `fps_in_1_front`."""
    findings: tuple[NodeFinding, ...] = ()
    """All that is wrong with the node itself, the gravest first."""
    unjudged: dict[NodeTrouble, str] = Field(default_factory=dict)
    """What cannot be judged on this machine, and why: `not_told`."""
