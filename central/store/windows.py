"""Maintenance windows: spans in which somebody works on devices, so that their trouble is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, select, update

from central.store.database import Database, Transaction
from central.store.device_key import DeviceKey, key_of, key_values
from central.store.records import EventKind
from central.store.schema_tickets import maintenance_windows


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """Work on a device and on its parts. `until` is when it ends, or was ended."""

    window_id: int
    device: DeviceKey
    begins_at: datetime
    ends_at: datetime
    actor: str
    reason: str
    made_at: datetime
    ended_at: datetime | None
    ended_by: str

    @property
    def until(self) -> datetime:
        """When it ended or will end by itself."""
        return self.ends_at if self.ended_at is None else min(self.ends_at, max(self.ended_at, self.begins_at))

    def mutes(self, device: DeviceKey, at: datetime) -> bool:
        """Whether trouble of a device at this moment is planned."""
        return self.begins_at <= at < self.until and self.device.covers(device)


class Windows:
    """`store.windows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, ending_after: datetime | None = None) -> tuple[MaintenanceWindow, ...]:
        """All windows, or those that were not over by then; what begins last first."""
        statement = select(maintenance_windows).order_by(maintenance_windows.c.begins_at.desc())
        if ending_after is not None:
            statement = statement.where(maintenance_windows.c.ends_at > ending_after)
        windows = (_window(row) for row in self._database.rows(statement))
        return tuple(window for window in windows if ending_after is None or window.until > ending_after)

    def add(
        self,
        transaction: Transaction,
        device: DeviceKey,
        *,
        begins_at: datetime,
        ends_at: datetime,
        actor: str,
        reason: str,
    ) -> int:
        """A new window; its number."""
        said = {"begins_at": begins_at, "ends_at": ends_at, "actor": actor, "reason": reason}
        made = {"made_at": transaction.at, "ended_by": ""}
        number = transaction.insert(maintenance_windows, key_values(device) | said | made)
        transaction.event(EventKind.WINDOW, str(number), device.site)
        return number

    def end(self, transaction: Transaction, window_id: int, *, actor: str) -> bool:
        """End a window now; False when it was over."""
        window = maintenance_windows.c
        row = transaction.first(select(maintenance_windows).where(window.window_id == window_id))
        if row is None or _window(row).until <= transaction.at:
            return False
        ended = {"ended_at": transaction.at, "ended_by": actor}
        transaction.run(update(maintenance_windows).where(window.window_id == window_id).values(ended))
        transaction.event(EventKind.WINDOW, str(window_id), row["site"])
        return True


def _window(row: RowMapping) -> MaintenanceWindow:
    named = {"kind", "site", "node", "camera"}
    return MaintenanceWindow(device=key_of(row), **{name: value for name, value in row.items() if name not in named})
