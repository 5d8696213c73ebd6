"""Declarations come in page by page, each once, over restarts, bad rows and a platform that is away."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from central.platform.rest import PlatformUnavailable, RestPlatform
from central.platform.runner import PlatformRunner
from central.platform.settings import PlatformSettings
from central.store import Store
from central.store.declaration_records import DeclarationState
from contract.errors import ConfigError
from contract.messages import Direction
from simulation.declarations import Declarant
from simulation.platform import SimPlatform
from tests.central.made import NOON


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "declaration_id": f"HN-{number:06d}",
        "version": 1,
        "state": "declared",
        "direction": "in",
        "regime": "import",
        "gate": "huu-nghi",
        "plate": "GUI F12345",
        "trailer_plate": None,
        "container_no": None,
        "goods": "vải thiều",
        "goods_class": "fruit",
        "expected_from": "2026-05-04T11:00:00+07:00",
        "expected_until": "2026-05-04T13:00:00+07:00",
        "declared_at": "2026-05-04T08:00:00+07:00",
        "updated_at": "2026-05-04T08:00:00+07:00",
        "declarant": "Công ty Ví Dụ",
    } | changes


class Server:
    """The platform's side of the interface, over an in-memory transport."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.asked: list[httpx.Request] = []
        self.answer: Callable[[httpx.Request], httpx.Response] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.answer is not None:
            return self.answer(request)
        start = int(request.url.params.get("cursor", "0"))
        if start > len(self.rows):
            return httpx.Response(400, json={"detail": "unknown cursor"})
        end = min(len(self.rows), start + int(request.url.params["limit"]))
        return httpx.Response(
            200, json={"items": self.rows[start:end], "next_cursor": str(end), "more": end < len(self.rows)}
        )


def runner(store: Store, server: Server, **more: Any) -> PlatformRunner:
    settings = PlatformSettings(base_url="http://platform.example/v1/", page_size=2, **more)
    return PlatformRunner(store, RestPlatform(settings, httpx.MockTransport(server)), settings)


def drain(pulling: PlatformRunner) -> None:
    while pulling.step(NOON):
        pass


def test_pages_are_read_to_the_end_and_gone_on_behind(store: Store, tmp_path) -> None:
    """Five rows in pages of two; after a restart only what is new is asked for, with the platform's key."""
    (tmp_path / "key").write_text("made-up-key\n")
    server = Server([row(number) for number in range(1, 6)])
    drain(runner(store, server, key_file=tmp_path / "key"))
    assert len(store.declarations.list().items) == 5
    assert server.asked[0].url.path == "/v1/api/declarations"
    assert server.asked[0].headers["Authorization"] == "Bearer made-up-key"
    server.rows.append(row(6))
    drain(runner(store, server))
    assert server.asked[-1].url.params["cursor"] == "5"
    assert len(store.declarations.list().items) == 6


def test_what_is_read_is_what_was_declared(store: Store) -> None:
    """Times become UTC, the platform's name of the gate becomes the site's, the plate stays as typed."""
    drain(runner(store, Server([row(1, gate="HN", extra="ignored")]), gates={"HN": "huu-nghi"}))
    found = store.declarations.get("HN-000001")
    assert found is not None
    assert (found.gate, found.plate, found.goods) == ("huu-nghi", "GUI F12345", "vải thiều")
    assert found.expected_from == NOON - timedelta(hours=1)


def test_a_higher_version_replaces_and_an_old_one_does_not(store: Store) -> None:
    """Edits come again with a higher version; an old version that comes late changes nothing, twice counts once."""
    server = Server([row(1), row(1, version=3, state="cancelled"), row(1, version=2, goods="xoài"), row(1)])
    drain(runner(store, server))
    found = store.declarations.get("HN-000001")
    assert found is not None
    assert (found.version, found.state) == (3, DeclarationState.CANCELLED)


@pytest.mark.parametrize("confirmed_at", ["2026-05-04T11:59:00+07:00", 1777870740])
def test_the_platform_tells_who_went_through_when_and_where(store: Store, confirmed_at: str | int) -> None:
    """Where it tells no time, the last change of the declaration counts, and where it tells no lane, any lane."""
    told = {"confirmed_at": confirmed_at, "lane": "in-2"}
    rows = [row(1, state="confirmed", version=2, **told), row(2, state="confirmed"), row(3)]
    rows.append(row(4, state="confirmed", lane="not a lane"))
    drain(runner(store, Server(rows)))
    found = store.crosschecks.confirmations(NOON - timedelta(hours=9), NOON)
    assert [(one.declaration_id, one.lane, one.at, one.seen) for one in found] == [
        ("HN-000002", "", NOON - timedelta(hours=4), False),
        ("HN-000001", "in-2", NOON - timedelta(minutes=1), False),
    ]
    assert store.dead_letters.count() == 1


