"""Settings of traffic: when counts agree, and whose surge plan applies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from central.settings import ConfigPath, Settings

Share = Annotated[float, Field(ge=0, le=1)]


class TrafficSettings(Settings):
    """The rules are in docs/traffic.md; these are their limits."""

    plan_file: ConfigPath | None = None
    """The province's own surge plan (TOML). None: the one that is shipped, `central/traffic/surge_plan.toml`."""
    tolerance_vehicles: Annotated[int, Field(ge=0, le=100)] = 1
    """Two counts of an hour that differ by no more agree: a vehicle stands on the border between two hours."""
    tolerance_share: Share = 0.03
    """The same as a share of the greater count; the wider of the two limits counts."""
    unread_share: Share = 0.15
    """More of an hour's vehicles without a plate are a finding."""
    unread_vehicles: Annotated[int, Field(ge=1)] = 10
    """Fewer vehicles an hour say nothing about lost reads."""

    def agree(self, one: int, other: int) -> bool:
        """Whether two counts of an hour say the same."""
        return abs(one - other) <= max(self.tolerance_vehicles, self.tolerance_share * max(one, other))
