"""How many vehicles each lane told of lately, and how many plates were read of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select

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


def lane_of_passage() -> tuple[ColumnElement[str], ...]:
    """Site, lane and direction, to count the passages of a span by.

    The site is no bare column: SQLite would go through all passages by the index of lanes, to save sorting a few.
    """
    site = passages.c.site.concat(literal_column("''")).label("site")
    return site, passages.c.lane, passages.c.direction


class LaneCounts:
    """`store.lane_counts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, since: datetime) -> tuple[LaneReads, ...]:
        """Every lane that a vehicle was told of since then."""
        lane = lane_of_passage()
        counted = (func.count().label("vehicles"), func.count(passages.c.plate_search).label("reads"))
        statement = select(*lane, *counted).where(passages.c.first_seen_at >= since).group_by(*lane)
        return tuple(
            LaneReads(**{**row, "direction": Direction(row["direction"])}) for row in self._database.rows(statement)
        )
