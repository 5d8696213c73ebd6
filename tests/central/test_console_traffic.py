"""The page of yards and traffic, as a person of each role uses it, and its paper."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest

from central.console.words import LANGUAGES, words_of
from central.store import Store
from central.store.records import Role
from central.traffic.flow import DoubtReason
from central.traffic.observations import Source
from central.traffic.surge_plan import Trigger, Who
from central.traffic.what_if import Assumption
from contract.messages import BarrierEvent, Direction
from tests.central.made import birth
from tests.central.traffic.house import drive, keeper, stream

HOUR = timedelta(hours=1)
VIETNAM = timezone(timedelta(hours=7))
Visit = Callable[[Role], httpx.Client]


@pytest.fixture
def gate(store: Store) -> Store:
    """A gate with a lane that some vehicles came in by."""
    now = datetime.now(UTC)
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
    drive(store, *stream(Direction.IN, 8, since=now - 3 * HOUR, until=now - HOUR))
    keeper(store).step(now)
    return store


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def forms(page: str, action: str) -> list[dict[str, str]]:
    """What the forms with that action carry already."""
    found = re.findall(rf'<form method="post" action="{action}">(.*?)</form>', page, re.DOTALL)
    return [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)) for form in found]


def test_every_word_of_traffic_stands_in_the_catalogue() -> None:
    """Whatever the program can say, the pages can say in three languages."""
    needed = {
        "doubt": DoubtReason,
        "counter": Source,
        "trigger": Trigger,
        "trigger_said": Trigger,
        "assumption": Assumption,
        "who": Who,
    }
    for language in LANGUAGES:
        keys = words_of(language).keys
        missing = [f"{name}.{word.value}" for name, words in needed.items() for word in words]
        assert [key for key in missing if key not in keys] == []


def test_an_operator_counts_and_sees_the_books(gate: Store, visit: Visit) -> None:
    """Unknown at first; the count stands with its author; the stock is linked to the vehicles behind it."""
    client = visit(Role.OPERATOR)
    page = client.get("/traffic").text
    assert "chưa rõ" in page
    sent = {"site": "huu-nghi", "vehicles": "412", "note": "giao ca", "csrf": csrf(page)}
    assert client.post("/traffic/counts", data=sent).status_code == 303
    now = datetime.now(UTC)
    drive(gate, *stream(Direction.IN, 3, since=now, until=now + timedelta(milliseconds=3)))
    page = html.unescape(client.get("/traffic?site=huu-nghi").text)
    assert "412 xe do lan.operator đếm" in page
    assert re.search(r'href="/passages\?site=huu-nghi&direction=in&since=[^"]+">\+ 3</a>', page)
    wrong = client.post("/traffic/counts", data=sent | {"vehicles": "nhiều"})
    assert (wrong.status_code, "Số xe phải từ 0 đến" in wrong.text) == (400, True)
    (withdraw,) = forms(page, r"/traffic/counts/\d+/withdraw")
    number = re.search(r"/traffic/counts/(\d+)/withdraw", page)
    assert number is not None
    client.post(f"/traffic/counts/{number[1]}/withdraw", data=withdraw)
    assert "lan.operator rút lại" in client.get("/traffic?site=huu-nghi").text


def test_the_playbook_is_ticked_and_the_head_shows_the_level(gate: Store, visit: Visit) -> None:
    """What people say raises the level; each action is ticked once, by name; an old page is told that it is old."""
    client = visit(Role.OPERATOR)
    token = {"csrf": csrf(client.get("/traffic").text), "site": "huu-nghi"}
    client.post("/traffic/statements", data=token | {"kind": "queue_on_road", "hours": "4", "note": "km 12"})
    page = client.get("/traffic").text
    assert "Ùn tắc" in page
    assert "figure surge l3" in page
    actions = forms(page, "/traffic/playbook")
    assert len(actions) == 4
    assert client.post("/traffic/playbook", data=actions[1]).status_code == 303
    page = client.get("/traffic").text
    assert len(forms(page, "/traffic/playbook")) == 3
    assert "lan.operator ·" in page
    (undo,) = forms(page, r"/traffic/playbook/\d+/undo")
    assert undo["csrf"] == token["csrf"]
    client.post("/traffic/statements", data=token | {"kind": "china_stopped", "hours": "4"})
    page = client.get("/traffic").text
    assert "Cán bộ báo phía Trung Quốc không nhận xe." in page
    assert "Cán bộ báo xe xếp hàng trên quốc lộ. Chỉ đòi cấp 3." in page  # it still stands, and is not the reason
    late = client.post("/traffic/playbook", data=actions[0])
    assert (late.status_code, "Cấp đã đổi" in late.text) == (400, True)


def test_a_doubted_hour_is_told_in_words_with_a_link(gate: Store, visit: Visit) -> None:
    """Which counter, why, how many, and the vehicles of that hour."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 4 * HOUR
    opened = (BarrierEvent(at=hour, event="opened"), *[BarrierEvent(at=hour, event="tailgated")] * 4)
    drive(gate, *stream(Direction.OUT, 4, since=hour, until=hour + HOUR, barrier=opened, plate=None))
    keeper(gate).step(datetime.now(UTC))
    page = html.unescape(visit(Role.MANAGER).get("/traffic").text)
    assert "các bộ đếm chia phe" in page
    assert f"lane=out-1&direction=out&since={hour.astimezone(VIETNAM):%Y-%m-%dT%H}%3A00" in page


