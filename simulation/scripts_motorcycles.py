"""Scenarios of motorcycles that share the lane: one close behind another, one beside a lorry."""

from __future__ import annotations

from contract.vocabulary import Direction
from simulation.actors import FAR_M, length_of
from simulation.car_art import Body, random_small_vehicle
from simulation.motion import Go, Queuer, drive
from simulation.scripts import GONE_M, Script, plate_of, readable_lorry
from simulation.show import Show, Truth


def two_behind_each_other(script: Script) -> Show:
    """Two motorcycles under one opening; the second follows the first without a stop of its own."""
    rng = script.rng
    first = Queuer(0, speed=rng.uniform(5.5, 7.0), halts_s=rng.uniform(2, 5), stop_m=script.stop_m(), accel=1.4)
    second = Queuer(0, speed=7.0, gap_m=rng.uniform(1.0, 2.0), headway_s=0.8, accel=1.4, behind_m=rng.uniform(3, 6))
    script.queue_through([random_small_vehicle(rng, Body.MOTORCYCLE) for _ in range(2)], [first, second])
    return script.show()


def beside_lorry(script: Script) -> Show:
    """A lorry stands at the arm; a motorcycle comes up beside it, on the camera's side, and rides on past it."""
    rng, lorry, motorcycle = script.rng, readable_lorry(script.rng), random_small_vehicle(script.rng, Body.MOTORCYCLE)
    track = drive(script.begin_s(), FAR_M, script.through(lorry, stop_s=16.0), speed=rng.uniform(6.0, 8.0))
    script.comes(lorry, track, x_m=2.25)
    start_s = track.first_below(7.6) + rng.uniform(1.0, 3.0)
    rides = drive(start_s, FAR_M, [Go(GONE_M - length_of(motorcycle), 5.5, end=4.5, accel=1.2)], speed=6.5)
    script.comes(motorcycle, rides, x_m=rng.uniform(0.4, 0.5))
    script.truths += [Truth(plate_of(lorry), Direction.IN), Truth(None, Direction.IN)]
    script.arm([(rides, motorcycle), (track, lorry)])
    return script.show()
