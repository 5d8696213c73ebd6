"""When lorries come and go: many at the rush hours, few at night, each for as long as its business takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulation.province.plans import SHARES, Plan

Hours = NDArray[np.float64]
REGIMES: Final = ("import", "export", "temporary_import", "transit", "transfer")
_OF_CHINESE: Final = (0.93, 0.0, 0.03, 0.03, 0.01)
_OF_VIETNAMESE: Final = (0.08, 0.8, 0.05, 0.04, 0.03)
_DWELL_H: Final = (5.0, 7.0, 10.0, 9.0, 6.0)
"""Middle of the hours that a lorry stays, by regime."""
_DWELL_SPREAD: Final = 0.55
_LEAST_DWELL_H: Final = 0.6
_WITHIN_LIMIT: Final = 0.93
"""Of its limit the longest ordinary stay; those who overstay do so by at least a tenth."""
_OVER_LIMIT: Final = (1.1, 1.9)
_GAP_DAYS: Final = 1.7
"""Days off between two visits, on average; some come twice a day."""
_TURNAROUND_H: Final = 1.0
LORRIES_PER_PASSAGE: Final = 1.27
"""Lorries that a province has for each passage of a day."""
_UTC_AHEAD_H: Final = 7.0
_HOURLY: Final = np.array(
    [0, 0, 0, 0, 0, 1, 3, 7, 11, 12, 10, 7, 5, 8, 11, 11, 9, 6, 4, 2, 1, 0.7, 0.3, 0], dtype=np.float64
)
"""Arrivals by the hour of the day in Vietnam: 12 % in the busiest."""


@dataclass(frozen=True, slots=True)
class Visits:
    """One lorry's visits after each other: hours since the first day began, regime and plan of each.

    `regime` counts in `REGIMES`, `plan` in `Plan`; `into_h` is ascending along the second axis.
    """

    into_h: Hours
    out_h: Hours
    regime: NDArray[np.int64]
    plan: NDArray[np.int64]


def make_visits(
    chinese: NDArray[np.bool_], days: int, limits_h: Mapping[str, float], rng: np.random.Generator
) -> Visits:
    """The visits of each lorry, from days before the first until after the last; `limits_h`: regime to longest stay."""
    lorries = len(chinese)
    regimes = np.where(
        chinese, rng.choice(len(REGIMES), lorries, p=_OF_CHINESE), rng.choice(len(REGIMES), lorries, p=_OF_VIETNAMESE)
    )
    limit_h = np.array([limits_h[name] for name in REGIMES])[regimes]
    middle_h = np.array(_DWELL_H)[regimes]
    free_h = rng.uniform(-6.0, -3.0, lorries) * 24.0  # by the first day they come and go as ever
    columns: list[tuple[Hours, Hours, NDArray[np.int64]]] = []
    while free_h.min() < 24.0 * days:
        plan = rng.choice(len(Plan), lorries, p=[SHARES[one] for one in Plan])
        into_h = _arrival(free_h, rng)
        stay_h = np.clip(middle_h * rng.lognormal(0.0, _DWELL_SPREAD, lorries), _LEAST_DWELL_H, None)
        stay_h = np.minimum(_until_open(into_h + stay_h, rng) - into_h, _WITHIN_LIMIT * limit_h)
        stay_h = np.where(plan == Plan.OVERSTAY, limit_h * rng.uniform(*_OVER_LIMIT, lorries), stay_h)
        out_h = into_h + stay_h
        columns.append((into_h, out_h, plan))
        gap_days = rng.exponential(_GAP_DAYS, lorries)
        free_h = out_h + _TURNAROUND_H + np.where(gap_days < 0.25, 0.0, gap_days * 24.0)
    into, out, plans = (np.stack(parts, axis=1) for parts in zip(*columns, strict=True))
    return Visits(into, out, np.broadcast_to(regimes[:, None], into.shape), plans)


def _arrival(free_h: Hours, rng: np.random.Generator) -> Hours:
    """A time of day as people come, on the day that they are free, or else on the next."""
    hour = rng.choice(24, len(free_h), p=_HOURLY / _HOURLY.sum()) + rng.random(len(free_h))
    day_h = np.floor((free_h + _UTC_AHEAD_H) / 24.0) * 24.0
    into_h = day_h + hour - _UTC_AHEAD_H
    return np.where(into_h < free_h, into_h + 24.0, into_h)


def _until_open(out_h: Hours, rng: np.random.Generator) -> Hours:
    """Nobody leaves between 23 and 6 o'clock: they go in the morning."""
    local_h = (out_h + _UTC_AHEAD_H) % 24.0
    wait_h = np.where(local_h >= 23.0, 30.0 - local_h, np.where(local_h < 6.0, 6.0 - local_h, 0.0))
    return np.where(wait_h > 0, out_h + wait_h + rng.uniform(0.0, 2.5, len(out_h)), out_h)
