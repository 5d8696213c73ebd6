"""Killed at any moment, on a full disk: no picture that a passage names is lost, and no file is left to nobody."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from uuid import UUID

import pytest

from contract.messages import Evidence, Passage
from contract.topics import parse_message
from edge.evidence.settings import EvidenceSettings
from edge.outbox import Place
from tests.edge.evidence.shelf import Shelf

ROOT = Path(__file__).resolve().parents[3]
CHILD = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    import structlog
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    from tests.edge.evidence.shelf import Shelf, jpeg
    from edge.evidence.settings import EvidenceSettings

    shelf = Shelf(Path(sys.argv[2]), EvidenceSettings(frame_mb=1, crop_mb=1, overview_mb=1))
    number = shelf.outbox.counts().last_seq
    while True:
        number += 1
        pictures = {kind: jpeg(f"{kind}{number}", 90_000) for kind in ("frame", "overview")}
        passage = shelf.add(number, **pictures)
        print(number, flush=True)
        if number % 5 == 0:
            shelf.keeper.keep(passage)
            print(-number, flush=True)
        if number % 2 == 0:
            shelf.commit()
""")


def _run_and_kill(data_dir: Path, after: int, told: set[int]) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(ROOT), str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for _ in range(after):
        told.add(int(child.stdout.readline()))
    child.kill()
    told |= {int(line) for line in child.stdout if line.endswith("\n")}
    child.stdout.close()
    child.wait()


def test_no_named_picture_is_lost_and_no_file_is_nobodys(shelf: Shelf) -> None:
    """Six kills at random moments: every unsent picture is whole, every disputed one is there, folder and index agree."""
    rng = random.Random(11)
    told: set[int] = set()
    shelf.outbox.close()
    for _ in range(6):
        _run_and_kill(shelf.data_dir, rng.randrange(8, 30), told)
    shelf.reopen(EvidenceSettings(frame_mb=1, crop_mb=1, overview_mb=1))
    waiting = [parse_message(one.topic, one.payload) for one in shelf.outbox.pending(10**6)]
    unsent = {one.sha256 for one in waiting if isinstance(one, Evidence)}
    for passage in (one for one in waiting if isinstance(one, Passage)):
        assert {ref.sha256 for ref in passage.evidence} <= unsent, "its pictures are stored with it"
    for _ in range(3):
        shelf.keeper.turn()
    _check_folder_against_index(shelf)
    for number in (-number for number in told if number < 0):
        pictures = shelf.outbox.pictures.of_passage(UUID(int=number))
        assert len(pictures) == 2, f"passage {number} is disputed"
    assert not list(shelf.folder.glob("*/*.part"))
    assert shelf.metric("evidence_damaged") == 0
    # each passage has a number of its own that is no higher than its message's, and two pictures behind it
    assert shelf.outbox.counts().last_seq >= max(told) + 2, "what was told last was on disk before"


def _check_folder_against_index(shelf: Shelf) -> None:
    kept = {(picture.kind, picture.sha256) for picture in shelf.outbox.pictures.kept()}
    assert {(kind, sha256) for kind, sha256, _ in shelf.files.found()} == kept
    for kind, sha256 in kept:
        shelf.files.read(kind, sha256)
    assert all(picture.place is Place.KEPT for picture in shelf.outbox.pictures.kept())


FULL = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    import structlog
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    from tests.edge.evidence.shelf import Shelf, jpeg

    class SmallShelf(Shelf):
        folder = Path(sys.argv[3])

    shelf = SmallShelf(Path(sys.argv[2]))
    for number in range(30):
        passage = shelf.add(number, frame=jpeg(f"f{number}"))
        if number % 3 == 0:
            shelf.keeper.keep(passage)
    shelf.commit()
    shelf.keeper.turn()
    kept = [picture.passage_id.int for picture in shelf.outbox.pictures.kept()]
    for kind, sha256, _ in shelf.files.found():
        shelf.files.read(kind, sha256)
    waiting = [picture.passage_id.int for picture in shelf.outbox.pictures.sent()]
    print(json.dumps([kept, waiting, shelf.metric("evidence_not_kept"), len(shelf.outbox.pending(99)),
                      len(list(shelf.folder.glob("*/*.part")))]))
""")


def test_full_disk_leaves_no_half_picture(tmp_path: Path) -> None:
    """On a disk of one megabyte: what fits is whole, what does not is at central, and what is disputed waits here."""
    disk, data_dir = tmp_path / "disk", tmp_path / "node"
    disk.mkdir()
    inner = [sys.executable, "-c", FULL, str(ROOT), str(data_dir), str(disk)]
    mounted = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=1m tmpfs "{disk}" && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*mounted, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    done = subprocess.run([*mounted, *inner], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept, waiting, not_kept, unsent, half = json.loads(done.stdout.splitlines()[-1])
    assert not_kept > 0, "a small disk"
    assert set(range(0, 30, 3)) == {*kept, *waiting}, "disputed pictures stay, and the others made room for them"
    assert (unsent, half) == (0, 0)
