"""The machine below the node: heat, power, disk, clock, pins. What it does not tell is called not known."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from contract.messages import TimeQuality
from edge.clock import time_quality
from edge.diagnosis.findings import Finding, Level
from edge.health.device import DYING_PERCENT, HOT_C, WORN_PERCENT
from edge.machine import SYS, disk_life_used_percent, disk_of, hottest_place, throttled_bits

_WARM_C = 70.0
_THROTTLED = {
    0: "too little voltage",
    1: "the frequency is capped",
    2: "throttled",
    3: "slowed down for heat",
}
"""Bits of `vcgencmd get_throttled`; the same sixteen bits higher mean that it has happened since the start."""
_SLOW_MS, _HANGING_MS = 100.0, 1000.0
_SYNCS = 20


def temperature(sys: Path = SYS) -> Finding:
    """The hottest place that the machine tells of, in °C."""
    hottest = hottest_place(sys)
    if hottest is None:
        return Finding("temperature", Level.NOT_KNOWN, "this machine tells none")
    place, hottest_c = hottest
    level = Level.OK if hottest_c < _WARM_C else Level.WARNING if hottest_c < HOT_C else Level.BAD
    todo = "" if level is Level.OK else "air, shade, or a heat sink: it will slow itself down"
    return Finding("temperature", level, f"{hottest_c:.0f} °C at {place}", todo, {"hottest_c": round(hottest_c, 1)})


def throttling() -> Finding:
    """What a Raspberry Pi says of its power and heat, now and since it was started."""
    bits = throttled_bits()
    if bits is None:
        return Finding("throttling", Level.NOT_KNOWN, "only a Raspberry Pi tells (vcgencmd get_throttled)")
    return throttling_of(bits)


def throttling_of(bits: int) -> Finding:
    """The words for the bits of `vcgencmd get_throttled`."""
    now = [words for bit, words in _THROTTLED.items() if bits >> bit & 1]
    earlier = [words for bit, words in _THROTTLED.items() if bits >> (bit + 16) & 1 and words not in now]
    told = [f"now: {', '.join(now)}"] if now else []
    told += [f"since the start: {', '.join(earlier)}"] if earlier else []
    if not told:
        return Finding("throttling", Level.OK, "none since the start")
    todo = "a power supply of 5 V and 5 A with a short cable" if "too little voltage" in now + earlier else "more air"
    return Finding("throttling", Level.BAD if now else Level.WARNING, "; ".join(told), todo)


def disk_life(folder: Path, sys: Path = SYS) -> Finding:
    """How much of its life the disk below `folder` has used up, where it says so."""
    name = disk_of(folder, sys)
    if name is None:
        return Finding("disk life", Level.NOT_KNOWN, f"it is not known which disk {folder} lies on")
    used_percent = disk_life_used_percent(name, sys)
    if used_percent is None:
        todo = "an SD card never says; keep a copy of it beside the node" if name.startswith("mmcblk") else ""
        todo = todo or ("run as root with smartmontools installed" if name.startswith("nvme") else "")
        return Finding("disk life", Level.NOT_KNOWN, f"{name} does not say", todo)
    level = Level.OK if used_percent < WORN_PERCENT else Level.WARNING if used_percent < DYING_PERCENT else Level.BAD
    todo = "" if level is Level.OK else "replace it before it fails: hardware/README.md"
    found = f"{name} has used up to {used_percent} % of its life"
    return Finding("disk life", level, found, todo, {"used_percent": used_percent})


def disk_speed(folder: Path) -> Finding:
    """How long the disk takes until 4 kB are on it for good, in ms: each passage waits for it once."""
    times_ms = []
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
            for _ in range(_SYNCS):
                file.write(os.urandom(4096))
                file.flush()
                began_s = time.perf_counter()
                os.fsync(file.fileno())
                times_ms.append(1000 * (time.perf_counter() - began_s))
    except OSError as error:
        return Finding("disk speed", Level.BAD, f"cannot write to {folder}: {error.strerror}", "see data_dir")
    p50_ms, p95_ms = (round(float(np.quantile(times_ms, q)), 1) for q in (0.5, 0.95))
    level = Level.OK if p95_ms < _SLOW_MS else Level.WARNING if p95_ms < _HANGING_MS else Level.BAD
    todo = "" if level is Level.OK else "a worn or cheap card: take an NVMe disk or an industrial card"
    found = f"4 kB are safe after {p50_ms} ms (p95 {p95_ms} ms)"
    return Finding("disk speed", level, found, todo, {"fsync_p50_ms": p50_ms, "fsync_p95_ms": p95_ms})


def clock() -> Finding:
    """How far the clock can be trusted."""
    quality = time_quality()
    if quality is TimeQuality.SYNCED:
        return Finding("clock", Level.OK, "synchronised")
    if quality is TimeQuality.HOLDOVER:
        found = "not synchronised now; it goes on from when it was"
        return Finding("clock", Level.WARNING, found, "let this machine reach a time server (timedatectl)")
    found = "never synchronised, and no clock chip: central shows when it received a passage instead"
    return Finding("clock", Level.BAD, found, "let it reach a time server, and fit a clock chip with its battery")


def pins(*, wanted: bool, dev: Path = Path("/dev")) -> Finding:
    """The GPIO chips of this machine. `wanted`: a barrier is moved by them."""
    chips = sorted(dev.glob("gpiochip*"))
    usable = [chip.name for chip in chips if os.access(chip, os.R_OK | os.W_OK)]
    if usable:
        return Finding("gpio", Level.OK, ", ".join(usable))
    if chips:
        found, todo = f"{', '.join(chip.name for chip in chips)}, but not for this user", "add it to the group gpio"
    else:
        found, todo = "this machine has none", "drive the barrier by a relay box over HTTP or Modbus" if wanted else ""
    if wanted:
        return Finding("gpio", Level.BAD, found, todo)
    return Finding("gpio", Level.OK, f"{found}; no barrier is moved by pins")


def report(folder: Path, *, pins_wanted: bool) -> Iterator[Finding]:
    """All of it; `folder` is where the node keeps its data."""
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free_gb = shutil.disk_usage(there).free / 1e9
    yield temperature()
    yield throttling()
    yield Finding("disk", Level.OK, f"{free_gb:.1f} GB free at {there}", numbers={"free_gb": round(free_gb, 1)})
    yield disk_life(there)
    yield disk_speed(there)
    yield clock()
    yield pins(wanted=pins_wanted)
