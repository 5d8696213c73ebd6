"""A node whose disk fails: a small real file system that is full, read-only or damaged. The gate works all the while."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.messages import CameraHealth, CommandKind, HealthLevel, Metrics, Passage, Status
from tests.edge.node.whole_node import CameraServer, House


class Disk:
    """An ext4 of 32 MB in a file, mounted over a loop device."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disk"
        self._image = folder / "disk.img"
        self.path.mkdir()
        with self._image.open("wb") as image:
            image.truncate(32_000_000)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.path))

    def fill(self) -> None:
        """Leave not a byte."""
        with contextlib.suppress(OSError), (self.path / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        assert os.statvfs(self.path).f_bavail == 0

    def empty(self) -> None:
        """Take that away again."""
        (self.path / "filler").unlink()

    def read_only(self, *, on: bool) -> None:
        """Mount it otherwise; for a disk that nobody writes to."""
        _run("mount", "-o", "remount,ro" if on else "remount,rw", str(self.path))

    def break_down(self) -> None:
        """Make the kernel find a fault in it, upon which it lets nobody write any more."""
        device = subprocess.run(
            ["findmnt", "-no", "SOURCE", str(self.path)], capture_output=True, text=True, check=True
        ).stdout.strip()
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")

    def remove(self) -> None:
        _run("umount", "-l", str(self.path))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if os.geteuid() or not shutil.which("mkfs.ext4"):
        pytest.skip("a disk to break can only be mounted by root, with mkfs.ext4")
    try:
        disk = Disk(tmp_path)
    except OSError as error:
        pytest.skip(f"no disk to break can be mounted here: {error}")
    yield disk
    disk.remove()


@pytest.fixture
def make_house(disk: Disk, broker: Any, make_central: Any) -> Iterator[Any]:
    """Starts a node on that disk."""
    cameras = CameraServer().start()
    house = House(disk.path / "node", broker, make_central(broker), cameras)

    def start() -> House:
        house.start()
        return house

    yield start
    house.end()
    cameras.stop()


def _wait_for_sign(house: House, name: str, *, at_least: float) -> None:
    """Wait until the newest vital signs say so much; they go on whatever the disk does."""
    heard = len(house.central.of(Metrics))

    def said() -> bool:
        return any(metrics.values.get(name, -1) >= at_least for metrics in house.central.of(Metrics)[heard:])

    house.central.wait_for(said, what=f"{name} of {at_least}")


def _gate_works(house: House) -> None:
    """An operator's opening is carried out, and cameras are watched."""
    assert house.ask(CommandKind.OPEN).done
    heard = len(house.central.of(CameraHealth))

    def watched() -> bool:
        # The camera itself runs in this process and may stutter; it must not be said to be gone.
        said = (HealthLevel.OK, HealthLevel.DEGRADED)
        return any(h.camera == "in-1-front" and h.level in said for h in house.central.of(CameraHealth)[heard:])

    house.central.wait_for(watched, what="news of a camera that is watched")


def _vehicle(house: House, plate: str, wait_until: Any) -> None:
    """One drives up and away, read or not."""
    seen = house.front.served
    house.front.passes(plate)
    wait_until(lambda: house.front.served > seen + 25, what="frames with a vehicle")
    house.front.empty()
    wait_until(lambda: house.front.served > seen + 50, what="frames without")


def test_disk_that_is_read_only_at_the_start_and_full_later_keeps_nobody_waiting(
    disk: Disk, make_house: Any, wait_until: Any
) -> None:
    """What passes meanwhile is kept in memory and told when the disk takes it; not one vehicle is missing."""
    disk.read_only(on=True)
    house = make_house()
    assert [status.outbox_id for status in house.central.of(Status)] == [None]
    _vehicle(house, "12C34567", wait_until)
    _wait_for_sign(house, "not_on_disk", at_least=1)
    _gate_works(house)
    disk.read_only(on=False)
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    assert house.central.of(Status)[-1].outbox_id == house.central.of(Passage)[0].outbox_id
    _wait_for_sign(house, "outbox_last_seq", at_least=2)
    _wait_for_sign(house, "without_pictures", at_least=1)  # on so small a disk pictures give way to passages
    assert house.central.pictures() == {}

    disk.fill()
    for plate in ("51D12345", "12R00123"):  # the log of SQLite may still have room for the first
        _vehicle(house, plate, wait_until)
    with contextlib.suppress(OSError):
        disk.fill()
    _gate_works(house)
    disk.empty()
    for plate in ("51D12345", "12R00123"):
        house.wait_for(plate, lambda passage: passage.revision >= 1)
    house.central.wait_for(
        lambda: house.central.of(Metrics)[-1].values["not_on_disk"] == 0, what="nothing in memory any more"
    )


def test_disk_whose_file_is_damaged_and_that_breaks_down_then_keeps_nobody_waiting(
    disk: Disk, make_house: Any, wait_until: Any
) -> None:
    """The damaged file is set aside, said so, and passages go on; on a disk that nobody may write to they wait."""
    house = make_house()
    _vehicle(house, "12C34567", wait_until)
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    _damage(disk.path / "node" / "outbox.db")
    _vehicle(house, "51D12345", wait_until)
    house.wait_for("51D12345", lambda passage: passage.revision >= 1)
    _wait_for_sign(house, "outbox_set_aside", at_least=1)
    assert len({passage.outbox_id for passage in house.central.of(Passage)}) == 1
    assert list((disk.path / "node").glob("outbox-*.salvaged"))

    disk.break_down()
    _vehicle(house, "12R00123", wait_until)
    _wait_for_sign(house, "not_on_disk", at_least=1)
    _gate_works(house)
    house.end()
    house.central.wait_for(lambda: not house.central.of(Status)[-1].online, what="the goodbye")


def _damage(path: Path) -> None:
    """Noise over the root of the messages' table, where the node cannot but meet it."""
    with contextlib.closing(sqlite3.connect(path)) as file:
        (page,) = file.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()
        with path.open("r+b") as raw:
            file.execute("UPDATE outbox SET last_seq = last_seq")
            file.commit()  # the node reads anew what another has written
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.seek((page - 1) * 4096)
            raw.write(os.urandom(4096))
