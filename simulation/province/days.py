"""Days of a province: every lorry's visits become passages and declarations, and what is true of them is noted.

`docs/reconciliation-numbers.md` says of each class when it counts as true and when nobody could know.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import numpy as np

from central.store.declaration_records import DeclarationRecord
from central.store.records import PassageRecord
from contract.messages import Direction, PlateRead
from contract.plate import normalise, typed_forms
from simulation.province.fleet import GATES, Rig, make_containers, make_fleet
from simulation.province.paper import Paper, Said, Way
from simulation.province.plans import CANCELLED, CONTAINER_UNREAD, FRONT_UNREAD, NO_SHOWS, REAR_UNREAD, Plan
from simulation.province.reads import CameraReads, Half
from simulation.province.truth import CLASSES, NOTHING, Fate, PassageTruth, Province
from simulation.province.visits import LORRIES_PER_PASSAGE, REGIMES, Visits, make_visits
from simulation.traffic import PlateLook

BEGAN_AT: Final = datetime(2026, 6, 1, tzinfo=UTC)
_BEGAN_S: Final = BEGAN_AT.timestamp()
_HOUR_S: Final = 3600.0
_LOST_WITHIN_H: Final = 60.0
"""Who was not seen going is in again so soon."""
_LEAST_STAY_H: Final = 5.0
"""One who is declared the wrong way stays so long: the windows of his two ways keep apart."""
_CLONE_APART_S: Final = (60.0, 270.0)
"""Between no two gates a lorry is so fast."""
_TWICE_APART_S: Final = (15.0, 90.0)
_SHIFT_H: Final = (1.0, 8.0)
_ALONE_H: Final = 26.0
"""A lorry that does not come where it is declared is nowhere else for so long before and after."""
_BOXES: Final = 4000
FINAL_SEED: Final = 50
"""Days of this seed and above are for the numbers that count, those below for tuning."""
_AS_IT_WAS: Final = Said()


def make_province(*, seed: int, per_day: int, days: int, limits_h: Mapping[str, float]) -> Province:
    """About so many passages a day on so many days; the same for the same arguments.

    `limits_h`: regime to how long a lorry may stay, in hours.
    """
    with _no_collector():
        return _Maker(seed, per_day, days, limits_h).make()


def half_of(seed: int) -> Half:
    """The half of the pictures that the cameras err by on the days of a seed: what is told was never tuned on."""
    return "final" if seed >= FINAL_SEED else "tuning"


@contextmanager
def _no_collector() -> Iterator[None]:
    """Millions of records, none of them garbage: looking for some takes half of the time, now and later."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if on:
            gc.enable()


@dataclass(slots=True)
class _Seen:
    """A passage of one lorry, for looking back at what happened before it."""

    at_s: float
    truth: PassageTruth
    front: bool
    """Its front plate was read."""
    told: bool
    """That plate stands in the read, if not as the likeliest text."""
    clone: bool = False


@dataclass
class _Visit:
    """One visit in the making."""

    rig: Rig
    plan: Plan
    regime: str
    into_s: float
    out_s: float
    box: str | None
    number: int

    def way(self, direction: Direction) -> Way:
        """The way in or out."""
        at_s = self.into_s if direction is Direction.IN else self.out_s
        trailer = self.rig.trailer.text if self.rig.trailer else None
        return Way(self.rig, self.rig.gate, direction, at_s, trailer, self.box, self.regime)


