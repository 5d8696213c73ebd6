"""Scores of a diagnosis: shares with Wilson intervals, times, wrong names, false alarms with exact Poisson intervals.

All intervals hold 95 %.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from contract.vocabulary import HealthLevel, Severity
from simulation.faultlab.days import CleanDay
from simulation.faultlab.injectors import WAYS
from simulation.faultlab.trials import CleanOutcome, Outcome, limit_s

Cell = str | int | float | None
Row = dict[str, Cell]
_Z = 1.959964
_DAY_S = 86_400.0


def wilson(good: int, of: int) -> tuple[float, float]:
    """The interval of a share, `good` of `of`; 0 to 1 when nothing was tried."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = good / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(count: int) -> tuple[float, float]:
    """The exact interval of the mean of which `count` was counted."""
    low = 0.0 if count == 0 else _where(lambda mean: 1 - _poisson_cdf(count - 1, mean) > 0.025, float(count))
    return low, _where(lambda mean: _poisson_cdf(count, mean) < 0.025, count + 10 * math.sqrt(count + 1) + 10)


def _poisson_cdf(count: int, mean: float) -> float:
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def _where(reached: Callable[[float], bool], high: float) -> float:
    """The number between 0 and `high` from which on something holds."""
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def fault_rows(outcomes: Iterable[Outcome]) -> list[Row]:
    """A row for each class and severity that was tried, the gravest class first."""
    done = list(outcomes)
    cells = ((code, severity) for code in WAYS for severity in Severity)
    found = []
    for code, severity in cells:
        own = [one for one in done if (one.trial.code, one.trial.severity) == (code, severity)]
        if own:
            found.append({"class": str(code), "severity": str(severity), **_scores(own)})
    return found


def severity_rows(outcomes: Iterable[Outcome]) -> list[Row]:
    """A row for each severity, over all classes."""
    done = list(outcomes)
    by_severity = [(severity, [one for one in done if one.trial.severity is severity]) for severity in Severity]
    return [{"class": "all", "severity": str(severity), **_scores(own)} for severity, own in by_severity if own]


def _scores(own: Sequence[Outcome]) -> Row:
    alarmed = [one for one in own if one.first is not None]
    detected = sum(one.detected for one in own)
    low, high = wilson(detected, len(own))
    wrong = Counter(str(one.first) for one in alarmed if one.first is not one.trial.code)
    told = [one.told_after_s for one in own if one.told_after_s is not None]
    cleared = [one.cleared_after_s for one in alarmed if one.cleared_after_s is not None]
    return {
        "n": len(own),
        "found": detected / len(own),
        "found_low": low,
        "found_high": high,
        "told_p50_s": _quantile(told, 0.5),
        "told_p95_s": _quantile(told, 0.95),
        "cleared_p50_s": _quantile(cleared, 0.5),
        "cleared_p95_s": _quantile(cleared, 0.95),
        "not_cleared": len(alarmed) - len(cleared),
        "right": _share(sum(one.first is one.trial.code for one in alarmed), len(alarmed)),
        "right_at_end": _share(sum(one.at_end is one.trial.code for one in alarmed), len(alarmed)),
        "wrong": ", ".join(f"{name} {count}" for name, count in wrong.most_common()),
        "ok_at_end": sum(one.ok_at_end for one in own),
        "false_before": sum(one.false_before for one in own),
    }


def pair_rows(outcomes: Iterable[Outcome]) -> list[Row]:
    """One row for all pairs: whether the graver was named while both were there, at their end.

    Pairs in whose pictures the graver is not to be seen are counted apart: `unseen`, with what was named instead.
    """
    done = list(outcomes)
    if not done:
        return []
    own = [one for one in done if one.visible]
    right = [one for one in own if one.at_end is one.trial.code]
    low, high = wilson(len(right), len(own))
    in_time = sum(one.named_after_s is not None and one.named_after_s <= limit_s(one.trial.code) for one in own)
    return [
        {
            "n": len(own),
            "graver_named": _share(len(right), len(own)),
            "named_low": low,
            "named_high": high,
            "found": _share(sum(one.detected for one in own), len(own)),
            "ok_at_end": sum(one.ok_at_end for one in own),
            "named_in_time": _share(in_time, len(own)),
            "wrong": _named_instead(one for one in own if one not in right),
            "unseen": len(done) - len(own),
            "unseen_named": _named_instead(one for one in done if not one.visible),
        }
    ]


def _named_instead(outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{'+'.join(code for code, _ in one.trial.faults)}: {one.at_end or 'none'}" for one in outcomes)


def clean_rows(outcomes: Iterable[CleanOutcome], *, day_s: float) -> list[Row]:
    """False alarms: on compressed days, on other clean material, and on all of it by the seconds that were judged."""
    done = list(outcomes)
    if not done:
        return []
    names = {CleanDay(0).name, CleanDay(1).name}
    days = [one for one in done if one.name in names]
    rest = [one for one in done if one.name not in names]
    rows = [_clean_row("compressed days", days, sum(one.judged_s for one in days) / day_s)] if days else []
    rows += [
        _clean_row(name, [one for one in rest if one.name == name], None)
        for name in dict.fromkeys(one.name for one in rest)
    ]
    return [*rows, _clean_row("all, by seconds judged", done, sum(one.judged_s for one in done) / _DAY_S)]


def _clean_row(name: str, own: Sequence[CleanOutcome], days: float | None) -> Row:
    alarms = [alarm for one in own for alarm in one.alarms]
    low, high = poisson(len(alarms))
    judged_s = sum(one.judged_s for one in own)
    days = judged_s / _DAY_S if days is None else days
    reasons = Counter(str(reason or level) for _, level, reason in alarms)
    return {
        "material": name,
        "n": len(own),
        "judged_s": judged_s,
        "vehicles": sum(one.vehicles for one in own),
        "days": days,
        "false_alarms": len(alarms),
        "per_day": len(alarms) / days,
        "per_day_low": low / days,
        "per_day_high": high / days,
        "reasons": ", ".join(f"{name} {count}" for name, count in reasons.most_common()),
        "ends_failed": sum(one.level_at_end is HealthLevel.FAILED for one in own),
        "ends_ok": sum(one.level_at_end is HealthLevel.OK for one in own),
    }


def _share(good: int, of: int) -> float | None:
    return good / of if of else None


def _quantile(values: Sequence[float], q: float) -> float | None:
    return float(np.quantile(values, q)) if values else None
