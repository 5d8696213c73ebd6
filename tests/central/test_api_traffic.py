"""The API of traffic: what is known of a gate, what people say, what if; who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from central.auth import add_api_key
from central.store import Store
from central.store.records import Scope
from contract.messages import Direction
from tests.central.made import birth
from tests.central.served import Served
from tests.central.traffic.house import count_yard, drive, keeper, stream

HOUR = timedelta(hours=1)


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
    with Served(store) as served:
        yield served


def program(served: Served, store: Store, *scopes: Scope) -> httpx.Client:
    key = add_api_key(store, "yard", *scopes)
    client = served.client(headers={"Authorization": f"Bearer {key}"})
    client.base_url = httpx.URL(f"{served.url}/api/v1/")
    return client


def test_a_gate_is_counted_and_told_of(served: Served, store: Store) -> None:
    """Unknown until somebody counts; then count + in − out, with the books; a wrong count is withdrawn, not deleted."""
    now = datetime.now(UTC)
    client = program(served, store, Scope.READ, Scope.COUNT_YARDS)
    assert client.get("surge").status_code == 404
    assert client.get("traffic/huu-nghi").json()["stock"] is None
    counted = client.post(
        "traffic/huu-nghi/counts", json={"vehicles": 50, "at": (now - HOUR).isoformat(), "note": "đếm lúc giao ca"}
    )
    assert counted.status_code == 201
    assert (counted.json()["said_by"], counted.json()["note"]) == ("yard", "đếm lúc giao ca")
    drive(store, *stream(Direction.IN, 6, since=now - HOUR / 2, until=now))
    keeper(store).step(datetime.now(UTC))
    told = client.get("traffic/huu-nghi").json()
    assert told["stock"] == 56
    assert (told["since_count"]["entered"], told["since_count"]["left"]) == (6, 0)
    assert client.get("surge").json()["stocks"] == {"huu-nghi": 56}
    number = counted.json()["count_id"]
    assert client.post(f"traffic/huu-nghi/counts/{number}/withdraw").status_code == 200
    assert client.post(f"traffic/huu-nghi/counts/{number}/withdraw").status_code == 409
    assert client.get("traffic/huu-nghi").json()["stock"] is None
    (kept,) = client.get("traffic/huu-nghi/counts").json()["items"]
    assert (kept["vehicles"], kept["withdrawn_by"]) == (50, "yard")


def test_what_people_say_moves_the_level_at_once(served: Served, store: Store) -> None:
    """With the playbook of the new level, the evidence on record, and a way to take it back."""
    until = (datetime.now(UTC) + 4 * HOUR).isoformat()
    client = program(served, store, Scope.READ, Scope.COUNT_YARDS)
    said = client.post("surge/statements", json={"kind": "china_stopped", "until": until, "note": "điện thoại"})
    assert (said.status_code, said.json()["level"]) == (201, 4)
    assert [line["who"] for line in said.json()["playbook"]] == [["province"], ["board"], ["centre", "yard"]]
    (change,) = client.get("surge/changes").json()["items"]
    assert (change["before"], change["after"], change["called_by"]) == (0, 4, ["china_stopped"])
    assert change["plan_fingerprint"] == said.json()["plan_fingerprint"]
    number = said.json()["statements"][0]["statement_id"]
    ended = client.post(f"surge/statements/{number}/end", json={"was_mistake": True})
    assert ended.json()["statements"] == []
    assert client.post(f"surge/statements/{number}/end", json={}).status_code == 409


def test_what_makes_no_sense_is_refused_in_words(served: Served, store: Store) -> None:
    """Gates that are not there, moments that are to come, statements for ever, days that cannot be asked."""
    now = datetime.now(UTC)
    client = program(served, store, Scope.READ, Scope.COUNT_YARDS)
    for path, asked, status in (
        ("traffic/nowhere/counts", {"vehicles": 1}, 404),
        ("traffic/huu-nghi/counts", {"vehicles": -1}, 422),
        ("traffic/huu-nghi/counts", {"vehicles": 1, "at": (now + HOUR).isoformat()}, 422),
        ("surge/statements", {"kind": "queue_on_road", "until": (now + 80 * HOUR).isoformat()}, 422),
        ("surge/statements", {"kind": "queue_on_road", "until": (now - HOUR).isoformat()}, 422),
    ):
        answer = client.post(path, json=asked)
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
    asked_day = client.get("traffic/huu-nghi/what-if", params={"day": "2026-01-01", "more_lanes": 1})
    assert (asked_day.status_code, "vehicles left" in asked_day.json()["detail"]) == (409, True)


def test_reading_is_no_right_to_speak(served: Served, store: Store) -> None:
    """A program that reads cannot count, and one that counts sees no vehicles."""
    reads, speaks = program(served, store, Scope.READ), program(served, store, Scope.COUNT_YARDS)
    assert reads.post("traffic/huu-nghi/counts", json={"vehicles": 3}).status_code == 403
    assert speaks.get("traffic/huu-nghi").status_code == 403


def test_lanes_that_never_open_are_an_answer_too(served: Served, store: Store) -> None:
    """China closes before it opens: nobody is begun with, and an endless wait is null."""
    midnight = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    midnight = midnight.replace(hour=17) - timedelta(days=1)  # 0:00 in Vietnam
    drive(store, *stream(Direction.IN, 12, since=midnight + 8 * HOUR, until=midnight + 10 * HOUR))
    drive(store, *stream(Direction.OUT, 12, since=midnight + 8 * HOUR, until=midnight + 12 * HOUR))
    keeper(store).step(datetime.now(UTC))
    count_yard(store, 20, at=midnight - HOUR)
    asked = {"day": f"{midnight + 7 * HOUR:%Y-%m-%d}", "earlier_min": 1440}
    answer = program(served, store, Scope.READ).get("traffic/huu-nghi/what-if", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["changed"]["wait_p50_min"] is None
    assert answer.json()["changed"]["left_over"] == 32
    assert answer.json()["as_it_was"]["wait_p50_min"] is not None