class _Maker:
    def __init__(self, seed: int, per_day: int, days: int, limits_h: Mapping[str, float]) -> None:
        self._rng = random.Random(seed)
        self._end_s = _BEGAN_S + days * 24 * _HOUR_S
        self._now_s = self._end_s + 60.0
        self._limits_h = limits_h
        self._days = days
        self._fleet = make_fleet(max(40, round(per_day * LORRIES_PER_PASSAGE)), self._rng)
        chinese = np.array([rig.chinese for rig in self._fleet])
        self._visits: Visits = make_visits(chinese, days, limits_h, np.random.default_rng(seed))
        self._boxes = make_containers(_BOXES, self._rng)
        self._pullers = [rig for rig in self._fleet if rig.trailer is not None]
        texts = [rig.front.text for rig in self._fleet]
        plates = frozenset(texts) | {"?" + text[1:] for text in texts if not text[0].isascii()}
        self._paper = Paper(self._rng, self._end_s, plates)
        self._reads = CameraReads(half_of(seed))
        self._lost_before = False
        """Whether the lorry that is at hand left unseen when it was here last."""
        self._province = Province([], [], {}, {}, datetime.fromtimestamp(self._now_s, UTC))

    def make(self) -> Province:
        """All of it."""
        number = 0
        columns = (self._visits.into_h, self._visits.out_h, self._visits.regime, self._visits.plan)
        for rig, into_h, out_h, regimes, plans in zip(self._fleet, *(part.tolist() for part in columns), strict=True):
            seen: list[_Seen] = []
            self._lost_before = False
            for place, plan in enumerate(self._settled(into_h, out_h, plans)):
                into_s, out_s = _BEGAN_S + into_h[place] * _HOUR_S, _BEGAN_S + out_h[place] * _HOUR_S
                if out_s < _BEGAN_S or into_s >= self._end_s:
                    continue
                box = self._rng.choice(self._boxes) if rig.boxes else None
                number += 1
                self._visit(_Visit(rig, plan, REGIMES[regimes[place]], into_s, out_s, box, number), seen)
            _hide_passbacks(seen)
        self._nobody_comes()
        self._province.passages.sort(key=lambda passage: passage.first_seen_at)
        self._province.declarations.sort(key=lambda declaration: declaration.received_at)
        return self._province

    def _settled(self, into_h: Sequence[float], out_h: Sequence[float], plans: Sequence[int]) -> list[Plan]:
        """The plans of a lorry, ordinary where what is planned cannot be."""
        settled = [Plan(plan) for plan in plans]
        hours = 24.0 * self._days
        for place, plan in enumerate(settled):
            if plan is Plan.LOST_OUT:
                near = place + 1 < len(settled) and into_h[place] >= 0 and into_h[place + 1] < hours
                fits = near and into_h[place + 1] - into_h[place] < _LOST_WITHIN_H
                settled[place] = plan if fits else Plan.ORDINARY
                if fits:
                    settled[place + 1] = Plan.ORDINARY
            elif plan is Plan.LOST_IN:
                near = place > 0 and out_h[place - 1] >= 0 and out_h[place] < hours
                fits = near and out_h[place] - out_h[place - 1] < _LOST_WITHIN_H and settled[place - 1] is Plan.ORDINARY
                settled[place] = plan if fits else Plan.ORDINARY
            elif plan is Plan.WRONG_DIRECTION and out_h[place] - into_h[place] < _LEAST_STAY_H:
                settled[place] = Plan.ORDINARY
        return settled

    def _visit(self, visit: _Visit, seen: list[_Seen]) -> None:
        """Both ways of a visit."""
        plan, rng = visit.plan, self._rng
        chosen = rng.choice((Direction.IN, Direction.OUT))
        found: dict[Direction, _Seen] = {}
        for direction in (Direction.IN, Direction.OUT):
            way = visit.way(direction)
            lost = (plan, direction) in ((Plan.LOST_OUT, Direction.OUT), (Plan.LOST_IN, Direction.IN))
            if lost or way.at_s < _BEGAN_S:
                continue
            if way.at_s >= self._end_s:
                if plan is not Plan.UNDECLARED:
                    self._declare(way, Fate.OPEN)
                continue
            found[direction] = self._way(visit, way, seen, special=direction is chosen)
        if plan is Plan.LOST_IN and Direction.OUT in found:
            found[Direction.OUT].truth.add("anti_passback")
        if self._lost_before and Direction.IN in found:
            found[Direction.IN].truth.add("anti_passback")
        self._lost_before = plan is Plan.LOST_OUT
        self._note_stay(visit, found)

    def _way(self, visit: _Visit, way: Way, seen: list[_Seen], *, special: bool) -> _Seen:
        """One way that was seen, with its declarations; `special`: what was planned happens on it."""
        plan = visit.plan
        truth = PassageTruth(case=visit.number, plate=way.rig.front.text)
        swapped = plan is Plan.RE_PAIRED and way.direction is Direction.OUT and way.trailer is not None
        certain = swapped or plan in (Plan.CLONE, Plan.LOST_OUT, Plan.LOST_IN) or self._lost_before
        pulled = self._swapped(way) if swapped else way
        passage = self._passage(pulled, truth, certain=certain, pulled=swapped)
        front = passage.plate is not None
        one = _Seen(way.at_s, truth, front, _stands_in(passage.plate, truth.plate))
        seen.append(one)
        if not front:
            truth.hide(*CLASSES)
        if plan is Plan.UNDECLARED:
            truth.add("undeclared")
            return one
        wrong, said = self._said(plan, way, special=special)
        if wrong:
            truth.add(wrong)
        if special and plan is Plan.CANCELLED:
            self._declare(way, Fate.CANCELLED, Said(cancelled=True))
        twice = special and plan is Plan.DUPLICATE
        declared = [self._declare(way, Fate.TWICE if twice else Fate.CAME, said) for _ in range(1 + twice)]
        truth.declaration_ids = tuple(declaration.declaration_id for declaration in declared)
        truth.identified = any(_names(passage, declaration, way) for declaration in declared)
        if not truth.identified or (wrong and not front) or (twice and not _alike(declared, truth.plate)):
            self._province.fates.update(dict.fromkeys(truth.declaration_ids, Fate.UNKNOWABLE))
        elif twice and max(declaration.expected_until for declaration in declared).timestamp() > self._end_s - _HOUR_S:
            self._province.fates.update(dict.fromkeys(truth.declaration_ids, Fate.OPEN))
        if special and plan is Plan.CLONE:
            self._clone(way, one, seen)
        if special and plan is Plan.SEEN_TWICE and front:
            self._again(pulled, one, seen)
        return one

    def _passage(self, way: Way, truth: PassageTruth, *, certain: bool, pulled: bool = False) -> PassageRecord:
        """Write what was seen of it. `certain`: its front plate was read; `pulled`: its trailer's was."""
        rng = self._rng
        front = self._read(way.rig.front, FRONT_UNREAD, certain=certain)
        second = None
        if way.trailer is not None and way.rig.trailer is not None:
            look = PlateLook(way.trailer, way.rig.trailer.colour, way.rig.trailer.lines)
            second = self._read(look, REAR_UNREAD, certain=pulled)
        container = way.box if way.box is not None and (pulled or rng.random() >= CONTAINER_UNREAD) else None
        passage = self._paper.passage(way, front, second, container)
        self._province.passages.append(passage)
        self._province.passage_truth[passage.passage_id] = truth
        return passage

    def _read(self, look: PlateLook, unread: float, *, certain: bool) -> PlateRead | None:
        if not certain and self._rng.random() < unread:
            return None
        read = self._reads.read(look, self._rng)
        while certain and read is None:
            read = self._reads.read(look, self._rng)
        return read

    def _said(self, plan: Plan, way: Way, *, special: bool) -> tuple[str, Said]:
        """What is wrong with this way, and how it is declared."""
        if plan is Plan.RE_PAIRED and way.direction is Direction.OUT and way.trailer is not None:
            return "re_paired", Said(full=True)
        if plan is Plan.WRONG_DIRECTION:
            wrong = Said(direction=way.direction.opposite, short=True)
            return ("wrong_direction", wrong) if special else ("", Said(short=True))
        if not special:
            return "", Said()
        if plan is Plan.NOT_CLEARED:
            return "not_cleared", Said(uncleared=True)
        if plan is Plan.WRONG_GATE:
            return "wrong_gate", Said(gate=self._elsewhere(way.gate))
        if plan is Plan.OUTSIDE_WINDOW:
            shift_s = self._rng.choice((-1, 1)) * self._rng.uniform(*_SHIFT_H) * _HOUR_S
            return "outside_window", Said(window_shift_s=shift_s)
        return "", Said()

    def _declare(self, way: Way, fate: Fate, said: Said = _AS_IT_WAS) -> DeclarationRecord:
        declaration = self._paper.declaration(way, said)
        self._province.declarations.append(declaration)
        self._province.fates[declaration.declaration_id] = fate
        return declaration

    def _elsewhere(self, gate: str) -> str:
        others = {other: share for other, share in GATES.items() if other != gate}
        return self._rng.choices(list(others), list(others.values()))[0]

    def _swapped(self, way: Way) -> Way:
        """With the trailer of another lorry, or its container, or both."""
        dice = self._rng.random() if way.box is not None else 0.0
        trailer, box = way.trailer, way.box
        while dice < 0.75 and trailer == way.trailer:
            other = self._rng.choice(self._pullers).trailer
            trailer = other.text if other else trailer
        while dice >= 0.5 and box == way.box:
            box = self._rng.choice(self._boxes)
        return replace(way, trailer=trailer, box=box)

    def _clone(self, way: Way, real: _Seen, seen: list[_Seen]) -> None:
        """Another lorry with the same plate, elsewhere at about the same time; which is the real one its gate says."""
        at_s = way.at_s + self._rng.choice((-1, 1)) * self._rng.uniform(*_CLONE_APART_S)
        if not _BEGAN_S <= at_s < self._end_s:
            return
        clone = replace(way, gate=self._elsewhere(way.gate), at_s=at_s, trailer=None, box=None)
        false = PassageTruth(case=real.truth.case, plate=real.truth.plate)
        told = _stands_in(self._passage(clone, false, certain=True).plate, false.plate)
        false.hide(*(name for name in CLASSES if name != "clone_suspected"))
        for truth in (false, real.truth):
            truth.add("clone_suspected")
            if not (told and real.told):
                truth.hide("clone_suspected")
        seen.append(_Seen(at_s, false, front=True, told=told, clone=True))

    def _again(self, way: Way, first: _Seen, seen: list[_Seen]) -> None:
        """Told of twice: the same vehicle, the same lane or the next, a moment later."""
        at_s = way.at_s + self._rng.uniform(*_TWICE_APART_S)
        if at_s >= self._end_s:
            return
        twice = replace(first.truth, classes=NOTHING, unknowable=NOTHING, repeat=True)
        told = _stands_in(self._passage(replace(way, at_s=at_s), twice, certain=True).plate, twice.plate)
        twice.add("duplicate")
        twice.hide(*(name for name in CLASSES if name != "duplicate" or not (told and first.told)))
        seen.append(_Seen(at_s, twice, front=True, told=told))

    def _note_stay(self, visit: _Visit, found: Mapping[Direction, _Seen]) -> None:
        """Whether it stayed too long, where that can be known: both ways were read, or it is here still."""
        into, out = found.get(Direction.IN), found.get(Direction.OUT)
        left_unseen = out is None and visit.out_s < self._end_s
        unknowable = visit.plan is Plan.UNDECLARED or into is None or not into.front or left_unseen
        if unknowable or (out is not None and not out.front):
            for one in found.values():
                one.truth.hide("overstay")
            return
        until_s = visit.out_s if out is not None else self._now_s
        if until_s - visit.into_s > self._limits_h[visit.regime] * _HOUR_S:
            for one in found.values():
                one.truth.add("overstay")

    def _nobody_comes(self) -> None:
        """Declarations whose lorries stay away: they stand, or were cancelled."""
        wanted = {
            Fate.NO_SHOW: round(NO_SHOWS * len(self._province.passages) / 2),
            Fate.CANCELLED: round(CANCELLED * len(self._province.passages) / 2),
        }
        for fate, count in wanted.items():
            for _ in range(count):
                self._stay_away(fate)

    def _stay_away(self, fate: Fate) -> None:
        rng = self._rng
        for _ in range(200):
            place = rng.randrange(len(self._fleet))
            at_h = rng.uniform(7.0, 24.0 * self._days - 9.0)
            times = np.concatenate((self._visits.into_h[place], self._visits.out_h[place]))
            if np.abs(times - at_h).min() > _ALONE_H:
                rig = self._fleet[place]
                regime = REGIMES[int(self._visits.regime[place, 0])]
                box = rng.choice(self._boxes) if rig.boxes else None
                at_s = _BEGAN_S + at_h * _HOUR_S
                visit = _Visit(rig, Plan.ORDINARY, regime, at_s, at_s, box, 0)
                way = visit.way(rng.choice((Direction.IN, Direction.OUT)))
                self._declare(way, fate, Said(cancelled=fate is Fate.CANCELLED))
                return


