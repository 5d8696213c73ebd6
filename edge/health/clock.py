"""Is a camera's clock right? Pure: how far it was off at each answer, in seconds, is passed in.

A camera whose clock is hours off by the hour has another time zone, which its overlay shows too; what is judged is the
rest. One odd answer is none.
"""

from __future__ import annotations

from contract.messages import HealthFinding, HealthReason, Severity

LIMIT_S, SEVERE_S = 5.0, 60.0
"""Five seconds put a vehicle beside its neighbour's passage, a minute beside anybody's."""
_WELL_S = 4.0
"""At most so far off it is right again."""
_ANSWERS = 2
"""So many in a row tell, or take back."""
_ZONE_S = 3600.0
_LONGEST_ZONE_S = 14 * 3600.0


class CameraClock:
    """The clock of one camera, answer by answer."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._off = 0
        self._right = 0
        self._told = False

    def answered(self, offset_s: float | None) -> None:
        """It told its time; None: it answered without, or not at all."""
        if offset_s is None:
            if not self._told:
                self._offset_s = None
            return
        self._offset_s = _within_zone(offset_s)
        off_s = abs(self._offset_s)
        self._off = self._off + 1 if off_s > LIMIT_S else 0
        self._right = self._right + 1 if off_s <= _WELL_S else 0
        if self._off >= _ANSWERS:
            self._told = True
        elif self._right >= _ANSWERS:
            self._told = False

    @property
    def finding(self) -> HealthFinding | None:
        """How far it is off, in seconds, when that is too far."""
        if not self._told or self._offset_s is None:
            return None
        off_s = abs(self._offset_s)
        return HealthFinding(
            code=HealthReason.CLOCK_DRIFT,
            severity=Severity.SEVERE if off_s > SEVERE_S else Severity.MODERATE,
            measure=round(off_s, 1),
            limit=LIMIT_S,
        )

    @property
    def offset_s(self) -> float | None:
        """How far it is ahead; None while it is not known."""
        return self._offset_s


def _within_zone(offset_s: float) -> float:
    if abs(offset_s) > _LONGEST_ZONE_S + SEVERE_S:
        return offset_s
    return offset_s - _ZONE_S * round(offset_s / _ZONE_S)
