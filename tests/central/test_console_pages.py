"""The pages as HTML."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from central.auth import ensure_first_admin, set_login
from central.console.assets import copy_assets
from central.console.say import Say
from central.console.words import LANGUAGES, words_of
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import Role
from contract.errors import ConfigError
from contract.messages import (
    BarrierEvent,
    Decision,
    DecisionReason,
    EvidenceKind,
    EvidenceRef,
    HealthLevel,
    HealthReason,
    Metrics,
    Verdict,
)
from contract.plate import Language
from edge.gate_controller.events import Event
from edge.health.judge import Scene
from edge.health.monitor import HealthMonitor
from edge.health.readability import Readability
from edge.node.duties import CameraDuties
from tests.central.made import NOON, birth, declared, evidence, health, passage, read, stamp
from tests.central.served import Served

PASSWORD = "a made-up password"
JPEG = b"\xff\xd8 made up \xff\xd9"
LATE = timedelta(minutes=5)
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@pytest.fixture
def anybody(store: Store) -> Iterator[httpx.Client]:
    with Served(store) as served:
        yield served.client(headers={"Accept": "text/html"})


def enter(client: httpx.Client, store: Store, role: Role) -> httpx.Client:
    set_login(store, "lan", role, PASSWORD)
    assert client.post("/login", data={"user": "lan", "password": PASSWORD}).status_code == 303
    return client


@pytest.fixture
def operator(anybody: httpx.Client, store: Store) -> httpx.Client:
    return enter(anybody, store, Role.OPERATOR)


@pytest.fixture
def admin(anybody: httpx.Client, store: Store) -> httpx.Client:
    return enter(anybody, store, Role.ADMIN)


def see(
    store: Store,
    *reasons: Reason,
    outcome: OutcomeKind = OutcomeKind.MATCHED,
    with_picture: bool = True,
    **more: object,
) -> str:
    """A lane with a camera and one passage through it, just now."""
    now = datetime.now(UTC)
    at = more.pop("at", now)
    assert isinstance(at, datetime)
    message = passage(1, more.pop("plate", "12C34567"), at=at, jpegs=(JPEG,), **more)  # type: ignore[arg-type]  # any field, as the test wants
    with store.transaction(now) as transaction:
        store.nodes.report_status(transaction, birth())
        store.cameras.report(transaction, health(frame_at=now))
        store.passages.save(transaction, message, late_after=LATE)
        if with_picture:
            store.evidence.save(transaction, evidence(2, message, JPEG))
        record = OutcomeRecord(outcome, reasons, message.passage_id, None, 0.0, now)
        store.outcomes.revise(transaction, [record])
    return str(message.passage_id)


def test_who_is_not_logged_in_is_led_back_after_login(anybody: httpx.Client, store: Store) -> None:
    """The page asked for opens after logging in."""
    answer = anybody.get("/passages?plate=12C")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/passages%3Fplate%3D12C"
    form = anybody.get(answer.headers["location"]).text
    assert 'name="next" value="/passages?plate=12C"' in form
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    answer = anybody.post("/login", data={"user": "lan", "password": PASSWORD, "next": "/passages?plate=12C"})
    assert answer.headers["location"] == "/passages?plate=12C"


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_login_never_leads_elsewhere(anybody: httpx.Client, store: Store, next_page: str) -> None:
    """A link that was sent to somebody cannot use our login as a bridge."""
    set_login(store, "lan", Role.OPERATOR, PASSWORD)
    answer = anybody.post("/login", data={"user": "lan", "password": PASSWORD, "next": next_page})
    assert answer.headers["location"] == "/"


def test_wrong_password_is_said_in_words(anybody: httpx.Client) -> None:
    """The form comes back with the name and the reason."""
    answer = anybody.post("/login", data={"user": "lan", "password": "wrong"})
    assert answer.status_code == 401
    assert "Tên hoặc mật khẩu không đúng." in answer.text
    assert 'value="lan"' in answer.text


def test_one_time_password_leads_to_the_account_page(anybody: httpx.Client, store: Store) -> None:
    """Until it is changed every page leads to where it is changed."""
    password = ensure_first_admin(store)
    assert password is not None
    answer = anybody.post("/login", data={"user": "admin", "password": password})
    assert answer.headers["location"] == "/account"
    assert anybody.get("/").headers["location"] == "/account"
    csrf = CSRF.findall(anybody.get("/account").text)[0]
    answer = anybody.post("/account", data={"old": password, "new": "my own password", "csrf": csrf})
    assert answer.headers["location"] == "/"
    assert anybody.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "data"),
    [("/logout", {}), ("/account", {"old": PASSWORD, "new": "another password"}), ("/users", {"name": "x"})],
)
def test_forms_need_their_token(admin: httpx.Client, path: str, data: dict[str, str]) -> None:
    """A form that this login did not get from us changes nothing."""
    answer = admin.post(path, data={**data, "csrf": "made up"})
    assert answer.status_code == 403
    assert "Biểu mẫu đã hết hạn" in answer.text
    assert admin.get("/").status_code == 200


def test_live_card_says_everything(operator: httpx.Client, store: Store) -> None:
    """Plate, who issued it, outcome with reasons, decision, barrier, picture."""
    now = datetime.now(UTC)
    passage_id = see(
        store,
        Reason(ReasonCode.PLATE_NEAR, {"read": "12C34567", "declared": "12C34561"}),
        outcome=OutcomeKind.TO_REVIEW,
        decision=Decision(verdict=Verdict.ASK, reason=DecisionReason.LANE_ASSIST, at=now),
        barrier=(BarrierEvent(at=now, event="opened_by_hand"),),
    )
    page = operator.get("/").text
    for words in (
        'aria-label="12C-345.67"',
        "Lạng Sơn",
        "Cần xem lại",
        "Đọc được 12C-345.67, tờ khai ghi 12C-345.61: khác nhau chút ít.",
        "Chờ cán bộ quyết định",
        "mở bằng tay",
        f"/passages/{passage_id}",
        "/api/v1/evidence/",
    ):
        assert words in page


def test_picture_on_its_way_is_not_replaced_by_another(operator: httpx.Client, store: Store) -> None:
    """Until the frame that was read arrives, the card shows none."""
    see(store, with_picture=False)
    page = operator.get("/").text
    assert "Ảnh đang được gửi đến" in page
    assert "<img" not in page


def test_picture_is_grey_when_its_camera_is_not_well(operator: httpx.Client, store: Store) -> None:
    """A frozen camera's last picture is marked as such, in words."""
    see(store)
    assert "picture stale" not in operator.get("/").text
    with store.transaction() as transaction:
        store.cameras.report(transaction, health(HealthLevel.FAILED, reason=HealthReason.FROZEN))
    page = operator.get("/").text
    assert "picture stale held" in page
    assert "Camera đứng hình" in page


