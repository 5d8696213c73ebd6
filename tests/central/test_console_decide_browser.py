"""The queue resolved by keys alone in a real browser, while everything is reconciled as in service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import expect

from central.auth import set_login
from central.console.assets import VENDOR
from central.decisions import DecisionDesk
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store.decision_records import DecisionKind
from central.store.outcome_records import OutcomeKind
from central.store.records import Role
from tests.browsing import CHROMIUM
from tests.central.gates import PASSWORD, Gates, enter, plate
from tests.central.made import declared

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]
_LINKED, _UNDECLARED = 8, 12
TWICE = """() => {
  const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "r", bubbles: true }));
  press();
  press();
}"""
"""A key that is pressed again before anybody can have seen the next case."""


@pytest.fixture
def judged(gates: Gates) -> Iterator[Gates]:
    """Gates whose passages are reconciled by themselves."""
    settings = ReconcileSettings(pending_s=0)
    reconciler = Reconciler(gates.store, settings, lambda: Knowledge(datetime.now(UTC)))
    reconciler.start()
    yield gates
    reconciler.stop()
    assert reconciler.worker.failure is None


def waits(gates: Gates, text: str, *, doubt: tuple[int, str] | None = None, ago_s: int = 60) -> UUID:
    """A vehicle that a person has to look at."""
    read = plate(text, doubt=doubt)
    return gates.passage("huu-nghi", "in-1", read, OutcomeKind.PENDING, ago=timedelta(seconds=ago_s))


def shown(page: Page) -> str:
    """The case on the screen, as soon as keys count for it."""
    page.wait_for_selector("article.case[data-ready=true]")
    return page.get_attribute("article.case", "data-passage") or ""


def press(page: Page, key: str) -> None:
    """Decide, and wait for the next case."""
    before = shown(page)
    page.keyboard.press(key)
    expect(page.locator("article.case")).not_to_have_attribute("data-passage", before)


def test_twenty_cases_by_keys_alone(judged: Gates, site, context) -> None:
    """Candidates by 1, what nobody declared by R or Enter; an edit, an undo; a key pressed twice decides once."""
    now, store = datetime.now(UTC), judged.store
    with store.transaction(now) as transaction:
        for number in range(_LINKED):
            store.declarations.save(transaction, declared(f"12C-34{number}.68", number, at=now), payload="{}")
    linked = [waits(judged, f"12C34{number}67", doubt=(7, "8"), ago_s=200 + number) for number in range(_LINKED)]
    strangers = [waits(judged, f"29H{10000 + 137 * number}", ago_s=300 + number) for number in range(_UNDECLARED)]
    page = enter(context, site, path="/decide")
    expect(page.locator("#queue li")).to_have_count(_LINKED + _UNDECLARED)
    expect(page).to_have_title(f"({_LINKED + _UNDECLARED}) Cần quyết định · smart-gate")
    assert shown(page) == str(strangers[0]), "undeclared before doubtful, the last seen first"
    page.evaluate("window.untouched = true")
    page.evaluate(TWICE)
    expect(page.locator("article.case")).to_have_attribute("data-passage", str(strangers[1]))
    press(page, "Enter")
    shown(page)
    page.keyboard.press("e")
    page.keyboard.type("29H77777")
    press(page, "Enter")
    page.keyboard.press("u")
    expect(page.locator("article.case")).to_have_attribute("data-passage", str(strangers[2]))
    for _ in range(_LINKED + _UNDECLARED - 3):
        one = shown(page)
        press(page, "1" if UUID(one) in linked else "r")
    shown(page)
    page.keyboard.press("1")
    page.wait_for_selector(".empty")
    expect(page.locator("#said")).to_contain_text("Đã ghi")
    expect(page).to_have_title("Cần quyết định · smart-gate")
    kinds = {one: [d.kind for d in store.decisions.of_passage(one)] for one in (*linked, *strangers)}
    assert all(kinds[one] == [DecisionKind.LINK] for one in linked)
    assert kinds[strangers[0]] == [DecisionKind.REJECT]
    assert kinds[strangers[1]] == [DecisionKind.CONFIRM]
    assert kinds[strangers[2]] == [DecisionKind.CORRECT, DecisionKind.UNDO, DecisionKind.REJECT]
    assert page.evaluate("window.untouched")
    assert page.complaints == []


def test_nothing_moves_under_the_pointer_and_the_other_is_told(judged: Gates, site, context) -> None:
    """A case that comes waits while the list is pointed at; who was second reads who was first; it fits a phone."""
    first, second = waits(judged, "29H10001", ago_s=100), waits(judged, "29H20002", ago_s=200)
    page = enter(context, site, path="/decide")
    expect(page.locator("#queue li")).to_have_count(2)
    assert shown(page) == str(first)
    page.hover("#queue li:nth-child(2) a")
    waits(judged, "29H30003", ago_s=10)
    expect(page.locator(".held")).to_be_visible()
    assert page.locator("#queue li").count() == 2
    page.mouse.move(900, 300)
    expect(page.locator("#queue li")).to_have_count(3)
    assert shown(page) == str(first)
    with httpx.Client(base_url=site.url, timeout=60) as other:
        set_login(site.store, "can.bo.minh", Role.MANAGER, PASSWORD)
        other.post("/login", data={"user": "can.bo.minh", "password": PASSWORD})
        other.get("/decide/here", params={"tab": "tab of minh", "case": str(first)})
        expect(page.locator("article.case .others")).to_contain_text("can.bo.minh")
        other.get("/decide/here", params={"tab": "tab of minh", "case": str(second)})
        expect(page.locator(f"#queue li[data-case='{second}'] .others")).to_contain_text("can.bo.minh")
        DecisionDesk(site.store).decide(second, DecisionKind.REJECT, version=0, actor="can.bo.minh")
    form = {"act": "confirm", "version": "0", "csrf": page.get_attribute("article.case", "data-csrf") or ""}
    answer = page.request.post(f"{site.url}/decide/cases/{second}", form=form, headers={"Accept": "application/json"})
    assert answer.status == 409
    assert "can.bo.minh" in answer.json()["problem"]
    expect(page.locator(f"#queue li[data-case='{second}']")).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site.url}/decide")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("button[value=reject]").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert page.complaints == []
