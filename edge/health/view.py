"""What a camera usually sees, part by part; and which parts a vehicle or another thing stands before just now.

A part of the picture is compared with what it usually shows only while nothing stands before it. Things come moving and
bring edges with them where there were none: that is how a lorry that stops is told from a cover, which only takes away.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.health.look import COARSE, COLUMNS, ROWS, Look, Mask, TileMeasures, Tiles

_READY_LOOKS = 6
_YOUNG_LOOKS = 50
"""A part seen for fewer looks is learnt anew when something moved over it: what stood there at the start may leave."""
_LEARN_RATE = 0.001
_STRUCTURED = 3.0
"""Coarse energy from which a part shows something to judge it by."""
_MOVED_RATIO, _MOVED_LEAST = 5.0, 16.0
"""Change of a part, against that by noise alone, from which something moves there."""
_RISEN_RATIO, _RISEN_LEAST = 1.7, 60.0
_ALL_AT_ONCE = 0.75
"""Share of moving parts, among those that show something, from which it is the camera that moves, or the light that
changes; no thing."""
_JOLT_SHARE, _STILL_SHARE = 0.5, 0.15
_STIR_SHARE, _STIR_LOOKS = 0.01, 2
"""A thing takes more than one look to come; what is all there at once is a fault, or a light."""
_RETURNED = (0.7, 1.45)
_ALIKE, _ALIKE_SHARE = 0.08, 0.6
"""Difference of a place from the usual one, as a share of its light, up to which it is as before; and the share of such
places from which a part is: what is new there are spots on the glass."""
_DIM_GREY = 8.0
_SETTLED_LOOKS = 5
_ADOPT_LOOKS = 3000
"""Ten minutes at five looks a second: a thing that stands so long belongs to the view."""


def _zeros() -> Tiles:
    return np.zeros((ROWS, COLUMNS), np.float32)


@dataclass(eq=False)
class View:
    """Usual values of each part of the picture. `learnt` counts looks; at 0 nothing is known of a part."""

    fine: Tiles = field(default_factory=_zeros)
    coarse: Tiles = field(default_factory=_zeros)
    mean: Tiles = field(default_factory=_zeros)
    blue: Tiles = field(default_factory=_zeros)
    red: Tiles = field(default_factory=_zeros)
    learnt: NDArray[np.int32] = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.int32))
    slopes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((180, 320), np.float32))
    picture: NDArray[np.float32] = field(default_factory=lambda: np.zeros((360, 640), np.float32))
    noise: float = 0.0
    grain: float = 0.0
    white: float = 0.0
    """Share of parts that are burnt out."""
    looks: int = 0

    @property
    def known(self) -> Mask:
        """Parts that were seen often enough to be judged by."""
        return np.asarray(self.learnt >= _READY_LOOKS)

    @property
    def structured(self) -> Mask:
        """Known parts that show something."""
        return np.asarray(self.known & (self.coarse > _STRUCTURED))

    @property
    def ready(self) -> bool:
        """Whether most of the picture is known."""
        return bool(self.known.mean() > 0.5)

    def learn(self, look: Look, now: TileMeasures, where: Mask) -> None:
        """Take a look into account, in the parts `where`."""
        self.learnt[where] += 1
        rate = np.where(where, np.maximum(_LEARN_RATE, 1.0 / np.maximum(self.learnt, 1)), 0.0).astype(np.float32)
        self.fine += rate * (now.fine - self.fine)
        self.coarse += rate * (now.coarse - self.coarse)
        self.mean += rate * (now.mean - self.mean)
        self.blue += rate * (now.tint[0] - self.blue)
        self.red += rate * (now.tint[1] - self.red)
        self.looks += 1
        whole = max(_LEARN_RATE, 1.0 / self.looks)
        self.grain += whole * (now.grain - self.grain)
        self.noise += whole * (now.noise - self.noise)
        self.white += whole * (burnt_share(now) - self.white)
        self._learn_pictures(look, rate)

    def _learn_pictures(self, look: Look, rate: Tiles) -> None:
        if rate.max() <= _LEARN_RATE:
            # all is known: the common case, and much quicker
            where = (rate > 0).astype(np.uint8)
            cv2.accumulateWeighted(look.slopes, self.slopes, _LEARN_RATE, _enlarged(where, self.slopes))
            cv2.accumulateWeighted(look.fine, self.picture, _LEARN_RATE, _enlarged(where, self.picture))
            return
        small = cv2.resize(rate, (320, 180), interpolation=cv2.INTER_NEAREST)
        self.slopes += small * (look.slopes - self.slopes)
        large = cv2.resize(rate, (640, 360), interpolation=cv2.INTER_NEAREST)
        self.picture += large * (look.fine - self.picture)

    def copy(self) -> View:
        """A view that goes on by itself."""
        twin = View(noise=self.noise, grain=self.grain, white=self.white, looks=self.looks)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(twin, name, value.copy())
        return twin

    def in_light_of(self, now: View) -> View:
        """The structure of this view, in the light and colour of another."""
        twin = self.copy()
        twin.mean, twin.blue, twin.red, twin.white = now.mean.copy(), now.blue.copy(), now.red.copy(), now.white
        return twin

    def adopt(self, look: Look, now: TileMeasures, where: Mask) -> None:
        """Take these parts as they are now."""
        self.learnt[where] = 0
        self.learn(look, now, where)
        self.learnt[where] = _READY_LOOKS


def _enlarged(mask: NDArray[np.uint8], like: NDArray[np.float32]) -> cv2.typing.MatLike:
    return cv2.resize(mask, like.shape[::-1], interpolation=cv2.INTER_NEAREST)


def burnt_share(now: TileMeasures) -> float:
    """Share of parts that are evenly white."""
    return float(((now.mean > 244) & (now.spread < 4)).mean())


@dataclass(eq=False)
class Occupied:
    """Which parts of the picture something stands before, or moves over."""

    where: Mask = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.bool_))
    jolted_s: float = float("-inf")
    """When most of the picture changed from one look to the next."""
    moving: Mask = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.bool_))
    _raw: Tiles = field(default_factory=_zeros)
    """Fine energy of the calm looks before."""
    _calm: NDArray[np.int32] = field(default_factory=lambda: np.zeros((ROWS, COLUMNS), np.int32))
    """For how many looks nothing has moved there."""
    _stirring: int = 0
    _last_share: float = 1.0
    _seen: bool = False

    @property
    def share(self) -> float:
        """Share of the picture."""
        return float(self.where.mean())

    def take(self, look: Look, now: TileMeasures, view: View) -> Mask:
        """Take a look into account; returns the parts that the view is to learn anew."""
        # grain tells noise from movement, even from that of the whole view
        noise = min(now.noise, max(1.5 * view.noise + 1.0, now.grain)) if view.ready else now.noise
        self.moving = now.change > np.maximum(_MOVED_LEAST, _MOVED_RATIO * 2 * max(noise, view.noise) ** 2)
        share = float(self.moving.mean())
        if share > _JOLT_SHARE and self._last_share < _STILL_SHARE:
            self.jolted_s = look.at_s
        self._last_share = share
        self._stirring = self._stirring + 1 if self.moving.mean() > _STIR_SHARE else 0
        if not self._seen:
            self._raw, self._seen = now.raw.copy(), True
        shows = view.structured if view.ready else np.ones_like(self.moving)
        at_once = self.moving[shows].mean() > _ALL_AT_ONCE if shows.any() else False
        things = np.zeros_like(self.moving) if at_once or self._stirring < _STIR_LOOKS else self._things(now)
        self.where |= things
        self._calm = np.where(self.moving, 0, self._calm + 1)
        self._raw = np.where(self.moving, self._raw, self._raw + 0.3 * (now.raw - self._raw))
        young = view.learnt < _YOUNG_LOOKS
        settled = self.where & (self._calm >= _SETTLED_LOOKS)
        if not settled.any():
            return settled
        returned = self._returned(now, view)
        if (settled & ~returned).any():
            returned |= self._spotted(look, view)
        anew = settled & ~returned & (young | (self._calm >= _ADOPT_LOOKS))
        self.where &= ~(anew | (settled & returned))
        return np.asarray(anew)

    def _spotted(self, look: Look, view: View) -> Mask:
        """Parts that look as usual in most of their places, whatever the others show."""
        usual = cv2.resize(view.picture, COARSE, interpolation=cv2.INTER_AREA)
        apart = cv2.log((look.coarse + _DIM_GREY) / (usual + _DIM_GREY))
        seen = view.known & ~self.where
        if seen.mean() > _STILL_SHARE:
            by_part = cv2.resize(apart, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
            apart = apart - float(np.median(by_part[seen]))  # the light may have turned since
        alike = (np.abs(apart) < _ALIKE).astype(np.float32)
        share = cv2.resize(alike, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
        return np.asarray(view.known & (share >= _ALIKE_SHARE))

    def _things(self, now: TileMeasures) -> Mask:
        """Parts over which a thing moves: connected, and some of them with more edges than they had."""
        risen = self.moving & (now.raw > _RISEN_RATIO * self._raw + _RISEN_LEAST)
        found = np.zeros_like(self.moving)
        if not risen.any():
            return found
        count, labels = cv2.connectedComponents(self.moving.astype(np.uint8), connectivity=8)
        for label in range(1, count):
            part = labels == label
            if risen[part].sum() >= 2 or (part.sum() <= 3 and risen[part].any()):
                found |= part
        return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) if found.any() else found

    def _returned(self, now: TileMeasures, view: View) -> Mask:
        """Parts that look as usual again."""
        low, high = _RETURNED
        fine = np.sqrt((now.fine + 4.0) / (view.fine + 4.0))
        coarse = np.sqrt((now.coarse + 4.0) / (view.coarse + 4.0))
        near = np.abs(now.mean - view.mean) < 0.2 * view.mean + 6.0
        return np.asarray(view.known & (low < fine) & (fine < high) & (low < coarse) & (coarse < high) & near)
