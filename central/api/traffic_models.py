"""What the API says of yards, flows and the level of surge, and what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from central.api.models import Answer
from central.store.traffic_records import KeptFlow, StatementKind
from central.traffic.desk import MOST_VEHICLES
from central.traffic.observations import Source
from central.traffic.outlook import Outlook
from central.traffic.surge_plan import Said, Trigger, Who
from central.traffic.what_if import Assumption
from central.traffic.yards import Books, missed
from contract.messages import Direction


class DoubtAnswer(Answer):
    """A counter that does not agree with what is believed; `surplus` is its count − that."""

    source: str
    reason: str
    surplus: int


class FlowAnswer(Answer):
    """An hour of a lane, or (`lane` empty) of a direction of the whole gate, with what each counter counted."""

    lane: str
    direction: Direction
    hour_at: datetime
    counts: Mapping[str, int]
    believed: int | None
    """Null while it is undecided which counter is right."""
    doubts: tuple[DoubtAnswer, ...]


class CauseAnswer(Answer):
    """An hour that explains a part of a residual: so many vehicles are to be added to the calculated stock."""

    lane: str
    direction: Direction
    hour_at: datetime
    reason: str
    vehicles: int

    @classmethod
    def of(cls, flow: KeptFlow) -> Self:
        """As the hour was judged."""
        reason = next(doubt.reason for doubt in flow.doubts if doubt.source == Source.TRACKER)
        where = {"lane": flow.lane, "direction": flow.direction, "hour_at": flow.hour_at}
        return cls(**where, reason=reason, vehicles=missed(flow))


class CountAnswer(Answer):
    """Vehicles in the yards of a gate, as a person counted them."""

    count_id: int
    site: str
    at: datetime
    vehicles: int
    note: str
    said_by: str
    said_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str


class BooksAnswer(Answer):
    """The books of a yard from one count to the next, or to now."""

    before: CountAnswer
    until: datetime
    entered: int
    left: int
    calculated: int
    counted: CountAnswer | None
    residual: int | None
    """Counted − calculated; null while nobody counted."""
    explained: int
    unexplained: int | None
    causes: tuple[CauseAnswer, ...]

    @classmethod
    def of(cls, books: Books | None) -> Self | None:
        """None where there are none."""
        if books is None:
            return None
        numbers = ("until", "entered", "left", "calculated", "residual", "explained", "unexplained")
        return cls(
            before=CountAnswer.model_validate(books.before),
            counted=CountAnswer.model_validate(books.counted) if books.counted else None,
            causes=tuple(map(CauseAnswer.of, books.causes)),
            **{name: getattr(books, name) for name in numbers},
        )


class HourAnswer(Answer):
    """What came and was cleared in an hour, or what is expected."""

    hour_at: datetime
    arrivals: float
    cleared: float
    queue: float | None
    """Vehicles that wait at its end; of hours that are still to come."""


class OutlookAnswer(Answer):
    """The last day, and the next hours."""

    past: tuple[HourAnswer, ...]
    expected: tuple[HourAnswer, ...]
    error_vehicles: float | None
    """Mean error of the forecast of arrivals over the last week, vehicles an hour; null before two weeks are known."""
    error_as_yesterday: float | None
    """The same of "as many as yesterday at this hour"."""

    @classmethod
    def of(cls, found: Outlook) -> Self:
        """The last 24 whole hours, and those expected."""
        pairs = list(zip(found.arrivals.counts, found.cleared.counts, strict=True))
        begin = found.arrivals.until - timedelta(hours=min(24, len(pairs)))
        past = tuple(
            HourAnswer(hour_at=begin + timedelta(hours=number), arrivals=came, cleared=went, queue=None)
            for number, (came, went) in enumerate(pairs[-24:])
        )
        error = found.error
        return cls(
            past=past,
            expected=tuple(map(HourAnswer.model_validate, found.expected)),
            error_vehicles=error.forecast if error else None,
            error_as_yesterday=error.yesterday if error else None,
        )


class SiteTrafficAnswer(Answer):
    """A gate now."""

    site: str
    at: datetime
    stock: int | None
    """Vehicles in its yards; null while nobody counted them, or too long ago."""
    days_to_clear: float | None
    """Null where it is unknown, or where nothing was cleared."""
    since_count: BooksAnswer | None
    last_residual: BooksAnswer | None
    """The books between the last two counts."""
    outlook: OutlookAnswer
    doubts: tuple[FlowAnswer, ...]
    """Hours of the last day whose counters do not agree."""


class StatementAnswer(Answer):
    """What a person said holds for a while."""

    statement_id: int
    kind: StatementKind
    until: datetime
    note: str
    said_by: str
    said_at: datetime
    ended_at: datetime | None
    ended_by: str
    was_mistake: bool


class ActionAnswer(Answer):
    """A line of the playbook, and who said that it is done."""

    action: int
    who: tuple[Who, ...]
    what: Said
    done_at: datetime | None = None
    done_by: str = ""


class SurgeAnswer(Answer):
    """How grave it is, by which plan, and what is to be done."""

    level: int
    name: Said
    since: datetime
    at: datetime
    held_by: tuple[Trigger, ...]
    """What called for this level, or for those above it, since it was last 0."""
    rising_to: int | None
    rising_since: datetime | None
    calm_since: datetime | None
    situation: Mapping[str, Any]
    """The figures of `at`; what is unknown is null."""
    stocks: Mapping[str, int | None]
    plan_version: int
    plan_fingerprint: str
    playbook: tuple[ActionAnswer, ...]
    statements: tuple[StatementAnswer, ...]


class ChangeAnswer(Answer):
    """The level changed."""

    at: datetime
    before: int
    after: int
    called_by: tuple[Trigger, ...]
    situation: Mapping[str, Any]
    plan_version: int
    plan_fingerprint: str


class OutcomeAnswer(Answer):
    """What becomes of a day; times in minutes."""

    vehicles: int
    queue_by_hour: tuple[int, ...]
    stock_at: int
    """At 20:00."""
    wait_p50_min: float | None
    """Null where nobody came, or where half of them are never begun with."""
    wait_p95_min: float | None
    left_over: int


class WhatIfAnswer(Answer):
    """A day as its model has it, and as it would have been."""

    day: date
    lanes: int
    opens_h: int
    closes_h: int
    service_min: float
    mean_error_vehicles: float
    """How far the model's stock is from the counted one: so far it can be believed."""
    as_it_was: OutcomeAnswer
    changed: OutcomeAnswer
    assumptions: tuple[Assumption, ...]


class Wanted(BaseModel):
    """Base of what is asked for."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class CountRequest(Wanted):
    """A count of the yards."""

    vehicles: int = Field(ge=0, le=MOST_VEHICLES)
    at: AwareDatetime | None = None
    """When it was counted; left out: now."""
    note: str = Field(default="", max_length=500)


class StatementRequest(Wanted):
    """What holds from now on."""

    kind: StatementKind
    until: AwareDatetime
    """72 hours ahead at most."""
    note: str = Field(default="", max_length=500)


class EndRequest(Wanted):
    """It is over; or it never was so."""

    was_mistake: bool = False
