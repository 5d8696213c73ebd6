"""Declarations are pushed with a key of one's own, item by item; who looks sees what the connectors have read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from central.auth import add_api_key
from central.store import Store
from central.store.platform import FileRecord, Tally
from central.store.records import Scope
from tests.central.made import NOON
from tests.central.platform.test_platform import row
from tests.central.served import Served


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all tests here: each declares numbers of its own, under a key of its own."""
    folder = tmp_path_factory.mktemp("declarations")
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    yield store
    store.close()


@pytest.fixture(scope="module")
def served(store: Store) -> Iterator[Served]:
    with Served(store) as served:
        yield served


def with_key(served: Served, store: Store, *scopes: Scope, name: str = "hải quan") -> httpx.Client:
    return served.client(headers={"Authorization": f"Bearer {add_api_key(store, name, *scopes)}"})


def push(client: httpx.Client, *items: object) -> dict[str, Any]:
    answer = client.post("/api/v1/declarations", json={"items": items})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_item_is_judged_by_itself(store: Store, served: Served) -> None:
    """New, the same again, an older version, an edit without a version, and what is no declaration; in their order."""
    client = with_key(served, store, Scope.PUSH_DECLARATIONS)
    assert push(client, row(1), row(2, version=2))["new"] == 2
    edited = row(1, goods="xoài", updated_at="2026-05-04T09:00:00+07:00")
    said = push(client, row(1), row(2), edited, row(3, plate=None, phone=7), "no object", row(4))
    assert [(item["declaration_id"], item["verdict"]) for item in said["items"]] == [
        ("HN-000001", "known"),
        ("HN-000002", "older"),
        ("HN-000001", "aside"),
        (None, "aside"),
        (None, "aside"),
        ("HN-000004", "new"),
    ]
    assert {name: said[name] for name in ("new", "known", "older", "aside")} == {
        "new": 1,
        "known": 1,
        "older": 1,
        "aside": 3,
    }
    assert said["items"][3]["faults"] == [
        {"field": "plate", "expected": "a valid string", "came": "nothing"},
        {"field": "phone", "expected": "a valid string", "came": "(not shown)"},
    ]
    assert store.declarations.get("HN-000003") is None
    assert {letter.source for letter in store.dead_letters.list()} == {"platform push hải quan"}


def test_the_same_batch_twice_counts_once(store: Store, served: Served) -> None:
    """A client that did not see the answer sends again."""
    client = with_key(served, store, Scope.PUSH_DECLARATIONS)
    batch = [row(number) for number in range(11, 16)]
    push(client, *batch)
    events = store.events.latest_id()
    assert push(client, *batch)["known"] == 5
    assert store.events.latest_id() == events


def test_a_push_needs_its_own_scope(store: Store, served: Served) -> None:
    """A key that reads may not declare; nobody may without a key; and who declares need not see."""
    declares = with_key(served, store, Scope.PUSH_DECLARATIONS)
    reads = with_key(served, store, Scope.READ)
    assert reads.post("/api/v1/declarations", json={"items": [row(1)]}).status_code == 403
    assert served.client().post("/api/v1/declarations", json={"items": [row(1)]}).status_code == 401
    assert declares.get("/api/v1/declarations").status_code == 403


def test_a_question_that_is_none_is_refused_whole(store: Store, served: Served) -> None:
    """With 422, and nothing is kept."""
    client = with_key(served, store, Scope.PUSH_DECLARATIONS, name="nonsense")
    for body in ({}, {"items": []}, {"items": [row(1)] * 501}, {"items": [row(1)], "more": 1}, []):
        assert client.post("/api/v1/declarations", json=body).status_code == 422
    assert "push nonsense" not in {connector.name for connector in store.connectors.list()}


def test_signs_that_no_database_holds_cost_one_item(store: Store, served: Served) -> None:
    """Half a surrogate pair: wherever it stands, the rest of the batch is taken."""
    client = with_key(served, store, Scope.PUSH_DECLARATIONS)
    half = json.dumps([row(1, declaration_id="HN-\ud800"), row(21, goods="\ud800"), {"\ud800": 1}, row(22)])
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/declarations", content=f'{{"items": {half}}}', headers=headers)
    assert [item["verdict"] for item in answer.json()["items"]] == ["aside", "aside", "aside", "new"]


