"""What the store keeps of traffic: hours of lanes, what people say, the level of surge and its playbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from contract.messages import Direction


@dataclass(frozen=True, slots=True)
class LaneTotal:
    """Vehicles of a lane in a span, and of how many no plate was read; what did not go through is not counted."""

    site: str
    lane: str
    direction: Direction
    vehicles: int
    unread: int


@dataclass(frozen=True, slots=True)
class LaneHour(LaneTotal):
    """The same of one hour; `hour_at` is its begin."""

    hour_at: datetime


@dataclass(frozen=True, slots=True)
class KeptDoubt:
    """A counter that does not agree with what is believed; the words are those of `central.traffic.flow`."""

    source: str
    reason: str
    surplus: int


@dataclass(frozen=True, slots=True)
class KeptFlow:
    """An hour of a lane, or (`lane` empty) of a direction of a whole gate, as it was judged last.

    Attributes:
        counts: what each counter counted; a counter that is not there is missing.
        believed: vehicles that went through; None while undecided.

    """

    site: str
    lane: str
    direction: Direction
    hour_at: datetime
    counts: Mapping[str, int]
    believed: int | None
    doubts: tuple[KeptDoubt, ...]
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class YardCount:
    """Vehicles in the yards of a gate, as a person counted them at a moment. One that was withdrawn stays on record."""

    count_id: int
    site: str
    at: datetime
    vehicles: int
    note: str
    said_by: str
    said_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str


class StatementKind(StrEnum):
    """What people say that no camera sees. The words are those of the surge plan's triggers."""

    QUEUE_ON_ROAD = "queue_on_road"
    """Vehicles queue on the national road."""
    CHINA_STOPPED = "china_stopped"
    """The Chinese side takes no vehicles."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person says holds from `said_at` until `until`, or until somebody ends it.

    Attributes:
        was_mistake: who ended it says that it never was so.

    """

    statement_id: int
    kind: StatementKind
    until: datetime
    note: str
    said_by: str
    said_at: datetime
    ended_at: datetime | None
    ended_by: str
    was_mistake: bool

    def holds(self, at: datetime) -> bool:
        """Whether it is so at a moment, as far as anybody said."""
        end = self.until if self.ended_at is None else min(self.until, self.ended_at)
        return self.said_at <= at < end


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A surge plan as it was; `kept_by` is empty where it came with the configuration."""

    fingerprint: str
    version: int
    valid_from: date
    payload: str
    kept_by: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class KeptSurge:
    """The level, what speaks for leaving it, and the figures of that moment.

    Attributes:
        situation: the figures, in the words of `central.traffic.surge.Situation`; what is unknown is null.
        stocks: site to vehicles in its yards; null where nobody counted.

    """

    level: int
    since: datetime
    at: datetime
    held_by: tuple[str, ...]
    rising_to: int | None
    rising_since: datetime | None
    calm_since: datetime | None
    situation: Mapping[str, Any]
    stocks: Mapping[str, int | None]
    plan_fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptChange:
    """The level changed; `called_by`: what called for the new one (it rose), or had held the old one (it fell)."""

    at: datetime
    before: int
    after: int
    called_by: tuple[str, ...]
    situation: Mapping[str, Any]
    plan_version: int
    plan_fingerprint: str


@dataclass(frozen=True, slots=True)
class Tick:
    """An action of a playbook that somebody says is done; `action` counts those of the level in that plan, from 0."""

    tick_id: int
    level: int
    level_since: datetime
    plan_fingerprint: str
    action: int
    done_at: datetime
    done_by: str
    undone_at: datetime | None
    undone_by: str
