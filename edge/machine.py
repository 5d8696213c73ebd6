"""What the machine below the node tells of itself: heat, power, disks. What it does not tell is None."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

SYS = Path("/sys")
_ASK_TIMEOUT_S = 5.0


def hottest_place(sys: Path = SYS) -> tuple[str, float] | None:
    """The hottest place, and its temperature in °C."""
    zones: dict[str, float] = {}
    for zone in sys.glob("class/thermal/thermal_zone*"):
        value = _number(zone / "temp")
        if value is not None:
            zones[_text(zone / "type") or zone.name] = value / 1000
    for sensor in sys.glob("class/hwmon/hwmon*/temp*_input"):
        value = _number(sensor)
        if value is not None:
            zones[f"{_text(sensor.parent / 'name')} {sensor.name.removesuffix('_input')}"] = value / 1000
    return max(zones.items(), key=lambda zone: zone[1]) if zones else None


def throttled_bits() -> int | None:
    """What a Raspberry Pi says of its power and heat (`vcgencmd get_throttled`): now, and 16 bits higher ever."""
    key, _, value = (_asked(["vcgencmd", "get_throttled"]) or "").strip().partition("=")
    try:
        return int(value, 16) if key == "throttled" else None
    except ValueError:
        return None


def disk_of(folder: Path, sys: Path = SYS) -> str | None:
    """The name of the whole disk (`mmcblk0`, `nvme0n1`) that a folder lies on."""
    device = folder.stat().st_dev
    place = (sys / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}").resolve()
    if not place.is_dir():
        return None
    return place.parent.name if (place / "partition").exists() else place.name


def disk_life_used_percent(disk: str, sys: Path = SYS) -> int | None:
    """How much of its life a disk has used up, where it says so."""
    return _life_of_card(sys / "block" / disk / "device") if disk.startswith("mmcblk") else _life_by_smart(disk)


def _life_of_card(device: Path) -> int | None:
    """Life used up in percent. An eMMC tells tenths (JEDEC, DEVICE_LIFE_TIME_EST): 1 is up to 10 %, 11 is over."""
    said = (_text(device / "life_time") or "").split()
    tenths = max((int(value, 16) for value in said), default=0)
    return 10 * tenths if tenths else None


def _life_by_smart(name: str) -> int | None:
    said = _asked(["smartctl", "--json", "--attributes", f"/dev/{name}"])
    try:
        log = json.loads(said or "{}").get("nvme_smart_health_information_log", {})
        return int(log["percentage_used"])
    except (ValueError, KeyError):
        return None


def _asked(command: list[str]) -> str | None:
    """What a program of the system says; None where there is none, or it does not answer."""
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - a program of the system, no words of a user
            [program, *command[1:]], capture_output=True, text=True, timeout=_ASK_TIMEOUT_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return None


def _number(path: Path) -> float | None:
    try:
        return float(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
