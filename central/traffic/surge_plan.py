"""The surge plan: thresholds of the levels, who must do what at each, green lanes by season. Data, with a version."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from central.settings import Settings
from contract.errors import ConfigError
from contract.vocabulary import Slug

SHIPPED: Final = Path(__file__).with_name("surge_plan.toml")
"""The plan to begin with; the province's own is a copy of it."""
LEVELS: Final = 5

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
_Minutes = Annotated[float, Field(gt=0, le=24 * 60)]
_Vehicles = Annotated[int, Field(ge=1, le=100_000)]


class Said(Settings):
    """A text in the three languages."""

    vi: _Sentence
    en: _Sentence
    zh: _Sentence


class Who(StrEnum):
    """Who must act."""

    CENTRE = "centre"
    """The gate management centre."""
    BOARD = "board"
    """The management board of the border economic zone."""
    BORDER_GUARD = "border_guard"
    CUSTOMS = "customs"
    QUARANTINE = "quarantine"
    POLICE = "police"
    YARD = "yard"
    PROVINCE = "province"
    """The people's committee of the province."""


class Action(Settings):
    """One line of a playbook."""

    who: Annotated[tuple[Who, ...], Field(min_length=1)]
    what: Said


class Trigger(StrEnum):
    """What can call for a level."""

    STOCK = "stock"
    """Vehicles that stand in the yards."""
    YARD_SHARE = "yard_share"
    """How full the fullest yard is."""
    DAYS_TO_CLEAR = "days_to_clear"
    """Stock ÷ vehicles cleared a day, of the last days."""
    ARRIVALS = "arrivals"
    """Arrivals ÷ vehicles cleared, of the last hours."""
    QUEUE_ON_ROAD = "queue_on_road"
    """People say that vehicles queue on the national road."""
    CHINA_STOPPED = "china_stopped"
    """People say that the Chinese side takes no vehicles."""


class Triggers(Settings):
    """Any of these calls for the level; a number does from that value on."""

    stock: _Vehicles | None = None
    yard_share: Annotated[float, Field(gt=0, le=2)] | None = None
    days_to_clear: Annotated[float, Field(gt=0, le=365)] | None = None
    arrivals: Annotated[float, Field(gt=0, le=100)] | None = None
    queue_on_road: bool = False
    china_stopped: bool = False

    def numbers(self) -> Mapping[Trigger, float]:
        """The thresholds that are set."""
        found = {
            Trigger.STOCK: self.stock,
            Trigger.YARD_SHARE: self.yard_share,
            Trigger.DAYS_TO_CLEAR: self.days_to_clear,
            Trigger.ARRIVALS: self.arrivals,
        }
        return {trigger: value for trigger, value in found.items() if value is not None}

    def told(self) -> frozenset[Trigger]:
        """What people's word alone calls for."""
        flags = {Trigger.QUEUE_ON_ROAD: self.queue_on_road, Trigger.CHINA_STOPPED: self.china_stopped}
        return frozenset(trigger for trigger, is_set in flags.items() if is_set)


class Level(Settings):
    """One level of surge with its playbook."""

    level: Annotated[int, Field(ge=0, lt=LEVELS)]
    name: Said
    triggers: Triggers = Triggers()
    actions: Annotated[tuple[Action, ...], Field(min_length=1)]


def _real_day(text: str) -> str:
    try:
        date.fromisoformat(f"2028-{text}")  # a leap year
    except ValueError as error:
        raise ValueError(f"expected a day of the year as MM-DD, e.g. 05-15, got {text!r}") from error
    return text


MonthDay = Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$"), AfterValidator(_real_day)]


class GreenLane(Settings):
    """Goods that go first in their season, and where; the season may reach over the new year. Both days included."""

    name: Said
    goods_classes: Annotated[tuple[str, ...], Field(min_length=1)]
    first_day: MonthDay
    last_day: MonthDay
    sites: Annotated[tuple[Slug, ...], Field(min_length=1)]
    lanes: tuple[Slug, ...] = ()
    """Lanes that are kept for them; empty: they go first in every lane of these sites."""

    def is_open(self, day: date) -> bool:
        """Whether the season is on; `day` is local."""
        today = f"{day:%m-%d}"
        if self.first_day <= self.last_day:
            return self.first_day <= today <= self.last_day
        return today >= self.first_day or today <= self.last_day


