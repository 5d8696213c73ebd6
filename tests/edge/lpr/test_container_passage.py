"""A reader of containers beside the plate reader: a few looks at each vehicle, and the code in what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edge.frame import Frame, Image
from edge.lpr.container import MarkingSeen
from edge.lpr.engine import open_reader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, Observation, VehicleLeft
from simulation.scenarios import scenario

CODE = "CSQU3054383"


class Painted:
    """Sees one marking whenever it is asked to look, and counts how often that is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.looks = 0

    def read_picture(self, image: Image) -> list[MarkingSeen]:
        self.looks += 1
        return [MarkingSeen(Box(400, 100, 700, 140), tuple(((character, 0.97),) for character in self.text))]


def _told(containers: Painted) -> list[Observation]:
    script = scenario("lorry_through")
    pipeline = LanePipeline(
        open_reader(LprSettings()), LprSettings(), camera="script", region=script.region, containers=containers
    )
    began_at = datetime(2026, 1, 1, tzinfo=UTC)
    events = []
    for number, (image, at_s) in enumerate(script.frames(2)):
        events += pipeline.process(Frame(image, "script", began_at + timedelta(seconds=at_s), at_s, number))
    events += pipeline.flush()
    return [event.observation for event in events if isinstance(event, VehicleLeft)]


@pytest.mark.parametrize(("painted", "told"), [(CODE, CODE), ("CSQU3054384", None)])
def test_the_code_is_told_if_its_check_digit_fits(painted: str, told: str | None) -> None:
    """A misread code is told as none, never repaired; an empty lane costs no look."""
    reader = Painted(painted)
    (seen,) = _told(reader)
    assert seen.container == told
    assert 1 <= reader.looks <= 4
