"""Whole lanes, drawn frame by frame: every vehicle is told once, and nothing else is."""

from __future__ import annotations

import os

import pytest

from bench.lane_scripts import follow, judge
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.settings import LprSettings
from simulation.scenarios import SCENARIOS, Scenario

SEED = int(os.environ.get("SMARTGATE_SCENARIO_SEED", "1"))
ALWAYS = (
    "lorry_through",
    "night_lorry_through",
    "stands_at_start",
    "no_plate",
    "motorcycle",
    "nose_to_tail",
    "motorcycles_abreast",
    "stops_halfway",
    "backs_out_and_returns",
    "night_motorcycle_leaves",
    "signs_and_lorry",
    "lettering_and_lorry",
    "crowd",
    "dog",
    "headlight_pool",
    "rain_and_lorry",
)
"""One of each kind: all of them take half an hour (`smartgate bench scenarios`)."""


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    return open_reader(LprSettings())


@pytest.mark.parametrize("script", [pytest.param(one, id=one.name) for one in SCENARIOS if one.name in ALWAYS])
def test_every_vehicle_once(script: Scenario, reader: PlateReader) -> None:
    """As many passages as vehicles, the same plates, the same ones cancelled, and which way they went."""
    assert judge(script.truth(SEED), follow(reader, script, SEED)).fault == ""


def test_what_is_narrow_of_a_lorry_does_not_tell_its_way(reader: PlateReader) -> None:
    """It stood there at the start: once it has gone, parts of where it stood look as if they went backwards."""
    script = next(one for one in SCENARIOS if one.name == "stands_at_start")
    parts_go_back = 52
    assert judge(script.truth(parts_go_back), follow(reader, script, parts_go_back)).fault == ""


def test_lettering_on_the_road_is_no_vehicle_that_stands_there_at_the_start(reader: PlateReader) -> None:
    """It reads as a whole plate, is there from the first picture on, and never moves."""
    script = next(one for one in SCENARIOS if one.name == "lettering")
    reads_as_a_plate = 11
    assert follow(reader, script, reads_as_a_plate) == []


@pytest.mark.skipif("SMARTGATE_LONG" not in os.environ, reason="takes two minutes: SMARTGATE_LONG=1")
def test_a_lorry_that_stands_for_an_hour_is_one(reader: PlateReader) -> None:
    """While the light changes and people pass; and what is remembered of it does not grow with the hour."""
    script = next(one for one in SCENARIOS if one.name == "lorry_stands_an_hour")
    seen = follow(reader, script, SEED)
    assert judge(script.truth(SEED), seen).fault == ""
    assert seen[0].last_monotonic_s - seen[0].first_monotonic_s > 3500
