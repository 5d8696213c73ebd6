"""From passages and declarations that may have to do with each other to one outcome each. Pure: time is passed in.

The outcome depends on what is known, not on the order in which it came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from central.reconcile.confusions import PRIOR, Confusions
from central.reconcile.decided import reasons_of
from central.reconcile.findings import KIND_OF, unreadable, vehicle_plate
from central.reconcile.fit import Model
from central.reconcile.history import Vehicle, look_back
from central.reconcile.links import NOTHING, Found, Leads, declares_again, find, leads_among, plain_pairs
from central.reconcile.names import bodies, name_of, shortened
from central.reconcile.settings import ReconcileSettings
from central.reconcile.vehicles import by_vehicle
from central.store.decision_records import DecisionKind
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import GRAVEST_FIRST, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord

Pair = tuple[PassageRecord, DeclarationRecord]
"""A passage and the declaration that it has."""
_LIKELY = 0.5
"""A declaration that a passage under review has with this probability is not called another one's duplicate."""
_STRANGE = frozenset({ReasonCode.NO_DECLARATION, ReasonCode.AWAITING_DECLARATIONS})
"""What is said of a passage that no declaration names, nor one that another passage has."""
_GRAVITY = {kind: place for place, kind in enumerate(GRAVEST_FIRST)}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of the declarations' own freshness.

    Attributes:
        complete_at: when the platform last had nothing newer; None when it never answered.
        expected: whether there is a platform at all.

    """

    complete_at: datetime | None
    expected: bool = True

    def is_stale(self, now: datetime, settings: ReconcileSettings) -> bool:
        """Whether declarations may be missing because the platform has not answered for long."""
        if not self.expected:
            return False
        return self.complete_at is None or now - self.complete_at > timedelta(seconds=settings.stale_after_s)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Outcomes of all passages given, and of declarations that nobody came for.

    Attributes:
        open_declarations: neither taken nor missed: their time is not over, or a passage that a person has to look at
            may be theirs.
        due: passage or declaration, and when time alone may change what is said of it.

    """

    outcomes: tuple[OutcomeRecord, ...]
    open_declarations: frozenset[str]
    due: Mapping[UUID | str, datetime] = field(default_factory=dict)


def judge(
    passages: Iterable[PassageRecord],
    declarations: Iterable[DeclarationRecord],
    *,
    now: datetime,
    settings: ReconcileSettings,
    knowledge: Knowledge,
    confusions: Confusions = PRIOR,
    sealed: Mapping[UUID, DeclarationRecord] | None = None,
    leads: Leads | None = None,
    misread: Sequence[PassageRecord] = (),
    elsewhere: Sequence[Pair] = (),
) -> Judgement:
    """Decide all of them together.

    `sealed` are the plain pairs, and `leads` what the others may belong to, where that is known already. Of `misread`
    nothing is said, but with a slip in the plate they may be of these vehicles; nor of the pairs `elsewhere`, whose
    trips may be declared again here.
    """
    came = sorted(passages, key=lambda one: (one.seen_at, one.passage_id))
    declared = sorted(declarations, key=lambda one: (one.expected_from, one.declaration_id))
    if sealed is None:
        sealed = plain_pairs(came, declared, settings)
    if leads is None:
        leads = leads_among(came, declared, sealed, settings)
    found = find(came, declared, Model(settings, now, confusions), sealed, leads)
    due: dict[UUID | str, datetime] = {}
    history = _history(by_vehicle(came, declared, found, settings, misread), now, settings, due)
    stale = knowledge.is_stale(now, settings)
    outcomes = []
    for passage in came:
        mine = found.get(passage.passage_id, NOTHING)
        kind, reasons = _base(passage, mine, now, settings, due)
        if kind is OutcomeKind.UNDECLARED and stale:
            as_of = knowledge.complete_at.isoformat() if knowledge.complete_at else ""
            reasons += (Reason(ReasonCode.DECLARATIONS_STALE, {"as_of": as_of}),)
        later = history.get(passage.passage_id, ()) if history else ()
        kind, reasons = _gravest(kind, reasons, later, certain=mine.certain)
        reasons += reasons_of(passage.decided)
        outcomes.append(
            OutcomeRecord(
                kind,
                reasons,
                passage.passage_id,
                mine.declaration.declaration_id if mine.declaration else None,
                mine.probability,
                now,
                candidates=() if mine.certain else mine.candidates,
            )
        )
    open_declarations = set()
    plain = {declaration.declaration_id for declaration in sealed.values()}
    if waiting := [declaration for declaration in declared if declaration.declaration_id not in plain]:
        held = {one.declaration.declaration_id for one in found.values() if one.declaration}
        absent = _Absent(list(zip(came, outcomes, strict=True)), found, leads, elsewhere, now=now, settings=settings)
        for declaration in waiting:
            key = declaration.declaration_id
            overdue_at = _overdue_at(declaration, settings)
            if now < overdue_at:  # also where its vehicle is certain: that is more probable then
                due[key] = overdue_at
            if key not in held:
                outcome = absent.outcome_of(declaration) if is_overdue(declaration, now, settings) else None
                if outcome is not None:
                    outcomes.append(outcome)
                else:
                    open_declarations.add(key)
    return Judgement(tuple(outcomes), frozenset(open_declarations), due)


