"""Settings of the simulated world."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.messages import Direction, Slug

Seconds = Annotated[float, Field(ge=0)]
FaultKind = Literal["freeze", "dark", "signal_lost"]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SimLane(_Settings):
    """A lane: its traffic, its light, its cameras. They are called `{lane}-front` and `{lane}-rear`."""

    lane: Slug
    direction: Direction
    night: bool = False
    rear_camera: bool = False

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of its cameras."""
        return (f"{self.lane}-front", f"{self.lane}-rear") if self.rear_camera else (f"{self.lane}-front",)


class SimGate(_Settings):
    """A gate with its lanes."""

    site: Slug
    lanes: tuple[SimLane, ...]


class Fault(_Settings):
    """Something that happens to a camera, `at_s` seconds after the start."""

    site: Slug
    camera: Slug
    kind: FaultKind
    at_s: Seconds


HUU_NGHI = SimGate(
    site="huu-nghi",
    lanes=(
        SimLane(lane="in-1", direction=Direction.IN, rear_camera=True),
        SimLane(lane="out-1", direction=Direction.OUT),
    ),
)
TAN_THANH = SimGate(
    site="tan-thanh",
    lanes=(
        SimLane(lane="in-1", direction=Direction.IN, rear_camera=True),
        SimLane(lane="out-1", direction=Direction.OUT, night=True),
    ),
)


class SimulationSettings(_Settings):
    """The whole simulated world. One seed, one world."""

    seed: int = 1
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    platform_key: Annotated[str, Field(min_length=16, repr=False)]
    """Bearer key of the platform server; made anew for each start."""
    gates: tuple[SimGate, ...] = (HUU_NGHI, TAN_THANH)
    faults: tuple[Fault, ...] = ()
    gap_s: tuple[Seconds, Seconds] = (5.0, 11.0)
    """Shortest and longest time that a lane is empty between two lorries."""
    officer_after_s: Seconds = 7.0
    """A lorry that waits so long is let through by hand."""
    busy_fps: Annotated[float, Field(gt=0, le=30)] = 4.0
    idle_fps: Annotated[float, Field(gt=0, le=30)] = 2.0


def two_cameras_fail(after_s: float) -> tuple[Fault, ...]:
    """One camera freezes after `after_s` seconds, another goes dark half as long after."""
    return (
        Fault(site="huu-nghi", camera="out-1-front", kind="freeze", at_s=after_s),
        Fault(site="tan-thanh", camera="out-1-front", kind="dark", at_s=1.5 * after_s),
    )
