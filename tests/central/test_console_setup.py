"""Set-up: what is missing, who may what, how long things are kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from central.auth import set_login
from central.retention import Retention, retention_in_force, would_go
from central.store import Store
from central.store.accounts import LastAdminError
from central.store.records import Role
from tests.central.forms import send
from tests.central.gates import Gates
from tests.central.made import NOON, evidence, passage

Visit = Callable[[Role], httpx.Client]


def states(page: str) -> dict[str, str]:
    """Step to its state, as the page says it."""
    return dict(re.findall(r"</span> ([^<]+) <span class=\"badge state-(\w+)\"", page))


def test_an_empty_system_says_where_to_begin_and_a_running_one_what_is_missing(visit: Visit, store: Store) -> None:
    """Each line says its state in words, and leads to where it is done."""
    admin = visit(Role.ADMIN)
    empty = admin.get("/setup").text
    found = states(empty)
    assert len(found) == 9
    assert {found[name] for name in ("Cửa khẩu", "Nút biên tại cửa khẩu", "Camera", "Làn và vùng làn")} == {"todo"}
    assert 'href="/setup/first"' in empty
    Gates(store)
    running = admin.get("/setup").text
    found = states(running)
    assert (found["Cửa khẩu"], found["Camera"], found["Làn và vùng làn"]) == ("part", "done", "part")
    assert 'href="/cameras/huu-nghi/huu-nghi-1/in-1-front/region"' in running
    assert 'href="/devices/new?kind=site&amp;site=huu-nghi"' in running


def test_who_may_not_do_a_step_sees_it_without_a_way_there(visit: Visit, store: Store) -> None:
    """Maintenance sees the list and draws regions; users and retention are not theirs; an operator sees no list."""
    Gates(store)
    page = visit(Role.MAINTENANCE).get("/setup").text
    assert "/region" in page
    assert 'href="/users"' not in page
    assert 'href="/retention"' not in page
    assert visit(Role.OPERATOR).get("/setup").status_code == 403
    assert visit(Role.MANAGER).get("/retention").status_code == 403


def test_a_lost_password_is_replaced_once_and_a_role_changed(visit: Visit, store: Store) -> None:
    """The one-time password is shown once and must be changed; the log says who did what, before and after."""
    admin = visit(Role.ADMIN)
    set_login(store, "minh", Role.OPERATOR, "a made-up password")
    minh = store.users.by_name("minh")
    assert minh is not None
    page = send(admin, "/users", f"/users/{minh.user_id}/password").text
    secret = re.findall(r"<code>(.+?)</code>", page)[0]
    assert secret not in admin.get("/users").text
    with httpx.Client(base_url=admin.base_url) as other:
        assert other.post("/login", data={"user": "minh", "password": "a made-up password"}).status_code == 401
        assert other.post("/login", data={"user": "minh", "password": secret}).headers["location"] == "/account"
    assert send(admin, "/users", f"/users/{minh.user_id}/role", role="manager").status_code == 303
    row = store.audit.list(limit=1).items[0]
    assert (row.subject, row.before, row.after) == ("minh", {"role": "operator"}, {"role": "manager"})
    assert secret not in str([(one.before, one.after) for one in store.audit.all()])
    seen = store.users.by_name("minh")
    assert seen is not None
    assert seen.last_seen_at is not None


def test_the_last_admin_stays(visit: Visit, store: Store) -> None:
    """Neither locked out nor made something else, whichever way it is tried; with a second one either goes."""
    admin = visit(Role.ADMIN)
    me = store.users.by_name("lan.admin")
    assert me is not None
    assert send(admin, "/users", f"/users/{me.user_id}/role", role="operator").status_code == 400
    with pytest.raises(LastAdminError):
        store.users.set_role(me.user_id, Role.OPERATOR)
    with pytest.raises(LastAdminError):
        store.users.set_disabled(me.user_id, disabled=True)
    set_login(store, "hoa", Role.ADMIN, "a made-up password")
    store.users.set_disabled(me.user_id, disabled=True)
    hoa = store.users.by_name("hoa")
    assert hoa is not None
    with pytest.raises(LastAdminError):
        store.users.set_role(hoa.user_id, Role.MANAGER)


def fill(store: Store) -> None:
    """Two pictures: one came a year ago, one now."""
    for number, at in ((1, NOON - timedelta(days=400)), (2, NOON)):
        jpeg = f"\xff\xd8 {number} \xff\xd9".encode("latin-1")
        shown = passage(number, jpegs=(jpeg,), at=at)
        with store.transaction(at) as transaction:
            store.passages.save(transaction, shown, late_after=timedelta(minutes=5))
            store.evidence.save(transaction, evidence(100 + number, shown, jpeg))


def test_what_would_be_deleted_is_what_is_deleted(store: Store) -> None:
    """The count of the dry run is the count of the run; the quota is counted behind the days."""
    fill(store)
    kept = Retention(evidence_kept_days=365)
    goes = would_go(store, kept, NOON)
    assert (goes.pictures, goes.over_bytes) == (1, 0)
    assert store.evidence.usage_bytes() == 2 * goes.pictures_bytes, "a dry run deletes nothing"
    tight = would_go(store, Retention(evidence_kept_days=365, evidence_quota_gb=1e-9), NOON)
    assert tight.over_bytes == goes.pictures_bytes - 1
    with store.transaction(NOON) as transaction:
        assert store.evidence.forget(transaction, before=kept.pictures_before(NOON)) == goes.pictures


def test_retention_is_looked_at_set_and_on_record(visit: Visit, store: Store) -> None:
    """Nothing changes before it is confirmed; a value that makes no sense is told."""
    fill(store)
    admin = visit(Role.ADMIN)
    values = {
        "evidence_kept_days": "30",
        "evidence_quota_gb": "",
        "commands_kept_days": "90",
        "sheets_kept_days": "3650",
    }
    shown = send(admin, "/retention", "/retention/preview", **values)
    days = (datetime.now(UTC) - NOON).days
    assert f"{2 if days > 30 else 1} ảnh cũ" in shown.text
    assert retention_in_force(store, None) == Retention()
    assert send(admin, "/retention", "/retention/preview", **values | {"evidence_kept_days": "-1"}).status_code == 422
    assert send(admin, "/retention", "/retention", **values).status_code == 303
    assert retention_in_force(store, None).evidence_kept_days == 30
    row = store.audit.list(limit=1).items[0]
    assert row.before is not None
    assert row.after is not None
    assert (row.before["evidence_kept_days"], row.after["evidence_kept_days"]) == (365, 30)


def test_the_log_is_filtered_and_taken_away(visit: Visit, store: Store) -> None:
    """By person, by what, by day; as a table that no spreadsheet takes for formulas; an operator sees none of it."""
    admin = visit(Role.ADMIN)
    send(admin, "/users", name="=minh", role="operator")
    send(admin, "/units", name="Trạm Ví Dụ")
    assert "=minh" in admin.get("/audit?about=minh").text
    assert "Trạm Ví Dụ" not in admin.get("/audit?about=minh").text
    assert "Không có thay đổi nào như vậy." in admin.get("/audit?until=2020-01-01").text
    table = admin.get("/audit/export?actor=lan.admin").content.decode("utf-8-sig").splitlines()
    assert table[0].startswith("at;actor;deed")
    assert any("'=minh" in line and "Thêm người dùng" in line for line in table)
    assert visit(Role.OPERATOR).get("/audit").status_code == 403
