"""Reports for programs: listed, read, drawn; what waits, and what makes itself next."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from openpyxl import load_workbook

from central.auth import add_api_key
from central.reports.bulletin import day_of, day_span
from central.reports.compose import Composer
from central.reports.desk import ReportDesk
from central.reports.schedule import next_due
from central.reports.settings import ReportSettings
from central.store import Store
from central.store.records import Scope
from central.store.report_records import ReportKind
from central.traffic.settings import TrafficSettings
from contract.messages import Direction
from tests.central.made import birth
from tests.central.served import Served
from tests.central.traffic.house import count_yard, drive, vehicle

DAY = day_of(datetime.now(UTC)) - timedelta(days=1)
"""The last day that is over."""
SINCE, UNTIL = day_span(DAY)
HOUR = timedelta(hours=1)


def desk(store: Store) -> ReportDesk:
    return ReportDesk(Composer(store, ReportSettings(), TrafficSettings(), 7.0))


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    """Three lorries went in and one out; the yards were counted before and after."""
    with store.transaction(SINCE) as transaction:
        store.nodes.report_status(transaction, birth())
    count_yard(store, 40, at=SINCE)
    drive(store, *[vehicle(Direction.IN, SINCE + number * HOUR) for number in (2, 3, 4)])
    drive(store, vehicle(Direction.OUT, SINCE + 5 * HOUR, plate="29H12345"))
    count_yard(store, 41, at=UNTIL)
    with Served(store) as served:
        yield served


def program(served: Served, store: Store, *scopes: Scope) -> httpx.Client:
    client = served.client(headers={"Authorization": f"Bearer {add_api_key(store, 'board', *scopes)}"})
    client.base_url = httpx.URL(f"{served.url}/api/v1/")
    return client


def test_a_program_reads_the_bulletin(served: Served, store: Store) -> None:
    """The Board's table, the stock and what was found, in the language asked for; what was not changed costs nothing."""
    number = desk(store).draft(ReportKind.DAY, DAY, actor="").report_id
    client = program(served, store, Scope.READ)
    answer = client.get(f"reports/{number}", params={"language": "en"})
    told = answer.json()
    rows = {(row["gate"], row["direction"]): row["counts"] for row in told["board"]}
    assert (rows["huu-nghi", "in"]["unknown"], rows["huu-nghi", "out"]["unknown"], rows["", None]["unknown"]) == (
        3,
        1,
        4,
    )
    stock = next(row for row in told["stocks"] if row["gate"] == "huu-nghi")
    assert (stock["carried_over"], stock["came"], stock["left"], stock["stock"], stock["counted"]) == (40, 3, 1, 42, 41)
    said = [one["what"]["said"] for one in told["findings"]]
    assert any("41 vehicles" in one and "42 vehicles" in one for one in said), said
    assert told["number"] is None
    assert told["title"].upper().startswith("BULLETIN")
    assert client.get(f"reports/{number}").json()["title"] != told["title"], "Vietnamese unless asked otherwise"
    again = client.get(
        f"reports/{number}", params={"language": "en"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("paper", "begins"), [("pdf", b"%PDF"), ("xlsx", b"PK")])
def test_papers_are_drawn_once(served: Served, store: Store, paper: str, begins: bytes) -> None:
    """Asked again with its tag it is not drawn again; published it is another paper."""
    number = desk(store).draft(ReportKind.DAY, DAY, actor="").report_id
    client = program(served, store, Scope.READ)
    first = client.get(f"reports/{number}/{paper}", params={"language": "en"})
    assert first.content.startswith(begins)
    tag = {"If-None-Match": first.headers["etag"]}
    assert client.get(f"reports/{number}/{paper}", params={"language": "en"}, headers=tag).status_code == 304
    assert client.get(f"reports/{number}/{paper}", params={"language": "zh"}, headers=tag).status_code == 200
    desk(store).publish(number, actor="lan")
    after = client.get(f"reports/{number}/{paper}", params={"language": "en"}, headers=tag)
    assert after.status_code == 200
    if paper == "xlsx":
        sheet = load_workbook(io.BytesIO(after.content)).worksheets[0]
        cells = [cell.value for row in sheet.iter_rows() for cell in row]
        assert {3, 1, 4} <= set(cells)


def test_what_waits_and_what_comes_next(served: Served, store: Store) -> None:
    """The last draft of a span that is over waits until it is published; a shift until it is taken over."""
    client = program(served, store, Scope.READ)
    before = client.get("reports/schedule").json()
    assert (before["drafts"], before["handovers"]) == ([], [])
    assert [one["kind"] for one in before["next"]] == ["day", "week", "month"]
    assert all(datetime.fromisoformat(one["due_at"]) > datetime.now(UTC) for one in before["next"])
    desk(store).draft(ReportKind.DAY, DAY, actor="")
    last = desk(store).draft(ReportKind.DAY, DAY, actor="lan")
    shift = desk(store).hand_over("huu-nghi", SINCE, SINCE + 8 * HOUR, actor="lan", notes="loa hỏng")
    waiting = client.get("reports/schedule").json()
    assert [one["report_id"] for one in waiting["drafts"]] == [last.report_id]
    assert [one["report_id"] for one in waiting["handovers"]] == [shift.report_id]
    assert client.get(f"reports/{shift.report_id}").json()["notes"] == "loa hỏng"
    assert client.get(f"reports/{shift.report_id}/xlsx").status_code == 404
    desk(store).publish(last.report_id, actor="lan")
    desk(store).take_over(shift.report_id, actor="mai")
    done = client.get("reports/schedule").json()
    assert (done["drafts"], done["handovers"]) == ([], [])
    listed = client.get("reports", params={"published": "true", "kind": "day"}).json()["items"]
    assert [(one["report_id"], one["number"], one["published_by"]) for one in listed] == [(last.report_id, 0, "lan")]


def test_who_may_read_reports(served: Served, store: Store) -> None:
    """They tell of vehicles: a key that sees devices alone does not see them, and what is not there is 404."""
    devices = program(served, store, Scope.READ_DEVICES)
    for path in ("reports", "reports/schedule", "reports/1", "reports/1/pdf", "reports/1/xlsx"):
        assert devices.get(path).status_code == 403, path
    reader = program(served, store, Scope.READ)
    assert reader.get("reports/99").status_code == 404
    assert reader.get("reports", params={"ended_before": "2026-05-04T00:00:00"}).status_code == 422


@pytest.mark.parametrize(
    ("now", "day"), [("2026-05-06T13:14:00+00:00", "2026-05-06"), ("2026-05-06T13:16:00+00:00", "2026-05-07")]
)
def test_the_next_draft_is_of_the_day_that_ends_next(now: str, day: str) -> None:
    """At 20:15 of the place it is made, and the next one is tomorrow's."""
    due = next_due(datetime.fromisoformat(now), timedelta(minutes=15), 7.0)
    assert (due[0][0], due[0][1].isoformat()) == (ReportKind.DAY, day)
    assert [of_day.isoformat() for _, of_day, _ in due[1:]] == ["2026-05-10", "2026-05-31"]
