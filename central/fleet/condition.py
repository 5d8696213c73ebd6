"""The fleet at one moment: what troubles there are, and whether a trouble stands, is healed, or cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from central.store import Store
from central.store.device_key import DeviceKey
from central.store.records import CameraRecord, NodeRecord
from central.store.register_records import DeviceKind
from central.store.ticket_records import Evidence
from central.store.windows import MaintenanceWindow
from contract.messages import HealthFinding, HealthLevel, HealthReason, NodeFinding, NodeTrouble, Severity

SILENT = HealthReason.NODE_SILENT.value


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a device now, by its gravest cause; `detail` is the evidence."""

    device: DeviceKey
    lane: str
    cause: str
    severity: Severity
    level: HealthLevel
    since: datetime
    detail: Mapping[str, Any]


class Condition:
    """Nodes, cameras and maintenance windows as they are `now`.

    What the register says is out of use is looked at no more: it has no trouble, and proves nothing.
    """

    def __init__(
        self,
        nodes: Sequence[NodeRecord],
        cameras: Sequence[CameraRecord],
        windows: Sequence[MaintenanceWindow],
        now: datetime,
        *,
        retired: frozenset[DeviceKey] = frozenset(),
    ) -> None:
        self.nodes = {DeviceKey.of(node.site, node.node): node for node in nodes}
        self.cameras = {DeviceKey.of(camera.site, camera.node, camera.camera): camera for camera in cameras}
        self._retired = retired
        self._windows = windows
        self._now = now

    @classmethod
    def of(cls, store: Store, now: datetime) -> Condition:
        """Look at the store."""
        windows = store.windows.list(ending_after=now)
        return cls(store.nodes.list(), store.cameras.list(), windows, now, retired=_retired(store))

    def is_muted(self, device: DeviceKey) -> bool:
        """Whether a maintenance window lies over a device now."""
        return any(window.mutes(device, self._now) for window in self._windows)

    def is_silent(self, node: DeviceKey) -> bool:
        """Whether a node is not heard."""
        found = self.nodes.get(node)
        return found is not None and found.level is HealthLevel.UNKNOWN

    def nodes_of(self, site: str) -> tuple[DeviceKey, ...]:
        """The nodes of a site that are in use."""
        return tuple(node for node in self.nodes if node.site == site and node not in self._retired)

    def is_dead(self, site: str) -> bool:
        """Whether a site has several nodes, and none of them is heard."""
        nodes = self.nodes_of(site)
        return len(nodes) > 1 and all(map(self.is_silent, nodes))

    def cameras_of(self, node: DeviceKey) -> tuple[DeviceKey, ...]:
        """The cameras of a node that are in use."""
        return tuple(camera for camera in self.cameras if node.covers(camera) and camera not in self._retired)

    def troubles(self) -> Iterator[Trouble]:
        """What is wrong now; a camera whose node is silent has no trouble of its own."""
        for device, node in self.nodes.items():
            if device not in self._retired and (trouble := _node_trouble(device, node)):
                yield trouble
        for device, camera in self.cameras.items():
            speaks = device not in self._retired and not self.is_silent(DeviceKey.of(device.site, device.node))
            if speaks and (trouble := _camera_trouble(device, camera)):
                yield trouble

    def evidence(self, device: DeviceKey, cause: str) -> Evidence:
        """Whether a device still tells a cause."""
        if device in self._retired:
            return Evidence.UNCLEAR
        if device.kind is DeviceKind.CAMERA:
            return _of_camera(self.cameras.get(device), cause)
        if device.kind is DeviceKind.NODE:
            return _of_node(self.nodes.get(device), cause)
        silent = [self.is_silent(node) for node in self.nodes_of(device.site)]
        if all(silent):
            return Evidence.STANDS if silent else Evidence.UNCLEAR
        return Evidence.UNCLEAR if any(silent) else Evidence.HEALED


def _retired(store: Store) -> frozenset[DeviceKey]:
    """Nodes and cameras that are out of use, and whose names no other device has taken over."""
    named = [
        (DeviceKey.of(one.site, one.node, one.camera), one.retired_on is not None)
        for one in store.register.list()
        if one.node and one.kind in (DeviceKind.NODE, DeviceKind.CAMERA)
    ]
    return frozenset(key for key, retired in named if retired) - {key for key, retired in named if not retired}


def _node_trouble(device: DeviceKey, node: NodeRecord) -> Trouble | None:
    if node.reason is not None:
        cause, severity, since = node.reason.value, Severity.SEVERE, node.since
    elif node.findings:
        worst = node.findings[0]
        cause, severity, since = worst.code.value, worst.severity, node.since
    else:
        return None
    detail = {"findings": _told(node.findings), "last_seen_at": node.last_seen_at.isoformat()}
    return Trouble(device, "", cause, severity, node.level, since, detail | {"level": node.level.value})


def _camera_trouble(device: DeviceKey, camera: CameraRecord) -> Trouble | None:
    if camera.reason is None or camera.reason is HealthReason.STARTING:
        return None
    told = (*((camera.verdict,) if camera.verdict else ()), *camera.findings)
    named = next((finding.severity for finding in told if finding.code is camera.reason), Severity.MODERATE)
    severity = named if camera.level is HealthLevel.DEGRADED else Severity.SEVERE
    detail: dict[str, Any] = {
        "level": camera.level.value,
        "findings": _told(told),
        "measurements": dict(camera.measurements),
        "frame_at": camera.frame_at.isoformat() if camera.frame_at else None,
    }
    return Trouble(device, camera.lane, camera.reason.value, severity, camera.level, camera.since, detail)


def _of_camera(camera: CameraRecord | None, cause: str) -> Evidence:
    if camera is None:
        return Evidence.UNCLEAR
    if camera.level is HealthLevel.UNKNOWN:
        return Evidence.STANDS if camera.reason is not None and camera.reason.value == cause else Evidence.UNCLEAR
    told = {finding.code for finding in camera.findings} | {camera.reason, camera.reported_reason}
    told |= {camera.verdict.code} if camera.verdict else set()
    if cause in {code.value for code in told if code is not None}:
        return Evidence.STANDS
    if cause == SILENT:
        return Evidence.HEALED
    blind = camera.level is HealthLevel.FAILED or HealthReason(cause) in camera.unjudged
    return Evidence.UNCLEAR if blind else Evidence.HEALED


def _of_node(node: NodeRecord | None, cause: str) -> Evidence:
    if node is None:
        return Evidence.UNCLEAR
    if node.reason is not None and node.reason.value == cause:
        return Evidence.STANDS
    if node.level is HealthLevel.UNKNOWN:
        return Evidence.UNCLEAR
    if any(finding.code.value == cause for finding in node.findings):
        return Evidence.STANDS
    is_unjudged = cause in {code.value for code in NodeTrouble} and NodeTrouble(cause) in node.unjudged
    return Evidence.UNCLEAR if is_unjudged else Evidence.HEALED


def _told(findings: Sequence[HealthFinding] | Sequence[NodeFinding]) -> list[dict[str, Any]]:
    return [finding.model_dump(mode="json", include={"code", "severity", "measure", "limit"}) for finding in findings]
