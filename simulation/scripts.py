"""What the scenarios with lorries are made of: who comes, how they drive, what is true of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from contract.vocabulary import Direction
from simulation.actors import FAR_M, Actor, Arm, Vehicle, length_of
from simulation.car_art import SmallVehicle
from simulation.motion import ArmPlan, Go, Queuer, Track, Wait, arm_for, drive, queue
from simulation.perspective import ARM_M
from simulation.show import QUIET_S, Show, Truth
from simulation.traffic import Declared, LaneTraffic, Lorry
from simulation.view import LANE_M

Leg = Go | Wait
Coming = Lorry | SmallVehicle
GONE_M = -3.0
"""A vehicle whose tail is here has left the picture."""


def readable_lorry(rng: random.Random) -> Lorry:
    """A lorry with clean plates."""
    return LaneTraffic("gate", "lane", Direction.IN, rng, Declared.EXACT).next()


def plate_of(vehicle: Coming, *, rear: bool = False) -> str | None:
    """What can be read of it from this end."""
    look = vehicle.rear if rear else vehicle.front
    unreadable = isinstance(vehicle, Lorry) and vehicle.muddy and not rear
    return None if look is None or unreadable else look.text


@dataclass
class Script:
    """A scenario of one seed while it is being written; `show` makes it playable."""

    seed: int
    name: str
    rng: random.Random = field(init=False)
    actors: list[Actor] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    last_s: float = 0.0
    """When the last thing of note is over."""

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.name}/{self.seed}")

    def begin_s(self) -> float:
        """When the first vehicle comes into view."""
        return QUIET_S + self.rng.uniform(0.6, 2.5)

    def side_m(self) -> float:
        """Where across the lane somebody drives."""
        return LANE_M + self.rng.uniform(-0.14, 0.14)

    def stop_m(self) -> float:
        """Where somebody stops for the arm, in metres before the camera."""
        return self.rng.uniform(6.5, 7.4)

    def until(self, at_s: float) -> None:
        """The show lasts at least until some seconds after this."""
        self.last_s = max(self.last_s, at_s)

    def comes(self, vehicle: Coming, near: Track, *, x_m: float | None = None, rear_first: bool = False) -> Vehicle:
        """Let a vehicle come; it is no truth yet."""
        actor = Vehicle(vehicle, near, self.side_m() if x_m is None else x_m, rear_first)
        self.actors.append(actor)
        self.until(near.end_s)
        return actor

    def drives_in(self, vehicle: Coming, legs: Sequence[Leg], *, start_s: float | None = None) -> Track:
        """A vehicle comes into view, does `legs`, and is a truth."""
        start = self.begin_s() if start_s is None else start_s
        track = drive(start, FAR_M, legs, speed=self.rng.uniform(6.0, 8.0))
        self.comes(vehicle, track)
        self.truths.append(Truth(plate_of(vehicle), Direction.IN))
        return track

    def through(self, vehicle: Coming, *, stop_s: float | None = None) -> list[Leg]:
        """To the arm, a stop or none, and past the camera."""
        end_m, speed = GONE_M - length_of(vehicle), self.rng.uniform(2.6, 3.8)
        if stop_s is None:
            return [Go(9.0, 7.5, end=speed, accel=1.4), Go(end_m, speed + 1, end=speed + 1, accel=0.6)]
        return [Go(self.stop_m(), 7.5, accel=1.3), Wait(stop_s), Go(end_m, speed + 1, end=speed + 1, accel=0.8)]

    def lorry_through(self, vehicle: Coming, *, stop_s: float | None = None) -> Track:
        """One vehicle drives through the lane, and the arm lets it."""
        track = self.drives_in(vehicle, self.through(vehicle, stop_s=stop_s))
        self.arm([(track, vehicle)])
        return track

    def queue_through(self, vehicles: Sequence[Coming], queuers: Sequence[Queuer]) -> list[Track]:
        """Several vehicles, one behind the other, each a truth."""
        ready = [replace(queuer, length_m=length_of(who)) for queuer, who in zip(queuers, vehicles, strict=True)]
        tracks = queue(ready, self.begin_s(), from_m=FAR_M, gone_m=GONE_M)
        for vehicle, track in zip(vehicles, tracks, strict=True):
            self.comes(vehicle, track)
            self.truths.append(Truth(plate_of(vehicle), Direction.IN))
        self.arm(list(zip(tracks, vehicles, strict=True)))
        return tracks

    def arm(self, passing: Sequence[tuple[Track, Coming]]) -> None:
        """The barrier, which opens for these."""
        lengths = [length_of(vehicle) for _, vehicle in passing]
        plan = arm_for([track for track, _ in passing], lengths, arm_m=ARM_M)
        self.actors.append(Arm(plan))
        self.until(max((b for _, b in plan.up), default=0.0))

    def open_arm(self, plan: ArmPlan) -> None:
        """The barrier, moved by a plan of its own."""
        self.actors.append(Arm(plan))
        self.until(max((b for _, b in plan.up), default=0.0))

    def closed_arm(self) -> None:
        """The barrier stays down."""
        self.actors.append(Arm(ArmPlan()))

    def show(self) -> Show:
        """What was written, playable, with a quiet end; `dataclasses.replace` adds light, weather and the like."""
        return Show(self.seed, self.last_s + QUIET_S + 0.6, tuple(self.truths), tuple(self.actors))
