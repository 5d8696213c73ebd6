"""How right the cameras read, as measured from what people compared with the picture; with its interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.page import SeesTraffic, render, say_for
from central.store.decision_records import ReadCheck
from central.web import web_of

accuracy_routes = APIRouter(include_in_schema=False)
WEEKS: Final = (4, 12, 26)
_Z: Final = 1.959964
"""Of a normal distribution 95 % lie within so many deviations."""
_CONFUSIONS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Share:
    """Reads that were compared: how many there were, and how many were right, every character."""

    name: tuple[str, ...]
    checked: int
    right: int
    corrected: int
    unreadable: int

    @property
    def share(self) -> float:
        """Right of those compared, 0–1."""
        return self.right / self.checked

    @property
    def interval(self) -> tuple[float, float]:
        """In which the share of many more would lie, 95 times of 100 (Wilson's score interval)."""
        return wilson(self.right, self.checked)


def wilson(right: int, checked: int) -> tuple[float, float]:
    """The 95 % interval of a share; sound for few and for none wrong, too.

    Raises:
        ValueError: nothing was checked, or more are right than were checked.

    """
    if not 0 <= right <= checked or checked == 0:
        raise ValueError(f"expected some checked and no more right than these, got {right} of {checked}")
    share, spread = right / checked, _Z**2 / checked
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z * math.sqrt(share * (1 - share) / checked + spread / (4 * checked)) / (1 + spread)
    low = 0.0 if right == 0 else max(0.0, middle - reach)
    return low, 1.0 if right == checked else min(1.0, middle + reach)


def shares(checks: Iterable[ReadCheck], name: Callable[[ReadCheck], tuple[str, ...]]) -> list[Share]:
    """The share right of each group that `name` makes, in the order of names.

    Vehicles that nothing was read of count in none: that is a matter of reads per vehicle.
    """
    groups: dict[tuple[str, ...], Counter[str]] = {}
    for check in checks:
        if check.read is not None:
            found = "unreadable" if check.right is None else "right" if check.right == check.read else "corrected"
            groups.setdefault(name(check), Counter())[found] += 1
    return [
        Share(key, tally.total(), tally["right"], tally["corrected"], tally["unreadable"])
        for key, tally in sorted(groups.items())
    ]


def confused(checks: Iterable[ReadCheck]) -> Sequence[tuple[str, str, int]]:
    """(read, right, how often): characters that were taken for others, the most frequent first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for check in checks:
        if check.read is not None and check.right is not None and len(check.read) == len(check.right):
            pairs.update((one, other) for one, other in zip(check.read, check.right, strict=True) if one != other)
    return [(read, right, number) for (read, right), number in pairs.most_common(_CONFUSIONS_SHOWN)]


def week_of(check: ReadCheck, zone: tzinfo) -> tuple[str, ...]:
    """The Monday of its week, at the gates."""
    day = check.seen_at.astimezone(zone).date()
    return ((day - timedelta(days=day.weekday())).isoformat(),)


@accuracy_routes.get("/decide/accuracy")
def accuracy_page(request: Request, me: SeesTraffic, weeks: Annotated[int, Query(ge=1, le=104)] = 12) -> HTMLResponse:
    """By lane, camera and week."""
    store, say = web_of(request).store, say_for(request)
    since = say.midnight(say.today - timedelta(days=say.today.weekday(), weeks=weeks - 1))
    checks = store.decisions.read_checks(since, say.now)
    return render(
        request,
        "accuracy.html",
        me,
        since=since,
        weeks=weeks,
        choices=WEEKS,
        by_lane=shares(checks, lambda one: (one.site, one.lane)),
        by_camera=shares(checks, lambda one: (one.site, one.camera)),
        by_week=shares(checks, lambda one: week_of(one, say.zone)),
        confused=confused(checks),
        day_of=date.fromisoformat,
    )
