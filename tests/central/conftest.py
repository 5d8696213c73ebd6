"""An empty store, and people who visit its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from central.auth import set_login
from central.store import Store
from central.store.records import Role
from tests.central.served import Served


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'central.db'}", tmp_path / "evidence")
    yield store
    store.close()


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
