"""The pages of the register: who is responsible, what is not registered yet, forms that say what is wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from openpyxl import load_workbook

from central.console.device_form import speech
from central.console.words import words_of
from central.fleet.register.desk import add_device
from central.fleet.register.table import register_workbook
from central.print.fonts import FOLDER
from central.store import Store
from central.store.records import Role
from central.store.register_records import UnitRecord
from tests.central.made import birth, health, passage

Visit = Callable[[Role], httpx.Client]
JPEG = b"\xff\xd8\xff\xe0" + bytes(200) + b"\xff\xd9"


def camera(store: Store, **more: object) -> str:
    raw = {
        "kind": "camera",
        "site": "huu-nghi",
        "node": "huu-nghi-1",
        "camera": "in-1-front",
        "title": "Camera trước làn 1",
        "maintainer": "VNPT Lạng Sơn",
    }
    return add_device(store, raw | more, speech(), actor="lan").device_id


def hear(store: Store) -> None:
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
        store.cameras.report(transaction, health())


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]


def post(client: httpx.Client, path: str, at: str | None = None, files: object = None, **data: str) -> httpx.Response:
    return client.post(path, data={"csrf": token(client.get(at or path)), **data}, files=files)  # type: ignore[arg-type]


def test_what_was_heard_and_is_not_registered_is_one_key_from_it(store: Store, visit: Visit) -> None:
    """A camera, its node and its lane are offered; the form is filled in with what they said; then they are offered no more."""
    hear(store)
    manager = visit(Role.MANAGER)
    page = manager.get("/devices").text
    offered = re.findall(r'href="(/devices/new\?[^"]+)"', page)
    assert len(offered) == 3
    address = next(one for one in offered if "kind=camera" in one).replace("&amp;", "&")
    form = manager.get(address).text
    assert 'value="in-1-front"' in form
    assert 'value="Hữu Nghị"' in form
    answer = post(
        manager, "/devices/new", at=address, kind="camera", site="Hữu Nghị", node="huu-nghi-1", camera="in-1-front"
    )
    assert answer.status_code == 303
    assert len(re.findall(r'href="/devices/new\?', manager.get("/devices").text)) == 2
    assert "Không tự báo" not in manager.get(answer.headers["location"]).text


def test_registered_and_never_heard_of_is_shown(store: Store, visit: Visit) -> None:
    """A camera with a name that never sent a word says so; one out of use does not."""
    camera(store)
    operator = visit(Role.OPERATOR)
    assert "Chưa từng gửi tin" in operator.get("/devices").text
    hear(store)
    assert "Chưa từng gửi tin" not in operator.get("/devices").text


def test_label_address_opens_the_page_after_login(store: Store, visit: Visit) -> None:
    """Who scans a label without a login is asked for it and comes to the device, with somebody to call."""
    device_id = camera(store)
    with store.transaction() as transaction:
        store.register.set_unit(transaction, UnitRecord("VNPT Lạng Sơn", phone="0205 3 812 345"), actor="lan")
    client = visit(Role.MAINTENANCE)
    cookies = dict(client.cookies)
    client.cookies.clear()
    answer = client.get(f"/d/{device_id.lower()}")
    assert answer.headers["location"] == f"/login?next=/d/{device_id.lower()}"
    client.cookies.update(cookies)
    page = client.get(client.get(f"/d/{device_id.lower()}").headers["location"])
    assert page.status_code == 200
    assert 'href="tel:02053812345"' in page.text
    assert "VNPT Lạng Sơn" in page.text


def test_form_says_field_by_field_what_is_wrong_and_keeps_what_was_typed(store: Store, visit: Visit) -> None:
    """Bad values come back beside their fields; nothing is written before all fit, nor what another site sent."""
    device_id = camera(store)
    client = visit(Role.MAINTENANCE)
    place = f"/devices/{device_id}/edit"
    assert client.post(place, data={"title": "hỏng"}).status_code == 403
    answer = post(client, place, cost_vnd="ba tỷ", title="Tên mới", kind="camera", site="Hữu Nghị")
    assert answer.status_code == 422
    assert re.search(r'id="f-cost_vnd"[^>]*aria-invalid=true[^>]*value="ba tỷ"', answer.text)
    assert "Nguyên giá (đồng): cần số đồng nguyên" in answer.text
    assert store.register.get(device_id).title == "Camera trước làn 1"  # type: ignore[union-attr]
    assert post(client, place, cost_vnd="12.500.000", title="Tên mới").status_code == 303
    page = client.get(f"/devices/{device_id}").text
    assert "12.500.000" in page
    assert "từ “Camera trước làn 1” thành “Tên mới”" in page


def test_who_may_only_look_cannot_write(store: Store, visit: Visit) -> None:
    """An operator sees the register and has no way to change it, by form or by hand."""
    device_id = camera(store)
    operator = visit(Role.OPERATOR)
    assert "/edit" not in operator.get(f"/devices/{device_id}").text
    for path in ("/devices/new", "/devices/import", f"/devices/{device_id}/edit"):
        assert operator.get(path).status_code == 403
    assert operator.post(f"/devices/{device_id}/files", files={"file": ("a.jpg", JPEG)}).status_code == 403


def test_photos_are_kept_and_others_refused(store: Store, visit: Visit) -> None:
    """A picture is kept under its hash and shown as what it is; what only has the name of one is refused."""
    device_id = camera(store)
    client = visit(Role.MAINTENANCE)
    place = f"/devices/{device_id}"
    files = f"{place}/files"
    assert post(client, files, at=place, files={"file": ("IMG 1.jpg", JPEG)}).status_code == 303
    shown = re.search(rf'src="({files}/[0-9a-f]{{64}})"', client.get(place).text)
    assert shown
    picture = client.get(shown[1])
    assert (picture.content, picture.headers["content-type"]) == (JPEG, "image/jpeg")
    refused = post(client, files, at=place, files={"file": ("virus.jpg", b"MZ not a picture")})
    assert refused.status_code == 422
    assert "Cần ảnh JPEG, PNG hoặc WebP" in refused.text
    assert post(client, files, at=place, files={"file": ("a.pdf", b"%PDF-1.7")}).status_code == 422
    paper = post(client, files, at=place, files={"file": ("bien-ban.pdf", b"%PDF-1.7")}, purpose="handover")
    assert paper.status_code == 303
    assert "bien-ban.pdf" in client.get(place).text
    too_large = post(client, files, at=place, files={"file": ("a.jpg", JPEG + bytes(17_000_000))})
    assert too_large.status_code == 413


def test_import_is_looked_at_then_written_once(store: Store, visit: Visit) -> None:
    """What is no workbook says so. The preview writes nothing; a confirmation after another change is shown again; the second one writes."""
    device_id = camera(store)
    workbook = load_workbook(io.BytesIO(register_workbook(store, words_of("vi"))))
    sheet = workbook["Thiết bị"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "Đơn vị bảo trì")
    sheet[f"{column}2"] = "Viettel"
    sheet.append([None, "Tàu hỏa", "Hữu Nghị"])
    content = io.BytesIO()
    workbook.save(content)
    client = visit(Role.MANAGER)
    refused = post(client, "/devices/import", files={"file": ("so.xls", b"\xd0\xcf\x11\xe0")})
    assert (refused.status_code, "Cần tệp XLSX" in refused.text) == (422, True)
    answer = post(client, "/devices/import", files={"file": ("so.xlsx", content.getvalue())})
    place = answer.headers["location"]
    preview = client.get(place)
    assert "Đơn vị bảo trì: <del>VNPT Lạng Sơn</del> → <ins>Viettel</ins>" in preview.text
    assert "Loại thiết bị: cần một trong các loại thiết bị đã biết, nhận được “Tàu hỏa”." in preview.text
    rejected = load_workbook(io.BytesIO(client.get(f"{place}/bad").content))["Thiết bị"]
    assert rejected.max_row == 2
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', preview.text)
    assert digest
    with store.transaction() as transaction:
        store.register.change(transaction, device_id, {"maintainer": "FPT"}, actor="minh")
    again = post(client, place, digest=digest[1])
    assert "Sổ vừa thay đổi sau khi xem trước" in again.text
    assert store.register.get(device_id).maintainer == "FPT"  # type: ignore[union-attr]
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', again.text)
    assert digest
    done = post(client, place, digest=digest[1])
    assert store.register.get(device_id).maintainer == "Viettel"  # type: ignore[union-attr]
    # the unit that no device names any more, and the table does, is new
    assert "Đã ghi: 1 mới, 1 thay đổi." in client.get(done.headers["location"]).text


CHOICES = [
    ("", {"A", "B"}),
    ("maintainer=VNPT+L%E1%BA%A1ng+S%C6%A1n", {"A"}),
    ("warranty=over", {"A"}),
    ("warranty=valid", {"B"}),
    ("lacks=warranty_until", set()),
    ("lacks=maintainer", {"B"}),
    ("site=tan-thanh", {"B"}),
    ("kind=node", set()),
    ("use=out", {"C"}),
    ("use=all", {"A", "B", "C"}),
    ("text=sn-7", {"B"}),
    ("unit=UBND", {"B"}),
]


def test_filters(store: Store, visit: Visit) -> None:
    """The list takes what a person filters by."""
    camera(store, title="Thiết bị A", warranty_until="01/01/2020")
    camera(
        store, title="Thiết bị B", site="tan-thanh", node="", camera="", maintainer="", warranty_until="01/01/2099", serial="SN-7", owner="UBND",
    )  # fmt: skip
    camera(store, title="Thiết bị C", node="", camera="", retired_on="01/02/2020")
    client = visit(Role.OPERATOR)
    for query, titles in CHOICES:
        page = client.get(f"/devices?{query}").text
        assert set(re.findall(r"<b>Thiết bị ([ABC])</b>", page)) == titles, query


def test_unit_is_written_once_for_all_its_devices(store: Store, visit: Visit) -> None:
    """A phone number that is none is refused; a good one stands on the device's page."""
    device_id = camera(store)
    client = visit(Role.MANAGER)
    refused = post(client, "/units", name="VNPT Lạng Sơn", phone="gọi cô Lan")
    assert refused.status_code == 422
    assert "cần số điện thoại" in refused.text
    assert post(client, "/units", name="VNPT Lạng Sơn", phone="0912 345 678").status_code == 303
    assert 'href="tel:0912345678"' in client.get(f"/devices/{device_id}").text
    assert "ghi “0912 345 678”" in client.get("/units?name=VNPT+L%E1%BA%A1ng+S%C6%A1n").text


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no fonts for papers here: make assets")
def test_labels_of_what_is_chosen(store: Store, visit: Visit) -> None:
    """The sheet is a PDF; where nothing is chosen there is none."""
    device_id = camera(store)
    client = visit(Role.MAINTENANCE)
    for path in ("/devices/labels", f"/devices/labels?device_id={device_id}"):
        assert client.get(path).content.startswith(b"%PDF-")
    assert client.get("/devices/labels?site=nowhere").status_code == 404


