"""Scenarios of what is no vehicle in the lane: people, animals, light, shadow, weather, signs, lettering, the arm."""

from __future__ import annotations

import random
from dataclasses import replace

import cv2
import numpy as np

from rendering.fonts import product_faces
from simulation.actors import FAR_M, Arm, Board, Vehicle
from simulation.ground_light import CloudShadow, LampPool, VehicleShadow, passing_lamps
from simulation.motion import ArmPlan, Go, Track, drive
from simulation.people_art import random_look
from simulation.push_art import Pushed
from simulation.scripts import GONE_M, Script, readable_lorry
from simulation.sensor import Caption
from simulation.shot import Light
from simulation.show import Show
from simulation.view import Picture
from simulation.walkers import Dog, Path, Walker
from simulation.weather import Fog, NearLens, Rain, Weather

DAY, NIGHT = Light(), Light(day=0.0, lamps=True)
_NEIGHBOUR_M = 7.4


def _across(rng: random.Random, start_s: float, z: float, *, speed: float) -> Path:
    """From one side of the picture to the other, a little slanting."""
    way = ((-2.2 - z / 12, z), (0.62 * z + 1.2, z + rng.uniform(-1.0, 1.0)))
    return Path(start_s, way if rng.random() < 0.5 else way[::-1], speed)


def _walk(script: Script, walkers: list[Walker]) -> Script:
    script.actors += walkers
    for walker in walkers:
        script.until(walker.path.end_s)
    script.closed_arm()
    return script


def person_across(script: Script, *, pushes: Pushed | None = None, light: Light = DAY) -> Show:
    """A person walks across the lane, or pushes a hand cart or a bicycle across it."""
    rng = script.rng
    path = _across(rng, script.begin_s(), rng.uniform(8.5, 13.5), speed=0.95 if pushes else rng.uniform(1.1, 1.5))
    return replace(_walk(script, [Walker(random_look(rng, pushes=pushes), path)]).show(), light=light)


def person_along(script: Script, *, light: Light = DAY) -> Show:
    """A person walks along the lane towards the camera and past it, close by."""
    rng = script.rng
    x = rng.uniform(0.8, 2.4)
    path = Path(script.begin_s(), ((x, 27.0), (x * 0.8, 8.0), (rng.uniform(0.45, 0.8), 1.0)), rng.uniform(1.1, 1.4))
    return replace(_walk(script, [Walker(random_look(rng), path)]).show(), light=light)


def person_runs(script: Script, *, light: Light = DAY) -> Show:
    """A person runs through the lane, towards the camera or away from it."""
    rng = script.rng
    x, speed = rng.uniform(1.0, 2.4), rng.uniform(3.0, 4.0)
    way = ((x, 40.0), (x * 0.9, 8.0), (rng.uniform(0.7, 1.2), 1.0))
    path = Path(script.begin_s(), way if rng.random() < 0.6 else way[::-1], speed)
    return replace(_walk(script, [Walker(random_look(rng), path)]).show(), light=light)


def pushed_along(script: Script, *, pushes: Pushed) -> Show:
    """A person pushes a hand cart or a bicycle along the lane and past the camera."""
    rng = script.rng
    x = rng.uniform(1.0, 2.3)
    path = Path(script.begin_s(), ((x, 30.0), (x * 0.9, 8.0), (x * 0.7, 1.0)), rng.uniform(0.9, 1.4))
    return _walk(script, [Walker(random_look(rng, pushes=pushes), path)]).show()


def two_persons(script: Script) -> Show:
    """Two persons walk beside each other along the lane."""
    rng, start_s, speed = script.rng, script.begin_s(), script.rng.uniform(1.1, 1.35)
    walkers = [
        Walker(random_look(rng), Path(start_s, ((x, 25.0), (x + rng.uniform(-0.1, 0.1), 1.1)), speed))
        for x in (rng.uniform(1.0, 1.3), rng.uniform(1.75, 2.1))
    ]
    return _walk(script, walkers).show()