@pytest.mark.parametrize(
    "bad",
    [
        row(1, expected_until="2026-05-04T10:00:00+07:00"),
        row(1, expected_from="2026-05-04T11:00:00"),
        row(1, plate=" - . "),
        row(1, direction="sideways"),
        {"declaration_id": "HN-000001"},
        "no object",
        None,
        row(1, version=2**40),
    ],
)
def test_bad_rows_are_put_aside_and_the_rest_goes_on(store: Store, bad: Any) -> None:
    """A row that makes no sense is kept with the reason; its neighbours are taken, and the cursor moves on."""
    pulling = runner(store, Server([bad, row(2), row(3)]))
    drain(pulling)
    assert {found.declaration_id for found in store.declarations.list().items} == {"HN-000002", "HN-000003"}
    (letter,) = store.dead_letters.list()
    assert letter.source == "platform platform"
    assert letter.reason
    assert pulling.complete_at == NOON


def test_a_platform_that_forgot_its_cursors_is_read_anew(store: Store) -> None:
    """After the platform was set up again everything is read once more, and nothing is doubled."""
    server = Server([row(number) for number in range(1, 6)])
    drain(runner(store, server))
    server.rows = [row(1), row(7)]
    drain(runner(store, server))
    assert {found.declaration_id for found in store.declarations.list().items} >= {"HN-000001", "HN-000007"}
    assert len(store.declarations.list().items) == 6


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: httpx.Response(500),
        lambda request: httpx.Response(401),
        lambda request: httpx.Response(200, text="<html>"),
        lambda request: httpx.Response(200, json={"items": []}),
        lambda request: httpx.Response(302, headers={"Location": "http://elsewhere.example/"}),
    ],
)
def test_an_answer_that_is_no_page_is_an_outage(store: Store, answer) -> None:
    """Nothing is taken, nothing moves, and freshness is not claimed."""
    server = Server([row(1)])
    server.answer = answer
    pulling = runner(store, server)
    with pytest.raises(PlatformUnavailable):
        pulling.step(NOON)
    assert pulling.complete_at is None
    assert store.cursors.get("platform") == ""


def test_a_cursor_that_stands_still_is_no_endless_loop(store: Store) -> None:
    """A platform that says there is more without moving on is an outage, not a tight circle."""
    server = Server([])
    pulling = runner(store, server)
    server.answer = lambda request: httpx.Response(200, json={"items": [row(1)], "next_cursor": "x", "more": True})
    assert pulling.step(NOON)
    with pytest.raises(PlatformUnavailable, match="stands still"):
        pulling.step(NOON)


def test_the_thread_comes_back_after_an_outage(store: Store) -> None:
    """Started while the platform is away, it reads as soon as it answers, and ends when told to."""
    server, arrived = Server([row(1)]), threading.Event()

    def away_twice(request: httpx.Request) -> httpx.Response:
        if len(server.asked) >= 2:
            server.answer = None
        raise httpx.ConnectError("refused", request=request)

    server.answer = away_twice
    stop = store.on_commit(arrived.set)
    pulling = runner(store, server, poll_s=0.02)
    pulling.start()
    assert arrived.wait(60)
    pulling.stop()
    stop()
    assert pulling.worker.failure is None
    assert store.declarations.get("HN-000001") is not None


def test_what_the_simulated_platform_sends_is_what_central_expects(store: Store) -> None:
    """Both sides of docs/platform.md agree: nothing that the simulation declares is put aside."""
    declarant, platform = Declarant(random.Random(5), NOON), SimPlatform()
    for _ in range(25):
        platform.publish(declarant.no_show(site="huu-nghi", direction=Direction.OUT, until_s=600.0).record)

    def serve(request: httpx.Request) -> httpx.Response:
        cursor = request.url.params.get("cursor", "")
        return httpx.Response(200, json=platform.page(cursor, int(request.url.params["limit"])))

    server = Server([])
    server.answer = serve
    drain(runner(store, server))
    assert len(store.declarations.list().items) == 25
    assert store.dead_letters.list() == ()


def test_a_key_file_that_is_missing_says_so(store: Store, tmp_path) -> None:
    """The setting and the file are named."""
    with pytest.raises(ConfigError, match=r"platform\.key_file"):
        runner(store, Server([]), key_file=tmp_path / "nowhere").step(NOON)
