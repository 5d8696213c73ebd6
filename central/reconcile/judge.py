"""From passages and declarations that may belong together to one outcome each. Pure: time is passed in.

The best fit is taken first, then the next among what is left: each declaration goes to one passage at most, and
the outcome depends on what is known, not on the order in which it came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from central.reconcile.fit import Link, link, unreadable, vehicle_plate
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord


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
    """Outcomes of all passages given, and no-shows; `open_declarations` are neither taken nor overdue."""

    outcomes: tuple[OutcomeRecord, ...]
    open_declarations: frozenset[str]


def judge(
    passages: Iterable[PassageRecord],
    declarations: Iterable[DeclarationRecord],
    *,
    now: datetime,
    settings: ReconcileSettings,
    knowledge: Knowledge,
) -> Judgement:
    """Decide all of them together."""
    passages, declarations = list(passages), list(declarations)
    links = sorted(
        (found for p in passages for d in declarations if (found := link(p, d, settings)) is not None),
        key=lambda found: found.order,
    )
    given: dict[UUID, Link] = {}
    taken: dict[str, UUID] = {}
    for found in links:
        passage_id, declaration_id = found.passage.passage_id, found.declaration.declaration_id
        if passage_id not in given and declaration_id not in taken:
            given[passage_id] = found
            taken[declaration_id] = passage_id
    lost = {found.passage.passage_id: found for found in reversed(links) if found.exact}
    fitting = Counter(found.passage.passage_id for found in links if found.exact)
    outcomes = [
        _linked(given[p.passage_id], now, alone=fitting[p.passage_id] == 1)
        if p.passage_id in given
        else _unlinked(p, lost.get(p.passage_id), taken, now=now, settings=settings, knowledge=knowledge)
        for p in passages
    ]
    left = [d for d in declarations if d.declaration_id not in taken]
    outcomes += [_no_show(d, now) for d in left if is_overdue(d, now, settings)]
    still_open = frozenset(d.declaration_id for d in left if not is_overdue(d, now, settings))
    return Judgement(tuple(outcomes), still_open)


def is_overdue(declaration: DeclarationRecord, now: datetime, settings: ReconcileSettings) -> bool:
    """Whether a standing declaration has waited for its vehicle long enough."""
    latest = declaration.expected_until + timedelta(minutes=settings.no_show_after_min)
    return declaration.state is DeclarationState.DECLARED and now >= latest


def is_of_stale_knowledge(outcome: OutcomeRecord) -> bool:
    """Whether an outcome was decided while the platform did not answer."""
    return any(reason.code is ReasonCode.DECLARATIONS_STALE for reason in outcome.reasons)


def _linked(found: Link, now: datetime, *, alone: bool) -> OutcomeRecord:
    """A plate whose province was not read is matched only where no second declaration fits it."""
    matched = found.clear and (found.certain or alone)
    return OutcomeRecord(
        OutcomeKind.MATCHED if matched else OutcomeKind.TO_REVIEW,
        found.reasons,
        found.passage.passage_id,
        found.declaration.declaration_id,
        found.score,
        now,
    )


def _unlinked(
    passage: PassageRecord,
    lost: Link | None,
    taken: dict[str, UUID],
    *,
    now: datetime,
    settings: ReconcileSettings,
    knowledge: Knowledge,
) -> OutcomeRecord:
    def alone(outcome: OutcomeKind, *reasons: Reason) -> OutcomeRecord:
        return OutcomeRecord(outcome, reasons, passage.passage_id, None, 0.0, now)

    if passage.cancelled is not None:
        reason = Reason(ReasonCode(passage.cancelled.value), {"direction": passage.direction.value})
        return alone(OutcomeKind.CANCELLED, reason)
    if lost is not None:
        declaration_id = lost.declaration.declaration_id
        other = {"declaration_id": declaration_id, "passage_id": str(taken[declaration_id])}
        return alone(OutcomeKind.TO_REVIEW, *lost.reasons, Reason(ReasonCode.DECLARATION_TAKEN, other))
    if vehicle_plate(passage) is None:
        return alone(OutcomeKind.TO_REVIEW, unreadable(passage))
    until = passage.received_at + timedelta(seconds=settings.pending_s)
    if now < until:
        return alone(OutcomeKind.PENDING, Reason(ReasonCode.AWAITING_DECLARATIONS, {"until": until.isoformat()}))
    reasons = [Reason(ReasonCode.NO_DECLARATION)]
    if passage.plate is None:
        reasons.append(unreadable(passage))
    if knowledge.is_stale(now, settings):
        as_of = knowledge.complete_at.isoformat() if knowledge.complete_at else ""
        reasons.append(Reason(ReasonCode.DECLARATIONS_STALE, {"as_of": as_of}))
    return alone(OutcomeKind.UNDECLARED, *reasons)


def _no_show(declaration: DeclarationRecord, now: datetime) -> OutcomeRecord:
    reason = Reason(ReasonCode.NOT_SEEN, {"expected_until": declaration.expected_until.isoformat()})
    return OutcomeRecord(OutcomeKind.NO_SHOW, (reason,), None, declaration.declaration_id, 0.0, now)