def test_old_picture_is_grey(operator: httpx.Client, store: Store) -> None:
    """A picture of long ago does not look like now."""
    see(store, at=datetime.now(UTC) - timedelta(hours=3))
    page = operator.get("/").text
    assert "picture stale" in page
    assert "Ảnh cũ" in page
    assert "Đến muộn" in page


def test_unread_plate_says_why(operator: httpx.Client, store: Store) -> None:
    """No plate is drawn for a vehicle whose plate could not be read."""
    see(store, Reason(ReasonCode.UNREADABLE, {"abstained": "illegible"}), outcome=OutcomeKind.TO_REVIEW, plate=None)
    page = operator.get("/").text
    assert "plate none" in page
    assert "biển số không thể đọc" in page


def test_what_people_typed_is_text(operator: httpx.Client, store: Store) -> None:
    """Markup in a declaration stays text."""
    with store.transaction() as transaction:
        store.declarations.save(transaction, declared(goods="<script>alert(1)</script>"), payload="{}")
    for path in ("/declarations", "/declarations/HN-000001"):
        page = operator.get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_language(admin: httpx.Client, store: Store, language: str) -> None:
    """Each page opens in each language, and says which it speaks."""
    passage_id = see(store, Reason(ReasonCode.NO_DECLARATION), outcome=OutcomeKind.UNDECLARED)
    with store.transaction() as transaction:
        store.declarations.save(transaction, declared(), payload="{}")
    admin.get(f"/language/{language}")
    lists = ["/", "/cameras", "/passages", "/declarations", "/account", "/users", "/docs"]
    for path in [*lists, f"/passages/{passage_id}", "/declarations/HN-000001"]:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text, path


