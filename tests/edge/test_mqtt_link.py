"""The node's link against real brokers: nothing that is in the outbox is lost, whoever of the three goes away."""

from __future__ import annotations

import contextlib
import functools
import itertools
import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from contract.messages import (
    Abstention,
    AccessList,
    CameraHealth,
    Command,
    CommandKind,
    Committed,
    Direction,
    Evidence,
    EvidenceKind,
    HealthLevel,
    HealthReason,
    Passage,
    Stamp,
    Status,
    TimeQuality,
)
from contract.topics import address_of
from edge.mqtt import NodeLink
from edge.outbox import Outbox
from edge.settings import MqttSettings
from tests.edge.evidence.shelf import messages

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
SITE, NODE, BOOT_ID = "made-up", "made-up-1", UUID(int=9)
NEVER_S = 3600.0
STAMP = Stamp(at=NOW, boot_id=BOOT_ID, monotonic_s=1.0, time_quality=TimeQuality.SYNCED)
_IDS = itertools.count(1)


def _passage(passage_id: UUID, outbox_id: UUID, seq: int) -> Passage:
    return Passage(
        site=SITE,
        node=NODE,
        outbox_id=outbox_id,
        seq=seq,
        stamp=STAMP,
        passage_id=passage_id,
        lane="in-1",
        direction=Direction.IN,
        first_seen_at=NOW,
        last_seen_at=NOW,
        abstained=Abstention.NO_PLATE_FOUND,
        frames=3,
        reads=0,
    )


def _health(level: HealthLevel, reason: HealthReason | None) -> CameraHealth:
    return CameraHealth(
        site=SITE, node=NODE, lane="in-1", camera="in-1-front", level=level, reason=reason, since=NOW, stamp=STAMP
    )


def _command() -> Command:
    return Command(
        site=SITE,
        node=NODE,
        command_id=uuid4(),
        kind=CommandKind.OPEN,
        lane="in-1",
        actor="made-up",
        issued_at=NOW,
        expires_at=NOW + timedelta(seconds=10),
    )


def _access(version: int) -> AccessList:
    return AccessList(site=SITE, node=NODE, version=version, issued_at=NOW, expires_at=NOW, entries=())


class Sender:
    """An outbox with its link."""

    def __init__(self, path: Path, port: int, *, resend_after_s: float = 1.0, window: int = 24) -> None:
        self.outbox = Outbox.open(path)
        self.access: queue.SimpleQueue[AccessList] = queue.SimpleQueue()
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.on_command: Callable[[Command], None] = self.commands.put
        self.link = NodeLink(
            MqttSettings(host="127.0.0.1", port=port, tls=False, resend_after_s=resend_after_s, window=window),
            self.outbox,
            Status(site=SITE, node=NODE, online=True, boot_id=BOOT_ID, outbox_id=self.outbox.outbox_id, started_at=NOW),
            on_access=self.access.put,
            on_command=self._take,
        )
        self.link.start()

    def _take(self, command: Command) -> None:
        self.on_command(command)

    def store(self, count: int) -> None:
        """So many passages more."""
        for _ in range(count):
            self.outbox.append(functools.partial(_passage, UUID(int=next(_IDS))))
            self.link.outbox_grew()

    def pending(self) -> int:
        return self.outbox.counts().pending

    def stop(self) -> None:
        self.link.stop()
        self.outbox.close()


@pytest.fixture
def make_sender(tmp_path: Path) -> Iterator[Callable[..., Sender]]:
    """Senders that are stopped at the end."""
    with contextlib.ExitStack() as cleanup:

        def make(broker: Any, **settings: Any) -> Sender:
            sender = Sender(tmp_path / "outbox.db", broker.port, **settings)
            cleanup.callback(sender.stop)
            return sender

        yield make


def _seqs(central: Any) -> list[int]:
    return [message.seq for message in central.of(Passage)]


def _wait_for_all(sender: Sender, central: Any, last: int, wait_until: Any) -> None:
    central.wait_for(lambda: set(central.kept) == set(range(1, last + 1)), what=f"central has 1 to {last}")
    wait_until(lambda: sender.pending() == 0, what="the outbox is empty")


