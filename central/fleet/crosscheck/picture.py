"""What the checks look at: the lanes that can be judged, what they told now, and what is usual at this hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from central.store.crosschecks import Confirmation, CrossCheck, LaneTally, Noticed, Sighting
from central.store.device_key import DeviceKey
from contract.messages import Direction

Site = str
Way = tuple[Site, Direction]


@dataclass(frozen=True, slots=True)
class WatchedLane:
    """A lane with its cameras, front first. `heard`: its node told of everything that it saw."""

    site: str
    node: str
    lane: str
    direction: Direction
    cameras: tuple[str, ...]
    heard: bool = True

    def camera(self, place: int = 0) -> DeviceKey:
        """One of its cameras: 0 the front one."""
        return DeviceKey.of(self.site, self.node, self.cameras[place])


@dataclass(frozen=True, slots=True)
class Counts:
    """Vehicles of one lane, or of several."""

    vehicles: int = 0
    read: int = 0
    second: int = 0
    both: int = 0


class Tallies:
    """Counts of one span, or of the same hours of several days, by lane."""

    def __init__(self, tallies: Iterable[LaneTally]) -> None:
        self._of: dict[tuple[str, str, Direction], Counts] = {}
        for one in tallies:
            key = (one.site, one.lane, one.direction)
            self._of[key] = _sum([self._of.get(key, Counts()), one])

    def of(self, *lanes: WatchedLane) -> Counts:
        """Of these lanes together."""
        return _sum([self._of.get((one.site, one.lane, one.direction), Counts()) for one in lanes])


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is known at `now`.

    Attributes:
        since: when the span of `tallies` began; that of `long_tallies` is longer, and sightings are of both.
        usual, long_usual: the same hours of the days before.
        standing: what was noticed before.

    """

    now: datetime
    since: datetime
    lanes: Sequence[WatchedLane]
    tallies: Tallies
    usual: Tallies
    long_tallies: Tallies
    long_usual: Tallies
    sightings: Sequence[Sighting] = ()
    confirmations: Sequence[Confirmation] = ()
    standing: Mapping[tuple[CrossCheck, DeviceKey], Noticed] = field(default_factory=dict)

    def stands(self, check: CrossCheck, device: DeviceKey) -> bool:
        """Whether it was noticed before."""
        return (check, device) in self.standing

    def kept(self, check: CrossCheck, *devices: DeviceKey) -> Iterator[Noticed]:
        """What was noticed of devices that cannot be judged now: it stands."""
        return (self.standing[check, device] for device in devices if (check, device) in self.standing)

    def ways(self) -> dict[Way, list[WatchedLane]]:
        """Lanes by site and direction."""
        found: dict[Way, list[WatchedLane]] = {}
        for lane in self.lanes:
            found.setdefault((lane.site, lane.direction), []).append(lane)
        return found

    def beside(self, lane: WatchedLane) -> list[WatchedLane]:
        """The other lanes of its site and direction that were heard."""
        way = self.ways()[lane.site, lane.direction]
        return [other for other in way if other.lane != lane.lane and other.heard]


def _sum(parts: Iterable[Counts | LaneTally]) -> Counts:
    parts = list(parts)
    names = ("vehicles", "read", "second", "both")
    return Counts(*(sum(getattr(part, name) for part in parts) for name in names))
