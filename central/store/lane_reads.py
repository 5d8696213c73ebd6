"""How many vehicles each lane told of lately, and how many plates were read of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from central.store.database import Database
from central.store.schema import passages
from contract.messages import Direction


@dataclass(frozen=True, slots=True)
class LaneReads:
    """Vehicles of one lane in a span, and those of them with a plate."""

    site: str
    lane: str
    direction: Direction
    vehicles: int
    reads: int


class LaneCounts:
    """`store.lane_counts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, since: datetime) -> tuple[LaneReads, ...]:
        """Every lane that a vehicle was told of since then."""
        lane = (passages.c.site, passages.c.lane, passages.c.direction)
        counted = (func.count().label("vehicles"), func.count(passages.c.plate_search).label("reads"))
        statement = select(*lane, *counted).where(passages.c.first_seen_at >= since).group_by(*lane)
        return tuple(
            LaneReads(**{**row, "direction": Direction(row["direction"])}) for row in self._database.rows(statement)
        )