def test_who_looks_after_cameras_sees_no_traffic(gate: Store, visit: Visit) -> None:
    """And nobody's form is taken without the token of the login."""
    assert visit(Role.MAINTENANCE).get("/traffic").status_code == 403
    client = visit(Role.OPERATOR)
    assert client.post("/traffic/counts", data={"site": "huu-nghi", "vehicles": "1"}).status_code == 403


def test_the_paper_holds_the_level_and_its_playbook(gate: Store, visit: Visit) -> None:
    """As PDF, in the language of the page."""
    client = visit(Role.MANAGER)
    answer = client.get("/traffic/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")


def test_another_plan_is_looked_at_before_it_counts(gate: Store, visit: Visit) -> None:
    """What is wrong is said; what would change is shown; then it applies, and the log knows before and after."""
    operator, manager = visit(Role.OPERATOR), visit(Role.MANAGER)
    assert "/traffic/plan/check" not in operator.get("/traffic/plan").text
    token = {"csrf": csrf(manager.get("/traffic/plan").text)}
    text = manager.get("/traffic/plan/file").text

    def check(plan: str) -> httpx.Response:
        return manager.post("/traffic/plan/check", data=token, files={"file": ("plan.toml", plan.encode())})

    wrong = check(text.replace("stock = 700", "stock = 400"))
    assert (wrong.status_code, "rise from level to level" in wrong.text) == (400, True)
    new = text.replace("version = 1", "version = 2").replace("huu-nghi = 450", "huu-nghi = 500")
    shown = check(new)
    assert shown.status_code == 200
    assert re.search(r"capacities\.huu-nghi.*?450.*?500", shown.text, re.DOTALL)
    assert operator.post("/traffic/plan", data={"csrf": "x", "text": new}).status_code == 403
    assert manager.post("/traffic/plan", data=token | {"text": text}).status_code == 400  # the version was not raised
    assert manager.post("/traffic/plan", data=token | {"text": new}).status_code == 303
    page = manager.get("/traffic/plan").text
    assert "lan.manager đưa vào" in page
    (row,) = gate.audit.list(about="surge plan").items
    assert row.before is not None
    assert row.after is not None
    assert (row.before["capacities.huu-nghi"], row.after["capacities.huu-nghi"]) == ("450", "500")
