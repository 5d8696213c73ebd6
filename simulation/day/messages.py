"""What the nodes say on a made-up day, as messages that go over the wire."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from contract.messages import (
    Abstention,
    BarrierEvent,
    CameraHealth,
    Cancellation,
    Candidate,
    Direction,
    HealthLevel,
    HealthReason,
    LaneCount,
    LaneInfo,
    LaneMode,
    Message,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
)
from contract.plate import PlateCountry, PlateKind, parse
from simulation.day.trips import Day, How, Trip
from simulation.province.fleet import LANES
from simulation.province.plans import CONTAINER_UNREAD, REAR_UNREAD
from simulation.traffic import PlateLook

Record = dict[str, Any]
_MADE_UP: Final = UUID(int=0x5EED)
_IN_LANE: Final = timedelta(seconds=8)
_BACKWARDS: Final = timedelta(seconds=30)
_TOLD_AFTER: Final = timedelta(seconds=2)
_REPORTED_EVERY: Final = timedelta(hours=6)
_COUNTED_EVERY: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and when it reaches central."""

    at: datetime
    message: Message


def node_of(gate: str) -> str:
    """The one node of a gate."""
    return f"{gate}-1"


def lanes_of(gate: str) -> tuple[tuple[str, Direction], ...]:
    """Its lanes, each with one camera."""
    return tuple((f"{way}-{number + 1}", way) for way in Direction for number in range(LANES[gate]))


def messages(day: Day) -> list[Said]:
    """Everything that nodes tell, in the order in which it reaches central."""
    told = [*_births(day), *_health(day), *_numbered(day)]
    return sorted(told, key=lambda said: said.at)


def _stamp(day: Day, gate: str, at: datetime) -> Stamp:
    since_start_s = (at - day.since + timedelta(hours=1)).total_seconds()
    return Stamp(at=at, boot_id=uuid5(_MADE_UP, gate), monotonic_s=since_start_s, time_quality=TimeQuality.SYNCED)


def _births(day: Day) -> Iterator[Said]:
    for gate in day.gates:
        lanes = tuple(
            LaneInfo(lane=lane, direction=way, mode=LaneMode.ASSIST, cameras=(f"{lane}-front",))
            for lane, way in lanes_of(gate)
        )
        birth = Status(
            site=gate,
            node=node_of(gate),
            online=True,
            boot_id=uuid5(_MADE_UP, gate),
            outbox_id=_outbox(day, gate),
            started_at=day.since - timedelta(hours=1),
            software="simulated",
            lanes=lanes,
            stamp=_stamp(day, gate, day.since),
        )
        yield Said(day.since, birth)


def _outbox(day: Day, gate: str) -> UUID:
    return uuid5(_MADE_UP, f"{day.seed} {gate}")


