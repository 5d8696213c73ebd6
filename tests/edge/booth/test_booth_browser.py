"""The booth page in a real browser, on a phone: a person looks, and opens with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.gate_controller.barrier import Mode
from tests.browsing import CHROMIUM, follow, loads, open_page
from tests.edge.booth.booth_house import PASSWORD, BoothHouse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
]


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_officer_opens_on_a_phone(browser: Browser, house: BoothHouse, wait_until: Any) -> None:
    """A vehicle appears by itself; keys lead to the form, a reason opens; a node that is away is told, and comes back."""
    house.passes("12C34567", ago_s=60)
    house.reports("in-1")
    context = browser.new_context(locale="vi-VN", viewport={"width": 360, "height": 740})
    page = open_page(context)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    try:
        page.goto(house.url)
        assert fits(page)
        page.fill("input[name=user]", "lan")
        page.fill("input[name=password]", PASSWORD)
        with loads(page):
            page.press("input[name=password]", "Enter")
        expect(page.get_by_label("12C-345.67").first).to_be_visible()
        page.evaluate("window.untouched = true")
        house.passes("29H01234", ago_s=1)
        expect(page.locator("#lane-in-1 li.newest").get_by_label("29H-012.34")).to_be_visible()
        expect(page.locator("#lane-in-1 li.newest time.age")).to_contain_text("trước")
        assert page.evaluate("window.untouched")
        assert fits(page)
        page.keyboard.press("1")
        expect(page.locator("#lane-in-1")).to_be_focused()
        with loads(page):
            page.keyboard.press("o")
        expect(page.get_by_role("heading", name="Mở barie – Làn vào 1?")).to_be_visible()
        assert fits(page)
        page.get_by_role("button", name="Mở barie").click()  # the browser itself asks for the reason
        assert house.gates["in-1"].mode is Mode.CLOSED
        page.get_by_role("radio", name="Đã kiểm tra giấy tờ", exact=True).check()
        follow(page, page.get_by_role("button", name="Mở barie"))
        expect(page.get_by_text("Đã gửi lệnh mở Làn vào 1")).to_be_visible()
        expect(page.locator("#lane-in-1 .badge")).to_contain_text("barie mở")
        assert [opening.reason for opening in house.openings()] == ["Đã kiểm tra giấy tờ"]
        house.booth.stop()
        expect(page.locator(".lost")).to_contain_text("Mất liên lạc")
        assert complaints == []
    finally:
        context.close()
