"""The browser that tests look with; as a tired machine behind a poor line has it, where that is asked for."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 60_000
"""For whatever a page is to do or to show: nobody waits for so long but for a test that fails anyway."""
_TIMES, _, _SEED = os.environ.get("SMARTGATE_SLOW_BROWSER", "").partition(":")
"""How many times slower a page computes, its files coming late too; and the seed of how late."""
_CHANCE = random.Random(_SEED)
_LATE_MS = (20.0, 400.0)
_BYTES_PER_S = (250_000.0, 1_000_000.0)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def open_page(context: BrowserContext) -> Page:
    """An empty page of a browser's."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    if _TIMES:
        # not by routes of playwright: they stand still while the test waits for something else
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": float(_TIMES)})
        files = (f"*://*:*/static/{letter}*" for letter in ascii_lowercase)  # by their initials, for any order
        lines = [_poor_line(some) for some in (*files, "")]
        session.send("Network.emulateNetworkConditionsByRule", {"matchedNetworkConditions": lines})
    return page


def _poor_line(addresses: str) -> dict[str, str | float]:
    latency, throughput = _CHANCE.uniform(*_LATE_MS), _CHANCE.uniform(*_BYTES_PER_S)
    return {"urlPattern": addresses, "latency": latency, "downloadThroughput": throughput, "uploadThroughput": -1}


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another page, and wait until that one is there: drawn, and its scripts at work."""
    with loads(page):
        link.click()


@contextmanager
def loads(page: Page) -> Iterator[None]:
    """What is done here leads to another page; it ends as soon as that one is there, its scripts at work."""
    with page.expect_event("load"):
        yield
