"""What a device did over a period: its history without gaps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from central.store.devices import is_worse
from central.store.history import BRIDGED, Run
from central.store.windows import MaintenanceWindow
from contract.messages import HealthLevel, HealthReason

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a device was in one state. `planned`: a maintenance window lay over it."""

    level: HealthLevel
    reason: str
    since: datetime
    until: datetime
    planned: bool

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.until - self.since


def timeline(
    runs: Iterable[Run],
    since: datetime,
    until: datetime,
    *,
    windows: Sequence[MaintenanceWindow] = (),
    patience: timedelta = BRIDGED,
) -> tuple[Span, ...]:
    """What was known of a device from `since` until `until`, span after span, without gaps.

    Where words contradict each other the graver counts. After the last word its state holds for `patience`; then the
    device is `unknown`, since nobody heard of it. `windows` are those that cover the device.
    """
    runs = sorted(runs, key=lambda run: run.since)
    planned = [(window.begins_at, window.until) for window in windows]
    edges = {since, until}
    for begin, end in (*((run.since, run.until) for run in runs), *planned):
        edges |= {begin, end}
    edges |= {run.until + patience for run in runs}
    steps = pairwise(sorted(edge for edge in edges if since <= edge <= until))
    return tuple(_merged(_spans(runs, steps, planned, patience)))


def clip(spans: Iterable[Span], since: datetime, until: datetime) -> tuple[Span, ...]:
    """The part of a timeline that lies in a period."""
    if since >= until:
        return ()
    touched = (span for span in spans if span.since < until and since < span.until)
    return tuple(replace(span, since=max(span.since, since), until=min(span.until, until)) for span in touched)


def _spans(
    runs: Sequence[Run], steps: Iterable[Period], planned: Sequence[Period], patience: timedelta
) -> Iterator[Span]:
    near: list[Run] = []
    ahead = 0
    for begin, end in steps:
        while ahead < len(runs) and runs[ahead].since <= begin:
            near.append(runs[ahead])
            ahead += 1
        near = [run for run in near if run.until + patience > begin]
        level, reason = _state(near, begin, end)
        yield Span(level, reason, begin, end, any(since <= begin and end <= until for since, until in planned))


def _state(near: Sequence[Run], begin: datetime, end: datetime) -> tuple[HealthLevel, str]:
    told = [run for run in near if run.until >= end]
    if not told:
        newest = max((run.until for run in near if run.until <= begin), default=None)
        told = [run for run in near if run.until == newest]
    if not told:
        return HealthLevel.UNKNOWN, HealthReason.NODE_SILENT.value
    worst = told[0]
    for run in told[1:]:
        # what was told later says more of now, where neither is graver
        if is_worse(run.level, worst.level) or (run.level is worst.level and _order(run) > _order(worst)):
            worst = run
    return worst.level, worst.reason


def _order(run: Run) -> tuple[datetime, str]:
    return run.since, run.reason


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    last: Span | None = None
    for span in spans:
        if last is not None and (last.level, last.reason, last.planned) == (span.level, span.reason, span.planned):
            last = replace(last, until=span.until)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
