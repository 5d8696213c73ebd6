"""Diagnosis of one camera from its frames. Pure: time is passed in, nothing is read but pictures.

Every frame is measured on a small grey copy. A fault must be seen for a while before it is told and be gone for a while
before it is taken back. What needs the empty lane is judged only when no vehicle is in view.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.messages import HealthLevel, HealthReason
from edge.frame import Frame, Image
from edge.health.settings import HealthSettings

_SIZE = (160, 90)
_FAILED = {
    HealthReason.SIGNAL_LOST,
    HealthReason.NO_FRAMES,
    HealthReason.FROZEN,
    HealthReason.DARK,
    HealthReason.COVERED,
}
_LEARNING_FRAMES = 40
_USUAL_RATE = 0.02
_TILES = 6


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What the capture of this camera tells: frames a second, age of the newest frame, and whether it is connected."""

    connected: bool
    fps: float
    frame_age_s: float
    error: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Health:
    """State of a camera: level, why, since when, with what was measured and a picture that shows it."""

    level: HealthLevel
    reason: HealthReason | None
    since: datetime
    frame_at: datetime | None
    measurements: dict[str, float]
    picture: Image | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers of one frame, on its grey copy: see `docs/` for what each tells."""

    mean: float
    detail: float
    white_share: float
    sharpness: float
    flat_share: float
    repeated_share: float


def measure(grey: NDArray[np.uint8], before: NDArray[np.uint8] | None) -> Measures:
    """Measure one small grey picture, against the one before it."""
    low, high = np.percentile(grey, (1, 99))
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    height, width = grey.shape
    rows, columns = height // _TILES * _TILES, width // _TILES * _TILES
    tiles = grey[:rows, :columns].reshape(_TILES, rows // _TILES, _TILES, columns // _TILES)
    contrast = tiles.astype(np.float32).std(axis=(1, 3))
    repeated = float((grey == before).mean()) if before is not None and before.shape == grey.shape else 0.0
    return Measures(
        mean=float(grey.mean()),
        detail=float(high - low),
        white_share=float((grey >= 250).mean()),
        sharpness=float(edges.var()),
        flat_share=float((contrast < 3.0).mean()),
        repeated_share=repeated,
    )


class HealthMonitor:
    """Keeps what one camera's frames tell, and says how it does."""

    def __init__(self, camera: str, settings: HealthSettings, *, started_at: datetime, started_s: float) -> None:
        self.camera = camera
        self._settings = settings
        self._started_s = started_s
        self._before: NDArray[np.uint8] | None = None
        self._last: Frame | None = None
        self._measures: Measures | None = None
        self._usual_sharpness: float | None = None
        self._usual_fps: float | None = None
        self._judged = 0
        self._frames = 0
        self._suspect: tuple[HealthReason | None, float] = (HealthReason.STARTING, started_s)
        self._told: tuple[HealthReason | None, datetime] = (HealthReason.STARTING, started_at)

    def frame(self, frame: Frame, *, lane_busy: bool) -> None:
        """Measure one frame."""
        small = cv2.resize(frame.image, _SIZE, interpolation=cv2.INTER_NEAREST)
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        self._measures = measure(grey, self._before)
        self._before, self._last = grey, frame
        self._frames += 1
        if lane_busy:
            return
        self._judged += 1
        if self._usual_sharpness is None:
            self._usual_sharpness = self._measures.sharpness
        elif self._measures.sharpness > self._settings.sharp_fall * self._usual_sharpness:
            rate = max(_USUAL_RATE, 1.0 / min(self._judged, _LEARNING_FRAMES))
            self._usual_sharpness += rate * (self._measures.sharpness - self._usual_sharpness)

    def assess(self, now: datetime, monotonic_s: float, capture: CaptureFacts, *, lane_busy: bool = False) -> Health:
        """How the camera does at `now`; call it every second or so."""
        seen = self._seen(monotonic_s, capture, lane_busy=lane_busy)
        if seen != self._suspect[0]:
            self._suspect = (seen, monotonic_s)
        reason, since = self._told
        if seen != reason:
            need_s = self._settings.heal_s if seen is None else self._settings.enter_s
            if reason is HealthReason.STARTING and seen is None:
                need_s = 0.0  # the first good picture is evidence enough that it has started
            if seen in (HealthReason.SIGNAL_LOST, HealthReason.NO_FRAMES):
                need_s = 0.0  # these two carry their own waiting time
            if monotonic_s - self._suspect[1] >= need_s:
                self._told = (seen, now)
                reason, since = self._told
        return Health(
            level=_level(reason),
            reason=reason,
            since=since,
            frame_at=self._last.captured_at if self._last else None,
            measurements=self._numbers(capture),
            picture=self._last.image if self._last else None,
        )

    def _seen(self, monotonic_s: float, capture: CaptureFacts, *, lane_busy: bool) -> HealthReason | None:
        settings = self._settings
        age_s = min(capture.frame_age_s, monotonic_s - self._started_s if self._last is None else capture.frame_age_s)
        if self._last is None and monotonic_s - self._started_s < settings.starting_s:
            return HealthReason.STARTING
        if age_s > settings.no_frames_s or self._last is None:
            return HealthReason.NO_FRAMES if capture.connected else HealthReason.SIGNAL_LOST
        return self._picture_fault(lane_busy=lane_busy) or self._rate_fault(capture)

    def _picture_fault(self, *, lane_busy: bool) -> HealthReason | None:
        settings, now = self._settings, self._measures
        if now is None:
            return HealthReason.STARTING
        if now.repeated_share >= settings.frozen_share and self._frames > 1:
            return HealthReason.FROZEN
        if now.mean < settings.dark_level and now.detail < settings.dark_detail:
            return HealthReason.DARK
        if now.white_share > settings.bright_share:
            return HealthReason.OVEREXPOSED
        if lane_busy:
            return self._suspect[0] if self._suspect[0] in (HealthReason.DEFOCUSED, HealthReason.COVERED) else None
        if now.flat_share > 0.5 and now.detail < settings.covered_detail * 10 and now.sharpness < 60.0:
            return HealthReason.COVERED
        usual = self._usual_sharpness
        if usual is not None and self._judged >= _LEARNING_FRAMES and now.sharpness < settings.sharp_fall * usual:
            return HealthReason.DEFOCUSED
        return None

    def _rate_fault(self, capture: CaptureFacts) -> HealthReason | None:
        if self._frames < _LEARNING_FRAMES or capture.fps <= 0:
            return None
        usual = self._usual_fps
        self._usual_fps = capture.fps if usual is None else usual + 0.01 * (capture.fps - usual)
        if usual is not None and capture.fps < self._settings.low_fps_share * usual:
            return HealthReason.LOW_FPS
        return None

    def _numbers(self, capture: CaptureFacts) -> dict[str, float]:
        numbers = {"fps": round(capture.fps, 2)}
        if capture.frame_age_s != float("inf"):
            numbers["frame_age_s"] = round(capture.frame_age_s, 2)
        if self._measures is not None:
            numbers |= {
                "mean_grey": round(self._measures.mean, 1),
                "detail_grey": round(self._measures.detail, 1),
                "white_share": round(self._measures.white_share, 4),
                "sharpness": round(self._measures.sharpness, 1),
                "flat_share": round(self._measures.flat_share, 3),
                "repeated_share": round(self._measures.repeated_share, 4),
            }
        if self._usual_sharpness is not None:
            numbers["usual_sharpness"] = round(self._usual_sharpness, 1)
        return numbers


def _level(reason: HealthReason | None) -> HealthLevel:
    if reason is None:
        return HealthLevel.OK
    if reason is HealthReason.STARTING:
        return HealthLevel.UNKNOWN
    return HealthLevel.FAILED if reason in _FAILED else HealthLevel.DEGRADED
