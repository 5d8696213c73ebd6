"""Do the counters of a lane agree, hour by hour, and if not, which of them is the doubtful one? Pure.

Loop, tracker and declarations count independently of each other and have one voice each. The barrier does not see who
goes below an arm that is held up, and where a node tells no count of it its events come with the passages, so that a
camera that sees nothing takes them along: it has a voice of its own only where it counts more than the tracker, and
elsewhere need only agree with it. The largest group of voices that agree is believed;
whoever stands outside is doubtful. Where two groups are as large, nobody is believed: the hour is undecided.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from central.traffic.observations import CountedHour, Observation, Source
from central.traffic.settings import TrafficSettings
from contract.messages import Direction

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Post:
    """A lane and the counters that it has, or (`lane` empty) a direction of a whole gate.

    A counter that is named and told nothing counted nobody; one that is not named is not asked. Name declarations at
    the lane only where the platform names lanes, else at the gate.
    """

    site: str
    lane: str
    direction: Direction
    sources: frozenset[Source]

    def hears(self, one: Observation) -> bool:
        """Whether an observation was made here, by a counter that is asked."""
        here = (one.site, one.direction) == (self.site, self.direction) and self.lane in ("", one.lane)
        return here and one.source in self.sources


class DoubtReason(StrEnum):
    """Why a counter is doubted: that its count differs is certain, the cause is the likeliest one."""

    CAMERA_MISSED_VEHICLES = "camera_missed_vehicles"
    """The tracker counts fewer: blind, covered, or out of order."""
    CAMERA_COUNTED_TWICE = "camera_counted_twice"
    """The tracker counts more: vehicles told of twice, or what is none."""
    LOOP_MISSED_VEHICLES = "loop_missed_vehicles"
    LOOP_COUNTED_TWICE = "loop_counted_twice"
    """The loop counts more: a drawbar's gap, a motorcycle, a loop that flickers."""
    BARRIER_STAYED_UP = "barrier_stayed_up"
    """The barrier counts fewer: vehicles went below an arm that was up already."""
    OPENED_FOR_NOBODY = "opened_for_nobody"
    UNDECLARED = "undeclared"
    """The platform confirms fewer: undeclared vehicles, or confirmations that are missing or late."""
    DECLARED_TWICE = "declared_twice"
    """The platform confirms more, and reconciliation knows doubled declarations enough to explain it."""
    CONFIRMED_WITHOUT_VEHICLE = "confirmed_without_vehicle"
    """The platform confirms more, and no doubled declarations explain it."""
    PLATES_UNREAD = "plates_unread"
    """The vehicles are counted, and too many of their plates are not read."""
    NO_MAJORITY = "no_majority"
    """Too few counters to tell which of them is wrong."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A counter that does not agree with what is believed.

    Attributes:
        surplus: its count − what is believed; while the hour is undecided, its count − the tracker's.

    """

    source: Source
    reason: DoubtReason
    surplus: int


@dataclass(frozen=True, slots=True)
class Flow:
    """One hour of a post.

    Attributes:
        hour_at: its begin, UTC.
        ids: what each counter counted, where it tells of single vehicles.
        believed: vehicles that went through, None while undecided.
        doubts: who differs and why; empty while the books balance.
        counts: how many each counter counted; a counter that the post does not have is missing.

    """

    post: Post
    hour_at: datetime
    ids: Mapping[Source, tuple[str, ...]]
    believed: int | None
    doubts: tuple[Doubt, ...]
    counts: Mapping[Source, int] = field(default_factory=dict)

    def count(self, source: Source) -> int | None:
        """What a counter counted, None where there is none."""
        return self.counts.get(source)


