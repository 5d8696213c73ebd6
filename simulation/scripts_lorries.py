"""Scenarios of vehicles in the lane: alone, in a queue, backwards, without a plate, of other kinds."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from contract.vocabulary import Direction
from simulation.actors import FAR_M, Vehicle, length_of
from simulation.car_art import Body, random_small_vehicle
from simulation.ground_light import Brightness, GroundLight, passing_lamps
from simulation.motion import ArmPlan, Go, Queuer, Track, Wait, drive, standing
from simulation.people_art import random_look
from simulation.scripts import GONE_M, Coming, Leg, Script, plate_of, readable_lorry
from simulation.shot import Light
from simulation.show import Show, Truth
from simulation.walkers import Path, Walker

DAY, DUSK, NIGHT = Light(), Light(day=0.42, lamps=True, glare=1.7), Light(day=0.0, lamps=True)
GLARE = Light(day=0.0, lamps=True, glare=2.6)


def lorry(script: Script, *, stop_s: float | None = None, light: Light = DAY) -> Show:
    """A lorry drives through, or stops at the arm first."""
    script.lorry_through(readable_lorry(script.rng), stop_s=stop_s)
    return replace(script.show(), light=light)


def stands_an_hour(script: Script) -> Show:
    """A lorry stands for an hour while the light changes, people pass and headlights turn."""
    rng, stay_s = script.rng, 3600.0
    track = script.lorry_through(readable_lorry(rng), stop_s=stay_s)
    stopped_s = track.first_below(7.6) + 8
    spans: list[tuple[float, float]] = []
    at_s = stopped_s
    ground: list[GroundLight] = []
    while at_s < stopped_s + stay_s - 620:
        step_s = rng.uniform(240, 520)
        z, way = rng.uniform(8.5, 20.0), rng.choice((1, -1))
        path = Path(at_s + step_s, ((-2.2, z), (0.35, z + 1), (0.35, 22.0), (-2.4, 24.0))[::way], rng.uniform(1.1, 1.5))
        script.actors.append(Walker(random_look(rng), path))
        if len(spans) % 2:
            ground.append(passing_lamps(rng, path.start_s, strength=0.4))
        spans.append((at_s, path.start_s - 2))
        at_s = path.end_s + 2
    spans.append((at_s, stopped_s + stay_s - 30))
    dims, phase = rng.uniform(0.35, 0.5), rng.uniform(0, 6)

    def light(now_s: float) -> float:
        share = min(1.0, max(0.0, (now_s - stopped_s) / stay_s))
        return 1 - dims * share + 0.07 * share * math.sin(now_s / 140 + phase)

    ground.append(Brightness(light))
    return replace(script.show(), ground=ground, slow=tuple(spans))


def nose_to_tail(script: Script, *, light: Light = DAY) -> Show:
    """Two lorries close together under one opening; the second follows the first without a stop."""
    rng = script.rng
    first = Queuer(0, speed=2.8, halts_s=rng.uniform(4, 9), stop_m=script.stop_m())
    second = Queuer(0, speed=3.6, gap_m=rng.uniform(1.0, 2.0), headway_s=1.25, accel=0.8, behind_m=5.0)
    script.queue_through([readable_lorry(rng), readable_lorry(rng)], [first, second])
    return replace(script.show(), light=light)


def coupled(script: Script) -> Show:
    """A lorry tows another: the plate of the second never comes into the open."""
    towing, towed = readable_lorry(script.rng), readable_lorry(script.rng)
    x_m = script.side_m()
    track = drive(script.begin_s(), FAR_M, script.through(towing), speed=6.0)
    end_m = GONE_M - length_of(towing)
    legs = Track(track.start_s, np.append(track.values, np.arange(end_m, end_m - 22, -0.18)))
    behind = Track(legs.start_s, legs.values + length_of(towing) + script.rng.uniform(1.2, 1.7))
    script.comes(towing, legs, x_m=x_m)
    script.comes(towed, behind, x_m=x_m)
    script.truths += [Truth(plate_of(towing), Direction.IN), Truth(None, Direction.IN)]
    script.arm([(legs, towing), (behind, towed)])
    return script.show()


def queue_of_three(script: Script) -> Show:
    """Three lorries queue, each stops at the arm."""
    rng = script.rng
    queuers = [
        Queuer(0, speed=3.4, gap_m=rng.uniform(1.1, 2.0), halts_s=rng.uniform(4, 9), stop_m=script.stop_m())
        for _ in range(3)
    ]
    script.queue_through([readable_lorry(rng) for _ in queuers], queuers)
    return script.show()


def three_seconds_apart(script: Script) -> Show:
    """Two lorries that do not stop, three seconds between them."""
    queuers = [Queuer(0, speed=3.6), Queuer(0, speed=3.6, headway_s=2.6, behind_m=11.5)]
    script.queue_through([readable_lorry(script.rng) for _ in queuers], queuers)
    return script.show()


def tailgater(script: Script) -> Show:
    """A car slips through behind a lorry, under the same opening."""
    rng = script.rng
    lead = Queuer(0, speed=2.8, halts_s=rng.uniform(3, 6), stop_m=script.stop_m())
    car = Queuer(0, speed=2.6, gap_m=2.0, headway_s=1.2, accel=0.7)
    vehicles: list[Coming] = [readable_lorry(rng), random_small_vehicle(rng, Body.CAR)]
    script.queue_through(vehicles, [lead, car])
    return script.show()


def backs_out(script: Script) -> Show:
    """A lorry comes, stands, and goes back the way it came."""
    rng = script.rng
    legs: list[Leg] = [
        Go(script.stop_m(), 7.0, accel=1.3),
        Wait(rng.uniform(5, 12)),
        Go(FAR_M + 3, rng.uniform(2.6, 3.6)),
    ]
    script.drives_in(readable_lorry(rng), legs)
    script.truths[-1] = replace(script.truths[-1], cancelled=True)
    script.closed_arm()
    return script.show()


def backs_a_little(script: Script) -> Show:
    """A lorry noses in, goes back a metre or two, then goes through."""
    rng, vehicle, stop_m = script.rng, readable_lorry(script.rng), script.stop_m()
    legs: list[Leg] = [
        Go(stop_m, 7.0, accel=1.3),
        Wait(rng.uniform(3, 6)),
        Go(stop_m + rng.uniform(1.0, 2.0), 0.8, accel=0.5),
    ]
    legs += [Wait(rng.uniform(3, 7)), *script.through(vehicle, stop_s=0.0)[2:]]
    track = script.drives_in(vehicle, legs)
    script.arm([(track, vehicle)])
    return script.show()


def backs_out_and_returns(script: Script) -> Show:
    """A lorry goes back out of sight, comes again after half a minute, and goes through."""
    rng, vehicle = script.rng, readable_lorry(script.rng)
    legs: list[Leg] = [Go(script.stop_m(), 7.0, accel=1.3), Wait(rng.uniform(4, 8)), Go(FAR_M + 3, 4.0)]
    left = script.drives_in(vehicle, legs)
    script.truths[-1] = replace(script.truths[-1], cancelled=True)
    back = script.drives_in(vehicle, script.through(vehicle, stop_s=5.0), start_s=left.end_s + 30)
    script.arm([(back, vehicle)])
    return script.show()


def without_plate(script: Script, *, light: Light = DAY) -> Show:
    """A lorry without any plate."""
    script.lorry_through(replace(readable_lorry(script.rng), front=None), stop_s=4.0)
    return replace(script.show(), light=light)


def under_mud(script: Script) -> Show:
    """A lorry whose plate cannot be read."""
    script.lorry_through(replace(readable_lorry(script.rng), muddy=True), stop_s=4.0)
    return script.show()


def small_vehicle(script: Script, body: Body, *, light: Light = DAY) -> Show:
    """A car, a van or a motorcycle; a motorcycle has no plate at its front."""
    vehicle = random_small_vehicle(script.rng, body)
    script.lorry_through(vehicle, stop_s=script.rng.choice((None, 3.0)))
    return replace(script.show(), light=light)


def leaves(script: Script, body: Body | None, *, light: Light = DAY) -> Show:
    """A lorry, or a small vehicle, drives away from the camera, the wrong way: its rear is seen."""
    vehicle = random_small_vehicle(script.rng, body) if body else readable_lorry(script.rng)
    speed, start_s = script.rng.uniform(3.0, 4.5), script.begin_s()
    track = drive(start_s, -length_of(vehicle) - 0.5, [Go(FAR_M + 3, speed, end=speed)], speed=2.5)
    script.comes(vehicle, track, rear_first=True)
    script.truths.append(Truth(plate_of(vehicle, rear=True), Direction.OUT))
    gone_s = track.start_s + float(np.argmax(track.values > 7.0)) * 0.05
    script.open_arm(ArmPlan(((start_s - 2.6, gone_s),)))
    return replace(script.show(), light=light)


def front_and_rear(script: Script) -> Show:
    """A tractor with a trailer, seen by both cameras of the lane."""
    vehicle = readable_lorry(script.rng)
    while vehicle.rigid:
        vehicle = readable_lorry(script.rng)
    track = script.drives_in(vehicle, [*script.through(vehicle, stop_s=4.0)[:2], Go(-FAR_M - 16, 5.0, end=5.0)])
    script.arm([(track, vehicle)])
    script.truths[-1] = replace(script.truths[-1], second_plate=plate_of(vehicle, rear=True))
    tail = Track(track.start_s, -(track.values + length_of(vehicle)))
    return replace(script.show(), rear_actors=(Vehicle(vehicle, tail, rear_first=True),))


def stands_at_start(script: Script, *, light: Light = DAY) -> Show:
    """The camera starts while a lorry stands before the arm; later it goes."""
    vehicle, stop_m = readable_lorry(script.rng), script.stop_m()
    end_m = GONE_M - length_of(vehicle)
    track = drive(0.0, stop_m, [Wait(script.rng.uniform(15, 25)), Go(end_m, 4.0, end=4.0, accel=0.8)])
    script.comes(vehicle, track)
    script.truths.append(Truth(plate_of(vehicle), Direction.IN))
    script.arm([(track, vehicle)])
    return replace(script.show(), light=light)


def walked_around(script: Script, *, driver: bool) -> Show:
    """A lorry stands; somebody walks around it, or its driver gets out and in again."""
    rng, vehicle = script.rng, readable_lorry(script.rng)
    track = script.lorry_through(vehicle, stop_s=70.0)
    stop_m = float(np.median(track.values))
    start_s = track.first_below(stop_m + 0.05) + rng.uniform(4, 8)
    door, front = (0.34, stop_m + 1.2), stop_m - 0.9
    way: tuple[tuple[float, float], ...]
    if driver:
        way = (door, (0.3, stop_m - 0.2), (0.5, front), (2.2, front), (0.5, front), (0.3, stop_m - 0.2), door, door)
        path = Path(start_s, way, 1.0, (1.5, 0, 0, 8.0, 0, 0, 1.5))
    else:
        back = stop_m + length_of(vehicle) + 1
        way = ((-2.0, back + 3), (0.3, back), (0.3, front), (3.4, front), (3.4, back), (0.3, back), (-2.4, back + 3))
        path = Path(start_s, way, 1.5, (0, 0, 2.0, 3.0))
    script.actors.append(Walker(random_look(rng), path))
    return script.show()


def parked(script: Script, *, small: bool, passing: bool) -> Show:
    """A vehicle with a readable plate stands beside the lane from the beginning; a lorry drives by, or none."""
    rng = script.rng
    vehicle = random_small_vehicle(rng, Body.CAR) if small else readable_lorry(rng)
    script.until(26.0)
    if passing:
        script.lorry_through(readable_lorry(rng), stop_s=rng.choice((None, 4.0)))
    else:
        script.closed_arm()
    place = standing(rng.uniform(13.2, 15.5), 0.0, script.last_s + 60)
    script.actors.append(Vehicle(vehicle, place, rng.uniform(7.2, 7.7), lamps=False))
    return replace(script.show(), booth=False)


def parks_and_leaves(script: Script) -> Show:
    """A vehicle parks beside the lane and leaves later; in between a lorry drives through the lane."""
    rng = script.rng
    vehicle = random_small_vehicle(rng, Body.VAN) if rng.random() < 0.5 else readable_lorry(rng)
    begin_s = script.begin_s()
    track = drive(
        begin_s, FAR_M, [Go(rng.uniform(13.2, 15.0), 6.0), Wait(62.0), Go(GONE_M - 15, 3.5, end=3.5)], speed=6
    )
    script.actors.append(Vehicle(vehicle, track, rng.uniform(7.2, 7.6)))
    guest = readable_lorry(rng)
    passing = script.drives_in(guest, script.through(guest, stop_s=4.0), start_s=begin_s + 30)
    script.arm([(passing, guest)])
    script.until(track.end_s)
    return replace(script.show(), booth=False)
