"""What stands in the yards of a gate now, and how the books of the last count came out, from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from central.store import Store
from central.store.traffic import begin_of_hour
from central.store.traffic_records import KeptFlow, YardCount
from central.traffic.observations import Source
from central.traffic.settings import TrafficSettings
from contract.messages import Direction


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one yard from a count by people to a moment, in numbers (`stock.Stock` holds the passages).

    Attributes:
        entered, left: vehicles that went in and out by the cameras.
        counted: the count at the end; None while nobody counted.
        causes: hours in which the other counters did not agree with the cameras.

    """

    before: YardCount
    until: datetime
    entered: int
    left: int
    counted: YardCount | None
    causes: tuple[KeptFlow, ...]

    @property
    def calculated(self) -> int:
        """Stock before + in − out."""
        return self.before.vehicles + self.entered - self.left

    @property
    def residual(self) -> int | None:
        """Counted − calculated; None where nobody counted."""
        return None if self.counted is None else self.counted.vehicles - self.calculated

    @property
    def explained(self) -> int:
        """What the causes say that is to be added to the calculated stock."""
        return sum(map(missed, self.causes))

    @property
    def unexplained(self) -> int | None:
        """What is left of the residual: vehicles on another way, or a wrong count by people."""
        return None if self.residual is None else self.residual - self.explained


@dataclass(frozen=True, slots=True)
class Yard:
    """The yards of one gate.

    Attributes:
        open: the books since the last count; None where nobody counted, or too long ago.
        closed: those between the last two counts, with the residual; None before there are two.

    """

    site: str
    open: Books | None
    closed: Books | None

    @property
    def stock(self) -> int | None:
        """Vehicles that stand there, never below 0; None where it is unknown."""
        return None if self.open is None else max(0, self.open.calculated)


def missed(flow: KeptFlow) -> int:
    """What an hour adds to the stock: positive where cameras missed vehicles coming in, or counted too many leaving."""
    way = 1 if flow.direction is Direction.IN else -1
    if flow.believed is None or not flow.lane:
        return 0
    return -way * sum(doubt.surplus for doubt in flow.doubts if doubt.source == Source.TRACKER)


def known_sites(store: Store) -> tuple[str, ...]:
    """Gates that have lanes, or whose yards were ever counted."""
    return tuple(sorted({*store.lanes.sites(), *store.surge.counted_sites()}))


def yard_of(store: Store, site: str, now: datetime, settings: TrafficSettings) -> Yard:
    """The yards of a gate at a moment."""
    counts = _valid_counts(store, site, now, settings)
    if not counts:
        return Yard(site, None, None)
    last, *before = counts
    closed = _books(store, before[0], last.at, last) if before else None
    return Yard(site, _books(store, last, now, None), closed)


def stocks_of(store: Store, now: datetime, settings: TrafficSettings) -> Mapping[str, int | None]:
    """Vehicles in the yards of every gate; None where it is unknown."""
    return {site: stock_at(store, site, now, settings) for site in known_sites(store)}


def stock_at(store: Store, site: str, at: datetime, settings: TrafficSettings) -> int | None:
    """Vehicles in the yards of a gate at a moment, never below 0; None where it is unknown."""
    counts = _valid_counts(store, site, at, settings)
    if not counts:
        return None
    crossed = store.traffic.crossed(site, counts[0].at, at)
    return max(0, counts[0].vehicles + crossed[Direction.IN] - crossed[Direction.OUT])


def _valid_counts(store: Store, site: str, at: datetime, settings: TrafficSettings) -> tuple[YardCount, ...]:
    """The last two counts up to a moment, the latest first; none where the latest is too old."""
    counts = store.surge.counts_before(site, at, 2)
    return counts if counts and counts[0].at >= at - timedelta(days=settings.count_valid_days) else ()


def _books(store: Store, before: YardCount, until: datetime, counted: YardCount | None) -> Books:
    crossed = store.traffic.crossed(before.site, before.at, until)
    causes = _causes(store.traffic.flows(begin_of_hour(before.at), until, before.site), before.at)
    return Books(before, until, crossed[Direction.IN], crossed[Direction.OUT], counted, causes)


def _causes(flows: Iterable[KeptFlow], since: datetime) -> tuple[KeptFlow, ...]:
    return tuple(flow for flow in flows if flow.hour_at >= since and missed(flow))
