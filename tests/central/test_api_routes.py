"""The API as a program meets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from central.auth import add_api_key, ensure_first_admin, set_login
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import Role
from contract.messages import Cancellation, Direction, HealthLevel, HealthReason, TimeQuality
from tests.central.made import NOON, SCOPES_OF, birth, declared, evidence, health, passage, stamp
from tests.central.served import Served

PASSWORD = "a made-up password"
JPEG = b"\xff\xd8 made up \xff\xd9"
LATE = timedelta(minutes=5)


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    with Served(store) as served:
        yield served.client()


@pytest.fixture
def operator(client: httpx.Client, store: Store) -> httpx.Client:
    client.headers["Authorization"] = f"Bearer {add_api_key(store, 'tests', *SCOPES_OF[Role.OPERATOR])}"
    return client


@pytest.fixture
def maintenance(client: httpx.Client, store: Store) -> httpx.Client:
    client.headers["Authorization"] = f"Bearer {add_api_key(store, 'tests', *SCOPES_OF[Role.MAINTENANCE])}"
    return client


@pytest.fixture
def seen(store: Store) -> None:
    """Three passages: a matched one with its picture, one to review on its way out, one at another gate."""
    with store.transaction(NOON) as transaction:
        store.nodes.report_status(transaction, birth())
        store.cameras.report(transaction, health(HealthLevel.FAILED, reason=HealthReason.FROZEN))
        first = passage(1, at=NOON, jpegs=(JPEG,))
        store.passages.save(transaction, first, late_after=LATE)
        store.evidence.save(transaction, evidence(2, first, JPEG))
        out = passage(3, "桂F12345", at=NOON + timedelta(minutes=1), lane="out-1", direction=Direction.OUT)
        store.passages.save(transaction, out, late_after=LATE)
        away = passage(4, None, at=NOON + timedelta(minutes=2), site="tan-thanh", node="tan-thanh-1")
        store.passages.save(transaction, away, late_after=LATE)
        store.declarations.save(transaction, declared(), payload="{}")
        exact = Reason(ReasonCode.PLATE_EXACT, {"read": "12C34567", "declared": "12C34567"})
        near = Reason(ReasonCode.LOW_CONFIDENCE, {"confidence": 0.5, "required": 0.9})
        store.outcomes.revise(
            transaction,
            [
                OutcomeRecord(OutcomeKind.MATCHED, (exact,), first.passage_id, "HN-000001", 0.98, NOON),
                OutcomeRecord(OutcomeKind.TO_REVIEW, (near,), out.passage_id, None, 0.0, NOON),
            ],
        )


def plates(answer: Any) -> list[str | None]:
    return [item["plate"]["text"] if item["plate"] else None for item in answer.json()["items"]]


def test_healthz_needs_no_login(client: httpx.Client) -> None:
    """A supervisor asks without a key."""
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "path",
    ["passages", "declarations", "cameras", "nodes", "lanes", "dead-letters", "stream", "me", "evidence/" + "0" * 64],
)
def test_nothing_without_a_login(client: httpx.Client, path: str) -> None:
    """401 in words, with the way to log in."""
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert "log in" in answer.json()["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["passages", "declarations", "evidence/" + "0" * 64])
def test_maintenance_sees_no_traffic(maintenance: httpx.Client, seen: None, path: str) -> None:
    """Plates and pictures of vehicles are not for those who look after cameras."""
    answer = maintenance.get(f"/api/v1/{path}")
    assert answer.status_code == 403
    assert "devices:read" in answer.json()["detail"]
    (lane,) = maintenance.get("/api/v1/lanes").json()["items"]
    assert lane["latest"] is None


def test_login_gives_a_cookie_and_a_token(client: httpx.Client, store: Store) -> None:
    """The token works as bearer, the cookie by itself; the cookie is out of reach of scripts."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    answer = client.post("/api/v1/login", json={"user": "lan", "password": PASSWORD})
    assert answer.status_code == 200
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/api/v1/me").json()["name"] == "lan"
    client.cookies.clear()
    assert client.get("/api/v1/me").status_code == 401
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert client.get("/api/v1/me", headers=bearer).json()["rights"] == [
        "traffic",
        "export",
        "devices",
        "decide",
        "evidence",
        "lanes",
        "yards",
    ]
    assert client.post("/api/v1/logout", headers=bearer).status_code == 204
    assert client.get("/api/v1/me", headers=bearer).status_code == 401


