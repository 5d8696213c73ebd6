"""A made-up busy day at a gate as it was, with one more lane, and with China closing two hours earlier.

`SEED=11 python -m bench.traffic_what_if` prints a table.
"""

from __future__ import annotations

import os
import random
from typing import Final

from bench.traffic_forecast import BEFORE_DAYS, made_up_arrivals
from central.traffic.what_if import Day, Lane, Outcome, exponential, what_if

_LANES: Final = (Lane(opens_min=7 * 60.0, closes_min=20 * 60.0),) * 6
_SERVICE_MIN: Final = 5.5
_STOCK_BEFORE: Final = 120


def made_up_day(seed: int) -> Day:
    """The first day after those before: every vehicle at some moment of its hour, six lanes from 7:00 to 20:00."""
    rng = random.Random(seed)
    counts = made_up_arrivals(seed, 1).counts[BEFORE_DAYS * 24 :]
    came = tuple(60.0 * (hour + rng.random()) for hour, count in enumerate(counts) for _ in range(count))
    return Day(came, _LANES, exponential(_SERVICE_MIN), _STOCK_BEFORE, seed)


def _row(name: str, outcome: Outcome) -> str:
    cells = [f"{wait:.0f}" if wait is not None else "" for wait in (outcome.wait_p50_min, outcome.wait_p95_min)]
    queue = max(outcome.queue_by_hour)
    at_hour = outcome.queue_by_hour.index(queue) + 1
    return f"| {name} | {queue} at {at_hour}:00 | {' | '.join(cells)} | {outcome.stock_at} | {outcome.left_over} |"


def main() -> None:
    """Run and print."""
    day = made_up_day(int(os.environ.get("SEED", "11")))
    print(f"{len(day.arrivals_min)} vehicles came, {day.stock_before} stood there before.\n")
    print("| day | longest queue | wait p50, min | p95, min | stock at 20:00 | left over |")
    print("|---|--:|--:|--:|--:|--:|")
    print(_row("as it was", what_if(day)))
    print(_row("one more lane", what_if(day.with_lanes(1))))
    print(_row("two hours shorter", what_if(day.closing_earlier(120.0))))


if __name__ == "__main__":
    main()
