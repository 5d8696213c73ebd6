"""docs/traffic.md lists every reason, trigger, assumption and key of the plan, and the shipped plan's thresholds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from central.traffic.flow import DoubtReason
from central.traffic.surge_plan import SurgePlan, Trigger
from central.traffic.what_if import Assumption

PAGE = (Path(__file__).parents[3] / "docs" / "traffic.md").read_text("utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """First word of each row to its other cells, of the table between two marks."""
    table = PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "`" in line]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("doubts", {word.value for word in DoubtReason}),
        ("triggers", {word.value for word in Trigger}),
        ("assumptions", {word.value for word in Assumption}),
        ("plan", set(SurgePlan.model_fields)),
    ],
)
def test_the_page_lists_what_the_program_knows(name: str, words: set[str]) -> None:
    """And nothing besides."""
    assert set(rows(name)) == words


def test_the_thresholds_on_the_page_are_those_that_are_shipped() -> None:
    """Of every level and trigger."""
    plan = SurgePlan.load()
    for trigger, cells in rows("triggers").items():
        for level, cell in zip(plan.levels[1:], cells[1:], strict=True):
            number = level.triggers.numbers().get(Trigger(trigger))
            shipped = "yes" if Trigger(trigger) in level.triggers.told() else f"{number:g}" if number else ""
            assert cell == shipped, (trigger, level.level)


def test_every_part_of_steadiness_is_on_the_page() -> None:
    """With its shipped value beside it."""
    steadiness = SurgePlan.load().steadiness
    for name in type(steadiness).model_fields:
        assert re.search(rf"`{name}`", rows("plan")["steadiness"][0])
    for name in ("rise_after_min", "fall_after_min", "least_min", "silence_min"):
        assert f"`{name}` ({getattr(steadiness, name):g})" in PAGE