def flows(
    observations: Iterable[Observation],
    posts: Iterable[Post],
    *,
    since: datetime,
    until: datetime,
    settings: TrafficSettings,
    counted: Mapping[CountedHour, Mapping[Source, int]] | None = None,
) -> tuple[Flow, ...]:
    """Every whole hour of every post from `since` to before `until`, in the order of posts and time.

    `counted`: what counters of a lane told as a number, hour by hour; it stands in place of their observations, and an
    hour that is missing was not counted.

    Hours begin where `since` does: give the begin of an hour of the place (Vietnam's coincide with UTC's).

    Raises:
        ValueError: the span is no whole number of hours.

    """
    hours, rest = divmod(until - since, HOUR)
    if rest or hours < 0:
        raise ValueError(f"expected a span of whole hours, got {since.isoformat()} to {until.isoformat()}")
    heard: dict[tuple[Post, int], list[Observation]] = defaultdict(list)
    asked = tuple(posts)
    for one in observations:
        if since <= one.at < until:
            for post in asked:
                if post.hears(one):
                    heard[post, (one.at - since) // HOUR].append(one)
    return tuple(
        _flow(post, since + hour * HOUR, heard.get((post, hour), []), counted or {}, settings)
        for post in asked
        for hour in range(hours)
    )


def _flow(
    post: Post,
    hour_at: datetime,
    heard: list[Observation],
    counted: Mapping[CountedHour, Mapping[Source, int]],
    settings: TrafficSettings,
) -> Flow:
    told = counted.get((post.site, post.lane, post.direction, hour_at), {})
    ids = {
        source: tuple(one.id for one in heard if one.source is source)
        for source in Source
        if source in post.sources and source not in told
    }
    lengths: dict[Source, int] = {source: len(of_source) for source, of_source in ids.items()}
    lengths.update(told)
    counts = {source: lengths[source] for source in Source if source in lengths}
    doubled = Counter(one.source for one in heard if one.doubled)
    voices = _voices(counts)
    believed = _believed(voices, settings)
    doubts = _undecided(voices, settings) if believed is None else _outside(counts, voices, believed, doubled, settings)
    return Flow(post, hour_at, ids, believed, (*doubts, *_unread(counts, settings)), counts)


def _voices(counts: Mapping[Source, int]) -> dict[Source, int]:
    """The counters that are witnesses of their own."""
    tracker = counts.get(Source.TRACKER)
    return {
        source: count
        for source, count in counts.items()
        if source is not Source.READS and not (source is Source.BARRIER and tracker is not None and count <= tracker)
    }


def _believed(voices: Mapping[Source, int], settings: TrafficSettings) -> int | None:
    """What the largest group of voices says: its middle; the tracker's own word where it is one of them.

    A single counter is believed, for want of another. Two groups as large that do not agree: None.
    """
    groups = {
        frozenset(source for source, count in voices.items() if settings.agree(count, middle))
        for middle in voices.values()
    }
    size = max(map(len, groups), default=0)
    largest = [group for group in groups if len(group) == size]
    common = frozenset.intersection(*largest) if largest else frozenset()
    if not common:
        return None
    if Source.TRACKER in common:
        return voices[Source.TRACKER]
    in_order = sorted(voices[source] for source in common)
    return in_order[len(in_order) // 2]


def _outside(
    counts: Mapping[Source, int],
    voices: Mapping[Source, int],
    believed: int,
    doubled: Mapping[Source, int],
    settings: TrafficSettings,
) -> tuple[Doubt, ...]:
    found: list[Doubt] = []
    for source, count in counts.items():
        trusted = [believed] if source in voices else [believed, counts.get(Source.TRACKER, believed)]
        if source is not Source.READS and not any(settings.agree(count, other) for other in trusted):
            surplus = count - believed
            found.append(Doubt(source, _reason(source, surplus, doubled[source]), surplus))
    return tuple(found)


def _reason(source: Source, surplus: int, doubled: int) -> DoubtReason:
    if source is Source.DECLARATIONS and surplus > 0:
        return DoubtReason.DECLARED_TWICE if doubled >= surplus else DoubtReason.CONFIRMED_WITHOUT_VEHICLE
    return _REASONS[source][surplus > 0]


_REASONS: Final = {
    Source.LOOP: (DoubtReason.LOOP_MISSED_VEHICLES, DoubtReason.LOOP_COUNTED_TWICE),
    Source.TRACKER: (DoubtReason.CAMERA_MISSED_VEHICLES, DoubtReason.CAMERA_COUNTED_TWICE),
    Source.BARRIER: (DoubtReason.BARRIER_STAYED_UP, DoubtReason.OPENED_FOR_NOBODY),
    Source.DECLARATIONS: (DoubtReason.UNDECLARED, DoubtReason.CONFIRMED_WITHOUT_VEHICLE),
}
"""Counts fewer, counts more."""


def _undecided(voices: Mapping[Source, int], settings: TrafficSettings) -> tuple[Doubt, ...]:
    tracker = voices.get(Source.TRACKER, 0)
    return tuple(
        Doubt(source, DoubtReason.NO_MAJORITY, count - tracker)
        for source, count in voices.items()
        if source is Source.TRACKER or not settings.agree(count, tracker)
    )


def _unread(counts: Mapping[Source, int], settings: TrafficSettings) -> tuple[Doubt, ...]:
    vehicles, reads = counts.get(Source.TRACKER), counts.get(Source.READS)
    if vehicles is None or reads is None or vehicles < settings.unread_vehicles:
        return ()
    lost = vehicles - reads
    return (Doubt(Source.READS, DoubtReason.PLATES_UNREAD, -lost),) if lost > settings.unread_share * vehicles else ()
