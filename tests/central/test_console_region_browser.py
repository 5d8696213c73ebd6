"""A technician draws a lane over its camera's picture, with a mouse, a finger or the keys; the node answers."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from central.commands import CommandSender
from central.console.assets import VENDOR
from central.console.words import words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.outcome_records import OutcomeKind
from central.store.records import Role
from contract.messages import Command, CommandKind, CommandResult, Direction, Message, Status
from contract.region import CameraRegion
from tests.browsing import CHROMIUM
from tests.central.gates import Gates, Site, enter, plate
from tests.central.made import health, packet, stamp
from tests.central.pictures import lane_jpeg

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
NEW = re.compile(r"[\d.]+ [\d.]+")
"""A corner at a place that the page has chosen."""
PAGE = "/cameras/huu-nghi/huu-nghi-1/in-1-front/region"
WORDS = words_of("vi")
REGION = CameraRegion(
    lane=((0.4, 0.3), (0.6, 0.3), (0.9, 0.9), (0.1, 0.9)), trigger=((0.3, 0.6), (0.7, 0.6)), direction=Direction.IN
)


class Node:
    """The node at the other end of central's line: hears each command, does it and answers, unless it is mute."""

    def __init__(self, store: Store) -> None:
        self.heard: list[Command] = []
        self.mute = False
        self.refuses = ""
        self.camera = "in-1-front"
        self.says = threading.Event()
        self.says.set()
        self._store = store
        self._sender = CommandSender(store, self._take, lambda: True)
        self._threads: list[threading.Thread] = []
        self._sender.start()
        self.tell(REGION)

    def tell(self, region: CameraRegion | None) -> None:
        """Its birth."""
        known = self._store.nodes.get("huu-nghi", "huu-nghi-1")
        assert known is not None
        status = Status(
            site="huu-nghi", node="huu-nghi-1", online=True, boot_id=known.boot_id, outbox_id=known.outbox_id,
            started_at=datetime.now(UTC), lanes=known.lanes, regions={"in-1-front": region} if region else {},
        )  # fmt: skip
        self.hear(status)

    def _take(self, command: Command) -> None:
        self.heard.append(command)
        if not self.mute:  # answered from elsewhere: the sender is in the middle of noting that it was sent
            thread = threading.Thread(target=self._answer, args=(command,))
            self._threads.append(thread)
            thread.start()

    def _answer(self, command: Command) -> None:
        assert self.says.wait(60)
        if command.kind is CommandKind.SET_REGION and not self.refuses:
            self.tell(command.region)
        self.hear(
            CommandResult(
                site=command.site, node=command.node, command_id=command.command_id, done=not self.refuses,
                detail=self.refuses, stamp=stamp(datetime.now(UTC)),
            )
        )  # fmt: skip
        if command.kind is CommandKind.SNAPSHOT:
            now = datetime.now(UTC)
            self.hear(health(camera=self.camera, jpeg=lane_jpeg(), frame_at=now, stamp=stamp(now)))

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


@pytest.fixture
def page(context: BrowserContext, site: Site, node: Node) -> Iterator[Page]:
    page = enter(context, site, Role.MAINTENANCE, PAGE)
    expect(page.locator(".handle")).to_have_count(6)
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in enter()


def at(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place of the picture, on the screen."""
    box = page.locator(".frame").bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def drag(page: Page, handle: int, across: float, down: float) -> None:
    box = page.locator(".handle").nth(handle).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(*at(page, across, down), steps=4)
    page.mouse.up()


def told(page: Page, *corners: str | re.Pattern[str]) -> None:
    """These corners the form would send; any corner that is not known is a pattern."""
    parts = (corner.pattern if isinstance(corner, re.Pattern) else re.escape(corner) for corner in corners)
    expect(page.locator("textarea[name=lane]")).to_have_value(re.compile("^" + "\n".join(parts) + "$"))


def command_said(page: Page) -> Locator:
    return page.locator("#said .command")


def test_a_corner_is_dragged_saved_and_the_node_answers(page: Page, node: Node) -> None:
    """Until the answer is here the page says that it waits; then the node uses the region, and so says the page."""
    node.says.clear()
    drag(page, 2, 0.95, 0.8)
    expect(page.locator(".unsaved")).to_be_visible()
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.sent"))
    node.says.set()
    expect(command_said(page)).to_contain_text(WORDS("command.done_set_region"))
    expect(page.locator(".unsaved")).to_be_hidden()
    expect(page.locator(".now")).to_contain_text("can.bo.maintenance")
    (command,) = node.heard
    assert command.region is not None
    assert command.region.lane[2] == pytest.approx((0.95, 0.8), abs=0.006)
    assert command.region.lane[:2] == REGION.lane[:2]
    assert (command.actor, command.region.trigger) == ("can.bo.maintenance", REGION.trigger)
    page.reload()
    expect(page.locator(".now")).to_contain_text("can.bo.maintenance")
    told(page, "40 30", "60 30", re.compile("95.*"), "10 90")


def test_a_refusal_and_a_silent_node_are_told(page: Page, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words; what was drawn is still there and still unsaved."""
    node.refuses = "the region cannot be written to regions.json: No space left on device"
    drag(page, 0, 0.35, 0.25)
    expect(page.locator(".unsaved")).to_be_visible()
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("refusal.disk"))
    expect(page.locator(".unsaved")).to_be_visible()
    node.mute = True
    monkeypatch.setattr("central.commands.VALID", datetime.resolution)
    monkeypatch.setattr("central.store.commands._GRACE", datetime.resolution)
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.unsent"))


