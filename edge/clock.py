"""The clock of this node, and how far it can be trusted."""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from contract.messages import Stamp, TimeQuality

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BUILT_YEAR = 2026
_TIME_ERROR = 5  # ntp_adjtime(3): the clock is not synchronised


def _boot_id() -> UUID:
    try:
        return UUID(_BOOT_ID.read_text(encoding="ascii").strip())
    except OSError:
        return uuid4()


BOOT_ID = _boot_id()
"""Changes with every start of the machine: tells a clock that was set back from one that was started again."""


def time_quality() -> TimeQuality:
    """What the kernel says of its clock; `unset` when it shows a year before this software was made."""
    if datetime.now(UTC).year < _BUILT_YEAR:
        return TimeQuality.UNSET
    library = ctypes.CDLL(ctypes.util.find_library("c"))
    if not hasattr(library, "ntp_adjtime"):
        return TimeQuality.HOLDOVER
    buffer = ctypes.create_string_buffer(512)  # struct timex, all zero: read only
    state = library.ntp_adjtime(buffer)
    return TimeQuality.HOLDOVER if state in (-1, _TIME_ERROR) else TimeQuality.SYNCED


def stamp() -> Stamp:
    """Now, by this node's clocks."""
    return Stamp(at=datetime.now(UTC), boot_id=BOOT_ID, monotonic_s=time.monotonic(), time_quality=time_quality())
