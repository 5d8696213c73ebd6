"""What shows no plate: a lorry is told all the same, a column of people and somebody else's headlights are not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Detection, Observation, VehicleLeft
from simulation.scenarios import scenario
from tests.edge.lpr.drawn_lane import AREA, Figure, picture_of
from tests.edge.node.whole_node import ColourReader

_BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_FRAME_S = 0.2


class _NoPlates:
    """Finds none."""

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        return []


def _told(frames: Iterable[tuple[Image, float]], pipeline: LanePipeline) -> list[Observation]:
    events = []
    for number, (image, at_s) in enumerate(frames):
        events += pipeline.process(Frame(image, "front", _BEGAN_AT + timedelta(seconds=at_s), at_s, number))
    events += pipeline.flush()
    return [event.observation for event in events if isinstance(event, VehicleLeft)]


def _pipeline(*, of_scenarios: bool = False) -> LanePipeline:
    reader = PlateReader(_NoPlates(), ColourReader(), LprSettings(), {"none": "1"})
    region = scenario("headlight_pool").region if of_scenarios else AREA.region
    return LanePipeline(reader, LprSettings(), camera="front", region=region)


def _drawn(figures: list[Figure], *, until_s: float) -> list[tuple[Image, float]]:
    times = np.arange(0, until_s, _FRAME_S)
    return [(picture_of(figures, at_s, number), float(at_s)) for number, at_s in enumerate(times)]


@pytest.mark.parametrize("speed", [1.2, 5.0])
def test_a_lorry_without_a_plate_is_told(speed: float) -> None:
    """Also one that creeps as slowly as people walk."""

    def ahead_m(now_s: float) -> float:
        return 40 - speed * max(0.0, now_s - 3)

    lorry = [Figure(ahead_m, wide_m, high_m) for wide_m, high_m in ((2.4, 3.2), (2.1, 2.1), (1.7, 1.1), (2.3, 0.5))]
    seen = _told(_drawn(lorry, until_s=45 / speed + 6), _pipeline())
    assert [one.plate for one in seen] == [None]


@pytest.mark.parametrize("aside_m", [1.1, 1.2])
def test_a_column_of_people_is_none(aside_m: float) -> None:
    """Three files of them fill the lane as a vehicle does and come up it, and none of them is as broad as a vehicle."""

    def walker(number: int) -> Figure:
        begins_s, speed = 3 + number * 0.4, 1.2 + 0.02 * (number % 3)
        return Figure(
            lambda now_s: 30 - speed * max(0.0, now_s - begins_s), wide_m=0.5, aside_m=(number % 3 - 1) * aside_m
        )

    assert _told(_drawn([walker(number) for number in range(12)], until_s=38), _pipeline()) == []


@pytest.mark.parametrize("seed", [17, 72])
def test_headlights_of_somebody_who_does_not_come_are_none(seed: int) -> None:
    """They stand on the lane for seconds; were the lit lane learnt, the dark one would be a thing that comes and goes."""
    assert _told(scenario("headlight_pool").frames(seed), _pipeline(of_scenarios=True)) == []


def test_a_lorry_that_fills_the_lane_and_stops_is_one() -> None:
    """All round it are the lane's own edges, as round the place of a lorry that has gone; but this one came up the lane."""
    seen = _told(scenario("muddy_plate").frames(73), _pipeline(of_scenarios=True))
    assert [one.plate for one in seen] == [None]
