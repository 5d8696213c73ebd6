"""Pictures of made-up lorries with the plates that a camera is said to have read off them."""

from __future__ import annotations

import functools
import random
from dataclasses import replace

import cv2

from contract.messages import Direction, PlateRead
from rendering.plate import design_for, draw_plate
from simulation.actors import Vehicle
from simulation.motion import Wait, drive
from simulation.show import Show
from simulation.traffic import Declared, LaneTraffic, PlateLook
from tests.screens.made_up import Pictures

_STANDS_AT_M = 7.0
_SIZE = (960, 540)
_CROP_HEIGHT_PX = 72


@functools.cache
def drawn_pictures(read: PlateRead) -> Pictures:
    """A lorry that stands before the arm, and its plate."""
    rng = random.Random(read.text)
    lorry = LaneTraffic("made-up", "in-1", Direction.IN, rng, Declared.EXACT).next()
    lorry = replace(lorry, front=PlateLook(read.text, read.colour, read.lines), muddy=False)
    track = drive(0.0, _STANDS_AT_M, [Wait(2.0)])
    show = Show(seed=rng.randrange(4), duration_s=0.2, actors=[Vehicle(lorry, track)])
    frame, _ = next(show.frames())
    plate = draw_plate(design_for(read.text, read.colour, read.lines), height_px=_CROP_HEIGHT_PX).image
    return _jpeg(cv2.resize(frame, _SIZE, interpolation=cv2.INTER_AREA)), _jpeg(plate)


def _jpeg(picture: cv2.typing.MatLike) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 82])
    assert done
    return bytes(data.tobytes())
