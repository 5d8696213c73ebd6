"""People and dogs, drawn from joints: every picture is one moment of a step. Nobody in particular."""

from __future__ import annotations

import functools
import math
import random
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from simulation.canvas import Bgr, Canvas, shaded
from simulation.push_art import Pushed, bicycle_from_side, cart_from_side, push_along
from simulation.view import Picture

PHASES = 8
"""Moments of a step that are drawn."""
STRIDE_M = 1.35
"""A person's way in one full step, left and right."""
DOG_STRIDE_M = 0.8
ART_PX_PER_M = 200.0
_BLACK: Bgr = (28, 28, 30)


class Facing(StrEnum):
    """How one sees somebody who walks."""

    SIDE = "side"
    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody wears and carries."""

    shirt: Bgr
    trousers: Bgr
    skin: Bgr
    hair: Bgr
    hat: str = ""  # "cap", "helmet", "cone" or none
    vest: bool = False
    umbrella: Bgr | None = None
    pushes: Pushed | None = None
    tall: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A flat picture with its shape (255 where it is), standing on its lower edge, walking to the right."""

    image: Picture
    mask: Picture
    px_per_m: float = ART_PX_PER_M


def random_look(rng: random.Random, *, umbrella: bool = False, pushes: Pushed | None = None) -> Look:
    """Somebody."""
    shirts = (
        (190, 120, 60),
        (60, 60, 170),
        (215, 215, 212),
        (70, 110, 60),
        (90, 80, 76),
        (150, 170, 190),
        (60, 50, 90),
    )
    canopies = ((60, 40, 170), (140, 70, 30), (40, 40, 42), (60, 140, 60), (40, 170, 220))
    return Look(
        shirt=rng.choice(shirts),
        trousers=rng.choice(((70, 56, 48), (44, 44, 46), (96, 104, 112), (84, 62, 44))),
        skin=rng.choice(((120, 150, 196), (104, 134, 178), (134, 164, 206))),
        hair=(26, 26, 30),
        hat=rng.choice(("", "", "cap", "helmet", "cone")),
        vest=rng.random() < 0.3,
        umbrella=rng.choice(canopies) if umbrella else None,
        pushes=pushes,
        tall=rng.uniform(0.93, 1.05),
    )


@functools.lru_cache(maxsize=256)
def draw_person(look: Look, facing: Facing, phase: int) -> Sprite:
    """Somebody in the middle of a step, of `PHASES`."""
    wide = 4.2 if look.pushes and facing is Facing.SIDE else 1.7
    canvas = Canvas(wide, 2.5 if look.umbrella else 2.0, ART_PX_PER_M)
    turn = 2 * math.pi * phase / PHASES
    bob = 0.025 * abs(math.sin(turn))
    if facing is Facing.SIDE:
        _walk_sideways(canvas, look, turn, bob)
    else:
        _walk_along(canvas, look, turn, bob, back=facing is Facing.BACK)
    if look.umbrella:
        _umbrella(canvas, look.umbrella, bob)
    _cloth(canvas, phase)
    return _sized(canvas, look.tall)


def _limb(canvas: Canvas, points: list[tuple[float, float]], widths: tuple[float, ...], colour: Bgr) -> None:
    """Tapering from joint to joint."""
    for index in range(len(points) - 1):
        (x1, y1), (x2, y2) = points[index], points[index + 1]
        length = max(1e-6, math.hypot(x2 - x1, y2 - y1))
        nx, ny = (y1 - y2) / length, (x2 - x1) / length
        a, b = widths[index] / 2, widths[index + 1] / 2
        quad = [(x1 + nx * a, y1 + ny * a), (x2 + nx * b, y2 + ny * b)]
        quad += [(x2 - nx * b, y2 - ny * b), (x1 - nx * a, y1 - ny * a)]
        canvas.polygon(quad, colour)
        canvas.disc(x1, y1, a, colour)
        canvas.disc(x2, y2, b, colour)


def _from(point: tuple[float, float], length: float, angle: float) -> tuple[float, float]:
    """`length` below a point, swung forward (to the right) by `angle`."""
    return point[0] + length * math.sin(angle), point[1] - length * math.cos(angle)


