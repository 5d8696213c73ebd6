"""A ticket on the phone of whoever repairs it, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from central.console.assets import VENDOR
from central.store.device_key import DeviceKey
from central.store.records import Role
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketState
from contract.messages import HealthLevel, HealthReason, Severity
from tests.central.gates import CHROMIUM, Gates, enter, jpeg_of

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
    page.click(f"#ticket-{ticket.ticket_id} a")
    key = page.locator("button[value=acknowledge]")
    key.wait_for()
    box = key.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= THUMB_PX
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    key.click()
    page.locator("button[value=arrive]").wait_for()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg_of(64, 36))
    page.set_input_files("input[name=photo]", photo)
    page.fill("textarea[name=text]", "một túi ni lông")
    page.click("form[action$='/note'] button")
    shown = page.locator(".entries img")
    shown.wait_for()
    page.wait_for_function("document.querySelector('.entries img').naturalWidth === 64")
    page.click("button[value=repair]")
    page.locator(".badge.state-repaired").wait_for()
    assert [entry.kind for entry in gates.store.tickets.entries(ticket.ticket_id)] == [
        EntryKind.OPENED, EntryKind.ACKNOWLEDGED, EntryKind.PHOTO, EntryKind.REPAIRED
    ]  # fmt: skip
    assert page.complaints == []
