"""Pictures at the node: what central lacks is never deleted, nor what is disputed; the rest goes, the oldest first."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from structlog.testing import capture_logs

from contract.errors import StoreError
from contract.topics import parse_message
from edge.evidence.proof import hash_of
from edge.evidence.settings import EvidenceSettings
from edge.outbox import Place
from tests.edge.evidence.shelf import Shelf, jpeg

ROOT = Path(__file__).resolve().parents[3]
MB = 1_000_000
SMALL = EvidenceSettings(frame_mb=1, crop_mb=1, overview_mb=1)


def test_picture_waits_in_the_outbox_until_central_has_it_and_is_a_file_then(shelf: Shelf) -> None:
    """Its bytes are in one place at a time, and never in none."""
    shelf.add(1, frame=jpeg("a"), crop=jpeg("b", 3000))
    shelf.keeper.turn()
    assert shelf.on_disk() == set()
    assert {pending.seq for pending in shelf.outbox.pending(9)} == {1, 2, 3}
    assert shelf.metric("evidence_mb_unsent") > 0
    shelf.commit()
    assert shelf.on_disk() == {"frame a", "crop b"}
    assert shelf.files.read("frame", hash_of(jpeg("a"))) == jpeg("a")
    assert {path.stat().st_mode & 0o777 for path in shelf.folder.iterdir()} == {0o700}, "people may be in the pictures"
    assert shelf.outbox.counts().pending == 0
    assert shelf.outbox._database._connection.execute("SELECT count(*) FROM message").fetchone() == (0,)
    assert (shelf.metric("evidence_mb_unsent"), shelf.metric("evidence_mb_frame")) == (0, 0.1)


def test_over_quota_the_oldest_pictures_of_that_kind_go(shelf: Shelf) -> None:
    """Each kind has its own room; the others are not touched."""
    shelf.reopen(SMALL)
    for number in range(14):
        shelf.add(number, frame=jpeg(f"f{number}"), crop=jpeg(f"c{number}", 1000))
        shelf.commit()
    assert {one for one in shelf.on_disk() if one.startswith("frame")} == {f"frame f{n}" for n in range(4, 14)}
    assert sum(one.startswith("crop") for one in shelf.on_disk()) == 14
    assert shelf.metric("evidence_mb_frame") == 1.0
    assert shelf.metric("evidence_over_quota") == 0


def test_another_quota_counts_from_the_next_turn_on(shelf: Shelf) -> None:
    """As when the configuration is read again while the node runs."""
    for number in range(4):
        shelf.add(number, frame=jpeg(f"f{number}"))
        shelf.commit()
    assert len(shelf.on_disk()) == 4
    shelf.keeper.use(EvidenceSettings(frame_mb=0))
    shelf.keeper.turn()
    assert shelf.on_disk() == set()


def test_what_central_does_not_have_is_never_deleted(shelf: Shelf) -> None:
    """Weeks without central take more than the quota: all stays, it is said, and new pictures are taken still."""
    shelf.reopen(EvidenceSettings(frame_mb=0))
    with capture_logs() as logs:
        for number in range(5):
            shelf.add(number, frame=jpeg(f"f{number}"))
            shelf.keeper.turn()
    assert len([log for log in logs if log["log_level"] == "warning"]) == 1, "said once"
    assert shelf.metric("evidence_over_quota") == 1
    waiting = [parse_message(one.topic, one.payload) for one in shelf.outbox.pending(99)]
    assert {one.jpeg for one in waiting if hasattr(one, "jpeg")} == {jpeg(f"f{number}") for number in range(5)}
    shelf.commit()
    assert shelf.on_disk() == set()
    assert shelf.metric("evidence_over_quota") == 0


def test_unsent_pictures_take_their_room_from_the_kept_ones(shelf: Shelf) -> None:
    """The quota is one for both: an old copy goes before there is no room for what central lacks."""
    shelf.reopen(SMALL)
    for number in range(8):
        shelf.add(number, frame=jpeg(f"f{number}"))
    shelf.commit()
    assert len(shelf.on_disk()) == 8
    for number in range(8, 12):
        shelf.add(number, frame=jpeg(f"f{number}"))
    shelf.keeper.turn()
    assert shelf.on_disk() == {f"frame f{number}" for number in range(4, 8)}


def test_disputed_pictures_are_never_deleted_until_released(shelf: Shelf) -> None:
    """Over the quota, over a restart: they stay, and others go in their stead."""
    shelf.reopen(SMALL)
    disputed = shelf.add(0, frame=jpeg("disputed", 900_000), overview=jpeg("also", 5000))
    assert shelf.keeper.keep(disputed) is None
    shelf.commit()
    for number in range(1, 5):
        shelf.add(number, frame=jpeg(f"f{number}"))
        shelf.reopen()
        shelf.commit()
    assert shelf.on_disk() == {"frame disputed", "overview also", "frame f4"}
    assert shelf.metric("evidence_mb_disputed") == 0.905
    shelf.reopen(EvidenceSettings(frame_mb=0, overview_mb=0))
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame disputed", "overview also"}
    assert shelf.metric("evidence_over_quota") == 2
    shelf.keeper.release(disputed)
    shelf.reopen()
    shelf.keeper.turn()
    assert shelf.on_disk() == set()


def test_later_pictures_of_a_disputed_passage_are_kept_too(shelf: Shelf) -> None:
    """A revision that comes behind the dispute belongs to it."""
    shelf.reopen(EvidenceSettings(frame_mb=0, overview_mb=0))
    passage_id = shelf.add(1, frame=jpeg("first"))
    assert shelf.keeper.keep(passage_id) is None
    shelf.add(1, overview=jpeg("second"))
    shelf.commit()
    assert shelf.on_disk() == {"frame first", "overview second"}


def test_dispute_about_what_is_not_here_is_refused(shelf: Shelf) -> None:
    """And leaves nothing behind."""
    passage_id = shelf.add(1)
    assert "no picture" in (shelf.keeper.keep(passage_id) or "")
    assert shelf.outbox._database._connection.execute("SELECT count(*) FROM dispute").fetchone() == (0,)


def test_one_picture_of_two_passages_stays_until_both_let_it_go(shelf: Shelf) -> None:
    """Deleting it for one does not take it from the other."""
    first = shelf.add(1, frame=jpeg("same"))
    shelf.add(2, frame=jpeg("same"))
    shelf.commit()
    shelf.keeper.keep(first)
    shelf.reopen(EvidenceSettings(frame_mb=0))
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame same"}
    assert [picture.passage_id for picture in shelf.outbox.pictures.kept()] == [first]
    shelf.keeper.release(first)
    shelf.keeper.turn()
    assert shelf.on_disk() == set()


class DiskUsage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def test_kept_pictures_make_room_on_a_full_disk(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the disk is so full that new pictures are not taken, the oldest that central has go, within their quota or not."""
    disputed = shelf.add(0, frame=jpeg("disputed"))
    shelf.keeper.keep(disputed)
    for number in range(1, 6):
        shelf.add(number, frame=jpeg(f"f{number}"))
    shelf.commit()
    taken = [path.stat().st_size for path in shelf.folder.glob("*/*")]

    def usage(_: Path) -> DiskUsage:
        now = sum(path.stat().st_size for path in shelf.folder.glob("*/*"))
        return DiskUsage(10**9, 0, 600 * MB - 300_000 + sum(taken) - now)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame disputed", "frame f4", "frame f5"}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DiskUsage(10**9, 0, 0))
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame disputed"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_folder_that_refuses_costs_copies_and_no_proof(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Full, read-only or broken: what central has needs no copy here, unless it is disputed. Then it waits for room."""
    shelf.add(1, frame=jpeg("plain"))
    disputed = shelf.add(2, frame=jpeg("disputed"))
    shelf.keeper.keep(disputed)

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(os, "fsync", refuse)
        shelf.commit()
        shelf.keeper.turn()
    assert [log["event"] for log in logs if log["log_level"] == "error"] == [
        "pictures cannot be kept at this node; central has them"
    ]
    assert shelf.metric("evidence_not_kept") == 1
    assert shelf.outbox.pending(99) == [], "nothing is sent twice"
    assert list(shelf.folder.glob("*/*")) == [], "nothing half-written"
    shelf.reopen()
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame disputed"}


