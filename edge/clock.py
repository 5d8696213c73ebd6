"""The clock of this node, and how far it can be trusted."""

from __future__ import annotations

import ctypes
import functools
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from contract.messages import Stamp, TimeQuality

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SYNCED_ONCE = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches this at the first synchronisation after a start."""
_CLOCK_CHIP = Path("/dev/rtc0")
_BUILT_YEAR = 2026
_TIME_ERROR = 5
"""Answer of `ntp_adjtime` (ntp_adjtime(3)) for a clock that is not synchronised."""
_TIMEX_BYTES = 512
"""More than `struct timex` takes; all zero asks and sets nothing."""


@functools.cache
def boot_id() -> UUID:
    """Changes with every start of the machine: tells a clock that was set back from one that was started again."""
    try:
        return UUID(_BOOT_ID.read_text(encoding="ascii").strip())
    except OSError:
        return uuid4()


def judge(*, year: int, synced_now: bool, synced_once: bool, clock_chip: bool) -> TimeQuality:
    """Quality of a clock that shows `year`. Pure.

    A Raspberry Pi without a clock chip goes on from where it was switched off: its year is right and its time is not.
    """
    if year < _BUILT_YEAR:
        return TimeQuality.UNSET
    if synced_now:
        return TimeQuality.SYNCED
    return TimeQuality.HOLDOVER if synced_once or clock_chip else TimeQuality.UNSET


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _kernel_synced() -> bool:
    library = _libc()
    return hasattr(library, "ntp_adjtime") and library.ntp_adjtime(ctypes.create_string_buffer(_TIMEX_BYTES)) not in (
        -1,
        _TIME_ERROR,
    )


@functools.cache
def _has_clock_chip() -> bool:
    """Whether time goes on while the power is off. Every PC has a clock chip, and a virtual one has its host's."""
    return _CLOCK_CHIP.exists() or platform.machine() == "x86_64"


class _Clock:
    """Remembers that the clock was right once in this process."""

    def __init__(self) -> None:
        self._synced_once = False

    def quality(self) -> TimeQuality:
        synced_now = _kernel_synced()
        self._synced_once = self._synced_once or synced_now or _SYNCED_ONCE.exists()
        return judge(
            year=datetime.now(UTC).year,
            synced_now=synced_now,
            synced_once=self._synced_once,
            clock_chip=_has_clock_chip(),
        )


_CLOCK = _Clock()


def time_quality() -> TimeQuality:
    """How far this machine's clock can be trusted now."""
    return _CLOCK.quality()


def stamp() -> Stamp:
    """Now, by this node's clocks."""
    return Stamp(at=datetime.now(UTC), boot_id=boot_id(), monotonic_s=time.monotonic(), time_quality=time_quality())
