"""The register on a phone and by keyboard, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect

from central.console.assets import VENDOR
from central.console.device_form import speech
from central.fleet.register.desk import add_device
from central.store.records import Role
from central.store.register_records import UnitRecord
from tests.browsing import CHROMIUM
from tests.central.gates import Gates, Site, enter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]


def test_a_scanned_label_leads_to_whom_to_call_and_keys_to_the_form(
    context: BrowserContext, site: Site, gates: Gates
) -> None:
    """On a phone nothing lies beyond the edge; E opens the form, where a bad value is marked and in focus."""
    raw = {
        "kind": "camera", "site": "huu-nghi", "node": "huu-nghi-1", "camera": "in-1-front",
        "title": "Camera trước làn vào 1", "maintainer": "VNPT Lạng Sơn",
    }  # fmt: skip
    device = add_device(site.store, raw, speech(), actor="lan")
    with site.store.transaction() as transaction:
        unit = UnitRecord("VNPT Lạng Sơn", phone="0205 3 812 345", email="ho.tro@vi-du.vn")
        site.store.register.set_unit(transaction, unit, actor="lan")
    page = enter(context, site, Role.MAINTENANCE, f"/d/{device.device_id}")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(page.get_by_role("link", name="Gọi VNPT Lạng Sơn")).to_have_attribute("href", "tel:02053812345")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")
    page.fill("[name=cost_vnd]", "ba tỷ")
    page.press("[name=cost_vnd]", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("1 mục cần sửa")
    expect(page.locator("[name=cost_vnd]")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{site.url}/devices")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{site.url}/devices/repair")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()
