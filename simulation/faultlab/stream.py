"""Faults behind the camera's compression: what comes late, again, damaged, in another form, or not at all.

Each builder draws its chances once and gives an `Alter`: a stream in, a stream out. `depth_at` tells at which moments
the fault is there.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from contract.vocabulary import Severity
from edge.frame import Image
from edge.health.clip import Shown
from simulation.faultlab.lens import Retouch

Depth = Callable[[float], float]
"""How much of a fault is there at a moment in seconds: 0 is none, 1 is all of it."""
Alter = Callable[[Iterable[Shown], Depth], Iterator[Shown]]

GONE_S = {Severity.SLIGHT: (12.0, 5.0), Severity.MODERATE: (15.0, 3.0), Severity.SEVERE: (1e9, 0.0)}
"""How long nothing comes, and how long pictures come again. After 25 s, when a fault may end, nothing comes."""
LOOP_S = {Severity.SLIGHT: 10.0, Severity.MODERATE: 6.0, Severity.SEVERE: 3.0}
EVERY_S = {Severity.SLIGHT: 0.4, Severity.MODERATE: 0.8, Severity.SEVERE: 2.0}
BURST_S = {Severity.SLIGHT: (1.0, 1.0), Severity.MODERATE: (2.0, 0.6), Severity.SEVERE: (3.0, 0.4)}
"""How long a stuttering picture stands, and how long it moves."""
BARS_SHARE = {Severity.SLIGHT: 0.06, Severity.MODERATE: 0.125}
TICK_S = 0.5
"""So often is told that nothing new came."""
_QUALITIES = (76, 80, 84)


def signal_lost(severity: Severity, rng: np.random.Generator) -> Alter:
    """The camera does not answer: all the time, or by turns as with a loose plug."""
    return _gone(severity, rng, connected=False)


def no_frames(severity: Severity, rng: np.random.Generator) -> Alter:
    """The camera answers and sends no pictures: all the time, or by turns."""
    return _gone(severity, rng, connected=True)


def _gone(severity: Severity, _rng: np.random.Generator, *, connected: bool) -> Alter:
    gone_s, back_s = GONE_S[severity]

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        began_s, ticked_s = None, -1e9
        for one in shown:
            if not depth_at(one.at_s):
                began_s = None
                yield one
                continue
            began_s = one.at_s if began_s is None else began_s
            if (one.at_s - began_s) % (gone_s + back_s) >= gone_s:
                yield one
            elif one.at_s - ticked_s >= TICK_S - 1e-6:
                ticked_s = one.at_s
                yield replace(one, image=None, connected=connected)

    return alter


def frozen(severity: Severity, _rng: np.random.Generator) -> Alter:
    """The last picture comes again and again.

    As it is (severe), under a clock that runs (moderate), under a running clock and compressed anew (slight).
    """

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        kept: Image | None = None
        for number, one in enumerate(shown):
            if not depth_at(one.at_s):
                kept = None
            if one.image is None or not depth_at(one.at_s):
                yield one
                continue
            kept = one.image if kept is None else kept
            yield replace(one, image=_replayed(kept, one.image, severity, number))

    return alter


def looped(severity: Severity, rng: np.random.Generator) -> Alter:
    """The last seconds are played again and again; the slight one compressed anew under a running clock."""
    length_s = LOOP_S[severity] * float(rng.uniform(0.9, 1.0))

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        before: deque[Shown] = deque()
        began_s = 0.0
        for number, one in enumerate(shown):
            looping = len(before) > 1 and depth_at(one.at_s) > 0
            if one.image is None and looping:
                yield one  # another fault may let pictures come seldom: the loop goes on meanwhile
                continue
            if one.image is None or not looping:
                began_s = one.at_s
                if one.image is not None:
                    before.append(one)
                while before and one.at_s - before[0].at_s > length_s:
                    before.popleft()
                yield one
                continue
            kept = _played(before, one.at_s - began_s)
            form = severity if severity is Severity.SLIGHT else Severity.SEVERE
            yield replace(one, image=_replayed(kept, one.image, form, number))

    return alter


def _played(kept: Sequence[Shown], after_s: float) -> Image:
    """What a stretch of video shows, played again and again at its own speed, so long after its end."""
    first_s, last_s = kept[0].at_s, kept[-1].at_s
    step_s = (last_s - first_s) / (len(kept) - 1)
    at_s = first_s + (after_s - step_s) % (last_s - first_s + step_s)
    image = min(kept, key=lambda one: abs(one.at_s - at_s)).image
    assert image is not None
    return image


def _replayed(kept: Image, now: Image, severity: Severity, number: int) -> Image:
    """A kept picture as it is, with the clock of now, or compressed once more as well."""
    if severity is Severity.SEVERE:
        return kept
    height, width = kept.shape[:2]
    top, right = round(0.075 * height), round(0.42 * width)
    again = kept.copy()
    again[:top, :right] = now[:top, :right]  # where the clock stands
    return compressed(again, _QUALITIES[number % len(_QUALITIES)]) if severity is Severity.SLIGHT else again


def slow(severity: Severity, _rng: np.random.Generator) -> Alter:
    """Pictures come evenly, but too seldom."""
    return _thinned(lambda at_s, last_s, _began_s: at_s - last_s >= EVERY_S[severity] - 1e-3)


def stutter(severity: Severity, _rng: np.random.Generator) -> Alter:
    """The picture stands for seconds, then moves for a moment."""
    stands_s, moves_s = BURST_S[severity]
    return _thinned(lambda at_s, _last_s, began_s: (at_s - began_s) % (stands_s + moves_s) >= stands_s)


def _thinned(comes: Callable[[float, float, float], bool]) -> Alter:
    """Only some pictures come; `comes` gets now, when the last one came, and when the fault began, in seconds."""

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        began_s: float | None = None
        last_s = told_s = -1e9
        for one in shown:
            if one.image is None or not depth_at(one.at_s):
                began_s, last_s, told_s = None, one.at_s, one.at_s
                yield one
                continue
            began_s = one.at_s if began_s is None else began_s
            if comes(one.at_s, last_s, began_s):
                last_s = told_s = one.at_s
                yield one
            elif one.at_s - told_s >= TICK_S - 1e-6:
                told_s = one.at_s
                yield replace(one, image=None)

    return alter


def each(retouch: Retouch) -> Alter:
    """The stream in which every picture that comes while the fault is there is retouched."""

    def alter(shown: Iterable[Shown], depth_at: Depth) -> Iterator[Shown]:
        for one in shown:
            depth = depth_at(one.at_s)
            if one.image is None or depth <= 0:
                yield one
            else:
                yield replace(one, image=retouch(one.image, depth, one.at_s))

    return alter


def compressed(image: Image, quality: int = 80) -> Image:
    """The picture after one more JPEG compression."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def other_format(severity: Severity, rng: np.random.Generator) -> Alter:
    """Another stream of the camera, or another setting.

    Bars above and below (slight), bars beside a squeezed picture (moderate); another resolution and shape, as of the
    camera's second stream (severe).
    """
    if severity is Severity.SEVERE:
        size = ((704, 576), (640, 360), (640, 480))[int(rng.integers(3))]
        return each(
            lambda image, _depth, _at_s: np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        )
    return each(functools.partial(_barred, share=BARS_SHARE[severity], upright=severity is Severity.MODERATE))


def _barred(image: Image, _depth: float, _at_s: float, *, share: float, upright: bool) -> Image:
    height, width = image.shape[:2]
    across, down = (round(width * share), 0) if upright else (0, round(height * share))
    inside = cv2.resize(image, (width - 2 * across, height - 2 * down), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(inside, down, down, across, across, cv2.BORDER_CONSTANT), np.uint8)
