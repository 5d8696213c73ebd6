"""The page of one camera: all that is wrong in words, what cannot be judged, and its view confirmed with one key."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from central.console.assets import VENDOR
from central.console.words import LANGUAGES, words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from contract.messages import (
    CommandKind,
    CommandResult,
    HealthFinding,
    HealthLevel,
    HealthReason,
    Metrics,
    NodeFinding,
    NodeTrouble,
    Severity,
)
from tests.browsing import CHROMIUM
from tests.central.gates import Gates, Site, enter
from tests.central.made import NOON, birth, health, packet, stamp

Visit = Callable[[Role], httpx.Client]
PAGE = "/cameras/huu-nghi/huu-nghi-1/in-1-front"
WORDS = words_of("vi")
MOVED = HealthFinding(code=HealthReason.MOVED, severity=Severity.MODERATE, measure=0.021, limit=0.015)
UNREAD = HealthFinding(code=HealthReason.UNREADABLE_PLATES, severity=Severity.SLIGHT, measure=0.71, limit=0.88)
WORN = NodeFinding(code=NodeTrouble.DISK_WORN, severity=Severity.MODERATE, since=NOON, measure=0.75, limit=0.7)


def hear(store: Store, *messages: Any) -> None:
    Intake(store, late_after_s=60).take([packet(message) for message in messages], datetime.now(UTC))


@pytest.fixture
def camera(store: Store) -> None:
    """A camera that has moved, and reads less than it did."""
    told = health(
        HealthLevel.DEGRADED,
        reason=HealthReason.MOVED,
        findings=(MOVED, UNREAD),
        unjudged={
            HealthReason.TRIGGER_MISMATCH: "no_loop",
            HealthReason.CLOCK_DRIFT: "a reason of tomorrow",
            HealthReason.DIRTY_LENS: "moved",
        },
    )
    vital = Metrics(
        site="huu-nghi",
        node="huu-nghi-1",
        stamp=stamp(),
        values={},
        findings=(WORN,),
        unjudged={NodeTrouble.LOW_VOLTAGE: "not_told"},
    )
    hear(store, birth(), told, vital)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [PAGE, "/cameras"])
def test_every_finding_stands_there_with_measure_and_limit(
    camera: None, visit: Visit, language: str, page: str
) -> None:
    """In the language of the page; and why something is not judged, in the node's word where it is new."""
    client, words = visit(Role.OPERATOR), words_of(language)  # type: ignore[arg-type]  # parametrised over the languages there are
    client.cookies.set("language", language)
    text = client.get(page).text
    assert words("finding.measured", measure="0.021", limit="0.015") in text
    assert words("finding.unreadable_plates", measure="71 %", limit="88 %") in text
    assert words("severity.slight") in text
    assert f"{words('health.trigger_mismatch')} ({words('unjudged.no_loop')})" in text
    assert "(a reason of tomorrow)" in text
    assert f"{words('health.dirty_lens')} ({words('health.moved')})" in text


def test_what_is_wrong_with_a_node_stands_with_the_devices(camera: None, visit: Visit) -> None:
    """With what its machine does not tell."""
    text = visit(Role.MAINTENANCE).get("/cameras").text
    assert WORDS("finding.disk_worn", measure="75 %", limit="70 %") in text
    assert f"{WORDS('node.low_voltage')} ({WORDS('unjudged.not_told')})" in text


def test_a_view_is_confirmed_and_it_is_told_by_whom(camera: None, visit: Visit, store: Store) -> None:
    """The node gets the command; once it has answered the page says who it was."""
    client = visit(Role.MAINTENANCE)
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(PAGE).text)
    assert found is not None
    given = client.post(f"{PAGE}/view", data={"csrf": found[1]})
    assert given.status_code == 303
    (command,) = store.commands.unsent(datetime.now(UTC))
    assert (command.kind, command.camera, command.actor) == (
        CommandKind.SET_VIEW_REFERENCE,
        "in-1-front",
        "lan.maintenance",
    )
    assert WORDS("command.waiting") in client.get(given.headers["location"]).text
    answer = CommandResult(
        site=command.site, node=command.node, command_id=command.command_id, done=True, stamp=stamp()
    )
    hear(store, answer)
    text = client.get(given.headers["location"]).text
    assert WORDS("command.done_set_view_reference") in text
    assert WORDS("camera.view_by", who="lan.maintenance", at="").split(",")[0] in text


def test_only_who_sets_cameras_up_confirms_a_view(camera: None, visit: Visit, store: Store) -> None:
    """Others see the page without the key; a form that was not made for them is refused."""
    operator = visit(Role.OPERATOR)
    assert WORDS("camera.view_confirm") not in operator.get(PAGE).text
    assert operator.post(f"{PAGE}/view", data={"csrf": "x"}).status_code == 403
    assert visit(Role.MAINTENANCE).post(f"{PAGE}/view", data={"csrf": "x"}).status_code == 403
    assert store.commands.unsent(datetime.now(UTC)) == ()


def test_a_camera_that_is_none_has_no_page(visit: Visit) -> None:
    """Said in words."""
    answer = visit(Role.MAINTENANCE).get("/cameras/huu-nghi/huu-nghi-1/in-9-moon")
    assert (answer.status_code, WORDS("error.no_camera") in answer.text) == (404, True)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt install chromium")
@pytest.mark.skipif(not VENDOR.is_dir(), reason="no page assets here: make assets")
def test_one_key_confirms_a_view(context: BrowserContext, site: Site, gates: Gates) -> None:
    """V, and the page says at once that it is on its way."""
    page = enter(context, site, Role.MAINTENANCE, PAGE)
    page.keyboard.press("v")
    expect(page.locator("#said .command")).to_be_visible()
    (record,) = site.store.commands.list(camera="in-1-front")
    assert (record.command.kind, record.command.actor) == (CommandKind.SET_VIEW_REFERENCE, "can.bo.maintenance")
    assert page.complaints == []  # type: ignore[attr-defined]  # set in enter()