def crowd(script: Script, *, umbrellas: bool) -> Show:
    """Six people cross together."""
    rng, start_s = script.rng, script.begin_s()
    leftward, walkers = rng.random() < 0.5, []
    for number in range(6):
        z = 8.5 + 0.9 * number + rng.uniform(-0.2, 0.2)
        way = ((-2.0 - z / 12, z), (0.62 * z + 1.2, z + rng.uniform(-0.5, 0.5)))
        path = Path(start_s + rng.uniform(0, 2.6), way[::-1] if leftward else way, rng.uniform(1.05, 1.35))
        walkers.append(Walker(random_look(rng, umbrella=umbrellas and rng.random() < 0.8), path))
    weather: list[Weather] = [Rain(script.seed, streaks=150, drops=3)] if umbrellas else []
    return replace(_walk(script, walkers).show(), weather=weather)


def dog(script: Script) -> Show:
    """A dog trots across the lane, then another way."""
    rng = script.rng
    coat = rng.choice(((70, 110, 150), (50, 50, 54), (150, 180, 200), (60, 80, 110)))
    z = rng.uniform(8.0, 12.0)
    way = ((-2.6, z), (1.4, z + 0.8), (2.2, z + 0.2), (0.62 * z + 1.5, z + 1.0))
    path = Path(script.begin_s(), way if rng.random() < 0.5 else way[::-1], rng.uniform(1.3, 2.2), (0, 1.5))
    return _walk(script, [Walker(Dog(coat), path)]).show()


def cloud_shadow(script: Script) -> Show:
    """The shadow of a cloud covers the whole picture and goes again."""
    rng = script.rng
    start_s = script.begin_s()
    shadow = CloudShadow(start_s, start_s + rng.uniform(9, 16), rng.uniform(0.35, 0.5), rng.uniform(9, 18))
    script.until(shadow.until_s + 14)
    script.closed_arm()
    return replace(script.show(), ground=[shadow])


def neighbours_shadow(script: Script) -> Show:
    """A lorry on the lane beside throws its hard shadow over ours."""
    rng, x_m = script.rng, _NEIGHBOUR_M + script.rng.uniform(-0.2, 0.2)
    track = drive(script.begin_s(), FAR_M, [Go(GONE_M - 20, rng.uniform(4, 6), end=4.0)], speed=5.0)
    script.comes(readable_lorry(rng), track, x_m=x_m)
    shadow = VehicleShadow(track, x_m, throw_m=rng.uniform(5.6, 7.4), ahead_m=rng.uniform(-2.5, -0.5))
    script.closed_arm()
    return replace(script.show(), ground=[shadow])


def neighbours_headlights(script: Script) -> Show:
    """At night a vehicle turns into the lane beside; its headlights sweep over ours."""
    rng, steps = script.rng, 200
    track = drive(script.begin_s(), 48.0, [Go(GONE_M - 16, rng.uniform(3.5, 5), end=3.5)], speed=4.0)
    script.comes(readable_lorry(rng), track, x_m=_NEIGHBOUR_M)
    turn = np.concatenate([np.linspace(0.0, 0.0, 20), rng.uniform(0.45, 0.7) * np.sin(np.linspace(0, np.pi, steps))])
    sweep = Track(track.start_s, np.append(turn, np.zeros(max(1, len(track.values) - len(turn)))))
    across = Track(track.start_s, np.full(len(track.values), _NEIGHBOUR_M))
    script.closed_arm()
    return replace(script.show(), light=NIGHT, ground=[LampPool(across, track, sweep)])


def headlight_pool(script: Script) -> Show:
    """At night light of headlights falls into the lane, from somebody who does not come."""
    pool = passing_lamps(script.rng, script.begin_s(), strength=1.0)
    script.until(pool.x_m.end_s)
    script.closed_arm()
    return replace(script.show(), light=NIGHT, ground=[pool])


def weather(script: Script, kinds: str, *, with_lorry: bool, light: Light = DAY) -> Show:
    """Rain, fog, leaves or insects, with a lorry or without."""
    found: dict[str, Weather] = {
        "rain": Rain(script.seed + 1),
        "fog": Fog(script.seed + 1, thick=script.rng.uniform(0.6, 0.85)),
        "leaves": NearLens(script.seed + 1, leaves=True),
        "insects": NearLens(script.seed + 1, leaves=False, every_s=0.9),
    }
    if with_lorry:
        script.lorry_through(readable_lorry(script.rng), stop_s=5.0)
    else:
        script.until(34.0)
        script.closed_arm()
    return replace(script.show(), weather=[found[kinds]], light=light)