def test_evidence_folder_that_cannot_be_made_stops_nothing(shelf: Shelf) -> None:
    """A file in its place: passages and pictures go to central all the same; it is said and counted."""
    shelf.folder.write_text("in the way")
    shelf.add(1, frame=jpeg("a"))
    disputed = shelf.add(2, frame=jpeg("b"))
    shelf.keeper.keep(disputed)
    shelf.commit()
    assert shelf.outbox.pending(99) == []
    assert shelf.metric("evidence_not_kept") == 1
    shelf.folder.unlink()
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame b"}


def test_swapped_files_are_noticed(shelf: Shelf) -> None:
    """Two pictures that changed places on disk are found by the daily look, and neither is handed out."""
    shelf.add(1, frame=jpeg("one"))
    shelf.add(2, frame=jpeg("two"))
    shelf.commit()
    first, second = (shelf.files.path("frame", hash_of(jpeg(name))) for name in ("one", "two"))
    away = first.with_name("away")
    first.rename(away)
    second.rename(first)
    away.rename(second)
    with capture_logs() as logs:
        for _ in range(6):
            shelf.keeper.turn()
    assert shelf.metric("evidence_damaged") == 2
    assert len([log for log in logs if log["log_level"] == "error"]) == 2, "each said once"
    for name in ("one", "two"):
        with pytest.raises(StoreError, match="changed or swapped"):
            shelf.files.read("frame", hash_of(jpeg(name)))