def test_programs_read_and_write_the_register(store: Store, visit: Visit) -> None:
    """The API takes values as JSON, says in words what it expected, and keeps who changed what."""
    client = visit(Role.MANAGER)
    client.headers["Accept"] = "application/json"
    added = client.post(
        "/api/v1/devices",
        json={"kind": "barrier", "site": "huu-nghi", "purchased_on": "2021-07-15", "cost_vnd": 9_000_000},
    )
    assert added.status_code == 201
    device = added.json()
    assert (device["purchased_on"], device["cost_vnd"], "serial" in device["missing"]) == (
        "2021-07-15",
        9_000_000,
        True,
    )
    place = f"/api/v1/devices/{device['device_id']}"
    refused = client.patch(place, json={"warranty_until": "2020-01-01"})
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "warranty_until: expected no day before purchased_on, which is 2021-07-15, got '2020-01-01'"
    )
    assert client.patch(place, json={"maintainer": "VNPT"}).json()["maintainer"] == "VNPT"
    assert client.get(f"{place}/changes").json()["items"][0] | {"at": ""} == {
        "at": "", "actor": "lan.manager", "field": "maintainer", "old": "", "new": "VNPT",
    }  # fmt: skip
    assert [one["device_id"] for one in client.get("/api/v1/devices?kind=barrier").json()["items"]] == [
        device["device_id"]
    ]
    assert client.get("/api/v1/devices/NOSUCH").status_code == 404


