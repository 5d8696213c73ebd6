"""What open live pages are sent: drawn once for all of them, each in its language, and nothing is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import httpx
import pytest

from central.console.board import cards_for
from central.store import Store
from central.store.records import Role
from contract.messages import Direction, LaneInfo, LaneMode
from tests.central.made import birth, passage
from tests.central.test_api_stream import Event, events_of

Visit = Callable[[Role], httpx.Client]
LANES = ("in-1", "in-2", "in-3")
CARD = "lane-huu-nghi-in-1"


@pytest.fixture(autouse=True)
def known(store: Store) -> None:
    """A node with three lanes."""
    lanes = tuple(LaneInfo(lane=lane, direction=Direction.IN, mode=LaneMode.ASSIST, cameras=()) for lane in LANES)
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth(lanes=lanes))


@contextmanager
def stream(client: httpx.Client, *, after: int | None = None, last: int | None = None) -> Iterator[Iterator[Event]]:
    """An open page takes its stream, from the start or behind the last event that it had."""
    path = "/live/stream" if after is None else f"/live/stream?after={after}"
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with client.stream("GET", path, headers=headers) as answer:
        yield events_of(answer)


def see(store: Store, seq: int, plate: str) -> None:
    with store.transaction() as transaction:
        store.passages.save(transaction, passage(seq, plate), late_after=timedelta(minutes=5))


def card(events: Iterator[Event]) -> Event:
    """The next card of the lane; figures are passed over."""
    return next(event for event in events if event.name == CARD)


def place(client: httpx.Client) -> int:
    """From where the stream of a page that is opened now goes on."""
    found = re.search(r"/live/stream\?after=(\d+)", client.get("/").text)
    assert found is not None
    return int(found[1])


def test_each_is_told_in_its_language(visit: Visit, store: Store) -> None:
    """Three people look at the same moment; each reads it in theirs."""
    people = {"vi": visit(Role.OPERATOR), "en": visit(Role.MANAGER), "zh": visit(Role.ADMIN)}
    for language, client in people.items():
        client.cookies.set("language", language)
    with ExitStack() as stack:
        streams = {name: stack.enter_context(stream(client, after=place(client))) for name, client in people.items()}
        see(store, 1, "12C34567")
        told = {name: card(events).data for name, events in streams.items()}
    assert all('aria-label="12C-345.67"' in html for html in told.values())
    assert len(set(told.values())) == 3


def test_many_screens_cost_one_look_at_the_lane(visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten pages of one person are sent the same; the store is asked once for the card."""
    asked: list[set[tuple[str, str]]] = []

    def counted(store: Store, keys: set[tuple[str, str]], *more: object) -> object:
        asked.append(keys)
        return cards_for(store, keys, *more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr("central.console.live.cards_for", counted)
    client = visit(Role.OPERATOR)
    start = place(client)
    with ExitStack() as stack:
        streams = [stack.enter_context(stream(client, after=start)) for _ in range(10)]
        see(store, 1, "12C34567")
        assert len({card(events).data for events in streams}) == 1
    assert asked.count({("huu-nghi", "in-1")}) == 1


def test_what_came_while_nobody_looked_is_sent_to_whoever_comes_back(visit: Visit, store: Store) -> None:
    """The line broke, a vehicle passed, and the page names the last event that it had."""
    client = visit(Role.OPERATOR)
    with stream(client, after=place(client)) as events:
        see(store, 1, "12C34567")
        last = next(event.event_id for event in events if event.name == "summary")
    see(store, 2, "29H01234")
    with stream(client, last=last) as events:
        assert 'aria-label="29H-012.34"' in card(events).data


def test_a_line_that_breaks_within_a_batch_loses_no_lane(visit: Visit, store: Store) -> None:
    """Until all that belongs to a change has come, the page would go on from before it."""
    client = visit(Role.OPERATOR)
    start = place(client)
    for number, lane in enumerate(LANES):
        with store.transaction() as transaction:
            message = passage(number + 1, lane=lane)
            store.passages.save(transaction, message, late_after=timedelta(minutes=5))
    with stream(client, after=start) as events:
        first = next(events)
    with stream(client, last=first.event_id) as events:
        names = {next(events).name for _ in range(3)}
    assert names >= {f"lane-huu-nghi-{lane}" for lane in LANES} - {first.name}


def test_a_screen_that_was_away_for_days_is_sent_every_lane(visit: Visit, store: Store) -> None:
    """More changed than is worth going through one by one."""
    client = visit(Role.OPERATOR)
    start = place(client)
    for number in range(1, 210):
        see(store, number, f"12C{10000 + number}")
    with stream(client, after=start) as events:
        assert "12C-102.09" in card(events).data
