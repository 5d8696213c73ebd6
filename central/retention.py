"""How long things are kept: the configuration says it, a person may say otherwise on a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import Field

from central.config import CentralConfig
from central.settings import Days, Settings
from central.store import Store

RETENTION: Final = "retention"
"""Under which name a person's own values are kept."""
_DEFAULTS: Final = CentralConfig.model_fields


class Retention(Settings):
    """What counts now; the meaning of each value is `CentralConfig`'s."""

    evidence_kept_days: Days = _DEFAULTS["evidence_kept_days"].default
    evidence_quota_gb: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    commands_kept_days: Days = _DEFAULTS["commands_kept_days"].default
    sheets_kept_days: Days = _DEFAULTS["sheets_kept_days"].default

    @property
    def quota_bytes(self) -> int | None:
        """What all pictures may take; None: as much as the disk holds."""
        return int(self.evidence_quota_gb * 1e9) if self.evidence_quota_gb else None

    def pictures_before(self, now: datetime) -> datetime:
        """Pictures that came earlier are deleted, but for disputed ones."""
        return now - timedelta(days=self.evidence_kept_days)

    def commands_before(self, now: datetime) -> datetime:
        """Commands that were over earlier are deleted, but for those that still hold."""
        return now - timedelta(days=self.commands_kept_days)

    def sheets_before(self, now: datetime) -> datetime:
        """Evidence sheets that were printed earlier are deleted, but for those of disputed passages."""
        return now - timedelta(days=self.sheets_kept_days)


@dataclass(frozen=True, slots=True)
class WouldGo:
    """What would be deleted within the next hour. `over_bytes`: past the quota, when the old pictures are gone."""

    pictures: int
    pictures_bytes: int
    over_bytes: int
    commands: int
    sheets: int

    @property
    def nothing(self) -> bool:
        """Whether all stays."""
        return not (self.pictures or self.over_bytes or self.commands or self.sheets)


def configured_retention(config: CentralConfig | None) -> Retention:
    """What the configuration says."""
    if config is None:
        return Retention()
    return Retention(**{name: getattr(config, name) for name in Retention.model_fields})


def retention_in_force(store: Store, config: CentralConfig | None) -> Retention:
    """What a person set last, else what the configuration says."""
    kept = store.kept_settings.get(RETENTION)
    configured = configured_retention(config)
    return Retention.model_validate({**configured.model_dump(), **kept.value}) if kept else configured


def would_go(store: Store, kept: Retention, now: datetime) -> WouldGo:
    """What the next tidying would delete if `kept` counted; nothing is deleted."""
    old = store.evidence.forgettable(before=kept.pictures_before(now))
    over_bytes = 0
    if kept.quota_bytes is not None:  # else all pictures are summed up for nothing
        over_bytes = max(0, store.evidence.usage_bytes() - old.size_bytes - kept.quota_bytes)
    finished = store.commands.finished(kept.commands_before(now))
    sheets = store.sheets.forgettable(kept.sheets_before(now))
    return WouldGo(old.pictures, old.size_bytes, over_bytes, finished, sheets)