def test_what_names_a_person_is_in_no_answer(store: Store, served: Served) -> None:
    """Driver, document, phone, agent and officer come in, and do not come out of the API."""
    people = {
        "driver_name": "Nguyễn Văn Ví Dụ",
        "driver_document": "000000000001",
        "phone": "0900000000",
        "agent": "Trần Thị Ví Dụ",
    }
    said = {"force": "customs", "verdict": "confirmed", "at": "2026-05-04T09:00:00+07:00", "officer": "Lê Ví Dụ"}
    push(
        with_key(served, store, Scope.PUSH_DECLARATIONS),
        row(31, **people, confirmations=[said], seal="VN-0001", fee_paid=True),
    )
    reads = with_key(served, store, Scope.READ)
    answer = reads.get("/api/v1/declarations/HN-000031")
    assert (answer.json()["seal"], answer.json()["fee_paid"]) == ("VN-0001", True)
    assert answer.json()["confirmations"] == [
        {"force": "customs", "verdict": "confirmed", "at": "2026-05-04T02:00:00Z"}
    ]
    for address in ("declarations", "declarations/HN-000031"):
        text = reads.get(f"/api/v1/{address}").text
        assert not [value for value in (*people.values(), "Lê Ví Dụ") if value in text]
    kept = store.declarations.get("HN-000031")
    assert kept is not None
    assert (kept.driver_name, kept.phone, kept.confirmations[0].officer) == (
        "Nguyễn Văn Ví Dụ",
        "0900000000",
        "Lê Ví Dụ",
    )
    assert not [value for value in (*people.values(), "Lê Ví Dụ") if value in repr(kept)]


def test_connectors_and_files_are_seen(store: Store, served: Served) -> None:
    """Counts of each way in; a file half read; also for those who see no vehicles."""
    push(with_key(served, store, Scope.PUSH_DECLARATIONS, name="biên phòng"), row(41), {})
    with store.transaction(NOON) as transaction:
        store.connectors.failed(transaction, "folder", "folder", "the share is away")
        store.connectors.save_file(
            transaction, FileRecord("folder", "0" * 64, "a.csv", NOON, None, 700, Tally(500, 500, 0))
        )
    devices = with_key(served, store, Scope.READ_DEVICES)
    found = devices.get("/api/v1/connectors").json()["items"]
    mine = [one for one in found if one["name"] != "push hải quan"]
    assert [(one["name"], one["kind"], one["failure"], one["tally"]) for one in mine] == [
        ("folder", "folder", "the share is away", {"items": 0, "new": 0, "aside": 0}),
        ("push biên phòng", "push", "", {"items": 2, "new": 1, "aside": 1}),
    ]
    figures = devices.get("/metrics").text
    assert 'smartgate_connector_ok{connector="folder"} 0.0' in figures
    assert 'smartgate_connector_items{connector="push biên phòng",what="aside"} 1.0' in figures
    (file,) = devices.get("/api/v1/connectors/files").json()["items"]
    assert (file["name"], file["read_at"], file["rows"], file["tally"]["items"]) == ("a.csv", None, 700, 500)


def test_what_the_platform_is_told_is_seen(store: Store, served: Served) -> None:
    """By those who see traffic: it names plates."""
    told = {"declaration_id": "HN-000001", "state": "seen", "plate": "12C34567"}
    with store.transaction(NOON) as transaction:
        store.write_backs.queue(
            transaction, None, declaration_id="HN-000001", passage_id="p", passage_revision=0, payload=told
        )
    (item,) = with_key(served, store, Scope.READ).get("/api/v1/connectors/write-backs").json()["items"]
    assert (item["number"], item["payload"], item["accepted"], item["tries"]) == (1, told, None, 0)
    assert with_key(served, store, Scope.READ_DEVICES).get("/api/v1/connectors/write-backs").status_code == 403
