"""Trials of the fault lab: what is shown when, and what is counted, with judges whose answers are known."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from contract.messages import HealthFinding
from contract.vocabulary import HealthLevel, HealthReason, Severity
from edge.frame import Image
from edge.health.clip import Change, Shown
from simulation.faultlab.days import CleanDay, CleanSpell
from simulation.faultlab.injectors import WAYS, Stage
from simulation.faultlab.material import FPS, HELD_BACK, TUNING, Clip, Rendered
from simulation.faultlab.scores import clean_rows, fault_rows, pair_rows, poisson, wilson
from simulation.faultlab.trials import CleanOutcome, Trial, fits, limit_s, pairs, run_clean, run_trial, trials

IDLE = next(kind for kind in TUNING if kind.name == "idle")


def change(at_s: float, level: HealthLevel, code: HealthReason | None = None) -> Change:
    found = (HealthFinding(code=code, severity=Severity.SEVERE, measure=1.0, limit=0.5),) if code else ()
    return Change(at_s, level, found, {})


class Scripted:
    """Says what it is told to say at its times, and keeps what it was shown."""

    def __init__(self, *says: Change) -> None:
        self.says = list(says)
        self.times: list[float] = []
        self.reference: Sequence[Image] = ()
        self.means: list[float] = []

    def __call__(self, shown: Iterable[Shown], reference: Sequence[Image]) -> Iterator[Change]:
        self.reference = reference
        waiting = list(self.says)
        for one in shown:
            self.times.append(one.at_s)
            if one.image is not None:
                self.means.append(float(one.image[::8, ::8].mean()))
            while waiting and waiting[0].at_s <= one.at_s:
                yield replace(waiting.pop(0), at_s=one.at_s)


OK = HealthLevel.OK


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A little video that grows lighter: 2.2 s."""
    path = tmp_path_factory.mktemp("clips") / "lane.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (320, 180))
    for number in range(21):
        writer.write(np.full((180, 320, 3), (30 + 8 * number, 40 + 8 * number, 50 + 8 * number), np.uint8))
    writer.release()
    return Clip(path)


@pytest.fixture
def dark(clip: Clip) -> Trial:
    return Trial(((HealthReason.DARK, Severity.SEVERE),), clip, 3)


def test_a_fault_told_in_time_by_its_name_is_found_and_ends_soon(dark: Trial) -> None:
    judge = Scripted(change(2, OK), change(12, HealthLevel.FAILED, HealthReason.DARK), change(37, OK))
    outcome = run_trial(dark, judge)
    assert outcome.detected
    assert outcome.told_after_s == pytest.approx(4)
    assert outcome.cleared_after_s == pytest.approx(4)
    assert (outcome.first, outcome.at_end) == (HealthReason.DARK, HealthReason.DARK)
    assert not outcome.ok_at_end
    assert not outcome.false_before
    assert judge.times[-1] == pytest.approx(
        40, abs=0.3
    )  # 8 s of health, 25 s of darkness, and 3 s after it was told well
    assert max(judge.means[60:150]) < 0.1 * min(judge.means[:40])
    assert min(judge.means[-10:]) > 0.8 * min(judge.means[:40])


def test_a_blind_judge_is_shown_the_whole_fault_and_called_ok_under_it(dark: Trial) -> None:
    judge = Scripted(change(2, OK))
    outcome = run_trial(dark, judge)
    assert not outcome.detected
    assert outcome.ok_at_end
    assert outcome.first is None
    assert judge.times[-1] == pytest.approx(8 + limit_s(HealthReason.DARK) + 10 + 30, abs=0.3)


def test_late_alarms_wrong_names_and_alarms_before_the_fault_are_counted_as_such(dark: Trial) -> None:
    early = run_trial(dark, Scripted(change(3, HealthLevel.DEGRADED, HealthReason.NOISE), change(5, OK)))
    assert early.false_before
    assert not early.detected
    late = run_trial(dark, Scripted(change(2, OK), change(8 + 17, HealthLevel.FAILED, HealthReason.COVERED)))
    assert late.told_after_s is not None
    assert not late.detected
    [row] = fault_rows([early, late])
    assert row["class"] == "dark"
    assert (row["n"], row["found"], row["right"], row["wrong"]) == (2, 0.0, 0.0, "covered 1")
    assert (row["ok_at_end"], row["false_before"], row["not_cleared"]) == (1, 1, 1)


