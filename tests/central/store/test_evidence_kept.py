"""Pictures are kept for their time and within their quota, disputed ones longer; what was deleted is on record."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from central.store import Store
from central.store.evidence import DeletedWhy
from contract.messages import Command, CommandKind, CommandResult, Evidence, Passage
from tests.central.made import NOON, evidence, passage, stamp

DAY = timedelta(days=1)


def jpeg(number: int) -> bytes:
    return b"\xff\xd8 made up " + bytes([number]) * 100 + b" \xff\xd9"


def arrive(store: Store, number: int, days: int) -> Evidence:
    """Passage `number` and its picture, received so many days after noon."""
    of: Passage = passage(2 * number, passage_id=UUID(int=number), jpegs=(jpeg(number),))
    picture = evidence(2 * number + 1, of, jpeg(number))
    with store.transaction(NOON + days * DAY) as transaction:
        store.passages.save(transaction, of, late_after=DAY)
        store.evidence.save(transaction, picture)
    return picture


def ask(store: Store, kind: CommandKind, number: int, minute: int) -> None:
    """Somebody has the pictures of a passage kept or released, and the node has done it."""
    at = NOON + timedelta(minutes=minute)
    command = Command(
        site="huu-nghi", node="huu-nghi-1", command_id=uuid4(), kind=kind, lane="in-1", passage_id=UUID(int=number),
        actor="lan", issued_at=at, expires_at=at + DAY,
    )  # fmt: skip
    result = CommandResult(
        site="huu-nghi", node="huu-nghi-1", command_id=command.command_id, done=True, stamp=stamp(at)
    )
    with store.transaction(at) as transaction:
        store.commands.add(transaction, command)
        store.commands.answer(transaction, result)


def forget(store: Store, **what) -> int:
    with store.transaction(NOON + 100 * DAY) as transaction:
        return store.evidence.forget(transaction, **what)


def test_old_pictures_go_and_are_on_record(store: Store) -> None:
    """The file is gone, the passage stays and says that its picture is not there; newer ones stay."""
    old, new = arrive(store, 1, 0), arrive(store, 2, 5)
    path = store.evidence.path(old.sha256)
    assert path is not None
    assert forget(store, before=NOON + 3 * DAY) == 1
    assert not path.exists()
    assert store.evidence.path(new.sha256) is not None
    found = store.passages.get(UUID(int=1))
    assert found is not None
    assert [picture.present for picture in found.evidence] == [False]
    (record,) = store.evidence.deletions()
    assert (record.sha256, record.passage_id, record.why) == (old.sha256, UUID(int=1), DeletedWhy.TIME)
    assert forget(store, before=NOON + 3 * DAY) == 0


def test_past_the_quota_the_oldest_go_first(store: Store) -> None:
    """Only as many as needed."""
    pictures = [arrive(store, number, number) for number in (3, 1, 2)]
    size = len(jpeg(1))
    assert store.evidence.usage_bytes() == 3 * size
    assert forget(store, before=None, over_bytes=size + 1) == 2
    assert [store.evidence.path(picture.sha256) is not None for picture in pictures] == [True, False, False]
    assert [record.why for record in store.evidence.deletions()] == [DeletedWhy.QUOTA] * 2
    assert store.evidence.deletions(passage_id=UUID(int=3)) == ()
    assert store.evidence.usage_bytes() == size


def test_pictures_of_a_disputed_passage_stay_until_they_are_released(store: Store) -> None:
    """Whatever their age and the quota."""
    picture = arrive(store, 1, 0)
    ask(store, CommandKind.KEEP_EVIDENCE, 1, 1)
    assert forget(store, before=NOON + 50 * DAY) == 0
    assert forget(store, before=None, over_bytes=10**6) == 0
    assert store.evidence.path(picture.sha256) is not None
    ask(store, CommandKind.RELEASE_EVIDENCE, 1, 2)
    ask(store, CommandKind.KEEP_EVIDENCE, 2, 3)
    assert forget(store, before=NOON + 50 * DAY) == 1
