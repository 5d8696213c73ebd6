"""Whatever the wire does to messages (twice, late, out of order, lost and sent again, broken), the disk is right."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.ingest.intake import Intake
from central.ingest.listener import head_if_passage
from central.ingest.pipe import Packet
from central.store import Store
from central.store.commands import CommandState
from central.store.intake import OutboxKey
from central.store.ranges import Ranges, add, contains, holes
from central.store.records import EventKind, PassageRecord
from contract.messages import BoothOpening, Evidence, HealthLevel, HealthReason
from tests.central.made import NOON, OUTBOX, birth, evidence, health, packet, passage

KEY = OutboxKey("huu-nghi", "huu-nghi-1", OUTBOX)
JPEG = b"\xff\xd8 made up \xff\xd9"


@pytest.fixture
def intake(store: Store) -> Intake:
    return Intake(store, late_after_s=300)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Hypothesis opens a store of its own for every example, below this folder."""
    return tmp_path_factory.mktemp("shuffled")


@pytest.fixture(scope="module")
def open_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples; each counts in an outbox of its own."""
    folder = tmp_path_factory.mktemp("open")
    store = Store.open(f"sqlite:///{folder}/central.db", folder)
    yield store
    store.close()


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[int, list[list[int]], list[int]]:
    """How many messages; batches as they arrive (shuffled, some lost, some twice); and the order of the replay."""
    count = draw(st.integers(1, 25))
    arriving = draw(st.lists(st.integers(1, count), max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=6)))
    batches = [arriving[a:b] for a, b in zip([0, *cuts], [*cuts, len(arriving)], strict=True)]
    return count, batches, draw(st.permutations(range(1, count + 1)))


@settings(max_examples=40, deadline=None)
@given(story=deliveries())
def test_nothing_is_lost_and_nothing_counts_twice(story: tuple[int, list[list[int]], list[int]], shared: Path) -> None:
    """Messages arrive shuffled, duplicated and with losses, central restarts between batches, then gaps are replayed."""
    count, batches, replay = story
    with TemporaryDirectory(dir=shared) as folder:
        arrived: set[int] = set()
        for batch in [*batches, replay]:
            store = Store.open(f"sqlite:///{folder}/central.db", Path(folder))
            Intake(store, late_after_s=300).take([packet(passage(seq)) for seq in batch], NOON)
            arrived |= set(batch)
            ranges = store.ranges.get(KEY)
            assert {seq for first, last in ranges for seq in range(first, last + 1)} == arrived
            assert {record.passage_id.int - 1000 for record in store.passages.list(limit=100).items} == arrived
            store.close()
        store = Store.open(f"sqlite:///{folder}/central.db", Path(folder))
        assert store.ranges.get(KEY) == ((1, count),)
        told = [event for event in store.events.after(0) if event.kind is EventKind.PASSAGE]
        assert len(told) == count
        store.close()


@given(numbers=st.lists(st.integers(1, 60)), more=st.lists(st.integers(1, 60)))
def test_runs_hold_exactly_what_was_added(numbers: list[int], more: list[int]) -> None:
    """Runs and holes split the numbers up to the highest between them."""
    runs = add(add((), numbers), more)
    every = set(numbers) | set(more)
    assert {n for n in range(1, 62) if contains(runs, n)} == every
    missing = {n for first, last in holes(runs) for n in range(first, last + 1)}
    assert missing == set(range(1, max(every, default=0) + 1)) - every
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(runs))


def spread(runs: Ranges) -> set[int]:
    return {number for first, last in runs for number in range(first, last + 1)}


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(st.integers(1, 150), max_size=20), max_size=6))
def test_any_order_and_any_repetition_ends_as_the_union(batches: list[list[int]], open_store: Store) -> None:
    """The runs on disk, those told and the holes are what sets of numbers say; a birth is told all of few runs."""
    key, arrived = OutboxKey("huu-nghi", "huu-nghi-1", uuid4()), set[int]()
    intake = Intake(open_store, late_after_s=300)
    for batch in batches:
        taken = intake.take([packet(passage(n, outbox_id=key.outbox_id, passage_id=uuid4())) for n in batch], NOON)
        arrived |= set(batch)
        runs = open_store.ranges.get(key)
        assert spread(runs) == arrived
        assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(runs))
        assert set(taken.committed.get(key, ())) == {run for run in runs if spread((run,)) & set(batch)}
        assert spread(open_store.ranges.holes(key, 200)) == set(range(1, max(arrived, default=0) + 1)) - arrived
        newest = runs[-3:] if len(runs) > 3 else ()
        between = set(range(runs[-4][1] + 1, runs[-1][1])) - arrived if newest else None
        assert between is None or spread(open_store.ranges.holes(key, 3)) == between
        assert intake.take([packet(birth(outbox_id=key.outbox_id))], NOON).committed == {key: runs}


def test_a_birth_is_told_the_runs_that_free_most(store: Store, intake: Intake) -> None:
    """Of hundreds of runs the longest; the numbers that came with it are told besides."""
    alone = range(1, 1001, 4)
    intake.take([packet(passage(number)) for number in [*alone, 998, 999]], NOON)
    told = intake.take([packet(passage(1)), packet(birth())], NOON).committed[KEY]
    assert {(1, 1), (997, 999)} <= set(told)
    assert 200 <= len(told) <= 201
    assert set(told) <= set(store.ranges.get(KEY))
    assert intake.committed(KEY) == tuple(run for run in told if run in intake.committed(KEY))
    assert len(intake.committed(KEY)) == 200


def test_the_highest_number_of_all_is_taken(store: Store, intake: Intake) -> None:
    """Beside it nothing is looked for that no database can count."""
    highest = 2**63 - 1
    intake.take([packet(passage(highest, passage_id=UUID(int=5))), packet(passage(1))], NOON)
    assert store.ranges.get(KEY) == ((1, 1), (highest, highest))
    assert store.ranges.holes(KEY, 10) == ((2, highest - 1),)


def test_a_week_that_comes_newest_first_is_late_and_told_in_short(store: Store, intake: Intake) -> None:
    """Passages before their pictures and late revisions before early ones: the last word stays, all of it is marked."""
    week_later = NOON + timedelta(days=7)
    sent = []
    for vehicle in range(300):
        known = {"passage_id": UUID(int=5000 + vehicle), "at": NOON + timedelta(minutes=vehicle)}
        first = passage(3 * vehicle + 1, "12C34567", revision=0, **known)
        last = passage(3 * vehicle + 3, "12C34568", revision=1, **known)
        sent += [first, evidence(3 * vehicle + 2, first, f"made up {vehicle}".encode()), last]
    newest_first = sorted(sent, key=lambda message: (isinstance(message, Evidence), -message.seq))
    for start in range(0, len(newest_first), 100):
        batch = newest_first[start : start + 100]
        taken = intake.take([packet(message) for message in batch], week_later)
        told = taken.committed[KEY]
        assert all(contains(told, message.seq) for message in batch)
        assert len(told) <= len(batch)
    assert store.ranges.get(KEY) == ((1, 900),)
    records = [record for page in _pages(store) for record in page]
    assert len(records) == 300
    assert {(record.revision, record.plate and record.plate.text, record.late) for record in records} == {
        (1, "12C34568", True)
    }


def _pages(store: Store) -> Iterator[tuple[PassageRecord, ...]]:
    cursor = None
    while True:
        page = store.passages.list(limit=200, cursor=cursor)
        yield tuple(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def test_what_a_person_opened_at_the_booth_is_known_at_central(store: Store, intake: Intake) -> None:
    """With name and reason, among the commands; it is never sent to the node, and told twice it counts once."""
    opening = BoothOpening(
        **passage(1).model_dump(include={"site", "node", "outbox_id", "seq", "stamp"}),
        opening_id=UUID(int=6),
        lane="in-1",
        actor="lan",
        reason="không đọc được biển số: đã xem giấy tờ",
        asked_at=NOON,
    )
    again = opening.model_copy(update={"outbox_id": UUID(int=78)})
    intake.take([packet(opening), packet(opening), packet(again)], NOON + timedelta(hours=3))
    (record,) = store.commands.list()
    assert (record.command.actor, record.command.lane, record.command.issued_at) == ("lan", "in-1", NOON)
    assert record.command.reason == "không đọc được biển số: đã xem giấy tờ"
    assert record.state(NOON) is CommandState.DONE
    assert store.commands.unsent(NOON - timedelta(hours=1)) == ()
    assert store.ranges.get(KEY) == ((1, 1),)
    assert store.dead_letters.count() == 0


def test_a_node_with_a_new_outbox_starts_at_one_again(store: Store, intake: Intake) -> None:
    """Number 1 of a new outbox is another message than number 1 of the old one."""
    intake.take([packet(passage(1))], NOON)
    new = passage(1, outbox_id=UUID(int=78), passage_id=UUID(int=5))
    taken = intake.take([packet(new)], NOON)
    assert taken.committed == {OutboxKey("huu-nghi", "huu-nghi-1", UUID(int=78)): ((1, 1),)}
    assert store.ranges.get(KEY) == ((1, 1),)
    assert len(store.passages.list().items) == 2


def test_a_birth_asks_what_is_committed(intake: Intake) -> None:
    """A node that comes back is told what central has of its outbox, though it sent nothing numbered yet."""
    intake.take([packet(passage(1)), packet(passage(2))], NOON)
    assert intake.take([packet(birth())], NOON).committed == {KEY: ((1, 2),)}


def test_a_duplicate_is_answered_too(intake: Intake) -> None:
    """A node that sends again has not heard what is committed, so it is told again."""
    intake.take([packet(passage(1))], NOON)
    assert intake.take([packet(passage(1))], NOON).committed == {KEY: ((1, 1),)}


def broken(seq: object, **changes: object) -> Packet:
    good = packet(passage(3))
    said = json.loads(good.payload) | {"seq": seq} | changes
    return Packet(good.topic, json.dumps(said).encode())


@pytest.mark.parametrize(
    ("bad", "reason", "number_is_done"),
    [
        (Packet("smartgate/v1/huu-nghi/huu-nghi-1/passage", b"\xff not json"), "no Passage", False),
        (Packet("smartgate/v1/huu-nghi/huu-nghi-1/passage", b"[1, 2]"), "no Passage", False),
        (Packet("smartgate/v1/huu-nghi/huu-nghi-1/unheard-of", b"{}"), "unknown kind", False),
        (broken(2, frames=-1), "frames", True),
        (broken(2, surprise="?"), "surprise", True),
        (broken(2, schema_version=2), "schema_version", True),
        (broken(2, node="huu-nghi-9"), "belongs on", True),
        (broken(2, revision=2**80), "kept", True),
        (broken(2, site="tan-thanh"), "belongs on", True),
        (broken(True, frames=-1), "frames", False),
        (broken(2**70), "seq", False),
        (broken(2, outbox_id="nobody's"), "outbox_id", False),
    ],
)
def test_bad_payloads_are_put_aside_and_the_rest_goes_on(
    store: Store, intake: Intake, bad: Packet, reason: str, number_is_done: bool
) -> None:
    """A message that cannot be understood is kept with the reason; where its number can be read it is not asked for again."""
    for _ in range(2):
        intake.take([packet(passage(1)), bad, packet(passage(3))], NOON)
    assert [record.passage_id.int - 1000 for record in store.passages.list().items] == [3, 1]
    (letter,) = store.dead_letters.list()
    assert reason in letter.reason
    assert letter.payload == bad.payload
    assert letter.source == bad.topic
    assert letter.count == (1 if number_is_done else 2)
    assert store.ranges.get(KEY) == (((1, 3),) if number_is_done else ((1, 1), (3, 3)))


def test_a_number_that_comes_again_for_another_vehicle_loses_none(store: Store, intake: Intake) -> None:
    """A disk that was set back counts again from where it was: its vehicles are kept, and somebody is told why to worry."""
    intake.take([packet(passage(1)), packet(passage(2))], NOON)
    other = passage(2, "29H99999", passage_id=UUID(int=9))
    for _ in range(2):
        assert intake.take([packet(other), packet(passage(1))], NOON).committed == {KEY: ((1, 2),)}
    assert {record.passage_id.int for record in store.passages.list().items} == {1001, 1002, 9}
    (letter,) = store.dead_letters.list()
    assert "number 2" in letter.reason
    assert (letter.count, letter.payload) == (1, packet(other).payload)


@pytest.mark.parametrize("bad_first", [True, False])
def test_a_broken_copy_does_not_stand_in_for_the_message(store: Store, intake: Intake, bad_first: bool) -> None:
    """Of a good and a broken message with one number in one batch the good one counts."""
    both = [broken(1, frames=-1), packet(passage(1))]
    intake.take(both if bad_first else both[::-1], NOON)
    assert len(store.passages.list().items) == 1
    assert store.dead_letters.count() == 0


def test_what_cannot_be_kept_takes_nobody_with_it(store: Store, intake: Intake) -> None:
    """Some messages of a large batch do not fit the database: each is put aside alone, whatever stands beside it."""
    bad = {7, 8, 63, 100}
    batch = [packet(passage(n, revision=2**80 if n in bad else 0)) for n in range(1, 101)]
    taken = intake.take(batch, NOON)
    assert (taken.committed, taken.dead) == ({KEY: ((1, 100),)}, 4)
    assert {r.passage_id.int - 1000 for r in store.passages.list(limit=200).items} == set(range(1, 101)) - bad
    assert store.dead_letters.count() == 4


def test_pictures_come_before_or_after_their_passage(store: Store, intake: Intake) -> None:
    """Either order ends with the passage naming a picture that is on disk, byte for byte."""
    with_picture = passage(1, jpegs=(JPEG,))
    intake.take([packet(evidence(2, with_picture, JPEG))], NOON)
    intake.take([packet(with_picture)], NOON)
    found = store.passages.get(with_picture.passage_id)
    assert found is not None
    (picture,) = found.evidence
    path = store.evidence.path(picture.sha256)
    assert picture.present
    assert path is not None
    assert path.read_bytes() == JPEG


def test_a_passage_waits_visibly_for_its_picture(store: Store, intake: Intake) -> None:
    """Until the JPEG is here `present` is false; its arrival tells the screens of the passage again."""
    with_picture = passage(1, jpegs=(JPEG,))
    intake.take([packet(with_picture)], NOON)
    before = store.passages.get(with_picture.passage_id)
    assert before is not None
    assert not before.evidence[0].present
    latest = store.events.latest_id()
    intake.take([packet(evidence(2, with_picture, JPEG))], NOON)
    assert [event.subject for event in store.events.after(latest)] == [str(with_picture.passage_id)]
    assert store.evidence.path("../../etc/passwd") is None


def test_a_passage_that_comes_hours_later_is_marked_as_late(store: Store, intake: Intake) -> None:
    """Caught-up passages keep their own time and say that they came late."""
    intake.take([packet(passage(1)), packet(passage(2, at=NOON + timedelta(hours=6)))], NOON + timedelta(hours=6))
    late = {record.passage_id.int - 1000: record.late for record in store.passages.list().items}
    assert late == {1: True, 2: False}


def test_the_will_of_an_earlier_boot_does_not_speak_for_the_present_one(store: Store, intake: Intake) -> None:
    """A broker may tell of a death after the node was born again."""
    intake.take([packet(birth(boot_id=UUID(int=8)))], NOON)
    intake.take([packet(birth(online=False))], NOON)
    node = store.nodes.get("huu-nghi", "huu-nghi-1")
    assert node is not None
    assert node.online
    intake.take([packet(birth(online=False, boot_id=UUID(int=8)))], NOON)
    node = store.nodes.get("huu-nghi", "huu-nghi-1")
    assert node is not None
    assert not node.online
    assert node.lanes[0].lane == "in-1"  # what the birth said stays known


def test_what_the_broker_retained_is_no_sign_of_life(store: Store, intake: Intake) -> None:
    """After central's restart a retained health must not make a dead camera look well."""
    intake.take([packet(birth()), packet(health())], NOON)
    later = NOON + timedelta(hours=1)
    camera = store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert camera is not None
    with store.transaction(later) as transaction:
        store.cameras.judge(transaction, camera, HealthLevel.UNKNOWN, HealthReason.NODE_SILENT)
    intake.take([packet(birth(), retained=True), packet(health(), retained=True)], later)
    node = store.nodes.get("huu-nghi", "huu-nghi-1")
    camera = store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert node is not None
    assert camera is not None
    assert (node.last_seen_at, camera.level) == (NOON, HealthLevel.UNKNOWN)
    assert store.cameras.picture("huu-nghi", "huu-nghi-1", "in-1-front") == b"\xff\xd8\xff\xd9"


