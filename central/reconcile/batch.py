"""Everything at once: all passages of a span against all its declarations. What the live reconciler says in the end."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Final

from central.reconcile.board import Board
from central.reconcile.confusions import PRIOR, Confusions
from central.reconcile.judge import Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeRecord
from central.store.records import PassageRecord

_WORTH_A_PROCESS: Final = 200_000
"""Passages from which on a second process saves more than it costs."""
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Task:
    board: Board
    now: datetime
    settings: ReconcileSettings
    knowledge: Knowledge
    confusions: Confusions

    def outcomes(self, part: int, parts: int) -> Iterator[OutcomeRecord]:
        """Of one of several parts of the board."""
        for group in self.board.all_groups(part, parts):
            yield from judge(
                group.passages,
                group.declarations,
                now=self.now,
                settings=self.settings,
                knowledge=self.knowledge,
                confusions=self.confusions,
                sealed=group.sealed,
                misread=group.misread,
                elsewhere=group.elsewhere,
            ).outcomes

    def send(self, pipe: Connection, part: int, parts: int) -> None:
        """The same, to another process, when all are found: who waits for a reader finds nothing."""
        outcomes = list(self.outcomes(part, parts))
        for start in range(0, len(outcomes), _AT_ONCE):
            pipe.send(outcomes[start : start + _AT_ONCE])
        pipe.send([])
        pipe.close()


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

    The same for any order of `passages` and `declarations`. Hundreds of thousands are shared out among processes, where
    the machine has more than one processor and can fork.
    """
    with _no_collector():
        board = Board(settings)
        for passage in passages:
            board.put_passage(passage)
        for declaration in declarations:
            board.put_declaration(declaration)
        board.settle()
        task = _Task(board, now, settings, knowledge, confusions)
        shared = len(passages) >= _WORTH_A_PROCESS and (os.cpu_count() or 1) > 1
        if shared and "fork" in multiprocessing.get_all_start_methods():
            return _shared_out(task)
        return list(task.outcomes(0, 1))


def _shared_out(task: _Task) -> list[OutcomeRecord]:
    """One half here, the other in a child, which needs no copy of the board: it has this process's memory."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=task.send, args=(theirs, 1, 2), daemon=True)
    child.start()
    theirs.close()
    outcomes = list(task.outcomes(0, 2))
    while batch := ours.recv():
        outcomes += batch
    child.join()
    return outcomes


@contextmanager
def _no_collector() -> Iterator[None]:
    """Millions of records, none of them garbage: looking for some takes a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
