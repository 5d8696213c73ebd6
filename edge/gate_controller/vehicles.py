"""Which vehicles go through below the arm, as the loops tell. Pure; it counts and tells, and moves nothing.

A vehicle begins when the loop below the arm senses it and ends when nothing has been beneath for a while. With a loop
in front of the arm it is also known which way it came: one that reaches that loop only after the other goes the wrong
way. Two vehicles closer together than that while are one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from edge.gate_controller.events import Event
from edge.gate_controller.inputs import Sensors


class Beneath(StrEnum):
    """Who is below the arm."""

    NOBODY = "nobody"
    VEHICLE = "vehicle"
    DOUBTFUL = "doubtful"
    """A vehicle that the loop in front did not see coming."""
    WRONG_WAY = "wrong_way"
    """… and that has reached it now."""


@dataclass(frozen=True, slots=True)
class Vehicles:
    """What is remembered between two looks. Times are seconds of a monotonic clock.

    `came_before`: the loop in front has sensed something since the last vehicle went. `long_told`: that this one stays
    for long was said.
    """

    beneath: Beneath = Beneath.NOBODY
    came_s: float = 0.0
    free_since_s: float | None = None
    came_before: bool = False
    long_told: bool = False

    @property
    def expected_way(self) -> bool:
        """A vehicle is beneath that is not known to go the wrong way."""
        return self.beneath in (Beneath.VEHICLE, Beneath.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look gave; `passed`: a vehicle has just gone through the right way."""

    vehicles: Vehicles
    passed: bool = False
    events: tuple[Event, ...] = ()


def watch(
    vehicles: Vehicles, sensors: Sensors, *, now_s: float, clear_s: float, long_s: float, uninvited: bool
) -> Look:
    """One look; `uninvited`: whoever comes beneath now was not let through, so he follows somebody (`tailgated`)."""
    if not sensors.known:
        return Look(replace(vehicles, free_since_s=None))
    vehicles = replace(vehicles, came_before=vehicles.came_before or sensors.before is True)
    if vehicles.beneath is Beneath.NOBODY:
        return _comes(vehicles, sensors, now_s, uninvited=uninvited) if sensors.presence else Look(vehicles)
    return _stays_or_goes(vehicles, sensors, now_s, clear_s, long_s)


def _comes(vehicles: Vehicles, sensors: Sensors, now_s: float, *, uninvited: bool) -> Look:
    unseen = sensors.before is not None and not vehicles.came_before
    beneath = Beneath.DOUBTFUL if unseen else Beneath.VEHICLE
    came = replace(vehicles, beneath=beneath, came_s=now_s, free_since_s=None, long_told=False)
    return Look(came, events=(Event.TAILGATED,) if uninvited else ())


def _stays_or_goes(vehicles: Vehicles, sensors: Sensors, now_s: float, clear_s: float, long_s: float) -> Look:
    events: tuple[Event, ...] = ()
    if vehicles.beneath is Beneath.DOUBTFUL and sensors.before:
        vehicles, events = replace(vehicles, beneath=Beneath.WRONG_WAY), (Event.WRONG_WAY,)
    if not sensors.free:
        vehicles = replace(vehicles, free_since_s=None)
        if not vehicles.long_told and now_s - vehicles.came_s >= long_s:
            vehicles, events = replace(vehicles, long_told=True), (*events, Event.STAYS_BENEATH)
        return Look(vehicles, events=events)
    since_s = now_s if vehicles.free_since_s is None else vehicles.free_since_s
    if now_s - since_s < clear_s:
        return Look(replace(vehicles, free_since_s=since_s), events=events)
    gone = Vehicles(came_before=sensors.before is True)
    return Look(gone, passed=vehicles.beneath is not Beneath.WRONG_WAY, events=events)
