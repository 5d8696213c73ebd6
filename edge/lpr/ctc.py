"""From a reader's steps to texts: connectionist temporal classification (Graves et al. 2006) over two rows.

Pure functions over `steps`, (2 × `COLUMNS`) × (1 + alphabet) probabilities; class 0 is "nothing". The rows are separate
paths: a character at the end of the upper row and the same one at the beginning of the lower row are two.

One thing differs from the paper: a doubtful character spans several steps, and taking each step by itself would make
two out of it (an 8 here, a B there). Where two neighbouring steps say the same, however divided, a change from one
character to another without "nothing" between them counts for little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.float32]
COLUMNS = 40
"""Steps of each of the two text rows."""
_BEAM = 8
_CHARACTERS_A_STEP = 3
_LEAST = 1e-2
"""Characters less likely than this at a step are not followed."""
_NOTHING = 0.99
"""Where "nothing" is surer than this, no path changes."""


def greedy(steps: Steps) -> tuple[list[int], list[int]]:
    """The classes of the likeliest path, and the step at which each is surest."""
    best = steps.argmax(axis=1)
    classes: list[int] = []
    places: list[int] = []
    for step in range(len(best)):
        current = int(best[step])
        if current == 0:
            continue
        goes_on = step > 0 and step != COLUMNS and best[step - 1] == current
        if not goes_on:
            classes.append(current)
            places.append(step)
        elif steps[step, current] > steps[places[-1], current]:
            places[-1] = step
    return classes, places


def likeliest(steps: Steps, *, beam: int = _BEAM) -> list[tuple[tuple[int, ...], float]]:
    """Class sequences with their probabilities over all paths, best first. Prefix beam search."""
    paths: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for step in range(len(steps)):
        if step == COLUMNS:
            paths = {prefix: (ends + goes_on, 0.0) for prefix, (ends, goes_on) in paths.items()}
        nothing = float(steps[step, 0])
        if nothing > _NOTHING:
            paths = {prefix: ((ends + goes_on) * nothing, 0.0) for prefix, (ends, goes_on) in paths.items()}
            continue
        paths = _extended(paths, nothing, _followed(steps[step]), unlike_before(steps, step))
        if len(paths) > beam:
            paths = dict(sorted(paths.items(), key=lambda item: -sum(item[1]))[:beam])
    return sorted(((prefix, ends + goes_on) for prefix, (ends, goes_on) in paths.items()), key=lambda item: -item[1])


def unlike_before(steps: Steps, step: int) -> float:
    """How far a step says other characters than the one before it, 0–1."""
    return float((1.0 - np.minimum(steps[step, 1:], steps[step - 1, 1:]).sum()) ** 2) if step else 1.0


def _followed(step: NDArray[np.float32]) -> list[tuple[int, float]]:
    likely = np.argsort(step[1:])[: -_CHARACTERS_A_STEP - 1 : -1] + 1
    return [(int(c), float(step[c])) for c in likely if step[c] > _LEAST]


def _extended(
    paths: dict[tuple[int, ...], tuple[float, float]],
    nothing: float,
    characters: list[tuple[int, float]],
    unlike: float,
) -> dict[tuple[int, ...], tuple[float, float]]:
    """One step of the search. Of each prefix: its probability ending with nothing, and ending with its last class."""
    longer: dict[tuple[int, ...], tuple[float, float]] = {}

    def add(prefix: tuple[int, ...], ends: float, goes_on: float) -> None:
        before = longer.get(prefix, (0.0, 0.0))
        longer[prefix] = (before[0] + ends, before[1] + goes_on)

    for prefix, (ends, goes_on) in paths.items():
        add(prefix, (ends + goes_on) * nothing, 0.0)
        for current, probability in characters:
            if prefix and prefix[-1] == current:
                add(prefix, 0.0, goes_on * probability)
                add((*prefix, current), 0.0, ends * probability)
            else:
                add((*prefix, current), 0.0, (ends + goes_on * unlike) * probability)
    return longer


def places_of(steps: Steps, classes: tuple[int, ...]) -> list[int]:
    """The step at which each class of a sequence stands, along its likeliest path (Viterbi)."""
    states = [0]
    for current in classes:
        states += [current, 0]
    logs = np.log(np.maximum(steps, 1e-8))[:, states]
    may_skip = np.array([i >= 2 and i % 2 == 1 and states[i] != states[i - 2] for i in range(len(states))])
    score = np.full(len(states), -np.inf)
    score[:2] = logs[0, :2]
    came_from = np.zeros((len(steps), len(states)), np.int8)
    for step in range(1, len(steps)):
        skip = may_skip if step != COLUMNS else np.arange(len(states)) % 2 == 1
        options = np.stack([score, _shifted(score, 1), np.where(skip, _shifted(score, 2), -np.inf)])
        if step == COLUMNS:
            options[0, 1::2] = -np.inf  # no character goes on from the upper row to the lower one
        came_from[step] = options.argmax(axis=0)
        score = options.max(axis=0) + logs[step]
    return _traced(steps, classes, came_from, int(len(states) - 2 + score[-2:].argmax()))


def _shifted(score: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    return np.concatenate([np.full(by, -np.inf), score[:-by]])


def _traced(steps: Steps, classes: tuple[int, ...], came_from: NDArray[np.int8], state: int) -> list[int]:
    best = [-1] * len(classes)
    for step in range(len(steps) - 1, -1, -1):
        if state % 2:
            place = state // 2
            if best[place] < 0 or steps[step, classes[place]] > steps[best[place], classes[place]]:
                best[place] = step
        state -= int(came_from[step, state])
    return best
