"""How fast vehicles come and are cleared, and how long what stands in the yards will take. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Final, Self

HOUR: Final = timedelta(hours=1)
_HOURS_A_WEEK: Final = 168


@dataclass(frozen=True, slots=True)
class HourlyCounts:
    """Vehicles by the hour, without gaps.

    Attributes:
        first_at: begin of the first hour, UTC.
        counts: vehicles of each hour, ≥ 0.
        utc_offset_h: of the place, so that hours of the week are those of its people.

    """

    first_at: datetime
    counts: tuple[int, ...]
    utc_offset_h: float

    @classmethod
    def count(cls, times: Iterable[datetime], *, since: datetime, until: datetime, utc_offset_h: float) -> Self:
        """Count what happened in each whole hour from `since` to before `until`."""
        counts = [0] * ((until - since) // HOUR)
        for at in times:
            hour = (at - since) // HOUR
            if 0 <= hour < len(counts):
                counts[hour] += 1
        return cls(since, tuple(counts), utc_offset_h)

    @property
    def until(self) -> datetime:
        """End of the last hour."""
        return self.first_at + len(self.counts) * HOUR

    def hour_of_week(self, hour: int) -> int:
        """Which of the 168 hours of a local week an hour is (0: Monday from midnight); it may lie after the last."""
        local = self.first_at + hour * HOUR + timedelta(hours=self.utc_offset_h)
        return (local.weekday() * 24 + local.hour) % _HOURS_A_WEEK

    def last(self, hours: int) -> int:
        """Vehicles of the last hours together."""
        return sum(self.counts[-hours:]) if hours else 0

    def per_hour(self, hours: int) -> float | None:
        """Vehicles an hour over the last hours; None where there are none to look at."""
        looked_at = self.counts[-hours:] if hours else ()
        return sum(looked_at) / len(looked_at) if looked_at else None


def days_to_clear(stock: int, cleared_by_day: Sequence[int], days: int) -> float | None:
    """Stock ÷ mean of the vehicles cleared a day, over the last `days` whole days (as many of them as are known).

    None where no day is known; infinite where something stands and nothing was cleared; 0 where nothing stands.
    """
    known = cleared_by_day[-days:]
    if not known:
        return None
    if stock <= 0:
        return 0.0
    cleared = sum(known)
    return stock * len(known) / cleared if cleared else inf
