"""How the node does, as findings that the page puts in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from contract.messages import CameraHealth, HealthLevel, HealthReason, Metrics, NodeTrouble, TimeQuality
from edge.evidence.settings import LEAST_FREE_BYTES
from edge.gate_controller.barrier import Mode

STALE_S: Final = 60.0
"""What was told longer ago is unknown; the node tells every `report_every_s`, ten seconds unless set otherwise."""
_HOT_C: Final = 80.0
"""A Raspberry Pi slows down from 80 °C (its documentation, "Frequency management and thermal control")."""
_CLOCK: Final = {
    TimeQuality.SYNCED: HealthLevel.OK,
    TimeQuality.HOLDOVER: HealthLevel.DEGRADED,
    TimeQuality.UNSET: HealthLevel.FAILED,
}
TOLD_ABOVE: Final = frozenset(
    {
        NodeTrouble.DISK_REFUSES,
        NodeTrouble.DISK_FULL,
        NodeTrouble.CLOCK_UNSET,
        NodeTrouble.CLOCK_UNSYNCED,
        NodeTrouble.HOT,
    }
)
"""What a line of its own says at every look, good or bad."""
_SHARES: Final = frozenset({NodeTrouble.DISK_WORN, NodeTrouble.BROKER_AWAY})


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how good, and the sentence `vital.<key>` of the catalogue with its values."""

    level: HealthLevel
    key: str
    values: dict[str, object] = field(default_factory=dict)


def findings(metrics: Metrics | None, *, connected: bool, now_s: float) -> list[Finding]:
    """Link, outbox, disk, clock and heat. `now_s` by the monotonic clock."""
    link = Finding(HealthLevel.OK, "link") if connected else Finding(HealthLevel.FAILED, "link_away")
    if metrics is None or now_s - metrics.stamp.monotonic_s > STALE_S:
        return [link, Finding(HealthLevel.UNKNOWN, "not_told")]
    return [link, *_of(metrics)]


def _of(metrics: Metrics) -> Iterator[Finding]:
    values = metrics.values
    waiting = values.get("outbox_pending")
    if waiting is None:
        yield Finding(HealthLevel.FAILED, "outbox_fails")
    else:
        yield Finding(HealthLevel.OK, "outbox" if waiting else "outbox_empty", {"n": round(waiting)})
    if owed := values.get("not_on_disk"):
        yield Finding(HealthLevel.FAILED, "disk_refuses", {"n": round(owed)})
    free_mb = values.get("disk_free_mb")
    if free_mb is None:
        yield Finding(HealthLevel.UNKNOWN, "disk_unknown")
    else:
        full = free_mb * 1e6 <= LEAST_FREE_BYTES
        yield Finding(HealthLevel.FAILED if full else HealthLevel.OK, "disk_full" if full else "disk", _gb(free_mb))
    quality = metrics.stamp.time_quality
    yield Finding(_CLOCK[quality], f"clock_{quality}")
    if (heat_c := values.get("cpu_temperature_c")) is not None:
        yield Finding(HealthLevel.DEGRADED if heat_c >= _HOT_C else HealthLevel.OK, "heat", {"n": round(heat_c)})
    for finding in metrics.findings:
        if finding.code not in TOLD_ABOVE:
            measure = finding.measure or 0.0
            shown: dict[str, object] = {"n": round(100 * measure) if finding.code in _SHARES else round(measure, 1)}
            yield Finding(finding.severity.level, finding.code.value, shown)


def _gb(free_mb: float) -> dict[str, object]:
    return {"gb": f"{free_mb / 1000:.1f}"}


def level_of(health: CameraHealth | None, *, now_s: float) -> tuple[HealthLevel, HealthReason | None]:
    """How a camera does; unknown when it was not told of late."""
    if health is None or now_s - health.stamp.monotonic_s > STALE_S:
        return HealthLevel.UNKNOWN, None
    return health.level, health.reason


def level_of_barrier(mode: Mode) -> HealthLevel:
    """How a barrier does."""
    if mode is Mode.FAULT:
        return HealthLevel.FAILED
    return HealthLevel.DEGRADED if mode is Mode.EMERGENCY else HealthLevel.OK
