"""Dead detectors: pictures are good, and nobody reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from central.fleet.settings import DetectorSettings
from central.fleet.verdicts import tell_verdict
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.history import BRIDGED, Run
from central.store.lane_reads import LaneReads
from central.store.records import CameraRecord, NodeRecord
from contract.messages import HealthFinding, HealthLevel, HealthReason, LaneInfo, Severity

_OWN = frozenset({HealthReason.DETECTOR_DEAD})
LOOK_EVERY = BRIDGED / 2
"""Words that are no further apart make one run of history."""
_STUMBLES_A_SECOND = 0.5
"""A reader that stumbles over so many frames reads nothing that counts; one odd frame now and then is none of it."""
_READS_WELL = 0.5
"""Neighbours that read a smaller share have trouble of their own: nothing follows from them."""


def judge_lane(
    lane: LaneReads, neighbours: Sequence[LaneReads], before: HealthFinding | None, settings: DetectorSettings
) -> HealthFinding | None:
    """What the counts of a lane's neighbours say of it; `before`: what was said last, which stands until a read.

    A lane through which nothing goes may only be closed: that is told less gravely. Pure.
    """
    if lane.reads:
        return None
    vehicles, reads = sum(one.vehicles for one in neighbours), sum(one.reads for one in neighbours)
    many = bool(neighbours) and reads / len(neighbours) >= settings.neighbours_read
    if not many or reads / vehicles < _READS_WELL or 0 < lane.vehicles < settings.unread:
        return before
    severity = Severity.SEVERE if lane.vehicles else Severity.MODERATE
    return HealthFinding(code=HealthReason.DETECTOR_DEAD, severity=severity, measure=0.0, limit=reads / vehicles)


@dataclass(frozen=True, slots=True)
class _Stumbles:
    """How many frames the reader of a node had stumbled over by then."""

    at: datetime
    frames: float


class DetectorWatch:
    """Looks for them. `failing` names the nodes whose reader does not work by their own word."""

    def __init__(self, store: Store, settings: DetectorSettings) -> None:
        self._store = store
        self._settings = settings
        self._stumbles: dict[tuple[str, str], list[_Stumbles]] = {}
        self._looked_at: datetime | None = None
        self.failing: frozenset[tuple[str, str]] = frozenset()

    def step(self, now: datetime, nodes: Sequence[NodeRecord], cameras: Sequence[CameraRecord]) -> None:
        """Look once; most often it is too early for that.

        Raises:
            StoreUnavailable: nothing was written.

        """
        for node in nodes:
            self._note(node)
        self.failing = frozenset(name for name, told in self._stumbles.items() if self._is_failing(told))
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        self._look_at_lanes(now, nodes, {(c.site, c.node, c.camera): c for c in cameras})
        if self.failing:
            word = Run(HealthLevel.FAILED, HealthReason.DETECTOR_DEAD.value, now, now)
            with self._store.transaction(now) as transaction:
                for site, name in sorted(self.failing):
                    self._store.history.tell(transaction, DeviceKey.of(site, name), word)

    def _note(self, node: NodeRecord) -> None:
        frames, at = node.metrics.get("frames_failed"), node.metrics_at
        told = self._stumbles.setdefault((node.site, node.node), [])
        if frames is None or at is None or (told and told[-1].at == at):
            return
        if told and (at < told[-1].at or frames < told[-1].frames):  # it began anew
            told.clear()
        told.append(_Stumbles(at, frames))
        since = at - timedelta(seconds=self._settings.failing_s)
        while len(told) > 2 and told[1].at <= since:
            del told[0]

    def _is_failing(self, told: Sequence[_Stumbles]) -> bool:
        if not told or told[-1].at - told[0].at < timedelta(seconds=self._settings.failing_s):
            return False
        return all(
            after.frames - before.frames >= _STUMBLES_A_SECOND * (after.at - before.at).total_seconds()
            for before, after in pairwise(told)
        )

    def _look_at_lanes(
        self, now: datetime, nodes: Iterable[NodeRecord], cameras: Mapping[tuple[str, str, str], CameraRecord]
    ) -> None:
        begin = now - timedelta(minutes=self._settings.window_min)
        counted = {(one.site, one.lane): one for one in self._store.lane_counts.since(begin)}
        lanes = [(node, lane) for node in nodes for lane in node.lanes]
        for node, lane in lanes:
            camera = cameras.get((node.site, node.node, lane.cameras[0])) if lane.cameras else None
            if camera is None or node.started_at is None or node.started_at > begin:
                continue
            neighbours = [
                _counts(counted, other.site, one)
                for other, one in lanes
                if other.site == node.site and one.lane != lane.lane and one.direction is lane.direction
            ]
            said = camera.verdict if camera.verdict and camera.verdict.code in _OWN else None
            found = judge_lane(_counts(counted, node.site, lane), neighbours, said, self._settings)
            sees = camera.level is not HealthLevel.UNKNOWN and camera.reported_level is not HealthLevel.FAILED
            if sees or found is None:
                tell_verdict(self._store, now, camera, found, own=_OWN)


def _counts(counted: Mapping[tuple[str, str], LaneReads], site: str, lane: LaneInfo) -> LaneReads:
    return counted.get((site, lane.lane), LaneReads(site, lane.lane, lane.direction, 0, 0))
