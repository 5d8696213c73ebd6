"""The simulated platform: declarations in the order of their last change, served in pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PAGE_LIMIT = 200


@dataclass
class SimPlatform:
    """An append-only list of declaration versions; the cursor is a place in it."""

    _versions: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, declaration: dict[str, Any]) -> None:
        """Add a declaration, or a later version of one."""
        self._versions.append(declaration)

    def page(self, cursor: str, limit: int) -> dict[str, Any]:
        """Versions after `cursor` (empty for the beginning).

        Raises:
            ValueError: the cursor is none that this server gave.

        """
        start = int(cursor) if cursor.isdecimal() else 0 if not cursor else -1
        if not 0 <= start <= len(self._versions):
            raise ValueError(f"unknown cursor {cursor!r}; send one that this server gave, or none to begin")
        end = min(len(self._versions), start + min(limit, PAGE_LIMIT))
        return {
            "items": self._versions[start:end],
            "next_cursor": str(end),
            "more": end < len(self._versions),
        }

    @property
    def size(self) -> int:
        """How many versions were published."""
        return len(self._versions)