def _health(day: Day) -> Iterator[Said]:
    """Every camera says how it is, also just before that changes."""
    blind = day.blind
    moments = [day.since + number * _REPORTED_EVERY for number in range((day.until - day.since) // _REPORTED_EVERY + 1)]
    moments += [edge - timedelta(seconds=1) for edge in (blind.since, blind.until, day.until)]
    for gate in day.gates:
        for lane, _ in lanes_of(gate):
            for at in sorted(moments):
                yield Said(at, _camera(day, gate, lane, at))


def _camera(day: Day, gate: str, lane: str, at: datetime) -> CameraHealth:
    blind = day.blind
    mine = (gate, lane) == (blind.gate, blind.lane)
    is_blind = mine and blind.since <= at < blind.until
    edges = [edge for edge in (blind.since, blind.until) if mine and edge <= at]
    return CameraHealth(
        site=gate,
        node=node_of(gate),
        lane=lane,
        camera=f"{lane}-front",
        level=HealthLevel.FAILED if is_blind else HealthLevel.OK,
        reason=HealthReason.DARK if is_blind else None,
        since=max(edges, default=day.since - timedelta(hours=1)),
        stamp=_stamp(day, gate, at),
    )


def _numbered(day: Day) -> Iterator[Said]:
    """Each node's in the order in which it told of them: what it could not send comes when it can again."""
    rng = random.Random(f"{day.seed} reads")
    told: list[tuple[datetime, type[Passage | LaneCount], Record]] = [
        (at, Passage, values)
        for at, values in sorted(_told(day, rng), key=lambda one: (one[0], one[1]["passage_id"], one[1]["revision"]))
    ]
    told += [(values["until"] + _TOLD_AFTER, LaneCount, values) for values in _counts(day)]
    numbers: Counter[str] = Counter()
    for at, kind, values in sorted(told, key=lambda one: one[0]):
        gate = values["site"]
        numbers[gate] += 1
        cut = gate == day.cut.gate and day.cut.since <= at < day.cut.until
        number = {"seq": numbers[gate], "outbox_id": _outbox(day, gate), "stamp": _stamp(day, gate, at)}
        yield Said(day.cut.until if cut else at, kind(**values, **number))


def _counts(day: Day) -> Iterator[Record]:
    """What loop and barrier of each lane counted, twice an hour: also what no camera saw, but not who turned back."""
    began = day.since - timedelta(hours=1)
    moments = [day.since + number * _COUNTED_EVERY for number in range((day.until - day.since) // _COUNTED_EVERY + 1)]
    for gate in day.gates:
        for lane, way in lanes_of(gate):
            went = [one.at for one in day.trips if (one.gate, one.lane) == (gate, lane) and one.how is not How.GAP]
            for until in moments:
                count = sum(at < until for at in went)
                yield {
                    "site": gate,
                    "node": node_of(gate),
                    "lane": lane,
                    "direction": way,
                    "run_id": uuid5(_MADE_UP, f"{day.seed} {gate} {lane}"),
                    "since": began,
                    "until": until,
                    "loop": count,
                    "barrier": count,
                }


def _told(day: Day, rng: random.Random) -> Iterator[tuple[datetime, Record]]:
    """When a node tells of a passage, and what."""
    for trip in day.trips:
        read = None if trip.how is How.UNREAD else _reads(trip, rng)
        if trip.how in (How.SEEN, How.UNREAD):
            yield _passage(trip, trip.passage_id, trip.at, read)
        if trip.told_again is not None:
            yield _passage(trip, *trip.told_again, read)
        if trip.turned_back is not None:
            at, first = _passage(trip, *trip.turned_back, read)
            yield at, first
            yield at + _BACKWARDS, first | {"revision": 1, "cancelled": Cancellation.REVERSED_OUT}


def _passage(trip: Trip, passage_id: UUID, at: datetime, read: Record | None) -> tuple[datetime, Record]:
    values = {
        "site": trip.gate,
        "node": node_of(trip.gate),
        "passage_id": passage_id,
        "revision": 0,
        "lane": trip.lane,
        "direction": trip.direction,
        "first_seen_at": at,
        "last_seen_at": at + _IN_LANE,
        "vehicle_class": trip.rig.vehicle_class,
        "frames": 30,
        "reads": 12 if read else 0,
        "barrier": (BarrierEvent(at=at + _IN_LANE / 2, event="opened"),),
        "abstained": None if read else Abstention.ILLEGIBLE,
    }
    return at + _IN_LANE + _TOLD_AFTER, values | (read or {})


def _reads(trip: Trip, rng: random.Random) -> Record:
    """What was read of it: rightly, or not at all."""
    trailer = trip.rig.trailer
    return {
        "plate": _read(trip.rig.front, rng),
        "second_plate": _read(trailer, rng) if trailer is not None and rng.random() >= REAR_UNREAD else None,
        "container": trip.box if trip.box is not None and rng.random() >= CONTAINER_UNREAD else None,
    }


def _read(look: PlateLook, rng: random.Random) -> PlateRead:
    confidence = rng.uniform(0.97, 0.999)
    meant = parse(look.text)
    return PlateRead(
        text=look.text,
        confidence=confidence,
        country=meant[0].country if meant else PlateCountry.OTHER,
        kind=meant[0].kind if meant else PlateKind.OTHER,
        colour=look.colour,
        lines=2 if look.lines == 2 else 1,
        candidates=(Candidate(text=look.text, confidence=confidence),),
    )
