"""What is wrong with a camera from several sides, told as one: its picture, and what it does for its lane. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract.messages import HealthFinding, HealthLevel, HealthReason, Severity

_GRAVITY = {Severity.SLIGHT: 0, Severity.MODERATE: 1, Severity.SEVERE: 2}
_BADNESS = {HealthLevel.OK: 0, HealthLevel.UNKNOWN: 1, HealthLevel.DEGRADED: 2, HealthLevel.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one side has to say: findings, what it cannot judge now and why, and what was measured."""

    findings: tuple[HealthFinding, ...] = ()
    unjudged: dict[HealthReason, str] = field(default_factory=dict)
    measurements: dict[str, float] = field(default_factory=dict)

    @property
    def level(self) -> HealthLevel:
        """How good that is: as the gravest finding."""
        return max(
            (finding.severity.level for finding in self.findings), key=_BADNESS.__getitem__, default=HealthLevel.OK
        )


def joined(first: Judgement, *others: Judgement) -> Judgement:
    """All sides as one; a finding stands behind those before it that are as grave, and before the less grave."""
    findings = list(first.findings)
    unjudged, measurements = dict(first.unjudged), dict(first.measurements)
    for other in others:
        unjudged |= other.unjudged
        measurements |= other.measurements
        for finding in other.findings:
            gravity = _GRAVITY[finding.severity]
            lighter = (place for place, one in enumerate(findings) if _GRAVITY[one.severity] < gravity)
            findings.insert(next(lighter, len(findings)), finding)
    return Judgement(tuple(findings), unjudged, measurements)


def worse(one: HealthLevel, other: HealthLevel) -> HealthLevel:
    """The worse of two levels; what is surely wrong is worse than what is not known."""
    return max(one, other, key=_BADNESS.__getitem__)
