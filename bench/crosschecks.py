"""Whether the cross-checks notice what is wrong on made-up days, and nothing else."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from bench.gate_days import DAYS, LANES, NODE, OPEN_H, SITE, Day, Told, passages_of
from bench.tables import Cell, Column, Table
from central.fleet.crosscheck.settings import CrossCheckSettings
from central.fleet.crosscheck.watch import CrossCheckWatch
from central.store import Store
from central.store.crosschecks import CrossCheck
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.device_key import DeviceKey
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from contract.messages import (
    Abstention,
    CameraHealth,
    HealthLevel,
    LaneInfo,
    LaneMode,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
)
from contract.plate import PlateColour, PlateCountry, PlateKind

BEGIN = datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
HISTORY_DAYS = 7
_LOOK = timedelta(minutes=10)
_AFTER = timedelta(hours=6)
"""What was noticed of a fault may stand so long after it: until its vehicles are out of the window."""
_OUTBOX = UUID(int=77)
_SETTINGS = CrossCheckSettings(history_days=HISTORY_DAYS)


@dataclass(frozen=True, slots=True)
class Spell:
    """A check named a device from when until when."""

    check: CrossCheck
    device: DeviceKey
    since: datetime
    until: datetime


class Gate:
    """A store that is told of a gate's days."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._seq = 0

    def begins(self, at: datetime) -> None:
        """The node says which lanes and cameras it has, and that they are well."""
        infos = tuple(
            LaneInfo(lane=lane, direction=way, mode=LaneMode.ASSIST, cameras=cameras)
            for lane, (way, cameras) in LANES.items()
        )
        birth = Status(
            site=SITE, node=NODE, online=True, boot_id=_OUTBOX, outbox_id=_OUTBOX, started_at=at, lanes=infos
        )
        with self.store.transaction(at) as transaction:
            self.store.nodes.report_status(transaction, birth)
            for lane, (_, cameras) in LANES.items():
                for camera in cameras:
                    well = CameraHealth(
                        site=SITE, node=NODE, lane=lane, camera=camera, level=HealthLevel.OK, since=at, stamp=_stamp(at)
                    )
                    self.store.cameras.report(transaction, well)

    def tells(self, happened: Iterable[Told], now: datetime) -> None:
        """Passages, what they are matched with, and what the platform confirms."""
        happened = list(happened)
        seen = [(one, self._passage(one)) for one in happened if one.told]
        with self.store.transaction(now) as transaction:
            self.store.passages.save(transaction, *(said for _, said in seen), late_after=timedelta(days=99))
            for one in happened:
                if one.confirmed_lane is not None:
                    told = {"confirmed_at": one.at.isoformat(), "lane": one.confirmed_lane or None}
                    self.store.declarations.save(transaction, _declaration(one), payload=json.dumps(told))
            outcomes = [
                OutcomeRecord(OutcomeKind.MATCHED, (), said.passage_id, _number(one), 1.0, now)
                for one, said in seen
                if one.confirmed_lane is not None and said.plate is not None
            ]
            self.store.outcomes.revise(transaction, outcomes)

    def _passage(self, one: Told) -> Passage:
        self._seq += 1
        return Passage(
            site=SITE,
            node=NODE,
            outbox_id=_OUTBOX,
            seq=self._seq,
            stamp=_stamp(one.at),
            passage_id=UUID(int=round(one.at.timestamp() * 1e6)),
            lane=one.lane,
            direction=LANES[one.lane][0],
            first_seen_at=one.at,
            last_seen_at=one.at + timedelta(seconds=9),
            plate=_read(one.plate),
            abstained=None if one.plate else Abstention.ILLEGIBLE,
            second_plate=_read(one.second),
            frames=30,
            reads=12,
        )


def live(gate: Gate, day: Day, begin: datetime, rng: random.Random) -> tuple[Spell, ...]:
    """Let a day go by; what was noticed on it."""
    watch = CrossCheckWatch(gate.store, _SETTINGS)
    waiting = passages_of(day, begin, rng)
    now, spells = begin, dict[tuple[CrossCheck, DeviceKey, datetime], Spell]()
    while now < begin + timedelta(hours=OPEN_H) + _LOOK:
        now += _LOOK
        gate.tells((one for one in waiting if now - _LOOK <= one.at < now), now)
        watch.step(now, gate.store.nodes.list())
        for one in gate.store.crosschecks.noticed():
            spells[one.check, one.device, one.since] = Spell(one.check, one.device, one.since, now)
    return tuple(spells.values())


