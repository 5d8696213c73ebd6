"""A gate whose outcomes are followed step by step."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeKind
from contract.messages import Direction, Passage
from tests.central.made import NOON, declared, passage, read

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


def happenings(rng: random.Random) -> list[Callable[[Gate], None]]:
    """Passages and declarations of a small made-up day, in any order: called one by one, each happens at a gate."""
    plates = ("12C34567", "12C34568", "12C34587", "桂F12345", "桂F12346", "?F12345", "29H99999", None)
    typed = ("12C-345.67", "12C34568", "F12345", "GUIF12346", "QTF12345")
    trailers = (None, "12R01234", "12R01235")
    found: list[Callable[[Gate], None]] = []
    for number in range(1, 7):
        at = NOON + rng.randrange(240) * MINUTE
        trailer = rng.choice(trailers)
        message = passage(
            number,
            rng.choice(plates),
            at=at,
            site=rng.choice(("huu-nghi", "huu-nghi", "chi-ma")),
            direction=rng.choice(tuple(Direction)),
            second_plate=read(trailer) if trailer else None,
        )
        found.append(lambda gate, message=message: gate.passes(message))
        first = declared(
            rng.choice(typed),
            number,
            at=NOON + rng.randrange(4) * timedelta(hours=1),
            direction=rng.choice(tuple(Direction)),
            trailer_plate=rng.choice(trailers),
        )
        found.append(lambda gate, first=first: gate.declares(first))
        if rng.random() < 0.4:
            second = replace(first, version=2, plate=rng.choice(typed))
            found.append(lambda gate, second=second: gate.declares(second))
    rng.shuffle(found)
    return found
