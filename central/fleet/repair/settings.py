"""When a device is to be repaired or replaced, and whose paper says so."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from central.settings import Settings
from central.store.register_records import DeviceKind

Share = Annotated[float, Field(gt=0, le=1)]
Years = Annotated[float, Field(gt=0, le=50)]
Line = Annotated[str, Field(max_length=120)]


class RepairSettings(Settings):
    """The rules are in docs/fleet.md; these are their limits. The limits of age are planning figures, no law."""

    period_days: Annotated[int, Field(ge=7, le=366)] = 90
    """What is looked at, up to now."""
    camera_life_years: Years = 5.0
    """A camera in use for longer is old."""
    node_life_years: Years = 5.0
    """The same of an edge node."""
    barrier_life_years: Years = 8.0
    """The same of a barrier."""
    loop_life_years: Years = 8.0
    """The same of a loop."""
    failures_per_90_days: Annotated[float, Field(gt=0, le=1000)] = 4.0
    """A device that fails so often fails often."""
    down_share: Share = 0.05
    """Out of order for so much of the time in which its state is known: long out of order."""
    degraded_share: Share = 0.2
    """Working badly for so much of that time: lastingly bad."""
    relapses: Annotated[int, Field(ge=1)] = 2
    """So many tickets that opened again: repairs do not hold."""
    unread_share: Share = 0.15
    """So much of the vehicles in its lane without a plate: reads are lost."""
    unread_vehicles: Annotated[int, Field(ge=1)] = 200
    """Fewer vehicles say nothing about lost reads."""
    unseen_share: Share = 0.5
    """Nobody knows its state for so much of the time: somebody must look at it."""
    authority: Line = ""
    """Head of the paper: the authority above, e.g. `UBND TỈNH LẠNG SƠN`. Empty: a dotted line to fill in."""
    office: Line = ""
    """Head of the paper: who issues it."""
    place: Line = ""
    """Where it is signed, e.g. `Lạng Sơn`."""

    def life_years(self, kind: DeviceKind) -> float | None:
        """How long a device of this kind is not old; None of what does not age."""
        lives = {
            DeviceKind.CAMERA: self.camera_life_years,
            DeviceKind.NODE: self.node_life_years,
            DeviceKind.BARRIER: self.barrier_life_years,
            DeviceKind.LOOP: self.loop_life_years,
        }
        return lives.get(kind)
