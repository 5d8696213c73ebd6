"""The four checks. Pure: each looks at a picture and tells what it notices.

All ask the same question: how probable are so few vehicles of so many, when their share is as usual? What is too
improbable, and a clear fall besides, is noticed. It stands, held against what was usual when it was noticed, until so
few are no longer improbable; without vehicles nothing is said to be healed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import sqrt

from central.fleet.crosscheck.chance import Usual, so_few
from central.fleet.crosscheck.picture import Counts, Picture, Tallies, WatchedLane
from central.fleet.crosscheck.settings import CrossCheckSettings
from central.store.crosschecks import Confirmation, CrossCheck, Noticed, Sighting
from central.store.device_key import DeviceKey
from contract.messages import Direction

_HEALED_ABOVE = 0.01
"""So few are no longer improbable: what stood is over."""
_ENOUGH = 5
"""Fewer vehicles prove nothing."""
_SUSPECT_BELOW = 1e-3
"""Of the balance of a site where one lane's share fell already: a lane that is closed leaves the balance as it is."""
_EXAMPLES = 5
_UNSURE = 2.0
"""What the neighbours read is taken at its low end: so many standard errors below what was counted."""


_Pair = tuple[int, int]
"""Some vehicles, of how many."""


@dataclass(frozen=True, slots=True)
class _Case:
    """`number` of `among` vehicles speak for a device; `expected` is their usual share.

    `known_from`: how many vehicles of other days that is known from; None where it is set.
    """

    check: CrossCheck
    device: DeviceKey
    lane: str
    direction: Direction
    number: int
    among: int
    expected: Usual
    passages: tuple[str, ...] = ()
    declarations: tuple[str, ...] = ()
    known_from: int | None = None


def notice(picture: Picture, settings: CrossCheckSettings) -> tuple[Noticed, ...]:
    """Everything that does not agree."""
    return (
        *confirmed_unseen(picture, settings),
        *out_of_balance(picture, settings),
        *cameras_disagree(picture, settings),
        *reads_less(picture, settings),
    )


def confirmed_unseen(picture: Picture, settings: CrossCheckSettings) -> Iterator[Noticed]:
    """Vehicles that the platform confirms and that no passage tells of.

    Where the platform names no lane, the camera whose share of its direction fell is to blame, if there is one.
    """
    unseen = _unseen(picture, timedelta(minutes=settings.confirmed_within_min))
    by_lane: dict[tuple[str, Direction, str], list[Confirmation]] = defaultdict(list)
    for one in picture.confirmations:
        by_lane[one.site, one.direction, one.lane].append(one)
    alarm = settings.alarm_below(len(picture.lanes), settings.window)
    for (site, direction), lanes in picture.ways().items():
        unnamed = by_lane[site, direction, ""]
        suspect = _fallen(picture, lanes, settings) if unnamed else None
        for lane in lanes:
            if not lane.heard or (unnamed and not all(other.heard for other in lanes)):
                yield from picture.kept(CrossCheck.CONFIRMED, lane.camera())
                continue
            is_meant = lane is suspect or picture.stands(CrossCheck.CONFIRMED, lane.camera())
            told = by_lane[site, direction, lane.lane] + (unnamed if is_meant else [])
            missing = [one.declaration_id for one in told if one.declaration_id in unseen]
            case = _Case(
                *(CrossCheck.CONFIRMED, lane.camera(), lane.lane, direction),
                *(len(told) - len(missing), len(told), Usual(1 - settings.platform_errors)),
                declarations=tuple(missing[-_EXAMPLES:]),
            )
            yield from _judge(picture, settings, case, alarm)


def out_of_balance(picture: Picture, settings: CrossCheckSettings) -> Iterator[Noticed]:
    """A direction of a site counts too few beside the other one: the camera whose share fell is to blame.

    Where no camera's share fell vehicles find another way: then the site is told, over a longer span.
    """
    ways = picture.ways()
    sites = sorted({site for site, _ in ways})
    for site in sites:
        all_lanes = [lane for lane in picture.lanes if lane.site == site]
        if not all(lane.heard for lane in all_lanes):
            yield from picture.kept(CrossCheck.BALANCE, DeviceKey.of(site), *(lane.camera() for lane in all_lanes))
            continue
        for direction in Direction:
            lanes = ways.get((site, direction), [])
            if lanes and len(lanes) < len(all_lanes):
                yield from _balance(picture, settings, lanes, all_lanes, ways=2 * len(sites))


