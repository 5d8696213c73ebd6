"""How long a node takes to catch up: its filled outbox, a real broker and a real central, each a process of its own.

`python -m bench.catch_up [VEHICLES] [WITH_PICTURES] [SHARE]`: so many vehicles of the last days, the newest
WITH_PICTURES of them with pictures of SHARE of their real size. Meanwhile vehicles come as ever: how long each waits
until central has it is measured too. Needs mosquitto.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.offline import NODE, PASSAGES_A_DAY, SITE, revisions
from bench.programs import central, mosquitto
from bench.tables import Column, Table
from contract.messages import Status
from edge.clock import boot_id
from edge.mqtt import NodeLink
from edge.outbox import Outbox
from edge.settings import MqttSettings

_AT_ONCE = 50
_LOOK_S = 0.5
_TELL_S = 20.0
_VEHICLE_EVERY_S = 2.0
_GLANCE_S = 0.02


class _Traffic:
    """Vehicles that pass while the node catches up; how long each waits until the node hears that central has it."""

    def __init__(self, outbox: Outbox, link: NodeLink) -> None:
        self.waited_s: list[float] = []
        self._outbox = outbox
        self._link = link
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._pass, name="traffic")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """No more vehicles come."""
        self._stop.set()
        self._thread.join()

    def _pass(self) -> None:
        while not self._stop.wait(_VEHICLE_EVERY_S):
            seq = self._outbox.append(revisions(0, picture_share=0.0)[0])
            began_s = time.monotonic()
            self._link.outbox_grew()
            while self._newest_waiting() >= seq:
                self._stop.wait(_GLANCE_S)
            self.waited_s.append(time.monotonic() - began_s)

    def _newest_waiting(self) -> int:
        waiting = self._outbox.pending(1, pictures=0)
        return waiting[0].seq if waiting else 0


def _fill(outbox: Outbox, vehicles: int, with_pictures: int, share: float) -> None:
    now = datetime.now(UTC)
    for start in range(vehicles, 0, -_AT_ONCE):
        numbers = range(start, max(0, start - _AT_ONCE), -1)
        shares = ((number, share if number <= with_pictures else 0.0) for number in numbers)
        outbox.append_all([make for number, part in shares for make in revisions(number, picture_share=part, now=now)])


def catch_up(folder: Path, vehicles: int, with_pictures: int, share: float) -> Table:
    """Fill an outbox, let it meet central, and tell when central had the passages, and when all."""
    with Outbox.open(folder / "outbox.db") as outbox:
        _fill(outbox, vehicles, with_pictures, share)
        before = outbox.counts()
        pictures = 3 * min(vehicles, with_pictures)
        birth = Status(
            site=SITE,
            node=NODE,
            online=True,
            boot_id=boot_id(),
            outbox_id=outbox.outbox_id,
            started_at=datetime.now(UTC),
        )
        with mosquitto(folder) as port, central(folder, port):
            settings = MqttSettings(host="127.0.0.1", port=port, tls=False)
            link = NodeLink(settings, outbox, birth, on_access=lambda _: None, on_command=lambda _: None)
            traffic = _Traffic(outbox, link)
            traffic.start()
            link.start()
            passages_s, all_s = _watch(outbox, pictures)
            traffic.stop()
            link.stop()
    waited_s = sorted(traffic.waited_s) or [0.0]
    return Table(
        "catch_up",
        "A backlog reaches central",
        tuple(Column(name, "number" if name.endswith(" s") else "count") for name in _COLUMNS),
        (
            (
                vehicles,
                before.pending - pictures,
                pictures,
                before.disk_bytes / 1e6,
                passages_s,
                all_s,
                len(traffic.waited_s),
                statistics.median(waited_s),
                waited_s[-1],
            ),
        ),
        note=f"{vehicles / PASSAGES_A_DAY:.3g} days at {PASSAGES_A_DAY:,} vehicles a day.",
    )


_COLUMNS = (
    "vehicles", "passage messages", "pictures", "MB", "all passages s", "all s",
    "vehicles meanwhile", "half of them at central within s", "all of them s",
)  # fmt: skip


def _watch(outbox: Outbox, pictures: int) -> tuple[float, float]:
    """Seconds until no more than the pictures wait, and until next to nothing does: vehicles go on coming."""
    began_s, told_s = time.monotonic(), 0.0
    passages_s: float | None = None
    pause = threading.Event()
    while True:
        waiting = outbox.counts().pending
        taken_s = time.monotonic() - began_s
        if waiting <= pictures and passages_s is None:
            passages_s = taken_s
        if waiting <= 1:
            return passages_s if passages_s is not None else taken_s, taken_s
        if taken_s >= told_s + _TELL_S:
            told_s = taken_s
            print(f"{taken_s:.0f} s: {waiting:,} messages wait", file=sys.stderr, flush=True)
        pause.wait(_LOOK_S)


def main() -> None:
    """Measure and print."""
    given = sys.argv[1:]
    vehicles = int(given[0]) if given else 7 * PASSAGES_A_DAY
    with_pictures = int(given[1]) if len(given) > 1 else vehicles
    share = float(given[2]) if len(given) > 2 else 1.0
    with TemporaryDirectory() as folder:
        print(catch_up(Path(folder), vehicles, with_pictures, share).markdown())


if __name__ == "__main__":
    main()
