"""A gate whose outcomes are followed step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from contract.messages import Passage
from tests.central.made import NOON

FIRST = UUID(int=1001)
MINUTE = timedelta(minutes=1)


class Gate:
    """A store, a reconciler and a clock, with short words for what happens."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.complete_at: datetime | None = NOON
        self.restart()

    def restart(self) -> None:
        self.reconciler = Reconciler(self.store, ReconcileSettings(), lambda: Knowledge(self.complete_at))

    def passes(self, *messages: Passage, now: datetime = NOON) -> None:
        with self.store.transaction(now) as transaction:
            for message in messages:
                self.store.passages.save(transaction, message, late_after=timedelta(minutes=5))

    def declares(self, *records: DeclarationRecord, now: datetime = NOON) -> None:
        with self.store.transaction(now) as transaction:
            for record in records:
                self.store.declarations.save(transaction, record, payload="{}")

    def step(self, after: timedelta = timedelta(0)) -> None:
        self.complete_at = NOON + after if self.complete_at else None
        self.reconciler.step(NOON + after)

    def said(self, passage_id: UUID = FIRST) -> tuple[OutcomeKind, str | None] | None:
        found = self.store.passages.get(passage_id)
        return (found.outcome.outcome, found.outcome.declaration_id) if found and found.outcome else None

    def said_of(self, declaration_id: str) -> OutcomeKind | None:
        found = self.store.declarations.get(declaration_id)
        return found.outcome.outcome if found and found.outcome else None
