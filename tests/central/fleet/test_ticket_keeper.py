"""Tickets over a whole fleet: what opens one, what does not, and who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from central.fleet.desk import WindowRefusal, WindowRefusedError, plan_maintenance
from central.fleet.ticket import Refusal, TicketAction, TicketRefusedError
from central.store import Store
from central.store.device_key import DeviceKey
from central.store.register_records import DeviceFields, DeviceKind
from central.store.ticket_records import Evidence, TicketState
from contract.messages import HealthLevel, HealthReason, Severity
from tests.central.databases import BOTH
from tests.central.fleet.ticket_house import MINUTE, TicketHouse

HOUR = timedelta(hours=1)
JPEG = b"\xff\xd8\xff\xe0 made up"
CAMERA = DeviceKey.of("huu-nghi", "node-1", "in-1-front")


@pytest.fixture
def house(store: Store) -> TicketHouse:
    return TicketHouse(store, nodes=1)


@pytest.fixture
def site(store: Store) -> TicketHouse:
    return TicketHouse(store, nodes=2)


def act(house: TicketHouse, action: TicketAction, **more: str) -> None:
    ticket = house.ticket()
    house.desk.act(ticket.ticket_id, action, version=ticket.version, actor="lan", **more)


def plan(house: TicketHouse, device: DeviceKey, span: timedelta) -> int:
    return plan_maintenance(
        house.store,
        device,
        begins_at=house.now,
        ends_at=house.now + span,
        actor="lan",
        reason="new lens",
        now=house.now,
    )


def test_a_fault_becomes_a_ticket_with_evidence_for_its_maintainer(house: TicketHouse) -> None:
    """Reason, measurements and picture are those of the moment; once for the whole time."""
    with house.store.transaction(house.now) as transaction:
        fields = DeviceFields(
            kind=DeviceKind.CAMERA, site="huu-nghi", node="node-1", camera="in-1-front", maintainer="Đội Ví Dụ"
        )
        house.store.register.add(transaction, fields, actor="lan")
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(10 * MINUTE, step=MINUTE)
    ticket = house.ticket()
    assert (ticket.device, ticket.cause, ticket.severity) == (CAMERA, "covered", Severity.SEVERE)
    assert (ticket.state, ticket.evidence, ticket.assignee) == (TicketState.OPEN, Evidence.STANDS, "Đội Ví Dụ")
    (opened,) = house.store.tickets.entries(ticket.ticket_id)
    assert opened.detail["measurements"] == {"fps": 4.0}
    assert house.store.tickets.picture(opened.picture or "") == b"\xff\xd8\xff\xd9"


def test_from_fault_to_closed_and_a_relapse(house: TicketHouse) -> None:
    """Repaired is what a person says; verified only what the camera shows; a relapse opens the same ticket."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(2 * MINUTE)
    for action in (TicketAction.ACKNOWLEDGE, TicketAction.ARRIVE, TicketAction.REPAIR):
        act(house, action)
    house.goes(30 * MINUTE, step=3 * MINUTE)
    assert house.ticket().state is TicketState.REPAIRED, "the evidence stands"
    house.ill.clear()
    house.goes(4 * MINUTE)
    assert house.ticket().state is TicketState.REPAIRED, "not healthy for long enough"
    house.goes(2 * MINUTE)
    assert house.ticket().state is TicketState.VERIFIED
    house.goes(HOUR, step=5 * MINUTE)
    assert house.ticket().state is TicketState.CLOSED
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(2 * MINUTE)
    assert (house.ticket().state, house.ticket().reopened) == (TicketState.OPEN, 1)
    assert house.happened() == [
        "opened", "acknowledged", "on_site", "repaired", "verified", "closed", "reopened"
    ]  # fmt: skip


def test_what_is_only_degraded_gets_a_ticket_when_it_lasts(house: TicketHouse) -> None:
    """Dirt on a lens for a day."""
    house.ill["in-1-front"] = HealthReason.DIRTY_LENS
    house.goes(23 * HOUR, step=HOUR)
    assert house.tickets() == ()
    house.goes(2 * HOUR, step=HOUR)
    assert (house.ticket().cause, house.ticket().severity) == ("dirty_lens", Severity.MODERATE)


