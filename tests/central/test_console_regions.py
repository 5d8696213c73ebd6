"""The page on which a lane is drawn, as HTML: it works without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from central.console.words import LANGUAGES, words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.commands import CommandState
from central.store.records import Role
from contract.messages import Command, CommandKind, CommandResult, Direction, HealthLevel, HealthReason
from contract.region import CameraRegion
from tests.central.made import birth, health, packet, stamp
from tests.central.pictures import jpeg_of

Visit = Callable[[Role], httpx.Client]
PAGE = "/cameras/huu-nghi/huu-nghi-1/in-1-front/region"
REGION = CameraRegion(lane=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9)), trigger=((0.2, 0.15), (0.8, 0.15)), direction="out")
FIELDS = {"lane": "10 10\n90 10\n90 90", "line_from": "20 15", "line_to": "80 15", "way": "out"}
WORDS = words_of("vi")


def hear(store: Store, *messages: Any) -> None:
    Intake(store, late_after_s=60).take([packet(message) for message in messages], datetime.now(UTC))


@pytest.fixture(autouse=True)
def camera(store: Store) -> None:
    """A node has told a region, and its camera has sent a large picture."""
    hear(store, birth(regions={"in-1-front": REGION}), health(jpeg=jpeg_of(960, 540), frame_at=datetime.now(UTC)))


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: httpx.Client, **fields: str) -> httpx.Response:
    """Fill in the form of the page."""
    return client.post(PAGE, data={"csrf": csrf(client.get(PAGE).text), **fields})


def answer(store: Store, command: Command, *, done: bool = True, detail: str = "") -> None:
    result = CommandResult(
        site=command.site, node=command.node, command_id=command.command_id, done=done, detail=detail, stamp=stamp()
    )
    hear(store, result)


def test_the_region_is_drawn_over_the_picture_at_first_paint(visit: Visit) -> None:
    """In the pixels of that picture, with its line, its arrow's word, and its corners as numbers."""
    page = visit(Role.MAINTENANCE).get(PAGE).text
    assert 'viewBox="0 0 960 540"' in page
    assert 'points="96,54 864,54 864,486"' in page
    assert f">{WORDS('region.arrow_out')}</b>" in page
    assert "10 10\n90 10\n90 90</textarea>" in page
    assert "/in-1-front/snapshot?at=" in page
    assert WORDS("region.configured") in page


def test_the_cameras_lead_there(visit: Visit) -> None:
    """One press away from each camera."""
    assert f'href="{PAGE}"' in visit(Role.OPERATOR).get("/cameras").text


def test_a_saved_region_goes_out_and_its_answer_is_told(visit: Visit, store: Store) -> None:
    """Without scripts the page is loaded again until the node has answered; then it says who set it."""
    client = visit(Role.MAINTENANCE)
    given = send(client, **FIELDS | {"way": "in"})
    assert given.status_code == 303
    (command,) = store.commands.unsent(datetime.now(UTC))
    assert (command.kind, command.camera, command.actor) == (CommandKind.SET_REGION, "in-1-front", "lan.maintenance")
    wanted = REGION.model_copy(update={"direction": Direction.IN})
    assert command.region == wanted
    waiting = client.get(given.headers["location"]).text
    assert WORDS("command.waiting") in waiting
    assert 'http-equiv="refresh"' in waiting
    hear(store, birth(regions={"in-1-front": wanted}))
    answer(store, command)
    done = client.get(given.headers["location"]).text
    assert WORDS("command.done_set_region") in done
    assert 'http-equiv="refresh"' not in done
    assert WORDS("region.set_by", who="lan.maintenance", at="").removesuffix(".").strip() in done


def test_going_back_to_the_configuration_sends_no_region(visit: Visit, store: Store) -> None:
    """Whatever stands in the fields."""
    client = visit(Role.ADMIN)
    given = send(client, lane="nonsense", reset="1")
    (command,) = store.commands.unsent(datetime.now(UTC))
    assert command.region is None
    answer(store, command)
    assert WORDS("command.done_reset_region") in client.get(given.headers["location"]).text


def test_what_is_wrong_is_said_and_what_was_typed_stays(visit: Visit, store: Store) -> None:
    """Nothing is sent."""
    client = visit(Role.MAINTENANCE)
    refused = send(client, lane="0 0\n100 100\n100 0\n0 100")
    assert refused.status_code == 422
    assert WORDS("fault.crosses") in refused.text
    assert "--x: 0.5; --y: 0.5" in refused.text
    assert "100 100\n100 0\n0 100</textarea>" in refused.text
    assert store.commands.list() == ()
    check = client.post(f"{PAGE}/check", data=FIELDS | {"line_to": "20 15"}).text
    assert WORDS("fault.line_short") in check
    assert WORDS("fault.line_short") not in client.post(f"{PAGE}/check", data=FIELDS).text


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_who_watches_traffic_sees_the_region_and_may_have_a_picture_taken(
    visit: Visit, store: Store, role: Role
) -> None:
    """And changes nothing."""
    client = visit(role)
    page = client.get(PAGE).text
    assert 'points="96,54' in page
    assert WORDS("region.read_only") in page
    assert "textarea" not in page
    assert client.post(PAGE, data={"csrf": csrf(page), **FIELDS}).status_code == 403
    assert client.post(f"{PAGE}/snapshot", data={"csrf": csrf(page)}).status_code == 303
    assert [record.command.kind for record in store.commands.list()] == [CommandKind.SNAPSHOT]


def test_a_form_of_another_login_sends_nothing(visit: Visit, store: Store) -> None:
    """The token of the page is needed."""
    client = visit(Role.ADMIN)
    assert client.post(PAGE, data=FIELDS | {"csrf": "made up"}).status_code == 403
    assert client.post(f"{PAGE}/snapshot", data={}).status_code == 403
    assert store.commands.list() == ()


