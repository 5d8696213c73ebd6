"""Streams of changes, over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from central.auth import add_api_key, set_login
from central.feed import resume_after
from central.store import Store
from central.store.records import Role
from contract.messages import HealthLevel, HealthReason
from tests.central.made import SCOPES_OF, birth, declared, health, passage
from tests.central.served import Served

LATE = timedelta(minutes=5)
PASSWORD = "a made-up password"


@dataclass
class Event:
    event_id: int
    name: str
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


def events_of(answer: httpx.Response) -> Iterator[Event]:
    fields: dict[str, list[str]] = {}
    for line in answer.iter_lines():
        if not line and "data" in fields:
            yield Event(int(fields["id"][0]), fields["event"][0], "\n".join(fields["data"]))
            fields = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields.setdefault(name, []).append(value)


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
    with Served(store) as served:
        yield served.client()


def bearer(store: Store, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {add_api_key(store, role.value, *SCOPES_OF[role])}"}


def see(store: Store, seq: int, plate: str) -> None:
    with store.transaction() as transaction:
        store.passages.save(transaction, passage(seq, plate), late_after=LATE)


def test_a_change_arrives_as_it_happens(client: httpx.Client, store: Store) -> None:
    """A passage stored now comes through the open stream, whole."""
    with client.stream("GET", "/api/v1/stream", headers=bearer(store, Role.OPERATOR)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        see(store, 1, "12C34567")
        event = next(events_of(answer))
    assert event.name == "passage"
    assert event.json["passage"]["plate"]["formatted"] == "12C-345.67"


def test_resume_misses_nothing_and_repeats_nothing(client: httpx.Client, store: Store) -> None:
    """After a lost connection a reader names the last event it saw and gets exactly what came since."""
    headers = bearer(store, Role.OPERATOR)
    with client.stream("GET", "/api/v1/stream", headers=headers) as answer:
        see(store, 1, "12C34567")
        last = next(events_of(answer)).event_id
    see(store, 2, "29H01234")
    with store.transaction() as transaction:
        store.declarations.save(transaction, declared(), payload="{}")
    again = {**headers, "Last-Event-ID": str(last)}
    with client.stream("GET", "/api/v1/stream", headers=again) as answer:
        stream = events_of(answer)
        first, second = next(stream), next(stream)
    assert [first.event_id, second.event_id] == [last + 1, last + 2]
    assert first.json["passage"]["plate"]["text"] == "29H01234"
    assert second.json["declaration"]["declaration_id"] == "HN-000001"


def test_maintenance_hears_of_devices_only(client: httpx.Client, store: Store) -> None:
    """The stream keeps plates from those who may not see them."""
    headers = bearer(store, Role.MAINTENANCE)
    see(store, 1, "12C34567")
    with store.transaction() as transaction:
        store.cameras.report(transaction, health(HealthLevel.FAILED, reason=HealthReason.DARK))
    with client.stream("GET", "/api/v1/stream?after=0", headers=headers) as answer:
        stream = events_of(answer)
        first, second = next(stream), next(stream)
    assert [first.name, second.name] == ["node", "camera"]
    assert second.json["camera"]["reason"] == "dark"


def test_live_page_gets_the_card_of_the_lane(client: httpx.Client, store: Store) -> None:
    """The page's stream sends the changed lane as HTML, and the figures of the head."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    client.post("/api/v1/login", json={"user": "lan", "password": PASSWORD})
    with client.stream("GET", "/live/stream") as answer:
        see(store, 1, "12C34567")
        stream = events_of(answer)
        card, figures = next(stream), next(stream)
    assert card.name == "lane-huu-nghi-in-1"
    assert 'aria-label="12C-345.67"' in card.data
    assert figures.name == "summary"


def test_stopping_ends_open_streams(store: Store) -> None:
    """The server does not wait for a reader that would listen for ever."""
    with Served(store) as served:
        headers = bearer(store, Role.OPERATOR)
        with served.client().stream("GET", "/api/v1/stream", headers=headers) as answer:
            served.stop()
            assert list(events_of(answer)) == []


@pytest.mark.parametrize(
    ("last_event_id", "after", "expected"),
    [(None, None, 40), (None, 7, 7), ("12", 7, 12), ("nonsense", 7, 7), ("41", None, 0), (None, 99, 0)],
)
def test_where_a_reader_goes_on(last_event_id: str | None, after: int | None, expected: int) -> None:
    """The last event counts before the first place; who is ahead of a store begun anew gets all of it."""
    assert resume_after(last_event_id, after, latest=40) == expected
