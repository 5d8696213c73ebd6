"""The pages in a real browser, over a real server and a store with made-up gates."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from central.app import create_app
from central.auth import ensure_first_admin, set_login
from central.config import WebSettings
from central.console.assets import VENDOR
from central.server import PageServer
from central.store import Store
from central.store.records import OutcomeKind, OutcomeRecord, Reason, ReasonCode, Role
from contract.messages import (
    Abstention,
    BarrierEvent,
    CameraHealth,
    Candidate,
    Decision,
    DecisionReason,
    Direction,
    Evidence,
    EvidenceKind,
    EvidenceRef,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    Passage,
    PlateRead,
    Stamp,
    Status,
    TimeQuality,
    Verdict,
)
from contract.plate import PlateColour, parse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PASSWORD = "sông Kỳ Cùng chảy ngược"
LANES = (("in-1", Direction.IN), ("out-1", Direction.OUT))
SITES = ("huu-nghi", "tan-thanh")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]


def jpeg(grey: int, width: int = 320, height: int = 180) -> bytes:
    """A plain picture."""
    ok, data = cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8))
    assert ok
    return data.tobytes()


def plate(
    text: str, colour: PlateColour = PlateColour.WHITE, *, lines: int = 1, doubt: tuple[int, str] | None = None
) -> PlateRead:
    """A read of `text`; the character at `doubt[0]` may also be `doubt[1]`."""
    found = parse(text, colour=colour, lines=lines)[0]
    sure = tuple((Candidate(text=sign, confidence=0.99),) for sign in text)
    if doubt is not None:
        place, other = doubt
        options = (Candidate(text=text[place], confidence=0.55), Candidate(text=other, confidence=0.4))
        sure = (*sure[:place], options, *sure[place + 1 :])
    return PlateRead(
        text=text, confidence=0.97 if doubt is None else 0.55, country=found.country, kind=found.kind, colour=colour,
        lines=lines, lattice=sure, candidates=(Candidate(text=text, confidence=0.97 if doubt is None else 0.55),),
    )  # fmt: skip


class Gates:
    """Two made-up gates in a store, and what happens at them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._boot, self._outbox, self._seq = uuid4(), uuid4(), 0
        now = datetime.now(UTC)
        for site in SITES:
            lanes = tuple(
                LaneInfo(lane=lane, direction=way, mode=LaneMode.ASSIST, cameras=(f"{lane}-front",))
                for lane, way in LANES
            )
            status = Status(
                site=site,
                node=f"{site}-1",
                online=True,
                boot_id=self._boot,
                outbox_id=self._outbox,
                started_at=now,
                lanes=lanes,
            )
            with store.transaction() as transaction:
                store.nodes.report_status(transaction, status)
            for lane, _ in LANES:
                self.camera(site, lane)

    def camera(
        self, site: str, lane: str, level: HealthLevel = HealthLevel.OK, reason: HealthReason | None = None
    ) -> None:
        """A camera reports."""
        now = datetime.now(UTC)
        health = CameraHealth(
            site=site, node=f"{site}-1", lane=lane, camera=f"{lane}-front", level=level, reason=reason, since=now,
            stamp=self._stamp(now), frame_at=now, measurements={"fps": 4.0, "brightness": 96.0}, jpeg=jpeg(120),
        )  # fmt: skip
        with self.store.transaction() as transaction:
            self.store.cameras.report(transaction, health)

    def passage(
        self,
        site: str,
        lane: str,
        read: PlateRead | None,
        outcome: OutcomeKind,
        *reasons: Reason,
        second: PlateRead | None = None,
        frame: bytes | None = None,
        crop: bytes | None = None,
        ago: timedelta = timedelta(seconds=3),
        declaration_id: str | None = None,
    ) -> UUID:
        """A vehicle passes, its pictures arrive and it is reconciled."""
        at = datetime.now(UTC) - ago
        passage_id = uuid4()
        pictures = ((EvidenceKind.FRAME, frame or jpeg(90)), (EvidenceKind.CROP, crop or jpeg(200, 120, 40)))
        refs = tuple(
            EvidenceRef(kind=kind, sha256=hashlib.sha256(data).hexdigest(), camera=f"{lane}-front", captured_at=at)
            for kind, data in pictures
        )
        verdict = Verdict.GRANT if outcome is OutcomeKind.MATCHED else Verdict.ASK
        message = Passage(
            **self._numbered(site, at), passage_id=passage_id, lane=lane, direction=dict(LANES)[lane],
            first_seen_at=at, last_seen_at=at + timedelta(seconds=7), plate=read,
            abstained=None if read else Abstention.ILLEGIBLE, second_plate=second, frames=31, reads=12, evidence=refs,
            decision=Decision(verdict=verdict, reason=DecisionReason.LANE_ASSIST, at=at),
            barrier=(BarrierEvent(at=at, event="open_commanded"), BarrierEvent(at=at, event="opened")),
        )  # fmt: skip
        says = OutcomeRecord(outcome, reasons, passage_id, declaration_id, 0.9, at)
        with self.store.transaction() as transaction:
            self.store.passages.save(transaction, message, late_after=timedelta(minutes=5))
            for ref, (_, data) in zip(refs, pictures, strict=True):
                picture = Evidence(
                    **self._numbered(site, at), passage_id=passage_id, kind=ref.kind, camera=ref.camera,
                    captured_at=at, sha256=ref.sha256, jpeg=data,
                )  # fmt: skip
                self.store.evidence.save(transaction, picture)
            self.store.outcomes.revise(transaction, [says])
        return passage_id

    def _numbered(self, site: str, at: datetime) -> dict[str, object]:
        self._seq += 1
        return {
            "site": site,
            "node": f"{site}-1",
            "outbox_id": self._outbox,
            "seq": self._seq,
            "stamp": self._stamp(at),
        }

    def _stamp(self, at: datetime) -> Stamp:
        return Stamp(at=at, boot_id=self._boot, monotonic_s=100.0, time_quality=TimeQuality.SYNCED)