def cameras_disagree(picture: Picture, settings: CrossCheckSettings) -> Iterator[Noticed]:
    """Of the vehicles that one camera of a lane reads, the other reads fewer than usual."""
    alarm = settings.alarm_below(2 * len(picture.lanes), settings.window)
    pairs = [lane for lane in picture.lanes if len(lane.cameras) == 2]  # a front one and a rear one
    for lane in pairs:
        if not lane.heard:
            yield from picture.kept(CrossCheck.CAMERAS, lane.camera(0), lane.camera(1))
            continue
        beside = [other for other in pairs if other.heard and other.site == lane.site and other.lane != lane.lane]
        for place in (0, 1):
            near, near_usual = (_both(one.of(*beside), place) for one in (picture.tallies, picture.usual))
            if beside and near[1] < _ENOUGH and not picture.stands(CrossCheck.CAMERAS, lane.camera(place)):
                continue
            now, own = _both(picture.tallies.of(lane), place), _both(picture.usual.of(lane), place)
            missed = (
                one
                for one in _of(picture, lane)
                if (one.plate, one.second_plate)[place] is None and (one.plate or one.second_plate)
            )
            case = _Case(
                *(CrossCheck.CAMERAS, lane.camera(place), lane.lane, lane.direction, *now),
                _expected(own, near, near_usual, settings.spread) if beside else Usual.counted(*own, settings.spread),
                passages=_ids(missed),
                known_from=own[1],
            )
            yield from _judge(picture, settings, case, alarm)


def reads_less(picture: Picture, settings: CrossCheckSettings) -> Iterator[Noticed]:
    """A lane reads fewer of its vehicles than its neighbours do now, beyond what is usual between them."""
    alarm = settings.alarm_below(len(picture.lanes), settings.window)
    for lane in picture.lanes:
        beside = picture.beside(lane)
        if not lane.heard or not beside:
            yield from picture.kept(CrossCheck.READS, lane.camera())
            continue
        now, near = picture.tallies.of(lane), picture.tallies.of(*beside)
        own, theirs = picture.usual.of(lane), picture.usual.of(*beside)
        if near.vehicles < _ENOUGH and not picture.stands(CrossCheck.READS, lane.camera()):
            continue
        known_from = min(own.vehicles, theirs.vehicles)
        reads = ((own.read, own.vehicles), (near.read, near.vehicles), (theirs.read, theirs.vehicles))
        expected = _expected(*reads, settings.spread)
        unread = _ids(one for one in _of(picture, lane) if one.plate is None)
        where = (CrossCheck.READS, lane.camera(), lane.lane, lane.direction)
        case = _Case(*where, now.read, now.vehicles, expected, passages=unread, known_from=known_from)
        yield from _judge(picture, settings, case, alarm)


def _balance(
    picture: Picture,
    settings: CrossCheckSettings,
    lanes: Sequence[WatchedLane],
    all_lanes: Sequence[WatchedLane],
    *,
    ways: int,
) -> Iterator[Noticed]:
    """One direction (`lanes`) of a site (`all_lanes`)."""
    site, direction = lanes[0].site, lanes[0].direction
    here = [one for one in picture.sightings if one.site == site]
    other_half = {one.plate for one in here if one.direction is direction}
    alone = _ids(one for one in here if one.direction is not direction and one.plate and one.plate not in other_half)

    def case(device: DeviceKey, lane: str, now: Tallies, usual: Tallies) -> _Case:
        some, of = usual.of(*lanes).vehicles, usual.of(*all_lanes).vehicles
        counted = (now.of(*lanes).vehicles, now.of(*all_lanes).vehicles, Usual.counted(some, of, settings.spread))
        return _Case(CrossCheck.BALANCE, device, lane, direction, *counted, passages=alone, known_from=of)

    suspect = _fallen(picture, lanes, settings)
    alarm = _SUSPECT_BELOW if len(lanes) > 1 else settings.alarm_below(ways, settings.window)
    blamed = [
        found
        for lane in lanes
        if lane is suspect or picture.stands(CrossCheck.BALANCE, lane.camera())
        for found in _judge(picture, settings, case(lane.camera(), lane.lane, picture.tallies, picture.usual), alarm)
    ]
    yield from blamed
    if not blamed:
        of_site = case(DeviceKey.of(site), "", picture.long_tallies, picture.long_usual)
        yield from _judge(picture, settings, of_site, settings.alarm_below(ways, settings.balance_window))


