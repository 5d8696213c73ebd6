"""The simulated platform: declarations in the order of their last change, in pages; and what central tells it back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PAGE_LIMIT = 200
Record = dict[str, Any]


class PlatformFault(StrEnum):
    """How one answer goes wrong."""

    SLOW = "slow"
    """It comes after whoever asked has given up."""
    ERROR = "error"
    """500."""
    BUSY = "busy"
    """503, with Retry-After."""
    TOO_MANY = "too_many"
    """429, with Retry-After."""
    LOST = "lost"
    """The connection ends in the middle."""
    CUT = "cut"
    """JSON that ends in the middle."""
    WRONG_TYPE = "wrong_type"
    """The first declaration holds a number for a plate, and a text for a time."""
    DUPLICATE = "duplicate"
    """Each declaration twice."""
    REORDERED = "reordered"
    """The last change first."""
    EDITED = "edited"
    """Declarations were changed without a new version."""
    CURSOR_BACK = "cursor_back"
    """It goes on from the beginning again."""
    CURSOR_STUCK = "cursor_stuck"
    """It says that there is more, and goes on where it was."""


@dataclass
class SimPlatform:
    """An append-only list of declaration versions, whose cursor is a place in it, and a list of confirmations."""

    _versions: list[Record] = field(default_factory=list)
    _confirmations: dict[str, Record] = field(default_factory=dict)
    _faults: deque[PlatformFault] = field(default_factory=deque)

    def publish(self, declaration: Record) -> None:
        """Add a declaration, or a later version of one."""
        self._versions.append(declaration)

    def inject(self, fault: PlatformFault, times: int = 1) -> None:
        """Let the next answers go wrong."""
        self._faults.extend([fault] * times)

    def next_fault(self) -> PlatformFault | None:
        """What is wrong with the answer that is due now."""
        return self._faults.popleft() if self._faults else None

    def page(self, cursor: str, limit: int, fault: PlatformFault | None = None) -> dict[str, Any]:
        """Versions after `cursor` (empty for the beginning).

        Raises:
            ValueError: the cursor is none that this server gave.

        """
        start = int(cursor) if cursor.isdecimal() else 0 if not cursor else -1
        if not 0 <= start <= len(self._versions):
            raise ValueError(f"unknown cursor {cursor!r}; send one that this server gave, or none to begin")
        end = min(len(self._versions), start + min(limit, PAGE_LIMIT))
        items = self._versions[start:end]
        page = {"items": items, "next_cursor": str(end), "more": end < len(self._versions)}
        return page | _spoilt(items, cursor, fault)

    def confirm(self, key: str, confirmation: Record) -> bool:
        """Take what was seen at a gate; whether it is new. The same key again changes nothing."""
        is_new = key not in self._confirmations
        self._confirmations.setdefault(key, confirmation)
        return is_new

    @property
    def confirmations(self) -> list[Record]:
        """Everything that central told, in its order."""
        return list(self._confirmations.values())

    @property
    def size(self) -> int:
        """How many versions were published."""
        return len(self._versions)


def _spoilt(items: list[Record], cursor: str, fault: PlatformFault | None) -> dict[str, Any]:
    """What a fault changes of a page."""
    if fault is PlatformFault.WRONG_TYPE:
        return {"items": [items[0] | {"plate": 42, "expected_from": "soon"}, *items[1:]] if items else []}
    if fault is PlatformFault.DUPLICATE:
        return {"items": [item for item in items for _ in range(2)]}
    if fault is PlatformFault.REORDERED:
        return {"items": items[::-1]}
    if fault is PlatformFault.EDITED:
        later = {"goods": "sửa", "updated_at": "2099-01-01T00:00:00+07:00"}
        return {"items": [item | later for item in items]}
    if fault is PlatformFault.CURSOR_BACK:
        return {"next_cursor": "0", "more": True}
    if fault is PlatformFault.CURSOR_STUCK:
        return {"next_cursor": cursor or "0", "more": True}
    return {}
