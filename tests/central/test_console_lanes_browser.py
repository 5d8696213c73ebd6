"""An official changes a lane's mode over the live page, by the keys alone; the node answers, and the card changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from central.commands import CommandSender
from central.console.assets import VENDOR
from central.console.words import words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from contract.messages import BoothOpening, Command, CommandResult, LaneMode, Message, Status
from tests.browsing import CHROMIUM, follow
from tests.central.gates import Gates, Site, enter
from tests.central.made import packet, stamp

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
WORDS = words_of("vi")
CARD = "#lane-huu-nghi-in-1"


class Node:
    """The node at the other end of central's line: puts its lane into each mode that it is told, and answers."""

    def __init__(self, store: Store) -> None:
        self.heard: list[Command] = []
        self.refuses = ""
        self._store = store
        self._sender = CommandSender(store, self._take, lambda: True)
        self._threads: list[threading.Thread] = []
        self._sender.start()

    def _take(self, command: Command) -> None:
        self.heard.append(command)
        thread = threading.Thread(target=self._answer, args=(command,))
        self._threads.append(thread)  # answered from elsewhere: the sender is in the middle of noting that it was sent
        thread.start()

    def _answer(self, command: Command) -> None:
        now = datetime.now(UTC)
        if not self.refuses:
            known = self._store.nodes.get(command.site, command.node)
            assert known is not None
            news = {
                "mode": command.mode,
                "mode_by": command.actor,
                "mode_reason": command.reason,
                "mode_since": now,
            }
            lanes = tuple(lane.model_copy(update=news) if lane.lane == command.lane else lane for lane in known.lanes)
            status = Status(
                site=command.site, node=command.node, online=True, boot_id=known.boot_id, outbox_id=known.outbox_id,
                started_at=now, lanes=lanes,
            )  # fmt: skip
            self.hear(status)
        self.hear(
            CommandResult(
                site=command.site, node=command.node, command_id=command.command_id, done=not self.refuses,
                detail=self.refuses, stamp=stamp(now),
            )
        )  # fmt: skip

    def hear(self, message: Message) -> None:
        """Central hears something of it."""
        Intake(self._store, late_after_s=60).take([packet(message)], datetime.now(UTC))

    def stop(self) -> None:
        """End."""
        self._sender.stop()
        for thread in self._threads:
            thread.join(60)


@pytest.fixture
def node(site: Site, gates: Gates) -> Iterator[Node]:
    node = Node(site.store)
    yield node
    node.stop()


def open_form(page: Page) -> None:
    """The mode of the card is a button that the keys reach."""
    mode = page.locator(f"{CARD} .mode")
    mode.focus()
    mode.press("Enter")
    expect(page.locator("#sheet[open] form.mode-form")).to_be_visible()
    expect(page.locator("#sheet [name=mode]:checked")).to_be_focused()


def test_an_administrator_lets_a_lane_act_alone_by_the_keys(context: BrowserContext, site: Site, node: Node) -> None:
    """It asks for a reason and for a confirmation; the card beneath tells the new mode, and the page stays."""
    page = enter(context, site, Role.ADMIN)
    page.evaluate("window.untouched = true")
    expect(page.locator(CARD)).to_contain_text(WORDS("lane_mode.configured"))
    open_form(page)
    confirm = page.locator("#sheet .confirm")
    expect(confirm).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#sheet [value=auto]")).to_be_checked()
    expect(confirm).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#mode-said")).to_contain_text(WORDS("lane_mode.no_reason", n=200))
    page.keyboard.press("Tab")
    reason = page.locator("#sheet [name=reason]")
    expect(reason).to_be_focused()
    page.keyboard.type("Lệnh số 12")
    expect(reason).to_have_value("Lệnh số 12")
    page.keyboard.press("Enter")
    expect(page.locator("#mode-said")).to_contain_text(WORDS("lane_mode.no_confirm"))
    assert node.heard == []
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#sheet [name=confirm]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#mode-said")).to_contain_text(WORDS("command.done_set_lane_mode"))
    assert [(one.mode, one.reason, one.actor) for one in node.heard] == [(LaneMode.AUTO, "Lệnh số 12", "can.bo.admin")]
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator(f"{CARD} .mode.auto")).to_be_visible()
    expect(page.locator(f"{CARD} .set-by")).to_contain_text("Lệnh số 12")
    assert page.evaluate("window.untouched")
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()


def test_a_refusal_is_read_in_the_form_and_the_mode_stays(context: BrowserContext, site: Site, node: Node) -> None:
    """In the page's words; on a phone too, where nothing sticks out."""
    node.refuses = "lane in-1 cannot act alone: the node has no access list signed by central"
    page = enter(context, site, Role.ADMIN)
    page.set_viewport_size({"width": 390, "height": 844})
    open_form(page)
    page.locator("#sheet [value=auto]").check()
    page.locator("#sheet [name=reason]").fill("made up")
    page.locator("#sheet [name=confirm]").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#sheet .primary").click()
    expect(page.locator("#mode-said")).to_contain_text(WORDS("refusal.no_list"))
    page.get_by_role("button", name=WORDS("lane_mode.close")).click()
    expect(page.locator(f"{CARD} .mode.assist")).to_be_visible()
    page.goto(f"{site.url}/lanes/huu-nghi/in-1")
    expect(page.locator("#modes .refused")).to_contain_text(WORDS("refusal.no_list"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()


def test_an_opening_at_the_booth_appears_on_the_open_page(context: BrowserContext, site: Site, node: Node) -> None:
    """With who and why; the operator takes the lane out of the machine's hands on the lane's own page."""
    page = enter(context, site)
    asked_at = datetime.now(UTC) - timedelta(minutes=5)
    opening = BoothOpening(
        site="huu-nghi", node="huu-nghi-1", outbox_id=uuid4(), seq=1, stamp=stamp(asked_at), opening_id=uuid4(),
        lane="in-1", actor="hoa", reason="xe cứu thương", asked_at=asked_at,
    )  # fmt: skip
    node.hear(opening)
    shown = page.locator(f"{CARD} .openings .nobody")
    for word in ("hoa", "xe cứu thương", WORDS("opening.nobody")):
        expect(shown).to_contain_text(word)
    follow(page, shown)
    expect(page).to_have_url(f"{site.url}/lanes/huu-nghi/in-1")
    page.locator("[value=manual]").check()
    page.locator("[name=reason]").fill("hoa mở không có xe")
    page.locator(".mode-form .primary").click()
    expect(page.locator("#modes")).to_contain_text("hoa mở không có xe")
    expect(page.locator("#mode-said")).to_contain_text(WORDS("command.done_set_lane_mode"))
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()
