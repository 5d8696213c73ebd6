"""What could not be taken in is a page: when, from whom, why, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from central.console.assets import VENDOR
from central.ingest.intake import Intake
from central.ingest.pipe import Packet
from central.store import Store
from central.store.records import Role
from tests.browsing import CHROMIUM
from tests.central.gates import enter
from tests.central.made import NOON, birth, packet, passage

HERE, THERE = "smartgate/v1/huu-nghi/huu-nghi-1", "smartgate/v1/tan-thanh/tan-thanh-1"
BAD = {
    "payload": Packet(f"{HERE}/passage", b'{"plate": "12C34567"}'),
    "version": Packet(
        f"{HERE}/passage", passage(1).model_dump_json().replace('"schema_version":1', '"schema_version":9').encode()
    ),
    "names": Packet(f"{THERE}/passage", passage(2, "29H99999").model_dump_json().encode()),
    "topic": Packet(f"{HERE}/weather", b"{}"),
}
WORDS = {
    "payload": "The message cannot be read",
    "version": "The message is of another version",
    "names": "The message names another node than its topic",
    "topic": "Nobody knows this topic",
    "row": "A row of the platform cannot be read",
}


def put_aside(store: Store) -> None:
    """A node that is well, and all kinds of what cannot be taken in; one of them three times."""
    Intake(store, late_after_s=300).take([packet(birth()), *BAD.values(), BAD["payload"], BAD["payload"]], NOON)
    with store.transaction(NOON) as transaction:
        store.dead_letters.add(transaction, "platform rest", b'{"plate": "12C11111"}', "expected_from: no time")


def test_who_sees_vehicles_sees_what_came_and_why(store: Store, visit: Callable[[Role], httpx.Client]) -> None:
    """Each with a sentence, its topic, its reason and its beginning; of one node alone where that is asked for."""
    put_aside(store)
    client = visit(Role.OPERATOR)
    client.cookies.set("language", "en")
    page = client.get("/dead-letters").text
    assert all(page.count(words) == 1 for words in WORDS.values())
    assert "3 times since" in page
    assert "{&#34;plate&#34;: &#34;12C34567&#34;}" in page, "as it came"
    assert "says that it belongs on" in page
    there = client.get("/dead-letters", params={"site": "tan-thanh", "node": "tan-thanh-1"}).text
    assert (there.count("data-item"), WORDS["names"] in there) == (1, True)


def test_who_looks_after_devices_sees_no_plates(store: Store, visit: Callable[[Role], httpx.Client]) -> None:
    """Whose it was and what to do, but nothing of what it says; the node's tile counts what was put aside."""
    put_aside(store)
    client = visit(Role.MAINTENANCE)
    page = client.get("/dead-letters").text
    assert f"{HERE}/passage" in page
    assert not any(plate in page for plate in ("12C34567", "29H99999", "12C11111"))
    tile = client.get("/cameras").text
    link = tile.index("/dead-letters?site=huu-nghi&amp;node=huu-nghi-1")
    assert tile[link:].split(">", 1)[1].startswith("5<")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium")
@pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets")
def test_it_is_read_with_keys_and_on_a_phone(site, context, tmp_path: Path) -> None:
    """Enter opens the one that has the focus; nothing runs over the edge of a small phone."""
    put_aside(site.store)
    page = enter(context, site, Role.OPERATOR, "/dead-letters")
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("[data-item]").first.focus()
    expect(page.locator("[data-item]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("details[open]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=os.environ.get("SMARTGATE_SCREENSHOT", tmp_path / "phone.png"), full_page=True)
