"""The outbox: numbered without gaps, on disk before `append` returns, gone only when central has it."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.errors import StoreError
from contract.messages import Abstention, Direction, Passage, Stamp, TimeQuality
from contract.topics import parse_message
from edge.outbox import Outbox
from tests.edge.evidence.shelf import Shelf, jpeg

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


FIRST = UUID(int=1)


def passage(outbox_id: UUID, seq: int, *, passage_id: UUID = FIRST) -> Passage:
    """A passage of a vehicle without a plate."""
    return Passage(
        site="made-up",
        node="made-up-1",
        outbox_id=outbox_id,
        seq=seq,
        stamp=Stamp(at=NOW, boot_id=UUID(int=9), monotonic_s=1.0, time_quality=TimeQuality.SYNCED),
        passage_id=passage_id,
        lane="in-1",
        direction=Direction.IN,
        first_seen_at=NOW,
        last_seen_at=NOW,
        abstained=Abstention.NO_PLATE_FOUND,
        frames=3,
        reads=0,
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "data" / "outbox.db") as outbox:
        yield outbox


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.outbox.close()


def _seqs(outbox: Outbox) -> list[int]:
    return sorted(pending.seq for pending in outbox.pending(10_000))


class OutboxStory(RuleBasedStateMachine):
    """Any sequence of appending, committing, closing and opening again, held against two plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "outbox.db"
        self.outbox = Outbox.open(self.path)
        self.outbox_id = self.outbox.outbox_id
        self.last = 0
        self.waiting: set[int] = set()

    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        for _ in range(count):
            self.last += 1
            assert self.outbox.append(passage) == self.last
            self.waiting.add(self.last)

    @rule()
    def fail_to_make_a_message(self) -> None:
        def broken(_outbox_id: UUID, _seq: int) -> Passage:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            self.outbox.append(broken)

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        run = st.tuples(st.integers(1, self.last + 3), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))
        ranges = data.draw(st.lists(run, max_size=3))
        gone = {seq for seq in self.waiting if any(first <= seq <= last for first, last in ranges)}
        assert self.outbox.prune(ranges) == len(gone)
        self.waiting -= gone

    @rule()
    def open_again(self) -> None:
        self.outbox.close()
        self.outbox = Outbox.open(self.path)

    @rule(limit=st.integers(0, 4), data=st.data())
    def look(self, limit: int, data: st.DataObject) -> None:
        skip = frozenset(data.draw(st.sets(st.integers(1, self.last + 1), max_size=4)))
        expected = sorted(self.waiting - skip, reverse=True)[:limit]
        assert [pending.seq for pending in self.outbox.pending(limit, skip=skip)] == expected

    @invariant()
    def nothing_lost_nothing_twice(self) -> None:
        assert _seqs(self.outbox) == sorted(self.waiting)
        counts = self.outbox.counts()
        assert (counts.pending, counts.last_seq) == (len(self.waiting), self.last)
        assert self.outbox.outbox_id == self.outbox_id

    def teardown(self) -> None:
        self.outbox.close()
        self._folder.cleanup()


OutboxStory.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestOutboxStory = OutboxStory.TestCase


def test_message_waits_as_the_payload_of_its_topic(outbox: Outbox) -> None:
    """What lies in the outbox is what central will read, under the number that was given."""
    outbox.append(passage)
    (pending,) = outbox.pending(10)
    assert parse_message(pending.topic, pending.payload) == passage(outbox.outbox_id, 1)


def test_new_disk_is_a_new_outbox(tmp_path: Path, outbox: Outbox) -> None:
    """A node with an empty disk begins at 1 under another id, so its numbers never mix with the old ones."""
    outbox.append(passage)
    with Outbox.open(tmp_path / "new-disk" / "outbox.db") as other:
        assert other.outbox_id != outbox.outbox_id
        assert other.append(passage) == 1


def test_newest_passages_come_first_and_pictures_behind_them(shelf: Shelf) -> None:
    """What happens now does not wait for a backlog; pictures wait for every passage, and leave room for the next."""
    for number in range(3):
        shelf.add(number, frame=jpeg(f"frame {number}", 100), crop=jpeg(f"crop {number}", 100))
    passages, pictures = [7, 4, 1], [9, 8, 6, 5, 3, 2]
    assert [one.seq for one in shelf.outbox.pending(99)] == passages + pictures
    assert [one.seq for one in shelf.outbox.pending(5, skip=frozenset({7, 8}))] == [4, 1, 9, 6, 5]
    assert [one.seq for one in shelf.outbox.pending(99, pictures=1)] == [*passages, 9]
    assert [one.seq for one in shelf.outbox.pending(99, pictures=0)] == passages