class Site:
    """A running server over a store; may be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
        self.password = ensure_first_admin(self.store) or ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and wait until it does."""
        self._server = PageServer(create_app(self.store, WebSettings()), host="127.0.0.1", port=self.port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server ended at its start"
            self._thread.join(0.02)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server waits for open streams"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.start()
    yield site
    site.stop()
    site.store.close()


@pytest.fixture
def gates(site: Site) -> Gates:
    return Gates(site.store)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="vi-VN")
    context.set_default_timeout(10_000)
    yield context
    context.close()


def enter(context: BrowserContext, site: Site, role: Role = Role.OPERATOR, path: str = "/") -> Page:
    """Log in as a made-up person of a role and open a page; the page must not complain in its console."""
    set_login(site.store, f"can.bo.{role.value}", role, PASSWORD)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.complaints = complaints  # type: ignore[attr-defined]  # looked at by the tests
    page.goto(f"{site.url}{path}")
    log_in(page, f"can.bo.{role.value}", PASSWORD)
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def log_in(page: Page, name: str, password: str) -> None:
    page.fill("input[type=text], input[autocomplete=username]", name)
    page.fill("input[type=password]", password)
    page.press("input[type=password]", "Enter")


def test_one_time_password_must_be_changed_first(context: BrowserContext, site: Site, gates: Gates) -> None:
    """With the one-time password a person gets no further than choosing another one."""
    page = context.new_page()
    page.goto(site.url)
    log_in(page, "admin", site.password)
    expect(page).to_have_url(f"{site.url}/account")
    page.goto(f"{site.url}/passages")
    expect(page).to_have_url(f"{site.url}/account")
    old, *new = page.locator("input[type=password]").all()
    old.fill(site.password)
    for field in new:
        field.fill(PASSWORD)
    new[-1].press("Enter")
    page.wait_for_url(lambda url: "/account" not in url)
    page.goto(f"{site.url}/passages")
    expect(page).to_have_url(f"{site.url}/passages")


