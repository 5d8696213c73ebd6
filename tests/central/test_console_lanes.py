"""A lane's page and its card: who moves the barrier, who set that and why, and the openings that people asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from central.console.words import LANGUAGES, words_of
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from contract.messages import BoothOpening, Command, CommandKind, CommandResult, LaneMode, Status
from tests.central.made import OUTBOX, birth, packet, passage, stamp

Visit = Callable[[Role], httpx.Client]
PAGE = "/lanes/huu-nghi/in-1"
WORDS = words_of("vi")


def hear(store: Store, *messages: Any) -> None:
    Intake(store, late_after_s=60).take([packet(message) for message in messages], datetime.now(UTC))


def born(**lane: Any) -> Status:
    """A birth that tells this of lane in-1."""
    return birth(lanes=(birth().lanes[0].model_copy(update=lane),))


def booth(seq: int, ago: timedelta, reason: str = "xe cứu thương") -> BoothOpening:
    at = datetime.now(UTC) - ago
    return BoothOpening(
        site="huu-nghi", node="huu-nghi-1", outbox_id=OUTBOX, seq=seq, stamp=stamp(at), opening_id=UUID(int=seq),
        lane="in-1", actor="hoa.booth", reason=reason, asked_at=at,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def lane(store: Store) -> None:
    """A node has told of its lane."""
    hear(store, birth())


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: httpx.Client, **fields: str) -> httpx.Response:
    """Fill in the form of the page."""
    return client.post(f"{PAGE}/mode", data={"csrf": csrf(client.get(PAGE).text), **fields})


def answer(store: Store, command: Command, detail: str = "") -> None:
    hear(
        store,
        CommandResult(
            site=command.site,
            node=command.node,
            command_id=command.command_id,
            done=not detail,
            detail=detail,
            stamp=stamp(),
        ),
    )


def test_the_live_page_says_who_set_the_mode_and_why(visit: Visit, store: Store) -> None:
    """Else that it is the configuration's; or that the node fell back, in the words of the page."""
    client = visit(Role.OPERATOR)
    assert WORDS("lane_mode.configured") in client.get("/").text
    since = datetime.now(UTC) - timedelta(days=40)
    hear(store, born(mode=LaneMode.MANUAL, mode_by="minh", mode_reason="sửa vòng từ", mode_since=since))
    page = client.get("/").text
    assert WORDS("mode.manual") in page
    assert re.search(r"minh đặt, \d\d/\d\d \d\d:\d\d: <q>sửa vòng từ</q>", page)
    hear(store, born(mode_reason="what was set cannot be read from lane-modes.json", mode_since=since))
    page = client.get("/").text
    assert WORDS("lane_mode.fallback", at="").split(",")[0] in page
    assert "cannot be read" not in page


def test_a_mode_goes_out_with_its_reason_and_its_answer_is_told(visit: Visit, store: Store) -> None:
    """Without scripts the page is loaded again until the node has answered; then the history tells it."""
    client = visit(Role.ADMIN)
    given = send(client, mode="auto", reason=" Lệnh số 12 ", confirm="1")
    assert given.status_code == 303
    (command,) = store.commands.unsent(datetime.now(UTC))
    assert (command.kind, command.mode, command.reason) == (CommandKind.SET_LANE_MODE, LaneMode.AUTO, "Lệnh số 12")
    assert (command.lane, command.actor) == ("in-1", "lan.admin")
    waiting = client.get(given.headers["location"]).text
    assert WORDS("command.waiting") in waiting
    assert 'http-equiv="refresh"' in waiting
    answer(store, command)
    done = client.get(given.headers["location"]).text
    assert WORDS("command.done_set_lane_mode") in done
    assert 'http-equiv="refresh"' not in done
    part = client.get(f"/commands/{command.command_id}")
    assert part.headers["hx-trigger"] == "lanemode"


REFUSALS = [
    ("lane in-1 has no barrier of ours", "no_barrier"),
    ("lane in-1 cannot act alone: the node has no access list signed by central", "no_list"),
    ("lane in-1 cannot act alone: the access list expired at 2026-03-02T07:00:00+00:00", "list_expired"),
    ("lane in-1 cannot act alone: the node's clock was never set", "clock"),
    ("the mode cannot be written to lane-modes.json: No space left on device", "mode_disk"),
    ("expired", "expired"),
]


def test_a_refusal_is_told_in_words_and_stays_in_the_history(visit: Visit, store: Store) -> None:
    """Why the node did not do it; what it was asked for before stays there too."""
    client = visit(Role.ADMIN)
    for detail, key in REFUSALS:
        led_to = send(client, mode="auto", reason="made up", confirm="1").headers["location"]
        (command,) = store.commands.unsent(datetime.now(UTC))
        answer(store, command, detail)
        assert client.get(led_to).text.count(WORDS("command.refused", why=WORDS(f"refusal.{key}"))) == 2
        with store.transaction() as transaction:
            store.commands.sent(transaction, command)
    page = client.get(PAGE).text
    assert [page.count(WORDS(f"refusal.{key}")) for _, key in REFUSALS] == [1] * len(REFUSALS)


