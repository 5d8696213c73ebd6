"""The pages in a real browser, over a real server and a store with made-up gates."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from central.console.assets import VENDOR
from central.store.outcome_records import OutcomeKind, Reason, ReasonCode
from central.store.records import Role
from contract.messages import HealthLevel, HealthReason
from contract.plate import PlateColour
from tests.browsing import CHROMIUM, loads, open_page
from tests.central.gates import PASSWORD, Gates, Site, enter, log_in, plate

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium"),
    pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets"),
]


def test_one_time_password_must_be_changed_first(context: BrowserContext, site: Site, gates: Gates) -> None:
    """With the one-time password a person gets no further than choosing another one."""
    page = open_page(context)
    page.goto(site.url)
    log_in(page, "admin", site.password)
    expect(page).to_have_url(f"{site.url}/account")
    page.goto(f"{site.url}/passages")
    expect(page).to_have_url(f"{site.url}/account")
    old, *new = page.locator("input[type=password]").all()
    old.fill(site.password)
    for field in new:
        field.fill(PASSWORD)
    new[-1].press("Enter")
    page.wait_for_url(lambda url: "/account" not in url)
    page.goto(f"{site.url}/passages")
    expect(page).to_have_url(f"{site.url}/passages")


def test_lane_changes_without_reload(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A vehicle that passes appears in its lane's card, drawn as a plate, and the page is not loaded again."""
    page = enter(context, site)
    page.evaluate("window.untouched = true")
    gates.passage(
        "huu-nghi",
        "in-1",
        plate("12C34567"),
        OutcomeKind.MATCHED,
        Reason(ReasonCode.PLATE_EXACT, {"read": "12C34567", "declared": "12C34567"}),
    )
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    expect(page.get_by_text("Khớp").first).to_be_visible()
    assert page.evaluate("window.untouched")
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()


def test_what_stays_the_same_in_a_card_stays_in_place(context: BrowserContext, site: Site, gates: Gates) -> None:
    """Of many vehicles at once the newest is shown, those before it follow; nothing that did not change is drawn anew."""
    page = enter(context, site)
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    gates.passage("huu-nghi", "in-1", plate("12C34568"), OutcomeKind.MATCHED)
    card = page.locator("#lane-huu-nghi-in-1")
    expect(card.locator(".hero").get_by_label("12C-345.68")).to_be_visible()
    page.evaluate("window.before = document.querySelector('#lane-huu-nghi-in-1 .strip li')")
    for number in range(70, 78):
        gates.passage("huu-nghi", "in-1", plate(f"12C345{number}"), OutcomeKind.MATCHED)
    expect(card.locator(".hero").get_by_label("12C-345.77")).to_be_visible()
    shown = card.locator(".strip .plate").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")
    assert shown[:9] == [*(f"12C-345.{number}" for number in range(76, 69, -1)), "12C-345.68", "12C-345.67"]
    assert page.evaluate("window.before.isConnected")


def test_a_vehicle_that_passes_while_scripts_are_on_their_way_is_shown(
    context: BrowserContext, site: Site, gates: Gates
) -> None:
    """In whatever order a poor line brings them: none begins before those that it leans on."""
    page, other = enter(context, site), open_page(context)
    late: list[Route] = []
    page.route("**/htmx.min.js*", lambda route: late.append(route))  # noqa: PLW0108  # playwright asks what it takes
    with page.expect_request("**/htmx.min.js*"), page.expect_response("**/live.js*"):
        page.goto(site.url, wait_until="commit")
    expect(page.locator("#lane-huu-nghi-in-1")).to_be_visible()
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    other.goto(site.url)
    expect(other.get_by_label("12C-345.67").first).to_be_visible()
    late[0].continue_()
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    assert not page.complaints  # type: ignore[attr-defined]  # set in enter()


def test_bell_rings_for_what_needs_a_person(context: BrowserContext, site: Site, gates: Gates) -> None:
    """Only for those who switched it on, which the browser remembers; a normal passage makes no sound."""
    context.add_init_script(
        "const start = OscillatorNode.prototype.start; OscillatorNode.prototype.start = function (...when) "
        "{ document.body.dataset.rung = 'yes'; return start.apply(this, when); };"
    )
    page = enter(context, site)
    bell = page.get_by_label("Chuông khi có việc cần xử lý")
    bell.check()
    page.reload()
    expect(bell).to_be_checked()
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    gates.passage("tan-thanh", "out-1", plate("29H01234"), OutcomeKind.UNDECLARED, Reason(ReasonCode.NO_DECLARATION))
    expect(page.locator("body")).to_have_attribute("data-rung", "yes")