def _overdue_at(declaration: DeclarationRecord, settings: ReconcileSettings) -> datetime:
    return declaration.expected_until + timedelta(minutes=settings.no_show_after_min)


def is_overdue(declaration: DeclarationRecord, now: datetime, settings: ReconcileSettings) -> bool:
    """Whether a standing declaration has waited for its vehicle long enough."""
    return declaration.state is DeclarationState.DECLARED and now >= _overdue_at(declaration, settings)


def is_of_stale_knowledge(outcome: OutcomeRecord) -> bool:
    """Whether an outcome was decided while the platform did not answer."""
    return any(reason.code is ReasonCode.DECLARATIONS_STALE for reason in outcome.reasons)


def _base(
    passage: PassageRecord,
    found: Found,
    now: datetime,
    settings: ReconcileSettings,
    due: dict[UUID | str, datetime],
) -> tuple[OutcomeKind, tuple[Reason, ...]]:
    """What the declarations alone say of it."""
    if passage.cancelled is not None:
        reason = Reason(ReasonCode(passage.cancelled.value), {"direction": passage.direction.value})
        return OutcomeKind.CANCELLED, (reason,)
    if found.declaration is not None:
        return OutcomeKind.MATCHED if found.certain else OutcomeKind.TO_REVIEW, found.reasons
    if passage.decided is not None and passage.decided.kind is DecisionKind.REJECT and not found.candidates:
        return OutcomeKind.UNDECLARED, (Reason(ReasonCode.NO_DECLARATION),)
    if vehicle_plate(passage) is None:
        return OutcomeKind.TO_REVIEW, (unreadable(passage),)
    if found.alone < settings.undeclared_probability:
        values = {"probability": found.candidates[0].probability, "required": settings.match_probability}
        return OutcomeKind.TO_REVIEW, (Reason(ReasonCode.UNCERTAIN, values),)
    until = passage.received_at + timedelta(seconds=settings.pending_s)
    if now < until and not found.taken:
        due[passage.passage_id] = until
        return OutcomeKind.PENDING, (Reason(ReasonCode.AWAITING_DECLARATIONS, {"until": until.isoformat()}),)
    reasons = found.taken or (Reason(ReasonCode.NO_DECLARATION),)
    return OutcomeKind.UNDECLARED, reasons if passage.plate or found.taken else (*reasons, unreadable(passage))


def _history(
    vehicles: Iterable[Vehicle], now: datetime, settings: ReconcileSettings, due: dict[UUID | str, datetime]
) -> dict[UUID, Sequence[Reason]]:
    """What each passage looks like beside the others of its vehicle."""
    reasons: dict[UUID, Sequence[Reason]] = {}
    for vehicle in vehicles:
        seen = look_back(vehicle, now, settings)
        reasons |= seen.reasons
        due.update(seen.due.items())
    return reasons