def test_dispute_about_a_changed_file_tells_so_at_once(shelf: Shelf) -> None:
    """Nobody waits for the round to come by."""
    passage_id = shelf.add(1, frame=jpeg("one"), crop=jpeg("plate"))
    shelf.commit()
    shelf.files.path("crop", hash_of(jpeg("plate"))).write_bytes(jpeg("another plate"))
    with capture_logs() as logs:
        assert shelf.keeper.keep(passage_id) is None
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["a kept picture is no proof any more"]
    assert shelf.metric("evidence_damaged") == 1


def test_swapped_messages_in_the_outbox_are_noticed(shelf: Shelf) -> None:
    """Two pictures that changed places in the database never become files under each other's name."""
    shelf.add(1, frame=jpeg("one"))
    shelf.add(2, frame=jpeg("two"))
    shelf.outbox._database._connection.executescript(
        "UPDATE message SET seq = 99 WHERE seq = 2; UPDATE message SET seq = 2 WHERE seq = 4;"
        "UPDATE message SET seq = 4 WHERE seq = 99;"
    )
    with capture_logs() as logs:
        shelf.commit()
    assert shelf.on_disk() == set()
    assert shelf.metric("evidence_damaged") == 2
    assert {log["event"] for log in logs} == {"a picture was spoilt in the outbox"}


def test_gone_files_are_told_at_the_start_and_may_come_back(shelf: Shelf) -> None:
    """A disk that was not mounted costs the index nothing: neither passages nor disputes are forgotten."""
    passage_id = shelf.add(1, frame=jpeg("a"))
    shelf.keeper.keep(passage_id)
    shelf.commit()
    shelf.folder.rename(shelf.data_dir / "unmounted")
    shelf.reopen()
    with capture_logs() as logs:
        shelf.keeper.turn()
    assert [log["event"] for log in logs] == ["kept pictures are gone"]
    assert shelf.metric("evidence_damaged") == 1
    (shelf.data_dir / "unmounted").rename(shelf.folder)
    shelf.keeper.turn()
    assert shelf.metric("evidence_damaged") == 0
    assert shelf.outbox.pictures.usage().disputed == 100_000


