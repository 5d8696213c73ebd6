"""An empty store, and people who visit its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher

from central import auth
from central.auth import set_login
from central.store import Store
from central.store.records import Role
from tests.browsing import chromium
from tests.central.databases import database, empty_database, on_server, server, store, url
from tests.central.gates import Gates, Site
from tests.central.served import Served

__all__ = ["database", "empty_database", "on_server", "server", "store", "url"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing to check where they are not what is tested; `test_auth` has those of a gate."""
    monkeypatch.setattr(auth, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def visit(store: Store) -> Iterator[Callable[[Role], httpx.Client]]:
    """A person of a role who has logged in, as a browser."""
    with Served(store) as served:

        def enter(role: Role) -> httpx.Client:
            client = served.client(headers={"Accept": "text/html"})
            set_login(store, f"lan.{role.value}", role, "a made-up password")
            answer = client.post("/login", data={"user": f"lan.{role.value}", "password": "a made-up password"})
            assert answer.status_code == 303
            return client

        yield enter


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser of its own, closed before the server that it looks at ends."""
    context = browser.new_context(locale="vi-VN")
    yield context
    context.close()


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages keep what they drew of a passage by its id; here, unlike anywhere else, several have the same."""
    monkeypatch.setattr("central.console.page._KEPT", {})
