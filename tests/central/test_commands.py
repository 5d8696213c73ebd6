"""Commands: recorded with who and when, sent while fresh, answered once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from central.commands import VALID, CommandSender, ask_for_region, ask_for_snapshot
from central.ingest.intake import Intake
from central.jpeg import size_of
from central.store import Store
from central.store.commands import CommandRecord, CommandState
from central.store.records import CameraRecord, EventKind
from contract.messages import Command, CommandKind, CommandResult
from contract.region import CameraRegion
from tests.central.made import birth, health, packet, stamp
from tests.central.pictures import jpeg_of

REGION = CameraRegion(lane=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)))


@pytest.fixture
def camera(store: Store) -> CameraRecord:
    Intake(store, late_after_s=60).take([packet(birth()), packet(health())], datetime.now(UTC))
    found = store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert found is not None
    return found


class Line:
    """A broker that is reached or not."""

    def __init__(self, store: Store) -> None:
        self.there = True
        self.went: list[Command] = []
        self.sender = CommandSender(store, self.went.append, lambda: self.there)


@pytest.fixture
def line(store: Store) -> Line:
    return Line(store)


def answer(store: Store, command: Command, *, done: bool = True, detail: str = "") -> None:
    """The node answers."""
    result = CommandResult(
        site=command.site, node=command.node, command_id=command.command_id, done=done, detail=detail, stamp=stamp()
    )
    Intake(store, late_after_s=60).take([packet(result)], datetime.now(UTC))


def now_of(store: Store, record: CommandRecord) -> CommandRecord:
    found = store.commands.get(record.command.command_id)
    assert found is not None
    return found


def test_a_command_is_on_record_before_it_is_sent(store: Store, camera: CameraRecord, line: Line) -> None:
    """Who, what, when; then that it went out, and what the node said. A screen hears of each step."""
    began = store.events.latest_id()
    record = ask_for_region(store, camera, REGION, actor="lan")
    (kept,) = store.commands.list(camera="in-1-front")
    assert kept == record
    assert (kept.command.actor, kept.command.region, kept.command.kind) == ("lan", REGION, CommandKind.SET_REGION)
    assert kept.command.expires_at - kept.command.issued_at == VALID
    assert kept.state(datetime.now(UTC)) is CommandState.WAITING
    assert line.sender.step(datetime.now(UTC)) == 1
    assert line.went == [kept.command]
    assert now_of(store, record).state(datetime.now(UTC)) is CommandState.SENT
    assert line.sender.step(datetime.now(UTC)) == 0
    answer(store, record.command)
    assert now_of(store, record).state(datetime.now(UTC)) is CommandState.DONE
    kinds = [event.kind for event in store.events.after(began)]
    assert kinds == [EventKind.COMMAND] * 3


def test_the_first_answer_counts(store: Store, camera: CameraRecord) -> None:
    """A command that reached the node twice is done, whatever the node says to the second."""
    record = ask_for_snapshot(store, camera, actor="lan")
    answer(store, record.command)
    answer(store, record.command, done=False, detail="repeated: it was carried out before")
    assert now_of(store, record).state(datetime.now(UTC)) is CommandState.DONE
    other = ask_for_snapshot(store, camera, actor="lan")
    answer(store, other.command, done=False, detail="expired")
    refused = now_of(store, other)
    assert (refused.state(datetime.now(UTC)), refused.detail) == (CommandState.REFUSED, "expired")


def test_an_answer_of_another_node_counts_for_nothing(store: Store, camera: CameraRecord) -> None:
    """Nor one to a command that nobody gave."""
    record = ask_for_snapshot(store, camera, actor="lan")
    answer(store, record.command.model_copy(update={"node": "another-1"}))
    assert now_of(store, record).done is None


def test_what_expires_before_the_broker_is_back_is_never_sent(store: Store, camera: CameraRecord, line: Line) -> None:
    """It is told apart from a node that does not answer."""
    line.there = False
    record = ask_for_snapshot(store, camera, actor="lan")
    late = record.command.expires_at + timedelta(minutes=1)
    assert line.sender.step(datetime.now(UTC)) == 0
    line.there = True
    assert line.sender.step(late) == 0
    assert now_of(store, record).state(late) is CommandState.UNSENT
    heard = ask_for_snapshot(store, camera, actor="lan")
    line.sender.step(datetime.now(UTC))
    assert now_of(store, heard).state(late) is CommandState.SILENT


def test_large_picture_stays_while_small_ones_come(store: Store, camera: CameraRecord) -> None:
    """What somebody asked for is not overwritten by the next report."""
    large, small = jpeg_of(960, 540), jpeg_of(320, 180)
    at = datetime.now(UTC)
    for picture in (large, small):
        Intake(store, late_after_s=60).take([packet(health(jpeg=picture, frame_at=at))], at)
    assert store.cameras.snapshot("huu-nghi", "huu-nghi-1", "in-1-front") == large
    assert store.cameras.picture("huu-nghi", "huu-nghi-1", "in-1-front") == small
    found = store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert found is not None
    assert found.snapshot_at == at


def test_regions_of_a_birth_are_kept(store: Store, camera: CameraRecord) -> None:
    """The next birth replaces them."""
    intake = Intake(store, late_after_s=60)
    for regions in ({"in-1-front": REGION}, {}):
        intake.take([packet(birth(regions=regions))], datetime.now(UTC))
        node = store.nodes.get("huu-nghi", "huu-nghi-1")
        assert node is not None
        assert node.regions == regions


@pytest.mark.parametrize("size", [(320, 180), (960, 540), (1, 1)])
def test_size_of_a_jpeg(size: tuple[int, int]) -> None:
    """From its head; what is none, or is cut off, has no size."""
    jpeg = jpeg_of(*size)
    assert size_of(jpeg) == size
    assert size_of(jpeg[:12]) is None
    assert size_of(b"\x89PNG") is None
    assert size_of(b"\xff\xd8" + b"\xff\xe0\x00\x00" * 3) is None
