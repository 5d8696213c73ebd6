"""Tickets, maintenance windows and history over the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from central.auth import add_api_key
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.records import Role
from central.store.ticket_records import EntryKind, Evidence, Ticket, TicketDevice, TicketState
from contract.messages import HealthLevel, HealthReason, Severity
from tests.central.made import SCOPES_OF, health, stamp
from tests.central.served import Served

CAMERA = DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front")


@pytest.fixture
def api(store: Store) -> Iterator[httpx.Client]:
    key = add_api_key(store, "made-up program", *SCOPES_OF[Role.MAINTENANCE])
    now = datetime.now(UTC)
    covered = health(HealthLevel.FAILED, reason=HealthReason.COVERED, since=now, stamp=stamp(now))
    with store.transaction(now) as transaction:
        store.cameras.report(transaction, covered)
        draft = Ticket(
            0, CAMERA, "in-1", "covered", Severity.SEVERE, TicketState.OPEN, now, Evidence.STANDS, now, now
        )  # fmt: skip
        ticket = store.tickets.add(transaction, draft)
        store.tickets.add_devices(transaction, 1, [TicketDevice(CAMERA, "in-1", "covered", now)])
        store.tickets.note(transaction, ticket, EntryKind.OPENED, picture=b"\xff\xd8\xff")
    with Served(store) as served:
        yield served.client(headers={"Authorization": f"Bearer {key}"})


def test_a_program_goes_on_with_a_ticket(api: httpx.Client) -> None:
    """With the version that it saw; an old one is a conflict, in words."""
    (ticket,) = api.get("/api/v1/tickets", params={"site": "huu-nghi", "state": "open"}).json()["items"]
    assert (ticket["device"]["camera"], ticket["cause"], ticket["version"]) == ("in-1-front", "covered", 0)
    done = api.post("/api/v1/tickets/1/actions", json={"action": "acknowledge", "version": 0})
    assert (done.status_code, done.json()["state"], done.json()["version"]) == (200, "acknowledged", 1)
    late = api.post("/api/v1/tickets/1/actions", json={"action": "arrive", "version": 0})
    assert late.status_code == 409
    assert "made-up program (acknowledged" in late.json()["detail"]
    assert (
        api.post("/api/v1/tickets/1/actions", json={"action": "cancel", "version": 1, "reason": "x"}).status_code == 409
    )
    assert api.post("/api/v1/tickets/1/notes", json={"text": "a bag"}).status_code == 200
    assert api.post("/api/v1/tickets/1/hand-over", json={"assignee": "Đội Ví Dụ", "version": 1}).status_code == 200
    assert api.post("/api/v1/tickets/1/merge", json={"into": 9, "version": 2}).status_code == 409
    whole = api.get("/api/v1/tickets/1").json()
    assert [entry["kind"] for entry in whole["entries"]] == ["opened", "acknowledged", "note", "assigned"]
    assert whole["actions"] == ["arrive", "repair"]
    assert api.get(f"/api/v1/tickets/1/pictures/{whole['entries'][0]['picture']}").content == b"\xff\xd8\xff"
    assert api.get(f"/api/v1/tickets/1/pictures/{'0' * 64}").status_code == 404
    assert api.get("/api/v1/tickets/7").status_code == 404


def test_a_program_plans_maintenance(api: httpx.Client) -> None:
    """And ends it; what makes no sense is told."""
    now = datetime.now(UTC)
    asked = {"site": "huu-nghi", "node": "huu-nghi-1", "reason": "new lens", "begins_at": now.isoformat()}
    long = api.post("/api/v1/maintenance-windows", json=asked | {"ends_at": (now + timedelta(days=20)).isoformat()})
    assert (long.status_code, "14 days" in long.json()["detail"]) == (422, True)
    made = api.post("/api/v1/maintenance-windows", json=asked | {"ends_at": (now + timedelta(hours=1)).isoformat()})
    assert (made.status_code, made.json()["actor"]) == (201, "made-up program")
    assert len(api.get("/api/v1/maintenance-windows").json()["items"]) == 1
    assert api.post("/api/v1/maintenance-windows/1/end").json()["items"] == []
    assert api.post("/api/v1/maintenance-windows/1/end").status_code == 404
    assert len(api.get("/api/v1/maintenance-windows", params={"past": True}).json()["items"]) == 1


def test_history_is_told_with_its_figures(api: httpx.Client) -> None:
    """Spans, shares of each day, failures; nothing of what nobody knows."""
    where = {"site": "huu-nghi", "node": "huu-nghi-1"}
    told = api.get("/api/v1/health-history", params=where | {"camera": "in-1-front"}).json()
    assert told["spans"][-1]["reason"] == "covered"
    assert (told["failures"], told["shares"]["proven"], told["last_good_at"]) == (1, 0.0, None)
    assert api.get("/api/v1/health-history", params=where).status_code == 404
    assert api.get("/api/v1/notices").json()["items"] == []
