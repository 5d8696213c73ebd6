"""The booth page of a whole node: what it sees stands there, and what was opened while the broker was away comes to central."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.messages import BoothOpening, CommandKind, LaneMode
from edge.booth.settings import BoothSettings
from edge.outbox import Outbox
from tests.edge.booth.booth_house import CHEAP, PASSWORD, ask_to_open
from tests.edge.node.whole_node import CameraServer, House


@pytest.fixture
def house(tmp_path: Path, broker: Any, make_central: Any) -> Iterator[House]:
    """A node with cameras, a barrier and a booth."""
    persons = tmp_path / "persons.json"
    persons.touch(mode=0o600)
    persons.write_text(f'{{"lan": {{"role": "operator", "password_hash": "{CHEAP}"}}}}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cameras = CameraServer().start()
    house = House(tmp_path / "node", broker, make_central(broker), cameras)
    booth = BoothSettings(listen=f"127.0.0.1:{port}", persons_file=persons)
    house.config = house.config.model_copy(update={"booth": booth})
    try:
        house.start()
        yield house
    finally:
        house.end()
        cameras.stop()


def test_what_was_opened_while_central_was_away_is_told_when_it_is_back(house: House, wait_until: Any) -> None:
    """The vehicle and its plate stand on the page of a node that is alone; name and reason reach central later, once.

    And what central sets then, the page tells.
    """
    assert house.config.booth is not None
    house.broker.kill()
    with httpx.Client(base_url=f"http://{house.config.booth.listen}", timeout=60) as client:
        assert client.post("/login", data={"user": "lan", "password": PASSWORD}).status_code == 303
        house.front.passes("12C34567")
        wait_until(lambda: "12C-345.67" in client.get("/").text, what="the vehicle on the page")
        wait_until(lambda: "Mất liên lạc với trung tâm" in client.get("/").text, what="the page to tell of the broker")
        page = client.get("/").text
        picture = page.split('src="/picture/', maxsplit=1)[1].split('"', maxsplit=1)[0]
        assert client.get(f"/picture/{picture}").content.startswith(b"\xff\xd8")
        assert ask_to_open(client, reason="link").status_code == 303
        wait_until(lambda: "barie mở" in client.get("/now").json()["lanes"], what="the arm to be up")
        house.broker.start()
        house.front.empty()
        house.central.wait_for(lambda: bool(house.central.of(BoothOpening)), what="the opening at central")
        assert "thủ công" not in client.get("/now").json()["lanes"]
        assert house.ask(CommandKind.SET_LANE_MODE, mode=LaneMode.MANUAL, reason="made up").done
        assert "thủ công" in client.get("/now").json()["lanes"]
    kept = [message for message in house.central.kept.values() if isinstance(message, BoothOpening)]
    assert [(one.actor, one.lane, one.reason) for one in kept] == [
        ("lan", "in-1", "Mất kết nối trung tâm, đã kiểm tra giấy tờ")
    ]
    passage = house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    assert (passage.decision.verdict, passage.decision.reason) == ("grant", "operator")
    with Outbox.open(house.config.data_dir / "outbox.db") as outbox:
        wait_until(lambda: outbox.counts().pending == 0, what="the outbox is empty")