def test_two_nodes_do_not_mix(store: Store, intake: Intake) -> None:
    """Numbers count per node and outbox, in one batch too."""
    other = passage(1, site="tan-thanh", node="tan-thanh-1", passage_id=UUID(int=9))
    packets = [packet(passage(1)), packet(other), packet(passage(2))]
    random.Random(1).shuffle(packets)
    taken = intake.take(packets, NOON)
    assert sorted(taken.committed.values()) == [((1, 1),), ((1, 2),)]


@pytest.mark.parametrize("checked", [False, True])
def test_it_is_the_same_who_checked_a_passage(store: Store, intake: Intake, checked: bool) -> None:
    """The listener checks passages while central is busy; what is kept is what central would have kept."""
    sent = [packet(passage(1)), packet(passage(2, None)), packet(passage(3, "29H12345", at=NOON - timedelta(hours=1)))]
    broken = Packet(sent[0].topic, b"{}")
    if checked:
        sent = [one._replace(head=head_if_passage(one.topic, one.payload)) for one in sent]
        assert all(one.head for one in sent)
        assert head_if_passage(broken.topic, broken.payload) is None
    taken = intake.take([*sent, broken], NOON)
    assert (taken.dead, store.ranges.get(KEY)) == (1, ((1, 3),))
    kept = {record.passage_id.int - 1000: record for record in store.passages.list().items}
    assert [kept[n].plate.text if kept[n].plate else None for n in (1, 2, 3)] == ["12C34567", None, "29H12345"]
    assert [kept[n].late for n in (1, 2, 3)] == [False, False, True]
    assert [record.passage_id for record in store.passages.list(plate_part="h123").items] == [kept[3].passage_id]
