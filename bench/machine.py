"""On what and with what a measurement was made."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import onnxruntime as ort

from bench.reading import Readers

_ROOT = Path(__file__).resolve().parents[1]
_UNKNOWN = "unknown"


def processor() -> str:
    """The processor's name, on a Raspberry Pi the board's."""
    board = Path("/proc/device-tree/model")
    if board.is_file():
        return board.read_text(encoding="utf-8").strip("\0\n ")
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine() or _UNKNOWN


def commit() -> str:
    """The commit of this checkout, with `-dirty` where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return _UNKNOWN
    return done.stdout.strip()


def setting(readers: Readers) -> dict[str, str]:
    """Machine, software and models, by name. The load tells whether something else ran beside the measurement."""
    load = os.getloadavg()[0]
    facts = {
        "processor": processor(),
        "processors": f"{os.cpu_count()}, one thread used; load {load:.1f} at the end",
        "software": f"{platform.system()}, Python {platform.python_version()}, onnxruntime {ort.__version__}",
        "commit": commit(),
    }
    for engine, reader in readers.items():
        facts[f"engine {engine}"] = ", ".join(f"{name} {version}" for name, version in reader.versions.items())
    return facts
