"""From an empty system to the first vehicle, as an administrator goes: by the pages, with a simulated camera."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from central.console.assets import VENDOR
from simulation.processes import Program, free_port, port_answers, wait_until
from tests.browsing import CHROMIUM, open_page
from tests.central.conftest import browser
from tests.central.gates import log_in

__all__ = ["browser"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
WAIT_MS = 180_000


@dataclass
class Empty:
    """A central that knows nothing yet, its broker, and a machine beside it."""

    folder: Path
    url: str
    broker_port: int
    password: str
    programs: list[Program]

    def start(self, name: str, *arguments: str) -> Program:
        program = Program(name, arguments, self.folder / f"{name}.log")
        self.programs.append(program)
        program.start()
        return program


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    folder = tmp_path_factory.mktemp("first")
    broker_port, page_port = free_port(), free_port()
    (folder / "central.toml").write_text(
        f'data_dir = "central"\n[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\n[web]\nport = {page_port}\n'
    )
    found = Empty(folder, f"http://127.0.0.1:{page_port}", broker_port, "", [])
    try:
        broker = found.start("broker", "simulation.broker", "--port", str(broker_port))
        wait_until(lambda: port_answers(broker_port), what="the broker", timeout_s=90, program=broker)
        central = found.start("central", "cli", "central", "run", "--config", str(folder / "central.toml"))
        wait_until(lambda: port_answers(page_port), what="central", timeout_s=120, program=central)
        said = re.search(r"first login: admin / (\S+)", central.last_words())
        assert said is not None
        found.password = said[1]
        yield found
    finally:
        for program in reversed(found.programs):
            program.ask_to_stop()
        for program in found.programs:
            program.join(60)


def first_login(page: Page, empty: Empty) -> None:
    page.goto(empty.url)
    log_in(page, "admin", empty.password)
    page.wait_for_url("**/account")
    page.fill("[name=old]", empty.password)
    page.fill("[name=new]", "a made-up password")
    page.press("[name=new]", "Enter")
    page.wait_for_url(f"{empty.url}/")


def test_an_empty_system_becomes_a_lane_that_sees_a_vehicle(empty: Empty, browser: Browser) -> None:
    """First login, gate, node, the file taken along and started: the page says by itself how far it is."""
    page = open_page(browser.new_context(locale="vi-VN"))
    first_login(page, empty)
    page.goto(f"{empty.url}/setup")
    page.get_by_role("link", name="Làn đầu tiên, từng bước").click()
    page.fill("[name=site]", "huu-nghi")
    page.fill("[name=title]", "Cửa khẩu Hữu Nghị")
    page.get_by_role("button", name="Thêm và tiếp tục").click()
    page.wait_for_url("**/setup/node?site=huu-nghi")
    expect(page.locator("[name=node]")).to_have_value("huu-nghi-1")
    page.get_by_label("Camera mô phỏng").check()
    page.get_by_role("button", name="Viết tệp cấu hình").click()
    expect(page.locator("#course")).to_contain_text("đang chờ huu-nghi-1")
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải node.toml").click()
    camera_port = free_port()
    text = Path(download.value.path()).read_text("utf-8")
    assert f"port = {empty.broker_port}" in text
    (empty.folder / "node.toml").write_text(text.replace(":8430/", f":{camera_port}/"), "utf-8")
    lane = ("--site", "huu-nghi", "--lane", "in-1", "--port", str(camera_port))
    empty.start("camera", "cli", "simulate", "lane", *lane)
    empty.start("node", "cli", "edge", "run", "--config", str(empty.folder / "node.toml"))
    expect(page.get_by_text("Làn vào 1 đã hoạt động.")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_alt_text("Hình của Làn vào 1 · trước")).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{empty.url}/setup")
    expect(page.locator(".step", has_text="Camera")).to_contain_text("camera nào cũng có hình")
    page.goto(f"{empty.url}/audit")
    expect(page.locator("table")).to_contain_text("Thêm cửa khẩu")
    page.context.close()
