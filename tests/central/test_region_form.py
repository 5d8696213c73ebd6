"""A region as people type it: read leniently, judged by the contract alone, told in words."""

from __future__ import annotations

import pytest

from central.console.region_form import RegionForm, overlay
from central.console.words import LANGUAGES, words_of
from contract.region import CameraRegion

LANE = "10 10\n90 10\n95.5 100\n0 100"
REGION = CameraRegion(
    lane=((0.1, 0.1), (0.9, 0.1), (0.955, 1), (0, 1)), trigger=((0.2, 0.5), (0.8, 0.5)), direction="in"
)


def test_what_is_shown_reads_back_as_the_same() -> None:
    """With a line, without one, and nothing at all."""
    plain = REGION.model_copy(update={"trigger": None, "direction": None})
    assert RegionForm.of(REGION) == RegionForm(LANE, "20 50", "80 50", "in")
    assert RegionForm.of(REGION).read() == REGION
    assert RegionForm.of(plain).read() == plain
    assert RegionForm.of(None) == RegionForm()


@pytest.mark.parametrize("corner", ["95.5 100", "95,5 100", "95.5, 100", "95,5; 100", " 95.5 %\t100 % "])
def test_numbers_are_read_as_people_type_them(corner: str) -> None:
    """With a decimal comma or point, and whatever stands between them."""
    found = RegionForm(LANE.replace("95.5 100", corner)).read()
    assert isinstance(found, CameraRegion)
    assert found.lane[2] == (0.955, 1.0)


FAULTS = [
    ("too_few", RegionForm("0 0\n100 0"), ()),
    ("too_few", RegionForm(""), ()),
    ("too_many", RegionForm("\n".join(f"{n} {n * n % 97}" for n in range(50))), ()),
    ("not_two_numbers", RegionForm("0 0\n12,5\n100 0\n100 100"), ()),
    ("outside_picture", RegionForm("0 0\n100 0\n100 120"), ((1.0, 1.2),)),
    ("outside_picture", RegionForm("0 0\n100 0\n100 100", "-3 20", "50 20", "in"), ((-0.03, 0.2),)),
    ("corner_twice", RegionForm("0 0\n100 0\n100 100\n0 0"), ((0.0, 0.0),)),
    ("folds_back", RegionForm("0 0\n100 0\n50 0\n50 100"), ((1.0, 0.0),)),
    ("crosses", RegionForm("0 0\n100 100\n100 0\n0 100"), ((0.5, 0.5),)),
    ("line_missing", RegionForm(LANE, "20 50", "", "in"), ()),
    ("line_short", RegionForm(LANE, "20 50", "20 50", "out"), ((0.2, 0.5),)),
    ("line_outside", RegionForm("0 0\n50 0\n50 50\n0 50", "60 90", "80 90", "in"), ((0.7, 0.9),)),
]


@pytest.mark.parametrize(("key", "form", "spots"), FAULTS, ids=[f"{key}-{n}" for n, (key, *_) in enumerate(FAULTS)])
def test_what_is_wrong_is_told_with_its_place(
    key: str, form: RegionForm, spots: tuple[tuple[float, float], ...]
) -> None:
    """Every rule of the contract has its sentence in every language."""
    faults = form.read()
    assert isinstance(faults, tuple)
    assert [fault.key for fault in faults] == [key]
    assert [pytest.approx(spot) for spot in spots] == list(faults[0].spots)
    for language in LANGUAGES:
        assert f"fault.{key}" in words_of(language).keys


def test_a_line_without_a_direction_is_no_line() -> None:
    """Its ends may stay in their fields."""
    found = RegionForm(LANE, "20 50", "80 50", "").read()
    assert isinstance(found, CameraRegion)
    assert found.trigger is None


@pytest.mark.parametrize("trigger", [((0.2, 0.5), (0.8, 0.5)), ((0.8, 0.5), (0.2, 0.5)), ((0.5, 0.9), (0.4, 0.2))])
def test_the_arrow_points_to_the_side_that_vehicles_come_out_on(
    trigger: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    """The side that the contract calls the right of the line."""
    region = REGION.model_copy(update={"trigger": trigger})
    drawn = overlay(region, (960, 540))
    assert drawn.label is not None
    assert all(4 <= share <= 96 for share in drawn.label)
    assert region.side_of_trigger((drawn.label[0] / 100, drawn.label[1] / 100)) > 0
    assert drawn.outline.split()[0] == "96,54"


def test_without_a_region_nothing_is_drawn() -> None:
    """The picture alone."""
    drawn = overlay(None, (960, 540))
    assert (drawn.outline, drawn.line, drawn.arrow, drawn.label) == ("", None, "", None)
