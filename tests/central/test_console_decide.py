"""The page where people decide, as a browser without scripts and its script meet it; and the API of the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.auth import add_api_key
from central.console.accuracy import confused, shares, wilson
from central.console.words import LANGUAGES
from central.store import Store
from central.store.decision_records import DecisionKind, ReadCheck
from central.store.outcome_records import OutcomeKind
from central.store.records import Role, Scope
from tests.central.decision_house import FIRST, SECOND, House, doubtful
from tests.central.made import NOON, declared, passage
from tests.central.served import Served

JSON = {"Accept": "application/json"}


@pytest.fixture
def house(store: Store) -> House:
    """Two vehicles wait: one whose plate differs from the one declared, one that nobody declared."""
    house = House(store)
    house.now = datetime.now(UTC).replace(microsecond=0)
    house.declares(declared("12C-345.68", at=house.now))
    house.comes(doubtful(1, "12C34567", 0.9).model_copy(update={"first_seen_at": house.now, "last_seen_at": house.now}))
    house.comes(passage(2, "29H99999", at=house.now))
    house.later()
    assert house.queue() == [SECOND, FIRST]
    return house


def form(page: str, **more: object) -> dict[str, object]:
    """What the form of the case carries."""
    csrf, version = (re.search(rf'data-{name}="([^"]*)"', page) for name in ("csrf", "version"))
    assert csrf
    assert version
    return {"csrf": csrf[1], "version": version[1], **more}


def test_the_worst_case_is_open_and_says_why(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """In all three languages: the queue with its ranks, the read, candidates with what differs, and the title."""
    lan = visit(Role.OPERATOR)
    for language in LANGUAGES:
        lan.cookies.set("language", language)
        page = lan.get("/decide").text
        assert f'data-passage="{SECOND}"' in page
        assert page.index(f'data-case="{SECOND}"') < page.index(f'data-case="{FIRST}"')
        other = lan.get(f"/decide?case={FIRST}").text
        candidate = other[other.index('class="candidate"') :]
        assert 'data-candidate="1"' in candidate
        assert '<span class="c differs"><b>8</b></span>' in candidate
        assert 'data-unconfirmed="choose_first"' in other
        assert lan.get(f"/passages/{FIRST}").status_code == 200
    assert 'data-to-decide="2"' in lan.get("/summary").text


def test_without_scripts_a_decision_leads_to_the_next_case(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """The form alone decides; the next case is open, and says what was noted; the passage keeps who and why."""
    lan = visit(Role.OPERATOR)
    sent = form(lan.get("/decide").text, act="confirm", why="seen at the booth")
    answer = lan.post(f"/decide/cases/{SECOND}", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/decide?said=confirm")
    assert f'data-passage="{FIRST}"' in lan.get(answer.headers["location"]).text
    page = lan.get(f"/passages/{SECOND}").text
    assert "seen at the booth" in page
    assert "lan.operator" in page
    refused = lan.post(f"/decide/cases/{FIRST}", data=form(lan.get("/decide").text, act="correct", plate="?"))
    assert refused.status_code == 400
    assert lan.post(f"/decide/cases/{FIRST}", data={"act": "reject", "version": 0}).status_code == 403, "no token"


def test_of_two_browsers_the_second_hears_who_was_first(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """On the page and by script; before that each sees that the other is there."""
    lan, minh = visit(Role.OPERATOR), visit(Role.MANAGER)
    assert lan.get("/decide/here", params={"tab": "tab-of-lan", "case": str(FIRST)}, headers=JSON).json() == {}
    there = minh.get("/decide/here", params={"tab": "tab-of-minh", "case": str(FIRST)}, headers=JSON).json()
    assert there == {str(FIRST): ["lan.operator"]}
    mine, theirs = (form(one.get(f"/decide?case={FIRST}").text) for one in (lan, minh))
    done = lan.post(f"/decide/cases/{FIRST}", data={**mine, "act": "link HN-000001"}, headers=JSON)
    assert (done.status_code, done.json()["version"]) == (200, 1)
    assert (
        lan.post(f"/decide/cases/{FIRST}", data={**mine, "act": "link HN-000001"}, headers=JSON).json() == done.json()
    )
    late = minh.post(f"/decide/cases/{FIRST}", data={**theirs, "act": "reject"}, headers=JSON)
    assert late.status_code == 409
    assert "lan.operator" in late.json()["problem"]
    page = minh.post(f"/decide/cases/{FIRST}", data={**theirs, "act": "reject"})
    assert page.status_code == 409
    assert late.json()["problem"] in page.text
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")


def test_maintenance_decides_nothing_and_sees_nothing(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """Plates are not for those who look after cameras."""
    minh = visit(Role.MAINTENANCE)
    for path in ("/decide", f"/decide/cases/{FIRST}", "/decide/list", "/decide/accuracy"):
        assert minh.get(path).status_code == 403, path
    assert minh.post(f"/decide/cases/{FIRST}", data={"act": "reject"}).status_code == 403


def test_another_declaration_can_be_looked_up(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """By a part of its plate, with keys behind those of the candidates."""
    lan = visit(Role.OPERATOR)
    house.declares(declared("51D-777.12", 7, at=house.now))
    found = lan.get(f"/decide/cases/{FIRST}/declarations", params={"plate": "777"}).text
    assert 'value="link HN-000007" data-candidate="4"' in found
    assert "candidate" not in lan.get(f"/decide/cases/{FIRST}/declarations", params={"plate": "00000"}).text


def test_the_api_decides_as_the_page_does(house: House) -> None:
    """The queue with ranks, a decision, its repetition, an undo, and refusals in words."""
    with Served(house.store) as served:
        key = add_api_key(house.store, "customs", Scope.DECIDE)
        api = served.client(headers={"Authorization": f"Bearer {key}"})
        queue = api.get("/api/v1/queue").json()["items"]
        assert [(item["passage_id"], item["harm_of"]) for item in queue] == [
            (str(SECOND), "undeclared"),
            (str(FIRST), "to_review"),
        ]
        path = f"/api/v1/passages/{FIRST}/decisions"
        first = api.post(path, json={"kind": "correct", "version": 0, "plate": "12C-345.68"})
        assert first.status_code == 200
        assert (first.json()["plate"], first.json()["read"], first.json()["by"]) == ("12C34568", "12C34567", "customs")
        again = api.post(path, json={"kind": "correct", "version": 0, "plate": "12C34568"})
        assert again.json() == first.json()
        other = api.post(path, json={"kind": "reject", "version": 0})
        assert other.status_code == 409
        assert "customs decided first" in other.json()["detail"]
        assert api.post(path, json={"kind": "undo", "version": 1}).json()["undoes"] == 1
        assert [one["kind"] for one in api.get(path).json()["items"]] == ["correct", "undo"]
        unknown = api.post(path, json={"kind": "link", "version": 2, "declaration_id": "HN-9"})
        assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("right", "checked", "low", "high"),
    [(9, 10, 0.596, 0.982), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (95, 100, 0.888, 0.978)],
)
def test_the_interval_is_that_of_wilson(right: int, checked: int, low: float, high: float) -> None:
    """Against values worked out by hand."""
    assert wilson(right, checked) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


@given(checked=st.integers(1, 10**6), data=st.data())
def test_the_share_lies_in_its_interval(checked: int, data: st.DataObject) -> None:
    """For any count; and the interval in 0 to 1."""
    right = data.draw(st.integers(0, checked))
    low, high = wilson(right, checked)
    assert 0.0 <= low <= right / checked <= high <= 1.0


def test_accuracy_counts_what_was_compared(house: House, visit: Callable[[Role], httpx.Client]) -> None:
    """Confirmed, corrected and unreadable reads by lane, camera and week; what was taken back does not count."""
    checks = [
        ReadCheck("huu-nghi", "in-1", "in-1-front", NOON, "12C34567", "12C34567"),
        ReadCheck("huu-nghi", "in-1", "in-1-front", NOON, "12C34567", "12C34561"),
        ReadCheck("huu-nghi", "in-1", "in-1-front", NOON, "12C34567", None),
        ReadCheck("huu-nghi", "in-2", "in-2-front", NOON, None, "12C34567"),
    ]
    (lane,) = shares(checks, lambda one: (one.lane,))
    assert (lane.name, lane.checked, lane.right, lane.corrected, lane.unreadable) == (("in-1",), 3, 1, 1, 1)
    assert confused(checks) == [("7", "1", 1)]
    house.desk.decide(SECOND, DecisionKind.CONFIRM, version=0, actor="lan")
    house.desk.decide(FIRST, DecisionKind.CORRECT, version=0, actor="lan", plate="12C34561")
    lan = visit(Role.OPERATOR)
    page = lan.get("/decide/accuracy").text
    assert re.findall(r"<td>(\d+)</td><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td>", page)[0] == ("2", "1", "1", "0")
    house.desk.undo(FIRST, version=1, actor="lan")
    page = lan.get("/decide/accuracy").text
    assert re.findall(r"<td>(\d+)</td><td>(\d+)</td><td>(\d+)</td><td>(\d+)</td>", page)[0] == ("1", "1", "0", "0")
