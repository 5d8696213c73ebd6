"""Which character stands on a plate where the camera read another: a prior, and what corrections teach. Pure.

The prior says that one read character in a hundred is wrong, mostly a look-alike. Each correction is one observation
for every character of the plate that it names, right ones, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_LOOK_ALIKES: Final = (
    "0DOQU",
    "8B3",
    "1I7TL",
    "2Z7",
    "5S6",
    "6G8",
    "4A",
    "CG0",
    "EF",
    "FP",
    "HMN",
    "KX",
    "VY",
    "UV",
    "39",
)
_PRIOR_WRONG: Final = 0.01
"""Share of characters that are read wrong before anything was corrected."""
_PRIOR_WEIGHT: Final = 200.0
"""How many characters' worth of observations the prior counts for, for each character read."""
_TO_LOOK_ALIKE: Final = 0.8
"""Share of wrong characters that are look-alikes of the right one; the others are spread evenly."""
_CHARACTERS: Final = 34.0
"""Digits, and letters without I and O."""


def _look_alikes() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _LOOK_ALIKES:
        for one in group:
            found.setdefault(one, set()).update(set(group) - {one})
    return {one: frozenset(others) for one, others in found.items()}


_ALIKE: Final = _look_alikes()


@dataclass(frozen=True, slots=True)
class Confusions:
    """Probabilities of what stands on the plate, given the one character that was read there."""

    seen: Mapping[str, int] = field(default_factory=dict)
    """How often each read character was checked by a person."""
    found: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How often it was which: (read, right)."""
    _known: dict[tuple[str, str], float] = field(default_factory=dict, repr=False, compare=False)

    def probability(self, read: str, right: str) -> float:
        """Of `right` standing where `read` was read."""
        known = self._known.get((read, right))
        if known is None:
            known = self._known[read, right] = self._probability(read, right)
        return known

    def of_place(self, place: Mapping[str, float], right: str) -> float:
        """The same where one of several was read, each as probable as `place` says."""
        known, total = self._known, 0.0
        for read, p in place.items():
            found = known.get((read, right))
            total += p * (self.probability(read, right) if found is None else found)
        return total

    def _probability(self, read: str, right: str) -> float:
        prior = 1.0 - _PRIOR_WRONG if read == right else _PRIOR_WRONG * _share(read, right)
        seen = self.seen.get(read, 0)
        return (self.found.get((read, right), 0) + _PRIOR_WEIGHT * prior) / (seen + _PRIOR_WEIGHT)


def _share(read: str, right: str) -> float:
    """Of all that `read` may be mistaken for."""
    alike = _ALIKE.get(read, frozenset())
    rest = (1.0 - _TO_LOOK_ALIKE if alike else 1.0) / _CHARACTERS
    return rest + (_TO_LOOK_ALIKE / len(alike) if right in alike else 0.0)


def learn(pairs: Iterable[tuple[str, str]]) -> Confusions:
    """Learn from (raw read, corrected text), normalised. Pairs of unequal length teach nothing of single characters."""
    seen: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    for raw, right in pairs:
        if len(raw) == len(right):
            seen.update(raw)
            found.update(zip(raw, right, strict=True))
    return Confusions(dict(seen), dict(found))


PRIOR: Final = Confusions()
