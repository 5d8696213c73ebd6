"""The capture process of one camera: opens the source, puts the newest frame into the slot, ends when anything fails.

    python -m edge.cameras.child DESCRIPTOR PARENT < settings.json

It may hang inside a driver; it then ends itself, or the parent kills it. On its standard output it says `ready` when it
has come up, `open` when the camera answers, and `error …` when it ends.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from contract.errors import SourceError
from edge.cameras.deadline import Deadline
from edge.cameras.lifeline import die_with_parent
from edge.cameras.pace import Pace
from edge.cameras.settings import CameraSettings, without_credentials
from edge.cameras.slot import FrameSlot
from edge.cameras.sources import open_source


def run(settings: CameraSettings, slot: FrameSlot) -> None:
    """Copy frames until the source ends.

    Raises:
        SourceError: the source cannot be opened, was lost, or ended.

    """
    pace = Pace(settings.max_fps)
    deadline = Deadline(settings, expired=_give_up)
    deadline.start()

    def opened() -> None:
        deadline.extend()
        _say("open")

    with open_source(settings, on_open=opened) as source:
        for image, _ in source.frames():
            deadline.extend()
            now_s = time.monotonic()
            if pace.wants(now_s):
                slot.write(image, time.time(), now_s)
    raise SourceError(f"{settings.public_source} ended")


def _say(line: str) -> None:
    # in one piece, since two threads speak; drivers like to put the whole address into their messages
    os.write(sys.stdout.fileno(), f"{' '.join(without_credentials(line).split())}\n".encode())


def _give_up(why: str) -> None:
    _say(f"error {why}")
    os._exit(1)  # the source hangs in a driver


def _end_with(parent: int) -> None:
    """See to it that this process never outlives its parent, however that ends."""
    die_with_parent()
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def main() -> None:
    """Entry point; exits 0 never, since a lane camera has no end."""
    _end_with(parent=int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the node, which ends us in order
    settings = CameraSettings.model_validate_json(sys.stdin.read())
    _say("ready")
    try:
        run(settings, FrameSlot(int(sys.argv[1])))
    except Exception as error:  # noqa: BLE001 - drivers raise what they like; the parent tells it and starts us again
        _say(f"error {error}" if isinstance(error, SourceError) else f"error {type(error).__name__}: {error}")
    os._exit(1)  # a driver's own threads may never join


if __name__ == "__main__":
    main()