def history(store: Store, rng: random.Random, days: int = HISTORY_DAYS) -> datetime:
    """Ordinary days before; when the next one begins."""
    gate = Gate(store)
    gate.begins(BEGIN)
    for day in range(days):
        gate.tells(passages_of(Day("ordinary", platform=""), BEGIN + timedelta(days=day), rng), BEGIN)
    return BEGIN + timedelta(days=days)


def crosscheck_table(folder: Path, *, seeds: Sequence[int], days: Sequence[Day] = DAYS) -> Table:
    """Every day once for each seed, each on a store of its own with ordinary days before it."""
    rows: list[tuple[Cell, ...]] = []
    runs: dict[str, list[tuple[bool, float | None, int, str]]] = {}
    for seed in seeds:
        rng = random.Random(seed)
        usual = folder / f"usual-{seed}.db"
        store = Store.open(f"sqlite:///{usual}", folder)
        begin = history(store, rng)
        store.close()
        for day in days:
            copy = folder / "day.db"
            shutil.copy(usual, copy)
            store = Store.open(f"sqlite:///{copy}", folder)
            runs.setdefault(day.name, []).append(score(day, begin, live(Gate(store), day, begin, rng)))
            store.close()
            copy.unlink()
    for day in days:
        scored = runs[day.name]
        faulty = bool(day.camera or day.site)
        delays = sorted(delay for _, delay, _, _ in scored if delay is not None)
        found = sum(hit for hit, _, _, _ in scored)
        false = sum(count for _, _, count, _ in scored)
        checks = sorted({name for _, _, _, names in scored for name in names.split(", ") if name})
        missed = len(scored) - found if faulty else None
        middle = delays[len(delays) // 2] if delays else None
        shown = found if faulty else None
        rows.append((day.name, _truth(day), len(scored), shown, missed, false, middle, ", ".join(checks) or "–"))
    columns = (
        *(Column("day"), Column("truth"), Column("days", "count"), Column("found", "count")),
        *(Column("missed", "count"), Column("false", "count"), Column("found after, min", "count"), Column("by")),
    )
    note = f"Seeds {seeds[0]} to {seeds[-1]}. *Found after*: the median. See [crosschecks.md](crosschecks.md)."
    return Table("crosschecks", "Made-up days", columns, tuple(rows), note)


def score(day: Day, begin: datetime, spells: Sequence[Spell]) -> tuple[bool, float | None, int, str]:
    """Whether the right device was named, after how many minutes; how many were named wrongly; by which checks."""
    event, right = day.event, _device(day)
    if event is None or right is None:
        return False, None, len({one.device for one in spells}), ""
    ill, over = begin + timedelta(hours=event.begin_h), begin + timedelta(hours=event.end_h)
    hits = [one for one in spells if one.device == right and ill <= one.since <= over + timedelta(minutes=30)]
    wrong = {one.device for one in spells if one.device != right or not ill <= one.since <= over + _AFTER}
    after = min(((one.since - ill) / timedelta(minutes=1) for one in hits), default=None)
    return bool(hits), after, len(wrong), ", ".join(sorted({one.check.value for one in hits}))


def _device(day: Day) -> DeviceKey | None:
    if day.site:
        return DeviceKey.of(SITE)
    return DeviceKey.of(SITE, NODE, day.camera) if day.camera else None


def _truth(day: Day) -> str:
    return "the site" if day.site else day.camera or "nothing"


def _number(one: Told) -> str:
    return f"HN-{LANES[one.lane][0].value}-{one.at:%d%H%M%S%f}"


def _declaration(one: Told) -> DeclarationRecord:
    hour = timedelta(hours=1)
    return DeclarationRecord(
        declaration_id=_number(one),
        version=1,
        state=DeclarationState.CONFIRMED,
        direction=LANES[one.lane][0],
        regime="import",
        gate=SITE,
        plate=one.vehicle,
        trailer_plate=None,
        container_no=None,
        goods="",
        goods_class="other",
        expected_from=one.at - hour,
        expected_until=one.at + hour,
        declared_at=one.at - 3 * hour,
        updated_at=one.at,
        declarant="",
        received_at=one.at,
        outcome=None,
    )


def _read(text: str | None) -> PlateRead | None:
    if text is None:
        return None
    unknown = (PlateCountry.OTHER, PlateKind.OTHER, PlateColour.UNKNOWN)
    return PlateRead(text=text, confidence=0.95, country=unknown[0], kind=unknown[1], colour=unknown[2], lines=1)


def _stamp(at: datetime) -> Stamp:
    return Stamp(at=at, boot_id=_OUTBOX, monotonic_s=1e6, time_quality=TimeQuality.SYNCED)
