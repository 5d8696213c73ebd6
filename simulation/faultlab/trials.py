"""Trials: a clean lead-in, a fault, health again; and what a diagnosis said meanwhile."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from contract.vocabulary import HealthLevel, HealthReason, Severity
from edge.frame import Image
from edge.health.clip import Change, Shown
from simulation.faultlab.days import Clean
from simulation.faultlab.injectors import WAYS, Injector, Stage, injector
from simulation.faultlab.material import HELD_BACK, TUNING, Clip, Kind, Material, Rendered
from simulation.faultlab.stream import compressed

Judge = Callable[[Iterable[Shown], Sequence[Image]], Iterable[Change]]
"""What is examined: from a stream, and pictures of the healthy camera (or none), the changes of level as they come."""
LEAD_IN_S, HEAL_S = 8.0, 30.0
_LOOP_LEAD_IN_S = 12.0
"""A loop needs something to repeat."""
_LEAST_FAULT_S = 25.0
_SURE_S = 3.0
"""A fault stays for so long after it was told, and health after it was."""
_REFERENCE_S = 2.0
_LOOKED_AT_S = (6.0, 10.0, 14.0)
"""After the onset: when it is measured what one fault leaves of another."""
_LEFT_SHARE = 0.1
"""Of two faults the graver is not in the picture when less than so much is left of what it changes by itself."""
_FAST = {
    HealthReason.SIGNAL_LOST: 5.0,
    HealthReason.NO_FRAMES: 5.0,
    HealthReason.FROZEN: 10.0,
    HealthReason.DARK: 15.0,
    HealthReason.COVERED: 15.0,
    HealthReason.OVEREXPOSED: 15.0,
}
_LIMIT_S = 60.0
ALARMS = (HealthLevel.DEGRADED, HealthLevel.FAILED)


def limit_s(code: HealthReason) -> float:
    """Within how many seconds a fault of this class must be told."""
    return _FAST.get(code, _LIMIT_S)


@dataclass
class Course:
    """When a fault begins and ends. It ends sooner when it was told, and the trial when the camera was called well.

    Attributes:
        awaited: of two faults, the class that must be named: the lesser, told first, does not end them.

    """

    onset_s: float
    ramp_s: float
    longest_s: float
    awaited: HealthReason | None = None
    healed_s: float = field(init=False)
    ends_s: float = field(init=False)
    told_s: float | None = None
    cleared_s: float | None = None

    def __post_init__(self) -> None:
        self.healed_s = self.onset_s + self.longest_s
        self.ends_s = self.healed_s + HEAL_S

    def depth_at(self, at_s: float) -> float:
        """How much of the fault is there, 0–1."""
        if at_s < self.onset_s or at_s >= self.healed_s:
            return 0.0
        return 1.0 if self.ramp_s <= 0 else min(1.0, max(0.02, (at_s - self.onset_s) / self.ramp_s))

    def heard(self, change: Change) -> None:
        """Take into account what the diagnosis says."""
        named = _named(change)
        told = change.level in ALARMS and self.awaited in {None, named}
        if self.told_s is None and told and self.onset_s <= change.at_s < self.healed_s:
            self.told_s = change.at_s
            self.healed_s = min(self.healed_s, max(self.onset_s + _LEAST_FAULT_S, change.at_s + _SURE_S))
            self.ends_s = self.healed_s + HEAL_S
        if change.at_s >= self.healed_s:
            if change.level is HealthLevel.OK and self.cleared_s is None:
                self.cleared_s = change.at_s
                self.ends_s = min(self.ends_s, change.at_s + _SURE_S)
            elif change.level in ALARMS and self.cleared_s is not None:
                self.cleared_s, self.ends_s = None, self.healed_s + HEAL_S


@dataclass(frozen=True)
class Trial:
    """One or two faults in one scene. Small and without pictures: it can be sent to another process.

    Attributes:
        faults: class and severity; of two, the graver first. None: the scene is clean.
        with_lead_in: otherwise the diagnosis first sees the fault, and gets pictures of health as a reference.

    """

    faults: tuple[tuple[HealthReason, Severity], ...]
    scene: Kind | Clip
    seed: int
    with_lead_in: bool = True

    @property
    def code(self) -> HealthReason:
        """The class that must be named: of two, the graver."""
        return self.faults[0][0]

    @property
    def severity(self) -> Severity:
        """How bad the graver is."""
        return self.faults[0][1]

    def injectors(self) -> list[Injector]:
        """The faults, ready to be put in; the same every time."""
        return [injector(code, severity, self.seed) for code, severity in self.faults]

    def course(self) -> Course:
        """When the fault comes and goes."""
        rng = np.random.default_rng([self.seed, 5])
        sudden = any(one.way.sudden for one in self.injectors()) or rng.random() < 0.4
        lead_in_s = _LOOP_LEAD_IN_S if any(code is HealthReason.LOOPED for code, _ in self.faults) else LEAD_IN_S
        longest_s = max(_LEAST_FAULT_S, limit_s(self.code) + 10)
        ramp_s = 0.0 if sudden else float(rng.uniform(0.5, 2.0))
        return Course(lead_in_s, ramp_s, longest_s, self.code if len(self.faults) > 1 else None)

    def material(self) -> Material:
        """The scene and its camera."""
        if isinstance(self.scene, Clip):
            return self.scene
        course = self.course()
        return Rendered(self.scene, self.seed, math.ceil(course.ends_s))

    def shown(self, course: Course) -> Iterator[Shown]:
        """What the camera gives, its faults in it, from the beginning of the lead-in."""
        material, faults = self.material(), self.injectors()[::-1]  # the graver lies over the less grave
        stream: Iterable[Shown] = material.scene()
        for one in faults:
            if one.way.stage is Stage.LENS:
                stream = one(stream, course.depth_at)
        stream = material.taken(stream)
        in_sensor = [one for one in faults if one.way.stage is Stage.SENSOR]
        for one in in_sensor:
            stream = one(stream, course.depth_at)
        if in_sensor:
            stream = _compressed_anew(stream, course)
        for one in faults:
            if one.way.stage is Stage.STREAM:
                stream = one(stream, course.depth_at)
        for shown in stream:
            if shown.at_s >= course.ends_s:
                return
            yield shown

    def shows_graver(self) -> bool:
        """Whether the graver of two faults can be seen beside the other, measured on the pictures themselves.

        A cover is not to be seen in a picture washed out to white. Only a fault of the sensor can hide one of the
        lens: of the others the graver always lies over the lesser.
        """
        graver, *others = self.injectors()
        if graver.way.stage is not Stage.LENS or not any(one.way.stage is Stage.SENSOR for one in others):
            return True
        onset_s, material = self.course().onset_s, self.material()
        last_s = onset_s + _LOOKED_AT_S[-1]
        scene = [
            one
            for one in itertools.takewhile(lambda one: one.at_s <= last_s + 0.1, material.scene())
            if min(abs(one.at_s - onset_s - after_s) for after_s in _LOOKED_AT_S) < 0.05
        ]

        def seen(lens: Sequence[Injector], sensor: Sequence[Injector]) -> NDArray[np.int16]:
            stream: Iterable[Shown] = scene
            for one in lens:
                stream = one(stream, lambda _at_s: 1.0)
            stream = material.taken(stream)
            for one in sensor:
                stream = one(stream, lambda _at_s: 1.0)
            return np.stack([one.image for one in stream if one.image is not None]).astype(np.int16)

        alone = np.abs(seen([graver], []) - seen([], [])).mean()
        beside = np.abs(seen([graver], others) - seen([], others)).mean()
        return bool(beside >= _LEFT_SHARE * alone)


def _compressed_anew(stream: Iterable[Shown], course: Course) -> Iterator[Shown]:
    for one in stream:
        faulty = one.image is not None and course.depth_at(one.at_s) > 0
        yield replace(one, image=compressed(one.image)) if faulty and one.image is not None else one


@dataclass(frozen=True)
class Outcome:
    """What a diagnosis made of a trial; seconds count from the onset of the fault, or from its end.

    Attributes:
        first: what the first alarm named; None when there was none.
        at_end: what was named when the fault ended.
        ok_at_end: the camera was called well while the fault was there, at its end.
        false_before: an alarm before the fault.
        named_after_s: when the class that was put in was named first of all that was told, for the first time.
        visible: the fault can be seen; of two, the graver beside the other.

    """

    trial: Trial
    told_after_s: float | None
    first: HealthReason | None
    at_end: HealthReason | None
    ok_at_end: bool
    cleared_after_s: float | None
    false_before: bool
    judged_s: float
    named_after_s: float | None = None
    visible: bool = True

    @property
    def detected(self) -> bool:
        """Whether an alarm came within the limit of the class."""
        return self.told_after_s is not None and self.told_after_s <= limit_s(self.trial.code)


def run_trial(trial: Trial, judge: Judge) -> Outcome:
    """Show one trial to a diagnosis."""
    course = trial.course()
    stream = trial.shown(course)
    reference: list[Image] = []
    if not trial.with_lead_in:
        for one in stream:
            if one.at_s < _REFERENCE_S and one.image is not None:
                reference.append(one.image)
            if one.at_s >= course.onset_s - 1.5 / 5:
                break
    shift_s = 0.0 if trial.with_lead_in else course.onset_s
    said: list[Change] = []
    for told in judge((replace(one, at_s=one.at_s - shift_s) for one in stream), reference):
        change = replace(told, at_s=told.at_s + shift_s)
        said.append(change)
        course.heard(change)
    during = [change for change in said if change.at_s < course.healed_s]
    first = next((one for one in during if one.level in ALARMS and one.at_s >= course.onset_s), None)
    named = next((one for one in during if _named(one) is trial.code and one.at_s >= course.onset_s), None)
    last = during[-1] if during else None
    return Outcome(
        trial=trial,
        told_after_s=first.at_s - course.onset_s if first else None,
        first=_named(first),
        at_end=_named(last),
        ok_at_end=last is not None and last.level is HealthLevel.OK,
        cleared_after_s=None if course.cleared_s is None else course.cleared_s - course.healed_s,
        false_before=any(one.level in ALARMS and one.at_s < course.onset_s for one in said),
        judged_s=course.ends_s,
        named_after_s=named.at_s - course.onset_s if named else None,
        visible=trial.shows_graver(),
    )


def _named(change: Change | None) -> HealthReason | None:
    """The gravest thing that an alarm names."""
    return change.findings[0].code if change and change.level in ALARMS and change.findings else None


@dataclass(frozen=True)
class CleanOutcome:
    """What a diagnosis made of clean material. Each change to a worse level, or to another reason, is a false alarm."""

    name: str
    seed: int
    judged_s: float
    vehicles: int
    alarms: tuple[tuple[float, HealthLevel, HealthReason | None], ...]
    level_at_end: HealthLevel


def run_clean(clean: Clean, judge: Judge) -> CleanOutcome:
    """Show clean material to a diagnosis."""
    alarms: list[tuple[float, HealthLevel, HealthReason | None]] = []
    level, reason = HealthLevel.UNKNOWN, None
    for change in judge(clean.shown(), ()):
        named = _named(change)
        if change.level in ALARMS and (change.level, named) != (level, reason):
            alarms.append((change.at_s, change.level, named))
        level, reason = change.level, named
    return CleanOutcome(clean.name, clean.seed, clean.duration_s, clean.vehicles, tuple(alarms), level)


def fits(code: HealthReason, scene: Kind | Clip, seed: int, severity: Severity = Severity.SEVERE) -> bool:
    """Whether this fault can be seen in this scene.

    A lamp fails by infrared, colours are lost where there are any, and what is washed out by day is only lighter at
    dusk and at night.
    """
    light = scene.light if isinstance(scene, Clip) else Rendered(scene, 0, 1.0).light
    way = injector(code, severity, seed).way.name
    if code is HealthReason.IR_FAILED:
        return light == "infrared"
    if way in {"washed out", "infrared by day"}:
        return light == "day" or (light == "dusk" and way == "infrared by day")
    return code is not HealthReason.COLOUR_CAST or light != "infrared"


def trials(
    *,
    seed: int = 1,
    repeats: int = 4,
    codes: Iterable[HealthReason] = tuple(WAYS),
    severities: Iterable[Severity] = tuple(Severity),
    held_back: bool = False,
    clips: Sequence[Clip] = (),
) -> Iterator[Trial]:
    """Every class at every severity, `repeats` times each, in scenes that take turns; clips, if given, instead of them.

    Every fourth trial of a fault that stays in the picture has no lead-in.
    """
    scenes: Sequence[Kind | Clip] = clips or (HELD_BACK if held_back else TUNING)
    for repeat in range(repeats):
        for number, code in enumerate(codes):
            for step, severity in enumerate(severities):
                own = 1000 * seed + repeat
                start = number + step + repeat
                turn = (scenes[(start + more) % len(scenes)] for more in range(len(scenes)))
                scene = next((one for one in turn if fits(code, one, own)), None)
                if scene is None:
                    continue
                way = injector(code, severity, own).way
                stays = way.stage is not Stage.STREAM or code is HealthReason.FORMAT_CHANGED
                yield Trial(((code, severity),), scene, own, with_lead_in=not stays or repeat % 4 != 2)


_CONTRARY = (
    {HealthReason.DARK, HealthReason.OVEREXPOSED},
    {HealthReason.IR_FAILED, HealthReason.COLOUR_CAST},
    {HealthReason.DARK, HealthReason.IR_FAILED},
)
"""What cannot be together, or not be told apart: by infrared, a dark picture looks the same for either reason."""


def pairs(*, seed: int = 1, count: int = 40, held_back: bool = False, clips: Sequence[Clip] = ()) -> Iterator[Trial]:
    """Two faults at once, moderate or severe each, drawn from all pairs that can be together."""
    rng = np.random.default_rng([seed, 77])
    scenes: Sequence[Kind | Clip] = clips or (HELD_BACK if held_back else TUNING)
    possible = [pair for pair in itertools.combinations(WAYS, 2) if set(pair) not in _CONTRARY]
    order = [place for _ in range(1 + count // len(possible)) for place in rng.permutation(len(possible))]
    for number, place in enumerate(order[:count]):
        own = 1000 * seed + 500 + number
        pair = possible[place]
        fitting = [one for one in scenes if all(fits(code, one, own) for code in pair)]
        if not fitting:
            continue
        bad = [(Severity.MODERATE, Severity.SEVERE)[int(one)] for one in rng.integers(0, 2, 2)]
        yield Trial(tuple(zip(pair, bad, strict=True)), fitting[number % len(fitting)], own)
