"""The handover of a shift: what is open, what happened, what the one who goes has to say. Kept as it was signed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter

from central.reports.bulletin import Bulletin
from central.reports.source import Gathered, gather
from central.store import Store
from central.store.outcome_records import OutcomeKind
from central.store.ticket_records import TicketState
from central.store.traffic_records import StatementKind
from central.traffic.settings import TrafficSettings
from contract.messages import CommandKind, HealthLevel, HealthReason, LaneMode, Severity

_WAITS_SINCE: Final = timedelta(days=7)
"""As the queue of what is to be decided: what waits longer is left to search."""
_UNSETTLED: Final = tuple(state for state in TicketState if not state.is_settled)
_HOLDING: Final = (CommandKind.HOLD, CommandKind.RELEASE)
_OPENINGS: Final = 2000


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that is not settled."""

    ticket_id: int
    gate: str
    camera: str
    cause: str
    severity: Severity
    assignee: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class BadCamera:
    """A camera that is not well."""

    gate: str
    node: str
    camera: str
    level: HealthLevel
    reason: HealthReason | None
    since: datetime


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane that does not work as usual: held, or moved by people. `by` is empty where the node did it by itself."""

    gate: str
    lane: str
    held: bool
    mode: LaneMode
    reason: str
    by: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said of the road or the Chinese side, and that still holds."""

    kind: StatementKind
    until: datetime
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A barrier that somebody opened in the shift."""

    gate: str
    lane: str
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class Handover:
    """A shift, as the one who goes leaves it.

    Attributes:
        site: empty where it is of all gates.
        outgoing: who goes, and wrote `notes`.
        bulletin: the figures of the shift.
        outcomes: what reconciliation says of its passages, and of how many.
        waiting: cases that wait for a person, of all gates.
        level: of surge; None where none was ever weighed.

    """

    site: str
    since: datetime
    until: datetime
    made_at: datetime
    utc_offset_h: float
    outgoing: str
    notes: str
    bulletin: Bulletin
    outcomes: Mapping[OutcomeKind, int]
    openings: tuple[Opening, ...]
    waiting: int
    tickets: tuple[OpenTicket, ...]
    cameras: tuple[BadCamera, ...]
    lanes: tuple[LaneState, ...]
    words: tuple[Word, ...]
    level: int | None
    level_since: datetime | None


def handover_of(
    store: Store,
    traffic: TrafficSettings,
    *,
    site: str,
    since: datetime,
    until: datetime,
    now: datetime,
    utc_offset_h: float,
    outgoing: str,
    notes: str,
) -> Handover:
    """What there is to hand over now, of a shift from `since` to `until`.

    Raises:
        StoreUnavailable: the database does not answer; ask again later.

    """
    gathered = gather(store, traffic, since=since, until=until, gates=[site] if site else None)
    surge = store.surge.state()
    return Handover(
        site,
        since,
        until,
        now,
        utc_offset_h,
        outgoing,
        notes,
        gathered.bulletin(),
        _outcomes(gathered),
        tuple(_openings(store, site, since, until)),
        store.decisions.waiting_count(now - _WAITS_SINCE),
        tuple(_tickets(store, site)),
        tuple(_cameras(store, site)),
        tuple(_lanes(store, site)),
        tuple(
            Word(one.kind, one.until, one.note, one.said_by)
            for one in store.surge.statements(ending_after=now)
            if one.holds(now)
        ),
        surge.level if surge is not None else None,
        surge.since if surge is not None else None,
    )


def written(handover: Handover) -> str:
    """A handover as text: what is signed."""
    return _HANDOVER.dump_json(handover).decode()


@lru_cache(maxsize=32)
def read(content: str) -> Handover:
    """What was written."""
    return _HANDOVER.validate_json(content)


_HANDOVER: Final = TypeAdapter(Handover)


def _outcomes(gathered: Gathered) -> Mapping[OutcomeKind, int]:
    said = Counter(one.outcome.outcome for one in gathered.passages if one.outcome is not None)
    return {kind: said[kind] for kind in OutcomeKind if said[kind]}


def _openings(store: Store, site: str, since: datetime, until: datetime) -> Iterator[Opening]:
    found = store.commands.list(
        site=site or None,
        kinds=(CommandKind.OPEN,),
        done=True,
        issued_since=since,
        issued_until=until,
        limit=_OPENINGS,
    )
    for command in (one.command for one in reversed(found)):
        yield Opening(command.site, command.lane, command.issued_at, command.actor, command.reason)


def _tickets(store: Store, site: str) -> Iterator[OpenTicket]:
    for one in store.tickets.list(states=_UNSETTLED):
        if site in ("", one.device.site):
            yield OpenTicket(
                one.ticket_id,
                one.device.site,
                one.device.camera,
                one.cause,
                one.severity,
                one.assignee,
                one.opened_at,
            )


def _cameras(store: Store, site: str) -> Iterator[BadCamera]:
    for one in store.cameras.list(site=site or None):
        if one.level is not HealthLevel.OK:
            yield BadCamera(one.site, one.node, one.camera, one.level, one.reason, one.since)


def _lanes(store: Store, site: str) -> Iterator[LaneState]:
    for lane in store.lanes.list(site=site or None):
        found = store.commands.list(site=lane.site, lane=lane.lane, kinds=_HOLDING, done=True, limit=1)
        if found and found[0].command.kind is CommandKind.HOLD:
            told = found[0].command
            yield LaneState(lane.site, lane.lane, True, lane.mode, told.reason, told.actor, told.issued_at)
        elif lane.mode is LaneMode.MANUAL:
            yield LaneState(lane.site, lane.lane, False, lane.mode, lane.mode_reason, lane.mode_by, lane.mode_since)