def test_repair_list_names_verdict_reason_and_who_to_call(store: Store, visit: Visit) -> None:
    """What nobody heard of is to be looked at; the paper and the workbook are one key away and hold the device."""
    device_id = camera(store)
    with store.transaction() as transaction:
        store.register.set_unit(transaction, UnitRecord("VNPT Lạng Sơn", phone="0205 3 812 345"), actor="lan")
    client = visit(Role.MANAGER)
    page = client.get("/devices/repair").text
    assert re.search(r"Cần xem xét</dt><dd>1<", page)
    assert "chưa từng gửi tin về trung tâm trong kỳ" in page
    assert 'href="tel:02053812345"' in page
    table = load_workbook(io.BytesIO(client.get("/devices/repair/xlsx?days=30").content)).worksheets[0]
    assert table["B4"].value == device_id
    assert re.search(r"Cần xem xét</dt><dd>0<", client.get("/devices/repair?site=tan-thanh").text) is None
    if FOLDER.is_dir():
        assert client.get("/devices/repair/pdf").content.startswith(b"%PDF-")


def test_repair_list_says_what_its_vehicles_are(store: Store, visit: Visit) -> None:
    """Before any hour is counted it is the passages themselves; after that, both, and from when on."""
    camera(store)
    client = visit(Role.MANAGER)
    assert "chưa có giờ nào được tổng hợp" in client.get("/devices/repair").text
    seen = passage(1, at=datetime.now(UTC))
    with store.transaction() as transaction:
        store.passages.save(transaction, seen, late_after=timedelta(minutes=5))
        store.traffic.count_passages(transaction, [str(seen.passage_id)])
    page = client.get("/devices/repair").text
    assert "đếm từng lượt còn lưu, từ đó cộng các giờ" in page
    assert "không tính" in page


def test_addresses_of_nothing_get_a_page_that_says_so(store: Store, visit: Visit) -> None:
    """Whatever stands in the address, the answer is a page."""
    client = visit(Role.MANAGER)
    for path in (
        "/d/NOSUCH",
        "/devices/%00",
        "/devices/import/nonsense",
        "/devices/NOSUCH/edit",
        "/devices/NOSUCH/files/ab",
    ):
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 404, path
        assert "<h1>" in answer.text
    assert client.get("/devices/repair?site=%00").status_code == 200
