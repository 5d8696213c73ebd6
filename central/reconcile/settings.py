"""Settings of reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final

from pydantic import Field

from central.settings import Hours, Minutes, Seconds, Settings
from contract.messages import Probability

_TRAVEL_MIN: Final = {
    "coc-nam/huu-nghi": 12.0,
    "coc-nam/tan-thanh": 5.0,
    "huu-nghi/tan-thanh": 15.0,
    "chi-ma/huu-nghi": 40.0,
    "chi-ma/tan-thanh": 45.0,
    "chi-ma/coc-nam": 40.0,
}


class ReconcileSettings(Settings):
    """How passages and declarations are held against each other."""

    match_confidence: Probability = 0.6
    """A read below this is never matched without a person, however well it fits."""
    sure_confidence: Probability = 0.9
    """A surer read that fits the one declaration of its gate, direction and time is matched without weighing others."""
    match_probability: Probability = 0.95
    """A vehicle is held for that of a declaration without a person only where that is so probable."""
    undeclared_probability: Probability = 0.95
    """A vehicle is called undeclared only where that is so probable; else a person looks at the candidates."""
    window_slack_min: Minutes = 30.0
    """How far before or after its declared window a vehicle still counts as on time."""
    related_h: Hours = 24.0
    """How far outside its window a passage is still held against a declaration (for a person to judge)."""
    pending_s: Annotated[float, Field(ge=0)] = 5.0
    """How long a passage without a declaration waits for one before it counts as undeclared."""
    stale_after_s: Seconds = 120.0
    """When the platform has not answered for so long, `undeclared` says so."""
    no_show_after_min: Minutes = 30.0
    """How long after its window a declaration without a passage becomes a no-show."""
    seen_twice_min: Minutes = 3.0
    """The same plate at the same gate in the same direction within this time is one passage told of twice."""
    history_h: Hours = 72.0
    """How far back a vehicle's passages are held against each other; not beyond `horizon_h`."""
    travel_min: Mapping[str, Minutes] = Field(default_factory=lambda: dict(_TRAVEL_MIN))
    """The least minutes between two gates (`one/other`): whoever is seen at both in less has a double. Estimates from
    the road at 80 km/h: have them confirmed on site."""
    travel_default_min: Minutes = 10.0
    """The same for gates that are not listed."""
    dwell_h: Mapping[str, Hours] = Field(default_factory=lambda: {"import": 36.0})
    """By regime, how long a vehicle may stay between in and out. 36 h: the two-way pilot of December 2025."""
    dwell_default_h: Hours = 60.0
    """The same for regimes that are not listed, and for vehicles without a declaration."""
    horizon_h: Hours = 72.0
    """How far back outcomes are still revised."""
    tick_s: Seconds = 1.0
    """How often outcomes that depend on the hour are looked at, beside every change."""

    @cached_property
    def slack(self) -> timedelta:
        """`window_slack_min` as a span."""
        return timedelta(minutes=self.window_slack_min)

    @cached_property
    def related(self) -> timedelta:
        """`related_h` as a span."""
        return timedelta(hours=self.related_h)

    @cached_property
    def longest_travel(self) -> timedelta:
        """The longest of all ways between two gates."""
        return timedelta(minutes=max(self.travel_default_min, *self.travel_min.values(), 0.0))

    def least_travel_min(self, site: str, other: str) -> float:
        """The least minutes between two gates, either way."""
        return self.travel_min.get("/".join(sorted((site, other))), self.travel_default_min)

    def dwell_limit_h(self, regime: str) -> float:
        """How many hours a vehicle may stay under a regime."""
        return self.dwell_h.get(regime, self.dwell_default_h)
