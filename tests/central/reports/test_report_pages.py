"""The reports pages: a manager makes, looks at, publishes and corrects; a shift is handed over and taken over."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from openpyxl import load_workbook

from central.reports.bulletin import day_of, day_span
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import Role
from contract.messages import Direction
from tests.central.made import birth, declared, passage

Visit = Callable[[Role], httpx.Client]
DAY = day_of(datetime.now(UTC)) - timedelta(days=1)
"""The last day that is over."""


def csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def fruit(store: Store) -> Store:
    """Three lorries of fruit yesterday morning, cleared on the way in."""
    at = day_span(DAY)[0] + timedelta(hours=12)
    sent = [passage(seq, f"12C3456{seq}", at=at + timedelta(minutes=seq)) for seq in range(1, 4)]
    declarations = [declared(f"12C-345.6{seq}", seq, at=at) for seq in range(1, 4)]
    with store.transaction(at) as transaction:
        store.nodes.report_status(transaction, birth())
        store.passages.save(transaction, *sent, late_after=timedelta(days=9))
        for one in declarations:
            store.declarations.save(transaction, one, payload="{}")
        outcomes = [
            OutcomeRecord(OutcomeKind.MATCHED, (), one.passage_id, paper.declaration_id, 0.99, at)
            for one, paper in zip(sent, declarations, strict=True)
        ]
        store.outcomes.revise(transaction, outcomes, ())
    return store


def make(client: httpx.Client, kind: str = "day") -> str:
    """A draft; its address."""
    token = csrf(client.get("/reports"))
    answer = client.post("/reports", data={"kind": kind, "day": DAY.isoformat(), "csrf": token})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def publish(client: httpx.Client, address: str, remark: str = "") -> httpx.Response:
    page = client.get(address)
    return client.post(f"{address}/publish", data={"remark": remark, "csrf": csrf(page)})


def test_a_manager_publishes_and_corrects(fruit: Store, visit: Visit) -> None:
    """Draft, bulletin, correction with its reason; what was published stays, numbers lead to passages; no day before its end."""
    manager = visit(Role.MANAGER)
    first = make(manager)
    page = manager.get(first)
    assert "BẢN NHÁP, CHƯA CÔNG BỐ" in page.text
    assert publish(manager, first).status_code == 303
    number = int(first.rsplit("/", 1)[1])
    before = fruit.reports.content(number)
    link = re.search(r'href="([^"]+cell=fruit)"[^>]*>3</a>', manager.get(first).text)
    assert link is not None
    behind = manager.get(link[1].replace("&amp;", "&"))
    assert behind.text.count('class="when"') == 3

    with fruit.transaction(datetime.now(UTC)) as transaction:
        late = passage(9, "12C99999", at=day_span(DAY)[0] + timedelta(hours=13))
        fruit.passages.save(transaction, late, late_after=timedelta(days=9))
    second = make(manager)
    refused = publish(manager, second)
    assert refused.status_code == 409
    assert "Hãy ghi rõ đính chính điều gì" in refused.text
    assert publish(manager, second, "thêm một xe đến muộn").status_code == 303
    assert "Đính chính lần 1: thêm một xe đến muộn" in manager.get(second).text
    assert fruit.reports.content(number) == before
    listed = manager.get("/reports").text
    assert first in listed
    assert second in listed
    again = manager.post(f"{second}/publish", data={"csrf": csrf(manager.get("/reports")), "remark": "x"})
    assert again.status_code == 409

    today = day_of(datetime.now(UTC)).isoformat()
    token = csrf(manager.get("/reports"))
    ongoing = manager.post("/reports", data={"kind": "day", "day": today, "csrf": token}).headers["location"]
    assert "kỳ báo cáo chưa hết" in manager.get(ongoing).text
    assert manager.post(f"{ongoing}/publish", data={"csrf": token}).status_code == 409


def test_papers_are_downloaded_in_each_language(fruit: Store, visit: Visit) -> None:
    """PDF and XLSX of a draft, with names that say what they are."""
    operator = visit(Role.OPERATOR)
    address = make(operator, "week")
    for language, title in (("vi", "BẢN TIN TUẦN"), ("en", "BULLETIN OF THE WEEK"), ("zh", "周报")):
        book = operator.get(f"{address}/xlsx?language={language}")
        assert "smartgate-week-" in book.headers["content-disposition"]
        sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
        assert title in sheet["A1"].value
    pdf = operator.get(f"{address}/pdf")
    assert pdf.status_code in (200, 503)  # 503: no fonts were made here
    assert pdf.status_code == 503 or pdf.content.startswith(b"%PDF")


def test_who_may_publish(fruit: Store, visit: Visit) -> None:
    """An operator looks at drafts; maintenance sees no report; a span that lies ahead is refused in words."""
    operator = visit(Role.OPERATOR)
    address = make(operator)
    token = csrf(operator.get("/reports"))
    assert operator.post(f"{address}/publish", data={"csrf": token}).status_code == 403
    assert "/publish" not in operator.get(address).text
    assert visit(Role.MAINTENANCE).get("/reports").status_code == 403
    ahead = operator.post("/reports", data={"kind": "day", "day": (DAY + timedelta(days=9)).isoformat(), "csrf": token})
    assert ahead.status_code == 409
    assert "Kỳ này chưa đến" in ahead.text
    assert operator.post("/reports", data={"kind": "year", "day": "x", "csrf": token}).status_code == 400
    assert operator.get("/reports/99").status_code == 404
    assert operator.get(f"{address}/passages?gate=nowhere&cell=fruit").status_code == 404


def test_a_shift_is_signed_by_two(fruit: Store, visit: Visit) -> None:
    """Kept as it was left; who left it cannot take it over; the other one signs once, with a remark."""
    outgoing, incoming = visit(Role.OPERATOR), visit(Role.MANAGER)
    begin = day_span(DAY)[0] + timedelta(hours=7)
    fields = {
        "since": f"{begin.astimezone(UTC) + timedelta(hours=7):%Y-%m-%dT%H:%M}",
        "until": f"{begin.astimezone(UTC) + timedelta(hours=19):%Y-%m-%dT%H:%M}",
        "notes": "Barie làn 2 kêu to.",
        "site": "",
    }
    token = csrf(outgoing.get("/reports"))
    address = outgoing.post("/shifts", data={**fields, "csrf": token}).headers["location"]
    page = outgoing.get(address)
    assert "Barie làn 2 kêu to." in page.text
    assert "Người khác phải ký nhận." in page.text
    assert outgoing.post(f"{address}/take", data={"csrf": token}).status_code == 409
    theirs = csrf(incoming.get(address))
    assert incoming.post(f"{address}/take", data={"csrf": theirs, "remark": "đã xem"}).status_code == 303
    assert incoming.post(f"{address}/take", data={"csrf": theirs}).status_code == 409
    signed = incoming.get(address).text
    assert "lan.manager" in signed
    assert "đã xem" in signed
    backwards = fields | {"since": fields["until"], "until": fields["since"], "csrf": token}
    assert outgoing.post("/shifts", data=backwards).status_code == 409
    assert outgoing.post("/shifts", data={**fields, "since": "soon", "csrf": token}).status_code == 400
    audit = [row.subject for row in fruit.audit.list().items]
    assert audit.count(f"shift {address.rsplit('/', 1)[1]}") == 2


def test_findings_and_doubts_lead_to_their_passages(store: Store, visit: Visit) -> None:
    """Vehicles without a declaration: the doubt counts them, and shows them."""
    at = day_span(DAY)[0] + timedelta(hours=12)
    with store.transaction(at) as transaction:
        store.nodes.report_status(transaction, birth())
        for seq in range(1, 13):
            one = passage(seq, None, at=at + timedelta(minutes=seq), direction=Direction.IN)
            store.passages.save(transaction, one, late_after=timedelta(days=9))
    operator = visit(Role.OPERATOR)
    address = make(operator)
    text = operator.get(address).text
    for kind in ("finding", "doubt"):
        link = re.search(rf'href="([^"]+passages\?{kind}=\d+)"', text)
        assert link is not None
        assert operator.get(link[1]).text.count('class="when"') == 12


def test_who_must_publish_is_told_of_a_draft(fruit: Store, visit: Visit) -> None:
    """On every page, at once, until it is published; an operator's page says nothing of it, but of a shift to take over."""
    manager, operator = visit(Role.MANAGER), visit(Role.OPERATOR)
    assert "to_publish" not in manager.get("/traffic").text
    first = make(manager)
    told = re.search(r'<a class="figure to_publish" href="([^"]+)"[^>]*>.*?<span>([^<]+)</span>', manager.get("/").text)
    assert told is not None
    assert (told[1], told[2]) == ("/reports#drafts", "1 báo cáo chờ công bố")
    assert "publishes" in body_class(manager)
    assert "publishes" not in body_class(operator)
    publish(manager, first)
    assert "to_publish" not in manager.get("/").text
    since = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    until = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    token = csrf(operator.get("/reports"))
    form = {"site": "huu-nghi", "since": since, "until": until, "notes": "", "csrf": token}
    assert operator.post("/shifts", data=form).status_code == 303
    assert "1 ca chờ nhận" in manager.get("/").text