def test_everything_arrives_once_and_leaves_the_outbox(
    any_broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """In quiet times each message arrives once, and nothing is left to send."""
    central = make_central(any_broker)
    sender = make_sender(any_broker, resend_after_s=NEVER_S, window=5)
    sender.store(60)
    _wait_for_all(sender, central, 60, wait_until)
    assert sorted(_seqs(central)) == list(range(1, 61))


def test_backlog_arrives_newest_first_and_what_happens_meanwhile_before_it(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any, tmp_path: Path
) -> None:
    """A node that was cut off tells the last vehicles first; pictures come behind every passage."""
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        for number in range(1, 21):
            outbox.append_all(messages(UUID(int=number), {EvidenceKind.CROP: f"made-up {number}".encode()}))
    central = make_central(broker)
    central.commits = False
    sender = make_sender(broker, resend_after_s=NEVER_S, window=1)
    central.wait_for(lambda: len(_seqs(central)) == 8, what="a window of passages")
    sender.store(1)
    central.commits = True
    (first, *_) = central.of(Passage)
    central.kept |= {message.seq: message for message in central.of(Passage)}
    central.tell_committed(first)
    _wait_for_all(sender, central, 41, wait_until)
    assert _seqs(central) == [*range(39, 24, -2), 41, *range(23, 0, -2)]
    pictures = [message.seq for message in central.of(Evidence)]
    assert pictures == list(range(40, 0, -2))
    heard = [type(message) for message in central.heard if isinstance(message, Passage | Evidence)]
    assert heard.index(Evidence) == 21


def test_broker_killed_and_back_loses_nothing(
    any_broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """Three power cuts of the broker in mid-stream, with passages before, between and after."""
    central = make_central(any_broker)
    sender = make_sender(any_broker)
    for cut in range(1, 4):
        sender.store(20)
        central.wait_for(functools.partial(lambda count: len(central.kept) > count, 30 * (cut - 1)), what="some")
        any_broker.kill()
        wait_until(lambda: not sender.link.connected, what="the link notices")
        sender.store(10)
        any_broker.start()
    _wait_for_all(sender, central, 90, wait_until)


def test_central_away_loses_nothing(any_broker: Any, make_central: Any, make_sender: Any, wait_until: Any) -> None:
    """The broker takes and acknowledges what nobody hears; once central is back it gets it all the same."""
    sender = make_sender(any_broker)
    sender.store(40)
    wait_until(lambda: sender.link.connected, what="the link is up")
    central = make_central(any_broker)
    _wait_for_all(sender, central, 40, wait_until)


def test_nothing_is_dropped_for_the_brokers_word(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """What central heard and did not commit, for its disk was full, stays, and comes again until it is committed."""
    central = make_central(broker)
    central.commits = False
    sender = make_sender(broker)
    sender.store(3)
    central.wait_for(lambda: _seqs(central).count(1) >= 2, what="number 1 comes a second time")
    assert sender.pending() == 3
    central.commits = True
    _wait_for_all(sender, central, 3, wait_until)


def test_node_that_stops_sends_the_rest_after_its_next_start(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """What a node could not send before it was switched off, it sends when it runs again."""
    sender = make_sender(broker)
    wait_until(lambda: sender.link.connected, what="the link is up")
    broker.kill()
    sender.store(7)
    sender.stop()
    broker.start()
    central = make_central(broker)
    again = make_sender(broker)
    _wait_for_all(again, central, 7, wait_until)


def test_what_central_asks_for_again_comes_at_once(broker: Any, make_central: Any, make_sender: Any) -> None:
    """A replay request does not wait for any patience, and brings only what was asked for."""
    central = make_central(broker)
    central.commits = False
    sender = make_sender(broker, resend_after_s=NEVER_S)
    sender.store(5)
    central.wait_for(lambda: len(_seqs(central)) == 5, what="all five, once")
    (first, *_) = central.of(Passage)
    central.tell_committed(first, replay=((2, 2), (4, 5)))
    central.wait_for(lambda: len(_seqs(central)) == 8, what="three of them again")
    assert sorted(_seqs(central)[5:]) == [2, 4, 5]
    assert sender.pending() == 5


def test_no_more_is_under_way_than_the_window_holds(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any, tmp_path: Path
) -> None:
    """A node that was away for weeks does not flood the line: the next messages wait until the first are committed."""
    with Outbox.open(tmp_path / "outbox.db") as outbox:
        for number in range(40):
            outbox.append(functools.partial(_passage, UUID(int=number)))
    central = make_central(broker)
    central.commits = False
    sender = make_sender(broker, window=4, resend_after_s=1.0)
    central.wait_for(lambda: _seqs(central).count(40) >= 2, what="the window is sent a second time")
    assert set(_seqs(central)) <= set(range(9, 41))
    central.commits = True
    _wait_for_all(sender, central, 40, wait_until)


def test_committed_of_another_outbox_drops_nothing(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """After a disk was replaced central's word about the old one does not count for the new."""
    central = make_central(broker)
    central.commits = False
    sender = make_sender(broker, resend_after_s=NEVER_S)
    sender.store(3)
    central.wait_for(lambda: len(_seqs(central)) == 3, what="all three")
    central.say(Committed(site=SITE, node=NODE, outbox_id=uuid4(), ranges=((1, 3),)))
    central.say(_access(1))
    assert sender.access.get(timeout=60)  # behind the other message
    assert sender.pending() == 3


def test_birth_and_goodbye_are_told(broker: Any, make_central: Any, make_sender: Any) -> None:
    """A node says when it comes and, going down in good order, when it goes."""
    central = make_central(broker)
    sender = make_sender(broker)
    central.wait_for(lambda: any(status.online for status in central.of(Status)), what="the birth")
    sender.stop()
    central.wait_for(lambda: not central.of(Status)[-1].online, what="the goodbye")
    assert {status.boot_id for status in central.of(Status)} == {BOOT_ID}


def test_last_level_of_a_camera_comes_again_after_the_broker_was_away(
    broker: Any, make_central: Any, make_sender: Any, wait_until: Any
) -> None:
    """A camera that failed while the broker was away is shown failed as soon as it is back."""
    sender = make_sender(broker)
    wait_until(lambda: sender.link.connected, what="the link is up")
    sender.link.tell_health(_health(HealthLevel.OK, None))
    broker.kill()
    wait_until(lambda: not sender.link.connected, what="the link notices")
    sender.link.tell_health(_health(HealthLevel.FAILED, HealthReason.FROZEN))
    broker.start()
    wait_until(lambda: sender.link.connected, what="the link is up again")
    central = make_central(broker)  # comes last: finds what is retained
    central.wait_for(lambda: bool(central.of(CameraHealth)), what="a level")
    central.wait_for(lambda: central.of(CameraHealth)[-1].level is HealthLevel.FAILED, what="the new level")


def test_bad_message_does_not_cut_the_node_off(broker: Any, make_central: Any, make_sender: Any) -> None:
    """Nonsense on a topic, and a command that makes the node stumble, leave the link listening."""
    central = make_central(broker)
    sender = make_sender(broker)
    central.wait_for(lambda: bool(central.of(Status)), what="the birth")

    def stumble(_command: Command) -> None:
        raise ZeroDivisionError

    sender.on_command = stumble
    topic = address_of(_command())
    central.say_raw(topic, b"no JSON")
    central.say_raw(topic, _command().model_dump_json().replace(NODE, "another").encode())
    central.say(_command())
    central.say(_access(2))
    assert sender.access.get(timeout=60).version == 2
    sender.on_command = sender.commands.put
    central.say(command := _command())
    assert sender.commands.get(timeout=60) == command


def test_command_that_lay_about_is_not_carried_out(broker: Any, make_central: Any, make_sender: Any) -> None:
    """A command somebody left retained on the broker opens nothing when a node starts."""
    central = make_central(broker)
    command = _command()
    central.say_raw(address_of(command), command.model_dump_json().encode(), retain=True)
    central.say(_access(3))
    sender = make_sender(broker)
    central.wait_for(lambda: bool(central.of(Status)), what="the birth")
    assert sender.access.get(timeout=60).version == 3
    central.say(fresh := _command())
    assert sender.commands.get(timeout=60) == fresh