def test_wrong_password_and_too_many(client: httpx.Client, store: Store) -> None:
    """401 for a wrong password; 429 with the time to wait for too many."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    codes = [client.post("/api/v1/login", json={"user": "lan", "password": "x"}).status_code for _ in range(5)]
    assert codes == [401] * 5
    answer = client.post("/api/v1/login", json={"user": "lan", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_one_time_password_opens_nothing(client: httpx.Client, store: Store) -> None:
    """Until it is changed, the API answers 403 and says where to change it."""
    password = ensure_first_admin(store)
    client.post("/api/v1/login", json={"user": "admin", "password": password})
    answer = client.get("/api/v1/passages")
    assert answer.status_code == 403
    assert "/account" in answer.json()["detail"]
    assert client.get("/api/v1/me").json()["must_change_password"] is True


def test_writes_from_another_site_are_refused(client: httpx.Client, store: Store) -> None:
    """A page elsewhere cannot make a browser log in or out here."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    body = {"user": "lan", "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert client.post("/api/v1/login", json=body, headers=headers).status_code == 403
    same = {"Origin": str(client.base_url).rstrip("/")}
    assert client.post("/api/v1/login", json=body, headers=same).status_code == 200


def test_passage_says_all_that_a_reader_needs(operator: httpx.Client, seen: None) -> None:
    """Plate as read and as people write it, region in three languages, outcome with reasons, picture's address."""
    (item,) = operator.get("/api/v1/passages", params={"outcome": "to_review"}).json()["items"]
    assert item["plate"]["formatted"] == "桂F·12345"
    assert item["plate"]["latin"] == "GUI-F12345"
    assert item["plate"]["region"]["vi"] == "Quảng Tây / Sùng Tả"
    assert item["outcome"]["reasons"] == [{"code": "low_confidence", "values": {"confidence": 0.5, "required": 0.9}}]
    (matched,) = operator.get("/api/v1/passages", params={"outcome": "matched"}).json()["items"]
    assert matched["outcome"]["declaration_id"] == "HN-000001"
    (picture,) = matched["evidence"]
    assert picture["present"] is True
    assert operator.get(picture["url"]).content == JPEG
    assert operator.get(f"/api/v1/passages/{matched['passage_id']}").json() == matched


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [None, "桂F12345", "12C34567"]),
        ({"site": "huu-nghi"}, ["桂F12345", "12C34567"]),
        ({"direction": "out"}, ["桂F12345"]),
        ({"lane": "in-1"}, [None, "12C34567"]),
        ({"plate": "GUI F12345"}, ["桂F12345"]),
        ({"plate": "345.67"}, ["12C34567"]),
        ({"since": "2026-05-04T05:00:30Z", "until": "2026-05-04T05:02:00Z"}, ["桂F12345"]),
        ({"plate": "99Z"}, []),
    ],
)
def test_passages_by_filter(
    operator: httpx.Client, seen: None, filters: dict[str, str], expected: list[str | None]
) -> None:
    """Newest first, and only what was asked for."""
    assert plates(operator.get("/api/v1/passages", params=filters)) == expected


