"""The pages of tickets, maintenance windows and timelines, as people of each role use them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from central.store import Store
from central.store.device_key import DeviceKey
from central.store.history import Run
from central.store.notices import Notices
from central.store.records import Role
from central.store.register_records import UnitRecord
from central.store.ticket_records import DeliveryState, EntryKind, Evidence, Ticket, TicketState
from contract.messages import HealthLevel, HealthReason, Severity
from tests.central.fleet.test_notifier import NOTICE
from tests.central.made import birth, health, stamp

CAMERA = DeviceKey.of("huu-nghi", "huu-nghi-1", "in-1-front")
JPEG = b"\xff\xd8\xff\xe0 made up"
Visit = Callable[[Role], httpx.Client]


@pytest.fixture
def ticket(store: Store) -> Ticket:
    """A covered camera, for two hours, with a ticket that its maintainer has not taken on."""
    now = datetime.now(UTC)
    began = now - timedelta(hours=2)
    covered = health(HealthLevel.FAILED, reason=HealthReason.COVERED, since=began, stamp=stamp(now), frame_at=now)
    with store.transaction(now) as transaction:
        store.cameras.report(transaction, health(since=began - timedelta(hours=5), stamp=stamp(began)))
        store.cameras.report(transaction, covered)
        store.register.set_unit(transaction, UnitRecord("Đội Ví Dụ", phone="0205 000 111"), actor="lan")
        return keep(store, transaction, began, "covered")


def keep(store: Store, transaction, at: datetime, cause: str) -> Ticket:
    draft = Ticket(
        0, CAMERA, "in-1", cause, Severity.SEVERE, TicketState.OPEN, at, Evidence.STANDS, at, at,
        assignee="Đội Ví Dụ", due_at=at + timedelta(hours=1),
    )  # fmt: skip
    kept = store.tickets.add(transaction, draft)
    store.tickets.note(transaction, kept, EntryKind.OPENED, picture=JPEG, to_tell=True)
    return kept


def form(client: httpx.Client, path: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'type="hidden" name="(csrf|version)" value="([^"]*)"', client.get(path).text))


def post(client: httpx.Client, path: str, page: str, **fields: str) -> httpx.Response:
    return client.post(path, data=form(client, page) | fields)


def test_the_one_who_repairs_goes_step_by_step(store: Store, visit: Visit, ticket: Ticket) -> None:
    """From the list to the page; each key is one step; who did it stands there."""
    lan = visit(Role.MAINTENANCE)
    assert 'href="/tickets/1"' in lan.get("/tickets").text
    page = lan.get("/tickets/1").text
    assert 'href="tel:0205000111"' in page
    assert "Tôi nhận việc" in page
    assert post(lan, "/tickets/1/do", "/tickets/1", action="acknowledge").status_code == 303
    assert post(lan, "/tickets/1/do", "/tickets/1", action="repair").status_code == 303
    found = store.tickets.get(1)
    assert found is not None
    assert found.state is TicketState.REPAIRED
    assert [entry.actor for entry in store.tickets.entries(1)] == ["", "lan.maintenance", "lan.maintenance"]
    assert "lan.maintenance" in lan.get("/tickets/1").text
    assert 'href="/tickets/1"' in lan.get("/tickets?view=mine").text


def test_who_comes_second_is_told_and_sees_how_it_stands(store: Store, visit: Visit, ticket: Ticket) -> None:
    """Conflict, in words; nothing is written."""
    lan, minh = visit(Role.MAINTENANCE), visit(Role.MANAGER)
    old = form(minh, "/tickets/1")
    post(lan, "/tickets/1/do", "/tickets/1", action="acknowledge")
    answer = minh.post("/tickets/1/do", data=old | {"action": "arrive"})
    assert answer.status_code == 409
    assert "Có người vừa làm trước" in answer.text
    assert "đã nhận" in answer.text
    assert len(store.tickets.entries(1)) == 2


def test_operators_look_and_add_what_they_saw(store: Store, visit: Visit, ticket: Ticket) -> None:
    """A photo and a note; but no step, no window."""
    operator = visit(Role.OPERATOR)
    hidden = form(operator, "/tickets/1")
    answer = operator.post("/tickets/1/note", data=hidden | {"text": "a plastic bag"}, files={"photo": ("x.jpg", JPEG)})
    assert answer.status_code == 303
    entry = store.tickets.entries(1)[-1]
    assert (entry.kind, entry.text, entry.actor) == (EntryKind.PHOTO, "a plastic bag", "lan.operator")
    picture = operator.get(f"/tickets/1/pictures/{entry.picture}")
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")
    assert operator.post("/tickets/1/do", data=hidden | {"action": "acknowledge"}).status_code == 403
    assert operator.post("/maintenance", data=hidden).status_code == 403
    bad = operator.post("/tickets/1/note", data=hidden, files={"photo": ("x.jpg", b"GIF89a")})
    assert (bad.status_code, "không phải ảnh" in bad.text) == (400, True)


def test_a_form_of_another_login_changes_nothing(store: Store, visit: Visit, ticket: Ticket) -> None:
    """Every form carries the token of its login."""
    lan = visit(Role.MAINTENANCE)
    for path in ("do", "note", "hand-over", "merge"):
        fields = {"action": "acknowledge", "text": "x", "assignee": "x", "into": "1", "csrf": "made up"}
        assert lan.post(f"/tickets/1/{path}", data=fields).status_code == 403
    assert len(store.tickets.entries(1)) == 1


def test_what_stands_is_not_cancelled_and_the_page_does_not_offer_it(visit: Visit, ticket: Ticket) -> None:
    """Nor with a form made by hand."""
    lan = visit(Role.MAINTENANCE)
    assert 'value="cancel"' not in lan.get("/tickets/1").text
    answer = post(lan, "/tickets/1/do", "/tickets/1", action="cancel", reason="fine")
    assert (answer.status_code, "không hủy phiếu được" in answer.text) == (400, True)


def test_handed_over_and_merged(store: Store, visit: Visit, ticket: Ticket) -> None:
    """To another unit; into another ticket of the same site."""
    with store.transaction() as transaction:
        keep(store, transaction, ticket.opened_at, "dark")
    lan = visit(Role.MANAGER)
    post(lan, "/tickets/1/hand-over", "/tickets/1", assignee="Trung tâm Ví Dụ")
    assert "Trung tâm Ví Dụ" in lan.get("/tickets/1").text
    answer = post(lan, "/tickets/1/merge", "/tickets/1", into="2")
    assert answer.headers["location"] == "/tickets/2"
    merged = store.tickets.get(1)
    assert merged is not None
    assert (merged.state, merged.merged_into) == (TicketState.MERGED, 2)
    assert "#1 → #2" in lan.get("/tickets/2").text


def test_only_what_is_asked_for_is_listed(store: Store, visit: Visit, ticket: Ticket) -> None:
    """Overdue, of a site, of me; and the page says when there is nothing."""
    lan = visit(Role.MAINTENANCE)
    assert 'href="/tickets/1"' in lan.get("/tickets?view=overdue").text
    assert 'href="/tickets/1"' not in lan.get("/tickets?view=open&site=tan-thanh").text
    assert "Không có việc cần làm" in lan.get("/tickets?view=mine").text
    assert lan.get("/tickets/99").status_code == 404


def test_a_window_is_planned_in_local_time_and_ended(store: Store, visit: Visit, ticket: Ticket) -> None:
    """What was written comes back with the reason when it makes no sense."""
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
    lan = visit(Role.MAINTENANCE)
    begin = datetime.now(UTC) + timedelta(hours=7)
    times = {"begins": f"{begin:%Y-%m-%dT%H:%M}", "ends": f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    wrong = post(
        lan,
        "/maintenance",
        "/maintenance",
        device=CAMERA.path,
        reason="new lens",
        begins=times["ends"],
        ends=times["begins"],
    )
    assert (wrong.status_code, 'value="new lens"' in wrong.text) == (400, True)
    assert post(lan, "/maintenance", "/maintenance", device="huu-nghi/none/x", reason="x", **times).status_code == 400
    assert post(lan, "/maintenance", "/maintenance", device=CAMERA.path, reason="new lens", **times).status_code == 303
    (window,) = store.windows.list()
    assert window.device == CAMERA
    assert abs(window.begins_at - (begin - timedelta(hours=7))) < timedelta(minutes=1)
    assert post(lan, "/maintenance/1/end", "/maintenance").status_code == 303
    assert store.windows.list(ending_after=datetime.now(UTC)) == ()


def test_months_stand_beside_days(store: Store, visit: Visit, ticket: Ticket) -> None:
    """Over a longer period each month has its figures."""
    then = datetime.now(UTC) - timedelta(days=60)
    with store.transaction() as transaction:
        store.history.tell(transaction, CAMERA, Run(HealthLevel.OK, "", then, then + timedelta(days=20)))
    page = visit(Role.OPERATOR).get("/timeline?site=huu-nghi&node=huu-nghi-1&camera=in-1-front&days=92").text
    assert f'<th scope="row">{then + timedelta(days=10):%m/%Y}</th>' in page


@pytest.mark.parametrize("language", ["vi", "en", "zh"])
def test_every_page_speaks_every_language(store: Store, visit: Visit, ticket: Ticket, language: str) -> None:
    """Also with a device that nobody knows, and the table beside the strip."""
    lan = visit(Role.ADMIN)
    lan.cookies.set("language", language)
    where = "site=huu-nghi&node=huu-nghi-1"
    for path in (
        "/tickets",
        "/tickets?view=all",
        "/tickets/1",
        "/maintenance",
        "/tickets/notices",
        f"/timeline?{where}",
    ):
        answer = lan.get(path)
        assert (answer.status_code, f'lang="{language}"' in answer.text) == (200, True), path
    page = lan.get(f"/timeline?{where}&camera=in-1-front").text
    assert 'class="failed' in page
    assert page.count('<th scope="row">') >= 1
    camera = lan.get("/cameras/huu-nghi/huu-nghi-1/in-1-front").text
    assert "day-strip" in camera
    part = lan.get(f"/timeline?{where}&camera=in-1-front", headers={"HX-Request": "true"}).text
    assert "day-strip" in part
    assert "<html" not in part


def test_what_could_not_be_sent_is_visible(store: Store, visit: Visit) -> None:
    """With the reason."""
    notices: Notices = store.notices
    with store.transaction() as transaction:
        notices.add(
            transaction, [], ["email"], lambda number: NOTICE.model_copy(update={"notice_id": number}).model_dump_json()
        )
    (delivery,) = notices.list()
    with store.transaction() as transaction:
        notices.tried(transaction, delivery, DeliveryState.FAILED, reason="550 made up")
    assert "550 made up" in visit(Role.OPERATOR).get("/tickets/notices").text