def _walk_sideways(canvas: Canvas, look: Look, turn: float, bob: float) -> None:
    hip, shoulder = (0.0, 0.9 + bob), (0.03, 1.4 + bob)
    pushes = look.pushes is not None

    def leg(swing: float, colour: Bgr) -> None:
        thigh = 0.5 * math.sin(swing)
        bend = 0.12 + 0.75 * max(0.0, math.cos(swing)) ** 1.5
        knee = _from(hip, 0.44, thigh)
        ankle = _from(knee, 0.42, thigh - bend)
        _limb(canvas, [hip, knee, ankle], (0.19, 0.14, 0.1), colour)
        toe = thigh - bend
        x, y = ankle
        heel, tip = (x - 0.07, max(0.0, y - 0.07)), (x + 0.19, max(0.0, y - 0.06 + 0.19 * math.sin(toe) * 0.6))
        canvas.polygon([heel, tip, (tip[0] - 0.02, tip[1] + 0.06), (x + 0.05, y + 0.03), (x - 0.07, y + 0.02)], _BLACK)

    def arm(swing: float, colour: Bgr) -> None:
        upper = 0.75 if pushes else -0.45 * math.sin(swing)
        elbow = _from(shoulder, 0.29, upper)
        hand = _from(elbow, 0.27, upper + (0.65 if pushes else 0.3))
        if look.umbrella:
            elbow, hand = _from(shoulder, 0.27, 0.35), (0.22, 1.36 + bob)
        _limb(canvas, [shoulder, elbow], (0.13, 0.11), colour)
        _limb(canvas, [elbow, hand], (0.09, 0.07), look.skin)
        canvas.disc(*hand, 0.048, look.skin)

    arm(turn + math.pi, shaded(look.shirt, 0.7))
    leg(turn + math.pi, shaded(look.trousers, 0.72))
    leg(turn, look.trousers)
    body = [(-0.12, 0.84), (0.11, 0.84), (0.13, 1.12), (0.15, 1.32), (0.09, 1.45), (-0.06, 1.46), (-0.13, 1.34)]
    canvas.polygon([(x, y + bob) for x, y in body], look.shirt)
    if look.vest:
        _vest(canvas, bob, 0.13)
    canvas.box(-0.03, 1.42 + bob, 0.07, 1.54 + bob, shaded(look.skin, 0.85))
    _head(canvas, look, (0.05, 1.63 + bob), side=True)
    arm(turn, shaded(look.shirt, 0.9))
    if look.pushes is Pushed.CART:
        cart_from_side(canvas, turn)
    elif look.pushes is Pushed.BICYCLE:
        bicycle_from_side(canvas, turn)


def _walk_along(canvas: Canvas, look: Look, turn: float, bob: float, *, back: bool) -> None:
    for side in (-1, 1):
        swing = math.sin(turn + (0 if side > 0 else math.pi))
        lift = 0.1 * max(0.0, swing)
        hip, foot = (side * 0.09, 0.9 + bob), (side * 0.1, 0.09 + lift)
        knee = (side * 0.105, 0.48 + 0.5 * lift + bob)
        colour = shaded(look.trousers, 1.0 if swing > 0 else 0.82)
        _limb(canvas, [hip, knee, foot], (0.19, 0.15, 0.11), colour)
        canvas.box(side * 0.1 - 0.055, lift, side * 0.1 + 0.055, 0.11 + lift, _BLACK, round_m=0.03)
        shoulder = (side * 0.21, 1.39 + bob)
        elbow = (side * 0.26, 1.11 + 0.05 * swing + bob)
        hand = (side * 0.25, 0.85 - 0.07 * swing + bob)
        if look.umbrella and side > 0:
            elbow, hand = (0.28, 1.14 + bob), (0.12, 1.3 + bob)
        _limb(canvas, [shoulder, elbow], (0.13, 0.11), shaded(look.shirt, 0.86))
        _limb(canvas, [elbow, hand], (0.09, 0.07), look.skin)
        canvas.disc(*hand, 0.048, look.skin)
    if back and look.pushes:
        push_along(canvas, look.pushes)
    body = [(-0.17, 0.84), (0.17, 0.84), (0.18, 1.1), (0.23, 1.36), (0.19, 1.44), (0.08, 1.48)]
    body += [(-0.08, 1.48), (-0.19, 1.44), (-0.23, 1.36), (-0.18, 1.1)]
    canvas.polygon([(x, y + bob) for x, y in body], look.shirt)
    canvas.line([(0, 0.86 + bob), (0, 1.44 + bob)], shaded(look.shirt, 0.8), 0.015)
    if look.vest:
        _vest(canvas, bob, 0.2)
    canvas.box(-0.055, 1.42 + bob, 0.055, 1.54 + bob, shaded(look.skin, 0.82))
    _head(canvas, look, (0.0, 1.63 + bob), side=False, back=back)
    if look.pushes and not back:
        push_along(canvas, look.pushes)