def test_click_adds_delete_removes_and_undo_brings_back(page: Page) -> None:
    """A new corner goes where it lengthens the outline least, so that clicks never make it cross itself."""
    page.mouse.click(*at(page, 0.5, 0.15))
    told(page, "40 30", NEW, "60 30", "90 90", "10 90")
    page.keyboard.press("Delete")
    told(page, "40 30", "60 30", "90 90", "10 90")
    page.keyboard.press("Control+z")
    told(page, "40 30", NEW, "60 30", "90 90", "10 90")
    page.keyboard.press("u")
    told(page, "40 30", "60 30", "90 90", "10 90")
    drag(page, 1, 0.7, 0.2)
    told(page, "40 30", NEW, "90 90", "10 90")
    page.keyboard.press("Escape")
    told(page, "40 30", "60 30", "90 90", "10 90")
    page.get_by_role("button", name=WORDS("region.whole")).click()
    told(page, "0 0", "100 0", "100 100", "0 100")
    expect(page.locator(".fault")).to_have_count(0)


def test_keys_alone_are_enough(page: Page) -> None:
    """Tab goes from corner to corner, arrows move it by a hundredth of the picture, Shift by a thousandth."""
    page.locator(".handle").first.focus()
    page.keyboard.press("Tab")
    expect(page.locator(".handle").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    told(page, "40 30", "60.9 29", "90 90", "10 90")
    expect(page.locator(".handle").nth(1)).to_be_focused()
    expect(page.locator(".handle").nth(1)).to_have_attribute(
        "aria-label", f"{WORDS('region.corner', n=2)}: 60.9 %, 29 %"
    )


def test_an_outline_that_crosses_itself_is_told_where_it_does(page: Page, node: Node) -> None:
    """Beside the place, as the server judges it; saving it sends nothing."""
    drag(page, 0, 0.95, 0.5)
    fault = page.locator(".fault")
    expect(fault).to_contain_text(WORDS("fault.crosses"))
    spot, corner = page.locator(".spot").bounding_box(), at(page, 0.75, 0.6)
    assert spot is not None
    assert abs(spot["x"] + spot["width"] / 2 - corner[0]) < 60
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith(PAGE)):
        page.get_by_role("button", name=WORDS("region.save")).click()
    expect(fault).to_contain_text(WORDS("fault.crosses"))
    assert node.heard == []
    page.keyboard.press("u")
    expect(fault).to_have_count(0)


def test_the_line_can_be_turned_taken_away_and_laid_anew(page: Page, node: Node) -> None:
    """The arrow shows the side that vehicles come out on, its word which way that is."""
    arrow = page.locator("svg .arrow")
    down = arrow.get_attribute("d") or ""
    page.get_by_role("button", name=WORDS("region.flip")).click()
    expect(arrow).not_to_have_attribute("d", down)
    expect(page.locator("input[name=line_from]")).to_have_value("70 60")
    page.get_by_label(WORDS("region.no_line"), exact=True).check()
    expect(page.locator(".handle")).to_have_count(4)
    expect(page.locator(".way")).to_be_hidden()
    page.get_by_role("button", name=WORDS("region.cancel")).click()
    expect(page.locator(".handle")).to_have_count(6)
    page.get_by_label(WORDS("region.way_out"), exact=True).check()
    expect(page.locator(".way")).to_have_text(WORDS("region.arrow_out"))
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.done_set_region"))
    assert node.heard[0].region == REGION.model_copy(update={"direction": Direction.OUT})


def test_a_lane_is_drawn_from_nothing(page: Page, node: Node) -> None:
    """Four clicks and a direction make a region; the line lies across the lane by itself."""
    node.tell(None)
    page.reload()
    for corners, place in enumerate(((0.4, 0.3), (0.6, 0.3), (0.9, 0.9), (0.1, 0.9)), 1):
        page.mouse.click(*at(page, *place))
        expect(page.locator(".handle")).to_have_count(corners)
    page.get_by_label(WORDS("region.way_in"), exact=True).check()
    expect(page.locator(".handle")).to_have_count(6)
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.done_set_region"))
    region = node.heard[0].region
    assert region is not None
    assert region.direction is Direction.IN
    assert region.side_of_trigger((0.5, 0.95)) > 0
    for point, wanted in zip(region.lane, REGION.lane, strict=True):
        assert point == pytest.approx(wanted, abs=0.006)


