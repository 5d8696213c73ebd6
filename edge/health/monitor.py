"""Diagnosis of one camera from its frames. Pure: time is passed in, nothing is read but pictures.

A fault must be seen for a while before it is told, and be gone for a while before it is taken back. What compares the
picture with the usual one is judged only where nothing stands before it: a lorry that fills the view is no cover.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from contract.messages import HealthFinding, HealthLevel, HealthReason, Severity
from edge.frame import Frame, Image
from edge.health.damping import Damped
from edge.health.defects import Usual, find_defects
from edge.health.judge import Scene, judge
from edge.health.look import Look, look_at, measure_tiles
from edge.health.memory import ViewMemory
from edge.health.rate import FrameRate
from edge.health.repeats import Repeats
from edge.health.settings import HealthSettings
from edge.health.spots import Spots
from edge.health.track import Place
from edge.health.view import Occupied, View

_LOST: Final = (HealthReason.SIGNAL_LOST, HealthReason.NO_FRAMES)
_ALWAYS_FAILED: Final = (*_LOST, HealthReason.FROZEN, HealthReason.LOOPED)
_FAILED_WHEN_SEVERE: Final = (
    HealthReason.DARK,
    HealthReason.COVERED,
    HealthReason.OVEREXPOSED,
    HealthReason.IR_FAILED,
    HealthReason.CORRUPTED,
    HealthReason.MOVED,
    HealthReason.DEFOCUSED,
    HealthReason.NOISE,
)
_IN_PICTURE: Final = frozenset(HealthReason) - {
    *_LOST,
    HealthReason.FROZEN,
    HealthReason.LOOPED,
    HealthReason.LOW_FPS,
    HealthReason.STARTING,
    HealthReason.NODE_SILENT,
}
_OF_TIME: Final = frozenset({HealthReason.SIGNAL_LOST, HealthReason.FROZEN, HealthReason.LOOPED})
"""What the sequence of frames tells; a lost signal as well, where a recorder shows a card instead."""
_STEADY_LOOKS = 3
"""No camera is called well on fewer looks in a row."""
_ELSEWHERE_SHARE = 0.012
"""A view that lies farther off than this, as a share of its width, is not the one to learn."""
_USUAL_EVERY_S = 3.0
"""The usual picture changes slowly: what is worked out from it is so often."""
_JOLT_S = 30.0
"""After the whole picture changed at once nothing is learnt for so long: there must be time to tell what it is."""
_AS_RICH = 0.6
"""Share of the fine structure learnt so far, from which a part shows no less than it did."""
_REPEATED_LOOK_S = 0.6
_STOOD_S = 1.5
"""A new picture after a standing one speaks for so long of the time between."""
_UNIFORM_GREY = 2
_BURNT = 250


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
    """When `picture` was taken."""
    measurements: dict[str, float]
    findings: tuple[HealthFinding, ...] = ()
    unjudged: dict[HealthReason, str] = field(default_factory=dict)
    picture: Image | None = field(default=None, repr=False)
    """The last one in which the gravest finding was seen; the newest where none is, or none shows in a picture."""


class HealthMonitor:
    """Keeps what one camera's frames tell, and says how it does."""

    def __init__(
        self,
        camera: str,
        settings: HealthSettings,
        *,
        started_at: datetime,
        started_s: float,
        memory: ViewMemory | None = None,
    ) -> None:
        self.camera = camera
        self.settings = settings
        self._started_s = started_s
        self._memory = memory or ViewMemory()
        self._view = View()
        self._occupied = Occupied()
        self._place = Place()
        self._spots = Spots()
        self._usual: Usual | None = None
        self._usual_at_s = float("-inf")
        self._repeats = Repeats()
        self._rate = FrameRate()
        self._damped = Damped()
        self._last: Frame | None = None
        self._proof: tuple[HealthReason, Frame] | None = None
        """The gravest finding that is told, and the frame in which it was last seen."""
        self._look: Look | None = None
        self._scene: Scene | None = None
        self._looks = 0
        self._fresh_s = started_s
        self._busy_since_s: float | None = None
        self._size: tuple[int, int] | None = None
        """Width and height of the frames that the view was learnt from."""
        self._unjudged: dict[HealthReason, str] = {}
        self._fresh_share = 1.0
        self._flowing_since_s = started_s
        self._assessed_s: float | None = None
        self._told: tuple[tuple[HealthLevel, HealthReason | None], datetime] = (
            (HealthLevel.UNKNOWN, HealthReason.STARTING),
            started_at,
        )

    def frame(self, frame: Frame, *, lane_busy: bool | None = None) -> None:
        """Measure one frame. `lane_busy`: a vehicle is in view, where that is known."""
        at_s = frame.monotonic_s
        if self._last is None or at_s - self._last.monotonic_s > self.settings.no_frames_s:
            self._flowing_since_s = at_s
        before_s = self._last.monotonic_s if self._last is not None else at_s
        self._repeats.take(frame.image, at_s)
        fresh = self._repeats.still_s == 0.0
        self._fresh_share += 0.05 * (float(fresh) - self._fresh_share)
        self._rate.take(at_s, frame.number, fresh=fresh)
        self._last = frame
        self._busy_since_s = (at_s if self._busy_since_s is None else self._busy_since_s) if lane_busy else None
        passed_s = min(1.0, max(0.0, at_s - before_s))
        of_time = self._of_time(frame)
        self._see(of_time, _OF_TIME, passed_s, enter_s=0.01)
        self._prove(of_time, frame)
        size = (frame.image.shape[1], frame.image.shape[0])
        self._size = self._size or size
        # a frame that repeats tells little, but for the light
        due_s = self.settings.look_every_s - 0.005 if fresh else _REPEATED_LOOK_S
        if self._look is None or at_s - self._look.at_s >= due_s:
            self._take_look(frame, fresh=fresh)

    def assess(self, now: datetime, monotonic_s: float, capture: CaptureFacts) -> Health:
        """How the camera does at `now`; call it every second or so."""
        passed_s = min(2.0, monotonic_s - self._assessed_s) if self._assessed_s is not None else 0.0
        self._assessed_s = monotonic_s
        lost = self._lost(monotonic_s, capture)
        if lost is None and self._last is not None:
            self._judge_rate(monotonic_s, capture, passed_s)
        findings = (lost,) if lost is not None else self._damped.told()
        state = self._state(findings, monotonic_s)
        if state != self._told[0]:
            self._told = (state, now)
        shown = self._last
        if findings and self._proof is not None and self._proof[0] is findings[0].code:
            shown = self._proof[1]
        return Health(
            level=state[0],
            reason=state[1],
            since=self._told[1],
            frame_at=shown.captured_at if shown else None,
            measurements=self._numbers(capture),
            findings=findings if state[0] is not HealthLevel.UNKNOWN else (),
            unjudged=dict(self._unjudged),
            picture=shown.image if shown else None,
        )

    def confirm_view(self) -> None:
        """A person says that the camera sees what it should: learn the view anew from now on."""
        self._memory.forget()
        self._view, self._occupied, self._place, self._spots = View(), Occupied(), Place(), Spots()
        self._damped = Damped()
        self._looks = 0
        self._size = None

    def learn_from(self, pictures: list[Image]) -> None:
        """Take pictures of the camera in good order (at least one) as what it usually shows, before its first frame."""
        if len(pictures) == 1:
            pictures = pictures * 2
        before: Look | None = None
        everywhere = np.ones_like(self._occupied.where)
        for number, picture in enumerate(pictures):
            look = look_at(picture, float(number))
            if before is not None:
                tiles = measure_tiles(look, before)
                for _ in range(12 if len(pictures) == 2 else 1):
                    self._view.learn(look, tiles, everywhere)
            before = look
        self._view.learnt[:] = np.maximum(self._view.learnt, 60)
        self._size = pictures[0].shape[1], pictures[0].shape[0]

    def _of_time(self, frame: Frame) -> list[HealthFinding]:
        """Faults of the sequence of frames: a still picture, one that is no picture, a loop."""
        settings, repeats = self.settings, self._repeats
        found = []
        width, height = frame.image.shape[1], frame.image.shape[0]
        if self._size is not None and self._size != (width, height):
            found = [_plain(HealthReason.FORMAT_CHANGED, width / self._size[0], height / self._size[1])]
        if repeats.still_s > 0 and repeats.still_s >= settings.no_picture_s and _uniform(frame.image):
            code = HealthReason.OVEREXPOSED if frame.image.mean() > _BURNT else HealthReason.SIGNAL_LOST
            return [_plain(code, repeats.still_s, settings.no_picture_s)]
        if repeats.still_s >= settings.frozen_s:
            return [_plain(HealthReason.FROZEN, repeats.still_s, settings.frozen_s)]
        if repeats.looped_s >= settings.looped_s:
            return [_plain(HealthReason.LOOPED, repeats.looped_s, settings.looped_s)]
        return found

    def _take_look(self, frame: Frame, *, fresh: bool) -> None:
        look = look_at(frame.image, frame.monotonic_s)
        before, self._look = self._look, look
        if before is None or before.size != look.size or look.at_s - before.at_s > 2.0:
            return
        tiles = measure_tiles(look, before)
        if view := self._memory.turn(frame.captured_at, self._view, tiles, clean=not self._damped.suspected):
            self._view = view
        anew = self._occupied.take(look, tiles, self._view)
        self._place.take(look, self._view, self._occupied)
        jolted = look.at_s - self._occupied.jolted_s < _JOLT_S
        if jolted:
            # what left shows what it hid; a cover that came shows less than before
            anew &= tiles.raw > _AS_RICH * self._view.fine
        if anew.any() and not self._damped.suspected and self._place.reach_share < _ELSEWHERE_SHARE:
            self._view.adopt(look, tiles, anew)
        if not self._view.ready:
            self._usual = None
        elif self._usual is None or self._usual_at_s + _USUAL_EVERY_S <= look.at_s:
            self._usual, self._usual_at_s = Usual.of(self._view.picture), look.at_s
        hidden = self._occupied.where | self._occupied.moving | ~self._view.known
        self._spots.take(look, self._view, hidden)
        self._scene = Scene(
            look=look,
            tiles=tiles,
            defects=find_defects(look, before, self._usual),
            view=self._view,
            occupied=self._occupied,
            place=self._place,
            spots=self._spots,
            fresh=fresh,
            reshaped=self._size is not None and self._size != look.size,
            busy=self._busy_since_s is not None and look.at_s - self._busy_since_s < self.settings.busy_trust_s,
        )
        found, self._unjudged = judge(self._scene)
        self._looks = 0 if found else self._looks + fresh
        judged = _IN_PICTURE - set(self._unjudged)
        # what stood still meanwhile is taken to have been as it is now
        passed_s = min(look.at_s - self._fresh_s, _STOOD_S) if fresh else look.at_s - before.at_s
        self._fresh_s = look.at_s if fresh else self._fresh_s
        self._see(found, frozenset(judged), passed_s, frozenset(self._unjudged), enter_s=self.settings.enter_s)
        self._prove(found, frame)
        if fresh and not self._damped.suspected and not self._scene.busy and not jolted:
            self._view.learn(look, tiles, ~self._occupied.where & ~self._occupied.moving)

    def _see(
        self,
        found: list[HealthFinding],
        judged: frozenset[HealthReason],
        passed_s: float,
        unjudged: frozenset[HealthReason] = frozenset(),
        *,
        enter_s: float,
    ) -> None:
        heal_s, passed_s = self.settings.heal_s, max(passed_s, 0.01)
        self._damped.see(found, judged, unjudged, enter_s=enter_s, heal_s=heal_s, passed_s=passed_s)

    def _prove(self, found: list[HealthFinding], frame: Frame) -> None:
        told = self._damped.told()
        if told and any(one.code is told[0].code for one in found):
            self._proof = told[0].code, frame
        elif not told:
            self._proof = None

    def _judge_rate(self, monotonic_s: float, capture: CaptureFacts, passed_s: float) -> None:
        settings = self.settings
        steady = not self._damped.suspected
        slow = self._rate.judge(
            monotonic_s, capture.fps * self._fresh_share, low_share=settings.low_fps_share, steady=steady
        )
        if self._repeats.still_s > settings.frozen_s / 2 or self._damped.suspects(HealthReason.DARK):
            return  # it may be frozen, which is more than slow; and black pictures are all alike
        found = [slow] if slow is not None else []
        judged = frozenset({HealthReason.LOW_FPS})
        self._damped.see(found, judged, enter_s=settings.low_fps_s, heal_s=settings.heal_s, passed_s=passed_s)

    def _lost(self, monotonic_s: float, capture: CaptureFacts) -> HealthFinding | None:
        settings = self.settings
        code = HealthReason.NO_FRAMES if capture.connected else HealthReason.SIGNAL_LOST
        if self._last is None:
            waited_s = monotonic_s - self._started_s
            return _plain(code, waited_s, settings.starting_s) if waited_s >= settings.starting_s else None
        age_s = min(capture.frame_age_s, monotonic_s - self._last.monotonic_s)
        if age_s > settings.no_frames_s:
            return _plain(code, age_s, settings.no_frames_s)
        told = self._told[0][1]
        if told in _LOST and monotonic_s - self._flowing_since_s < settings.heal_s:
            return _plain(told, settings.no_frames_s, settings.no_frames_s) if not self._damped.told() else None
        return None

    def _state(
        self, findings: tuple[HealthFinding, ...], monotonic_s: float
    ) -> tuple[HealthLevel, HealthReason | None]:
        if findings:
            failed = any(
                one.code in _ALWAYS_FAILED or (one.code in _FAILED_WHEN_SEVERE and one.severity is Severity.SEVERE)
                for one in findings
            )
            return (HealthLevel.FAILED if failed else HealthLevel.DEGRADED), findings[0].code
        settled = self._looks >= _STEADY_LOOKS and monotonic_s - self._flowing_since_s >= self.settings.settle_s
        if self._told[0] == (HealthLevel.UNKNOWN, HealthReason.STARTING) and not settled:
            return HealthLevel.UNKNOWN, HealthReason.STARTING
        return HealthLevel.OK, None

    def _numbers(self, capture: CaptureFacts) -> dict[str, float]:
        numbers = {"fps": round(capture.fps, 2)}
        if capture.frame_age_s != float("inf"):
            numbers["frame_age_s"] = round(capture.frame_age_s, 2)
        if self._rate.usual_fps is not None:
            numbers["usual_fps"] = round(self._rate.usual_fps, 2)
        if self._scene is not None:
            numbers |= self._scene.numbers()
        return numbers


def _plain(code: HealthReason, measure: float, limit: float) -> HealthFinding:
    return HealthFinding(code=code, severity=Severity.SEVERE, measure=round(measure, 2), limit=limit)


def _uniform(image: Image) -> bool:
    """One colour all over, but for lettering: what a recorder shows instead of a picture."""
    thin = image[::24, ::24].astype(np.int16).reshape(-1, 3)
    apart = np.abs(thin - np.median(thin, axis=0)).max(axis=1)
    return bool((apart <= _UNIFORM_GREY).mean() > 0.9)