def test_an_old_picture_is_grey_and_says_so(visit: Visit, store: Store) -> None:
    """A small one that is much younger takes its place."""
    client = visit(Role.MAINTENANCE)
    old = datetime.now(UTC) - timedelta(minutes=30)
    hear(store, health(jpeg=jpeg_of(960, 540), frame_at=old))
    assert 'class="stage stale"' in client.get(PAGE).text
    hear(store, health(jpeg=jpeg_of(320, 180), frame_at=datetime.now(UTC)))
    page = client.get(PAGE).text
    assert 'class="stage"' in page
    assert WORDS("region.small_picture") in page


def test_a_silent_node_is_told_before_anything_is_sent(visit: Visit, store: Store) -> None:
    """With since when."""
    found = store.cameras.get("huu-nghi", "huu-nghi-1", "in-1-front")
    assert found is not None
    with store.transaction() as transaction:
        store.cameras.judge(transaction, found, "unknown", "node_silent")
    assert WORDS("region.node_silent", at="").split(":")[0][:30] in visit(Role.MAINTENANCE).get(PAGE).text


ENDS = [
    (CommandState.SENT, True, None, 0.0, "command.sent"),
    (CommandState.SILENT, True, None, 60.0, "command.silent"),
    (CommandState.UNSENT, False, None, 60.0, "command.unsent"),
    (CommandState.REFUSED, True, "expired", 0.0, "refusal.expired"),
    (CommandState.REFUSED, True, "lane in-1 has no camera in-1-moon", 0.0, "refusal.no_camera"),
    (CommandState.REFUSED, True, "the region cannot be written to regions.json: full", 0.0, "refusal.disk"),
    (CommandState.DONE, True, "", 0.0, "command.done_set_region"),
]


@pytest.mark.parametrize(("state", "sent", "detail", "ago_s", "key"), ENDS, ids=[key for *_, key in ENDS])
def test_every_end_of_a_command_is_told(
    visit: Visit, store: Store, state: CommandState, *, sent: bool, detail: str | None, ago_s: float, key: str
) -> None:
    """In words, and with an end to asking again."""
    client = visit(Role.MAINTENANCE)
    issued = datetime.now(UTC) - timedelta(seconds=ago_s)
    command = Command(
        site="huu-nghi", node="huu-nghi-1", command_id="8f0f6d0a-77a4-4a2b-9c57-0f6b1f9f2c55", lane="in-1", actor="lan",
        kind=CommandKind.SET_REGION, camera="in-1-front", region=REGION, issued_at=issued,
        expires_at=issued + timedelta(seconds=20),
    )  # fmt: skip
    with store.transaction() as transaction:
        store.commands.add(transaction, command)
        if sent:
            store.commands.sent(transaction, command)
    if detail is not None:
        answer(store, command, done=not detail, detail=detail)
    part = client.get(f"/commands/{command.command_id}", params={"camera": "in-1-front"})
    assert WORDS(key) in part.text
    assert ("hx-get" in part.text) is (state is CommandState.SENT)
    assert part.headers.get("hx-trigger") == ("regionsaved" if state is CommandState.DONE else None)


def test_a_snapshot_is_done_when_its_picture_is_here(visit: Visit, store: Store) -> None:
    """The node's answer comes first; the page waits on, then is told where the picture is."""
    client = visit(Role.MAINTENANCE)
    started = client.post(
        f"{PAGE}/snapshot", data={"csrf": csrf(client.get(PAGE).text)}, headers={"HX-Request": "true"}
    )
    assert WORDS("command.waiting") in started.text
    (command,) = store.commands.unsent(datetime.now(UTC))
    answer(store, command)
    path = f"/commands/{command.command_id}?camera=in-1-front"
    assert WORDS("command.picture_coming") in client.get(path).text
    hear(store, health(jpeg=jpeg_of(960, 540, 50), frame_at=datetime.now(UTC)))
    done = client.get(path)
    assert WORDS("command.done_snapshot") in done.text
    assert "/snapshot?at=" in done.headers["hx-trigger"]


def test_a_camera_that_gives_no_picture_is_told(visit: Visit, store: Store) -> None:
    """The node did what it could; nobody is shown the old picture as a new one."""
    client = visit(Role.MAINTENANCE)
    send_to = f"{PAGE}/snapshot"
    led_to = client.post(send_to, data={"csrf": csrf(client.get(PAGE).text)}).headers["location"]
    (command,) = store.commands.unsent(datetime.now(UTC))
    answer(store, command)
    hear(store, health(HealthLevel.FAILED, reason=HealthReason.SIGNAL_LOST, jpeg=None))
    page = client.get(led_to).text
    assert WORDS("command.no_picture") in page
    assert WORDS("command.done_snapshot") not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_every_language(visit: Visit, language: str) -> None:
    """Every sentence of the page, the faults and the ends is there."""
    client = visit(Role.ADMIN)
    client.get(f"/language/{language}")
    page = client.get(PAGE)
    assert page.status_code == 200
    assert words_of(language)("region.save") in page.text
    keys = words_of(language).keys
    assert {f"command.done_{kind.value}" for kind in CommandKind} <= keys
    ends = {state.value for state in CommandState} - {"done"}
    assert {f"command.{end}" for end in ends} <= keys


def test_a_camera_that_is_none_has_no_page(visit: Visit) -> None:
    """Said in words."""
    answer = visit(Role.ADMIN).get(PAGE.replace("front", "moon"))
    assert answer.status_code == 404
    assert WORDS("error.no_camera") in answer.text
