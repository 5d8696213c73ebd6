"""Whether frames are new: a still picture, a stretch of video that comes again, frames that come in jerks.

Every frame leaves a fingerprint: some hundred single pixels spread over it. Two frames of a live camera differ in their
noise even when nothing moves; a frame that was there before differs from itself not at all, or by what a later
compression did to it.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.health.look import quantile

_POINTS = 512
_FRAMES = 2048
_OVERLAY_SHARE = 0.06
"""So much of a picture may be a clock or a caption that goes on over a still one."""
_SAME_OF_USUAL = 0.35
"""Frames closer than this share of what live frames differ by are the same frame, compressed twice."""
_SAME_GREY = 0.12
"""Frames closer than this are the same whatever the usual difference; far below any sensor's noise."""
_LIVE_GREY = 0.6
"""What live frames differ by at least, for a repetition to be told by it: a compression that smooths all noise away
repeats by itself."""
_BLACK, _WHITE = 5, 250
_LEAST_TELLING = 40
_MOST_GREY = 6
"""A pixel counts no more than this in the search for an earlier frame: lettering that goes on does not hide a loop."""
_MEMORY_S = 75.0
_LEAST_LAG_S = 1.2
"""Shorter repetitions are a slow camera, not a loop."""
_LAG_SPREAD_S = 0.25
_LOOP_SEEN_S, _LOOP_SEEN_MOST_S = 2.5, 12.0
_LOOP_FRAMES, _FRAMES_APART = 5, 2.5
"""So long, or as long as so many frames take where they come seldom, frames must have been there before; and so many
frames' gaps ago at least."""
_LEARN_AFTER_S = 2.0
_LEARN_RISING, _LEARN_FALLING = 0.002, 0.1