def test_pages_of_a_list(operator: httpx.Client, seen: None) -> None:
    """Each item comes once, in order, until there is no further page."""
    found: list[str | None] = []
    cursor: str | None = None
    while True:
        params = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        answer = operator.get("/api/v1/passages", params=params)
        found += plates(answer)
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert found == [None, "桂F12345", "12C34567"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("passages?cursor=nonsense", 400),
        ("declarations?cursor=nonsense", 400),
        ("passages?limit=0", 422),
        ("passages?since=2026-05-04T05:00:30", 422),
        ("passages?outcome=perhaps", 422),
        ("passages/00000000-0000-0000-0000-000000000000", 404),
        ("declarations/HN-999999", 404),
        ("cameras/huu-nghi/huu-nghi-1/none", 404),
        ("cameras/huu-nghi/huu-nghi-1/none/picture", 404),
        ("evidence/" + "0" * 64, 404),
        ("evidence/..%2F..%2Fcentral.db", 404),
        ("nothing-here", 404),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(operator: httpx.Client, seen: None, path: str, status: int) -> None:
    """Bad input gets a clear error, never a failure."""
    answer = operator.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_picture_is_fetched_once(operator: httpx.Client, seen: None) -> None:
    """A picture never changes, so a browser keeps it."""
    (item,) = operator.get("/api/v1/passages", params={"outcome": "matched"}).json()["items"]
    url = item["evidence"][0]["url"]
    first = operator.get(url)
    assert "immutable" in first.headers["cache-control"]
    assert operator.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_declarations_with_their_outcome(operator: httpx.Client, seen: None) -> None:
    """A declaration names the passage that came for it."""
    (item,) = operator.get("/api/v1/declarations", params={"plate": "12C345", "gate": "huu-nghi"}).json()["items"]
    assert item["outcome"]["outcome"] == "matched"
    assert item["goods"] == "thanh long"
    assert operator.get("/api/v1/declarations/HN-000001").json() == item


def test_cameras_nodes_and_lanes(operator: httpx.Client, seen: None) -> None:
    """Level, reason and picture of a camera; the node's software; the lane's latest passage."""
    (camera,) = operator.get("/api/v1/cameras").json()["items"]
    assert (camera["level"], camera["reason"]) == ("failed", "frozen")
    assert operator.get(camera["picture_url"]).content == b"\xff\xd8\xff\xd9"
    assert operator.get("/api/v1/cameras/huu-nghi/huu-nghi-1/in-1-front").json() == camera
    (node,) = operator.get("/api/v1/nodes").json()["items"]
    assert node["software"] == "0.1.0"
    (lane,) = operator.get("/api/v1/lanes", params={"site": "huu-nghi"}).json()["items"]
    assert lane["latest"]["plate"]["text"] == "12C34567"
    assert operator.get("/api/v1/cameras", params={"site": "elsewhere"}).json()["items"] == []


def test_metrics_for_a_supervisor(maintenance: httpx.Client, seen: None) -> None:
    """Prometheus reads which camera is sick, with a key."""
    text = maintenance.get("/metrics").text
    assert 'smartgate_camera_ok{camera="in-1-front",node="huu-nghi-1",site="huu-nghi"} 0.0' in text


def test_documentation_names_every_address(client: httpx.Client) -> None:
    """The OpenAPI document has all of the API and none of the pages; /docs shows it with our own copies of scripts."""
    paths = client.get("/api/openapi.json").json()["paths"]
    for name in ("passages", "declarations", "cameras", "nodes", "lanes", "stream", "evidence/{sha256}", "me", "login"):
        assert f"/api/v1/{name}" in paths
    assert all(path.startswith("/api/v1/") or path in {"/healthz", "/metrics"} for path in paths)
    page = client.get("/docs").text
    assert "/static/vendor/swagger-ui-bundle.js" in page


def test_a_cancelled_passage_says_why(operator: httpx.Client, store: Store, seen: None) -> None:
    """And it is found by what became of it."""
    with store.transaction(NOON) as transaction:
        message = passage(9, at=NOON, cancelled=Cancellation.REVERSED_OUT)
        store.passages.save(transaction, message, late_after=LATE)
        reason = Reason(ReasonCode.REVERSED_OUT, {"direction": "in"})
        outcome = OutcomeRecord(OutcomeKind.CANCELLED, (reason,), message.passage_id, None, 0.0, NOON)
        store.outcomes.revise(transaction, [outcome])
    (item,) = operator.get("/api/v1/passages", params={"outcome": "cancelled"}).json()["items"]
    assert item["cancelled"] == "reversed_out"
    assert item["outcome"]["reasons"] == [{"code": "reversed_out", "values": {"direction": "in"}}]
    (first,) = operator.get("/api/v1/passages", params={"outcome": "matched"}).json()["items"]
    assert first["cancelled"] is None


def test_what_was_put_aside_is_shown_with_its_reason(client: httpx.Client, store: Store) -> None:
    """Whose it was, why and how often; its content only for those who may see plates."""
    bad = Packet("smartgate/v1/huu-nghi/huu-nghi-1/passage", b'{"plate": "12C34567", "x": "\xff"}')
    for _ in range(2):
        Intake(store, late_after_s=300).take([bad], NOON)

    def shown_to(role: Role) -> dict[str, Any]:
        key = {"Authorization": f"Bearer {add_api_key(store, role.value, *SCOPES_OF[role])}"}
        (shown,) = client.get("/api/v1/dead-letters", headers=key).json()["items"]
        return shown

    shown = shown_to(Role.OPERATOR)
    assert (shown["source"], shown["count"]) == (bad.topic, 2)
    assert "12C34567" in shown["payload"]
    assert "no Passage" in shown["reason"]
    shown = shown_to(Role.MAINTENANCE)
    assert (shown["source"], shown["count"], shown["payload"]) == (bad.topic, 2, None)
    assert "12C34567" not in json.dumps(shown)


@pytest.mark.parametrize(("quality", "hours_ahead"), [(TimeQuality.UNSET, -5), (TimeQuality.SYNCED, 5)])
def test_a_clock_that_is_not_believed_is_corrected_beside_what_it_said(
    operator: httpx.Client, store: Store, quality: TimeQuality, hours_ahead: int
) -> None:
    """`seen_at` is when central heard of it; `first_seen_at` stays as the node told it."""
    told_at = NOON + timedelta(hours=hours_ahead)
    with store.transaction(NOON) as transaction:
        store.passages.save(transaction, passage(1, at=told_at, stamp=stamp(told_at, quality)), late_after=LATE)
    (item,) = operator.get("/api/v1/passages").json()["items"]
    assert datetime.fromisoformat(item["seen_at"]) == NOON
    assert datetime.fromisoformat(item["first_seen_at"]) == told_at
