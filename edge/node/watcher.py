"""One camera at work: its capture process, its pipeline, its diagnosis."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contract.messages import CameraHealth, HealthLevel, HealthReason
from contract.region import CameraRegion
from edge.cameras.capture import CameraProcess
from edge.cameras.settings import CameraSettings
from edge.clock import stamp
from edge.config import NodeConfig
from edge.evidence.proof import thumbnail
from edge.frame import Frame, Image
from edge.health.monitor import CaptureFacts, Health, HealthMonitor
from edge.health.together import Judgement, joined, worse
from edge.lpr.engine import PlateReader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.types import LaneEvent, VehicleLeft
from edge.node.duties import CameraDuties
from edge.node.senses import LaneSenses
from edge.node.views import KeptViews

_SNAPSHOT_WIDTHS = (960, 640, 480)
_SNAPSHOT_BYTES = 80_000
"""A picture that a person asked for is as wide as fits into so much: enough to draw a lane in."""


@dataclass(frozen=True, slots=True)
class _Said:
    state: tuple[HealthLevel, HealthReason | None]
    at_s: float


class CameraWatcher:
    """Takes frames as they come and knows how the camera does."""

    def __init__(
        self,
        config: NodeConfig,
        camera: CameraSettings,
        reader: PlateReader,
        *,
        senses: LaneSenses,
        region: CameraRegion | None = None,
    ) -> None:
        """`senses` are those of its lane."""
        self.settings = camera
        self._config = config
        self._capture = CameraProcess(camera)
        self._pipeline = LanePipeline(reader, config.lpr, camera=camera.name, region=region)
        self._fresh_region: tuple[CameraRegion | None] | None = None
        self._monitor: HealthMonitor | None = None
        self._views = KeptViews(config.data_dir, camera.name)
        self._newest: Frame | None = None
        self.duties = CameraDuties(config.data_dir, camera.name, senses)
        self._view_confirmed = False
        self._reason_since: tuple[HealthReason | None, datetime] | None = None
        self._said: _Said | None = None
        self._snapshot_wanted = False
        self.frames_read = 0

    def start(self) -> None:
        """Begin to capture."""
        self._views.load()
        self._monitor = HealthMonitor(
            self.settings.name,
            self._config.health,
            started_at=datetime.now(UTC),
            started_s=time.monotonic(),
            memory=self._views.memory,
        )
        self.duties.load()
        self._capture.start()

    def stop(self) -> list[LaneEvent]:
        """Stop capturing; returns what the last frames still had to say."""
        self._capture.stop()
        self._views.close()
        self.duties.keep()
        return self._pipeline.flush()

    def use(self, config: NodeConfig) -> None:
        """Judge the camera by other `[health]` settings, from the next frame on."""
        self._config = config
        if self._monitor is not None:
            self._monitor.settings = config.health

    @property
    def busy(self) -> bool:
        """Whether a vehicle is in view."""
        return self._pipeline.busy

    @property
    def fps(self) -> float:
        """Frames a second that the camera gives."""
        return self._capture.state.fps

    @property
    def restarts(self) -> int:
        """How often its capture process was started again."""
        return self._capture.state.restarts

    @property
    def level(self) -> HealthLevel:
        """How the camera does, as it was last told."""
        return self._said.state[0] if self._said is not None else HealthLevel.UNKNOWN

    def newest(self) -> Frame | None:
        """The newest frame, once."""
        return self._capture.latest()

    def take(self, frame: Frame) -> list[LaneEvent]:
        """Diagnose and read one frame."""
        assert self._monitor is not None
        fresh, self._fresh_region = self._fresh_region, None
        if fresh is not None:
            self._pipeline.set_region(*fresh)
        events = self._pipeline.process(frame)
        for event in events:
            if isinstance(event, VehicleLeft):
                self.duties.vehicle_left(event.observation)
        self._monitor.frame(frame, lane_busy=self._pipeline.busy)
        self._newest = frame
        self.frames_read += 1
        return events

    def set_region(self, region: CameraRegion | None) -> None:
        """From the next frame on the lane lies there; from any thread."""
        self._fresh_region = (region,)

    def confirm_view(self) -> None:
        """The camera was serviced: from the next report on it is held against what it does from now on; any thread."""
        self._view_confirmed = True

    def report_soon(self) -> None:
        """Have the next `report` tell the level and a large picture, changed or not; from any thread."""
        self._snapshot_wanted = True

    def report(self, *, every_s: float) -> CameraHealth | None:
        """The camera's level if it changed, or was not told for `every_s`."""
        assert self._monitor is not None
        now_s = time.monotonic()
        state = self._capture.state
        facts = CaptureFacts(state.connected, state.fps, state.frame_age_s, state.error)
        if self._view_confirmed:
            self._view_confirmed = False
            self._monitor.confirm_view()
            self.duties.confirm()
        seen = self._monitor.assess(datetime.now(UTC), now_s, facts)
        self.duties.tick(now_s, picture_failed=seen.level is HealthLevel.FAILED)
        health = self._whole(seen, now_s)
        said = _Said((health.level, health.reason), now_s)
        snapshot, self._snapshot_wanted = self._snapshot_wanted, False
        if (
            not snapshot
            and self._said is not None
            and self._said.state == said.state
            and now_s - self._said.at_s < every_s
        ):
            return None
        self._said = said
        if snapshot and self._newest is not None:
            # who asks for a picture wants to see what is there now, not what proves a fault
            health = replace(health, picture=self._newest.image, frame_at=self._newest.captured_at)
        return self._message(health, snapshot_jpeg if snapshot else thumbnail)

    def _whole(self, health: Health, now_s: float) -> Health:
        """What the picture tells, and what the camera does for its lane."""
        duties = self.duties.judge(now_s)
        whole = joined(Judgement(health.findings, health.unjudged, health.measurements), duties)
        told_first = health.findings or health.level in (HealthLevel.OK, HealthLevel.UNKNOWN)
        if not duties.findings or not told_first:
            self._reason_since = None
            return replace(health, unjudged=whole.unjudged, measurements=whole.measurements)
        reason = whole.findings[0].code
        if self._reason_since is None or self._reason_since[0] is not reason:
            self._reason_since = (reason, datetime.now(UTC))
        return replace(
            health,
            level=worse(health.level, duties.level),
            reason=reason,
            since=health.since if reason is health.reason else self._reason_since[1],
            findings=whole.findings,
            unjudged=whole.unjudged,
            measurements=whole.measurements,
        )

    def _message(self, health: Health, as_jpeg: Callable[[Image], bytes]) -> CameraHealth:
        return CameraHealth(
            site=self._config.site,
            node=self._config.node,
            lane=self.settings.lane,
            camera=self.settings.name,
            level=health.level,
            reason=health.reason,
            since=health.since,
            stamp=stamp(),
            frame_at=health.frame_at,
            findings=health.findings,
            unjudged=health.unjudged,
            measurements=health.measurements,
            jpeg=as_jpeg(health.picture) if health.picture is not None else None,
        )


def snapshot_jpeg(image: Image) -> bytes:
    """The widest JPEG that is small enough; never larger than the frame itself."""
    for width_px in _SNAPSHOT_WIDTHS:
        jpeg = thumbnail(image, min(width_px, image.shape[1]))
        if len(jpeg) <= _SNAPSHOT_BYTES:
            break
    return jpeg
