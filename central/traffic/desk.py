"""What people say and do about yards and the level of surge: checked, kept, and weighed at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from central.store import Store
from central.store.database import Transaction
from central.store.traffic_records import StatementKind
from central.traffic import plans
from central.traffic.settings import TrafficSettings
from central.traffic.weigh import weigh
from central.traffic.yards import known_sites
from contract.errors import SmartGateError

T_ = TypeVar("T_")
MOST_VEHICLES: Final = 100_000
LONGEST_STATEMENT: Final = timedelta(hours=72)
"""What somebody said holds no longer without being said again: nobody need remember to take it back."""
_LONGEST_NOTE: Final = 500
_AHEAD: Final = timedelta(minutes=1)
"""A count may lie so much ahead of central's clock: the clocks of screens differ."""


class Refusal(StrEnum):
    """Why nothing was kept; the catalogue has a sentence for each."""

    NO_SITE = "no_site"
    VEHICLES = "vehicles"
    MOMENT = "moment"
    UNTIL = "until"
    NOTE = "note"
    OVER = "over"
    NOT_NOW = "not_now"


class TrafficRefusedError(SmartGateError, ValueError):
    """Nothing was kept; the message says what was expected, `refusal` names the reason."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal


class TrafficDesk:
    """Keeps what `actor` says at a moment; the level is weighed before it returns.

    All methods raise TrafficRefusedError for what makes no sense, and StoreUnavailable when nothing can be written now.
    """

    def __init__(self, store: Store, settings: TrafficSettings, utc_offset_h: float, *, actor: str) -> None:
        self._store = store
        self._settings = settings
        self._utc_offset_h = utc_offset_h
        self._actor = actor

    def count(self, site: str, vehicles: int, *, at: datetime | None, note: str, now: datetime) -> int:
        """So many vehicles stood in the yards of a gate; `at` None: now. The number of the count."""
        counted_at = now if at is None else at
        oldest = now - timedelta(days=self._settings.count_valid_days)
        if site not in known_sites(self._store):
            raise TrafficRefusedError(Refusal.NO_SITE, f"expected a border gate with lanes, got {site!r}")
        if not 0 <= vehicles <= MOST_VEHICLES:
            raise TrafficRefusedError(Refusal.VEHICLES, f"expected 0 to {MOST_VEHICLES} vehicles, got {vehicles}")
        if not oldest <= counted_at <= now + _AHEAD:
            raise TrafficRefusedError(
                Refusal.MOMENT, f"expected a moment from {oldest.isoformat()} to now, got {counted_at.isoformat()}"
            )
        _check_note(note)
        surge, said_at = self._store.surge, min(counted_at, now)
        return self._do(
            now,
            lambda transaction: surge.add_count(
                transaction, site, vehicles, at=said_at, actor=self._actor, note=note.strip()
            ),
        )

    def withdraw_count(self, count_id: int, *, now: datetime) -> None:
        """A count was wrong."""
        surge = self._store.surge
        self._once(now, lambda transaction: surge.withdraw_count(transaction, count_id, actor=self._actor))

    def say(self, kind: StatementKind, *, until: datetime, note: str, now: datetime) -> int:
        """It is so from now until then. The number of the statement."""
        if not now < until <= now + LONGEST_STATEMENT:
            most_h = LONGEST_STATEMENT / timedelta(hours=1)
            raise TrafficRefusedError(
                Refusal.UNTIL, f"expected a moment within the next {most_h:g} hours, got {until.isoformat()}"
            )
        _check_note(note)
        surge = self._store.surge
        return self._do(
            now, lambda transaction: surge.say(transaction, kind, until=until, actor=self._actor, note=note.strip())
        )

    def end_statement(self, statement_id: int, *, was_mistake: bool, now: datetime) -> None:
        """It is so no more, or never was."""
        surge = self._store.surge
        self._once(
            now,
            lambda transaction: surge.end_statement(
                transaction, statement_id, actor=self._actor, was_mistake=was_mistake
            ),
        )

    def tick(self, level_since: datetime, fingerprint: str, action: int, *, now: datetime) -> None:
        """An action of the present playbook is done; the level's begin and plan say which one was looked at."""
        state = self._store.surge.state()
        if state is None or (state.since, state.plan_fingerprint) != (level_since, fingerprint):
            raise TrafficRefusedError(Refusal.NOT_NOW, "expected the present playbook: the level has changed meanwhile")
        plan = plans.kept_plan(self._store, self._settings.plan, fingerprint)
        if plan is None or not 0 <= action < len(plan.levels[state.level].actions):
            raise TrafficRefusedError(Refusal.NOT_NOW, f"expected an action of the playbook, got number {action}")
        with self._store.transaction(now) as transaction:
            self._store.surge.lock(transaction)
            self._store.surge.tick(transaction, state.level, level_since, fingerprint, action, actor=self._actor)

    def untick(self, tick_id: int, *, now: datetime) -> None:
        """It is not done after all."""
        with self._store.transaction(now) as transaction:
            done = self._store.surge.untick(transaction, tick_id, actor=self._actor)
        if not done:
            raise TrafficRefusedError(Refusal.OVER, "expected something that is ticked, and that is not taken back yet")

    def _once(self, now: datetime, do: Callable[[Transaction], bool]) -> None:
        if not self._do(now, do):
            raise TrafficRefusedError(Refusal.OVER, "expected something that stands, and is not over or withdrawn yet")

    def _do(self, now: datetime, do: Callable[[Transaction], T_]) -> T_:
        with self._store.transaction(now) as transaction:
            found = do(transaction)
        weigh(self._store, self._settings, now, self._utc_offset_h)
        return found


def _check_note(note: str) -> None:
    if len(note) > _LONGEST_NOTE:
        raise TrafficRefusedError(
            Refusal.NOTE, f"expected a note of at most {_LONGEST_NOTE} characters, got {len(note)}"
        )
