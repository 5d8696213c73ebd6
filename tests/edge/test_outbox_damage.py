"""An outbox whose file was damaged: set aside, salvaged row by row, and no number is ever used twice."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import StoreError
from contract.topics import parse_message
from edge.outbox import Outbox
from edge.outbox.pages import Pages
from tests.edge.evidence.shelf import Shelf, jpeg, messages

PAGE = 4096
PATIENCE_S = 60.0


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.outbox.close()


def _overwrite(path: Path, page: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(content)


def _add(outbox: Outbox, number: int) -> int:
    """A passage without pictures; its number."""
    return outbox.append(messages(UUID(int=number), {})[0])


def _read_all(outbox: Outbox) -> dict[int, bytes]:
    """What waits, once all damage was met and salvaged."""
    for _ in range(5):
        try:
            waiting = {one.seq: one.payload for one in outbox.pending(10_000)}
        except StoreError:
            continue
        assert outbox.wait_for_salvage(PATIENCE_S)
        if not outbox.damage()["outbox_salvaging"]:
            return {one.seq: one.payload for one in outbox.pending(10_000)} | waiting
    raise AssertionError("the damage never ended")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), running=st.booleans(), torn=st.integers(0, 4), begins_torn=st.booleans())
def test_pages_overwritten_anywhere_cost_what_lay_on_them_and_no_number_is_used_twice(
    seed: int, running: bool, torn: int, begins_torn: bool
) -> None:
    """Noise over random pages, with the file's beginning or without, while the node runs or while it does not."""
    rng = random.Random(seed)
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        for number in range(60):
            shelf.add(number, frame=jpeg(f"frame {number}", 9000))
        shelf.outbox.prune([(1, 20)])
        before = {one.seq: one.payload for one in shelf.outbox.pending(10_000)}
        outbox_id = shelf.outbox.outbox_id
        if running:
            shelf.outbox._database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            shelf.outbox.close()
        path = Path(folder) / "outbox.db"
        pages = {rng.randint(1, path.stat().st_size // PAGE) for _ in range(torn)} | ({1} if begins_torn else set())
        for page in pages:
            _overwrite(path, page, rng.randbytes(PAGE))
        if not running:
            shelf.outbox = Outbox(path)
        after = _read_all(shelf.outbox)
        lost = before.keys() - after.keys() if shelf.outbox.outbox_id == outbox_id else set()
        if shelf.outbox.outbox_id == outbox_id:
            assert len(lost) <= 6 * len(pages), "a page holds no more"
            assert all(after[seq] == payload for seq, payload in before.items() if seq in after)
            assert _add(shelf.outbox, 999) == 121
        else:  # the page of the outbox's name was hit: all is sent anew, under a name that nobody knows
            assert len(after) >= len(before) - 6 * len(pages)
            assert _add(shelf.outbox, 999) > max(after)
        shelf.keeper.turn()
        assert shelf.metric("evidence_damaged") == 0
        shelf.outbox.close()


def test_damaged_file_at_the_start_is_set_aside_and_the_node_begins(shelf: Shelf, tmp_path: Path) -> None:
    """What is no database at all is kept for a person to look at; numbers begin anew under another name."""
    outbox_id = shelf.outbox.outbox_id
    shelf.outbox.close()
    (tmp_path / "outbox.db").write_bytes(b"this is no outbox " * 1000)
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        assert outbox.outbox_id not in (None, outbox_id)
        assert _add(outbox, 1) == 1
        assert outbox.wait_for_salvage(PATIENCE_S)
        assert outbox.damage() == {"outbox_set_aside": 1, "outbox_salvaging": 0, "outbox_salvaged": 0}
    (aside,) = tmp_path.glob("outbox-*Z.salvaged")
    assert aside.read_bytes().startswith(b"this is no outbox")


def test_page_with_the_outbox_own_name_lost_sends_all_anew_under_another(shelf: Shelf, tmp_path: Path) -> None:
    """The last number is not known any more: none of the old ones is used; each message says its new one itself."""
    for number in range(5):
        shelf.add(number, crop=jpeg(f"crop {number}", 500))
    outbox_id = shelf.outbox.outbox_id
    (page,) = shelf.outbox._database._connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'outbox'"
    ).fetchone()
    shelf.outbox.close()
    _overwrite(tmp_path / "outbox.db", page, b"\xff" * PAGE)
    shelf.outbox = Outbox.open(tmp_path / "outbox.db")
    waiting = _read_all(shelf.outbox)
    assert shelf.outbox.outbox_id != outbox_id
    assert sorted(waiting) == list(range(1, 11))
    told = [parse_message(one.topic, one.payload) for one in shelf.outbox.pending(99)]
    assert {(one.outbox_id, one.seq) for one in told} == {(shelf.outbox.outbox_id, seq) for seq in waiting}
    assert {one.passage_id.int for one in told} == set(range(5))


def test_newest_messages_are_in_the_log_and_salvaged_from_there(tmp_path: Path, shelf: Shelf) -> None:
    """Killed before the log was written back, with the file's first page gone: the last messages are there all the same."""
    copy = tmp_path / "after the power cut"
    copy.mkdir()
    shelf.add(1, crop=jpeg("old", 500))
    shelf.outbox._database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in range(2, 5):
        shelf.add(number, crop=jpeg(f"new {number}", 500))
    for name in ("outbox.db", "outbox.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    _overwrite(copy / "outbox.db", 1, b"\x00" * 100)
    with Pages(copy / "outbox.db") as pages:
        found = {row[0] for row in pages.rows() if isinstance(row[1][-1], bytes)}
    assert found == set(range(1, 9))
    with Outbox.open(copy / "outbox.db") as outbox:
        assert sorted(_read_all(outbox)) == list(range(1, 9))
        assert _add(outbox, 9) == 9


def test_message_whose_bytes_were_changed_is_not_sent_and_holds_nothing_up(tmp_path: Path, shelf: Shelf) -> None:
    """SQLite does not notice a byte within a row: the message is missed, told, and the others go on."""
    for number in range(1, 4):
        _add(shelf.outbox, number)
    shelf.outbox.close()
    content = (tmp_path / "outbox.db").read_bytes()
    assert content.count(b'"seq":2,') == 1
    (tmp_path / "outbox.db").write_bytes(content.replace(b'"seq":2,', b'"seq":7,'))
    shelf.outbox = Outbox.open(tmp_path / "outbox.db")
    with pytest.raises(StoreError, match="message 2 is not the one"):
        shelf.outbox.pending(9)
    assert sorted(_read_all(shelf.outbox)) == [1, 3]
    assert _add(shelf.outbox, 4) == 4


def test_index_of_kept_pictures_is_taken_over_with_its_disputes(tmp_path: Path, shelf: Shelf) -> None:
    """Pictures in files keep their passages; one whose row was lost is found by its file and goes first."""
    passages = [shelf.add(number, frame=jpeg(f"frame {number}", 9000)) for number in range(4)]
    shelf.commit()
    assert shelf.keeper.keep(passages[2]) is None
    stray = jpeg("stray", 9000)
    shelf.files.write("frame", "0" * 63 + "1", stray)  # as if its row lay on the lost page
    connection = shelf.outbox._database._connection
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()
    shelf.outbox.close()
    _overwrite(tmp_path / "outbox.db", page, b"\xff" * PAGE)
    shelf.reopen()
    assert _read_all(shelf.outbox) == {}
    shelf.keeper.turn()
    assert [len(shelf.outbox.pictures.of_passage(passage)) for passage in passages] == [1, 1, 1, 1]
    assert shelf.metric("evidence_mb_disputed") > 0
    assert len(shelf.outbox.pictures.kept()) == 5
    assert shelf.outbox.pictures.oldest_free(1)[0].passage_id is None


def test_file_that_was_cut_short_is_salvaged(tmp_path: Path, shelf: Shelf) -> None:
    """Half of the file is gone: the other half is there."""
    for number in range(1, 301):
        _add(shelf.outbox, number)
    shelf.outbox.close()
    content = (tmp_path / "outbox.db").read_bytes()
    (tmp_path / "outbox.db").write_bytes(content[: len(content) // PAGE // 2 * PAGE])
    shelf.outbox = Outbox(tmp_path / "outbox.db")
    assert len(_read_all(shelf.outbox)) > 90
    assert _add(shelf.outbox, 301) == 301


def test_salvage_that_a_power_cut_ended_begins_again(tmp_path: Path, shelf: Shelf) -> None:
    """Doing it twice does not double anything."""
    for number in range(1, 31):
        _add(shelf.outbox, number)
    shelf.outbox.close()
    damaged = (tmp_path / "outbox.db").read_bytes()
    _overwrite(tmp_path / "outbox.db", 1, b"\xff" * PAGE)
    shelf.outbox = Outbox.open(tmp_path / "outbox.db")
    assert sorted(_read_all(shelf.outbox)) == list(range(1, 31))
    shelf.outbox.close()
    (aside,) = tmp_path.glob("outbox-*.salvaged")
    aside.write_bytes(damaged)
    aside.rename(aside.with_suffix(".damaged"))
    shelf.outbox = Outbox.open(tmp_path / "outbox.db")
    assert sorted(_read_all(shelf.outbox)) == list(range(1, 31))
    assert _add(shelf.outbox, 31) == 31


def test_every_kind_of_value_is_read_as_sqlite_reads_it(tmp_path: Path) -> None:
    """The reader of pages and SQLite agree on each row of a table with all sizes, short and over several pages."""
    path = tmp_path / "any.db"
    numbers = [0, 1, -1, 127, -129, 40_000, -(2**23), 2**31, -(2**40), 2**62, -(2**63)]
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE any (a, b, c, d)")
        for size, number in enumerate(numbers):
            text = "Đ" * (3**size // 3)
            file.execute("INSERT INTO any VALUES (?, ?, ?, ?)", [number, number / 7, text, text.encode()])
        expected = file.execute("SELECT rowid, * FROM any").fetchall()
    file.close()
    with Pages(path) as pages:
        rows = [row for row in pages.rows() if len(row[1]) == 4]
        assert pages.unreadable == 0
    assert sorted((number, *columns) for number, columns in rows) == expected