def test_without_a_lead_in_the_fault_comes_first_and_health_is_the_reference(dark: Trial) -> None:
    judge = Scripted(change(4, HealthLevel.FAILED, HealthReason.DARK))
    outcome = run_trial(replace(dark, with_lead_in=False), judge)
    assert judge.times[0] == pytest.approx(0, abs=1e-6)
    assert outcome.told_after_s == pytest.approx(4)
    assert len(judge.reference) == 10
    assert np.mean([one.mean() for one in judge.reference]) > 5 * np.mean(judge.means[10:60])


def test_of_two_faults_the_graver_must_be_named(clip: Clip) -> None:
    both = Trial(((HealthReason.DARK, Severity.SEVERE), (HealthReason.NOISE, Severity.MODERATE)), clip, 3)
    right = run_trial(both, Scripted(change(12, HealthLevel.FAILED, HealthReason.DARK)))
    wrong = run_trial(both, Scripted(change(12, HealthLevel.DEGRADED, HealthReason.NOISE)))
    [row] = pair_rows([right, wrong])
    assert row["graver_named"] == 0.5
    assert row["wrong"] == "dark+noise: noise"
    assert (row["named_in_time"], row["unseen"]) == (0.5, 0)


def test_two_faults_stay_until_the_graver_was_named_or_is_late(clip: Clip) -> None:
    """The lesser, told first, does not end them: what takes a minute to tell by itself has that minute beside another."""
    both = Trial(((HealthReason.DIRTY_LENS, Severity.SEVERE), (HealthReason.COLOUR_CAST, Severity.SEVERE)), clip, 3)
    first = change(16, HealthLevel.DEGRADED, HealthReason.COLOUR_CAST)
    outcome = run_trial(both, Scripted(first, change(60, HealthLevel.DEGRADED, HealthReason.DIRTY_LENS)))
    assert outcome.named_after_s == pytest.approx(52)
    assert outcome.at_end is HealthReason.DIRTY_LENS
    never = Scripted(first)
    outcome = run_trial(both, never)
    assert (outcome.named_after_s, outcome.at_end) == (None, HealthReason.COLOUR_CAST)
    assert never.times[-1] == pytest.approx(8 + limit_s(HealthReason.DIRTY_LENS) + 10 + 30, abs=0.3)


@pytest.mark.parametrize(
    ("lesser", "visible"),
    [((HealthReason.OVEREXPOSED, Severity.SEVERE), False), ((HealthReason.NOISE, Severity.SEVERE), True)],
)
def test_a_graver_fault_that_the_lesser_hides_is_counted_apart(
    clip: Clip, lesser: tuple[HealthReason, Severity], visible: bool
) -> None:
    """A cover is not to be seen in a picture washed out to white; in a noisy one it is."""
    both = Trial(((HealthReason.COVERED, Severity.SEVERE), lesser), clip, 2)
    outcome = run_trial(both, Scripted(change(12, HealthLevel.FAILED, lesser[0])))
    assert outcome.visible is visible
    rows = pair_rows([outcome, run_trial(both, Scripted())] if visible else [outcome])
    assert rows[0]["n"] == (2 if visible else 0)
    assert rows[0]["unseen_named"] == ("" if visible else "covered+overexposed: overexposed")


def test_every_class_and_severity_is_tried_where_it_can_be_seen() -> None:
    found = list(trials(seed=4, repeats=4))
    assert {one.faults[0] for one in found} == {(code, severity) for code in WAYS for severity in Severity}
    assert len(found) == len(WAYS) * 3 * 4
    for one in found:
        light = one.material().light
        assert one.code is not HealthReason.IR_FAILED or light == "infrared"
        assert one.code is not HealthReason.COLOUR_CAST or light != "infrared"
        stays = one.injectors()[0].way.stage is not Stage.STREAM or one.code is HealthReason.FORMAT_CHANGED
        assert one.with_lead_in or stays
        assert pickle.loads(pickle.dumps(one)) == one
    assert {one.scene for one in found} == set(TUNING)
    assert any(not one.with_lead_in for one in found)