@pytest.mark.parametrize("code", list(ReasonCode))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_a_sentence(code: ReasonCode, language: Language) -> None:
    """With all its values, formatted for people."""
    values = {
        "read": "12C34567", "declared": "12C34561", "confidence": 0.5, "required": 0.9, "abstained": "illegible",
        "seen": "tan-thanh", "seen_at": "2026-05-04T05:00:00+00:00", "expected_from": "2026-05-04T05:00:00+00:00",
        "expected_until": "2026-05-04T06:00:00+00:00", "declaration_id": "HN-000001", "passage_id": "p",
        "until": "2026-05-04T05:00:00+00:00", "who": "can.bo", "as_of": "2026-05-04T05:00:00+00:00", "direction": "in",
        "probability": 0.7, "force": "border_guard", "fee_class": "C40", "site": "chi-ma", "apart_min": 6.5,
        "least_min": 40.0, "since": "2026-05-04T05:00:00+00:00", "stayed_h": 0.8, "limit_h": 36.0,
    }  # fmt: skip
    if code is ReasonCode.GATE_DIFFERS:
        values |= {"declared": "huu-nghi"}
    if code is ReasonCode.DIRECTION_DIFFERS:
        values |= {"declared": "in", "seen": "out"}
    sentence = Say(words_of(language), utc_offset_h=7, now=NOON).reason(Reason(code, values))
    assert sentence.endswith((".", "。"))
    assert not re.search(r"\?|\{|T05:|huu-nghi|chi-ma|border_guard|12C34567", sentence)


def test_filters_keep_what_was_chosen(operator: httpx.Client, store: Store) -> None:
    """The list shows what was asked for, the form what was chosen; nonsense is refused in words."""
    see(store, Reason(ReasonCode.NO_DECLARATION), outcome=OutcomeKind.UNDECLARED)
    page = operator.get("/passages?outcome=undeclared&plate=345").text
    assert '<option value="undeclared" selected>' in page
    assert 'aria-label="12C-345.67"' in page
    assert "Không có lượt xe nào như vậy." in operator.get("/passages?outcome=matched").text
    nonsense = {"outcome=perhaps": "Yêu cầu không hợp lệ", "cursor=nonsense": "Yêu cầu không hợp lệ"}
    nonsense |= dict.fromkeys(("since=yesterday", "until=9999-12-31", "since=2026-13-01T00:00"), "Thời gian không đúng")
    nonsense["since=2026-05-05T10:00&until=2026-05-05T09:00"] = "phải sau thời gian từ"
    for query, words in nonsense.items():
        answer = operator.get(f"/passages?{query}")
        assert answer.status_code == 400
        assert words in answer.text


@pytest.mark.parametrize("path", ["/passages/nonsense", "/passages/00000000-0000-0000-0000-000000000000", "/nothing"])
def test_unknown_address_is_a_page_too(operator: httpx.Client, path: str) -> None:
    """With a way back."""
    answer = operator.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text


def test_cameras_say_since_when_why_and_what_to_do(operator: httpx.Client, store: Store) -> None:
    """The worst stands first, with its reason, help and measurements."""
    with store.transaction() as transaction:
        store.nodes.report_status(transaction, birth())
        store.cameras.report(transaction, health(camera="in-1-rear"))
        store.cameras.report(transaction, health(HealthLevel.FAILED, reason=HealthReason.FROZEN))
    page = operator.get("/cameras").text
    assert page.index("Làn vào 1 · trước") < page.index("Làn vào 1 · sau")
    for words in ("đứng hình", "Khởi động lại camera", "Khung hình mỗi giây", "từ "):
        assert words in page
    only_bad = operator.get("/cameras/wall?level=bad").text
    assert "Làn vào 1 · sau" not in only_bad


def test_node_whose_disk_fails_is_told_apart(operator: httpx.Client, store: Store) -> None:
    """What a node keeps in memory, and files that it set aside, stand on its card while there are any."""
    see(store)
    signs = {"outbox_pending": 3.0, "not_on_disk": 0.0, "outbox_set_aside": 0.0}
    for failing in (False, True):
        values = signs | ({"not_on_disk": 12.0, "outbox_set_aside": 1.0} if failing else {})
        with store.transaction(datetime.now(UTC)) as transaction:
            metrics = Metrics(site="huu-nghi", node="huu-nghi-1", stamp=stamp(), values=values)
            store.nodes.report_metrics(transaction, metrics)
        page = operator.get("/cameras").text
        assert ("đĩa không ghi được" in page) is failing
        assert ("Tệp hỏng đã cất riêng" in page) is failing


def test_empty_pages_say_so(operator: httpx.Client) -> None:
    """A fresh installation explains itself."""
    assert "Khi một thiết bị biên kết nối" in operator.get("/").text
    assert "Chưa có camera nào báo về." in operator.get("/cameras").text
    assert "Không có tờ khai nào như vậy." in operator.get("/declarations").text


def test_accounts_are_for_admins(operator: httpx.Client) -> None:
    """Others are refused in words."""
    answer = operator.get("/users")
    assert answer.status_code == 403
    assert "Vai trò của bạn" in answer.text