class Repeats:
    """Memory of one camera's frames. Times are seconds and must not fall."""

    def __init__(self) -> None:
        self.still_s = 0.0
        """For how long the picture has stood still."""
        self.looped_s = 0.0
        """For how long frames have come that came before."""
        self.usual_difference: float | None = None
        """What successive new frames differ by, in grey levels; None before it is known."""
        self._prints = np.zeros((_FRAMES, _POINTS), np.uint8)
        self._times = np.full(_FRAMES, -np.inf)
        self._count = 0
        self._indices = np.zeros(0, np.int64)
        self._size: tuple[int, ...] = ()
        self._began_s = 0.0
        self._last_s = 0.0
        self._still_since: tuple[float, NDArray[np.uint8]] | None = None
        self._lags: deque[tuple[float, float]] = deque()
        self._new_at_s: deque[float] = deque()

    def take(self, image: Image, at_s: float) -> None:
        """Take a frame into account."""
        if image.shape != self._size:
            self._begin(image, at_s)
        print_ = np.asarray(image.reshape(-1, 3)[self._indices, 1], dtype=np.uint8)
        fresh = True
        if self._count:
            before = self._prints[(self._count - 1) % _FRAMES]
            step = _trimmed(print_, before)
            fresh = not self._same(step)
            self._judge_stillness(print_, before, fresh=fresh, at_s=at_s)
            self._judge_loop(print_, step, at_s)
            if fresh:
                self._learn(step, at_s)
        if fresh:
            self._new_at_s.append(at_s)
        while self._new_at_s and at_s - self._new_at_s[0] > _LOOP_SEEN_MOST_S:
            self._new_at_s.popleft()
        place = self._count % _FRAMES
        self._prints[place], self._times[place] = print_, at_s
        self._count += 1
        self._last_s = at_s

    def _begin(self, image: Image, at_s: float) -> None:
        self._size = image.shape
        height, width = image.shape[:2]
        self._indices = np.random.default_rng(5).integers(0, height * width, _POINTS)
        self._times[:] = -np.inf
        self._count = 0
        self._began_s = at_s
        self._still_since = None
        self._lags.clear()

    def _same(self, apart: float) -> bool:
        usual = self.usual_difference
        return apart <= _SAME_GREY or (usual is not None and usual >= _LIVE_GREY and apart < _SAME_OF_USUAL * usual)

    def _judge_stillness(
        self, print_: NDArray[np.uint8], before: NDArray[np.uint8], *, fresh: bool, at_s: float
    ) -> None:
        if fresh:
            self._still_since = None
        elif self._still_since is None or not self._same(_trimmed(print_, self._still_since[1])):
            # the second: it creeps; small steps that add up are no still picture
            self._still_since = (self._last_s, before)
        self.still_s = 0.0 if self._still_since is None else at_s - self._still_since[0]

    def _judge_loop(self, print_: NDArray[np.uint8], step: float, at_s: float) -> None:
        while self._lags and at_s - self._lags[0][0] > 2 * self._loop_seen_s(at_s):
            self._lags.popleft()
        ages = at_s - self._times[: min(self._count, _FRAMES)]
        old = np.flatnonzero((ages >= _LEAST_LAG_S) & (ages <= _MEMORY_S))
        if self.still_s > _LEAST_LAG_S or not old.size:
            self._lags.clear()
        else:
            prints = self._prints[: ages.size] if old.size > ages.size // 2 else self._prints[old]
            apart = cv2.absdiff(prints, np.broadcast_to(print_, prints.shape))
            sums = cv2.reduce(np.minimum(apart, _MOST_GREY), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() / _POINTS
            sums = sums[old] if prints.shape[0] == ages.size else sums
            best, usual = int(np.argmin(sums)), quantile(sums, 0.5)
            live = min(usual, step)
            if live >= _LIVE_GREY and float(sums[best]) < _SAME_OF_USUAL * live:
                self._lags.append((at_s, float(ages[old[best]])))
        self.looped_s = at_s - self._lags[0][0] if self._is_regular(at_s) else 0.0

    def _is_regular(self, at_s: float) -> bool:
        """Whether the frames of the last seconds were there before, all of them equally long ago or by multiples."""
        seen_s = self._loop_seen_s(at_s)
        recent = [lag for when, lag in self._lags if at_s - when <= seen_s]
        frames = sum(1 for when in self._new_at_s if at_s - when <= seen_s)
        if len(recent) < max(4, 0.5 * frames) or at_s - self._lags[0][0] < 0.7 * seen_s:
            return False
        shortest = min(recent)
        if shortest * frames < _FRAMES_APART * seen_s:
            return False  # of few frames all lie multiples of their gap apart, alike by chance or not
        regular = sum(1 for lag in recent if abs(lag / shortest - round(lag / shortest)) * shortest < _LAG_SPREAD_S)
        return regular >= (0.8 if seen_s <= _LOOP_SEEN_S else 1.0) * len(recent)

    def _loop_seen_s(self, at_s: float) -> float:
        """For how long frames must have been there before, to be called a loop."""
        few = len(self._new_at_s) < _LOOP_FRAMES
        took_s = _LOOP_SEEN_MOST_S if few else at_s - self._new_at_s[-_LOOP_FRAMES]
        return min(max(_LOOP_SEEN_S, took_s), _LOOP_SEEN_MOST_S)

    def _learn(self, step: float, at_s: float) -> None:
        if self.usual_difference is None:
            if at_s - self._began_s >= _LEARN_AFTER_S:
                self.usual_difference = step
            return
        # rises slowly and falls fast: a lorry that passes differs much, and the still lane behind it is what counts
        rate = _LEARN_RISING if step > self.usual_difference else _LEARN_FALLING
        step = min(step, 2.0 * self.usual_difference + _SAME_GREY)
        self.usual_difference += rate * (step - self.usual_difference)


def _trimmed(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference, but for the few pixels that differ most.

    Black and white pixels repeat in a live picture too: they do not count. A picture with next to no others is the
    same only if it is so exactly.
    """
    apart = cv2.absdiff(one, other).ravel()
    telling = ((one > _BLACK) & (one < _WHITE)) | ((other > _BLACK) & (other < _WHITE))
    if telling.sum() < _LEAST_TELLING:
        return float(apart.max())
    apart = apart[telling]
    return float(np.sort(apart)[: int(apart.size * (1 - _OVERLAY_SHARE))].mean())