def test_files_that_nobody_names_are_found_and_go_first(shelf: Shelf) -> None:
    """After a lost index or a power cut nothing lies about for ever, and nothing is thrown away at once."""
    shelf.add(1, frame=jpeg("a", 400_000))
    shelf.add(2, frame=jpeg("b", 400_000))
    shelf.commit()
    shelf.outbox.close()
    for path in shelf.data_dir.glob("outbox.db*"):
        path.unlink()
    (shelf.folder / "frame" / ("0" * 64 + ".part")).write_bytes(b"half")
    os.utime(shelf.files.path("frame", hash_of(jpeg("b", 400_000))), (1, 1))
    shelf.reopen(SMALL)
    shelf.add(3, frame=jpeg("c", 400_000))
    shelf.commit()
    assert shelf.on_disk() == {"frame a", "frame c"}
    assert list(shelf.folder.glob("*/*.part")) == []
    assert [picture.passage_id is None for picture in shelf.outbox.pictures.kept()] == [True, False]


def test_outbox_of_an_earlier_version_is_emptied_as_it_was(shelf: Shelf) -> None:
    """Pictures that were stored before there was an index are sent and then dropped; nothing hangs."""
    shelf.add(1, frame=jpeg("a"))
    shelf.outbox._database._connection.execute("DROP TABLE picture")
    shelf.reopen()
    assert len(shelf.outbox.pending(9)) == 2
    shelf.commit()
    assert shelf.outbox.counts().pending == 0
    assert shelf.on_disk() == set()


def test_disk_gets_back_what_a_long_time_without_central_took(shelf: Shelf) -> None:
    """The database shrinks once its pictures are files."""
    for number in range(40):
        shelf.add(number, frame=jpeg(f"f{number}", 2 * MB))
    full = shelf.outbox.counts().disk_bytes
    for _ in range(20):
        shelf.commit()
    shelf.outbox._database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert shelf.outbox.counts().disk_bytes < full / 1.5
    assert len(shelf.on_disk()) == 40


def test_file_is_safe_before_its_message_goes(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes, then name, then index: whenever the power goes, the picture is on disk in one place at least."""
    shelf.add(1, frame=jpeg("a"))
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        kind = "folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "bytes"
        done.append(f"{kind} safe")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("named")
        return real_replace(self, target)

    real_written = shelf.outbox.pictures.file_written

    def written(*values: Any) -> None:
        done.append("message deleted")
        real_written(*values)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(shelf.outbox.pictures, "file_written", written)
    shelf.commit()
    assert done == ["bytes safe", "named", "folder safe", "message deleted"]


def test_passage_and_pictures_are_stored_together_or_not_at_all(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """No passage lies on disk that names a picture which does not."""
    monkeypatch.setattr("edge.outbox.outbox.note_unsent", _full)
    with pytest.raises(StoreError, match="full"):
        shelf.add(1, frame=jpeg("a"))
    assert shelf.outbox.pending(9) == []
    assert shelf.outbox.counts().last_seq == 0


def _full(*_: object, **__: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_index_that_cannot_be_read_is_told_once_and_tried_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper's thread lives on."""
    shelf.add(1, frame=jpeg("a"))

    def broken() -> list[object]:
        raise StoreError("a made-up fault")

    with monkeypatch.context() as fault, capture_logs() as logs:
        fault.setattr(shelf.outbox.pictures, "sent", broken)
        shelf.commit()
        shelf.keeper.turn()
    assert {log["reason"] for log in logs} == {"a made-up fault"}
    assert len(logs) <= 2
    shelf.keeper.turn()
    assert shelf.on_disk() == {"frame a"}
    assert Place.KEPT in {picture.place for picture in shelf.outbox.pictures.kept()}


def test_thread_puts_away_the_last_pictures_when_it_is_stopped(shelf: Shelf) -> None:
    """What central committed in the last second before the end becomes files too."""
    shelf.add(1, frame=jpeg("a"))
    shelf.keeper.start()
    shelf.outbox.prune([(1, 9)])
    shelf.keeper.stop()
    assert shelf.on_disk() == {"frame a"}


def test_the_page_lists_every_vital_sign(shelf: Shelf) -> None:
    """docs/evidence.md says what the metrics of pictures mean, all of them."""
    page = (ROOT / "docs" / "evidence.md").read_text("utf-8").split("## Vital signs")[1]
    told = set(re.findall(r"`([a-z_]+)`", page))
    assert told == {*shelf.keeper.metrics(), "pictures_doubted"}
