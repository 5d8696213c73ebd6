"""Whether pictures come as often, and as evenly, as they usually do."""

from __future__ import annotations

from collections import deque

from contract.messages import HealthFinding, HealthReason, Severity

_KNOWN_AFTER_S = 3.0
_LEARN = 0.01
_GAP_S = 0.7
_GAPS_WINDOW_S = 10.0
_GAPS = 3


class FrameRate:
    """Learns a camera's usual rate of new frames and tells when it falls, or when frames come in jerks."""

    def __init__(self) -> None:
        self.usual_fps: float | None = None
        self._began_s: float | None = None
        self._last_new_s: float | None = None
        self._last_number: int | None = None
        self._gaps: deque[float] = deque()

    def take(self, at_s: float, number: int, *, fresh: bool) -> None:
        """A frame came, the camera's `number`th; `fresh`: it is a new picture and not the one before again.

        Pictures whose numbers are left out came while the node had no time: they take their share of the gap.
        """
        unseen = max(0, number - self._last_number - 1) if self._last_number is not None else 0
        self._last_number = number
        if not fresh:
            return
        gap_s = at_s - self._last_new_s if self._last_new_s is not None else 0.0
        if self.usual_fps is not None and gap_s - unseen / self.usual_fps > max(_GAP_S, 4.0 / self.usual_fps):
            self._gaps.append(at_s)
        self._last_new_s = at_s

    def judge(self, now_s: float, fps: float, *, low_share: float, steady: bool) -> HealthFinding | None:
        """A finding when `fps` is low for this camera; it is learnt from while all is well (`steady`)."""
        if self._began_s is None:
            self._began_s = now_s
        while self._gaps and now_s - self._gaps[0] > _GAPS_WINDOW_S:
            self._gaps.popleft()
        if self.usual_fps is None:
            if now_s - self._began_s >= _KNOWN_AFTER_S and fps > 0:
                self.usual_fps = fps
            return None
        limit = round(low_share * self.usual_fps, 2)
        if fps < limit:
            severe = fps < 0.4 * limit
            return HealthFinding(
                code=HealthReason.LOW_FPS,
                severity=Severity.SEVERE if severe else Severity.MODERATE,
                measure=round(fps, 2),
                limit=limit,
            )
        if len(self._gaps) >= _GAPS:
            return HealthFinding(
                code=HealthReason.LOW_FPS,
                severity=Severity.MODERATE,
                measure=float(len(self._gaps)),
                limit=float(_GAPS),
            )
        if steady:
            self.usual_fps += _LEARN * (fps - self.usual_fps)
        return None
