"""Settings of the cross-checks."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from central.settings import Minutes, Settings

Share = Annotated[float, Field(gt=0, lt=1)]
_HOURS_A_YEAR = 8766.0
_OVERLAP = 4.0
"""Windows slide: looking all the time finds by chance about so many times what looking once a window would."""
_CHECKS = 4


class CrossCheckSettings(Settings):
    """What central holds against what, and how rarely it may be wrong."""

    window_min: Annotated[float, Field(ge=10, le=1440)] = 120.0
    """Vehicles of so long are compared."""
    balance_window_h: Annotated[float, Field(ge=1, le=24)] = 6.0
    """Over so long what goes in and out of a whole site is compared, where no camera is suspect."""
    settle_min: Minutes = 10.0
    """The last minutes are left out: messages, and the platform's word, may still be on their way."""
    history_days: Annotated[int, Field(ge=2, le=31)] = 7
    """What is usual are the same hours of so many days before."""
    least_usual: Annotated[int, Field(ge=20)] = 100
    """So many vehicles must be known of those hours, else nothing is said to be unusual."""
    false_alarms_per_year: Annotated[float, Field(gt=0, le=100)] = 1.0
    """So often all checks together may be wrong by chance, over all sites."""
    spread: Annotated[float, Field(gt=0, le=0.2)] = 0.03
    """How far shares differ from day to day without any reason: 0.03 is a standard deviation of three points."""
    least_fall: Share = 0.1
    """A share that fell by less than this part of itself is left alone, however sure the fall is."""
    platform_errors: Share = 0.02
    """Of the vehicles that the platform confirms so many went another way, or were confirmed by mistake."""
    confirmed_within_min: Minutes = 15.0
    """A vehicle is seen within so long before or after the platform confirms it."""

    @property
    def window(self) -> timedelta:
        """`window_min` as a span."""
        return timedelta(minutes=self.window_min)

    @property
    def balance_window(self) -> timedelta:
        """`balance_window_h` as a span."""
        return timedelta(hours=self.balance_window_h)

    def alarm_below(self, subjects: int, window: timedelta) -> float:
        """How improbable something must be to count, where `subjects` are looked at in sliding windows all year."""
        comparisons = max(subjects, 1) * _OVERLAP * _HOURS_A_YEAR / (window / timedelta(hours=1))
        return self.false_alarms_per_year / _CHECKS / comparisons
