"""Choosing devices of the register: by where, what, who, and what is still to be found out. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from central.fleet.register.desk import missing
from central.fleet.register.fields import UNIT_FIELDS
from central.fleet.register.speech import plain
from central.store.register_records import DeviceRecord

_SEARCHED = ("device_id", "title", "make", "model", "serial", "node", "lane", "camera")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person filters by; an empty text takes all. `use` is empty for what is in use, `out` or `all`."""

    text: str = ""
    site: str = ""
    kind: str = ""
    maintainer: str = ""
    lacks: str = ""
    """A field that is not filled in, or `any` for any of those that the province asked for."""
    warranty: str = ""
    """`over`, or `valid`."""
    use: str = ""
    unit: str = ""
    """A unit that answers for it in any of the four ways."""

    @property
    def query(self) -> dict[str, str]:
        """What differs from a choice of all, for an address."""
        return {name: value for name, value in asdict(self).items() if value}

    def takes(self, device: DeviceRecord, today: date) -> bool:
        """Whether a device is among the chosen."""
        return (
            self._is_called(device)
            and self.site in ("", device.site)
            and self.kind in ("", device.kind.value)
            and self.maintainer in ("", device.maintainer)
            and (not self.unit or any(getattr(device, name) == self.unit for name in UNIT_FIELDS))
            and self._lacks(device)
            and self._warranted(device, today)
            and (self.use == "all" or (device.retired_on is not None) == (self.use == "out"))
        )

    def _is_called(self, device: DeviceRecord) -> bool:
        wanted = plain(self.text)
        return not wanted or any(wanted in plain(getattr(device, name)) for name in _SEARCHED)

    def _lacks(self, device: DeviceRecord) -> bool:
        lacking = missing(device)
        return not self.lacks or self.lacks in lacking or (self.lacks == "any" and bool(lacking))

    def _warranted(self, device: DeviceRecord, today: date) -> bool:
        if not self.warranty:
            return True
        until = device.warranty_until
        return until is not None and (until < today) == (self.warranty == "over")
