"""A camera that reads no longer as it used to: how soon it is told, and what is no fault."""

from __future__ import annotations

import copy
import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.readability import Camera, clean_day, lived, measured, vehicle
from contract.messages import HealthReason, Severity
from edge.health.kept import keep, recall
from edge.health.readability import LEARNT_AFTER, MEMORY, Outcome, Readability

WEEK = 7
GOOD = Outcome(found=True, read=True, confidence=0.99, reads=14)
NO_PLATE = Outcome(found=False, read=False)
ILLEGIBLE = Outcome(found=True, read=False, reads=1)


@cache
def _week_of_life() -> Readability:
    judge = Readability()
    lived(random.Random(7), Camera(0.03, 0.06), judge, WEEK, 0.0)
    return judge


def after_a_week() -> Readability:
    """A camera that has read 97 % of its vehicles by day for a week."""
    return copy.deepcopy(_week_of_life())


def sees(judge: Readability, outcomes: list[Outcome], *, start_s: float = 8 * 86_400.0, every_s: float = 60.0) -> None:
    for number, outcome in enumerate(outcomes):
        judge.vehicle(outcome, hour=10, now_s=start_s + every_s * number)


def test_a_camera_that_reads_half_or_less_is_found_within_30_vehicles() -> None:
    """At least 99 of 100 losses; the bench counts thousands."""
    rng, missed = random.Random(11), 0
    for _ in range(200):
        judge = after_a_week()
        sees(judge, [vehicle(rng, 0.5) for _ in range(30)])
        missed += judge.finding(hour=10) is None
    assert missed <= 2


def test_false_alarms_are_fewer_than_one_in_a_camera_week() -> None:
    """Twenty cameras through rain, nights, convoys and persons."""
    alarms, _ = measured(20)
    assert sum(times for _, times, _ in alarms.rows if isinstance(times, int)) <= 20


def test_total_loss_is_severe_and_says_the_share_read_against_the_least_usual() -> None:
    """Measure and limit are shares of vehicles read."""
    judge = after_a_week()
    sees(judge, [ILLEGIBLE] * 15)
    finding = judge.finding(hour=10)
    assert finding is not None
    assert (finding.code, finding.severity) == (HealthReason.UNREADABLE_PLATES, Severity.SEVERE)
    assert finding.measure < finding.limit < 1


def test_a_lens_behind_which_no_plate_is_found_any_more_is_told_within_30_vehicles() -> None:
    """Longer than any convoy of new vehicles."""
    judge = after_a_week()
    sees(judge, [NO_PLATE] * 30)
    assert judge.finding(hour=10) is not None


