"""How many went in and out, what should stand in the yard, and how well the two ways of counting agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from central.store import Store
from central.store.records import Crossing
from contract.messages import Direction
from contract.plate import typed_key


@dataclass(frozen=True, slots=True)
class SiteTraffic:
    """One gate since a moment.

    Attributes:
        balance: in − out: what the count alone says was added to the yard.
        standing: vehicles known by their plate that came in and did not leave again.
        residual: balance − standing: what the plates cannot account for (unreadable, misread, or there before).

    """

    site: str
    since: datetime
    passages_in: int
    passages_out: int
    unread: int
    standing: int

    @property
    def balance(self) -> int:
        """In − out."""
        return self.passages_in - self.passages_out

    @property
    def residual(self) -> int:
        """What the plates cannot account for."""
        return self.balance - self.standing


def start_of_day(now: datetime, utc_offset_h: float) -> datetime:
    """When the day began where people are."""
    local = now.astimezone(timezone(timedelta(hours=utc_offset_h)))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def today(store: Store, now: datetime, *, utc_offset_h: float) -> tuple[SiteTraffic, ...]:
    """Every gate since the day began."""
    since = start_of_day(now, utc_offset_h)
    return count(store.passages.crossings(since), since)


def count(crossings: Iterable[Crossing], since: datetime) -> tuple[SiteTraffic, ...]:
    """Per gate, from its crossings in the order of time. Pure."""
    by_site: dict[str, list[Crossing]] = defaultdict(list)
    for crossing in crossings:
        by_site[crossing.site].append(crossing)
    return tuple(_site(site, found, since) for site, found in sorted(by_site.items()))


def _site(site: str, crossings: list[Crossing], since: datetime) -> SiteTraffic:
    inside: set[str] = set()
    ways = {Direction.IN: 0, Direction.OUT: 0}
    for crossing in crossings:
        ways[crossing.direction] += 1
        if crossing.plate is not None:
            (inside.add if crossing.direction is Direction.IN else inside.discard)(typed_key(crossing.plate))
    unread = sum(crossing.plate is None for crossing in crossings)
    return SiteTraffic(site, since, ways[Direction.IN], ways[Direction.OUT], unread, len(inside))
