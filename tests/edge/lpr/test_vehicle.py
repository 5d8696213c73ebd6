"""What is said of a vehicle that has left: its plate, or why there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from contract.messages import Abstention
from contract.plate import PlateColour, PlateCountry, PlateKind
from edge.frame import Frame
from edge.lpr.narrow import NarrowTrack, Thing
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, Detection, Observation, Read
from edge.lpr.vehicle import VehicleInView

_BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_TEXT = "29H12345"


def _frame(number: int) -> Frame:
    at_s = number * 0.2
    return Frame(np.zeros((72, 128, 3), np.uint8), "front", _BEGAN_AT + timedelta(seconds=at_s), at_s, number)


def _read(confidence: float) -> Read:
    return Read(
        text=_TEXT,
        confidence=confidence,
        lattice=tuple(((character, confidence ** (1 / len(_TEXT))),) for character in _TEXT),
        candidates=((_TEXT, confidence),),
        country=PlateCountry.VN,
        kind=PlateKind.VN_CIVIL,
        colour=PlateColour.YELLOW,
        lines=1,
    )


def _seen(*confidences: float) -> Observation:
    """A vehicle whose plate was read so surely, look by look."""
    frames = [_frame(number) for number in range(len(confidences) + 3)]
    vehicle = VehicleInView(1, LprSettings(), frames[0], frames[-1], frames[-1])
    vehicle.shares += [0.4] * len(frames)
    vehicle.near_ends += [0.8] * len(frames)
    plate = Detection(Box(40, 30, 80, 42), ((40, 30), (80, 30), (80, 42), (40, 42)), 0.95)
    for frame, confidence in zip(frames, confidences, strict=False):
        vehicle.plates.add(plate, _read(confidence), frame)
    return vehicle.observation()


@pytest.mark.parametrize("confidences", [(0.64,), (0.5,)])
def test_one_unsure_look_alone_is_no_plate(confidences: tuple[float, ...]) -> None:
    """Mud lets a plate show for a moment: nothing agrees with what was read then."""
    seen = _seen(*confidences)
    assert seen.plate is None
    assert seen.abstained is Abstention.TOO_FEW_READS


@pytest.mark.parametrize("confidences", [(0.95,), (0.64, 0.64)])
def test_one_sure_look_or_two_that_agree_are_a_plate(confidences: tuple[float, ...]) -> None:
    """A vehicle that passes fast shows its plate once."""
    seen = _seen(*confidences)
    assert seen.plate is not None
    assert seen.plate.text == _TEXT


def _rider(aside_m: float) -> NarrowTrack:
    thing = Thing(0.0, 9.0, aside_m, 0.5, 0.9, 1.4, Box(0, 0, 10, 20), cut=False, fills=0.7, solid=True)
    return NarrowTrack(thing, fast=True, rider_looks=4, way=[(0.0, 20.0), (1.0, 14.0), (2.0, 8.0)])


@pytest.mark.parametrize(("looks", "told"), [(4, 1), (1, 0)])
def test_a_motorcycle_beside_another_is_told_by_itself(looks: int, told: int) -> None:
    """When they were seen apart often enough; else one was seen in two parts."""
    frames = [_frame(number) for number in range(4)]
    vehicle = VehicleInView(1, LprSettings(), frames[0], frames[-1], frames[-1], rides=True)
    vehicle.shares += [0.2] * 4
    vehicle.near_ends += [0.8] * 4
    one, other = _rider(-0.7), _rider(0.7)
    one.beside[other] = other.beside[one] = looks
    vehicle.narrow += [one, other]
    beside = vehicle.abreast()
    assert len(beside) == told
    assert all(vehicle.observation_of(rider).plate is None for rider in beside)