def test_a_new_picture_comes_in_place(page: Page, node: Node) -> None:
    """Its age begins anew; what was drawn stays."""
    before = page.locator(".frame img").get_attribute("src")
    drag(page, 0, 0.35, 0.25)
    expect(page.locator(".unsaved")).to_be_visible()
    page.get_by_role("button", name=WORDS("region.take_picture")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.done_snapshot"))
    expect(page.locator(".frame img")).not_to_have_attribute("src", before or "")
    expect(page.locator(".unsaved")).to_be_visible()
    assert node.heard[0].kind is CommandKind.SNAPSHOT


def test_the_first_picture_of_a_camera_can_be_asked_for(context: BrowserContext, site: Site, node: Node) -> None:
    """Before it one can draw on the empty frame; with it the page shows the picture and that it is new."""
    first = health(camera="in-1-rear", jpeg=None, frame_at=None, stamp=stamp(datetime.now(UTC)))
    node.hear(first)
    node.camera = "in-1-rear"
    page = enter(context, site, Role.MAINTENANCE, PAGE.replace("front", "rear"))
    page.mouse.click(*at(page, 0.3, 0.3))
    expect(page.locator(".handle")).to_have_count(1)
    page.get_by_role("button", name=WORDS("region.take_picture")).click()
    expect(page.locator(".frame img")).to_be_visible()
    expect(command_said(page)).to_contain_text(WORDS("command.done_snapshot"))
    assert page.complaints == []  # type: ignore[attr-defined]  # set in enter()


def test_going_back_to_the_configuration_shows_what_it_says(page: Page, node: Node) -> None:
    """The page is drawn anew with what the node tells then."""
    page.get_by_role("button", name=WORDS("region.use_configured")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.done_reset_region"))
    expect(page.locator(".now")).to_contain_text(WORDS("region.none"))
    assert node.heard[0].region is None


def test_a_finger_draws_on_a_phone(browser: Browser, site: Site, node: Node) -> None:
    """On 360 pixels nothing sticks out; a tap adds a corner, and a corner follows the finger."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, locale="vi-VN")
    page = enter(context, site, Role.MAINTENANCE, PAGE)
    expect(page.locator(".handle")).to_have_count(6)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.touchscreen.tap(*at(page, 0.5, 0.12))
    expect(page.locator(".handle")).to_have_count(7)
    finger = context.new_cdp_session(page)
    start, end = at(page, 0.9, 0.9), at(page, 0.8, 0.7)
    for kind, place in (("touchStart", start), ("touchMove", end), ("touchEnd", None)):
        points = [{"x": place[0], "y": place[1]}] if place else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(page.locator(".handle").nth(3)).to_have_attribute("style", "left: 80%; top: 70%;")
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(command_said(page)).to_contain_text(WORDS("command.done_set_region"))
    context.close()


def test_without_scripts_numbers_are_enough(browser: Browser, site: Site, node: Node) -> None:
    """The region is drawn by the server; the form sends numbers, and the page is loaded again until it is told."""
    context = browser.new_context(java_script_enabled=False, locale="vi-VN")
    page = enter(context, site, Role.MAINTENANCE, PAGE)
    assert page.locator("polygon.lane").get_attribute("points") is not None
    page.fill("textarea[name=lane]", "10 10\n90 10\n90 95,5\n10 95,5")
    page.get_by_role("button", name=WORDS("region.save")).click()
    expect(page.locator(".command")).to_contain_text(WORDS("command.done_set_region"))
    assert node.heard[0].region is not None
    assert node.heard[0].region.lane[2] == (0.9, 0.955)
    context.close()


def test_an_officer_keeps_the_pictures_of_a_disputed_passage(
    context: BrowserContext, site: Site, gates: Gates, node: Node
) -> None:
    """The page says so once the node has taken it down, with who and why; they are let go the same way."""
    passage_id = gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    page = enter(context, site, Role.OPERATOR, f"/passages/{passage_id}")
    page.get_by_label(WORDS("evidence.reason")).fill("chủ xe khiếu nại")
    page.get_by_role("button", name=WORDS("evidence.keep")).click()
    expect(page.locator(".badge.kept")).to_contain_text(WORDS("evidence.kept"))
    expect(page.locator(".keep .why")).to_contain_text("chủ xe khiếu nại")
    page.get_by_role("button", name=WORDS("evidence.release")).click()
    expect(page.get_by_role("button", name=WORDS("evidence.keep"))).to_be_visible()
    assert [(command.kind, command.passage_id) for command in node.heard] == [
        (CommandKind.KEEP_EVIDENCE, passage_id),
        (CommandKind.RELEASE_EVIDENCE, passage_id),
    ]
