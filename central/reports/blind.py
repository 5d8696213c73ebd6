"""Vehicles that went through while every camera of their lane had failed, by the platform's word. Pure.

A camera that sees nothing and a platform that confirms vehicles are two voices that contradict each other, and hours of
such a lane stay undecided (`central.traffic.flow`). But a camera that was known to have failed has no voice: what the
platform confirmed there meanwhile, and no passage is of, was missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from central.reports.doubts import Outage
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.traffic.flow import HOUR, Doubt, DoubtReason, Flow
from central.traffic.observations import Source
from contract.messages import Direction, HealthLevel

Lane = tuple[str, str, Direction]
"""Gate, lane and direction."""


def missed(
    outages: Iterable[Outage], declarations: Iterable[DeclarationRecord], held: Collection[str]
) -> dict[Lane, list[DeclarationRecord]]:
    """Declarations whose vehicles no camera could see, by lane; `held` are those that a passage is held to be of."""
    by_lane: dict[Lane, list[Outage]] = {}
    for outage in outages:
        if outage.level is HealthLevel.FAILED:
            by_lane.setdefault((outage.gate, outage.lane, outage.direction), []).append(outage)
    found: dict[Lane, list[DeclarationRecord]] = {}
    for one in declarations:
        key = one.gate, one.lane or "", one.direction
        if one.declaration_id not in held and _was_blind(one, by_lane.get(key, ())):
            found.setdefault(key, []).append(one)
    return {lane: sorted(them, key=_moment) for lane, them in found.items()}


def _moment(declaration: DeclarationRecord) -> tuple[datetime, str]:
    return declaration.confirmed_at or declaration.expected_from, declaration.declaration_id


def _was_blind(declaration: DeclarationRecord, outages: Sequence[Outage]) -> bool:
    at = declaration.confirmed_at
    if declaration.state is not DeclarationState.CONFIRMED or at is None:
        return False
    down = {one.camera for one in outages if one.since <= at < one.until}
    return bool(outages) and len(down) == outages[0].cameras


def settled(
    flows: Iterable[Flow], missing: Mapping[Lane, Sequence[DeclarationRecord]], outages: Sequence[Outage]
) -> tuple[Flow, ...]:
    """The hours, with what a blind camera missed; those in which the tracker is doubted already stay as they are.

    It missed what the platform confirmed meanwhile, or what the loop counted beside the camera, where that is more.
    """
    return tuple(_settled(flow, missing, is_blind=_is_blind(flow, outages)) for flow in flows)


def _is_blind(flow: Flow, outages: Sequence[Outage]) -> bool:
    """Whether every camera of the lane failed in the hour."""
    post, until = flow.post, flow.hour_at + HOUR
    here = [
        one
        for one in outages
        if one.level is HealthLevel.FAILED
        and (one.gate, one.lane, one.direction) == (post.site, post.lane, post.direction)
        and one.since < until
        and flow.hour_at < one.until
    ]
    return bool(here) and len({one.camera for one in here}) == here[0].cameras


def _settled(flow: Flow, missing: Mapping[Lane, Sequence[DeclarationRecord]], *, is_blind: bool) -> Flow:
    post = flow.post
    count = sum(
        one.confirmed_at is not None and flow.hour_at <= one.confirmed_at < flow.hour_at + HOUR
        for one in missing.get((post.site, post.lane, post.direction), ())
    )
    if is_blind:
        count = max(count, (flow.count(Source.LOOP) or 0) - (flow.count(Source.TRACKER) or 0))
    decided = flow.believed is not None and any(one.source is Source.TRACKER for one in flow.doubts)
    if not count or decided:
        return flow
    others = tuple(one for one in flow.doubts if one.reason is not DoubtReason.NO_MAJORITY)
    blind = Doubt(Source.TRACKER, DoubtReason.CAMERA_MISSED_VEHICLES, -count)
    return replace(flow, believed=(flow.count(Source.TRACKER) or 0) + count, doubts=(blind, *others))
