"""Weeks of arrivals through central: how wrong its forecast is on what its own store has of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.traffic.forecast import ForecastError, measured
from central.traffic.hours import HourKeeper
from central.traffic.rates import HOUR, HourlyCounts
from central.traffic.settings import TrafficSettings
from contract.errors import SmartGateError
from contract.messages import Abstention, Direction, Passage, Stamp, TimeQuality
from contract.topics import address_of
from simulation.province.fleet import GATES, LANES

AHEAD_H: Final = 6
"""Forecasts are made at every hour for each of the next six."""
_BOOT: Final = UUID(int=0xDA15)
_LATE_AFTER_S: Final = 300.0
_DATABASE: Final = "weeks.db"


@dataclass(frozen=True, slots=True)
class WeeksFound:
    """What came of it.

    Attributes:
        passages: that nodes told of.
        wrong_hours: hours of which the store has another number of vehicles than came.
        error: of the forecasts made from the store's hours.

    """

    days: int
    passages: int
    wrong_hours: int
    error: ForecastError

    @property
    def better(self) -> bool:
        """Whether the store has all of it, and the forecast is nearer than `same as yesterday`."""
        return not self.wrong_hours and self.error.forecast < self.error.yesterday

    @property
    def verdict(self) -> str:
        """In one line."""
        error = self.error
        ratio = error.forecast / error.yesterday if error.yesterday else float("inf")
        kept = "every hour as it was" if not self.wrong_hours else f"{self.wrong_hours} hours NOT as they were"
        return (
            f"{'better' if self.better else 'NOT better'}: over {self.days} days the forecast errs by "
            f"{error.forecast:.2f} vehicles an hour, same as yesterday by {error.yesterday:.2f} (÷ {ratio:.2f}), "
            f"same as last week by {error.last_week:.2f}; {error.hours} forecasts, {error.mean:.1f} vehicles an hour; "
            f"{self.passages} passages, in the store {kept}"
        )


def try_weeks(
    seed: int,
    came: HourlyCounts,
    days: int,
    folder: Path,
    *,
    tell: Callable[[datetime], None] = lambda _: None,
) -> WeeksFound:
    """Let vehicles come as in `came`, and forecast the last `days` of it from the store.

    Raises:
        SmartGateError: there were such days in the folder before.

    """
    path = folder / _DATABASE
    if path.exists():
        raise SmartGateError(f"expected a folder without {_DATABASE}, {folder} has one; give another or remove it")
    store = Store.open(f"sqlite:///{path}", folder / "evidence")
    try:
        _live(store, seed, came, tell)
        rows = store.traffic.by_hour(came.first_at, came.until)
    finally:
        store.close()
    hours = [came.first_at + number * HOUR for number in range(len(came.counts))]
    kept = HourlyCounts(came.first_at, tuple(rows.get((at, Direction.IN), 0) for at in hours), came.utc_offset_h)
    wrong = sum(one != other for one, other in zip(kept.counts, came.counts, strict=True))
    return WeeksFound(days, sum(came.counts), wrong, measured(kept, days=days, ahead=AHEAD_H))


def _live(store: Store, seed: int, came: HourlyCounts, tell: Callable[[datetime], None]) -> None:
    """A day at a time: what nodes tell, then the hours that central counts."""
    rng = random.Random(seed)
    intake, keeper = Intake(store, late_after_s=_LATE_AFTER_S), HourKeeper(store, TrafficSettings())
    numbers = dict.fromkeys(GATES, 0)
    for first in range(0, len(came.counts), 24):
        packets: list[Packet] = []
        for hour in range(first, min(first + 24, len(came.counts))):
            begin = came.first_at + hour * HOUR
            for at in sorted(begin + timedelta(seconds=rng.randrange(3600)) for _ in range(came.counts[hour])):
                gate = rng.choices(list(GATES), list(GATES.values()))[0]
                numbers[gate] += 1
                packets.append(_packet(gate, numbers[gate], at, rng))
        now = min(came.first_at + (first + 24) * HOUR, came.until)
        if packets:
            intake.take(packets, now)
        keeper.step(now)
        tell(now)


def _packet(gate: str, number: int, at: datetime, rng: random.Random) -> Packet:
    message = Passage(
        site=gate,
        node=f"{gate}-1",
        outbox_id=uuid5(_BOOT, gate),
        seq=number,
        stamp=Stamp(at=at, boot_id=_BOOT, monotonic_s=float(number), time_quality=TimeQuality.SYNCED),
        passage_id=UUID(int=rng.getrandbits(128), version=4),
        lane=f"in-{1 + rng.randrange(LANES[gate])}",
        direction=Direction.IN,
        first_seen_at=at,
        last_seen_at=at,
        abstained=Abstention.ILLEGIBLE,
        frames=30,
        reads=0,
    )
    return Packet(address_of(message), message.model_dump_json().encode())