@given(length=st.integers(1, 20), since=st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_a_convoy_of_vehicles_without_plates_is_no_fault(length: int, since: int) -> None:
    """Brand-new vehicles are driven through together; what is learnt of them does not hide a loss later."""
    judge = after_a_week()
    usual = judge.memory.unread.usual_bad_share(10)
    sees(judge, [GOOD] * since + [NO_PLATE] * length + [GOOD] * 30)
    assert judge.finding(hour=10) is None
    assert judge.memory.unread.usual_bad_share(10) < usual + 0.03


def test_a_finding_stands_while_the_evidence_does_and_heals_by_reads() -> None:
    """It is not dismissed by time, and 60 vehicles that are read again take it back."""
    judge = after_a_week()
    sees(judge, [ILLEGIBLE] * 40)
    usual = judge.memory.unread.usual_bad_share(10)
    sees(judge, [ILLEGIBLE, GOOD] * 40, start_s=30 * 86_400.0)
    assert judge.finding(hour=10) is not None
    sees(judge, [GOOD] * 60, start_s=31 * 86_400.0)
    assert judge.finding(hour=10) is None
    assert judge.memory.unread.usual_bad_share(10) <= usual, "a fault became usual"


@given(story=st.lists(st.tuples(st.sampled_from([GOOD, NO_PLATE, ILLEGIBLE]), st.integers(1, 40)), max_size=8))
@settings(max_examples=30, deadline=None)
def test_no_story_ends_well_with_a_loss_or_ill_without(story: list[tuple[Outcome, int]]) -> None:
    """Whatever came before: 30 vehicles that cannot be read are told, and 80 that are read are well."""
    judge = after_a_week()
    for outcome, count in story:
        sees(judge, [outcome] * count)
    sees(judge, [ILLEGIBLE] * 30)
    assert judge.finding(hour=10) is not None
    sees(judge, [GOOD] * 80)
    assert judge.finding(hour=10) is None


def test_reads_that_stay_weak_for_days_are_a_slight_finding() -> None:
    """Every plate is read, each from fewer frames than this camera's worst tenth."""
    judge = after_a_week()
    sees(judge, [Outcome(found=True, read=True, confidence=0.99, reads=2)] * 400)
    finding = judge.finding(hour=10)
    assert finding is not None
    assert finding.severity is Severity.SLIGHT


def test_a_night_of_few_vehicles_is_not_judged() -> None:
    """Eight unread vehicles in a night are nothing to see; the same by day are."""
    judge = after_a_week()
    sees(judge, [ILLEGIBLE] * 8, every_s=5000.0)
    assert judge.finding(hour=10) is None
    assert judge.unjudged(8 * 86_400.0 + 9 * 5000.0) == "nothing_to_see"


def test_a_new_camera_is_not_judged_before_it_is_known() -> None:
    """Its first hundred vehicles are learnt from, whatever they are."""
    judge = Readability()
    sees(judge, [ILLEGIBLE, GOOD] * (LEARNT_AFTER // 2 - 1))
    assert judge.unjudged(0.0) == "no_reference"
    assert judge.finding(hour=10) is None


def test_after_maintenance_the_usual_is_learnt_anew() -> None:
    """A person confirmed the view: the finding goes, and the camera is held against what it does from now on."""
    judge = after_a_week()
    sees(judge, [ILLEGIBLE] * 40)
    judge.confirm()
    assert judge.finding(hour=10) is None
    assert judge.unjudged(9 * 86_400.0) == "no_reference"
    sees(judge, [GOOD] * LEARNT_AFTER, start_s=9 * 86_400.0)
    sees(judge, [ILLEGIBLE] * 20, start_s=10 * 86_400.0)
    assert judge.finding(hour=10) is not None


def test_what_is_known_and_told_survives_a_restart(tmp_path: Path) -> None:
    """History and finding come back from the file."""
    judge, path = after_a_week(), tmp_path / "in-1-front.json"
    sees(judge, [ILLEGIBLE] * 40)
    keep(path, MEMORY, judge.memory)
    back = Readability(recall(path, MEMORY))
    assert back.memory == judge.memory
    assert back.finding(hour=10) == judge.finding(hour=10)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"vehicles": "many"}', b"\xff\x00"])
def test_a_file_that_cannot_be_used_is_as_none(tmp_path: Path, content: bytes) -> None:
    """The camera is learnt anew."""
    path = tmp_path / "in-1-front.json"
    path.write_bytes(content)
    assert recall(path, MEMORY) is None


def test_without_a_clock_nothing_is_learnt_for_the_wrong_hour() -> None:
    """The hour is not known: the camera is held against the whole day."""
    judge = after_a_week()
    sees(judge, [GOOD] * 30)  # nothing waits to be learnt any more
    seen = list(judge.memory.unread.seen)
    for number, (_, outcome) in enumerate(clean_day(random.Random(3), Camera(0.03, 0.06))):
        judge.vehicle(outcome, hour=None, now_s=9 * 86_400.0 + number)
    assert judge.memory.unread.seen == seen
    for number in range(30):
        judge.vehicle(ILLEGIBLE, hour=None, now_s=10 * 86_400.0 + number)
    assert judge.finding(hour=None) is not None