def _judge(picture: Picture, settings: CrossCheckSettings, case: _Case, alarm: float) -> Iterator[Noticed]:
    """What is noticed of a case, or still stands."""
    before = picture.standing.get((case.check, case.device))
    if before is not None and before.direction is not case.direction:
        before = None
    if before is None and case.known_from is not None and case.known_from < settings.least_usual:
        return
    expected = case.expected
    if before is not None and case.check is not CrossCheck.CONFIRMED:
        expected = Usual.known(before.usual, settings.spread)
    chance = so_few(case.number, case.among, expected)
    if case.among < _ENOUGH:
        if before is not None:
            yield before
        return
    fell = case.number / case.among <= expected.share * (1 - settings.least_fall)
    if not fell or chance > (alarm if before is None else _HEALED_ABOVE):
        return
    found = Noticed(
        *(case.check, case.device, case.lane, case.direction, picture.now, picture.now),
        *(case.number, case.among, expected.share, chance, case.passages, case.declarations),
    )
    yield found if before is None else replace(found, since=before.since)


def _fallen(picture: Picture, lanes: Sequence[WatchedLane], settings: CrossCheckSettings) -> WatchedLane | None:
    """The lane that has too little of its direction; where there is only one, that one."""
    if len(lanes) == 1:
        return lanes[0]
    now, usual = picture.tallies.of(*lanes).vehicles, picture.usual.of(*lanes).vehicles
    if usual < settings.least_usual:
        return None
    chances = [
        so_few(picture.tallies.of(lane).vehicles, now, Usual.counted(before, usual, settings.spread))
        for lane in lanes
        for before in [picture.usual.of(lane).vehicles]
    ]
    least = min(chances)
    alarm = settings.alarm_below(len(picture.lanes), settings.window)
    return lanes[chances.index(least)] if least <= alarm else None


def _expected(own: _Pair, near: _Pair, near_usual: _Pair, spread: float) -> Usual:
    """A lane's usual share, worse by as much as its neighbours' may be now: bad weather is over all of them."""
    usual = Usual.counted(*own, spread)
    now = Usual.counted(*near, spread).share
    least_now = max(0.0, now - _UNSURE * sqrt(now * (1 - now) / (near[1] + 1)))
    worse = least_now / Usual.counted(*near_usual, spread).share
    return usual if worse >= 1 else Usual.known(max(usual.share * worse, 1e-3), spread)


def _both(counts: Counts, place: int) -> _Pair:
    """Vehicles that both cameras read, of those that the other one than `place` read."""
    return counts.both, counts.read if place else counts.second


def _unseen(picture: Picture, near: timedelta) -> set[str]:
    """Declarations that no passage stands for; one whose plate was not read, or not understood, may stand for one."""
    free: dict[tuple[str, Direction], list[Sighting]] = defaultdict(list)
    for one in picture.sightings:
        if one.declaration_id is None:
            free[one.site, one.direction].append(one)
    unseen = set()
    for said in picture.confirmations:
        if said.seen:
            continue
        there = free[said.site, said.direction]
        fitting = (one for one in there if abs(one.at - said.at) <= near and said.lane in ("", one.lane))
        nearest = min(fitting, key=lambda one: abs(one.at - said.at), default=None)
        if nearest is None:
            unseen.add(said.declaration_id)
        else:
            there.remove(nearest)
    return unseen


def _of(picture: Picture, lane: WatchedLane) -> Iterator[Sighting]:
    begin = picture.since
    return (one for one in picture.sightings if (one.site, one.lane) == (lane.site, lane.lane) and one.at >= begin)


def _ids(sightings: Iterable[Sighting]) -> tuple[str, ...]:
    """The newest of them."""
    return tuple(one.passage_id for one in sightings)[-_EXAMPLES:]
