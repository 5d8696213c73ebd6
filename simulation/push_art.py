"""What people push along, drawn beside or before them: a hand cart, a bicycle."""

from __future__ import annotations

import math
from enum import StrEnum

from simulation.canvas import Bgr, Canvas

_BLACK: Bgr = (28, 28, 30)
_STEEL: Bgr = (120, 122, 126)
_FRAME: Bgr = (60, 110, 60)


class Pushed(StrEnum):
    """What somebody pushes along."""

    CART = "cart"
    BICYCLE = "bicycle"


def cart_from_side(canvas: Canvas, turn: float) -> None:
    """A platform on two wheels with boxes, pushed ahead."""
    canvas.line([(0.62, 0.38), (0.44, 1.02)], (120, 122, 126), 0.035)
    canvas.box(0.6, 0.34, 1.85, 0.42, (70, 90, 110))
    canvas.box(0.7, 0.42, 1.3, 0.88, (92, 140, 176))
    canvas.box(1.32, 0.42, 1.8, 0.78, (80, 126, 160))
    canvas.box(0.8, 0.88, 1.45, 1.2, (104, 152, 188))
    for y in (0.64, 1.03):
        canvas.line([(0.72, y), (1.42, y)], (70, 104, 132), 0.02)
    for x in (0.82, 1.62):
        canvas.disc(x, 0.18, 0.18, _BLACK)
        canvas.disc(x, 0.18, 0.11, (120, 122, 124))
        for spoke in (0.0, math.pi / 3, 2 * math.pi / 3):
            dx, dy = 0.13 * math.cos(spoke - turn), 0.13 * math.sin(spoke - turn)
            canvas.line([(x - dx, 0.18 - dy), (x + dx, 0.18 + dy)], (50, 50, 52), 0.02)


def bicycle_from_side(canvas: Canvas, turn: float) -> None:
    """A bicycle beside who pushes it, its saddle at their hip."""
    for x in (-0.35, 0.72):
        canvas.disc(x, 0.33, 0.33, _BLACK)
        canvas.disc(x, 0.33, 0.29, (128, 130, 132))
        for spoke in (0.0, math.pi / 3, 2 * math.pi / 3):
            dx, dy = 0.29 * math.cos(spoke - turn), 0.29 * math.sin(spoke - turn)
            canvas.line([(x - dx, 0.33 - dy), (x + dx, 0.33 + dy)], _STEEL, 0.012)
    for tube in (((-0.35, 0.33), (0.1, 0.3), (0.55, 0.75), (0.0, 0.78), (-0.35, 0.33)), ((0.1, 0.3), (-0.02, 0.88))):
        canvas.line(list(tube), _FRAME, 0.035)
    canvas.line([(0.72, 0.33), (0.56, 0.75), (0.5, 1.0), (0.4, 1.02)], _STEEL, 0.03)
    canvas.box(-0.14, 0.86, 0.1, 0.92, _BLACK, round_m=0.03)


def push_along(canvas: Canvas, what: Pushed) -> None:
    """The same from the front or from behind."""
    if what is Pushed.BICYCLE:
        canvas.box(0.36, 0.0, 0.4, 0.66, _BLACK)
        canvas.line([(0.38, 0.6), (0.38, 1.0)], _FRAME, 0.04)
        canvas.line([(0.12, 1.02), (0.64, 1.02)], _STEEL, 0.03)
        return
    for x in (-0.36, 0.36):
        canvas.box(x - 0.04, 0.0, x + 0.04, 0.36, _BLACK, round_m=0.02)
    canvas.box(-0.4, 0.34, 0.4, 0.42, (70, 90, 110))
    canvas.box(-0.36, 0.42, 0.34, 0.88, (92, 140, 176))
    canvas.box(-0.22, 0.88, 0.26, 1.2, (104, 152, 188))
    canvas.line([(-0.36, 0.64), (0.34, 0.64)], (70, 104, 132), 0.02)
