"""Pictures of every page, into `docs/screens`: `python -m tests.screens [--look LOOK]… [--out FOLDER] [PATH…]`.

Each page that the router knows is drawn in three languages, light and dark, 1920 and 390 pixels wide. With looks
(`vi-light-1920`) only in those; with paths (or parts of them) only those pages.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from central.auth import set_login
from central.console.words import LANGUAGES
from central.store import Store
from central.store.records import Role
from tests.browsing import CHROMIUM
from tests.central.gates import PASSWORD
from tests.central.served import Served
from tests.screens.drawn import drawn_pictures
from tests.screens.made_up import make_up
from tests.screens.pages import addresses

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WIDE, NARROW = 1920, 390
_HEIGHTS = {WIDE: 1080, NARROW: 844}
_MOST_HEIGHT = {WIDE: 2400, NARROW: 3200}
"""A longer page is cut: what follows looks like what is there."""
_SCALE = {WIDE: 0.5, NARROW: 1.0}
_QUALITY = 68
_PATIENCE_S = 300.0
_USER = "can.bo.an"


@dataclass(frozen=True, slots=True)
class Look:
    """A way to look at pages."""

    language: str
    theme: str
    width: int

    @property
    def name(self) -> str:
        """As files are called."""
        return f"{self.language}-{self.theme}-{self.width}"


LOOKS = tuple(Look(*one) for one in product(LANGUAGES, ("light", "dark"), (WIDE, NARROW)))


def main() -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--look", action="append", choices=[look.name for look in LOOKS], help="only this; may repeat")
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    parser.add_argument("paths", nargs="*", help="pages whose path has this in it")
    asked = parser.parse_args()
    if CHROMIUM is None:
        parser.error("expected Chromium on this machine; on Debian: apt install chromium")
    asked.out.mkdir(parents=True, exist_ok=True)
    if not asked.paths and not asked.look:
        for old in asked.out.glob("*.webp"):
            old.unlink()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/central.db", Path(folder) / "evidence")
        try:
            examples = make_up(store, drawn_pictures)
            set_login(store, _USER, Role.ADMIN, PASSWORD)
            with Served(store) as served, sync_playwright() as playwright:
                client = served.client(headers={"Accept": "text/html"})
                client.timeout = _PATIENCE_S  # machines that draw have other work, too
                client.post("/login", data={"user": _USER, "password": PASSWORD})
                pages = [one for one in addresses(client, examples) if _is_wanted(one, asked.paths)]
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                looks = [look for look in LOOKS if not asked.look or look.name in asked.look]
                size = sum(_draw(browser, served.url, look, pages, asked.out) for look in looks)
                browser.close()
        finally:
            store.close()
    print(f"{len(pages)} pages in {len(looks)} looks, {size / 1e6:.1f} MB in {asked.out}")


def _is_wanted(address: str, parts: Sequence[str]) -> bool:
    return not parts or any(part in address for part in parts)


def _draw(browser: Browser, url: str, look: Look, pages: Sequence[str], out: Path) -> int:
    """Draw some pages; how many bytes that took."""
    context = browser.new_context(
        viewport={"width": look.width, "height": _HEIGHTS[look.width]}, locale="vi-VN", reduced_motion="reduce"
    )
    context.set_default_timeout(_PATIENCE_S * 1000)
    try:
        page = _enter(context, url, look)
        return sum(_shoot(page, url, address, look, out) for address in pages)
    finally:
        context.close()


def _enter(context: BrowserContext, url: str, look: Look) -> Page:
    cookies = {"language": look.language, "theme": look.theme}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(f"{url}/login")
    page.fill("input[autocomplete=username]", _USER)
    page.fill("input[type=password]", PASSWORD)
    page.press("input[type=password]", "Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    return page


def _shoot(page: Page, url: str, address: str, look: Look, out: Path) -> int:
    page.set_viewport_size({"width": look.width, "height": _HEIGHTS[look.width]})
    page.goto(f"{url}{address}", wait_until="load")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate(
        "Promise.all([...document.images].map((one) => { one.loading = 'eager'; return one.decode().catch(() => 0); }))"
    )
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), _MOST_HEIGHT[look.width])
    page.set_viewport_size({"width": look.width, "height": max(height, _HEIGHTS[look.width])})
    drawn = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert drawn is not None
    scale = _SCALE[look.width]
    small = cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    file = out / f"{_name(address)}.{look.name}.webp"
    cv2.imwrite(str(file), small, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    return file.stat().st_size


def _name(address: str) -> str:
    """A file name for an address; ids become `one`, since they are others each time."""
    path, _, query = address.partition("?")
    parts = ["one" if re.fullmatch(r"[0-9a-f-]{32,64}|[0-9A-Z]{6}", part) else part for part in path.split("/") if part]
    plain = [re.sub(r"[^0-9A-Za-z]+", "-", part).strip("-") for part in parts]
    return "-".join([*plain, *re.findall(r"\w+", query)[:2]]) or "live"


if __name__ == "__main__":
    main()
