"""Diagnosis of one camera from its frames. Pure: time is passed in, nothing is read but pictures.

A fault must be seen for a while before it is told, and be gone for a while before it is taken back. What needs the
empty lane is judged only when no vehicle is in view: a lorry that fills the view is no cover.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from contract.messages import HealthFinding, HealthLevel, HealthReason
from edge.frame import Frame, Image
from edge.health.measures import Looked, Measures, measure
from edge.health.settings import HealthSettings

_LOST = (HealthReason.SIGNAL_LOST, HealthReason.NO_FRAMES)
_FAILED = (*_LOST, HealthReason.FROZEN, HealthReason.DARK, HealthReason.COVERED)
_NEEDS_EMPTY_LANE = (HealthReason.COVERED, HealthReason.DEFOCUSED)
_LEARN_SHARPNESS = 0.003
"""Share of a frame in the usual sharpness: minutes, so that it follows the daylight and not a lens that slips."""
_LEARN_FPS = 0.01
_FPS_LOOKS = 30
"""Assessments after which the usual frame rate is known."""
_STEADY_FRAMES = 3
"""No picture fault is told, and no camera called well, on fewer frames in a row."""


@dataclass(frozen=True, slots=True)
class CaptureFacts:
    """What the capture of this camera tells.

    Whether the camera answers, frames a second, age of the newest frame (infinite before the first), and its last
    error.
    """

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
    findings: tuple[HealthFinding, ...] = ()
    unjudged: dict[HealthReason, str] = field(default_factory=dict)
    picture: Image | None = field(default=None, repr=False)


class HealthMonitor:
    """Keeps what one camera's frames tell, and says how it does."""

    def __init__(self, camera: str, settings: HealthSettings, *, started_at: datetime, started_s: float) -> None:
        self.camera = camera
        self.settings = settings
        self._started_s = started_s
        self._last: Frame | None = None
        self._looked: Looked | None = None
        self._measures: Measures | None = None
        self._picture = _Damped(HealthReason.STARTING)
        self._rate = _Damped(None)
        self._flowing_since_s = started_s
        self._busy_since_s: float | None = None
        self._sharpness = _Usual(settings.sharp_frames, _LEARN_SHARPNESS)
        self._fps = _Usual(_FPS_LOOKS, _LEARN_FPS)
        self._told: tuple[HealthReason | None, datetime] = (HealthReason.STARTING, started_at)

    def frame(self, frame: Frame, *, lane_busy: bool) -> None:
        """Measure one frame. `lane_busy`: a vehicle is in view."""
        at_s = frame.monotonic_s
        if self._last is None or at_s - self._last.monotonic_s > self.settings.no_frames_s:
            self._flowing_since_s = at_s
        looked = Looked.at(frame.image)
        self._measures = measure(looked, self._looked, flat_quantile=self.settings.covered_share)
        compared = self._looked is not None
        self._looked, self._last = looked, frame
        self._busy_since_s = (at_s if self._busy_since_s is None else self._busy_since_s) if lane_busy else None
        empty = self._busy_since_s is None or at_s - self._busy_since_s > self.settings.busy_trust_s
        if compared:
            self._judge(self._measures, at_s, empty=empty)

    def assess(self, now: datetime, monotonic_s: float, capture: CaptureFacts) -> Health:
        """How the camera does at `now`; call it every second or so."""
        reason = self._reason(monotonic_s, capture)
        if reason != self._told[0]:
            self._told = (reason, now)
        return Health(
            level=_level(reason),
            reason=reason,
            since=self._told[1],
            frame_at=self._last.captured_at if self._last else None,
            measurements=self._numbers(capture),
            picture=self._last.image if self._last else None,
        )

    def confirm_view(self) -> None:
        """A person says that the camera was serviced: what it usually shows is learnt anew."""
        self._sharpness = _Usual(self.settings.sharp_frames, _LEARN_SHARPNESS)

    def _judge(self, measures: Measures, at_s: float, *, empty: bool) -> None:
        settings, picture = self.settings, self._picture
        fault = self._fault_of_any_lane(measures)
        if fault is None and empty:
            fault = self._fault_of_empty_lane(measures)
        elif fault is None and {picture.told, picture.seen} & set(_NEEDS_EMPTY_LANE):
            return  # a frame of a busy lane speaks neither for nor against these
        need_s = settings.frozen_s if fault is HealthReason.FROZEN else settings.enter_s
        if fault is None:
            need_s = settings.settle_s if picture.told is HealthReason.STARTING else settings.heal_s
        picture.see(fault, at_s, need_s=need_s, need_times=_STEADY_FRAMES)
        if fault is None and empty:
            self._sharpness.learn(measures.sharpness)

    def _fault_of_any_lane(self, measures: Measures) -> HealthReason | None:
        settings = self.settings
        if measures.mean < settings.dark_level and measures.detail < settings.dark_detail:
            return HealthReason.DARK
        if measures.repeated_share >= settings.frozen_share:
            return HealthReason.FROZEN
        if measures.white_share > settings.bright_share:
            return HealthReason.OVEREXPOSED
        return None

    def _fault_of_empty_lane(self, measures: Measures) -> HealthReason | None:
        if measures.flat_contrast < self.settings.covered_contrast:
            return HealthReason.COVERED
        usual = self._sharpness.value
        if usual is not None and measures.sharpness < self.settings.sharp_fall * usual:
            return HealthReason.DEFOCUSED
        return None

    def _reason(self, monotonic_s: float, capture: CaptureFacts) -> HealthReason | None:
        settings = self.settings
        if self._last is None:
            if monotonic_s - self._started_s < settings.starting_s:
                return HealthReason.STARTING
            return HealthReason.NO_FRAMES if capture.connected else HealthReason.SIGNAL_LOST
        if min(capture.frame_age_s, monotonic_s - self._last.monotonic_s) > settings.no_frames_s:
            return HealthReason.NO_FRAMES if capture.connected else HealthReason.SIGNAL_LOST
        if self._told[0] in _LOST and monotonic_s - self._flowing_since_s < settings.heal_s:
            return self._told[0]
        return self._picture.told or self._rate_fault(monotonic_s, capture)

    def _rate_fault(self, monotonic_s: float, capture: CaptureFacts) -> HealthReason | None:
        usual = self._fps.value
        low = usual is not None and capture.fps < self.settings.low_fps_share * usual
        need_s = self.settings.low_fps_s if low else self.settings.heal_s
        self._rate.see(HealthReason.LOW_FPS if low else None, monotonic_s, need_s=need_s, need_times=2)
        if not low and capture.fps > 0:
            self._fps.learn(capture.fps)
        return self._rate.told

    def _numbers(self, capture: CaptureFacts) -> dict[str, float]:
        numbers = {"fps": round(capture.fps, 2)}
        if capture.frame_age_s != float("inf"):
            numbers["frame_age_s"] = round(capture.frame_age_s, 2)
        if self._measures is not None:
            numbers |= {
                "mean_grey": round(self._measures.mean, 1),
                "detail_grey": round(self._measures.detail, 1),
                "white_share": round(self._measures.white_share, 4),
                "flat_contrast": round(self._measures.flat_contrast, 2),
                "repeated_share": round(self._measures.repeated_share, 4),
                "sharpness": round(self._measures.sharpness, 4),
            }
        if self._sharpness.value is not None:
            numbers["usual_sharpness"] = round(self._sharpness.value, 4)
        if self._fps.value is not None:
            numbers["usual_fps"] = round(self._fps.value, 2)
        return numbers


