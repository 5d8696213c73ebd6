"""A technician's and an administrator's day, from end to end, in a real browser."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from central.commands import CommandSender
from central.console.assets import VENDOR
from central.console.device_form import speech
from central.console.words import words_of
from central.fleet.register.desk import add_device
from central.fleet.settings import OverdueSettings, TicketSettings
from central.fleet.ticket_keeper import TicketKeeper
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from central.store.ticket_records import EntryKind, TicketState
from contract.messages import (
    CameraHealth,
    Command,
    CommandKind,
    CommandResult,
    Direction,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    Message,
)
from contract.region import CameraRegion
from tests.browsing import CHROMIUM, follow
from tests.central.gates import Site, enter
from tests.central.made import birth, health, packet, passage, stamp
from tests.central.pictures import jpeg_of, lane_jpeg

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
WORDS = words_of("vi")
PHONE = {"width": 390, "height": 844}


class Node:
    """A node that does whatever central asks of it, as soon as the test lets it."""

    def __init__(self, store: Store, site: str, name: str, lane: str) -> None:
        self._store, self._site, self._name, self._lane = store, site, name, lane
        self._heard: Queue[Command] = Queue()
        self._sender = CommandSender(store, self._heard.put, lambda: True)
        self._sender.start()

    def born(self, regions: dict[str, CameraRegion] | None = None) -> None:
        """It says what it is."""
        lanes = (LaneInfo(lane=self._lane, direction=Direction.IN, mode=LaneMode.ASSIST, cameras=(self.camera,)),)
        self.tell(
            birth(site=self._site, node=self._name, started_at=datetime.now(UTC), lanes=lanes, regions=regions or {})
        )

    @property
    def camera(self) -> str:
        """Its camera's name."""
        return f"{self._lane}-front"

    def reports(self, level: HealthLevel = HealthLevel.OK, **more: object) -> None:
        """Its camera says how it is, with a picture."""
        now = datetime.now(UTC)
        self.tell(self._health(level, now, **more))

    def _health(self, level: HealthLevel, now: datetime, **more: object) -> CameraHealth:
        return health(
            level, site=self._site, node=self._name, lane=self._lane, camera=self.camera, since=now, frame_at=now,
            jpeg=lane_jpeg(), stamp=stamp(now), **more,
        )  # fmt: skip

    def sees(self, plate: str) -> None:
        """A vehicle passes."""
        seen = passage(1, plate, at=datetime.now(UTC), site=self._site, node=self._name, lane=self._lane)
        self.tell(seen)

    def answer(self, kind: CommandKind) -> Command:
        """Do what is asked for, and say so."""
        while (asked := self._heard.get(timeout=60)).kind is not kind:
            pass
        if asked.region:
            self.born({self.camera: asked.region})
        self.tell(
            CommandResult(
                site=self._site, node=self._name, command_id=asked.command_id, done=True,
                stamp=stamp(datetime.now(UTC)),
            )
        )  # fmt: skip
        return asked

    def tell(self, message: Message) -> None:
        """Central hears a message of it."""
        Intake(self._store, late_after_s=60).take([packet(message)], datetime.now(UTC))

    def stop(self) -> None:
        """No more is asked of it."""
        self._sender.stop()


@pytest.fixture
def node(site: Site) -> Iterator[Node]:
    node = Node(site.store, "huu-nghi", "huu-nghi-1", "in-1")
    yield node
    node.stop()


