"""Times as people and spreadsheets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

EXPECTED_TIME: Final = "a time like 04/05/2026 08:30, 2026-05-04 08:30 or a date cell"
_DAY = (
    r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2}))"
)
_CLOCK = (
    r"(?P<hour>\d{1,2})\s*(?::|h|g|giờ)\s*(?:(?P<minute>\d{2})\s*(?:p|phút)?)?(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>sa|ch|am|pm)?"
)
_WRITTEN: Final = (
    re.compile(rf"(?:ngày\s+)?{_DAY}(?:[\s,t]+(?:lúc\s+)?{_CLOCK})?", re.IGNORECASE),
    re.compile(rf"{_CLOCK}[\s,]+(?:ngày\s+)?{_DAY}", re.IGNORECASE),
)
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
_FIRST_SERIAL, _LAST_SERIAL = 36_526, 73_051  # 2000 and 2100, in days since 30 December 1899: how Excel counts
_FIRST_UNIX_S, _LAST_UNIX_S = 946_684_800, 4_102_444_800  # the same years
_SERIAL_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone is the spreadsheet's, given below


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A moment, and whether a time of day was written at all."""

    at: datetime
    has_clock: bool

    @property
    def end(self) -> datetime:
        """The last moment that it can mean: of a day without a time of day, its last second."""
        return self.at if self.has_clock else self.at + timedelta(days=1, seconds=-1)


def read_time(value: object, zone: tzinfo, *, day_first: bool = True) -> WrittenTime:
    """A moment with its zone: `zone`, where nothing else is written.

    Takes day/month/year (or month/day/year without `day_first`) with or without a time of day before or behind it,
    ISO 8601, cells that hold a date, Excel's count of days, and seconds or milliseconds since 1970.

    Raises:
        ValueError: it is none of these, or there is no such day.

    """
    if isinstance(value, datetime):
        # a cell that holds a day comes as its midnight
        is_day = value.tzinfo is None and value.time() == time()
        return WrittenTime(value if value.tzinfo else value.replace(tzinfo=zone), has_clock=not is_day)
    if isinstance(value, date):
        return WrittenTime(datetime.combine(value, time(), zone), has_clock=False)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _counted(float(value), zone)
    if not isinstance(value, str):
        raise ValueError(f"expected {EXPECTED_TIME}")  # noqa: TRY004 - said of a file, not of a caller
    text = " ".join(value.split())
    if _NUMBER.fullmatch(text):
        return _counted(float(text.replace(",", ".")), zone)
    for pattern in _WRITTEN:
        found = pattern.fullmatch(text)
        if found:
            return _composed(found, zone, day_first=day_first)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected {EXPECTED_TIME}") from None
    return WrittenTime(at if at.tzinfo else at.replace(tzinfo=zone), has_clock=True)


def _counted(number: float, zone: tzinfo) -> WrittenTime:
    if _FIRST_SERIAL <= number < _LAST_SERIAL:
        seconds = round(number * 86_400)  # a day's fraction comes out a hair beside the second
        return WrittenTime((_SERIAL_ZERO + timedelta(seconds=seconds)).replace(tzinfo=zone), seconds % 86_400 != 0)
    for unit_s in (1, 1000):
        if _FIRST_UNIX_S <= number / unit_s < _LAST_UNIX_S:
            return WrittenTime(datetime.fromtimestamp(number / unit_s, UTC), has_clock=True)
    raise ValueError(f"expected {EXPECTED_TIME}")


def _composed(found: re.Match[str], zone: tzinfo, *, day_first: bool) -> WrittenTime:
    said = found.groupdict()
    if said["y"]:
        year, month, day = int(said["y"]), int(said["m"]), int(said["d"])
    else:
        day, month = int(said["a"]), int(said["b"])
        if not day_first:
            day, month = month, day
        year = int(said["c"]) + (2000 if len(said["c"]) == 2 else 0)
    hour = int(said["hour"] or 0)
    half = (said["half"] or "").lower()
    if half:  # SA (sáng), CH (chiều): what Windows in Vietnamese writes for AM and PM
        if not 1 <= hour <= 12:
            raise ValueError("expected an hour of 1 to 12 before SA, CH, AM or PM")
        hour = hour % 12 + (12 if half in {"ch", "pm"} else 0)
    clock = (hour, int(said["minute"] or 0), int(said["second"] or 0))
    try:
        return WrittenTime(datetime(year, month, day, *clock, tzinfo=zone), has_clock=said["hour"] is not None)
    except ValueError:
        raise ValueError(f"expected {EXPECTED_TIME}; there is no such day or hour") from None
