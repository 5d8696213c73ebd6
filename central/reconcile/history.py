"""What the passages of one vehicle say together: two places at once, again without return, stayed too long. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from central.reconcile.findings import trailer_plate, vehicle_plate
from central.reconcile.names import name_of
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import Reason, ReasonCode
from central.store.records import PassageRecord
from contract.messages import Direction, TimeQuality
from contract.plate import CN_PROVINCES

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_NAMED = 3
"""Provinces that one typed prefix may stand for; where none was typed it may be any."""
_POSSIBLE = 0.02
"""A runner-up below this is not held for possible."""


class Visit(NamedTuple):
    """A passage of a vehicle, with its declaration where it has one; not `sure` where it may be another's.

    `exact`: it is known by the very plate that was declared. Else a slip may have made it this vehicle's.
    """

    passage: PassageRecord
    declaration: DeclarationRecord | None
    sure: bool
    exact: bool = True

    @property
    def is_in(self) -> bool:
        """Whether it went in."""
        return self.passage.direction is Direction.IN


@dataclass(frozen=True, slots=True)
class Vehicle:
    """The visits of one vehicle, oldest first.

    Attributes:
        unseen: its declarations that nobody was seen for.
        misread: passages of nobody known that may be its own, with a slip in the plate.
        doubles: those of them of which the camera held the very plate of this vehicle for possible.

    """

    visits: Sequence[Visit]
    unseen: Sequence[DeclarationRecord] = ()
    misread: Sequence[PassageRecord] = ()
    doubles: Sequence[PassageRecord] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Reasons by passage, and when time alone will add one."""

    reasons: Mapping[UUID, Sequence[Reason]]
    due: Mapping[UUID, datetime]


def look_back(vehicle: Vehicle, now: datetime, settings: ReconcileSettings) -> Findings:
    """Judge the visits of one vehicle."""
    look = _Look(now, settings, vehicle)
    if len(vehicle.visits) > 1 or vehicle.visits[0].is_in:
        look.at(vehicle.visits)
    return Findings(look.reasons, look.due)


class _Look:
    """What is found while the visits are gone through."""

    def __init__(self, now: datetime, settings: ReconcileSettings, vehicle: Vehicle) -> None:
        self._vehicle = vehicle
        self._now = now
        self._settings = settings
        self.reasons: dict[UUID, list[Reason]] = defaultdict(list)
        self.due: dict[UUID, datetime] = {}

    def at(self, visits: Sequence[Visit]) -> None:
        """Judge all visits of a vehicle."""
        chain = self._without_repeats(visits)
        cloned = False
        for before, after in itertools.pairwise(chain):
            if not (_may_be_double(before, after) or _may_be_double(after, before)):
                continue
            if (least_min := _impossible(before, after, self._settings)) is not None:
                cloned = True
                self.reasons[before.passage.passage_id].append(_two_places(before.passage, after.passage, least_min))
                self.reasons[after.passage.passage_id].append(_two_places(after.passage, before.passage, least_min))
        if self._vehicle.doubles:
            self._note_doubles(chain)
        # two vehicles with one plate are followed gate by gate
        for line in _by_site(chain) if cloned else [chain]:
            self._follow(line)

    def _note_doubles(self, chain: Sequence[Visit]) -> None:
        """Say of a visit that nobody known was elsewhere with this very plate, as far as the camera could read it."""
        for there in self._vehicle.doubles:
            for visit in chain:
                other = Visit(there, None, sure=False)
                pair = (visit, other) if visit.passage.seen_at <= there.seen_at else (other, visit)
                if visit.sure and (least_min := _impossible(*pair, self._settings)) is not None:
                    self.reasons[visit.passage.passage_id].append(_two_places(visit.passage, there, least_min))

    def _without_repeats(self, visits: Sequence[Visit]) -> list[Visit]:
        """The visits without those that were merely told of twice."""
        chain: list[Visit] = []
        for visit in visits:
            last = chain[-1].passage if chain else None
            here = visit.passage
            if (
                last is not None
                and (last.site, last.direction) == (here.site, here.direction)
                and here.seen_at - last.seen_at <= self._settings.seen_twice_min * _MINUTE
            ):
                values = {"passage_id": str(last.passage_id), "seen_at": last.seen_at.isoformat()}
                self.reasons[here.passage_id].append(Reason(ReasonCode.SEEN_TWICE, values))
            else:
                chain.append(visit)
        return chain

    def _follow(self, line: Sequence[Visit]) -> None:
        """In and out must alternate, and between in and out lies no more than the regime allows."""
        for number, visit in enumerate(line):
            after = line[number + 1] if number + 1 < len(line) else None
            if not visit.sure or (after is not None and not after.sure):
                continue
            if after is not None and after.passage.direction is visit.passage.direction:
                near = after.passage.seen_at - visit.passage.seen_at <= self._settings.history_h * _HOUR
                if (
                    near
                    and _is_one(visit, after)
                    and not self._may_have_been_missed(visit.passage, after.passage.seen_at)
                ):
                    self.reasons[after.passage.passage_id].append(_again(visit.passage))
            elif visit.is_in:
                self._check_stay(visit, after)

    def _may_have_been_missed(self, before: PassageRecord, until: datetime) -> bool:
        """Whether it may have come back all the same: that was declared, or a plate like its own was seen to."""
        back = before.direction.opposite
        return self._may_be_misread(before, until) or any(
            one.direction is back and one.expected_until >= before.seen_at and one.expected_from <= until
            for one in self._vehicle.unseen
        )

    def _may_be_misread(self, before: PassageRecord, until: datetime) -> bool:
        back = before.direction.opposite
        return any(
            one.site == before.site and one.direction is back and before.seen_at < one.seen_at < until
            for one in self._vehicle.misread
        )

    def _check_stay(self, came: Visit, left: Visit | None) -> None:
        declaration = came.declaration or (left.declaration if left else None)
        limit_h = self._settings.dwell_limit_h(declaration.regime if declaration else "")
        since = came.passage.seen_at
        over_at = since + limit_h * _HOUR
        if left is None and self._now < over_at:
            self.due[came.passage.passage_id] = over_at
            return
        if left is None and self._may_be_misread(came.passage, since + self._settings.history_h * _HOUR):
            return
        if left is not None and left.passage.seen_at <= over_at:
            return
        values: dict[str, str | float] = {
            "passage_id": str(came.passage.passage_id),
            "since": since.isoformat(),
            "stayed_h": round((left.passage.seen_at - since) / _HOUR, 1) if left else limit_h,
            "limit_h": limit_h,
        }
        reason = Reason(ReasonCode.STAYED_LONG, values)
        for visit in (came, left):
            if visit is not None:
                self.reasons[visit.passage.passage_id].append(reason)


