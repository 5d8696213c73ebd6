"""The devices of the register with their figures and verdicts, out of the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from central.fleet.repair.rules import Figures, Sign, Verdict, signs, verdict
from central.fleet.repair.settings import RepairSettings
from central.fleet.track_record import TrackRecord, track_record
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.register_records import DeviceKind, DeviceRecord
from contract.messages import HealthLevel

_SPEAKS = frozenset({DeviceKind.CAMERA, DeviceKind.NODE})
_AGES = frozenset({DeviceKind.CAMERA, DeviceKind.NODE, DeviceKind.BARRIER, DeviceKind.LOOP})
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Assessment:
    """A device, what to do with it, and why."""

    device: DeviceRecord
    verdict: Verdict
    signs: tuple[Sign, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class RepairList:
    """All devices in use that age, the gravest verdict first; the period is whole days, the last one so far."""

    since: date
    until: date
    assessments: tuple[Assessment, ...]

    def count(self, wanted: Verdict) -> int:
        """How many devices have this verdict."""
        return sum(one.verdict is wanted for one in self.assessments)

    @property
    def replacement_vnd(self) -> int:
        """What replacing all that is to be replaced would cost, as far as it is known."""
        wanted = (one.device for one in self.assessments if one.verdict is Verdict.REPLACE)
        return sum(device.replacement_cost_vnd or device.cost_vnd or 0 for device in wanted)


def repair_list(
    store: Store,
    limits: RepairSettings,
    now: datetime,
    zone: tzinfo,
    *,
    days: int | None = None,
    site: str | None = None,
) -> RepairList:
    """Judge every device in use; `days` instead of the period of the settings."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=(days or limits.period_days) - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone)
    unread = _unread(store, since, now)
    assessments = []
    for device in store.register.list(site=site):
        if device.kind not in _AGES or device.retired_on is not None:
            continue
        record, key = None, _key(device)
        if key is not None:
            record = track_record(store, key, since=since, until=now, zone=zone)
        tickets = [one for one in store.tickets.list(device=key) if one.opened_at >= since] if key else []
        told: dict[str, Any] = {"tickets": len(tickets), "relapses": sum(one.reopened for one in tickets)}
        if record is not None:
            told |= _of_record(record)
        if device.kind is DeviceKind.CAMERA:
            told |= unread.get((device.site, device.lane), {})
        figures = replace(_of_register(device, limits, today), **told)
        found = signs(figures, limits)
        assessments.append(Assessment(device, verdict(found), found, figures))
    order = list(Verdict)
    assessments.sort(key=lambda one: (order.index(one.verdict), one.device.site, one.device.kind, one.device.device_id))
    return RepairList(first, today, tuple(assessments))


def _of_register(device: DeviceRecord, limits: RepairSettings, today: date) -> Figures:
    """What the register says: age and warranty."""
    begun = device.commissioned_on or device.purchased_on
    return Figures(
        speaks=device.kind in _SPEAKS,
        life_years=limits.life_years(device.kind),
        age_years=(today - begun).days / _YEAR_DAYS if begun else None,
        under_warranty=device.warranty_until >= today if device.warranty_until else None,
    )


def _of_record(record: TrackRecord) -> dict[str, Any]:
    """What its own history says."""
    shares = record.shares
    known, all_time = shares.at_work + shares.failed, shares.total - shares.planned
    return {
        "observed_days": (record.until - record.since) / timedelta(days=1),
        "failed_now": bool(record.spans) and record.spans[-1].level is HealthLevel.FAILED,
        "failures": record.reliability.failures,
        "down_h": shares.failed / timedelta(hours=1),
        "down_share": shares.failed / known if known else 0.0,
        "degraded_share": shares.degraded / known if known else 0.0,
        "unseen_share": shares.unknown / all_time if all_time else 0.0,
    }


def _unread(store: Store, since: datetime, until: datetime) -> dict[tuple[str, str], dict[str, int]]:
    """Vehicles of each lane, and those of them without a plate."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for lane in store.traffic.totals_since(since, until):
        count = counts.setdefault((lane.site, lane.lane), {"vehicles": 0, "unread": 0})
        count["vehicles"] += lane.vehicles
        count["unread"] += lane.unread
    return counts


def _key(device: DeviceRecord) -> DeviceKey | None:
    """How messages call a device that speaks; None for one that does not."""
    has_name = device.camera if device.kind is DeviceKind.CAMERA else device.node
    if device.kind not in _SPEAKS or not has_name:
        return None
    return DeviceKey.of(device.site, device.node, device.camera)
