"""What central holds against each other, and what it noticed: counts of lanes, vehicles, confirmations, findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, select

from central.store.database import Database, Transaction
from central.store.declaration_details import from_details
from central.store.declaration_records import DeclarationState
from central.store.device_key import DeviceKey
from central.store.lane_reads import lane_of_passage
from central.store.records import EventKind
from central.store.schema import declarations, outcomes, passages
from central.store.schema_crosschecks import crosschecks
from contract.messages import Direction, HealthReason


class CrossCheck(StrEnum):
    """What was held against what. The graver stands before the less grave."""

    CONFIRMED = "confirmed"
    """Vehicles that the platform confirms, against passages."""
    BALANCE = "balance"
    """What goes in, against what goes out."""
    CAMERAS = "cameras"
    """The front camera of a lane, against the rear one."""
    READS = "reads"
    """Reads of a lane, against its neighbours'."""

    @property
    def reason(self) -> HealthReason:
        """What it says of a camera."""
        return _REASONS[self]


_REASONS = {
    CrossCheck.CONFIRMED: HealthReason.VEHICLES_UNSEEN,
    CrossCheck.BALANCE: HealthReason.VEHICLES_UNSEEN,
    CrossCheck.CAMERAS: HealthReason.CAMERAS_DISAGREE,
    CrossCheck.READS: HealthReason.UNREADABLE_PLATES,
}


@dataclass(frozen=True, slots=True)
class LaneTally:
    """Vehicles of a lane in a span; of how many the plate was read, of how many a second one, of how many both."""

    site: str
    lane: str
    direction: Direction
    vehicles: int
    read: int
    second: int
    both: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A vehicle as a lane saw it; `declaration_id` is what reconciliation gave it."""

    passage_id: str
    site: str
    lane: str
    direction: Direction
    at: datetime
    plate: str | None
    second_plate: str | None
    declaration_id: str | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The platform's word that a vehicle went through; `lane` may be empty; `seen`: it has a passage."""

    declaration_id: str
    site: str
    direction: Direction
    lane: str
    at: datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """What stands between two sources now.

    Attributes:
        device: the camera that is to blame, or the whole site where none can be named.
        number: vehicles that speak for it as it should be, of `among`; usual is the share `usual`.
        chance: how probable so few are by chance (0–1).
        passages, declarations: examples to look at.

    """

    check: CrossCheck
    device: DeviceKey
    lane: str
    direction: Direction
    since: datetime
    seen_at: datetime
    number: int
    among: int
    usual: float
    chance: float
    passages: tuple[str, ...] = ()
    declarations: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """What was found, to be held against `usual`."""
        return self.number / self.among if self.among else 0.0


class CrossChecks:
    """`store.crosschecks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tallies(self, since: datetime, until: datetime) -> tuple[LaneTally, ...]:
        """Every lane that told of vehicles in the span; what did not go through is not counted."""
        lane = lane_of_passage()
        either = passages.c.plate_search, passages.c.second_plate_search
        counted = (
            func.count().label("vehicles"),
            func.count(either[0]).label("read"),
            func.count(either[1]).label("second"),
            func.count(either[0].concat(either[1])).label("both"),  # null where one of them is
        )
        statement = select(*lane, *counted).where(*_counts(since, until)).group_by(*lane)
        return tuple(
            LaneTally(**{**row, "direction": Direction(row["direction"])}) for row in self._database.rows(statement)
        )

    def sightings(self, since: datetime, until: datetime) -> tuple[Sighting, ...]:
        """The vehicles of a span, oldest first."""
        joined = passages.outerjoin(outcomes, outcomes.c.passage_id == passages.c.passage_id)
        columns = (
            passages.c.passage_id,
            passages.c.site,
            passages.c.lane,
            passages.c.direction,
            passages.c.first_seen_at.label("at"),
            passages.c.plate_search.label("plate"),
            passages.c.second_plate_search.label("second_plate"),
            outcomes.c.declaration_id,
        )
        statement = select(*columns).select_from(joined).where(*_counts(since, until))
        rows = self._database.rows(statement.order_by(passages.c.first_seen_at))
        return tuple(Sighting(**{**row, "direction": Direction(row["direction"])}) for row in rows)

    def confirmations(self, since: datetime, until: datetime) -> tuple[Confirmation, ...]:
        """What the platform confirmed in the span; where it does not say when, the declaration's last change counts."""
        said = declarations.c
        taken = and_(outcomes.c.declaration_id == said.declaration_id, outcomes.c.passage_id.is_not(None))
        joined = declarations.outerjoin(outcomes, taken)
        statement = (
            select(
                *(said.declaration_id, said.gate, said.direction, said.updated_at, said.details),
                outcomes.c.passage_id,
            )
            .select_from(joined)
            .where(said.state == DeclarationState.CONFIRMED.value, said.updated_at >= since)
        )
        found = []
        for row in self._database.rows(statement):
            told = from_details(row["details"])
            at = told.get("confirmed_at") or row["updated_at"]
            if since <= at < until:
                where = (row["declaration_id"], row["gate"], Direction(row["direction"]), told.get("lane") or "")
                found.append(Confirmation(*where, at, seen=row["passage_id"] is not None))
        return tuple(sorted(found, key=lambda one: (one.at, one.declaration_id)))

    def noticed(self, device: DeviceKey | None = None) -> tuple[Noticed, ...]:
        """What stands now, of one device or of all; the gravest first."""
        statement = select(crosschecks)
        if device is not None:
            statement = statement.where(*_is_of(device))
        found = [_noticed(row) for row in self._database.rows(statement)]
        order = list(CrossCheck)
        return tuple(sorted(found, key=lambda one: (order.index(one.check), one.device)))

    def replace(self, transaction: Transaction, noticed: Collection[Noticed]) -> None:
        """These, and no others, stand now."""
        before = {(row["site"], row["node"], row["camera"]) for row in transaction.rows(select(crosschecks))}
        after = {(one.device.site, one.device.node, one.device.camera) for one in noticed}
        transaction.run(delete(crosschecks))
        transaction.insert_all(crosschecks, [_row(one) for one in noticed])
        for site, node, camera in sorted(before ^ after):
            kind = EventKind.CAMERA if camera else EventKind.NODE
            transaction.event(kind, DeviceKey.of(site, node, camera).path, site)


def _counts(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    at = passages.c.first_seen_at
    return at >= since, at < until, passages.c.cancelled.is_(None)


def _is_of(device: DeviceKey) -> tuple[ColumnElement[bool], ...]:
    column = crosschecks.c
    return column.site == device.site, column.node == device.node, column.camera == device.camera


def _noticed(row: RowMapping) -> Noticed:
    values = {name: row[name] for name in ("lane", "since", "seen_at", "number", "among", "usual", "chance")}
    return Noticed(
        check=CrossCheck(row["check_name"]),
        device=DeviceKey.of(row["site"], row["node"], row["camera"]),
        direction=Direction(row["direction"]),
        passages=tuple(row["passages"]),
        declarations=tuple(row["declarations"]),
        **values,
    )


def _row(one: Noticed) -> dict[str, Any]:
    device = {"site": one.device.site, "node": one.device.node, "camera": one.device.camera}
    values = {name: value for name, value in asdict(one).items() if name not in {"check", "device"}}
    return device | values | {"check_name": one.check.value}
