"""Figures of a timeline: availability, failures, time between them and to repair. Pure.

*Planned* is what lies in a maintenance window: it counts apart, whatever the device did then. *Unknown* is what nobody
saw: it counts apart, too, and never as good. So there are two availabilities, and between them lies the truth:

* `Shares.proven` = (ok + degraded) / (all - planned): what was seen at work.
* `Shares.when_known` = (ok + degraded) / (ok + degraded + failed): of the time in which somebody could tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from central.fleet.timeline import Span, clip
from contract.messages import HealthLevel

NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Shares:
    """How long a device was in each state. Adds up over periods."""

    ok: timedelta = NONE
    degraded: timedelta = NONE
    failed: timedelta = NONE
    unknown: timedelta = NONE
    planned: timedelta = NONE

    @property
    def total(self) -> timedelta:
        """All of the time."""
        return self.ok + self.degraded + self.failed + self.unknown + self.planned

    @property
    def at_work(self) -> timedelta:
        """Seen at work, well or not so well."""
        return self.ok + self.degraded

    @property
    def proven(self) -> float | None:
        """0–1: at work, of all time that is not planned; None where all of it is."""
        return _share(self.at_work, self.total - self.planned)

    @property
    def when_known(self) -> float | None:
        """0–1: at work, of the time in which it is known and not planned; None where nothing is known."""
        return _share(self.at_work, self.at_work + self.failed)

    def __add__(self, other: Shares) -> Shares:
        return Shares(
            self.ok + other.ok,
            self.degraded + other.degraded,
            self.failed + other.failed,
            self.unknown + other.unknown,
            self.planned + other.planned,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """From when a device failed until it was seen at work again; None while it was not. `reason` is the first."""

    began_at: datetime
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """Failures that began in a period.

    Attributes:
        between: mean time at work for each failure (MTBF); None without one.
        to_repair: mean time from a failure to work again, of those that ended (MTTR); None without one.
        longest: the longest of them; one that lasts counts until the end of the timeline.

    """

    failures: int
    between: timedelta | None
    to_repair: timedelta | None
    longest: timedelta | None


def shares(spans: Iterable[Span]) -> Shares:
    """How long a device was in each state."""
    found = Shares()
    for span in spans:
        name = "planned" if span.planned else span.level.value
        found += Shares(**{name: span.length})
    return found


def by_day(spans: Sequence[Span], zone: tzinfo) -> Mapping[date, Shares]:
    """Shares of each day of a timeline; days begin at midnight of `zone`."""
    return _by(spans, zone, lambda day: day + timedelta(days=1), lambda day: day)


def by_month(spans: Sequence[Span], zone: tzinfo) -> Mapping[date, Shares]:
    """Shares of each month of a timeline, by its first day."""
    return _by(spans, zone, lambda day: (day + timedelta(days=31)).replace(day=1), lambda day: day.replace(day=1))


def failures(spans: Iterable[Span]) -> tuple[Failure, ...]:
    """The failures of a timeline.

    What begins in a maintenance window is none before the window has ended. Silence neither begins nor ends one.
    """
    found: list[Failure] = []
    for span in spans:
        lasts = bool(found) and found[-1].ended_at is None
        if span.level in (HealthLevel.OK, HealthLevel.DEGRADED) and lasts:
            found[-1] = Failure(found[-1].began_at, span.since, found[-1].reason)
        elif span.level is HealthLevel.FAILED and not span.planned and not lasts:
            found.append(Failure(span.since, None, span.reason))
    return tuple(found)


def reliability(spans: Sequence[Span], since: datetime, until: datetime) -> Reliability:
    """Failures of a timeline that began from `since` until before `until`."""
    began = [failure for failure in failures(spans) if since <= failure.began_at < until]
    if not began:
        return Reliability(0, None, None, None)
    known_until = spans[-1].until
    repaired = [failure.ended_at - failure.began_at for failure in began if failure.ended_at is not None]
    return Reliability(
        len(began),
        shares(clip(spans, since, until)).at_work / len(began),
        sum(repaired, NONE) / len(repaired) if repaired else None,
        max((failure.ended_at or known_until) - failure.began_at for failure in began),
    )


def _by(
    spans: Sequence[Span], zone: tzinfo, following: Callable[[date], date], first: Callable[[date], date]
) -> dict[date, Shares]:
    if not spans:
        return {}
    day = first(spans[0].since.astimezone(zone).date())
    found: dict[date, Shares] = {}
    while (begin := _midnight(day, zone)) < spans[-1].until:
        found[day] = shares(clip(spans, begin, _midnight(following(day), zone)))
        day = following(day)
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _share(part: timedelta, whole: timedelta) -> float | None:
    return part / whole if whole else None