class _Damped:
    """A finding that changes only when the new one was seen without a break, long and often enough."""

    def __init__(self, told: HealthReason | None) -> None:
        self.told = told
        self.seen = told
        self._since_s = 0.0
        self._times = 0

    def see(self, reason: HealthReason | None, at_s: float, *, need_s: float, need_times: int) -> None:
        """Take one more look into account."""
        if reason != self.seen or self._times == 0:
            self.seen, self._since_s, self._times = reason, at_s, 0
        self._times += 1
        if at_s - self._since_s >= need_s and self._times >= need_times:
            self.told = reason


class _Usual:
    """The usual value of something that drifts: a plain mean first, then a slowly moving one."""

    def __init__(self, known_after: int, rate: float) -> None:
        self._known_after = known_after
        self._rate = rate
        self._mean = 0.0
        self._count = 0

    @property
    def value(self) -> float | None:
        """The usual value; None while too little was seen."""
        return self._mean if self._count >= self._known_after else None

    def learn(self, value: float) -> None:
        """Take one more value into account."""
        self._count += 1
        self._mean += max(self._rate, 1.0 / self._count) * (value - self._mean)


def _level(reason: HealthReason | None) -> HealthLevel:
    if reason is None:
        return HealthLevel.OK
    if reason is HealthReason.STARTING:
        return HealthLevel.UNKNOWN
    return HealthLevel.FAILED if reason in _FAILED else HealthLevel.DEGRADED
