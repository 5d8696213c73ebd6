"""What makes a number of the bulletin doubtful, where and when. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord
from central.traffic.flow import HOUR, DoubtReason, Flow
from central.traffic.observations import Source
from contract.messages import Direction, HealthLevel, TimeQuality


class OwnReason(StrEnum):
    """Why a number is doubtful, beside what the counters of a lane say of each other (`DoubtReason`)."""

    CAMERA_DOWN = "camera_down"
    """A camera of the lane failed, or nobody heard of it."""
    PLATE_UNREAD = "plate_unread"
    """Vehicles without a plate that is read, so that their goods are not known."""
    NOT_LINKED = "not_linked"
    """Vehicles whose plate is read and that no declaration is held to be of, so that their goods are not known."""
    CLOCK_UNSET = "clock_unset"
    """The node's clock was not set: these vehicles count when central heard of them."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a camera failed or was not heard of.

    Attributes:
        reason: as its health said; empty where it said none.
        cameras: how many the lane has; it is blind while all of them failed.

    """

    gate: str
    lane: str
    direction: Direction
    camera: str
    level: HealthLevel
    reason: str
    since: datetime
    until: datetime
    cameras: int = 1


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why numbers of a gate and direction are doubtful.

    Attributes:
        lane: empty where a whole direction of the gate is meant.
        vehicles: how many are concerned. Of a counter that differs (`source`): how many are to be added to its count
            (below 0: taken off) so that it says what is believed; None where that is not known.
        counted, loop: what the doubted counter counted in these hours, and the loop of the lane; None where it is of no
            counter, or not known of each hour.
        source: the counter that is doubted; the bulletin's own numbers are those of `TRACKER`. None without one.
        passage_ids: the passages concerned, where it is of passages that are there.
        declaration_ids: the declarations concerned: of vehicles that a blind camera missed, or declared twice.
        camera, detail: of an outage: which one, and what its health said.

    """

    reason: DoubtReason | OwnReason
    gate: str
    lane: str
    direction: Direction
    since: datetime
    until: datetime
    vehicles: int | None
    source: Source | None = None
    passage_ids: tuple[str, ...] = ()
    declaration_ids: tuple[str, ...] = ()
    camera: str = ""
    detail: str = ""
    counted: int | None = None
    loop: int | None = None


def doubts_of(
    counted: Iterable[PassageRecord],
    flows: Iterable[Flow],
    outages: Iterable[Outage],
    *,
    linked: Collection[str],
    declared_twice: Iterable[DeclarationRecord],
    span: tuple[datetime, datetime],
) -> tuple[Doubt, ...]:
    """All doubts of a span, by gate, lane and time.

    `counted` are the passages that count; `linked` the ids of those whose declaration is known.
    """
    found = (
        *_of_flows(flows),
        *_of_outages(outages),
        *_of_passages(counted, linked, span),
        *_of_doubles(declared_twice, span),
    )
    return tuple(sorted(found, key=lambda one: (one.gate, one.lane, one.direction, one.since, one.reason)))


def _of_flows(flows: Iterable[Flow]) -> Iterator[Doubt]:
    told = [
        Doubt(
            doubt.reason,
            flow.post.site,
            flow.post.lane,
            flow.post.direction,
            flow.hour_at,
            flow.hour_at + HOUR,
            None if flow.believed is None else -doubt.surplus,
            doubt.source,
            counted=flow.count(doubt.source),
            loop=flow.count(Source.LOOP),
        )
        for flow in flows
        for doubt in flow.doubts
        if doubt.reason is not DoubtReason.NO_MAJORITY or doubt.source is Source.TRACKER  # undecided is told once
    ]
    told.sort(key=lambda one: (_same(one), one.since))
    for _, alike in groupby(told, key=_same):
        yield from _joined(list(alike))


def _same(one: Doubt) -> tuple[str, ...]:
    return one.gate, one.lane, one.direction, one.source or "", one.reason


def _joined(hours: Sequence[Doubt]) -> Iterator[Doubt]:
    """Hours that follow each other with the same doubt are one."""
    last = hours[0]
    for one in hours[1:]:
        if one.since != last.until:
            yield last
            last = one
        else:
            last = replace(
                last,
                until=one.until,
                vehicles=_sum(last.vehicles, one.vehicles),
                counted=_sum(last.counted, one.counted),
                loop=_sum(last.loop, one.loop),
            )
    yield last


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _of_outages(outages: Iterable[Outage]) -> Iterator[Doubt]:
    for one in outages:
        yield Doubt(
            OwnReason.CAMERA_DOWN,
            one.gate,
            one.lane,
            one.direction,
            one.since,
            one.until,
            None,
            camera=one.camera,
            detail=one.reason or one.level.value,
        )


def _of_passages(
    counted: Iterable[PassageRecord], linked: Collection[str], span: tuple[datetime, datetime]
) -> Iterator[Doubt]:
    told = [
        ((reason, one.site, one.direction), str(one.passage_id))
        for one in counted
        for reason in _reasons(one, is_linked=str(one.passage_id) in linked)
    ]
    told.sort()
    for (reason, gate, direction), alike in groupby(told, key=lambda one: one[0]):
        ids = tuple(passage_id for _, passage_id in alike)
        yield Doubt(reason, gate, "", direction, *span, len(ids), passage_ids=ids)


def _of_doubles(declarations: Iterable[DeclarationRecord], span: tuple[datetime, datetime]) -> Iterator[Doubt]:
    told = sorted((one.gate, one.direction, one.declaration_id) for one in declarations)
    for (gate, direction), alike in groupby(told, key=lambda one: one[:2]):
        ids = tuple(one[2] for one in alike)
        yield Doubt(
            DoubtReason.DECLARED_TWICE,
            gate,
            "",
            direction,
            *span,
            len(ids),
            Source.DECLARATIONS,
            declaration_ids=ids,
        )


def _reasons(passage: PassageRecord, *, is_linked: bool) -> Iterator[OwnReason]:
    if passage.time_quality is TimeQuality.UNSET:
        yield OwnReason.CLOCK_UNSET
    if not is_linked:
        yield OwnReason.PLATE_UNREAD if passage.plate is None else OwnReason.NOT_LINKED