def test_the_place_that_is_held_back_is_shown_only_when_it_is_asked_for() -> None:
    assert not {one.scene for one in (*trials(repeats=3), *pairs(count=60))} & set(HELD_BACK)
    assert {one.scene for one in (*trials(repeats=2, held_back=True), *pairs(held_back=True))} == set(HELD_BACK)


def test_pairs_are_different_the_graver_first_and_fit_their_scene() -> None:
    order = list(WAYS)
    found = list(pairs(count=100))
    assert len({tuple(code for code, _ in one.faults) for one in found}) == len(found) > 90
    for one in found:
        (graver, _), (lesser, _) = one.faults
        assert order.index(graver) < order.index(lesser)
        assert fits(graver, one.scene, one.seed)
        assert fits(lesser, one.scene, one.seed)


def test_a_compressed_day_has_every_light_and_its_time_rises() -> None:
    day = CleanDay(2, 30.0)
    times, means, grey = [], [], []
    for one in day.shown():
        assert one.image is not None
        times.append(one.at_s)
        means.append(float(one.image[::8, ::8].mean()))
        grey.append(bool((one.image[::8, ::8, 0] == one.image[::8, ::8, 2]).all()))
    assert np.allclose(np.diff(times), 1 / FPS)
    assert times[-1] == pytest.approx(30, abs=0.5)
    assert max(means) > 2.5 * min(means)
    assert 0.2 < np.mean(grey) < 0.4  # the night, by infrared
    assert CleanDay(2).vehicles >= 5


def test_clean_material_counts_each_alarm_and_the_level_at_its_end() -> None:
    spell = CleanSpell("idle", Rendered(IDLE, 1, 4.0), 4.0)
    outcome = run_clean(spell, Scripted(change(1, OK), change(2, HealthLevel.FAILED, HealthReason.DARK)))
    assert outcome.alarms == ((2.0, HealthLevel.FAILED, HealthReason.DARK),)
    assert outcome.level_at_end is HealthLevel.FAILED
    day = CleanOutcome("day by infrared", 0, 360.0, 5, (), OK)
    rows = {row["material"]: row for row in clean_rows([outcome, day, day], day_s=360.0)}
    assert (rows["compressed days"]["days"], rows["compressed days"]["false_alarms"]) == (2, 0)
    assert rows["compressed days"]["per_day_high"] == pytest.approx(3.689 / 2, rel=1e-3)
    everything = rows["all, by seconds judged"]
    assert (everything["false_alarms"], everything["ends_failed"]) == (1, 1)
    assert everything["days"] == pytest.approx(724 / 86_400)


def test_a_clip_is_played_forth_and_back_without_an_exact_repeat(clip: Clip) -> None:
    taken = []
    for one in clip.taken(clip.scene()):
        taken.append(one)
        if one.at_s > 6:
            break
    means = [float(one.image.mean()) for one in taken if one.image is not None]
    assert clip.duration_s == pytest.approx(2.2)
    assert np.allclose(means[10], max(means), atol=2)
    assert np.allclose(means[20], min(means), atol=2)
    assert np.allclose(means[5], means[15], atol=2)
    assert not np.array_equal(taken[5].image, taken[15].image)
    assert len(list(trials(clips=[clip], repeats=1))) > 40


@pytest.mark.parametrize(
    ("good", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433), (0, 0, 0, 1)]
)
def test_intervals_of_shares(good: int, of: int, low: float, high: float) -> None:
    assert wilson(good, of) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)])
def test_intervals_of_counts(count: int, low: float, high: float) -> None:
    assert poisson(count) == pytest.approx((low, high), abs=1e-3)
