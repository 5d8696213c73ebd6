"""Things by when they were, so that what is days apart is never compared. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """Things in the order of the spans they are given with: since, until, and the thing itself.

    One span that is much longer than the others makes it slow, not wrong.
    """

    def __init__(self, spans: Iterable[tuple[datetime, datetime, T]]) -> None:
        ordered = sorted(spans, key=lambda one: one[0])
        self._things = [thing for _, _, thing in ordered]
        self._since = [since for since, _, _ in ordered]
        self._longest = max((until - since for since, until, _ in ordered), default=timedelta(0))

    def touching(self, since: datetime, until: datetime) -> Sequence[T]:
        """All whose span touches this one, and perhaps some that ended before; in order."""
        if not self._since:
            return ()
        near = since - self._since[0] <= self._longest  # nor is there a date so long before for every window
        first = 0 if near else bisect_left(self._since, since - self._longest)
        return self._things[first : bisect_right(self._since, until)]