def _gravest(
    kind: OutcomeKind, reasons: tuple[Reason, ...], later: Sequence[Reason], *, certain: bool
) -> tuple[OutcomeKind, tuple[Reason, ...]]:
    """What an outcome is called by, and all its reasons. What only an uncertain declaration says does not lead."""
    if kind is OutcomeKind.UNDECLARED and any(one.code is ReasonCode.SEEN_TWICE for one in later):
        reasons = ()  # the first one has the declaration, rightly
    told = (*reasons, *later)
    for reason in told if certain else later:
        other = KIND_OF.get(reason.code)
        if other is not None and _GRAVITY[other] < _GRAVITY[kind]:
            kind = other
    return kind, told


def _plate_terms(declaration: DeclarationRecord) -> AbstractSet[str]:
    return {term for body in bodies(name_of(declaration.plate)) for term in shortened(body)}


class _Absent:
    """What is said of declarations that no passage has."""

    def __init__(
        self,
        came: Sequence[tuple[PassageRecord, OutcomeRecord]],
        found: Mapping[UUID, Found],
        leads: Leads,
        elsewhere: Sequence[Pair],
        *,
        now: datetime,
        settings: ReconcileSettings,
    ) -> None:
        self._came, self._found, self._leads, self._elsewhere = came, found, leads, elsewhere
        self._now, self._settings = now, settings

    @cached_property
    def _trips(self) -> Mapping[str, Sequence[Pair]]:
        """Pairs by the texts that they share with whatever declares the same plate, or one a slip away from it."""
        pairs = [(one, self._found.get(one.passage_id, NOTHING).declaration) for one, _ in self._came]
        trips: dict[str, list[Pair]] = defaultdict(list)
        for passage, declaration in (*pairs, *self._elsewhere):
            if declaration is not None:
                for term in _plate_terms(declaration):
                    trips[term].append((passage, declaration))
        return trips

    @cached_property
    def _of_strangers(self) -> AbstractSet[str]:
        """Declarations that a passage may belong to that has none."""
        return {
            one.declaration_id
            for passage, outcome in self._came
            if any(reason.code in _STRANGE for reason in outcome.reasons)
            for one in self._leads.get(passage.passage_id, ())
        }

    @cached_property
    def _own(self) -> Mapping[str, Mapping[UUID, float]]:
        """By declaration the passages under review that it is a candidate of, with probabilities."""
        own: dict[str, dict[UUID, float]] = defaultdict(dict)
        for passage_id, seen in self._found.items():
            if not seen.certain:
                for one in seen.candidates:
                    own[one.declaration_id][passage_id] = one.probability
        return own

    def outcome_of(self, declaration: DeclarationRecord) -> OutcomeRecord | None:
        """Nothing while a passage that a person has to look at, or a stranger, may be its own."""
        key = declaration.declaration_id
        own = self._own.get(key, {})
        near = {pair[0].passage_id: pair for term in _plate_terms(declaration) for pair in self._trips.get(term, ())}
        twins = [
            (other.expected_from, other.declaration_id)
            for passage, other in near.values()
            if declares_again(passage, other, declaration, self._settings)
            and max((p for passage_id, p in own.items() if passage_id != passage.passage_id), default=0.0) < _LIKELY
        ]
        if twins:
            again = Reason(ReasonCode.DECLARED_TWICE, {"declaration_id": min(twins)[1]})
            return OutcomeRecord(OutcomeKind.DUPLICATE, (again,), None, key, 0.0, self._now)
        if own or key in self._of_strangers:
            return None
        reason = Reason(ReasonCode.NOT_SEEN, {"expected_until": declaration.expected_until.isoformat()})
        return OutcomeRecord(OutcomeKind.NO_SHOW, (reason,), None, key, 0.0, self._now)