def body_class(client: httpx.Client) -> str:
    found = re.search(r'<body class="([^"]*)"', client.get("/traffic").text)
    assert found is not None
    return found[1]


def test_a_stock_leads_to_what_it_is_made_of(fruit: Store, visit: Visit) -> None:
    """What was carried over, came and left, each with its vehicles; what people counted, and what nothing explains."""
    since, until = day_span(DAY)
    for at, vehicles in ((since, 30), (until, 35)):
        with fruit.transaction(at) as transaction:
            fruit.surge.add_count(transaction, "huu-nghi", vehicles, at=at, actor="lan")
    manager = visit(Role.MANAGER)
    address = make(manager)
    link = re.search(r'href="(/reports/\d+/stock\?gate=huu-nghi)"[^>]*>33</a>', manager.get(address).text)
    assert link is not None
    books = manager.get(link[1]).text
    numbers = re.findall(r'<td class="n[^"]*">(?:<a[^>]*>)?([+−-]?\d+)', books)
    assert numbers == ["30", "3", "0", "33", "35", "+2", "+2"]
    came = re.search(r'href="([^"]+direction=in)">3</a>', books)
    assert came is not None
    assert manager.get(came[1].replace("&amp;", "&")).text.count('class="when"') == 3
    assert manager.get(f"{address}/stock?gate=nowhere").status_code == 404