def _stands_in(read: PlateRead | None, text: str) -> bool:
    """Whether a plate stands in its read: as the text, as a candidate, or character by character."""
    if read is None or read.text == text:
        return read is not None
    if any(candidate.text == text for candidate in read.candidates):
        return True
    return len(read.lattice) == len(text) and all(
        any(option.text == character for option in options)
        for character, options in zip(text, read.lattice, strict=True)
    )


def _names(passage: PassageRecord, declaration: DeclarationRecord, way: Way) -> bool:
    """Whether anything was read that the declaration names."""
    trailer = declaration.trailer_plate is not None and _stands_in(passage.second_plate, way.trailer or "")
    return (
        passage.plate is not None or trailer or (passage.container is not None and declaration.container_no is not None)
    )


def _alike(declared: Sequence[DeclarationRecord], text: str) -> bool:
    """Whether several declarations can be seen to name one lorry: each without a slip, or with its trailer."""
    forms = typed_forms(text)
    return all(normalise(one.plate) in forms or one.trailer_plate is not None for one in declared)


def _hide_passbacks(seen: list[_Seen]) -> None:
    """Nobody could tell whether a way is missing where the passage before was a clone's, or may be anybody's."""
    seen.sort(key=lambda one: one.at_s)
    for before, one in pairwise(seen):
        anybodys = not before.told and not before.truth.declaration_ids
        if not before.front or before.clone or anybodys:
            one.truth.hide("anti_passback")