def test_admin_adds_locks_and_gives_keys(admin: httpx.Client, store: Store) -> None:
    """A new user gets a one-time password, a key works until it is revoked, a locked user is out."""
    csrf = CSRF.findall(admin.get("/users").text)[0]
    page = admin.post("/users", data={"name": "minh", "role": "maintenance", "csrf": csrf}).text
    secret = re.findall(r"<code>(.+?)</code>", page)[0]
    with httpx.Client(base_url=admin.base_url) as other:
        answer = other.post("/login", data={"user": "minh", "password": secret})
        assert answer.headers["location"] == "/account"
        minh = store.users.by_name("minh")
        assert minh is not None
        twice = admin.post("/users", data={"name": "minh", "role": "admin", "csrf": csrf})
        assert (twice.status_code, store.users.by_name("minh")) == (409, minh), "a name that is taken changes nobody"
        admin.post(f"/users/{minh.user_id}/disabled", data={"disabled": "yes", "csrf": csrf})
        assert other.get("/account").headers["location"].startswith("/login")
        none = admin.post("/keys", data={"name": "report", "csrf": csrf})
        assert (none.status_code, store.api_keys.list()) == (400, ())
        assert "ít nhất một phạm vi" in none.text
        page = admin.post("/keys", data={"name": "report", "scope": ["export", "read"], "csrf": csrf}).text
        key = {"Authorization": f"Bearer {re.findall(r'<code>(.+?)</code>', page)[0]}"}
        assert other.get("/api/v1/me", headers=key).json()["scopes"] == ["read", "export"]
        (record,) = store.api_keys.list()
        admin.post(f"/keys/{record.key_id}/revoke", data={"csrf": csrf})
        assert other.get("/api/v1/me", headers=key).status_code == 401


def test_nobody_locks_themselves_out(admin: httpx.Client, store: Store) -> None:
    """An admin cannot lock their own account."""
    csrf = CSRF.findall(admin.get("/users").text)[0]
    me = store.users.by_name("lan")
    assert me is not None
    assert admin.post(f"/users/{me.user_id}/disabled", data={"disabled": "yes", "csrf": csrf}).status_code == 400
    assert admin.get("/").status_code == 200


def test_pages_keep_to_themselves(operator: httpx.Client) -> None:
    """No other site may frame a page or give it scripts."""
    policy = operator.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_missing_packages_are_named(tmp_path: Path) -> None:
    """Copying assets without the packages says what to do."""
    with pytest.raises(ConfigError, match="make assets"):
        copy_assets(tmp_path / "node_modules", tmp_path / "vendor")


def test_front_picture_stands_beside_the_front_plate(operator: httpx.Client, store: Store) -> None:
    """A rear camera's picture that came last does not take the place of the frame that the plate was read in."""
    now = datetime.now(UTC)
    pictures = {"in-1-rear": b"\xff\xd8 rear \xff\xd9", "in-1-front": b"\xff\xd8 front \xff\xd9"}
    refs = tuple(
        EvidenceRef(kind=EvidenceKind.FRAME, sha256=hashlib.sha256(jpeg).hexdigest(), camera=camera, captured_at=now)
        for camera, jpeg in pictures.items()
    )
    message = passage(1, at=now, evidence=refs, second_plate=read("15RM00123"))
    with store.transaction(now) as transaction:
        store.nodes.report_status(transaction, birth())
        store.passages.save(transaction, message, late_after=LATE)
        for ref, jpeg in zip(refs, pictures.values(), strict=True):
            picture = evidence(2, message, jpeg).model_copy(update={"camera": ref.camera})
            store.evidence.save(transaction, picture)
    page = operator.get("/").text
    assert refs[1].sha256 in page
    assert refs[0].sha256 not in page


def test_every_word_of_the_barrier_is_in_the_catalogue() -> None:
    """What the state machine of the gate can say, the pages say in words."""
    assert {f"barrier.{event}" for event in Event} <= words_of("vi").keys


def test_every_measurement_of_a_camera_has_a_name() -> None:
    """What the diagnosis measures of a camera, its readings and its clock is named in words."""
    names = set[str]()
    for measuring in (HealthMonitor._numbers, Scene.numbers, Readability.measurements, CameraDuties._punctual):
        found = set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"[:\]]', inspect.getsource(measuring)))
        assert found
        names |= found
    assert {"fps", "sharpness", "read_share"} <= names
    assert {f"measure.{name}" for name in names} <= words_of("vi").keys