def test_outbox_of_an_earlier_version_is_taken_over(tmp_path: Path, shelf: Shelf) -> None:
    """A file without the list of what waits gets it; what central has already does not wait again."""
    for number in range(2):
        shelf.add(number, frame=jpeg(f"frame {number}", 100))
    shelf.outbox.prune([(1, 2)])
    shelf.outbox.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "outbox.db")) as file:
        file.execute("DROP TABLE waiting")
    shelf.reopen()
    assert [one.seq for one in shelf.outbox.pending(99)] == [3, 4]
    assert len(shelf.outbox.pictures.sent()) == 1


def test_many_threads_leave_no_gap(outbox: Outbox) -> None:
    """Lanes that store at the same moment get numbers one after the other."""
    given: list[int] = []

    def store() -> None:
        given.extend(outbox.append(passage) for _ in range(25))

    threads = [threading.Thread(target=store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == _seqs(outbox) == list(range(1, 101))


CHILD = textwrap.dedent("""
    import functools, sys
    from pathlib import Path
    from uuid import UUID
    sys.path[:0] = sys.argv[2:4]
    from test_outbox import passage
    from edge.outbox import Outbox

    outbox = Outbox.open(Path(sys.argv[1]))
    number = outbox.counts().last_seq
    while True:
        number += 1
        seq = outbox.append(functools.partial(passage, passage_id=UUID(int=number)))
        print(seq, flush=True)
        if seq % 3 == 0:
            print(-(seq - 1), flush=True)  # told first: it may be killed before it prunes, never the other way round
            outbox.prune([(seq - 1, seq - 1)])
""")


def test_nothing_told_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    """Killed at any moment, six times over, the outbox holds each number it gave out, once, with its own message."""
    path = tmp_path / "outbox.db"
    told: set[int] = set()
    here = Path(__file__).parent
    for turn in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(here), str(here.parent.parent)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        for _ in range(5 + 5 * turn):  # then mid-flight, wherever that is
            told.add(int(child.stdout.readline()))
        os.kill(child.pid, signal.SIGKILL)
        told |= {int(line) for line in child.stdout if line.endswith("\n")}
        child.stdout.close()
        child.wait()
    with Outbox.open(path) as outbox:
        pending = outbox.pending(100_000)
        last = outbox.counts().last_seq
    committed = {-number for number in told if number < 0}
    held = {one.seq for one in pending}
    assert {number for number in told if number > 0} <= set(range(1, last + 1))
    # at each end one commit may have been on disk that the child could not tell any more
    untold = set(range(1, last + 1)) - held - committed
    assert len(untold) <= 6
    assert all(seq % 3 == 2 for seq in untold)
    for one in pending:
        message = parse_message(one.topic, one.payload)
        assert isinstance(message, Passage)
        assert (message.seq, message.passage_id) == (one.seq, UUID(int=one.seq))


def test_full_disk_keeps_the_number_free(outbox: Outbox) -> None:
    """A message that does not fit is refused aloud; the next one that fits gets its number."""
    outbox.append(passage)
    connection = outbox._database._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for _ in range(1000):
            outbox.append(passage)

    with pytest.raises(StoreError, match="full"):
        fill()
    held = _seqs(outbox)
    connection.execute("PRAGMA max_page_count = 1000000")
    assert outbox.append(passage) == held[-1] + 1
    assert _seqs(outbox) == list(range(1, held[-1] + 2))


def test_outbox_waits_for_somebody_who_looks_into_it(outbox: Outbox, tmp_path: Path) -> None:
    """A person who reads the file with other tools does not disturb the node."""
    outbox.append(passage)
    other = sqlite3.connect(tmp_path / "data" / "outbox.db")
    other.execute("BEGIN")
    assert other.execute("SELECT count(*) FROM message").fetchone() == (1,)
    outbox.append(passage)
    outbox.prune([(1, 1)])
    other.close()
    assert _seqs(outbox) == [2]


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A data folder below a file cannot be; the error says which."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open the outbox"):
        Outbox.open(tmp_path / "file" / "data" / "outbox.db")