FAULTS = [
    ({"mode": "manual", "reason": "  "}, "no_reason"),
    ({"mode": "manual", "reason": "x" * 201}, "no_reason"),
    ({"reason": "made up"}, "no_mode"),
    ({"mode": "fast", "reason": "made up"}, "no_mode"),
    ({"mode": "auto", "reason": "made up"}, "no_confirm"),
]


def test_what_is_missing_is_said_and_what_was_typed_stays(visit: Visit, store: Store) -> None:
    """Nothing is sent."""
    client = visit(Role.ADMIN)
    for fields, key in FAULTS:
        refused = send(client, **fields)
        assert refused.status_code == 422
        assert WORDS(f"lane_mode.{key}", n=200) in refused.text
        assert f'value="{fields["reason"]}"' in refused.text
    assert store.commands.list() == ()


def test_an_operator_may_take_power_from_a_lane_and_give_it_none(visit: Visit, store: Store) -> None:
    """The choice is not even there; a forged form is refused in words."""
    client = visit(Role.OPERATOR)
    page = client.get(PAGE).text
    assert 'value="manual"' in page
    assert 'value="auto"' not in page
    assert WORDS("lane_mode.only_admin") in page
    refused = send(client, mode="auto", reason="made up", confirm="1")
    assert refused.status_code == 403
    assert WORDS("lane_mode.only_admin") in refused.text
    assert store.commands.list() == ()
    assert send(client, mode="manual", reason="vòng từ hỏng").status_code == 303


def test_a_form_of_another_login_and_a_lane_that_is_none_change_nothing(visit: Visit, store: Store) -> None:
    """The token of the page is needed; those who see no passages have no such page."""
    client = visit(Role.ADMIN)
    form = {"mode": "manual", "reason": "made up"}
    assert client.post(f"{PAGE}/mode", data=form | {"csrf": "made up"}).status_code == 403
    none = client.get(PAGE.replace("in-1", "in-9"))
    assert none.status_code == 404
    assert WORDS("error.no_lane") in none.text
    assert visit(Role.MAINTENANCE).get(PAGE).status_code == 403
    assert store.commands.list() == ()


def test_an_opening_without_a_vehicle_stands_out(visit: Visit, store: Store) -> None:
    """On the card and on the lane's page, with who, why and where; one with its vehicle leads to that."""
    client = visit(Role.OPERATOR)
    hear(store, booth(1, timedelta(minutes=30)), passage(2, at=datetime.now(UTC) - timedelta(minutes=30, seconds=4)))
    page = client.get(PAGE).text
    assert 'class="vehicle"' in page
    assert f'href="/passages/{UUID(int=1002)}"' in page
    assert WORDS("opening.nobody") not in page
    assert WORDS("opening.nobody") not in client.get("/").text
    hear(store, booth(3, timedelta(minutes=10), reason="bấm nhầm"))
    page = client.get(PAGE).text
    assert WORDS("opening.without", n=1) in page
    hear(
        store, booth(4, timedelta(minutes=5), reason="mở sẵn"), passage(5, at=datetime.now(UTC) - timedelta(minutes=4))
    )
    assert "<q>mở sẵn</q>" in client.get("/").text
    for shown in (client.get(PAGE).text, client.get("/").text):
        assert "<q>bấm nhầm</q>" in shown
        assert "<b>hoa.booth</b>" in shown
        assert WORDS("opening.booth") in shown
        assert WORDS("opening.nobody") in shown


def test_a_fresh_opening_waits_and_looks_again_by_itself(visit: Visit, store: Store) -> None:
    """The card asks once more when a vehicle should have come; until then nobody is accused."""
    client = visit(Role.OPERATOR)
    hear(store, booth(1, timedelta(seconds=5)))
    part = client.get(f"{PAGE}/openings").text
    assert 'hx-trigger="load delay:125s"' in part
    assert WORDS("opening.nobody") not in part
    hear(store, passage(2, at=datetime.now(UTC)))
    assert "hx-trigger" not in client.get(f"{PAGE}/openings").text


def test_the_page_speaks_every_language(visit: Visit) -> None:
    """Every mode has its name and what it means."""
    client = visit(Role.ADMIN)
    for language in LANGUAGES:
        client.get(f"/language/{language}")
        page = client.get(PAGE).text
        missing = [mode for mode in LaneMode if words_of(language)(f"lane_mode.{mode.value}_help") not in page]
        assert not missing, language
