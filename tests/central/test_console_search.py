"""The search, and the page of a vehicle, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from uuid import UUID

import httpx
import pytest

from central.auth import set_login
from central.store import Store
from central.store.records import Role
from tests.central.made import NOON, declared, passage, read
from tests.central.served import Served


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Somebody who looks at a lorry with its trailer, and at another whose plate is nearly the same."""
    folder = tmp_path_factory.mktemp("central")
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    seen = (
        passage(1, "12C34567", second_plate=read("12R01234"), container="TSTU1234568"),
        passage(2, "29H12345", at=NOON - timedelta(hours=5)),
        passage(3, "29H12346", at=NOON - timedelta(hours=6)),
    )
    with store.transaction(NOON) as transaction:
        store.passages.save(transaction, *seen, late_after=timedelta(minutes=5))
        store.declarations.save(transaction, declared("12C-345.67"), payload="{}")
    set_login(store, "lan", Role.OPERATOR, "a made-up password")
    with Served(store) as served:
        client = served.client(headers={"Accept": "text/html"})
        client.post("/login", data={"user": "lan", "password": "a made-up password"})
        yield client
    store.close()


def test_search_says_what_to_try_and_keeps_its_view(operator: httpx.Client) -> None:
    """Nothing found leads on; a wall stays a wall; what is shown can be taken away; minutes are those of the gates."""
    nothing = operator.get("/passages?plate=12C-345.68&country=VN&view=wall").text
    assert 'href="/passages?plate=12C-345.68&amp;alike=1&amp;country=VN&amp;view=wall"' in nothing
    assert 'href="/passages?plate=12C-345.68&amp;view=wall"' in nothing
    page = operator.get("/passages?plate=12C-345.68&alike=1&country=VN&view=wall").text
    assert 'aria-label="12C-345.67"' in page
    assert "<table" not in page
    export = re.search(r'href="(/api/v1/exports/passages[^"]*format=csv)"', page)
    assert export
    assert "12C34567" in operator.get(export[1].replace("&amp;", "&")).text
    # noon in UTC, when it passed (see `made`), is seven in the evening here
    hour = f"{NOON.astimezone(timezone(timedelta(hours=7))):%Y-%m-%dT%H}"
    assert 'aria-label="12C-345.67"' in operator.get(f"/passages?since={hour}:00&until={hour}:01").text
    assert 'aria-label="12C-345.67"' not in operator.get(f"/passages?until={hour}:00").text


def test_vehicle_page_has_all_that_is_known_of_a_plate(operator: httpx.Client) -> None:
    """Its passages, what it came with, plates that are nearly its own, its declarations; an unknown plate is told so."""
    page = operator.get("/vehicles/12c-345.67").text
    for told in ("12R-012.34", "TSTU1234568", "HN-000001", f"/passages/{UUID(int=1001)}"):
        assert told in page
    assert f"/passages/{UUID(int=1002)}" not in page
    assert 'href="/vehicles/29H12346"' in operator.get("/vehicles/29H-123.45").text  # nearly its own
    assert 'href="/vehicles/12C34567"' in operator.get(f"/passages/{UUID(int=1001)}").text
    assert 'href="/vehicles/12C34567"' in operator.get("/vehicles/12R01234").text  # the trailer leads to its tractor
    unknown = operator.get("/vehicles/99Z99999")
    assert unknown.status_code == 404
    assert "/passages?plate=99Z99999&amp;alike=1" in unknown.text
    assert operator.get("/vehicles/" + "1" * 17).status_code == 404
