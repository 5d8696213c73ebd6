"""How long a node takes to catch up: its filled outbox, a real broker and a real central, each a process of its own.

`python -m bench.catch_up [VEHICLES] [WITH_PICTURES] [SHARE]`: so many vehicles of the last days, the newest
WITH_PICTURES of them with pictures of SHARE of their real size. Needs mosquitto.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.offline import NODE, PASSAGES_A_DAY, SITE, revisions
from bench.tables import Column, Table
from contract.errors import SmartGateError
from contract.messages import Status
from edge.clock import boot_id
from edge.mqtt import NodeLink
from edge.outbox import Outbox
from edge.settings import MqttSettings

_AT_ONCE = 50
_LOOK_S = 0.5
_TELL_S = 20.0
_START_S = 60.0
_BROKER = "persistence false\nmax_inflight_messages 400\n"
"""Without it central gets 20 messages at once, and no more until it has acknowledged them: small batches."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A program that listens on `port` once it is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    until_s = time.monotonic() + _START_S
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > until_s:
                raise SmartGateError(f"{command[0]} did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_START_S)


@contextmanager
def _central(folder: Path) -> Iterator[int]:
    """Mosquitto and `smartgate central run`; the broker's port."""
    broker = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if broker is None:
        raise SmartGateError("mosquitto is needed to measure against; on Debian: sudo apt install mosquitto")
    port, page = _free_port(), _free_port()
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{_BROKER}")
    config = folder / "central.toml"
    config.write_text(
        f'data_dir = "central"\n[mqtt]\nhost = "127.0.0.1"\nport = {port}\n[web]\nport = {page}\n', encoding="utf-8"
    )
    central = [sys.executable, "-m", "cli", "central", "run", "--config", str(config)]
    with (
        _running([broker, "-c", str(folder / "mosquitto.conf")], port, folder / "mosquitto.log"),
        _running(central, page, folder / "central.log"),
    ):
        yield port


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
        with _central(folder) as port:
            settings = MqttSettings(host="127.0.0.1", port=port, tls=False)
            link = NodeLink(settings, outbox, birth, on_access=lambda _: None, on_command=lambda _: None)
            link.start()
            began_s = time.monotonic()
            first_s = passages_s = None
            told_s = 0.0
            pause = threading.Event()
            while waiting := outbox.counts().pending:
                taken_s = time.monotonic() - began_s
                first_s = first_s or (taken_s if waiting < before.pending else None)
                passages_s = passages_s or (taken_s if waiting <= pictures else None)
                if taken_s >= told_s + _TELL_S:
                    told_s = taken_s
                    print(f"{taken_s:.0f} s: {waiting:,} messages wait", file=sys.stderr, flush=True)
                pause.wait(_LOOK_S)
            all_s = time.monotonic() - began_s
            link.stop()
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
                first_s,
                passages_s if passages_s is not None else all_s,
                all_s,
            ),
        ),
        note=f"{vehicles / PASSAGES_A_DAY:.3g} days at {PASSAGES_A_DAY:,} vehicles a day.",
    )


_COLUMNS = ("vehicles", "passage messages", "pictures", "MB", "first at central s", "all passages s", "all s")


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