def test_a_ticket_grows_graver_with_its_cause(house: TicketHouse) -> None:
    """What was impaired fails by the same cause: the patience is that of the graver."""
    house.ill["in-1-front"] = HealthReason.DIRTY_LENS
    house.goes(25 * HOUR, step=HOUR)
    assert house.ticket().severity is Severity.MODERATE
    house.failing.add("in-1-front")
    house.goes(MINUTE)
    ticket = house.ticket()
    assert (ticket.severity, ticket.due_at) == (Severity.SEVERE, ticket.state_at + HOUR)


def test_what_is_out_of_use_has_no_ticket_and_can_be_let_go(house: TicketHouse) -> None:
    """A camera that was taken away stays silent for ever: the register says so, and the ticket can be cancelled."""
    house.ill["in-1-front"] = HealthReason.SIGNAL_LOST
    house.goes(MINUTE)
    today = house.now.date()
    fields = DeviceFields(kind=DeviceKind.CAMERA, site="huu-nghi", node="node-1", camera="in-1-front", retired_on=today)
    with house.store.transaction(house.now) as transaction:
        house.store.register.add(transaction, fields, actor="lan")
    house.goes(MINUTE)
    act(house, TicketAction.CANCEL, reason="taken down")
    house.goes(5 * MINUTE)
    assert house.ticket().state is TicketState.CANCELLED
    another = DeviceFields(kind=DeviceKind.CAMERA, site="huu-nghi", node="node-1", camera="in-1-front")
    with house.store.transaction(house.now) as transaction:
        house.store.register.add(transaction, another, actor="lan")
    house.goes(MINUTE)
    assert [ticket.state for ticket in house.tickets()] == [TicketState.CANCELLED, TicketState.OPEN]


def test_a_dead_node_is_one_ticket_with_its_cameras(site: TicketHouse) -> None:
    """And a dead site is one ticket with all its nodes; who comes back verifies it."""
    site.dead = {"node-1"}
    site.goes(5 * MINUTE)
    ticket = site.ticket()
    assert (ticket.device, ticket.cause) == (DeviceKey.of("huu-nghi", "node-1"), "node_silent")
    about = site.store.tickets.devices([1])[1]
    assert {one.device.camera for one in about} == {"", "in-1-front", "in-2-front"}
    site.dead = {"node-1", "node-2"}
    site.goes(5 * MINUTE)
    assert len(site.store.tickets.devices([1])[1]) == 6
    assert site.ticket().state is TicketState.OPEN
    site.dead.clear()
    site.goes(6 * MINUTE)
    assert site.ticket().state is TicketState.VERIFIED


def test_a_site_that_dies_at_once_is_one_ticket(site: TicketHouse) -> None:
    """The line to the site is cut: nobody gets a ticket for each device."""
    site.dead = {"node-1", "node-2"}
    site.goes(5 * MINUTE)
    assert site.ticket().device == DeviceKey.of("huu-nghi")
    assert len(site.store.tickets.devices([1])[1]) == 6


def test_a_maintenance_window_mutes_and_ends_by_itself(site: TicketHouse) -> None:
    """No ticket while somebody works there; what is left over gets one when the window has ended."""
    plan(site, DeviceKey.of("huu-nghi", "node-1"), 30 * MINUTE)
    site.ill["in-1-front"] = HealthReason.COVERED
    site.goes(29 * MINUTE, step=timedelta(seconds=174))
    assert site.tickets() == ()
    site.ill["in-3-front"] = HealthReason.COVERED  # another node's
    site.goes(2 * MINUTE)
    assert {ticket.device.camera for ticket in site.tickets()} == {"in-1-front", "in-3-front"}


