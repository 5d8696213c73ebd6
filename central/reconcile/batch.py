"""Everything at once: all passages of a span against all its declarations. What the live reconciler says in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from central.reconcile.board import Board
from central.reconcile.confusions import PRIOR, Confusions
from central.reconcile.judge import Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeRecord
from central.store.records import PassageRecord


def reconcile(
    passages: Sequence[PassageRecord],
    declarations: Sequence[DeclarationRecord],
    *,
    now: datetime,
    settings: ReconcileSettings,
    knowledge: Knowledge,
    confusions: Confusions = PRIOR,
) -> list[OutcomeRecord]:
    """One outcome for each passage, and for each declaration nobody came for whose time is over.

    The same for any order of `passages` and `declarations`.
    """
    board = Board(settings)
    for passage in passages:
        board.put_passage(passage)
    for declaration in declarations:
        board.put_declaration(declaration)
    outcomes: list[OutcomeRecord] = []
    for group in board.all_groups():
        outcomes += judge(
            group.passages,
            group.declarations,
            now=now,
            settings=settings,
            knowledge=knowledge,
            confusions=confusions,
            sealed=group.sealed,
        ).outcomes
    return outcomes
