"""Settings of traffic: when counts agree, and whose surge plan applies."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from central.settings import ConfigPath, Seconds, Settings
from central.traffic.surge_plan import SurgePlan

Share = Annotated[float, Field(ge=0, le=1)]


class TrafficSettings(Settings):
    """The rules are in docs/traffic.md; these are their limits."""

    plan_file: ConfigPath | None = None
    """The province's own surge plan (TOML), a copy of `central/traffic/surge_plan.toml`. None: that one itself."""
    tolerance_vehicles: Annotated[int, Field(ge=0, le=100)] = 1
    """Two counts of an hour that differ by no more agree: a vehicle stands on the border between two hours."""
    tolerance_share: Share = 0.03
    """The same as a share of the greater count; the wider of the two limits counts."""
    unread_share: Share = 0.15
    """More of an hour's vehicles without a plate are a finding."""
    unread_vehicles: Annotated[int, Field(ge=1)] = 10
    """Fewer vehicles an hour say nothing about lost reads."""
    every_s: Seconds = 60.0
    """The level is weighed, and hours are counted again, no less often than this."""
    count_valid_days: Annotated[int, Field(ge=1, le=31)] = 7
    """Yards that nobody counted for longer hold an unknown number of vehicles: what cameras miss adds up."""

    @model_validator(mode="after")
    def _own_plan_fits(self) -> Self:
        if self.plan_file is not None:
            _ = self.plan  # a mistake in it is one in the configuration
        return self

    @cached_property
    def plan(self) -> SurgePlan:
        """The surge plan that applies, as it was when it was first asked for."""
        return SurgePlan.load(self.plan_file)

    def agree(self, one: int, other: int) -> bool:
        """Whether two counts of an hour say the same."""
        return abs(one - other) <= max(self.tolerance_vehicles, self.tolerance_share * max(one, other))
