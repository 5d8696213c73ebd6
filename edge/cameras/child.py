"""The capture process of one camera: opens the source, puts the newest frame into the slot, ends when anything fails.

    python -m edge.cameras.child SLOT < settings.json

It may hang inside a driver; the parent then kills it. It says one line on its standard output: `open`, or `error …`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from contract.errors import SourceError
from edge.cameras.settings import CameraSettings
from edge.cameras.slot import FrameSlot
from edge.cameras.sources import open_source

_PR_SET_PDEATHSIG = 1


def run(settings: CameraSettings, slot: FrameSlot) -> None:
    """Copy frames until the source ends.

    Raises:
        SourceError: the source cannot be opened, was lost, or ended.

    """
    least_s = 1.0 / settings.max_fps
    due_s = 0.0
    with open_source(settings) as source:
        for image, _ in source.frames():
            now_s = time.monotonic()
            if now_s >= due_s:
                slot.write(image, time.time(), now_s)
                due_s = max(due_s + least_s, now_s)  # keeps the rate without ever catching up in a burst
    raise SourceError(f"{settings.public_source} ended")


def main() -> None:
    """Entry point; exits 0 never, since a lane camera has no end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the node, which ends us in order
    settings = CameraSettings.model_validate_json(sys.stdin.read())
    slot = FrameSlot(Path(sys.argv[1]), create=False)
    print("open", flush=True)
    try:
        run(settings, slot)
    except SourceError as error:
        print(f"error {error}", flush=True)
    os._exit(1)  # a driver's own threads may never join


if __name__ == "__main__":
    main()
