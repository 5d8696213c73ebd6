"""Everything at once: all passages of a span against all its declarations. What the live reconciler says in the end."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from central.reconcile.board import Board
from central.reconcile.confusions import PRIOR, Confusions
from central.reconcile.halves import Half, Turns
from central.reconcile.judge import Knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import DeclarationCandidate, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import PassageRecord

_WORTH_A_PROCESS: Final = 200_000
"""Passages from which on a second process saves more than it costs."""
_KINDS: Final = {kind.value: kind for kind in OutcomeKind}
_CODES: Final = {code.value: code for code in ReasonCode}
_Family = tuple[str, ...]
_Plain = tuple[str, list[tuple[str, Mapping[str, str | float]]], int | None, str | None, float, list[tuple[str, float]]]
"""An outcome of texts and numbers alone: records take twenty times as long to go through a pipe."""


@dataclass(frozen=True, slots=True)
class _Task:
    board: Board
    now: datetime
    settings: ReconcileSettings
    knowledge: Knowledge
    confusions: Confusions

    def outcomes(self, families: Iterable[_Family]) -> Iterator[OutcomeRecord]:
        """Of some groups of the board."""
        for family in families:
            group = self.board.group(family)
            yield from judge(
                group.passages,
                group.declarations,
                now=self.now,
                settings=self.settings,
                knowledge=self.knowledge,
                confusions=self.confusions,
                sealed=group.sealed,
                leads=group.leads,
                misread=group.misread,
                elsewhere=group.elsewhere,
            ).outcomes

    def half(self, half: Half, turns: Turns) -> Iterator[list[OutcomeRecord]]:
        """What one of two processes finds, a turn's at a time; nothing of the board has been settled yet."""
        self.board.settle(half)
        self.board.find_leads(half)
        families = sorted(self.board.families(), key=len, reverse=True)  # whoever has a large one last lets one wait
        for some in turns.of(families):
            yield list(self.outcomes(some))

    def send(self, half: Half, turns: Turns) -> None:
        """The same, to another process, by a thread that waits for its reader."""
        with half.pipe, ThreadPoolExecutor(max_workers=1) as sender:
            for outcomes in self.half(half, turns):
                sender.submit(half.pipe.send, [_plainly(outcome) for outcome in outcomes])
            sender.submit(half.pipe.send, [])


def _plainly(outcome: OutcomeRecord) -> _Plain:
    return (
        outcome.outcome.value,
        [(reason.code.value, reason.values) for reason in outcome.reasons],
        outcome.passage_id.int if outcome.passage_id is not None else None,
        outcome.declaration_id,
        outcome.score,
        [(one.declaration_id, one.probability) for one in outcome.candidates],
    )


def _from_plain(plain: _Plain, now: datetime) -> OutcomeRecord:
    kind, reasons, passage, declaration_id, score, candidates = plain
    return OutcomeRecord(
        _KINDS[kind],
        tuple([Reason(_CODES[code], values) for code, values in reasons]),
        UUID(int=passage) if passage is not None else None,
        declaration_id,
        score,
        now,
        candidates=tuple([DeclarationCandidate(*one) for one in candidates]),
    )


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
    with without_collector():
        board = Board(settings)
        for passage in passages:
            board.put_passage(passage)
        for declaration in declarations:
            board.put_declaration(declaration)
        task = _Task(board, now, settings, knowledge, confusions)
        shared = len(passages) >= _WORTH_A_PROCESS and (os.cpu_count() or 1) > 1
        if shared and "fork" in multiprocessing.get_all_start_methods():
            return _shared_out(task)
        return list(task.outcomes(board.families()))


def _shared_out(task: _Task) -> list[OutcomeRecord]:
    """One half here, the other in a child, which needs no copy of the board: it has this process's memory."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    turns = Turns(fork.Value("q"))
    child = fork.Process(target=task.send, args=(Half(1, theirs), turns), daemon=True)
    child.start()
    theirs.close()
    sent = iter(ours.recv, [])
    outcomes: list[OutcomeRecord] = []
    for own in task.half(Half(0, ours), turns):
        outcomes += own
        if ours.poll():
            outcomes += [_from_plain(plain, task.now) for plain in next(sent, ())]
    for batch in sent:
        outcomes += [_from_plain(plain, task.now) for plain in batch]
    child.join()
    return outcomes


@contextmanager
def without_collector() -> Iterator[None]:
    """Millions of records, none of them garbage: looking for some takes a third of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