def fits(page: Page) -> bool:
    """Whether nothing runs over the edge of the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_technician_repairs_a_camera_with_a_phone(
    context: BrowserContext, site: Site, node: Node, tmp_path: Path
) -> None:
    """The label leads to the ticket; steps are ticked off, a photo is sent, the new view confirmed; the camera proves it."""
    node.born()
    keeper = TicketKeeper(site.store, TicketSettings(), OverdueSettings(), tells=False)
    raw = {"kind": "camera", "site": "huu-nghi", "node": "huu-nghi-1", "camera": node.camera, "title": "Camera làn vào"}
    device = add_device(site.store, raw, speech(), actor="lan")
    node.reports(HealthLevel.FAILED, reason=HealthReason.MOVED)
    keeper.step(datetime.now(UTC) + timedelta(minutes=2))
    (ticket,) = site.store.tickets.list(states=[TicketState.OPEN])

    page = enter(context, site, Role.MAINTENANCE, f"/d/{device.device_id}")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a mapping of two sides
    follow(page, page.locator(f'a[href="/tickets/{ticket.ticket_id}"]'))
    follow(page, page.locator("button[value=acknowledge]"))
    follow(page, page.locator("button[value=arrive]"))
    assert fits(page)
    for step in ("mount", "aim"):
        page.get_by_label(WORDS(f"check.{step}")).check()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg_of(64, 36))
    page.set_input_files("input[name=photo]", photo)
    page.fill("textarea[name=text]", "gió làm lệch giá đỡ")
    follow(page, page.locator("form[action$='/note'] button"))
    said = page.locator(".entries p").first
    expect(said).to_contain_text(f"✓ {WORDS('check.mount')}")
    expect(said).to_contain_text("gió làm lệch giá đỡ")
    follow(page, page.locator("button[value=repair]"))
    expect(page.locator(".badge.state-repaired")).to_be_visible()

    follow(page, page.get_by_role("link", name=WORDS("ticket.open_camera")))
    page.get_by_role("button", name=WORDS("camera.view_confirm")).click()
    command = node.answer(CommandKind.SET_VIEW_REFERENCE)
    assert command.camera == node.camera
    expect(page.locator("#said")).to_contain_text(WORDS("command.done_set_view_reference"))
    assert fits(page)

    node.reports()
    keeper.step(datetime.now(UTC))
    node.reports()
    keeper.step(datetime.now(UTC) + timedelta(minutes=11))
    page.goto(f"{site.url}/tickets/{ticket.ticket_id}")
    expect(page.locator(".badge.state-verified")).to_be_visible()
    kinds = [entry.kind for entry in site.store.tickets.entries(ticket.ticket_id)]
    assert kinds[-2:] == [EntryKind.REPAIRED, EntryKind.VERIFIED]
    assert page.complaints == []  # type: ignore[attr-defined]  # set in enter()


def test_an_administrator_brings_up_the_first_lane(context: BrowserContext, site: Site, tmp_path: Path) -> None:
    """From an empty system: the gate, the node's file, its first picture, the lane drawn on it, the first vehicle live."""
    page = enter(context, site, Role.ADMIN, "/setup")
    page.set_viewport_size({"width": 1366, "height": 900})
    follow(page, page.locator('a[href="/setup/first"]').first)
    page.fill("#site", "coc-nam")
    page.fill("#title", "Cốc Nam")
    follow(page, page.get_by_role("button", name=WORDS("wizard.add_site")))
    expect(page.locator("#node")).to_have_value("coc-nam-1")
    page.fill("#host", "127.0.0.1")
    page.fill("#port", "1883")
    page.select_option("#link", "plain")
    page.fill("#source1", "rtsp://192.0.2.10/stream1")
    follow(page, page.get_by_role("button", name=WORDS("wizard.make")))
    with page.expect_download() as download:
        page.get_by_role("button", name=WORDS("wizard.download")).click()
    file = tmp_path / "node.toml"
    download.value.save_as(file)
    made = tomllib.loads(file.read_text("utf-8"))
    assert (made["site"], made["node"]) == ("coc-nam", "coc-nam-1")

    node = Node(site.store, "coc-nam", "coc-nam-1", "in-1")
    try:
        node.born()
        node.reports()
        follow(page, page.get_by_role("link", name=WORDS("wizard.draw")))
        frame = page.locator(".frame").bounding_box()
        assert frame is not None
        for corners, (across, down) in enumerate(((0.4, 0.3), (0.6, 0.3), (0.9, 0.9), (0.1, 0.9)), 1):
            page.mouse.click(frame["x"] + across * frame["width"], frame["y"] + down * frame["height"])
            expect(page.locator(".handle")).to_have_count(corners)
        page.get_by_label(WORDS("region.way_in"), exact=True).check()
        page.get_by_role("button", name=WORDS("region.save")).click()
        drawn = node.answer(CommandKind.SET_REGION).region
        assert drawn is not None
        assert drawn.trigger
        assert (len(drawn.lane), drawn.direction) == (4, Direction.IN)
        expect(page.locator("#said .command")).to_contain_text(WORDS("command.done_set_region"))

        page.goto(f"{site.url}/setup/node/state?site=coc-nam&node=coc-nam-1&lane=in-1")
        node.sees("12C34567")
        follow(page, page.get_by_role("link", name=WORDS("wizard.live")))
        expect(page.locator("#lane-coc-nam-in-1 .plate").first).to_have_attribute("aria-label", "12C-345.67")
    finally:
        node.stop()
    assert page.complaints == []  # type: ignore[attr-defined]  # set in enter()
