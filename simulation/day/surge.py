"""A day on which the yards fill up and empty again, through central: whether the level follows, each step once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.reports.bulletin import day_span
from central.store import Store
from central.store.traffic_records import KeptChange
from central.traffic.desk import TrafficDesk, TrafficRefusedError
from central.traffic.keeper import TrafficKeeper
from central.traffic.settings import TrafficSettings
from contract.errors import SmartGateError
from contract.messages import Abstention, Direction, Passage, Stamp, TimeQuality
from contract.topics import address_of
from simulation.day.make import DAY

CLIMB: Final = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 3), (3, 2), (2, 1), (1, 0))
"""The changes of such a day: each once."""
CALLS_AT: Final = {1: 500, 2: 700, 3: 900, 4: 1500}
"""Vehicles in the yards from which on a level is called for, by the province's own proposal."""
_RISES_AFTER, _FALLS_AFTER = timedelta(minutes=15), timedelta(minutes=60)
_CALM: Final = 0.9
"""A level is left below so much of its threshold."""
_CURVE: Final = (
    (0.0, 420),
    (2.0, 500),
    (3.5, 510),
    (5.0, 700),
    (6.5, 710),
    (8.0, 900),
    (9.5, 920),
    (12.0, 1560),
    (13.0, 1580),
    (16.0, 1000),
    (18.0, 820),
    (20.0, 620),
    (22.0, 480),
    (24.0, 400),
    (29.0, 340),
)
"""Hours, and vehicles in the yards: it lingers where a level begins."""
_WOBBLE: Final = 25.0
_THROUGH: Final = 5
"""Vehicles that come and go in each step beside what fills or empties the yards."""
_STEP: Final = timedelta(minutes=5)
_SHARES: Final = {"huu-nghi": 0.3, "tan-thanh": 0.7}
_BOOT: Final = UUID(int=0x5B6E)
_VIETNAM_H: Final = 7.0
_DATABASE: Final = "surge.db"


