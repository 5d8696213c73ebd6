"""A ticket on the phone of whoever repairs it, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from central.console.assets import VENDOR
from central.store.device_key import DeviceKey
from central.store.records import Role
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketState
from contract.messages import HealthLevel, HealthReason, Severity
from tests.browsing import CHROMIUM, follow
from tests.central.gates import Gates, enter, jpeg_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
THUMB_PX = 44


def opens(gates: Gates, lane: str) -> Ticket:
    """A camera fails and gets a ticket."""
    gates.camera("huu-nghi", lane, HealthLevel.FAILED, HealthReason.COVERED)
    now, device = datetime.now(UTC), DeviceKey.of("huu-nghi", "huu-nghi-1", f"{lane}-front")
    draft = Ticket(
        0, device, lane, "covered", Severity.SEVERE, TicketState.OPEN, now, Evidence.STANDS, now, now
    )  # fmt: skip
    with gates.store.transaction(now) as transaction:
        ticket = gates.store.tickets.add(transaction, draft)
        gates.store.tickets.add_devices(transaction, ticket.ticket_id, [TicketDevice(device, lane, "covered", now)])
        gates.store.tickets.note(transaction, ticket, EntryKind.OPENED)
    return ticket


def test_a_ticket_is_worked_through_with_a_thumb(site, gates: Gates, context, tmp_path: Path) -> None:
    """It appears by itself; big keys, a photo, a note; nothing runs over the edge of a small phone."""
    page = enter(context, site, Role.MAINTENANCE, "/tickets")
    page.set_viewport_size({"width": 360, "height": 740})
    ticket = opens(gates, "in-1")
    follow(page, page.locator(f"#ticket-{ticket.ticket_id} a"))
    key = page.locator("button[value=acknowledge]")
    box = key.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= THUMB_PX
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    follow(page, key)
    expect(page.locator("button[value=arrive]")).to_be_visible()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg_of(64, 36))
    page.set_input_files("input[name=photo]", photo)
    page.fill("textarea[name=text]", "một túi ni lông")
    follow(page, page.locator("form[action$='/note'] button"))
    expect(page.locator(".entries img")).to_have_js_property("naturalWidth", 64)
    follow(page, page.locator("button[value=repair]"))
    expect(page.locator(".badge.state-repaired")).to_be_visible()
    assert [entry.kind for entry in gates.store.tickets.entries(ticket.ticket_id)] == [
        EntryKind.OPENED, EntryKind.ACKNOWLEDGED, EntryKind.PHOTO, EntryKind.REPAIRED
    ]  # fmt: skip
    assert page.complaints == []
