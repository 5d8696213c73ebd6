"""Which declaration each passage has, as far as that is certain; what is left, with probabilities. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from rapidfuzz.distance import OSA

from central.reconcile import assign, findings
from central.reconcile.copies import copies, other_container, pull_the_same
from central.reconcile.decided import given, is_ruled_out, link_reasons
from central.reconcile.findings import apart, vehicle_plate
from central.reconcile.fit import Link, Model, is_far_lead, is_lead, is_named_by, leads_of, same_pulled, weigh
from central.reconcile.names import bodies, may_be_same, name_of
from central.reconcile.seal import SEALED_PROBABILITY, seal
from central.reconcile.settings import ReconcileSettings
from central.reconcile.timeline import Timeline
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import DeclarationCandidate, Reason, ReasonCode
from central.store.records import PassageRecord
from contract.messages import Direction

Leads = Mapping[UUID, Sequence[DeclarationRecord]]
"""By passage the declarations that it may belong to."""
_MOST_CANDIDATES = 3
_LEAST_CANDIDATE = 0.01


class Found(NamedTuple):
    """What was found for one passage.

    Attributes:
        declaration: the one that it has, or (not `certain`) has most probably of all ways to pair them off.
        probability: of belonging to it, or to another that declares the same trip.
        known: that is probable enough to follow the vehicle, if not to spare a person the look at an uncertain read.
        alone: probability of having no declaration.
        taken: reasons to hold it for a declaration that another passage of the same vehicle has.

    """

    declaration: DeclarationRecord | None = None
    probability: float = 0.0
    known: bool = False
    certain: bool = False
    reasons: tuple[Reason, ...] = ()
    alone: float = 1.0
    candidates: tuple[DeclarationCandidate, ...] = ()
    taken: tuple[Reason, ...] = ()


NOTHING = Found()


def find(
    passages: Sequence[PassageRecord],
    declarations: Sequence[DeclarationRecord],
    model: Model,
    sealed: Mapping[UUID, DeclarationRecord],
    leads: Leads,
) -> dict[UUID, Found]:
    """Decide all together: what people gave, the plain pairs (`sealed`), then the others by probability.

    Those not named have nothing. `leads`: of those that are not sealed, as `leads_among` finds them.
    """
    by_people = given(passages, declarations)
    found = {
        passage.passage_id: _plain(passage, declaration, model)
        for passage in passages
        if (declaration := sealed.get(passage.passage_id)) is not None
    }
    if by_people:
        found |= {
            passage.passage_id: _given(passage, declaration, model)
            for passage in passages
            if (declaration := by_people.get(passage.passage_id)) is not None
        }
    if len(found) == len(passages):
        return found
    again = _told_again(passages, model.settings)
    rest = [
        passage
        for passage in passages
        if passage.passage_id not in found and passage.passage_id not in again and passage.cancelled is None
    ]
    gone = {one.declaration_id for one in sealed.values()}  # of which none has a copy: a twin is not plain
    model = replace(model, copies=copies(one for one in declarations if one.declaration_id not in gone))
    gone |= {one.declaration_id for one in by_people.values()}
    plain = _by_key(sealed.values())
    named = [_named_by(passage, plain, model.settings) for passage in rest]
    links = [
        _links_of(passage, leads.get(passage.passage_id, ()), theirs, model)
        for passage, theirs in zip(rest, named, strict=True)
    ]
    found |= _weighed(
        rest, [[one for one in own if one.declaration.declaration_id not in gone] for own in links], model
    )
    holder = {one.declaration.declaration_id: key for key, one in found.items() if one.declaration}
    for passage, own, theirs in zip(rest, links, named, strict=True):
        if found.get(passage.passage_id, NOTHING).declaration is None:
            own += [one for that in theirs if (one := weigh(passage, that, model)) is not None]
            _note_taken(passage, own, holder, found)
    return found


def plain_pairs(
    passages: Sequence[PassageRecord], declarations: Sequence[DeclarationRecord], settings: ReconcileSettings
) -> dict[UUID, DeclarationRecord]:
    """What is sealed among passages and declarations of any keys."""
    gone = {declaration.declaration_id for declaration in given(passages, declarations).values()}
    came: dict[str, list[PassageRecord]] = defaultdict(list)
    for passage in passages:
        if passage.plate is not None:
            came[name_of(passage.plate.text).key].append(passage)
    declared = _by_key(one for one in declarations if one.declaration_id not in gone)
    sealed: dict[UUID, DeclarationRecord] = {}
    for key in declared.keys() & came.keys():
        sealed |= seal(came[key], declared[key], settings)
    return sealed


def leads_among(
    passages: Sequence[PassageRecord],
    declarations: Sequence[DeclarationRecord],
    sealed: Mapping[UUID, DeclarationRecord],
    settings: ReconcileSettings,
) -> Leads:
    """Of passages and declarations that are not sealed, who may belong to whom."""
    gone = {declaration.declaration_id for declaration in sealed.values()}
    waiting = Timeline(
        (one.expected_from, one.expected_until, one) for one in declarations if one.declaration_id not in gone
    )
    leads: dict[UUID, Sequence[DeclarationRecord]] = {}
    for passage in passages:
        if passage.passage_id not in sealed:
            around = waiting.touching(passage.seen_at - settings.related, passage.seen_at + settings.related)
            leads[passage.passage_id] = list(leads_of(passage, around, settings)) or [
                one for one in around if is_far_lead(passage, one, settings)
            ]
    return leads


def _by_key(declarations: Iterable[DeclarationRecord]) -> Mapping[str, Sequence[DeclarationRecord]]:
    found: dict[str, list[DeclarationRecord]] = defaultdict(list)
    for declaration in declarations:
        found[name_of(declaration.plate).key].append(declaration)
    return found


def _told_again(passages: Sequence[PassageRecord], settings: ReconcileSettings) -> set[UUID]:
    """Passages of a vehicle that was told of a moment before: they take no declaration. `passages` by time."""
    last: dict[tuple[str, str, Direction], datetime] = {}
    again: set[UUID] = set()
    for passage in passages:
        read = vehicle_plate(passage)
        if read is not None and passage.cancelled is None:
            place = read.text, passage.site, passage.direction
            if place in last and passage.seen_at - last[place] <= timedelta(minutes=settings.seen_twice_min):
                again.add(passage.passage_id)
            else:
                last[place] = passage.seen_at
    return again


def _plain(passage: PassageRecord, declaration: DeclarationRecord, model: Model) -> Found:
    read = passage.plate.text if passage.plate else ""
    reasons = (
        findings.pair(ReasonCode.PLATE_EXACT, read, declaration.plate),
        *findings.pulled(passage, declaration, model.confusions),
        *findings.not_cleared(declaration),
    )
    return Found(
        declaration, SEALED_PROBABILITY, known=True, certain=True, reasons=reasons, alone=1 - SEALED_PROBABILITY
    )


def _given(passage: PassageRecord, declaration: DeclarationRecord, model: Model) -> Found:
    """A pair that a person has made."""
    reasons = link_reasons(passage, declaration, model.settings, model.confusions)
    return Found(declaration, 1.0, known=True, certain=True, reasons=reasons, alone=0.0)


def _named_by(
    passage: PassageRecord, plain: Mapping[str, Sequence[DeclarationRecord]], settings: ReconcileSettings
) -> list[DeclarationRecord]:
    """What is sealed and names it, too: not to be had; but the passage has to hear of that. `plain`: by key."""
    read = vehicle_plate(passage)
    those = plain.get(name_of(read.text).key, ()) if read is not None else ()
    return [
        one
        for one in those
        if apart(passage, one) <= settings.related and is_named_by(passage, one) and not is_ruled_out(passage, one)
    ]


def _links_of(
    passage: PassageRecord, leads: Sequence[DeclarationRecord], named: Sequence[DeclarationRecord], model: Model
) -> list[Link]:
    """All that it may belong to: by trailer or container, or to what was cancelled, only where nothing else is it.

    `named`: as `_named_by` has it.
    """
    links = [weigh(passage, one, model) for one in leads if not is_ruled_out(passage, one)]
    own = [one for one in links if one is not None]
    if named or any(one.exact for one in own):
        own = [one for one in own if one.by_plate]
    if any(one.declaration.state is DeclarationState.CANCELLED for one in own) and (
        any(one.exact and one.in_place and one.declaration.state is not DeclarationState.CANCELLED for one in own)
        or any(not findings.elsewhere(passage, one, model.settings) for one in named)
    ):
        own = [one for one in own if one.declaration.state is not DeclarationState.CANCELLED]
    return own


def _weighed(passages: Sequence[PassageRecord], links: Sequence[Sequence[Link]], model: Model) -> dict[UUID, Found]:
    columns = sorted(
        {one.declaration.declaration_id: one.declaration for own in links for one in own}.values(),
        key=lambda one: (one.expected_from, one.declaration_id),
    )
    place = {one.declaration_id: number for number, one in enumerate(columns)}
    by_edge = {(row, place[one.declaration.declaration_id]): one for row, own in enumerate(links) for one in own}
    probability: dict[assign.Edge, float] = {}
    best: dict[int, int] = {}
    for group in assign.components(by_edge):
        weights = {edge: by_edge[edge].weight for edge in group}
        probability |= assign.marginals(weights)
        best |= dict(assign.best(weights))
    edges_of: dict[int, list[assign.Edge]] = defaultdict(list)
    for edge in by_edge:
        edges_of[edge[0]].append(edge)
    alike = _Alike(passages, columns, edges_of, model)
    found: dict[UUID, Found] = {}
    for row, passage in enumerate(passages):
        edges = edges_of.get(row)
        if edges:
            chosen = by_edge[row, best[row]] if row in best else None
            together = alike.sum(row, best[row], probability) if row in best else 0.0
            alone = 1.0 - math.fsum(probability[edge] for edge in edges)
            candidates = _candidates({columns[edge[1]].declaration_id: probability[edge] for edge in edges})
            found[passage.passage_id] = _found(chosen, together, alone, candidates, model.settings)
    return found


def _candidates(probability: Mapping[str, float]) -> tuple[DeclarationCandidate, ...]:
    likely = sorted(probability.items(), key=lambda one: (-round(one[1], 6), one[0]))[:_MOST_CANDIDATES]
    return tuple(DeclarationCandidate(key, round(p, 4)) for key, p in likely if p >= _LEAST_CANDIDATE)


def _found(
    chosen: Link | None,
    together: float,
    alone: float,
    candidates: tuple[DeclarationCandidate, ...],
    settings: ReconcileSettings,
) -> Found:
    if chosen is None:
        return Found(alone=alone, candidates=candidates)
    likely = together >= settings.match_probability
    known = likely and _is_named(chosen)
    certain = known and not findings.doubts(chosen.passage, settings)
    reasons = chosen.reasons
    if not likely:
        values = {"probability": round(together, 3), "required": settings.match_probability}
        reasons += (Reason(ReasonCode.UNCERTAIN, values),)
    probability = round(min(together, 1.0), 4)
    return Found(
        chosen.declaration,
        probability,
        known=known,
        certain=certain,
        reasons=reasons,
        alone=min(alone, 1.0 - probability),
        candidates=candidates,
    )


def _is_named(chosen: Link) -> bool:
    """Whether plate, trailer or container name it.

    Too little to follow a vehicle by: a trailer with a slip alone, or a plate with one at another gate, way or time.
    """
    exact = {ReasonCode.TRAILER_EXACT, ReasonCode.CONTAINER_EXACT}
    by_plate = chosen.by_plate and (chosen.exact or chosen.in_place)
    return by_plate or any(reason.code in exact for reason in chosen.reasons)


class _Alike:
    """Passages of one vehicle and declarations of one trip: which of them it is matters less than that it is one."""

    def __init__(
        self,
        passages: Sequence[PassageRecord],
        columns: Sequence[DeclarationRecord],
        edges_of: Mapping[int, Sequence[assign.Edge]],
        model: Model,
    ) -> None:
        self._reads = [vehicle_plate(passage) for passage in passages]
        self._rows_of: dict[str, list[int]] = defaultdict(list)
        for row in edges_of:
            if (read := self._reads[row]) is not None:
                self._rows_of[read.text].append(row)
        self._columns = columns
        self._edges_of = edges_of
        self._slack = model.settings.slack

    def sum(self, row: int, column: int, probability: Mapping[assign.Edge, float]) -> float:
        """The probability that the passage's vehicle belongs to the declaration's trip; 1 at most."""
        read, that = self._reads[row], self._columns[column]
        return min(
            1.0,
            math.fsum(
                probability[edge]
                for other in (self._rows_of[read.text] if read is not None else [row])
                for edge in self._edges_of[other]
                if same_trip(self._columns[edge[1]], that, self._slack, slips=1)
            ),
        )


def same_trip(one: DeclarationRecord, other: DeclarationRecord, slack: timedelta, *, slips: int = 0) -> bool:
    """Whether two declarations declare the same: vehicle, gate and direction, and times no more than `slack` apart.

    `slips`: so many characters may be mistyped in the plate where trailer or container are the same.
    """
    if one.declaration_id == other.declaration_id:
        return True
    if not same_place_and_time(one, other, slack):
        return False
    if may_be_same(name_of(one.plate), name_of(other.plate)):
        return True
    return slips > 0 and _slips_apart(one, other, slips) and pull_the_same(one, other)


def same_place_and_time(one: DeclarationRecord, other: DeclarationRecord, slack: timedelta) -> bool:
    """Whether both stand, for the same gate and direction, and times no more than `slack` apart."""
    return (
        one.gate == other.gate
        and one.direction is other.direction
        and max(one.expected_from, other.expected_from) - min(one.expected_until, other.expected_until) <= slack
        and one.state is not DeclarationState.CANCELLED
        and other.state is not DeclarationState.CANCELLED
    )


def declares_again(
    passage: PassageRecord, has: DeclarationRecord, other: DeclarationRecord, settings: ReconcileSettings
) -> bool:
    """Whether another declaration is of the trip of a passage that `has` one: the same, or the same with a slip.

    With a slip in the plate it must itself fit the passage, and name the trailer or container of either.
    """
    if not same_place_and_time(has, other, settings.slack):
        return False
    if other_container(has.container_no, other.container_no) or other_container(passage.container, other.container_no):
        return False  # the vehicle came once more, with another load
    if may_be_same(name_of(has.plate), name_of(other.plate)):
        return True
    return (
        is_lead(passage, other, settings)
        and apart(passage, other) <= settings.slack
        and _slips_apart(has, other, 1)
        and (pull_the_same(has, other) or same_pulled(passage, other))
    )


def _slips_apart(one: DeclarationRecord, other: DeclarationRecord, most: int) -> bool:
    return any(
        OSA.distance(body, that, score_cutoff=most) <= most
        for body in bodies(name_of(one.plate))
        for that in bodies(name_of(other.plate))
    )


def _note_taken(
    passage: PassageRecord, links: Sequence[Link], holder: Mapping[str, UUID], found: dict[UUID, Found]
) -> None:
    """Of a passage that went away empty-handed: who has the declaration that its plate fits."""
    mine = found.get(passage.passage_id, NOTHING)
    lost = [one for one in links if one.exact and one.in_place and one.declaration.declaration_id in holder]
    if lost:
        first = min(lost, key=lambda one: (-one.weight, one.declaration.declaration_id))
        declaration_id = first.declaration.declaration_id
        values = {"declaration_id": declaration_id, "passage_id": str(holder[declaration_id])}
        taken = (*first.reasons, Reason(ReasonCode.DECLARATION_TAKEN, values))
        held = {one.declaration.declaration_id for one in lost}
        open_ = tuple(one for one in mine.candidates if one.declaration_id not in held)
        alone = 1.0 - math.fsum(one.probability for one in open_)
        found[passage.passage_id] = Found(alone=alone, candidates=open_, taken=taken)
