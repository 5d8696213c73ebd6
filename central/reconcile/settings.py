"""Settings of reconciliation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from central.settings import Hours, Minutes, Seconds, Settings
from contract.messages import Probability


class ReconcileSettings(Settings):
    """How passages and declarations are held against each other."""

    match_confidence: Probability = 0.6
    """A read below this is never matched without a person, however well it fits."""
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
    horizon_h: Hours = 72.0
    """How far back outcomes are still revised."""
    tick_s: Seconds = 1.0
    """How often outcomes that depend on the hour are looked at, beside every change."""

    @property
    def slack(self) -> timedelta:
        """`window_slack_min` as a span."""
        return timedelta(minutes=self.window_slack_min)

    @property
    def related(self) -> timedelta:
        """`related_h` as a span."""
        return timedelta(hours=self.related_h)
