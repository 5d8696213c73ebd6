"""Spots that appear on the glass: small places that differ from what the camera usually sees, and stay where they are.

Dirt and drops are many, small and everywhere, whatever is behind them. A shadow or a lamp changes few large parts, a
vehicle or a person one; what moves does not stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.health.look import COARSE, COLUMNS, ROWS, Look, Mask, quantile
from edge.health.view import View

_AVERAGE_RATE, _STAY_RATE = 0.1, 0.1
_STAYS = 0.6
_CLEAR_LOOKS = 10
"""A place counts when nothing stood before it for so long: what a vehicle left behind has gone from the averages."""
_CONTRAST = 0.055
"""Difference against the light around, as a share of it, from which a place differs."""
_NOISE_SHARE = 0.8
_EDGE_SHARE = 0.15
"""Share of its usual contrast that an edge may lose or gain: it does as the light turns, and is no spot for that."""
_AROUND_PX = 17
_LEAST_PX, _MOST_PX, _LONGEST_PX = 3, 80, 14
"""Size of a spot at 90 × 160: about 20 to 110 pixels of a picture 1280 wide."""
_DIM_GREY = 8.0
_MANY = 24
"""So many need be in two quarters of the picture only: in the others something may stand."""
_LEAST_CLEAR = 0.4
_LEAST_SEEN = 0.2
_BURNT_GREY = 235.0
"""Where the picture is burnt out nothing differs as it should, nor close beside."""
_PART_PX = COARSE[0] // COLUMNS
_LIGHT_RATE, _LIGHT_STEADY, _LIGHT_JUMP = 0.1, 0.012, 0.05
"""Light is steady while it differs by about one per cent at most from its mean of the last two seconds. While it turns,
at dusk or under a cloud, places brighten and darken one after the other, and that looks like spots."""
_ANEW_LOOKS = 15
"""What the camera usually sees changes slowly: its contrast is worked out so often."""


def _zeros() -> NDArray[np.float32]:
    return np.zeros(COARSE[::-1], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Contrasts:
    of_part: NDArray[np.float32]
    even: NDArray[np.float32]
    light: NDArray[np.float32]
    edges: NDArray[np.float32]
    """The most that a place or one beside it differs from the light around."""


@dataclass(eq=False)
class Spots:
    """Counts them, from look to look."""

    count: float = 0.0
    """Parts with a spot that a whole picture would have at as many as its clear part has; 0–144."""
    where: Mask = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.bool_))
    """Parts with a spot."""
    scattered: bool = False
    """Whether they are in several parts of the picture."""
    clear: float = 0.0
    """Share of the picture in which they can be seen now."""
    steady_light: bool = True
    """Whether the light is as it was over the last seconds."""
    _light: float | None = None
    """Mean of the logarithm of the light against the usual one."""
    _newest_light: float = 0.0
    _average: NDArray[np.float32] = field(default_factory=_zeros)
    _stay: NDArray[np.float32] = field(default_factory=_zeros)
    """How lastingly a place is brighter (to 1) or darker (to -1) than usual."""
    _clear: NDArray[np.int32] = field(default_factory=lambda: np.zeros(COARSE[::-1], np.int32))
    _usual: _Contrasts = field(default_factory=lambda: _Contrasts(_zeros(), _zeros(), _zeros(), _zeros()))
    _looks: int = 0

    def take(self, look: Look, view: View, hidden: Mask) -> None:
        """Take a look into account. `hidden`: parts that something stands before, or that nothing is known of."""
        if self._looks % _ANEW_LOOKS == 0:
            self._usual = _contrasts(cv2.resize(view.picture, COARSE, interpolation=cv2.INTER_AREA))
        self._looks += 1
        self._follow_light(look, ~hidden)
        wide = cv2.dilate(hidden.astype(np.uint8), np.ones((3, 3), np.uint8))
        seen = cv2.resize(wide, COARSE, interpolation=cv2.INTER_NEAREST) == 0
        self._clear = np.where(seen, self._clear + 1, 0)
        rate = np.where(seen, np.maximum(_AVERAGE_RATE, 1.0 / np.maximum(self._clear, 1)), 0.0).astype(np.float32)
        self._average += rate * (look.coarse - self._average)
        now, usual = _contrasts(self._average), self._usual
        noise = view.noise / np.minimum(now.light, usual.light)
        limit = _CONTRAST + _NOISE_SHARE * noise + _EDGE_SHARE * usual.edges
        apart, evenly = now.of_part - usual.of_part, now.even - usual.even
        brighter, darker = np.minimum(apart, evenly) > limit, np.maximum(apart, evenly) < -limit
        differs = brighter.astype(np.float32) - darker
        self._stay += np.where(seen, _STAY_RATE, 0.0).astype(np.float32) * (differs - self._stay)
        burnt = cv2.dilate((self._average > _BURNT_GREY).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        self._count((self._clear >= _CLEAR_LOOKS) & ~burnt)

    def _follow_light(self, look: Look, seen: Mask) -> None:
        if seen.mean() < _LEAST_SEEN:
            return
        now = cv2.resize(look.coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)[seen] + _DIM_GREY
        light = quantile(
            np.log(now / self._usual.light[_PART_PX // 2 :: _PART_PX, _PART_PX // 2 :: _PART_PX][seen]), 0.5
        )
        if self._light is None or abs(light - self._newest_light) > _LIGHT_JUMP:
            self._light = light  # mud that is thrown, or a lamp: it is as it will be from now on
        self._light += _LIGHT_RATE * (light - self._light)
        self._newest_light = light
        self.steady_light = abs(light - self._light) < _LIGHT_STEADY

    def _count(self, clear: NDArray[np.bool_]) -> None:
        self.clear = float(clear.mean())
        marks = ((np.abs(self._stay) > _STAYS) & clear).astype(np.uint8)
        _, _, stats, middles = cv2.connectedComponentsWithStats(marks, connectivity=8)
        size, longest = stats[1:, cv2.CC_STAT_AREA], stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
        small = (size >= _LEAST_PX) & (size <= _MOST_PX) & (longest <= _LONGEST_PX)
        columns, rows = (middles[1:][small] / _PART_PX).astype(int).T
        # one to a part: what a part that was learnt wrongly has of them is one thing
        parts = np.unique(rows * COLUMNS + columns)
        quarters = np.bincount((parts % COLUMNS >= COLUMNS // 2) * 2 + (parts // COLUMNS > ROWS // 2), minlength=4)
        _, second, third, _ = np.sort(quarters)[::-1]
        self.count = float(len(parts)) / max(self.clear, _LEAST_CLEAR)
        self.where = np.zeros((ROWS, COLUMNS), np.bool_)
        self.where.flat[parts] = True
        self.scattered = bool(second >= 2 and (third >= 1 or self.count > _MANY))


def _contrasts(picture: NDArray[np.float32] | cv2.typing.MatLike) -> _Contrasts:
    """How each place differs from the light around it, as a share of that, in two ways; and that light.

    Part by part, as the usual picture is learnt: one that was seen last in the sun is brighter than the one beside it.
    And with a light that changes evenly from part to part: one that is brighter on the side of a lamp has no edge.
    """
    by_part = cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) + _DIM_GREY
    of_part = cv2.resize(by_part, COARSE, interpolation=cv2.INTER_NEAREST)
    even = cv2.resize(by_part, COARSE, interpolation=cv2.INTER_LINEAR)
    apart = _against_around(cv2.divide(picture, of_part))
    return _Contrasts(
        apart,
        _against_around(cv2.divide(picture, even)),
        np.asarray(of_part, dtype=np.float32),
        np.asarray(cv2.dilate(np.abs(apart), np.ones((3, 3), np.uint8)), dtype=np.float32),
    )


def _against_around(picture: cv2.typing.MatLike) -> NDArray[np.float32]:
    around = cv2.blur(cv2.blur(picture, (_AROUND_PX, _AROUND_PX)), (5, 5))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8) - around, dtype=np.float32)
