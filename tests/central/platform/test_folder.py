"""A folder of exported files: each is waited for, read once, and what is wrong in it is told."""

from __future__ import annotations

import csv
import os
from datetime import timedelta
from pathlib import Path

import pytest

from central.platform.folder import FolderRunner, FolderUnavailable
from central.platform.settings import FolderSettings
from central.store import Store
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.platform import Tally
from tests.central.made import NOON
from tests.central.platform.offices import HEADERS, ROW, workbook, written

SETTLED = timedelta(seconds=11)


class Office:
    """Somebody who puts files into the folder, and a central that looks when it is told to."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path = store, path
        self.now = NOON
        path.mkdir()
        self.start()

    def start(self) -> None:
        """Central begins anew."""
        settings = FolderSettings(path=self.path, gates={"Hữu Nghị": "huu-nghi"})
        self.central = FolderRunner(self.store, settings)

    def put(self, name: str, content: bytes, *, minutes: float = 0.0) -> None:
        """A file, written so many minutes after noon."""
        (self.path / name).write_bytes(content)
        at = (NOON + timedelta(minutes=minutes)).timestamp()
        os.utime(self.path / name, (at, at))

    def look(self, *, after: timedelta = timedelta(0)) -> None:
        self.now += after
        self.central.step(self.now)

    def read(self, name: str, content: bytes, *, minutes: float = 0.0) -> Tally:
        """Put a file, wait until it is read; what this added."""
        before = self.tally
        self.put(name, content, minutes=minutes)
        self.look()
        self.look(after=SETTLED)
        after = self.tally
        return Tally(after.items - before.items, after.new - before.new, after.aside - before.aside)

    @property
    def tally(self) -> Tally:
        return next((one.tally for one in self.store.connectors.list()), Tally())

    def declaration(self, number: int = 1) -> DeclarationRecord:
        found = self.store.declarations.get(f"HN-{number:06d}")
        assert found is not None
        return found


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    return Office(store, tmp_path / "exports")


def table(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> bytes:
    return written([headers, *rows]).encode("utf-8-sig")


def test_a_file_is_waited_for_while_it_grows(office: Office) -> None:
    """Half a file is left alone until it stands still; nothing counts as complete meanwhile."""
    whole = table(ROW, ("HN-000002", *ROW[1:]))
    office.put("a.csv", whole[:120])
    office.look()
    office.put("a.csv", whole, minutes=0.1)
    office.look(after=SETTLED)
    assert office.tally == Tally()
    assert office.central.complete_at is None
    office.look(after=SETTLED)
    assert office.tally == Tally(items=2, new=2)
    assert office.declaration().gate == "huu-nghi"
    assert office.central.complete_at == office.now


def test_a_file_is_read_once_whatever_its_name(office: Office) -> None:
    """Not again at the next look, nor after a restart, nor as a copy."""
    office.read("a.csv", table(ROW))
    office.look(after=SETTLED)
    office.start()
    assert office.read("copy of a.csv", table(ROW), minutes=5) == Tally()
    assert len(office.store.connectors.files()) == 1


def test_a_corrected_file_corrects(office: Office) -> None:
    """The changed row becomes another version, the others stay; a file from before the correction changes nothing."""
    other = ("HN-000002", *ROW[1:])
    office.read("a.csv", table(ROW, other))
    corrected = ("HN-000001", "12C-999.99", *ROW[2:])
    assert office.read("a.csv", table(corrected, other), minutes=10) == Tally(items=2, new=1)
    assert (office.declaration().plate, office.declaration().version) == ("12C-999.99", 2)
    assert office.declaration(2).version == 1
    assert office.read("old.csv", table(("HN-000001", "12C-000.00", *ROW[2:])), minutes=5) == Tally(items=1)
    assert office.declaration().plate == "12C-999.99"


def test_columns_that_a_file_does_not_have_stay_as_they_are(office: Office) -> None:
    """The list of customs says nothing of the driver, and does not bring a cancelled declaration back."""
    office.read("a.csv", table((*ROW, "Hủy", "đã xác nhận"), headers=(*HEADERS, "Trạng thái", "Biên phòng")))
    customs = (*ROW[:5], "từ chối")
    assert office.read("b.csv", table(customs, headers=(*HEADERS[:5], "Hải quan")), minutes=5).new == 1
    found = office.declaration()
    assert (found.state, found.driver_name) == (DeclarationState.CANCELLED, "Nguyễn Văn Ví Dụ")
    assert [(one.force.value, one.verdict.value) for one in found.confirmations] == [
        ("border_guard", "confirmed"),
        ("customs", "refused"),
    ]


def test_bad_rows_are_kept_and_reported_beside_the_file(office: Office) -> None:
    """The rest is read. What names a driver stands in neither report nor log nor reason."""
    bad = ("HN-000002", "12C-1", "Hữu Nghị", "mua bán", "soon", "Trần Thị Ví Dụ " * 20, "xoài")
    assert office.read("tờ khai.xlsx", workbook([HEADERS, ROW, bad])) == Tally(items=2, new=1, aside=1)
    (letter,) = office.store.dead_letters.list()
    assert letter.source == "platform folder"
    assert letter.reason.startswith("tờ khai.xlsx row 3: regime: expected one of import")
    (report,) = (office.path / "set-aside").iterdir()
    rows = list(csv.DictReader(report.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [(row["row"], row["column"], row["header"], row["came"]) for row in rows] == [
        ("3", "D", "Loại hình", "'mua bán'"),
        ("3", "E", "Thời gian dự kiến đến", "'soon'"),
    ]
    assert "Trần" not in letter.reason + report.read_text("utf-8-sig")
    (file,) = office.store.connectors.files()
    assert (file.name, file.rows, file.tally, file.failure) == ("tờ khai.xlsx", 2, Tally(2, 1, 1), "")


def test_a_file_that_is_no_table_is_told_and_the_next_one_is_read(office: Office) -> None:
    """A broken workbook is noted with the reason; its repaired self is read."""
    content = workbook([HEADERS, ROW])
    assert office.read("a.xlsx", content[:-300]) == Tally()
    (connector,) = office.store.connectors.list()
    assert connector.failure.startswith("a.xlsx: expected")
    assert office.read("a.xlsx", content, minutes=1) == Tally(items=1, new=1)
    (connector,) = office.store.connectors.list()
    assert connector.failure == ""


def test_what_columns_mean_can_be_corrected(office: Office) -> None:
    """After the configuration was changed the same file is read again."""
    content = table(ROW, headers=("Mã TK", *HEADERS[1:]))
    assert office.read("a.csv", content).aside == 1
    office.central = FolderRunner(
        office.store,
        FolderSettings.model_validate({"path": office.path, "mapping": {"fields": {"declaration_id": "Mã TK"}}}),
    )
    office.look()
    office.look(after=SETTLED)
    assert office.tally.new == 1


def test_other_files_are_left_alone(office: Office) -> None:
    """Excel's lock files, downloads that go on, pictures, and central's own reports."""
    for name in ("~$a.xlsx", ".hidden.csv", "a.csv.part", "a.png"):
        office.read(name, b"nothing of ours")
    assert office.store.connectors.list() == ()


def test_many_rows_are_written_in_parts_and_a_stop_loses_none(office: Office) -> None:
    """A file that central was stopped over is read again from its first row, and counts each declaration once."""
    office.put("a.csv", table(*((f"HN-{number:06d}", *ROW[1:]) for number in range(1, 511))))
    office.look()
    asked = iter([False, True])
    office.now += SETTLED
    office.central.step(office.now, lambda: next(asked))
    assert office.tally.new == 500
    assert office.store.connectors.files()[0].read_at is None
    office.start()
    office.look()
    office.look(after=SETTLED)
    assert office.tally.new == 510
    assert office.store.connectors.files()[0].read_at is not None


def test_a_file_that_somebody_holds_keeps_no_other_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, tried again, and read once it can be; until then nothing counts as complete."""
    read, held = Path.read_bytes, {"a.csv"}

    def read_unless_held(path: Path) -> bytes:
        if path.name in held:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_unless_held)
    office.put("a.csv", table(ROW))
    office.put("b.csv", table(("HN-000002", *ROW[1:])))
    office.look()
    with pytest.raises(FolderUnavailable, match="has nobody it open"):
        office.look(after=SETTLED)
    assert (office.tally.new, office.central.complete_at) == (1, None)
    held.clear()
    office.look()
    assert (office.tally.new, office.central.complete_at) == (2, office.now)


def test_a_folder_that_is_away_says_so(office: Office) -> None:
    """The share is not mounted: that is told, and nothing counts as complete."""
    office.path.rmdir()
    with pytest.raises(FolderUnavailable, match="check that it exists"):
        office.look()
    assert office.central.complete_at is None


def test_the_thread_reads_what_is_put_there(store: Store, tmp_path: Path) -> None:
    """Started as the service starts it."""
    import threading

    arrived = threading.Event()
    forget = store.on_commit(arrived.set)
    central = FolderRunner(store, FolderSettings(path=tmp_path / "in", poll_s=0.02, settle_s=0.01))
    central.start()  # before the folder is there
    (tmp_path / "in").mkdir()
    (tmp_path / "whole").write_bytes(table(ROW))
    (tmp_path / "whole").rename(tmp_path / "in" / "a.csv")
    assert arrived.wait(60)
    central.stop()
    forget()
    assert central.worker.failure is None
    assert store.declarations.get("HN-000001") is not None
