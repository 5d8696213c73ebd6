"""Scripted scenes of a lane with known truth: what passage logic must count, and what it must not.

A scenario and a seed make the same frames every time; another seed has other plates, colours, places and speeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from contract.region import CameraRegion
from contract.vocabulary import Direction
from simulation import scripts_beside as beside
from simulation import scripts_lorries as lorries
from simulation import scripts_mixed as mixed
from simulation import scripts_motorcycles as motorcycles
from simulation.car_art import Body
from simulation.push_art import Pushed
from simulation.scripts import Script
from simulation.scripts_lorries import DUSK, GLARE, NIGHT
from simulation.show import Show, Truth
from simulation.view import Picture, View, lane_region

__all__ = ["REGION", "SCENARIOS", "Scenario", "Truth", "scenario"]

REGION = lane_region(View(), Direction.IN)
"""The lane in the front camera's picture."""

_Writer = Callable[[Script], Show]


@dataclass(frozen=True)
class Scenario:
    """One kind of scene.

    Attributes:
        title: what happens, in a phrase for a table.
        night: whether only lamps give light.
        region: the lane in the front camera's picture.

    """

    name: str
    title: str
    night: bool
    write: _Writer
    region: CameraRegion = REGION

    def show(self, seed: int = 0) -> Show:
        """One run of it."""
        return self.write(Script(seed, self.name))

    def frames(self, seed: int = 0) -> Iterator[tuple[Picture, float]]:
        """What the front camera sees: pictures (BGR, 1280 × 720), and when, in seconds from the beginning."""
        return self.show(seed).frames()

    def rear_frames(self, seed: int = 0) -> Iterator[tuple[Picture, float]]:
        """What the rear camera sees at the same times; an empty lane except where the truth has a second plate."""
        return self.show(seed).frames(rear=True)

    def truth(self, seed: int = 0) -> tuple[Truth, ...]:
        """The vehicles that came, in the order in which they came into view."""
        return self.show(seed).vehicles

    @property
    def vehicles(self) -> tuple[Truth, ...]:
        """The truth of seed 0; how many vehicles and which way is the same for every seed."""
        return self.truth()

    def duration_s(self, seed: int = 0) -> float:
        """How long it takes."""
        return self.show(seed).duration_s

    def frame_count(self, seed: int = 0) -> int:
        """How many frames it has."""
        return len(self.show(seed).times())


def _by_day(name: str, title: str, write: _Writer) -> Scenario:
    return Scenario(name, title, night=False, write=write)


def _at_night(name: str, title: str, write: _Writer) -> Scenario:
    return Scenario(name, title, night=True, write=write)


