"""The manager's day in a real browser: the draft is there, checked, published, corrected, printed, taken away."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from central.console.assets import VENDOR
from central.reports.bulletin import day_of, day_span
from central.reports.compose import Composer
from central.reports.schedule import ReportKeeper
from central.reports.settings import ReportSettings
from central.store import Store
from central.store.outcome_records import OutcomeKind, Reason, ReasonCode
from central.store.records import Role
from central.traffic.settings import TrafficSettings
from tests.browsing import CHROMIUM, follow
from tests.central.gates import Gates, Site, enter, plate
from tests.central.made import declared
from tests.central.reports.pdf_text import pdf_texts

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
DAY = day_of(datetime.now(UTC) - timedelta(minutes=ReportSettings().prepare_after_min)) - timedelta(days=1)
"""The last day whose draft is made by itself: some minutes after its end."""
SINCE, UNTIL = day_span(DAY)
WHY = "xe thứ tư là bóng mái che, không phải xe"


@pytest.fixture
def drafted(gates: Gates) -> Store:
    """Yesterday three lorries of fruit came in, and a shadow that the camera took for one; central made its draft."""
    store = gates.store
    for number in range(1, 4):
        at = UNTIL - timedelta(hours=number)
        with store.transaction(at) as transaction:
            store.declarations.save(transaction, declared(f"12C-345.6{number}", number, at=at), payload="{}")
        gates.passage(
            "huu-nghi", "in-1", plate(f"12C3456{number}"), OutcomeKind.MATCHED,
            ago=datetime.now(UTC) - at, declaration_id=f"HN-{number:06d}",
        )  # fmt: skip
    unreadable = Reason(ReasonCode.UNREADABLE, {"abstained": "illegible"})
    ago = datetime.now(UTC) - UNTIL + timedelta(hours=4)
    gates.passage("huu-nghi", "in-1", None, OutcomeKind.TO_REVIEW, unreadable, ago=ago)
    for at, vehicles in ((SINCE, 20), (UNTIL, 23)):
        with store.transaction(at) as transaction:
            store.surge.add_count(transaction, "huu-nghi", vehicles, at=at, actor="lan")
    made = ReportKeeper(Composer(store, ReportSettings(), TrafficSettings(), 7.0)).step(datetime.now(UTC))
    assert made >= 1
    return store


def board(page: Page) -> list[dict[str, str]]:
    """The Board's table as it stands on the page, row by row: heading to number."""
    texts = "cells => cells.map(cell => cell.innerText.trim())"
    table = page.locator("table.board").first
    heads: list[str] = table.locator("thead th").evaluate_all(texts)
    rows = table.locator("tbody tr").all()
    return [dict(zip(heads, row.locator("th, td").evaluate_all(texts), strict=True)) for row in rows]


def test_a_managers_day(site: Site, drafted: Store, context: BrowserContext) -> None:
    """From the word that a draft waits to the corrected bulletin on paper: every number is the same everywhere."""
    page = enter(context, site, Role.MANAGER)
    follow(page, page.locator(".figure.to_publish"))
    follow(page, page.locator(f"#drafts tr:has-text('{DAY:%d/%m/%Y}'):has-text('Ngày') a[data-open]"))
    expect(page.locator(".standing")).to_contain_text("BẢN NHÁP")
    follow(page, page.locator("form.publish button.primary"))
    expect(page.locator(".standing")).to_have_count(0)
    published = page.url

    follow(page, page.locator("table.board >> nth=0").locator("a[href*='cell=unknown']").first)
    follow(page, page.locator("a[href^='/passages/']").first)
    page.goto(f"{site.url}/decide")
    page.wait_for_selector("article.case[data-ready=true]")
    page.keyboard.press("n")
    expect(page.locator("#said")).to_contain_text("Đã ghi")

    page.goto(published)
    expect(page.locator(".taken-out")).to_contain_text("can.bo.manager xác nhận không có xe")
    published_row = board(page)[0]
    assert (published_row["Hoa quả"], published_row["Chưa rõ hàng"]) == ("3", "1"), "what is published stays as it is"
    follow(page, page.locator(".taken-out button"))
    corrected = board(page)
    assert (corrected[0]["Hoa quả"], corrected[0]["Chưa rõ hàng"]) == ("3", "0")
    expect(page.locator(".findings")).to_contain_text("1 lượt không có xe")
    page.fill("form.publish input[name=remark]", WHY)
    follow(page, page.locator("form.publish button.primary"))
    expect(page.locator(".standing")).to_contain_text(WHY)

    follow(page, page.locator("a[href*='/stock?gate=huu-nghi']", has_text="23").first)
    expect(page.locator("table.books")).to_contain_text("20")
    page.go_back()

    with page.expect_download() as taken:
        page.click("a[href*='/xlsx?language=vi']")
    sheet = load_workbook(io.BytesIO(taken.value.path().read_bytes())).worksheets[0]
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    heads = next(row for row in told if "Hoa quả" in row)
    written = dict(zip(heads, told[told.index(heads) + 1], strict=True))
    for name in ("Hoa quả", "Cộng thông quan", "Chưa rõ hàng", "Quay đầu"):
        assert str(written[name]) == corrected[0][name], name
    assert any(WHY in str(value) for row in told for value in row)
    pdf = context.request.get(f"{page.url}/pdf?language=vi").body()
    paper = pdf_texts(pdf)
    row = paper[paper.index("Hữu Nghị") :][2:6]
    assert row == [corrected[0][name] for name in ("Hoa quả", "Hàng khác", "Xe mới", "Cộng thông quan")]
    assert WHY in " ".join(paper)

    page.emulate_media(media="print")
    assert not page.locator("header.top").is_visible()
    assert not page.locator(".actions").first.is_visible()
    assert page.locator("table.board >> nth=0").is_visible()
    assert board(page) == corrected
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in {
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    }
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.complaints == []  # type: ignore[attr-defined]  # set by `enter`
