"""Keeping the pictures of a disputed passage, from its page and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from central.console.words import words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from contract.messages import CommandKind, CommandResult
from tests.central.made import birth, packet, passage, stamp

Visit = Callable[[Role], httpx.Client]
MESSAGE = passage(1, at=datetime.now(UTC))
PAGE = f"/passages/{MESSAGE.passage_id}"
WORDS = words_of("vi")


@pytest.fixture(autouse=True)
def known(store: Store) -> None:
    """A node and a passage of it."""
    Intake(store, late_after_s=60).take([packet(birth()), packet(MESSAGE)], datetime.now(UTC))


def send(client: httpx.Client, kind: str, reason: str = "") -> httpx.Response:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(PAGE).text)
    assert found is not None
    return client.post(f"{PAGE}/evidence", data={"csrf": found[1], "kind": kind, "reason": reason})


def answer(store: Store, *, done: bool = True, detail: str = "") -> None:
    (command,) = store.commands.unsent(datetime.now(UTC))
    with store.transaction() as transaction:
        store.commands.sent(transaction, command)
    result = CommandResult(
        site=command.site, node=command.node, command_id=command.command_id, done=done, detail=detail, stamp=stamp()
    )
    Intake(store, late_after_s=60).take([packet(result)], datetime.now(UTC))


def test_kept_and_released_with_who_and_why(visit: Visit, store: Store) -> None:
    """The page tells what holds now: what the node has taken down, no earlier."""
    client = visit(Role.OPERATOR)
    led_to = send(client, "keep_evidence", "chủ xe khiếu nại").headers["location"]
    assert WORDS("evidence.kept") + "<" not in client.get(led_to).text
    answer(store)
    page = client.get(led_to).text
    assert WORDS("command.done_keep_evidence") in page
    assert "chủ xe khiếu nại" in page
    assert "lan.operator" in page
    led_to = send(client, "release_evidence").headers["location"]
    answer(store)
    page = client.get(led_to).text
    assert WORDS("command.done_release_evidence") in page
    assert "badge kept" not in page
    kinds = [record.command.kind for record in store.commands.list(passage_id=MESSAGE.passage_id)]
    assert kinds == [CommandKind.RELEASE_EVIDENCE, CommandKind.KEEP_EVIDENCE]


def test_a_node_without_the_pictures_says_so(visit: Visit, store: Store) -> None:
    """Nothing is shown as kept."""
    client = visit(Role.MANAGER)
    led_to = send(client, "keep_evidence").headers["location"]
    answer(store, done=False, detail=f"this node has no picture of passage {MESSAGE.passage_id}, or no longer")
    page = client.get(led_to).text
    assert WORDS("refusal.no_picture") in page
    assert "badge kept" not in page


def test_nonsense_sends_nothing(visit: Visit, store: Store) -> None:
    """Another kind of command, a form of another login, a role without passages."""
    client = visit(Role.OPERATOR)
    assert send(client, "open").status_code == 400
    assert client.post(f"{PAGE}/evidence", data={"csrf": "made up", "kind": "keep_evidence"}).status_code == 403
    assert visit(Role.MAINTENANCE).post(f"{PAGE}/evidence", data={"kind": "keep_evidence"}).status_code == 403
    assert store.commands.list() == ()