_ONE = (
    _by_day("lorry_through", "a lorry drives through", lorries.lorry),
    _by_day("lorry_stops", "a lorry stops at the arm for 40 s", partial(lorries.lorry, stop_s=40.0)),
    _by_day("lorry_stands_an_hour", "a lorry stands for an hour", lorries.stands_an_hour),
    _at_night("night_lorry_through", "a lorry drives through at night", partial(lorries.lorry, light=NIGHT)),
    _at_night(
        "night_lorry_stops", "a lorry stops for 40 s, at night", partial(lorries.lorry, stop_s=40.0, light=NIGHT)
    ),
    _by_day("dusk_lorry", "a lorry with its lamps on, at dusk", partial(lorries.lorry, stop_s=5.0, light=DUSK)),
    _at_night("night_glare", "a lorry with glaring lamps, at night", partial(lorries.lorry, stop_s=5.0, light=GLARE)),
    _by_day("front_and_rear", "a tractor with a trailer, seen by both cameras", lorries.front_and_rear),
    _by_day("stands_at_start", "the camera starts while a lorry stands there", lorries.stands_at_start),
    _at_night("night_stands_at_start", "the same at night", partial(lorries.stands_at_start, light=NIGHT)),
    _by_day("no_plate", "a lorry without a plate", lorries.without_plate),
    _by_day("muddy_plate", "a lorry whose plate is under mud", lorries.under_mud),
    _at_night("night_no_plate", "a lorry without a plate at night", partial(lorries.without_plate, light=NIGHT)),
    _by_day(
        "motorcycle",
        "a motorcycle drives in: its plate is at its rear",
        partial(lorries.small_vehicle, body=Body.MOTORCYCLE),
    ),
    _at_night(
        "night_motorcycle",
        "a motorcycle drives in at night",
        partial(lorries.small_vehicle, body=Body.MOTORCYCLE, light=NIGHT),
    ),
    _by_day("car", "a car drives in", partial(lorries.small_vehicle, body=Body.CAR)),
    _at_night("night_car", "a car drives in at night", partial(lorries.small_vehicle, body=Body.CAR, light=NIGHT)),
    _by_day("van", "a van drives in", partial(lorries.small_vehicle, body=Body.VAN)),
    _by_day("lorry_around", "somebody walks around a standing lorry", partial(lorries.walked_around, driver=False)),
    _by_day("driver_gets_out", "a driver gets out and in again", partial(lorries.walked_around, driver=True)),
)
_SEVERAL = (
    _by_day("nose_to_tail", "two lorries nose to tail", lorries.nose_to_tail),
    _at_night("night_nose_to_tail", "two lorries nose to tail, at night", partial(lorries.nose_to_tail, light=NIGHT)),
    _by_day("coupled", "a lorry tows another, 1.5 m behind", lorries.coupled),
    _by_day("queue_of_three", "three lorries queue, stop and go", lorries.queue_of_three),
    _by_day("three_seconds_apart", "two lorries, 3 s apart", lorries.three_seconds_apart),
    _by_day("tailgater", "a car slips through behind a lorry", lorries.tailgater),
    _by_day("two_motorcycles", "two motorcycles, 1 to 2 m apart when they stand", motorcycles.two_behind_each_other),
    _by_day("motorcycle_and_lorry", "a motorcycle rides past a standing lorry", motorcycles.beside_lorry),
    _by_day("motorcycles_abreast", "two motorcycles beside each other", mixed.motorcycles_abreast),
    _by_day("stops_halfway", "a grey lorry stops half through for 20 minutes", mixed.stops_halfway),
    _at_night("night_stops_halfway", "the same at night", partial(mixed.stops_halfway, light=NIGHT)),
    _by_day("close_tailgater", "a car half a metre behind a lorry", mixed.close_tailgater),
    _at_night("night_close_tailgater", "the same at night", partial(mixed.close_tailgater, light=NIGHT)),
)
_BACKWARDS = (
    _by_day("backs_out", "a lorry comes and goes back", lorries.backs_out),
    _by_day("backs_a_little", "a lorry goes back 1 to 2 m, then through", lorries.backs_a_little),
    _by_day("backs_out_and_returns", "a lorry goes back, and through 30 s later", lorries.backs_out_and_returns),
    _by_day("lorry_leaves", "a lorry drives the wrong way", partial(lorries.leaves, body=None)),
    _by_day("motorcycle_leaves", "a motorcycle drives the wrong way", partial(lorries.leaves, body=Body.MOTORCYCLE)),
    _at_night(
        "night_motorcycle_leaves",
        "a motorcycle drives the wrong way at night",
        partial(lorries.leaves, body=Body.MOTORCYCLE, light=NIGHT),
    ),
    _by_day("car_leaves", "a car drives the wrong way", partial(lorries.leaves, body=Body.CAR)),
)
_BESIDE = (
    _by_day("parked_car", "a car is parked beside the lane", partial(lorries.parked, small=True, passing=False)),
    _by_day("parked_lorry", "a lorry is parked beside the lane", partial(lorries.parked, small=False, passing=False)),
    _by_day("parked_car_and_lorry", "a lorry passes a parked car", partial(lorries.parked, small=True, passing=True)),
    _by_day(
        "parked_lorry_and_lorry", "a lorry passes a parked lorry", partial(lorries.parked, small=False, passing=True)
    ),
    _by_day("parks_and_leaves", "one parks beside the lane while a lorry passes", lorries.parks_and_leaves),
    _by_day("lorry_on_next_lane", "a lorry drives past on the next lane", beside.nearby_vehicle),
    _by_day("signs", "signs that look like plates", partial(beside.signs, with_lorry=False)),
    _by_day("signs_and_lorry", "a lorry passes signs that look like plates", partial(beside.signs, with_lorry=True)),
    _by_day("lettering", "lettering in the picture", partial(beside.lettering, with_lorry=False)),
    _by_day("lettering_and_lorry", "a lorry under lettering", partial(beside.lettering, with_lorry=True)),
)
_PEOPLE = (
    _by_day("person_across", "a person walks across", beside.person_across),
    _at_night("night_person_across", "a person walks across at night", partial(beside.person_across, light=NIGHT)),
    _by_day("person_along", "a person walks up to the camera", beside.person_along),
    _at_night("night_person_along", "the same at night", partial(beside.person_along, light=NIGHT)),
    _by_day("two_persons", "two persons beside each other", beside.two_persons),
    _by_day("hand_cart", "a person with a hand cart", partial(beside.person_across, pushes=Pushed.CART)),
    _by_day("hand_cart_along", "a hand cart along the lane", partial(beside.pushed_along, pushes=Pushed.CART)),
    _by_day("bicycle_across", "a bicycle pushed across", partial(beside.person_across, pushes=Pushed.BICYCLE)),
    _by_day("bicycle_along", "a bicycle pushed along", partial(beside.pushed_along, pushes=Pushed.BICYCLE)),
    _by_day("person_runs", "a person runs through the lane", beside.person_runs),
    _at_night("night_person_runs", "the same at night", partial(beside.person_runs, light=NIGHT)),
    _by_day("crowd", "six people cross", partial(beside.crowd, umbrellas=False)),
    _by_day("umbrellas", "six people cross under umbrellas in the rain", partial(beside.crowd, umbrellas=True)),
    _by_day("porters", "twelve people come up the lane", mixed.porters),
    _by_day("dog", "a dog", beside.dog),
)
_LIGHT = (
    _by_day("cloud_shadow", "the shadow of a cloud", beside.cloud_shadow),
    _by_day("neighbours_shadow", "the shadow of a lorry on the next lane", beside.neighbours_shadow),
    _at_night("neighbours_headlights", "headlights on the next lane", beside.neighbours_headlights),
    _at_night("headlight_pool", "headlights of somebody who does not come", beside.headlight_pool),
    _at_night(
        "headlights_in_the_rain", "headlights on the next lane, at night in the rain", mixed.headlights_in_the_rain
    ),
    _by_day("arm_alone", "the arm goes up and down", beside.arm_alone),
    _by_day("rain", "heavy rain", partial(beside.weather, kinds="rain", with_lorry=False)),
    _by_day("rain_and_lorry", "a lorry in heavy rain", partial(beside.weather, kinds="rain", with_lorry=True)),
    _at_night(
        "night_rain_and_lorry", "the same at night", partial(beside.weather, kinds="rain", with_lorry=True, light=NIGHT)
    ),
    _by_day("fog", "drifting fog", partial(beside.weather, kinds="fog", with_lorry=False)),
    _by_day("fog_and_lorry", "a lorry in drifting fog", partial(beside.weather, kinds="fog", with_lorry=True)),
    _by_day("leaves", "leaves before the lens", partial(beside.weather, kinds="leaves", with_lorry=False)),
    _by_day("insects", "insects before the lens", partial(beside.weather, kinds="insects", with_lorry=False)),
    _at_night(
        "night_insects", "the same at night", partial(beside.weather, kinds="insects", with_lorry=False, light=NIGHT)
    ),
)
SCENARIOS: tuple[Scenario, ...] = (*_ONE, *_SEVERAL, *_BACKWARDS, *_BESIDE, *_PEOPLE, *_LIGHT)


def scenario(name: str) -> Scenario:
    """The one of this name; KeyError when there is none."""
    return {one.name: one for one in SCENARIOS}[name]