def _may_be_double(one: Visit, other: Visit) -> bool:
    """Whether two places at once can be said of them: of one for certain, and the other has nothing but this plate."""
    return one.sure and (other.sure or other.declaration is None)


def _is_one(before: Visit, after: Visit) -> bool:
    """Whether nothing speaks for two vehicles: another province, or another trailer where a slip is in the plate."""
    one, other = trailer_plate(before.passage), trailer_plate(after.passage)
    if one is not None and other is not None and name_of(one.text).key == name_of(other.text).key:
        return True
    if not _may_share_province(before, after):
        return False
    return (before.exact and after.exact) or one is None or other is None


def _impossible(before: Visit, after: Visit, settings: ReconcileSettings) -> float | None:
    """The least minutes that the way takes, where there were fewer."""
    one, other = before.passage, after.passage
    if (
        one.site == other.site
        or not _may_share_province(before, after)
        or TimeQuality.UNSET in (one.time_quality, other.time_quality)
    ):
        return None
    least_min = settings.least_travel_min(one.site, other.site)
    return least_min if other.seen_at - one.seen_at < least_min * _MINUTE else None


def _may_share_province(one: Visit, other: Visit) -> bool:
    """Whether both may be of one province, as far as cameras or declarations tell: two vehicles may share the rest."""
    provinces = [found for visit in (one, other) if (found := _provinces(visit))]
    return len(provinces) < 2 or bool(provinces[0] & provinces[1])


def _provinces(visit: Visit) -> frozenset[str]:
    """Those that a vehicle may be of; none where no Chinese plate was read."""
    read = vehicle_plate(visit.passage)
    if read is None or read.text[0] not in CN_PROVINCES:
        return frozenset()
    possible = (read.text, *(c.text for c in read.candidates if c.confidence >= _POSSIBLE))
    declared = name_of(visit.declaration.plate) if visit.declaration is not None else None
    if declared is None or declared.key != name_of(read.text).key:
        return frozenset(text[0] for text in possible)
    named = declared.provinces if declared.provinces and len(declared.provinces) <= _NAMED else frozenset[str]()
    return named | {text[0] for text in possible}


def _two_places(here: PassageRecord, there: PassageRecord, least_min: float) -> Reason:
    return Reason(
        ReasonCode.TWO_PLACES,
        {
            "passage_id": str(there.passage_id),
            "site": there.site,
            "seen_at": there.seen_at.isoformat(),
            "apart_min": round(abs(there.seen_at - here.seen_at) / _MINUTE, 1),
            "least_min": least_min,
        },
    )


def _by_site(chain: Sequence[Visit]) -> list[list[Visit]]:
    lines: dict[str, list[Visit]] = defaultdict(list)
    for visit in chain:
        lines[visit.passage.site].append(visit)
    return list(lines.values())


def _again(before: PassageRecord) -> Reason:
    values = {
        "passage_id": str(before.passage_id),
        "site": before.site,
        "seen_at": before.seen_at.isoformat(),
        "direction": before.direction.value,
    }
    return Reason(ReasonCode.AGAIN_WITHOUT_RETURN, values)