class Steadiness(Settings):
    """How long evidence must last before the level changes, so that it never flaps."""

    rise_after_min: _Minutes = 15.0
    """A higher level is called for without a break for so long. People's word counts at once."""
    fall_after_min: _Minutes = 60.0
    """Nothing has called for the level, not even nearly, without a break for so long."""
    least_min: _Minutes = 60.0
    """A level is not lowered before so long after it began."""
    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """Nearly: the threshold less this share of it."""
    silence_min: _Minutes = 30.0
    """After a longer silence evidence begins anew."""

    @property
    def rise_after(self) -> timedelta:
        """`rise_after_min` as a span."""
        return timedelta(minutes=self.rise_after_min)

    @property
    def fall_after(self) -> timedelta:
        """`fall_after_min` as a span."""
        return timedelta(minutes=self.fall_after_min)

    @property
    def least(self) -> timedelta:
        """`least_min` as a span."""
        return timedelta(minutes=self.least_min)

    @property
    def silence(self) -> timedelta:
        """`silence_min` as a span."""
        return timedelta(minutes=self.silence_min)


class SurgePlan(Settings):
    """All of it. Raise `version` with every edit: reports say which one they went by."""

    version: Annotated[int, Field(ge=1)]
    valid_from: date
    made_by: _Sentence
    """Who answers for these numbers and texts."""
    arrivals_span_h: Annotated[int, Field(ge=1, le=24)] = 3
    """Arrivals and cleared vehicles are held against each other over so many hours."""
    arrivals_least: _Vehicles = 30
    """Fewer arrivals in that span call for nothing."""
    clearance_days: Annotated[int, Field(ge=1, le=30)] = 3
    """Days to clear go by the vehicles cleared in so many days."""
    capacities: Mapping[Slug, _Vehicles] = Field(default_factory=dict)
    """Vehicles that the yards of a site hold."""
    steadiness: Steadiness = Steadiness()
    levels: tuple[Level, ...]
    green_lanes: tuple[GreenLane, ...] = ()

    @model_validator(mode="after")
    def _levels_climb(self) -> Self:
        found = [level.level for level in self.levels]
        if found != list(range(LEVELS)):
            raise ValueError(f"expected the levels 0 to {LEVELS - 1}, each once and in order, got {found}")
        if self.levels[0].triggers != Triggers():
            raise ValueError("level 0 is what is left when nothing calls for another: give it no triggers")
        for level in self.levels[1:]:
            if level.triggers == Triggers():
                raise ValueError(f"level {level.level} has no trigger, so it would never begin: give it one")
        for trigger in Trigger:
            self._climbs(trigger)
        return self

    def _climbs(self, trigger: Trigger) -> None:
        limits = [level.triggers.numbers()[trigger] for level in self.levels if trigger in level.triggers.numbers()]
        if any(lower >= higher for lower, higher in pairwise(limits)):
            raise ValueError(f"expected thresholds of {trigger} that rise from level to level, got {limits}")

    @property
    def fingerprint(self) -> str:
        """Twelve characters that differ for every other plan, whatever its version says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def fullest_share(self, stock_by_site: Mapping[str, int]) -> float | None:
        """How full the fullest yard is (1 = full); None where no capacity of theirs is known."""
        shares = [stock / self.capacities[site] for site, stock in stock_by_site.items() if site in self.capacities]
        return max(shares, default=None)

    def green_lanes_at(self, site: str, local: datetime) -> tuple[GreenLane, ...]:
        """Whose season is on at a site; `local` is the time of the place."""
        return tuple(lane for lane in self.green_lanes if site in lane.sites and lane.is_open(local.date()))

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read and check a plan; None: the shipped one.

        Raises:
            ConfigError: it cannot be read, is no TOML, or holds a key or value that makes no sense.

        """
        path = path or SHIPPED
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the surge plan {path}: {error}") from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, name: str) -> Self:
        """Check the text of a plan; `name` is what it is called in an error.

        Raises:
            ConfigError: it is no TOML, or holds a key or value that makes no sense.

        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{name} is no TOML file: {error}") from error
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            lines = [f"  {'.'.join(map(str, e['loc'])) or 'plan'}: {e['msg']}" for e in error.errors()]
            raise ConfigError("\n".join([f"{name} does not fit:", *lines])) from error
