"""Every page of the console, held against the rules for people who see, hear or move otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from central.auth import set_login
from central.console.assets import NODE_MODULES, VENDOR
from central.store import Store
from central.store.records import Role
from tests.browsing import CHROMIUM, open_page
from tests.central.gates import PASSWORD
from tests.central.served import Served
from tests.screens.made_up import make_up
from tests.screens.pages import addresses

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
OTHERS_PARTS = ("/docs",)
"""Swagger UI draws this page."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
    pytest.mark.skipif(not AXE.is_file(), reason="no axe-core here: make assets"),
]


@dataclass
class Walk:
    """Somebody with all rights, in a browser, and the pages to go through."""

    page: Page
    url: str
    addresses: tuple[str, ...]

    def findings(self, address: str) -> list[str]:
        """What is grave about a page: rule, and where. Its head is looked at on the first page alone."""
        self.page.goto(f"{self.url}{address}", wait_until="load")
        where = "document" if address == "/" else "document.querySelector('main')"
        found: list[dict[str, Any]] = self.page.evaluate(f"axe.run({where}, {{resultTypes: ['violations']}})")[
            "violations"
        ]
        return [
            f"{address}: {one['id']} ({one['help']}) {node['target']} {node['html'][:160]}"
            for one in found
            if one["impact"] in GRAVE
            for node in one["nodes"][:3]
        ]


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("central")
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    examples = make_up(store)
    set_login(store, "can.bo.an", Role.ADMIN, PASSWORD)
    with Served(store) as served:
        client = served.client(headers={"Accept": "text/html"})
        client.timeout = 120
        client.post("/login", data={"user": "can.bo.an", "password": PASSWORD})
        found = tuple(one for one in addresses(client, examples) if one not in OTHERS_PARTS)
        context = browser.new_context(locale="vi-VN", reduced_motion="reduce")
        context.add_init_script(path=AXE)
        context.add_cookies(
            [{"name": name, "value": value, "url": served.url} for name, value in client.cookies.items()]
        )
        yield Walk(open_page(context), served.url, found)
        context.close()
    store.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1920), ("dark", 390)])
def test_no_page_shuts_anybody_out(walk: Walk, theme: str, width: int) -> None:
    """Names, roles, order and contrast: every second page in light on a wide screen, the others in dark on a phone.

    With SMARTGATE_AXE=all every page in both.
    """
    assert len(walk.addresses) > 20
    walk.page.context.add_cookies([{"name": "theme", "value": theme, "url": walk.url}])
    walk.page.set_viewport_size({"width": width, "height": 1080})
    everything = os.environ.get("SMARTGATE_AXE") == "all"
    some = [one for n, one in enumerate(walk.addresses) if everything or one == "/" or n % 2 == (theme == "dark")]
    findings = [finding for address in some for finding in walk.findings(address)]
    assert not findings, "\n".join(findings)