def test_a_window_says_nothing_against_a_repair(house: TicketHouse) -> None:
    """Unplugged for work, a verified camera has not relapsed, and a healthy one verifies in its window."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(MINUTE)
    number = plan(house, CAMERA, HOUR)
    house.ill.clear()
    house.goes(6 * MINUTE)
    assert house.ticket().state is TicketState.VERIFIED
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(10 * MINUTE, step=MINUTE)
    assert house.ticket().state is TicketState.VERIFIED
    with house.store.transaction(house.now) as transaction:
        assert house.store.windows.end(transaction, number, actor="lan")
    house.goes(2 * MINUTE)
    assert house.ticket().state is TicketState.OPEN


@pytest.mark.parametrize(
    ("span", "reason", "refusal"),
    [(timedelta(0), "x", WindowRefusal.NO_END), (15 * 24 * HOUR, "x", WindowRefusal.TOO_LONG), (HOUR, " ", WindowRefusal.NO_REASON)],
)  # fmt: skip
def test_a_window_needs_an_end_and_a_reason(
    house: TicketHouse, span: timedelta, reason: str, refusal: WindowRefusal
) -> None:
    """Nothing is muted for ever, and nothing unsaid."""
    with pytest.raises(WindowRefusedError) as refused:
        plan_maintenance(
            house.store,
            CAMERA,
            begins_at=house.now,
            ends_at=house.now + span,
            actor="lan",
            reason=reason,
            now=house.now,
        )
    assert refused.value.refusal is refusal
    assert house.store.windows.list() == ()


@pytest.mark.parametrize("database", BOTH)
def test_two_people_at_once_get_a_clear_answer(house: TicketHouse) -> None:
    """The second is told who was faster; nothing of the second's is written. Notes of both are kept."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(MINUTE)
    seen = house.ticket().version
    house.desk.act(1, TicketAction.ACKNOWLEDGE, version=seen, actor="lan")
    with pytest.raises(TicketRefusedError, match=r"lan \(acknowledged, ") as refused:
        house.desk.act(1, TicketAction.REPAIR, version=seen, actor="minh")
    assert refused.value.refusal is Refusal.CHANGED
    house.desk.note(1, "on my way", actor="minh")
    house.desk.note(1, "the glass is broken", actor="lan", photo=JPEG)
    assert house.happened() == ["opened", "acknowledged", "note", "photo"]
    assert house.store.tickets.picture(house.store.tickets.entries(1)[-1].picture or "") == JPEG


@pytest.mark.parametrize("photo", [b"GIF89a", b"<svg onload=x>", b"\xff\xd8\xff" + bytes(12_000_001)])
def test_a_photo_is_a_picture_of_a_sane_size(house: TicketHouse, photo: bytes) -> None:
    """By its bytes; what is refused leaves no trace."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(MINUTE)
    with pytest.raises(TicketRefusedError):
        house.desk.note(1, "", actor="lan", photo=photo)
    assert house.happened() == ["opened"]


def test_nobody_cancels_what_the_camera_still_shows(house: TicketHouse) -> None:
    """And without a reason nothing is cancelled."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(MINUTE)
    with pytest.raises(TicketRefusedError) as refused:
        act(house, TicketAction.CANCEL, reason="looks fine to me")
    assert refused.value.refusal is Refusal.EVIDENCE_STANDS
    house.ill.clear()
    house.goes(MINUTE)
    act(house, TicketAction.CANCEL, reason="a test with a cloth")
    house.goes(HOUR, step=5 * MINUTE)
    assert house.ticket().state is TicketState.CANCELLED
    assert house.store.tickets.entries(1)[-1].text == "a test with a cloth"


@pytest.mark.parametrize("database", BOTH)
def test_tickets_of_the_same_cause_go_on_as_one(house: TicketHouse) -> None:
    """The one that goes on is verified when the cameras of both are well."""
    house.ill |= {"in-1-front": HealthReason.SIGNAL_LOST, "in-2-front": HealthReason.SIGNAL_LOST}
    house.goes(MINUTE)
    first, second = house.tickets()
    house.desk.merge(second.ticket_id, first.ticket_id, version=second.version, actor="lan")
    del house.ill["in-1-front"]
    house.goes(10 * MINUTE, step=MINUTE)
    assert [ticket.state for ticket in house.tickets()] == [TicketState.OPEN, TicketState.MERGED]
    house.ill.clear()
    house.goes(6 * MINUTE)
    assert [ticket.state for ticket in house.tickets()] == [TicketState.VERIFIED, TicketState.MERGED]


