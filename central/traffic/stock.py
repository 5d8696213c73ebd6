"""What stands in a gate's yards: what stood there before + in − out, held against what people counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from central.store.records import PassageRecord
from central.traffic.flow import DoubtReason, Flow
from central.traffic.observations import Source, counts
from contract.messages import Direction
from contract.plate import typed_key


@dataclass(frozen=True, slots=True)
class StockCount:
    """Vehicles in the yards of a gate, as people counted them at a moment; `id` names their record."""

    site: str
    at: datetime
    vehicles: int
    id: str


@dataclass(frozen=True, slots=True)
class Cause:
    """An hour of a lane that explains a part of the residual.

    Attributes:
        vehicles: what should be added to the calculated stock: positive where the tracker missed vehicles that came
            in, or counted too many that left.

    """

    flow: Flow
    reason: DoubtReason
    vehicles: int


@dataclass(frozen=True, slots=True)
class Stock:
    """The books of one gate from one count to a moment.

    Attributes:
        ids_in, ids_out: passages that count; doubled and cancelled ones do not.
        ids_standing: of those in, the passages of vehicles that did not leave again, told by their plates.
        ids_unread: passages without a plate, which `ids_standing` cannot account for.
        counted: what people counted at the end, None where nobody did.
        causes: hours in which other counters did not agree with the tracker.

    """

    before: StockCount
    until: datetime
    ids_in: tuple[str, ...]
    ids_out: tuple[str, ...]
    ids_standing: tuple[str, ...]
    ids_unread: tuple[str, ...]
    counted: StockCount | None
    causes: tuple[Cause, ...]

    @property
    def calculated(self) -> int:
        """Stock before + in − out."""
        return self.before.vehicles + len(self.ids_in) - len(self.ids_out)

    @property
    def residual(self) -> int | None:
        """Counted − calculated; None where nobody counted."""
        return None if self.counted is None else self.counted.vehicles - self.calculated

    @property
    def explained(self) -> int:
        """What the causes say that the residual should be."""
        return sum(cause.vehicles for cause in self.causes)

    @property
    def unexplained(self) -> int | None:
        """What is left of the residual: vehicles on another way, or a wrong count by people."""
        return None if self.residual is None else self.residual - self.explained


def stock_of(
    before: StockCount,
    passages: Iterable[PassageRecord],
    *,
    until: datetime,
    counted: StockCount | None = None,
    flows: Iterable[Flow] = (),
) -> Stock:
    """The stock of one gate at `until`.

    Of the passages those of this gate from `before.at` to before `until` are taken. `flows` are the hours of its lanes
    in that span; give each lane once, so no gate as a whole beside its lanes.

    Raises:
        ValueError: `counted` is of another gate or another moment, or `until` lies before `before.at`.

    """
    if until < before.at:
        raise ValueError(f"expected a moment after the count of {before.at.isoformat()}, got {until.isoformat()}")
    if counted is not None and (counted.site, counted.at) != (before.site, until):
        came = f"{counted.site}, {counted.at.isoformat()}"
        raise ValueError(f"expected a count at {before.site}, {until.isoformat()}, got one at {came}")
    ours = sorted(
        (one for one in passages if one.site == before.site and before.at <= one.seen_at < until and counts(one)),
        key=lambda one: one.seen_at,
    )
    return Stock(
        before,
        until,
        _ids(one for one in ours if one.direction is Direction.IN),
        _ids(one for one in ours if one.direction is Direction.OUT),
        _ids(_standing(ours)),
        _ids(one for one in ours if one.plate is None),
        counted,
        tuple(_causes(flow for flow in flows if flow.post.site == before.site and before.at <= flow.hour_at < until)),
    )


def start_of_day(now: datetime, utc_offset_h: float) -> datetime:
    """When the day began where people are."""
    local = now.astimezone(timezone(timedelta(hours=utc_offset_h)))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _ids(passages: Iterable[PassageRecord]) -> tuple[str, ...]:
    return tuple(str(one.passage_id) for one in passages)


def _standing(passages: Iterable[PassageRecord]) -> list[PassageRecord]:
    inside: dict[str, PassageRecord] = {}
    for one in passages:
        if one.plate is not None:
            key = typed_key(one.plate.text)
            if one.direction is Direction.IN:
                inside[key] = one
            else:
                inside.pop(key, None)
    return list(inside.values())


def _causes(flows: Iterable[Flow]) -> Iterable[Cause]:
    for flow in flows:
        way = 1 if flow.post.direction is Direction.IN else -1
        for doubt in flow.doubts:
            if doubt.source is Source.TRACKER and flow.believed is not None:
                yield Cause(flow, doubt.reason, -way * doubt.surplus)