def test_lane_changes_without_reload(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A vehicle that passes appears in its lane's card, drawn as a plate, and the page is not loaded again."""
    page = enter(context, site)
    page.evaluate("window.untouched = true")
    gates.passage(
        "huu-nghi",
        "in-1",
        plate("12C34567"),
        OutcomeKind.MATCHED,
        Reason(ReasonCode.PLATE_EXACT, {"read": "12C34567", "declared": "12C34567"}),
    )
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    expect(page.get_by_text("Khớp").first).to_be_visible()
    assert page.evaluate("window.untouched")
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()


def test_what_happened_while_the_server_was_away_appears(context: BrowserContext, site: Site, gates: Gates) -> None:
    """After the server was restarted the open page goes on by itself and shows what it missed."""
    page = enter(context, site)
    page.evaluate("window.untouched = true")
    site.stop()
    gates.passage("tan-thanh", "out-1", plate("29H01234"), OutcomeKind.UNDECLARED, Reason(ReasonCode.NO_DECLARATION))
    site.start()
    expect(page.get_by_label("29H-012.34").first).to_be_visible(timeout=30_000)
    assert page.evaluate("window.untouched")


def test_doubtful_character_shows_its_runner_up(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A character that may be another is marked, with the other beneath it."""
    gates.passage(
        "huu-nghi", "out-1", plate("桂F12348", PlateColour.YELLOW, lines=2, doubt=(6, "3")), OutcomeKind.TO_REVIEW
    )
    page = enter(context, site)
    card = page.locator("article, section, li").filter(has=page.get_by_label("桂F·12348")).last
    expect(card).to_contain_text("GUI-F12348")
    doubt = page.locator(".plate .doubt, .plate .doubtful, .plate [data-runner-up]").first
    expect(doubt).to_be_visible()


def test_camera_fault_shows_on_the_board_and_the_wall(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A frozen camera is named with its reason on the live page, at once, and stands first on the wall."""
    page = enter(context, site)
    gates.camera("tan-thanh", "in-1", HealthLevel.FAILED, HealthReason.FROZEN)
    expect(page.get_by_text("Đứng hình").first).to_be_visible()
    page.goto(f"{site.url}/cameras")
    expect(page.get_by_text("Đứng hình").first).to_be_visible()


def test_maintenance_sees_cameras_only(context: BrowserContext, site: Site, gates: Gates) -> None:
    """Who looks after cameras is led to them, and is refused passages in words."""
    page = enter(context, site, Role.MAINTENANCE)
    expect(page).to_have_url(f"{site.url}/cameras")
    response = page.goto(f"{site.url}/passages")
    assert response is not None
    assert response.status == 403
    assert page.locator("nav a[href='/passages']").count() == 0


@pytest.mark.parametrize(("language", "word"), [("en", "Live"), ("zh", "实时"), ("vi", "Trực tiếp")])
def test_language_switch(context: BrowserContext, site: Site, gates: Gates, language: str, word: str) -> None:
    """One click changes the language of the page, and it stays."""
    page = enter(context, site)
    page.locator(f"a[href*='/language/{language}']").first.click()
    expect(page.locator("nav").first).to_contain_text(word)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.goto(f"{site.url}/cameras")
    expect(page.locator("nav").first).to_contain_text(word)


def test_keys_move_and_open(context: BrowserContext, site: Site, gates: Gates) -> None:
    """J chooses the next item, Enter opens it, / goes to the search field, ? shows the keys."""
    passage_id = gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    page = enter(context, site, path="/passages")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/passages/{passage_id}")
    page.goto(f"{site.url}/passages")
    page.keyboard.press("/")
    page.keyboard.type("345")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("plate=345"))
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_nothing_sticks_out_on_a_phone(context: BrowserContext, site: Site, gates: Gates) -> None:
    """On a narrow screen no page is wider than the screen."""
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED, second=plate("12R01234", lines=2))
    page = enter(context, site, Role.ADMIN)
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/passages", "/declarations", "/cameras", "/account", "/users"):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_first_paint_needs_no_script(browser: Browser, site: Site, gates: Gates) -> None:
    """With scripts switched off, one can log in, see the lanes and look at a passage."""
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    context = browser.new_context(java_script_enabled=False)
    page = enter(context, site)
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    context.close()
