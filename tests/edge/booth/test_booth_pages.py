"""The booth page over real HTTP: who gets in, what is shown, and what a person opens."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog

from contract.errors import StoreError
from contract.messages import (
    HealthFinding,
    HealthLevel,
    HealthReason,
    NodeFinding,
    NodeTrouble,
    Severity,
    Verdict,
)
from contract.plate import PlateColour
from edge.booth.board import Board
from edge.booth.persons import BoothRole
from edge.gate_controller.barrier import Mode
from tests.edge.booth.booth_house import (
    OTHER_CHEAP,
    OTHER_PASSWORD,
    PASSWORD,
    BoothHouse,
    ask_to_open,
    form_of,
    is_open,
)

WRONG = "a made-up wrong password"


def test_nothing_is_shown_to_nobody(house: BoothHouse) -> None:
    """Without a login every page leads to the login page, and no picture is given."""
    passage = house.passes("12C34567")
    client = house.client()
    for path in ("/", "/open/in-1", f"/picture/{passage.evidence[0].sha256}", "/camera/in-1-front"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
    assert client.get("/now").status_code == 401
    assert client.post("/open/in-1", data={"reason": "papers"}).status_code == 303
    assert house.gates["in-1"].mode is Mode.CLOSED


def test_login_keeps_a_cookie_that_scripts_and_other_sites_do_not_get(house: BoothHouse) -> None:
    """HttpOnly and SameSite; the answer may not be kept, and the page loads nothing from elsewhere."""
    answer = house.client().post("/login", data={"user": "lan", "password": PASSWORD})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    page = house.enter().get("/")
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_wrong_passwords_lock_a_name_out(house: BoothHouse) -> None:
    """Five wrong ones, and even the right one waits; another name from there does not."""
    house.person("minh")
    client = house.client()
    for _ in range(5):
        assert client.post("/login", data={"user": "lan", "password": WRONG}).status_code == 401
    answer = client.post("/login", data={"user": "lan", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert "Sai quá nhiều lần" in answer.text
    house.enter("minh")


def test_password_stands_in_no_log(house: BoothHouse, capsys: pytest.CaptureFixture[str], caplog: Any) -> None:
    """Neither a right one nor a wrong one, nor a name that may be a password typed into the wrong field."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        client = house.client()
        client.post("/login", data={"user": WRONG, "password": WRONG})
        client.post("/login", data={"user": "lan", "password": PASSWORD})
    told = json.dumps(logged, default=str) + caplog.text + "".join(capsys.readouterr())
    assert "logged in at the booth" in told
    assert PASSWORD not in json.dumps(logged, default=str, ensure_ascii=False) + caplog.text
    assert WRONG not in told


def test_other_password_ends_the_sessions(house: BoothHouse) -> None:
    """Whoever was logged in with the former one is out at once, and so is who was removed."""
    client = house.enter()
    assert client.get("/").status_code == 200
    house.person("lan", password_hash=OTHER_CHEAP)
    assert client.get("/").status_code == 303
    again = house.enter("lan", OTHER_PASSWORD)
    del house.persons["lan"]
    house.write_persons()
    assert again.get("/").status_code == 303


def test_file_that_others_may_read_lets_nobody_in(house: BoothHouse) -> None:
    """The page says so in words, and works again when the file is right."""
    house.persons_file.chmod(0o644)
    answer = house.client().post("/login", data={"user": "lan", "password": PASSWORD})
    assert answer.status_code == 503
    assert "smartgate edge person" in answer.text
    house.persons_file.chmod(0o600)
    house.enter()


def test_opening_reaches_the_barrier_and_the_outbox(house: BoothHouse, wait_until: Any) -> None:
    """With name, reason and lane; the arm of that lane goes up and no other."""
    client = house.enter()
    answer = ask_to_open(client, reason="unread", words="  biển\n\x00bám bùn ")
    assert answer.status_code == 303
    (opening,) = house.openings()
    assert (opening.actor, opening.lane) == ("lan", "in-1")
    assert opening.reason == "Không đọc được biển số, đã xem xe và giấy tờ: biển bám bùn"
    wait_until(is_open(house), what="the arm to be up")
    assert house.gates["in-2"].mode is Mode.CLOSED
    shown = client.get(answer.headers["location"]).text
    assert "Đã gửi lệnh mở Làn vào 1" in shown
    assert "biển bám bùn" in shown


def test_opening_answers_the_question_of_the_passage(house: BoothHouse, wait_until: Any) -> None:
    """A vehicle that a person let through is told as granted by a person, as when central opens."""
    house.passes("12C34567", ago_s=30)
    ask_to_open(house.enter())
    wait_until(is_open(house), what="the arm to be up")
    house.leaves("29H01234")
    page = house.enter().get("/").text
    assert "Cho qua" in page
    assert "cán bộ đã mở" in page