def _vest(canvas: Canvas, bob: float, half: float) -> None:
    canvas.polygon([(x, y + bob) for x, y in ((-half, 0.9), (half, 0.9), (half, 1.42), (-half, 1.42))], (40, 210, 215))
    for y in (1.02, 1.18):
        canvas.box(-half, y + bob, half, y + 0.045 + bob, (216, 220, 220))


def _head(canvas: Canvas, look: Look, at: tuple[float, float], *, side: bool, back: bool = False) -> None:
    x, y = at
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)

    def oval(dx: float, dy: float, wide: float, high: float, colour: Bgr) -> None:
        canvas.polygon([(x + dx + wide * float(np.cos(t)), y + dy + high * float(np.sin(t))) for t in turns], colour)

    oval(0, 0.02, 0.1, 0.135, look.hair)
    if not back:
        oval(0.025 if side else 0, -0.02, 0.082, 0.11, look.skin)
        if side:
            canvas.polygon([(x + 0.1, y), (x + 0.125, y - 0.03), (x + 0.1, y - 0.045)], look.skin)
        else:
            for eye in (-0.033, 0.033):
                canvas.disc(x + eye, y + 0.005, 0.011, _BLACK)
            canvas.line([(x - 0.03, y - 0.07), (x + 0.03, y - 0.07)], shaded(look.skin, 0.7), 0.012)
    if look.hat == "cap":
        canvas.polygon(
            [(x - 0.11, y + 0.06), (x + 0.11, y + 0.06), (x + 0.08, y + 0.15), (x - 0.08, y + 0.15)], (70, 60, 50)
        )
        if side:
            canvas.box(x + 0.07, y + 0.05, x + 0.2, y + 0.075, (60, 50, 44))
    elif look.hat == "helmet":
        oval(0, 0.075, 0.125, 0.085, (40, 190, 235))
        canvas.box(x - 0.14, y + 0.04, x + 0.14, y + 0.065, (40, 180, 225))
    elif look.hat == "cone":
        canvas.polygon([(x - 0.25, y + 0.03), (x + 0.25, y + 0.03), (x, y + 0.24)], (160, 200, 218))
        canvas.polygon([(x, y + 0.03), (x + 0.25, y + 0.03), (x, y + 0.24)], (136, 178, 198))


def _umbrella(canvas: Canvas, colour: Bgr, bob: float) -> None:
    x, y = 0.12, 1.86 + bob
    canvas.line([(x, 1.3 + bob), (x, y + 0.3)], (60, 60, 62), 0.02)
    arc = [(x + 0.62 * math.cos(t), y + 0.36 * math.sin(t)) for t in np.linspace(0, math.pi, 20)]
    canvas.polygon(arc, colour)
    for index, (left, right) in enumerate(((-0.62, -0.3), (-0.3, 0.08), (0.08, 0.4), (0.4, 0.62))):
        tip = (x + 0.01, y + 0.36)
        canvas.polygon([(x + left, y + 0.02), (x + right, y - 0.03), tip], shaded(colour, 1.1 if index % 2 else 0.85))


