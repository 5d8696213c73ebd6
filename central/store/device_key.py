"""A device by the names that messages use, whether anybody registered it or not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping

from central.store.register_records import DeviceKind


@dataclass(frozen=True, slots=True, order=True)
class DeviceKey:
    """A site, a node of it or a camera of that; what a kind has no name for is empty."""

    kind: DeviceKind
    site: str
    node: str = ""
    camera: str = ""

    @classmethod
    def of(cls, site: str, node: str = "", camera: str = "") -> DeviceKey:
        """The device that these names lead to."""
        kind = DeviceKind.CAMERA if camera else DeviceKind.NODE if node else DeviceKind.SITE
        return cls(kind, site, node, camera)

    def covers(self, other: DeviceKey) -> bool:
        """Whether the other is this device or a part of it."""
        return other.site == self.site and self.node in ("", other.node) and self.camera in ("", other.camera)

    @property
    def path(self) -> str:
        """Its names, as they stand in addresses: `site/node/camera`."""
        return "/".join(name for name in (self.site, self.node, self.camera) if name)


def key_values(key: DeviceKey) -> dict[str, Any]:
    """The columns that name a device."""
    return asdict(key)


def key_of(row: RowMapping) -> DeviceKey:
    """The device that a row names."""
    return DeviceKey(DeviceKind(row["kind"]), row["site"], row["node"], row["camera"])


def is_device(table: FromClause, key: DeviceKey) -> tuple[ColumnElement[bool], ...]:
    """Rows of this device."""
    return tuple(table.c[name] == value for name, value in key_values(key).items())