def test_form_acts_once(house: BoothHouse) -> None:
    """The same form sent twice opens once, and says the same both times."""
    client = house.enter()
    page = client.get("/open/in-1").text
    fields = {"csrf": form_of(page, "csrf"), "form": form_of(page, "form"), "reason": "papers"}
    first, second = (client.post("/open/in-1", data=fields) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(house.openings()) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": ""}, "Chọn một lý do"),
        ({"reason": "made-up"}, "Chọn một lý do"),
        ({"reason": "other", "words": " "}, "phải ghi rõ lý do"),
        ({"form": str(uuid4())}, "chưa mở gì"),
        ({"form": "made up"}, "chưa mở gì"),
    ],
)
def test_form_that_lacks_something_opens_nothing(house: BoothHouse, fields: dict[str, str], says: str) -> None:
    """No reason, no words for another reason, a form that was never given: said in words, with a fresh form."""
    answer = ask_to_open(house.enter(), **fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert house.openings() == []
    assert house.gates["in-1"].mode is Mode.CLOSED


def test_form_of_another_lane_or_person_opens_nothing(house: BoothHouse) -> None:
    """A form is for the lane and the person that it was made for."""
    house.person("minh")
    mine, other = house.enter(), house.enter("minh")
    page = mine.get("/open/in-1").text
    fields = {"csrf": form_of(page, "csrf"), "form": form_of(page, "form"), "reason": "papers"}
    assert mine.post("/open/in-2", data=fields).status_code == 422
    csrf = form_of(other.get("/open/in-1").text, "csrf")
    assert other.post("/open/in-1", data=fields | {"csrf": csrf}).status_code == 422
    assert house.openings() == []


def test_another_site_cannot_open(house: BoothHouse) -> None:
    """Neither a form without our token, nor one that a browser says comes from elsewhere."""
    client = house.enter()
    page = client.get("/open/in-1").text
    fields = {"csrf": form_of(page, "csrf"), "form": form_of(page, "form"), "reason": "papers"}
    assert client.post("/open/in-1", data=fields | {"csrf": "made up"}).status_code == 403
    assert client.post("/open/in-1", data=fields | {"csrf": "giả"}).status_code == 403
    assert client.post("/open/in-1", data=fields, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert client.post("/open/in-1", data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert house.openings() == []
    assert client.post("/logout", data={"csrf": "made up"}).status_code == 403
    assert client.get("/").status_code == 200


def test_long_form_is_refused(house: BoothHouse) -> None:
    """Nobody fills the node's memory by a form."""
    client = house.client()
    assert client.post("/login", data={"user": "lan", "password": "x" * 20_000}).status_code == 413
    assert client.post("/login", content=(b"x" for _ in range(3))).status_code == 413


def test_maintenance_sees_no_vehicles_and_opens_nothing(house: BoothHouse) -> None:
    """The role that looks after devices gets cameras and the node, and is told why not the rest."""
    house.person("ky.thuat", BoothRole.MAINTENANCE)
    passage = house.passes("12C34567")
    house.reports("in-1", HealthLevel.FAILED, HealthReason.FROZEN)
    client = house.enter("ky.thuat")
    page = client.get("/").text
    assert "đứng hình" in page
    assert "12C-345.67" not in page
    assert "12C-345.67" not in client.get("/now").text
    assert client.get("/open/in-1").status_code == 403
    assert client.get(f"/picture/{passage.evidence[0].sha256}").status_code == 403


def test_vehicles_stand_newest_first_with_their_own_picture(house: BoothHouse) -> None:
    """A later revision takes the place of the earlier one; the picture is the very one that is named."""
    first = house.passes("12C34567", ago_s=60)
    house.passes(None, ago_s=30, grey=140)
    house.passes("29H01234", ago_s=5, grey=160, verdict=Verdict.GRANT)
    house.passes("12C34568", passage_id=first.passage_id, ago_s=60, grey=100)
    house.passes("桂F12345", "in-2", colour=PlateColour.YELLOW)
    client = house.enter()
    page = client.get("/").text
    assert (
        page.index("29H-012.34")
        < page.index("Không đọc được biển")
        < page.index("12C-345.68")
        < page.index("桂F·12345")
    )
    assert "12C-345.67" not in page
    crop = next(ref for ref in house.passes("15C12345").evidence if ref.kind == "crop")
    answer = client.get(f"/picture/{crop.sha256}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert hashlib.sha256(answer.content).hexdigest() == crop.sha256
    assert client.get(f"/picture/{'0' * 64}").status_code == 404


def test_what_central_does_not_have_is_shown_after_a_restart(tmp_path: Path) -> None:
    """The last vehicles that wait in the outbox stand on the page of the next start, with their pictures."""
    before = BoothHouse(tmp_path)
    passage = before.passes("12C34567")
    before.outbox.close()
    after = BoothHouse(tmp_path)
    after.start()
    try:
        client = after.enter()
        assert "12C-345.67" in client.get("/").text
        assert client.get(f"/picture/{passage.evidence[0].sha256}").status_code == 200
    finally:
        after.end()


@pytest.mark.parametrize(("language", "word"), [("en", "Open barrier"), ("zh", "打开道闸"), ("vi", "Mở barie")])
def test_language_is_chosen_and_stays(house: BoothHouse, language: str, word: str) -> None:
    """Vietnamese unless chosen otherwise; the switch leads back to where one was, and to no other site."""
    client = house.enter()
    assert "Mở barie" in client.get("/").text
    assert client.get(f"/language/{language}", params={"back": "/open/in-1"}).headers["location"] == "/open/in-1"
    page = client.get("/").text
    assert word in page
    assert f'lang="{language}"' in page
    assert client.get("/language/en", params={"back": "//elsewhere.example"}).headers["location"] == "/"


def test_health_is_told_in_words(house: BoothHouse) -> None:
    """Link, outbox, disk and cameras; what was not told is unknown, never good."""
    client = house.enter()
    page = client.get("/").text
    assert "Mất liên lạc với trung tâm" in page
    assert "chưa báo tình trạng" in page
    house.connected = True
    house.measures(outbox_pending=37, disk_free_mb=300, not_on_disk=3)
    page = client.get("/now").json()["vitals"]
    assert "Có liên lạc với trung tâm" in page
    assert "37 tin chờ gửi" in page
    assert "Đĩa sắp đầy" in page
    assert "Đĩa không ghi được: 3 tin" in page
    assert "Camera in-1-front: chưa rõ" in page


def test_all_that_is_wrong_stands_there_with_what_is_not_judged(house: BoothHouse) -> None:
    """Of a camera and of the node itself."""
    client = house.enter()
    moved = HealthFinding(code=HealthReason.MOVED, severity=Severity.MODERATE, measure=0.021, limit=0.015)
    unread = HealthFinding(code=HealthReason.UNREADABLE_PLATES, severity=Severity.SLIGHT, measure=0.71, limit=0.88)
    house.reports(
        "in-1",
        HealthLevel.DEGRADED,
        HealthReason.MOVED,
        findings=(moved, unread),
        unjudged={
            HealthReason.TRIGGER_MISMATCH: "no_loop",
            HealthReason.CLOCK_DRIFT: "a reason of tomorrow",
            HealthReason.DIRTY_LENS: "moved",
        },
    )
    now = datetime.now(UTC)
    house.measures(
        NodeFinding(code=NodeTrouble.DISK_WORN, severity=Severity.MODERATE, since=now, measure=0.75, limit=0.7)
    )
    page = client.get("/now").json()["vitals"]
    assert "lệch hướng (vừa: 0.021 / 0.015)" in page
    assert "biển số khó đọc (nhẹ: 0.71 / 0.88)" in page
    assert "lệch với vòng từ (không có vòng từ)" in page
    assert "(a reason of tomorrow)" in page
    assert "(lệch hướng)" in page
    assert "75 % tuổi thọ" in page


def test_disk_that_refuses_keeps_no_barrier_shut(
    house: BoothHouse, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arm goes up; who opened and why is told when the disk takes it again, once."""

    def refuse(*_: object) -> int:
        raise StoreError("a made-up full disk")

    client = house.enter()
    with monkeypatch.context() as broken:
        broken.setattr(house.outbox, "append", refuse)
        assert ask_to_open(client).status_code == 303
        wait_until(is_open(house), what="the arm to be up")
        house.booth.tick()
    assert house.openings() == []
    house.booth.tick()
    house.booth.tick()
    assert [opening.actor for opening in house.openings()] == ["lan"]


def test_lane_without_a_barrier_cannot_be_opened(house: BoothHouse) -> None:
    """It has no button, and its address says why."""
    client = house.enter()
    assert 'href="/open/out-1"' not in client.get("/").text
    for lane in ("out-1", "made-up"):
        assert client.get(f"/open/{lane}").status_code == 404
    assert "không có barie" in client.get("/open/out-1").text


def test_fault_of_the_page_is_told_in_words(house: BoothHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the program's inside is shown, and the page works again afterwards."""

    def stumble(*_: object) -> None:
        raise RuntimeError("a made-up fault")

    client = house.enter()
    with monkeypatch.context() as broken:
        broken.setattr(Board, "lanes", stumble)
        answer = client.get("/")
    assert answer.status_code == 500
    assert "cổng vẫn làm việc" in answer.text
    assert "made-up fault" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert client.get("/").status_code == 200