@functools.lru_cache(maxsize=64)
def draw_dog(coat: Bgr, facing: Facing, phase: int) -> Sprite:
    """A dog that trots."""
    canvas = Canvas(1.4, 0.9, ART_PX_PER_M)
    turn = 2 * math.pi * phase / PHASES
    bob = 0.015 * math.sin(2 * turn)
    if facing is Facing.SIDE:
        _trot(canvas, coat, turn, bob)
    else:
        for side in (-1, 1):
            lift = 0.06 * max(0.0, math.sin(turn + (0 if side > 0 else math.pi)))
            _limb(canvas, [(side * 0.08, 0.4), (side * 0.09, 0.03 + lift)], (0.09, 0.055), shaded(coat, 0.85))
        canvas.disc(0, 0.45 + bob, 0.15, coat)
        canvas.disc(0, 0.62 + bob, 0.095, shaded(coat, 1.1))
        canvas.disc(0, 0.585 + bob, 0.045, shaded(coat, 0.6))
        for side in (-1, 1):
            canvas.polygon(
                [(side * 0.09, 0.66 + bob), (side * 0.03, 0.7 + bob), (side * 0.085, 0.79 + bob)], shaded(coat, 0.7)
            )
    _cloth(canvas, phase)
    return Sprite(canvas.image, canvas.mask)


def _trot(canvas: Canvas, coat: Bgr, turn: float, bob: float) -> None:
    def leg(x: float, swing: float, colour: Bgr, bend_way: float) -> None:
        hip = (x, 0.42 + bob)
        knee = _from(hip, 0.2, 0.45 * math.sin(swing))
        bend = bend_way * (0.2 + 0.5 * max(0.0, math.cos(swing)))
        paw = _from(knee, 0.21, 0.45 * math.sin(swing) + bend)
        _limb(canvas, [hip, knee, paw], (0.12, 0.07, 0.05), colour)
        canvas.box(paw[0] - 0.03, paw[1] - 0.025, paw[0] + 0.05, paw[1] + 0.02, colour, round_m=0.02)

    for x, offset, bend in ((-0.27, math.pi, 1.0), (0.24, 0.0, -0.8)):
        leg(x, turn + offset, shaded(coat, 0.65), bend)
    body = [(-0.36, 0.5), (-0.3, 0.56), (0.1, 0.57), (0.3, 0.6), (0.36, 0.5), (0.3, 0.36), (0.05, 0.37), (-0.2, 0.42)]
    canvas.polygon([(x, y + bob) for x, y in (*body, (-0.34, 0.4))], coat)
    for x, offset, bend in ((-0.27, 0.0, 1.0), (0.24, math.pi, -0.8)):
        leg(x, turn + offset, shaded(coat, 0.9), bend)
    _limb(canvas, [(0.28, 0.53 + bob), (0.42, 0.7 + bob)], (0.2, 0.14), coat)
    canvas.disc(0.45, 0.72 + bob, 0.095, coat)
    _limb(canvas, [(0.48, 0.7 + bob), (0.61, 0.67 + bob)], (0.11, 0.06), shaded(coat, 0.92))
    canvas.disc(0.63, 0.68 + bob, 0.022, _BLACK)
    canvas.disc(0.49, 0.745 + bob, 0.014, _BLACK)
    canvas.polygon([(0.37, 0.77 + bob), (0.45, 0.79 + bob), (0.39, 0.89 + bob)], shaded(coat, 0.6))
    wag = 0.04 * math.sin(2 * turn)
    _limb(
        canvas, [(-0.34, 0.52 + bob), (-0.47, 0.6 + wag), (-0.52, 0.72 + wag)], (0.06, 0.05, 0.03), shaded(coat, 0.85)
    )


def _cloth(canvas: Canvas, seed: int) -> None:
    """Folds, and light from above."""
    height, width = canvas.mask.shape
    folds = np.random.default_rng(seed).normal(0, 1, (height // 6, width // 10)).astype(np.float32)
    light = 1 + 0.5 * cv2.resize(cv2.GaussianBlur(folds, (0, 0), 1.2), (width, height))
    light *= np.linspace(1.08, 0.88, height, dtype=np.float32)[:, None]
    canvas.image[:] = np.clip(canvas.image * np.clip(light, 0.7, 1.25)[..., None], 0, 255).astype(np.uint8)


def _sized(canvas: Canvas, tall: float) -> Sprite:
    return Sprite(canvas.image, canvas.mask, ART_PX_PER_M / tall)
