"""Scenarios of who shares the lane in ways that are easily miscounted: abreast, close behind, halfway, in crowds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from contract.vocabulary import Direction
from simulation.actors import FAR_M, length_of
from simulation.car_art import Body, random_small_vehicle
from simulation.ground_light import LampPool
from simulation.motion import Go, Queuer, Track, Wait, drive
from simulation.people_art import random_look
from simulation.scripts import GONE_M, Coming, Leg, Script, readable_lorry
from simulation.scripts_lorries import DAY, NIGHT
from simulation.shot import Light
from simulation.show import Show, Truth
from simulation.view import LANE_M
from simulation.walkers import Path, Walker
from simulation.weather import Rain

_NEIGHBOUR_M = 7.4
_ROAD_GREY = (104, 104, 104)


def motorcycles_abreast(script: Script) -> Show:
    """Two motorcycles beside each other, one a little ahead."""
    rng = script.rng
    legs: list[Leg] = [Go(9.0, 7.0, end=5.0, accel=1.2), Go(GONE_M - 2.5, 5.0, end=5.0)]
    first_s = script.begin_s()
    tracks = []
    for number, x_m in enumerate((LANE_M - rng.uniform(0.6, 0.75), LANE_M + rng.uniform(0.6, 0.75))):
        motorcycle = random_small_vehicle(rng, Body.MOTORCYCLE)
        track = drive(first_s + number * rng.uniform(0.0, 0.25), FAR_M, legs, speed=7.0)
        script.comes(motorcycle, track, x_m=x_m)
        script.truths.append(Truth(None, Direction.IN))
        tracks.append((track, motorcycle))
    script.arm(tracks)
    return script.show()


def stops_halfway(script: Script, *, light: Light = DAY) -> Show:
    """A lorry whose trailer is as grey as the road stops when it is half through, and goes on after twenty minutes."""
    rng = script.rng
    vehicle = replace(readable_lorry(rng), paint=_ROAD_GREY)
    while vehicle.rigid:
        vehicle = replace(readable_lorry(rng), paint=_ROAD_GREY)
    halfway_m = -rng.uniform(4.0, 6.0)
    legs: list[Leg] = [
        Go(script.stop_m(), 7.5, accel=1.3),
        Wait(rng.uniform(3, 6)),
        Go(halfway_m, 2.5, accel=0.8),
        Wait(1200.0),
        Go(GONE_M - length_of(vehicle), 3.5, end=3.5, accel=0.8),
    ]
    track = script.drives_in(vehicle, legs)
    stopped_s = track.first_below(halfway_m + 0.05) + 10
    script.arm([(track, vehicle)])
    return replace(script.show(), light=light, slow=((stopped_s, stopped_s + 1200.0 - 30),))


def close_tailgater(script: Script, *, light: Light = DAY) -> Show:
    """A car half a metre behind a lorry, under the same opening."""
    rng = script.rng
    lead = Queuer(0, speed=2.8, halts_s=rng.uniform(3, 6), stop_m=script.stop_m())
    car = Queuer(0, speed=3.2, gap_m=0.5, headway_s=0.25, accel=1.0, behind_m=4.0)
    vehicles: list[Coming] = [readable_lorry(rng), random_small_vehicle(rng, Body.CAR)]
    script.queue_through(vehicles, [lead, car])
    script.truths[1] = Truth(None, Direction.IN)  # the lorry hides its plate
    return replace(script.show(), light=light)


def headlights_in_the_rain(script: Script) -> Show:
    """At night, in heavy rain, a lorry comes past on the lane beside, its lamps over our wet lane."""
    rng = script.rng
    track = drive(script.begin_s(), 60.0, [Go(GONE_M - 16, rng.uniform(4, 6), end=4.0)], speed=5.0)
    script.comes(readable_lorry(rng), track, x_m=_NEIGHBOUR_M)
    across = Track(track.start_s, np.full(len(track.values), _NEIGHBOUR_M - rng.uniform(0.6, 1.4)))
    straight = Track(track.start_s, np.full(len(track.values), rng.uniform(0.05, 0.15)))
    script.closed_arm()
    rain = Rain(script.seed + 1)
    return replace(script.show(), light=NIGHT, ground=[LampPool(across, track, straight)], weather=[rain])


def porters(script: Script) -> Show:
    """A dozen people come up the lane in a loose column, past the camera."""
    rng, start_s = script.rng, script.begin_s()
    for number in range(12):
        x = rng.uniform(0.5, 3.1)
        way = ((x, 30.0), (x + rng.uniform(-0.2, 0.2), 8.0), (max(0.5, x - 0.3), 1.0))
        path = Path(start_s + number * rng.uniform(0.5, 1.1), way, rng.uniform(1.05, 1.4))
        script.actors.append(Walker(random_look(rng), path))
        script.until(path.end_s)
    script.closed_arm()
    return script.show()
