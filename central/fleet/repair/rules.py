"""From figures to a verdict, with the numbers behind it. Pure.

1. Nobody knows how it does (messages do not speak of its kind, or not of it for most of the time): **look at**.
2. Nothing is wrong with it: **keep**, even when it is old.
3. Something is wrong, and the warranty holds: **repair**, at the cost of who sold it.
4. Something is wrong again and again (it fails often, is long out of order, or repairs do not hold), and it is old:
   **replace**. Where nobody knows how old it is: **look at**.
5. It fails often and repairs do not hold: **replace**, whatever its age.
6. Else: **repair**.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.fleet.repair.settings import RepairSettings

_FEWEST_DAYS = 30.0
"""A device that was seen for less than this is judged as if it had been: two bad days make no bad quarter."""


class Verdict(StrEnum):
    """What to do with a device; the gravest first."""

    REPLACE = "replace"
    REPAIR = "repair"
    LOOK_AT = "look_at"
    KEEP = "keep"


class SignCode(StrEnum):
    """What speaks for a verdict."""

    NO_VOICE = "no_voice"
    """Messages do not speak of its kind."""
    UNHEARD = "unheard"
    UNSEEN = "unseen"
    FAILED_NOW = "failed_now"
    OFTEN_FAILED = "often_failed"
    LONG_DOWN = "long_down"
    RELAPSES = "relapses"
    LONG_DEGRADED = "long_degraded"
    LOST_READS = "lost_reads"
    OLD = "old"
    AGE_UNKNOWN = "age_unknown"
    UNDER_WARRANTY = "under_warranty"
    WARRANTY_OVER = "warranty_over"


_CHRONIC = frozenset({SignCode.OFTEN_FAILED, SignCode.LONG_DOWN, SignCode.RELAPSES})
_ILL = _CHRONIC | {SignCode.FAILED_NOW, SignCode.LONG_DEGRADED, SignCode.LOST_READS}


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a device over a period. Shares are 0–1, of time that is not planned maintenance.

    Attributes:
        speaks: messages tell of its kind.
        life_years: how long its kind is not old; None of what does not age.
        under_warranty: None where nobody knows.
        observed_days: since its first word in the period; 0 when it was never heard of.
        down_share: failed, of the time in which its state is known; so is `degraded_share`.
        unseen_share: its state was not known, of all time.
        vehicles: that passed the lane of a camera; `unread` of them without a plate.

    """

    speaks: bool = True
    life_years: float | None = None
    age_years: float | None = None
    under_warranty: bool | None = None
    observed_days: float = 0.0
    failed_now: bool = False
    failures: int = 0
    down_h: float = 0.0
    down_share: float = 0.0
    degraded_share: float = 0.0
    unseen_share: float = 0.0
    tickets: int = 0
    relapses: int = 0
    vehicles: int = 0
    unread: int = 0

    @property
    def failures_per_90_days(self) -> float:
        """How often it fails."""
        return self.failures * 90 / max(self.observed_days, _FEWEST_DAYS)

    @property
    def unread_share(self) -> float:
        """Of the vehicles in its lane."""
        return self.unread / self.vehicles if self.vehicles else 0.0


@dataclass(frozen=True, slots=True)
class Sign:
    """A reason: the measure, and the limit that it went over."""

    code: SignCode
    value: float | None = None
    limit: float | None = None


def signs(figures: Figures, limits: RepairSettings) -> tuple[Sign, ...]:
    """All that speaks for or against a device, the gravest first."""
    found: list[Sign] = []
    if not figures.speaks:
        found.append(Sign(SignCode.NO_VOICE))
    elif not figures.observed_days:
        found.append(Sign(SignCode.UNHEARD))
    elif figures.unseen_share >= limits.unseen_share:
        found.append(Sign(SignCode.UNSEEN, figures.unseen_share, limits.unseen_share))
    if figures.failed_now:
        found.append(Sign(SignCode.FAILED_NOW))
    measured = (
        (SignCode.OFTEN_FAILED, figures.failures_per_90_days, limits.failures_per_90_days),
        (SignCode.LONG_DOWN, figures.down_share, limits.down_share),
        (SignCode.RELAPSES, figures.relapses, limits.relapses),
        (SignCode.LONG_DEGRADED, figures.degraded_share, limits.degraded_share),
    )
    found += [Sign(code, value, limit) for code, value, limit in measured if value >= limit]
    if figures.vehicles >= limits.unread_vehicles and figures.unread_share >= limits.unread_share:
        found.append(Sign(SignCode.LOST_READS, figures.unread_share, limits.unread_share))
    if figures.life_years is not None and figures.age_years is None:
        found.append(Sign(SignCode.AGE_UNKNOWN))
    elif figures.life_years is not None and figures.age_years is not None and figures.age_years >= figures.life_years:
        found.append(Sign(SignCode.OLD, figures.age_years, figures.life_years))
    if figures.under_warranty is not None:
        found.append(Sign(SignCode.UNDER_WARRANTY if figures.under_warranty else SignCode.WARRANTY_OVER))
    return tuple(found)


def verdict(found: tuple[Sign, ...]) -> Verdict:
    """What to do, by the rules above."""
    codes = {sign.code for sign in found}
    if codes & {SignCode.NO_VOICE, SignCode.UNHEARD, SignCode.UNSEEN}:
        return Verdict.LOOK_AT
    if not codes & _ILL:
        return Verdict.KEEP
    if SignCode.UNDER_WARRANTY in codes:
        return Verdict.REPAIR
    if {SignCode.OFTEN_FAILED, SignCode.RELAPSES} <= codes:
        return Verdict.REPLACE
    if codes & _CHRONIC and SignCode.OLD in codes:
        return Verdict.REPLACE
    if codes & _CHRONIC and SignCode.AGE_UNKNOWN in codes:
        return Verdict.LOOK_AT
    return Verdict.REPAIR
