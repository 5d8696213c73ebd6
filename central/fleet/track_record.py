"""The track record of one device: its timeline with the figures of it, as pages, lists and the API show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from central.fleet.availability import Reliability, Shares, by_day, by_month, reliability, shares
from central.fleet.timeline import Span, clip, timeline
from central.store import Store
from central.store.device_key import DeviceKey
from contract.messages import HealthLevel

_BEFORE = timedelta(days=90)
"""A failure may have begun so long before the period that is looked at."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What a device did from `since` until `until`; `last_good_at` is None where it was never seen good."""

    device: DeviceKey
    since: datetime
    until: datetime
    spans: tuple[Span, ...]
    shares: Shares
    zone: tzinfo
    reliability: Reliability
    last_good_at: datetime | None

    @property
    def days(self) -> Mapping[date, Shares]:
        """Shares of each day, which begins at midnight of `zone`; worked out when it is asked for."""
        return by_day(self.spans, self.zone)

    @property
    def months(self) -> Mapping[date, Shares]:
        """Shares of each month, by its first day."""
        return by_month(self.spans, self.zone)


def track_record(
    store: Store, device: DeviceKey, *, since: datetime, until: datetime, zone: tzinfo
) -> TrackRecord | None:
    """The record over a period that is over at `until`; None of a device that nobody ever told of.

    It begins no earlier than the first word of the device: what was before that is not its fault.
    """
    runs = store.history.runs(device, since=since - _BEFORE)
    if not runs or min(run.since for run in runs) >= until:
        return None
    earliest = min(run.since for run in runs)
    windows = [window for window in store.windows.list(ending_after=earliest) if window.device.covers(device)]
    whole = timeline(runs, max(earliest, since - _BEFORE), until, windows=windows)
    since = max(since, earliest)
    spans = clip(whole, since, until)
    good = [run.until for run in runs if run.level is HealthLevel.OK]
    return TrackRecord(
        device,
        since,
        until,
        spans,
        shares(spans),
        zone,
        reliability(whole, since, until),
        max(good, default=None),
    )