def lettering(script: Script, *, with_lorry: bool) -> Show:
    """The camera writes time, its name and something that looks like a plate into the picture."""
    rng = script.rng
    shown = f"{rng.choice((29, 12, 98, 15))}{rng.choice('CHD')}-{rng.randrange(100, 999)}.{rng.randrange(10, 99)}"
    low = rng.random() < 0.5
    captions = (
        Caption("{now} CAM-03 HUU NGHI", (24, 44) if low else (24, 700)),
        Caption(shown, (rng.choice((30, 520, 960)), 690 if low else 52), 1.1, boxed=rng.random() < 0.6),
    )
    if with_lorry:
        script.lorry_through(readable_lorry(rng), stop_s=4.0)
    else:
        script.until(30.0)
        script.closed_arm()
    return replace(script.show(), captions=captions)


def signs(script: Script, *, with_lorry: bool) -> Show:
    """Signs whose text looks like plates stand beside the lane and hang above it."""
    rng = script.rng
    beside = f"{rng.choice((29, 51, 98))}C-{rng.randrange(100, 999)}.{rng.randrange(10, 99)}"
    above = f"{rng.choice((12, 20, 36))}H {rng.randrange(10000, 99999)}"
    script.actors += [
        Board(
            _board(beside, (225, 228, 228), (30, 28, 28)), 1.15, (rng.uniform(3.95, 4.4), 1.9, rng.uniform(8.2, 9.2))
        ),
        Board(_board(above, (30, 180, 240), (24, 24, 26)), 3.0, (rng.uniform(1.5, 2.4), 4.1, 46.0), post=False),
    ]
    if with_lorry:
        script.lorry_through(readable_lorry(rng), stop_s=rng.choice((None, 4.0)))
    else:
        script.until(30.0)
        script.closed_arm()
    return replace(script.show(), booth=False)


def _board(text: str, ground: tuple[int, int, int], ink: tuple[int, int, int]) -> Picture:
    """A sign in the lettering of plates."""
    glyphs, high = [], 150
    face = product_faces().latin[0]
    for character in text:
        if character in "-. ":
            gap = np.zeros((high, 40), np.uint8)
            if character == "-":
                gap[66:84, 4:36] = 255
            elif character == ".":
                gap[124:146, 10:30] = 255
            glyphs.append(gap)
        else:
            glyph = np.asarray(face.glyph(character), np.uint8)
            wide = max(20, round(glyph.shape[1] * high / glyph.shape[0]))
            glyphs.append(np.pad(cv2.resize(glyph, (wide, high), interpolation=cv2.INTER_AREA), ((0, 0), (9, 9))))
    line = np.pad(np.hstack(glyphs), ((40, 40), (40, 40)))
    cover = line[..., None].astype(np.float32) / 255
    board = np.array(ground) * (1 - cover) + np.array(ink) * cover
    picture: Picture = board.astype(np.uint8)
    cv2.rectangle(picture, (6, 6), (picture.shape[1] - 7, picture.shape[0] - 7), ink, 7)
    return picture


def arm_alone(script: Script) -> Show:
    """The arm goes up and down, up and down; nobody comes."""
    spans, at_s = [], script.begin_s()
    for _ in range(3):
        up_s = script.rng.uniform(4, 9)
        spans.append((at_s, at_s + up_s))
        at_s += up_s + script.rng.uniform(3, 7)
    script.actors.append(Arm(ArmPlan(tuple(spans))))
    script.until(at_s)
    return script.show()


def nearby_vehicle(script: Script) -> Show:
    """A lorry drives past on the lane beside; ours stays empty."""
    track = drive(script.begin_s(), FAR_M, [Go(GONE_M - 20, script.rng.uniform(4, 6), end=4.0)], speed=5.0)
    script.actors.append(Vehicle(readable_lorry(script.rng), track, _NEIGHBOUR_M))
    script.until(track.end_s)
    script.closed_arm()
    return script.show()