def test_what_happened_while_the_server_was_away_appears(context: BrowserContext, site: Site, gates: Gates) -> None:
    """After the server was restarted the open page goes on by itself and shows what it missed."""
    page = enter(context, site)
    page.evaluate("window.untouched = true")
    site.stop()
    gates.passage("tan-thanh", "out-1", plate("29H01234"), OutcomeKind.UNDECLARED, Reason(ReasonCode.NO_DECLARATION))
    site.start()
    expect(page.get_by_label("29H-012.34").first).to_be_visible()
    assert page.evaluate("window.untouched")


def test_doubtful_character_shows_its_runner_up(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A character that may be another is marked, with the other beneath it."""
    gates.passage(
        "huu-nghi", "out-1", plate("桂F12348", PlateColour.YELLOW, lines=2, doubt=(6, "3")), OutcomeKind.TO_REVIEW
    )
    page = enter(context, site)
    card = page.locator("article, section, li").filter(has=page.get_by_label("桂F·12348")).last
    expect(card).to_contain_text("GUI-F12348")
    doubt = page.locator(".plate .doubt, .plate .doubtful, .plate [data-runner-up]").first
    expect(doubt).to_be_visible()


def test_camera_fault_shows_on_the_board_and_the_wall(context: BrowserContext, site: Site, gates: Gates) -> None:
    """A frozen camera is named with its reason on the live page, at once, and stands first on the wall."""
    page = enter(context, site)
    gates.camera("tan-thanh", "in-1", HealthLevel.FAILED, HealthReason.FROZEN)
    expect(page.get_by_text("Đứng hình").first).to_be_visible()
    page.goto(f"{site.url}/cameras")
    expect(page.get_by_text("Đứng hình").first).to_be_visible()


def test_maintenance_sees_cameras_only(context: BrowserContext, site: Site, gates: Gates) -> None:
    """Who looks after cameras is led to them, and is refused passages in words."""
    page = enter(context, site, Role.MAINTENANCE)
    expect(page).to_have_url(f"{site.url}/cameras")
    response = page.goto(f"{site.url}/passages")
    assert response is not None
    assert response.status == 403
    assert page.locator("nav a[href='/passages']").count() == 0


@pytest.mark.parametrize(("language", "word"), [("en", "Live"), ("zh", "实时"), ("vi", "Trực tiếp")])
def test_language_switch(context: BrowserContext, site: Site, gates: Gates, language: str, word: str) -> None:
    """One click changes the language of the page, and it stays."""
    page = enter(context, site)
    page.locator(f"a[href*='/language/{language}']").first.click()
    expect(page.locator("nav").first).to_contain_text(word)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.goto(f"{site.url}/cameras")
    expect(page.locator("nav").first).to_contain_text(word)


def test_keys_move_and_open(context: BrowserContext, site: Site, gates: Gates) -> None:
    """J chooses the next item, Enter opens it, / goes to the search field, ? shows the keys."""
    passage_id = gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    page = enter(context, site, path="/passages")
    page.keyboard.press("j")
    expect(page.locator("[data-item]").first).to_be_focused()
    with loads(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/passages/{passage_id}")
    page.goto(f"{site.url}/passages")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("345")
    with loads(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("plate=345"))
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_nothing_sticks_out_on_a_phone(context: BrowserContext, site: Site, gates: Gates) -> None:
    """On a narrow screen no page is wider than the screen."""
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED, second=plate("12R01234", lines=2))
    page = enter(context, site, Role.ADMIN)
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/passages", "/declarations", "/cameras", "/account", "/users"):
        page.goto(f"{site.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_first_paint_needs_no_script(browser: Browser, site: Site, gates: Gates) -> None:
    """With scripts switched off, one can log in, see the lanes and look at a passage."""
    gates.passage("huu-nghi", "in-1", plate("12C34567"), OutcomeKind.MATCHED)
    context = browser.new_context(java_script_enabled=False)
    page = enter(context, site)
    expect(page.get_by_label("12C-345.67").first).to_be_visible()
    context.close()