@dataclass
class Surge:
    """What happened, and what central made of it.

    Attributes:
        stocks: what really stood in the yards at each step.
        changes: of the level, the oldest first.
        playbooks: levels whose playbook was offered, and taken, at the right time.
        stale: playbooks of a level that was over and were taken all the same.

    """

    stocks: dict[datetime, int] = field(default_factory=dict)
    changes: Sequence[KeptChange] = ()
    playbooks: list[int] = field(default_factory=list)
    stale: int = 0

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as it should be."""
        return tuple(_faults(self))

    @property
    def verdict(self) -> str:
        """In one line."""
        path = "-".join(["0", *(str(one.after) for one in self.changes)])
        if self.faults:
            return f"NOT as it should be: {path}; {'; '.join(self.faults)}"
        top = max(self.stocks.values())
        return (
            f"as it should be: level {path}, each once; up to {top} vehicles; all {len(self.changes)} changes on "
            f"evidence that lasted, the stock to the vehicle; {len(self.playbooks)} playbooks, each that of its level"
        )


def try_surge(seed: int, folder: Path, *, tell: Callable[[datetime], None] = lambda _: None) -> Surge:
    """Let it happen, with the plan that is shipped.

    Raises:
        SmartGateError: there was such a day in the folder before.

    """
    path = folder / _DATABASE
    if path.exists():
        raise SmartGateError(f"expected a folder without {_DATABASE}, {folder} has one; give another or remove it")
    store = Store.open(f"sqlite:///{path}", folder / "evidence")
    try:
        found = Surge()
        for now in _live(store, random.Random(seed), found):
            tell(now)
        found.changes = store.surge.changes(limit=500)[::-1]
        return found
    finally:
        store.close()


def _live(store: Store, rng: random.Random, found: Surge) -> Iterator[datetime]:
    settings = TrafficSettings()
    intake, keeper = Intake(store, late_after_s=300.0), TrafficKeeper(store, settings, _VIETNAM_H)
    desk = TrafficDesk(store, settings, _VIETNAM_H, actor="ca trưởng")
    now, stock, wobble = day_span(DAY)[0] + timedelta(hours=9), _CURVE[0][1], 0.0  # from 5 o'clock in the morning
    _count(store, stock, now)
    began, numbers = now, dict.fromkeys(_SHARES, 0)
    playbook: tuple[datetime, str] | None = None
    while now < began + timedelta(hours=_CURVE[-1][0]):
        now += _STEP
        wobble = 0.9 * wobble + rng.gauss(0.0, _WOBBLE * 0.4)
        more = round(_at_hour((now - began) / timedelta(hours=1)) + wobble) - stock
        ways = [Direction.IN] * (_THROUGH + max(0, more)) + [Direction.OUT] * (_THROUGH + max(0, -more))
        rng.shuffle(ways)
        packets = []
        for place, way in enumerate(ways):
            gate = rng.choices(list(_SHARES), list(_SHARES.values()))[0]
            numbers[gate] += 1
            packets.append(_packet(gate, way, numbers[gate], now - _STEP + (place + 0.5) * _STEP / len(ways), rng))
        stock += more
        intake.take(packets, now)
        keeper.step(now)
        found.stocks[now] = stock
        playbook = _follow(store, desk, playbook, now, found)
        yield now


def _follow(
    store: Store, desk: TrafficDesk, before: tuple[datetime, str] | None, now: datetime, found: Surge
) -> tuple[datetime, str]:
    """Somebody does the first thing of each new playbook; that of the level before is refused by then."""
    state = store.surge.state()
    if state is None:
        raise SmartGateError("expected a level after the first step, got none")
    present = (state.since, state.plan_fingerprint)
    if present != before:
        desk.tick(*present, 0, now=now)
        found.playbooks.append(state.level)
        if before is not None:
            try:
                desk.tick(*before, 0, now=now)
                found.stale += 1
            except TrafficRefusedError:
                pass
    return present


def _count(store: Store, stock: int, at: datetime) -> None:
    first = round(stock * _SHARES["huu-nghi"])
    with store.transaction(at) as transaction:
        for gate, stood in zip(_SHARES, (first, stock - first), strict=True):
            store.surge.add_count(transaction, gate, stood, at=at, actor="ca trưởng")


def _at_hour(hour: float) -> float:
    for (begin, low), (end, high) in pairwise(_CURVE):
        if begin <= hour <= end:
            return low + (high - low) * (hour - begin) / (end - begin)
    return float(_CURVE[-1][1])


def _packet(gate: str, way: Direction, number: int, at: datetime, rng: random.Random) -> Packet:
    message = Passage(
        site=gate,
        node=f"{gate}-1",
        outbox_id=uuid5(_BOOT, gate),
        seq=number,
        stamp=Stamp(at=at, boot_id=_BOOT, monotonic_s=float(number), time_quality=TimeQuality.SYNCED),
        passage_id=UUID(int=rng.getrandbits(128), version=4),
        lane=f"{way}-1",
        direction=way,
        first_seen_at=at,
        last_seen_at=at,
        abstained=Abstention.ILLEGIBLE,
        frames=30,
        reads=0,
    )
    return Packet(address_of(message), message.model_dump_json().encode())


def _faults(surge: Surge) -> Iterator[str]:
    path = tuple((one.before, one.after) for one in surge.changes)
    if path != CLIMB:
        yield f"expected each level once up and once down, got {len(path)} changes"
    for one in surge.changes:
        name = f"{one.before} to {one.after} at {one.at:%H:%M} UTC"
        if one.situation.get("stock") != surge.stocks.get(one.at):
            yield f"{name}: stock {one.situation.get('stock')}, really {surge.stocks.get(one.at)}"
        if one.after > one.before and not _called(surge.stocks, one):
            yield f"{name}: nothing called for it for {_RISES_AFTER}"
        if one.after < one.before and not _calm(surge.stocks, one):
            yield f"{name}: no calm for {_FALLS_AFTER}"
    levels = [0, *(one.after for one in surge.changes)]
    if surge.playbooks != levels:
        yield f"expected playbooks of the levels {levels}, got {surge.playbooks}"
    if surge.stale:
        yield f"{surge.stale} playbooks that were over were taken"


def _called(stocks: Mapping[datetime, int], change: KeptChange) -> bool:
    """By the stock; or, for the first level, by more vehicles that came than were cleared."""
    if change.after == 1 and "arrivals" in change.called_by:
        return bool(change.situation["arrivals"] >= 1.2 * change.situation["cleared"])
    span = [stock for at, stock in stocks.items() if change.at - _RISES_AFTER <= at <= change.at]
    return bool(span) and min(span) >= CALLS_AT[change.after]


def _calm(stocks: Mapping[datetime, int], change: KeptChange) -> bool:
    span = [stock for at, stock in stocks.items() if change.at - _FALLS_AFTER <= at <= change.at]
    return bool(span) and max(span) < _CALM * CALLS_AT[change.before]
