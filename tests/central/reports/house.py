"""Made-up days for tests of reports: passages with declarations, as reconciliation leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from central.reports.bulletin import Bulletin, bulletin_of, day_span
from central.reports.tallies import Tally, tally_of
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import PassageRecord
from contract.messages import Cancellation, Direction
from tests.central.made import declared, seen

DAY = date(2026, 5, 6)
"""A Wednesday."""
GATES = ("huu-nghi", "tan-thanh")
VN_H = 7.0


class Day:
    """One day of the bulletin, filled vehicle by vehicle."""

    def __init__(self, day: date = DAY) -> None:
        self.day = day
        self.since, self.until = day_span(day, VN_H)
        self.passages: list[PassageRecord] = []
        self.declarations: list[DeclarationRecord] = []

    def add(
        self,
        vehicles: int,
        *,
        gate: str = "huu-nghi",
        direction: Direction = Direction.IN,
        hour: int = 9,
        goods: str | None = "fruit",
        lanes: int = 4,
        **papers: Any,
    ) -> Day:
        """Vehicles in one hour of the place, through so many lanes; goods None: without a declaration."""
        for number in range(vehicles):
            lane = f"{direction.value}-{number % lanes + 1}"
            at = self.at(hour) + timedelta(seconds=number)
            outcome = None
            if goods is not None:
                outcome = self._declare(at, gate, direction, goods, papers)
            self.passages.append(seen(at=at, site=gate, lane=lane, direction=direction, outcome=outcome))
        return self

    def turn_back(self, vehicles: int) -> Day:
        """Vehicles that did not go through after all."""
        for number in range(vehicles):
            at = self.at(9) + timedelta(seconds=number)
            self.passages.append(seen(at=at, cancelled=Cancellation.REVERSED_OUT))
        return self

    def at(self, hour: int) -> datetime:
        """That hour of the day that ends at 20:00."""
        begin = self.until - timedelta(hours=20)
        return begin + timedelta(hours=hour - 24 if hour >= 20 else hour)

    def bulletin(self, gates: Sequence[str] = GATES, **more: Any) -> Bulletin:
        """Its bulletin."""
        span: Mapping[str, Any] = {"since": self.since, "until": self.until}
        return bulletin_of(gates, self.passages, self.declarations, **{**span, **more})

    def tally(self) -> Tally:
        """Its tally."""
        return tally_of(self.bulletin(), self.passages, self.day, VN_H)

    def _declare(
        self, at: datetime, gate: str, direction: Direction, goods: str, papers: Mapping[str, Any]
    ) -> OutcomeRecord:
        number = len(self.declarations) + 1
        values: dict[str, Any] = {"regime": "import" if direction is Direction.IN else "export"}
        values |= {"gate": gate, "direction": direction, "goods_class": goods, **papers}
        one = declared(number=number, at=at, **values)
        self.declarations.append(one)
        return OutcomeRecord(OutcomeKind.MATCHED, (), None, one.declaration_id, 0.99, at)


def weeks_before(day: date, *fruit: int) -> tuple[Tally, ...]:
    """Tallies of the same weekday before, with so many lorries of fruit each."""
    return tuple(Day(day - timedelta(weeks=week)).add(count).tally() for week, count in enumerate(fruit, 1))
