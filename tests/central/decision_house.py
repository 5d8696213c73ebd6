"""A gate with vehicles that wait for a person, and the reconciler that judges them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from central.decisions import DecisionDesk
from central.queue import waiting_cases
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from contract.messages import Passage
from tests.central.made import NOON, passage, read

FIRST, SECOND = UUID(int=1001), UUID(int=1002)
MINUTE = timedelta(minutes=1)


def doubtful(seq: int, text: str, confidence: float) -> Passage:
    """A passage whose plate the camera was not sure of."""
    return passage(seq, text).model_copy(update={"plate": read(text, confidence)})


class House:
    """A store, a reconciler, a desk, and a clock that only `later` moves."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        self.desk = DecisionDesk(store, clock=lambda: self.now)
        self.restart()

    def restart(self) -> None:
        self.reconciler = Reconciler(self.store, ReconcileSettings(), lambda: Knowledge(self.now))

    def comes(self, *messages: Passage) -> None:
        with self.store.transaction(self.now) as transaction:
            for message in messages:
                self.store.passages.save(transaction, message, late_after=timedelta(days=1))

    def declares(self, *records: DeclarationRecord) -> None:
        with self.store.transaction(self.now) as transaction:
            for record in records:
                self.store.declarations.save(transaction, record, payload="{}")

    def later(self, span: timedelta = MINUTE) -> None:
        """Time passes, and everything is judged."""
        self.now += span
        self.reconciler.step(self.now)

    def said(self, passage_id: UUID = FIRST) -> tuple[OutcomeKind, str | None]:
        found = self.store.passages.get(passage_id)
        assert found is not None
        assert found.outcome is not None
        return found.outcome.outcome, found.outcome.declaration_id

    def codes(self, passage_id: UUID = FIRST) -> list[str]:
        found = self.store.passages.get(passage_id)
        assert found is not None
        assert found.outcome is not None
        return [reason.code.value for reason in found.outcome.reasons]

    def queue(self, now: datetime | None = None) -> list[UUID]:
        return [case.waiting.passage_id for case in waiting_cases(self.store, now or self.now)]