def test_what_nobody_takes_on_is_overdue_once_a_day(house: TicketHouse) -> None:
    """By severity and state; not in a maintenance window; a step forward sets another time."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(55 * MINUTE, step=5 * MINUTE)
    assert not house.ticket().is_overdue(house.now)
    house.goes(20 * MINUTE, step=5 * MINUTE)
    assert house.ticket().is_overdue(house.now)
    house.goes(23 * HOUR, step=HOUR)
    assert house.happened().count("overdue") == 1
    house.goes(2 * HOUR, step=HOUR)
    assert house.happened().count("overdue") == 2
    act(house, TicketAction.ACKNOWLEDGE)
    house.goes(MINUTE)
    assert not house.ticket().is_overdue(house.now)


def test_tickets_outlive_a_restart(house: TicketHouse) -> None:
    """Another keeper over the same store opens no second one."""
    house.ill["in-1-front"] = HealthReason.COVERED
    house.goes(MINUTE)
    again = TicketHouse.__new__(TicketHouse)
    again.__dict__.update(house.__dict__)
    again.keeper = type(house.keeper)(house.store, house.keeper._settings, house.keeper._overdue, tells=False)
    again.goes(10 * MINUTE)
    assert again.happened() == ["opened"]


def test_a_lane_that_nobody_reads_while_its_neighbours_read_many_is_ill(site: TicketHouse) -> None:
    """Vehicles without a plate: failed. It is well again with the first read, not when the traffic ends."""
    site.vehicles = {"in-1": None, "in-2": "12C34567", "in-3": "12C34568", "in-4": "12C34569"}
    site.goes(10 * MINUTE)
    camera = site.store.cameras.get("huu-nghi", "node-1", "in-1-front")
    assert camera is not None
    assert (camera.level, camera.reason) == (HealthLevel.FAILED, HealthReason.DETECTOR_DEAD)
    assert site.ticket().cause == "detector_dead"
    site.vehicles = {}
    site.goes(HOUR, step=5 * MINUTE)
    assert site.ticket().state is TicketState.OPEN
    site.vehicles = {"in-1": "12C34567"}
    site.goes(MINUTE)
    site.vehicles = {}
    site.goes(6 * MINUTE)
    assert site.ticket().state is TicketState.VERIFIED
    runs = site.store.history.runs(CAMERA)
    assert {(run.level, run.reason) for run in runs} == {(HealthLevel.OK, ""), (HealthLevel.FAILED, "detector_dead")}


def test_a_lane_that_nothing_comes_through_may_be_closed(site: TicketHouse) -> None:
    """Told, and less gravely: the lane may be closed."""
    site.vehicles = dict.fromkeys(("in-2", "in-3", "in-4"), "12C34567")
    site.goes(10 * MINUTE)
    camera = site.store.cameras.get("huu-nghi", "node-1", "in-1-front")
    assert camera is not None
    assert (camera.level, camera.reason) == (HealthLevel.DEGRADED, HealthReason.DETECTOR_DEAD)
    assert site.tickets() == ()


def test_neighbours_that_read_badly_prove_nothing(site: TicketHouse) -> None:
    """A night of dirty plates is no dead detector."""
    site.vehicles = dict.fromkeys(("in-1", "in-2", "in-3", "in-4"))
    site.goes(20 * MINUTE, step=MINUTE)
    assert {camera.level for camera in site.store.cameras.list()} == {HealthLevel.OK}


def test_a_node_whose_reader_stumbles_over_its_frames_reads_nothing(store: Store) -> None:
    """By its own count; it is failed, gets a ticket, and is well when the count stands still."""
    house = TicketHouse(store, nodes=1)
    for _ in range(5):
        house.frames_failed += 60
        house.goes(timedelta(seconds=30))
    (node,) = store.nodes.list()
    assert (node.level, node.reason) == (HealthLevel.FAILED, HealthReason.DETECTOR_DEAD)
    assert (house.ticket().device, house.ticket().cause) == (DeviceKey.of("huu-nghi", "node-1"), "detector_dead")
    house.goes(6 * MINUTE)
    assert house.ticket().state is TicketState.VERIFIED
    assert "detector_dead" in {run.reason for run in store.history.runs(DeviceKey.of("huu-nghi", "node-1"))}
