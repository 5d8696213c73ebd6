"""Keeps outcomes true: whatever changes is judged again, together with what it may have to do with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from central.reconcile.board import Board
from central.reconcile.confusions import PRIOR, learn
from central.reconcile.decided import is_no_vehicle, no_vehicle
from central.reconcile.judge import Judgement, Knowledge, is_of_stale_knowledge, judge
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.declaration_records import DeclarationRecord
from central.store.outcome_records import OutcomeRecord
from central.store.records import EventKind, PassageRecord
from central.worker import Worker

log = structlog.get_logger(__name__)
_RELOAD_EVERY_S = 3600.0
_GATHER_S = 0.2
"""While a node catches up there is a change every few milliseconds: many are judged for the price of one."""


class Reconciler:
    """Follows the store's events; writes outcomes. `step` alone serves tests, `start` runs it in a thread."""

    def __init__(self, store: Store, settings: ReconcileSettings, knowledge: Callable[[], Knowledge]) -> None:
        self._store = store
        self._settings = settings
        self._knowledge = knowledge
        self._confusions = PRIOR
        """Learnt anew from people's corrections whenever the board is loaded."""
        self._board: Board | None = None
        self._event_id = 0
        self._changed_passages: set[UUID] = set()
        self._changed_declarations: set[str] = set()
        self._due: dict[UUID | str, datetime] = {}
        """Passage or declaration, and when time alone changes what is said of it; before that only a change is news."""
        self._stale: set[UUID] = set()
        self._no_vehicles: dict[UUID, PassageRecord] = {}
        """Of which it is still to be said that they are none."""
        self._looked_back: set[int] = set()
        """Hours before the horizon whose declarations are on the board."""
        self._reload_s = 0.0
        self._woken = threading.Event()
        self.worker = Worker("reconcile", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; what is not decided yet is decided after the next start."""
        self.worker.stop()

    def step(self, now: datetime) -> tuple[OutcomeRecord, ...]:
        """Judge what changed since the last step, and what time has changed; the outcomes that are new.

        Raises:
            StoreUnavailable: nothing was written; step again later.

        """
        board = self._board
        if board is None:
            self._event_id = self._store.events.latest_id()  # first: what happens while we read is read again later
            board = self._board = self._load(now)
            self._changed_passages, self._changed_declarations = set(board.passages), set(board.declarations)
        self._follow(board, now)
        knowledge = self._knowledge()
        due = {subject for subject, at in self._due.items() if at <= now}
        passages = self._changed_passages | {subject for subject in due if isinstance(subject, UUID)}
        declarations = self._changed_declarations | {subject for subject in due if isinstance(subject, str)}
        if not knowledge.is_stale(now, self._settings):
            passages |= self._stale
        said = self._judge(board, passages, declarations, now, knowledge)
        self._changed_passages, self._changed_declarations = set(), set()
        self._no_vehicles = {}
        return said

    def _load(self, now: datetime) -> Board:
        board = Board(self._settings)
        self._confusions = learn(self._store.corrections.pairs())
        self._looked_back = set()
        since = now - timedelta(hours=self._settings.horizon_h)
        seen = [passage for passage in self._store.passages.seen_since(since) if not is_no_vehicle(passage)]
        for passage in seen:
            board.put_passage(passage)
        self._put_declarations(board, self._store.declarations.expected_since(since))
        self._put_given(board, seen)
        return board

    def _put_declarations(self, board: Board, declarations: Iterable[DeclarationRecord]) -> None:
        """Add declarations with the passages that have them, however old: nothing is given away twice."""
        held: set[UUID] = set()
        for declaration in declarations:
            board.put_declaration(declaration)
            if declaration.outcome is not None and declaration.outcome.passage_id is not None:
                held.add(declaration.outcome.passage_id)
        for passage in self._store.passages.get_many(key for key in held if key not in board.passages):
            board.put_passage(passage)

    def _put_given(self, board: Board, passages: Iterable[PassageRecord]) -> None:
        """Add declarations that people gave to these passages, however far apart they are."""
        wanted = {passage.decided.declaration_id for passage in passages if passage.decided is not None}
        missing = [key for key in wanted if key is not None and key not in board.declarations]
        found = [one for key in missing if (one := self._store.declarations.get(key)) is not None]
        self._put_declarations(board, found)

    def _follow(self, board: Board, now: datetime) -> None:
        """Take over what changed. What the old version had to do with is judged again as well."""
        while events := self._store.events.after(self._event_id):
            told = {UUID(event.subject) for event in events if event.kind is EventKind.PASSAGE}
            changed = [passage for passage in self._store.passages.get_many(told) if board.is_news(passage)]
            passages = {passage.passage_id for passage in changed}
            declarations = {event.subject for event in events if event.kind is EventKind.DECLARATION}
            self._changed_passages |= passages
            self._changed_declarations |= declarations
            found = [one for key in declarations if (one := self._store.declarations.get(key)) is not None]
            for group in (*board.groups(passages, declarations), *board.groups_around(changed, found)):
                self._changed_passages |= {passage.passage_id for passage in group.passages}
                self._changed_declarations |= {declaration.declaration_id for declaration in group.declarations}
            self._put_declarations(board, found)
            self._put_given(board, changed)
            for passage in changed:
                if is_no_vehicle(passage):
                    board.drop_passage(passage.passage_id)
                    self._no_vehicles[passage.passage_id] = passage
                    continue
                board.put_passage(passage)
                self._look_back(board, passage, now)
            self._event_id = events[-1].event_id

    def _look_back(self, board: Board, passage: PassageRecord, now: datetime) -> None:
        """A passage that comes days late meets the declarations of its own time."""
        span = self._settings.related
        if passage.seen_at - span < now - timedelta(hours=self._settings.horizon_h):
            hours = range(_hour(passage.seen_at - span), _hour(passage.seen_at + span) + 1)
            if new := set(hours) - self._looked_back:  # a week that comes late looks each hour up once
                since, until = (datetime.fromtimestamp(3600 * hour, UTC) for hour in (min(new), max(new) + 1))
                around = self._store.declarations.expected_between(since, until)
                self._put_declarations(board, [d for d in around if d.declaration_id not in board.declarations])
                self._looked_back |= new

    def _judge(
        self, board: Board, passages: set[UUID], declarations: set[str], now: datetime, knowledge: Knowledge
    ) -> tuple[OutcomeRecord, ...]:
        judged: set[UUID | str] = {*passages, *declarations}
        found: list[Judgement] = []
        for group in board.groups(passages, declarations):
            judged |= {passage.passage_id for passage in group.passages}
            judged |= {declaration.declaration_id for declaration in group.declarations}
            found.append(
                judge(
                    group.passages,
                    group.declarations,
                    now=now,
                    settings=self._settings,
                    knowledge=knowledge,
                    confusions=self._confusions,
                    sealed=group.sealed,
                    leads=group.leads,
                    misread=group.misread,
                    elsewhere=group.elsewhere,
                )
            )
        outcomes = [outcome for one in found for outcome in one.outcomes]
        outcomes += [no_vehicle(key, one.decided, now) for key, one in self._no_vehicles.items() if one.decided]
        still_open = {key for one in found for key in one.open_declarations}
        fresh: tuple[OutcomeRecord, ...] = ()
        if outcomes or still_open:
            with self._store.transaction(now) as transaction:
                fresh = self._store.outcomes.revise(transaction, outcomes, still_open)
        self._due = {subject: at for subject, at in self._due.items() if subject not in judged}
        for one in found:
            self._due.update(one.due)
        self._stale -= {subject for subject in judged if isinstance(subject, UUID)}
        self._stale |= {one.passage_id for one in outcomes if one.passage_id and is_of_stale_knowledge(one)}
        return fresh

    def _work(self, stop: threading.Event) -> None:
        unsubscribe = self._store.on_commit(self._woken.set)
        try:
            while not stop.is_set():
                self._woken.clear()
                try:
                    self.step(datetime.now(UTC))
                    self._forget_old(datetime.now(UTC))
                except StoreUnavailable as error:
                    log.error("cannot write outcomes, trying again", reason=str(error))  # noqa: TRY400 - no bug
                    stop.wait(self._settings.tick_s)
                self._woken.wait(self._settings.tick_s)
                stop.wait(_GATHER_S)
        finally:
            unsubscribe()

    def _forget_old(self, now: datetime) -> None:
        """Once an hour look only at the last days again; older outcomes stay as they are."""
        if time.monotonic() < self._reload_s or self._changed_passages or self._changed_declarations:
            return
        if self._reload_s and self._board is not None:
            self._board = self._load(now)
            kept = self._board.passages.keys() | self._board.declarations.keys()
            self._due = {subject: at for subject, at in self._due.items() if subject in kept}
            self._stale &= set(self._board.passages)
        self._reload_s = time.monotonic() + _RELOAD_EVERY_S


def _hour(at: datetime) -> int:
    """The hour since 1970 that a time lies in."""
    return int(at.timestamp() // 3600)
