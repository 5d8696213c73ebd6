"""How wrong the forecast of arrivals is on made-up days, beside "same as yesterday" and "same as last week".

`DAYS=30 SEEDS=8 python -m bench.traffic_forecast` prints a table.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from math import exp
from typing import Final

from central.traffic.forecast import ForecastError, measured
from central.traffic.rates import HourlyCounts

AHEAD_H: Final = 6
"""Forecasts are made at every hour for each of the next six."""
BEFORE_DAYS: Final = 35
"""Days that are known before the first that is forecast."""
_MONDAY: Final = datetime(2026, 3, 1, 17, tzinfo=UTC)
_UTC_OFFSET_H: Final = 7.0
_HOURLY: Final = (0, 0, 0, 0, 1, 3, 8, 14, 16, 15, 12, 9, 6, 9, 12, 12, 11, 9, 7, 4, 2, 1, 0, 0)
_WEEKDAYS: Final = (1.0, 1.05, 1.05, 1.0, 1.0, 0.85, 0.7)
_A_DAY: Final = 850.0
"""Vehicles that come on an ordinary day: half of what the province clears, the rest goes the other way."""
_CARRIED_OVER, _DAY_SPREAD = 0.7, 0.12
"""A busy day follows a busy one; log of a day's volume."""
_SEASON_GAIN, _SEASON_DAYS = 0.5, 12
_HOLIDAY_SHARE: Final = 0.3


def made_up_arrivals(seed: int, days: int) -> HourlyCounts:
    """Hourly arrivals of `days` after `BEFORE_DAYS`: rush hours that shift, weekends, a season, a holiday, chance."""
    rng = random.Random(seed)
    all_days = BEFORE_DAYS + days
    season, holiday = (rng.randrange(BEFORE_DAYS - 5, all_days) for _ in range(2))
    counts: list[int] = []
    level = 0.0
    for day in range(all_days):
        level = _CARRIED_OVER * level + rng.gauss(0.0, _DAY_SPREAD)
        in_season = _SEASON_GAIN * max(0.0, 1.0 - abs(day - season) / _SEASON_DAYS)
        volume = _A_DAY * _WEEKDAYS[day % 7] * (1.0 + in_season) * exp(level)
        volume *= _HOLIDAY_SHARE if day == holiday else 1.0
        counts += _hours_of(max(0, round(rng.gauss(volume, volume**0.5))), rng)
    return HourlyCounts(_MONDAY, tuple(counts), _UTC_OFFSET_H)


def _hours_of(vehicles: int, rng: random.Random) -> list[int]:
    late_h = rng.gauss(0.0, 0.5)
    hours = [0] * 24
    for hour in rng.choices(range(24), _HOURLY, k=vehicles):
        hours[min(23, max(0, int(hour + rng.random() + late_h)))] += 1
    return hours


def rows(days: int, seeds: int) -> list[tuple[int, ForecastError]]:
    """The error for seeds 11, 12 …: those below were looked at while the method was made."""
    return [(seed, measured(made_up_arrivals(seed, days), days=days, ahead=AHEAD_H)) for seed in range(11, 11 + seeds)]


def main() -> None:
    """Measure and print."""
    days, seeds = int(os.environ.get("DAYS", "30")), int(os.environ.get("SEEDS", "8"))
    print("| seed | forecasts | vehicles an hour | forecast | same as yesterday | same as last week |")
    print("|--:|--:|--:|--:|--:|--:|")
    found = rows(days, seeds)
    for seed, error in found:
        print(
            f"| {seed} | {error.hours} | {error.mean:.1f} | {error.forecast:.2f} | {error.yesterday:.2f} "
            f"| {error.last_week:.2f} |"
        )
    forecast, yesterday = (sum(getattr(error, name) for _, error in found) for name in ("forecast", "yesterday"))
    print(f"\nforecast ÷ same as yesterday: {forecast / yesterday:.2f}")


if __name__ == "__main__":
    main()
