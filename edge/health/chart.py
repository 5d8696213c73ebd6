"""A control chart of yes-or-no outcomes against what is usual at this hour of the day. Pure.

A cumulative sum of log-likelihood ratios between the usual odds of a bad outcome and odds `ODDS_RATIO` times as high:
the risk-adjusted Bernoulli CUSUM of Steiner, Cook, Farewell & Treasure (Biostatistics 2000, 1(4), 441-452). What is
usual is known only as well as it was counted, so the chart holds against the upper end of Wilson's score interval for
it (J. Am. Stat. Assoc. 1927, 22, 209-212). What is learnt comes from stretches that the chart cleared: a fault never
becomes usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

HOURS = 24
ODDS_RATIO = 8.0
"""The chart is quickest for odds that are so many times as high: from 3 % bad outcomes to 20 %."""
ALARM = 8.0
"""Height at which the chart tells. Chosen by `bench/readability.py`: with it there is less than one false alarm in a
camera-week of 400 vehicles a day, also where the usual is known from one week alone."""
HEALED = 4.0
"""Height of the opposite sum, for the usual odds against the raised ones, at which a finding is taken back."""
_INTERVAL_Z = 0.5
"""The usual share is taken half a standard error high."""
_LEAST_USUAL = 0.02
"""No camera is held to better than one bad outcome in fifty."""
_HOUR_PRIOR = 75.0
"""An hour counts as the whole day does until it has so many outcomes of its own."""
_REMEMBERED = 1000.0
"""Outcomes an hour that make up the usual; older ones fade. At 400 vehicles a day that is two months."""
_LOOKED_BACK = 60
"""How many of the last outcomes the measured share is taken from, once the chart tells."""
_HELD_BACK = 200
"""Outcomes that wait for the chart to clear them; of a chart that stays in the middle the oldest are learnt."""


@dataclass
class Chart:
    """Outcomes of one kind. Its fields are what is kept over restarts."""

    bad: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    """Bad outcomes by hour of the day, UTC, faded …"""
    seen: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    """… and all outcomes."""
    height: float = 0.0
    healing: float = 0.0
    told: bool = False
    pending: list[tuple[int | None, bool]] = field(default_factory=list)
    """Hour and badness of the outcomes since the chart last stood at zero."""

    def learn(self, *, bad: bool, hour: int | None) -> None:
        """Take an outcome for usual. An unknown hour teaches nothing."""
        if hour is None:
            return
        fade = 1.0 - 1.0 / _REMEMBERED if self.seen[hour] >= _REMEMBERED else 1.0
        self.seen[hour] = self.seen[hour] * fade + 1.0
        self.bad[hour] = self.bad[hour] * fade + float(bad)

    def add(self, *, bad: bool, hour: int | None, alarm: float = ALARM, may_tell: bool = True) -> None:
        """Hold an outcome against the usual; `alarm` is the height at which the chart tells.

        Without `may_tell` a finding may heal, but none begins.
        """
        share = self.usual_bad_share(hour)
        quiet = -math.log1p((ODDS_RATIO - 1.0) * share)
        ratio = quiet + math.log(ODDS_RATIO) if bad else quiet
        self.pending.append((hour, bad))
        if self.told:
            self._heal(ratio)
            return
        self.height = min(alarm, max(0.0, self.height + ratio))
        if self.height <= 0.0:
            self._learn_pending(0)
        elif self.height >= alarm and may_tell:
            self.told, self.healing = True, 0.0
        else:
            self._learn_pending(_HELD_BACK)

    def usual_bad_share(self, hour: int | None) -> float:
        """The share of bad outcomes that is still usual at this hour, or at any: high by what is not known of it."""
        total = sum(self.seen)
        share, known = (sum(self.bad) / total if total else 0.0), total
        if hour is not None:
            prior = min(_HOUR_PRIOR, total)
            known = self.seen[hour] + prior
            share = (self.bad[hour] + prior * share) / known if known else 0.0
        return max(_LEAST_USUAL, _wilson_upper(share, known))

    def limit(self, hour: int | None) -> float:
        """The share of bad outcomes above which the chart rises."""
        return math.log1p((ODDS_RATIO - 1.0) * self.usual_bad_share(hour)) / math.log(ODDS_RATIO)

    @property
    def recent_bad_share(self) -> float | None:
        """Share of bad outcomes since the chart left zero, of the last `_LOOKED_BACK`; None right at zero."""
        recent = self.pending[-_LOOKED_BACK:]
        return sum(bad for _, bad in recent) / len(recent) if recent else None

    def _heal(self, ratio: float) -> None:
        self.pending = self.pending[-_LOOKED_BACK:]
        self.healing = max(0.0, self.healing - ratio)
        if self.healing >= HEALED:
            self.told, self.height, self.pending = False, 0.0, []

    def _learn_pending(self, keep: int) -> None:
        count = len(self.pending) - keep
        for hour, bad in self.pending[: max(0, count)]:
            self.learn(bad=bad, hour=hour)
        if count > 0:
            del self.pending[:count]


def _wilson_upper(share: float, known: float) -> float:
    """Upper end of Wilson's score interval for a share known from so many outcomes; 1 where there are none."""
    if not known:
        return 1.0
    z = _INTERVAL_Z
    centre = share + z**2 / (2 * known)
    spread = z * math.sqrt(share * (1 - share) / known + z**2 / (4 * known**2))
    return (centre + spread) / (1 + z**2 / known)
