"""Commands as a program gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from central.auth import add_api_key
from central.ingest.intake import Intake
from central.store import Store
from central.store.records import Role
from contract.messages import CommandKind, CommandResult, LaneMode
from tests.central.made import SCOPES_OF, birth, health, packet, passage, stamp
from tests.central.pictures import jpeg_of
from tests.central.served import Served

CAMERA = "/api/v1/cameras/huu-nghi/huu-nghi-1/in-1-front"
REGION = {"lane": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], "trigger": [[0.2, 0.4], [0.8, 0.4]], "direction": "in"}
AsRole = Callable[[Role], httpx.Client]


@pytest.fixture
def as_role(store: Store) -> Iterator[AsRole]:
    messages = [birth(), health(jpeg=jpeg_of(960, 540)), passage(1)]
    Intake(store, late_after_s=60).take([packet(message) for message in messages], datetime.now(UTC))
    with Served(store) as served:
        yield lambda role: served.client(
            headers={"Authorization": f"Bearer {add_api_key(store, role.value, *SCOPES_OF[role])}"}
        )


def test_region_goes_to_the_node_and_its_answer_comes_back(as_role: AsRole, store: Store) -> None:
    """202 at once; the command tells what became of it, and the node's birth where the lane lies now."""
    client = as_role(Role.MAINTENANCE)
    given = client.post(f"{CAMERA}/region", json={"region": REGION})
    assert given.status_code == 202
    told = given.json()
    assert (told["state"], told["actor"], told["lane"], told["region"]) == ("waiting", "maintenance", "in-1", REGION)
    (command,) = store.commands.unsent(datetime.now(UTC))
    assert command.region is not None
    result = CommandResult(
        site=command.site, node=command.node, command_id=command.command_id, done=True, stamp=stamp()
    )
    now_told = birth(regions={"in-1-front": command.region})
    Intake(store, late_after_s=60).take([packet(now_told), packet(result)], datetime.now(UTC))
    assert client.get(f"/api/v1/commands/{told['command_id']}").json()["state"] == "done"
    (node,) = client.get("/api/v1/nodes").json()["items"]
    assert node["regions"] == {"in-1-front": REGION}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lane": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crosses itself"),
        ({"lane": [[0, 0], [1, 1]]}, "at least 3"),
        ({"lane": [[0, 0], [1.2, 1], [1, 0]]}, "less than or equal to 1"),
        ({"trigger": [[0.1, 0.95], [0.2, 0.95]]}, "outside the lane"),
        ({"direction": None}, "need each other"),
    ],
)
def test_region_that_makes_no_sense_is_refused_in_words(as_role: AsRole, store: Store, change: dict, why: str) -> None:
    """And nothing is sent."""
    answer = as_role(Role.ADMIN).post(f"{CAMERA}/region", json={"region": REGION | change})
    assert answer.status_code == 422
    assert why in answer.text
    assert store.commands.list() == ()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_only_technicians_and_admins_set_regions(as_role: AsRole, store: Store, role: Role) -> None:
    """Who watches traffic may have a picture taken, and no more."""
    client = as_role(role)
    assert client.post(f"{CAMERA}/region", json={"region": None}).status_code == 403
    assert client.post(f"{CAMERA}/snapshot").status_code == 202
    assert [record.command.kind for record in store.commands.list()] == [CommandKind.SNAPSHOT]


def test_a_serviced_view_is_confirmed_by_those_who_set_cameras_up(as_role: AsRole, store: Store) -> None:
    """The record names the camera and who it was; what is wrong with a camera stands with it."""
    assert as_role(Role.OPERATOR).post(f"{CAMERA}/view-reference").status_code == 403
    client = as_role(Role.MAINTENANCE)
    asked = client.post(f"{CAMERA}/view-reference").json()
    assert (asked["kind"], asked["camera"], asked["lane"]) == ("set_view_reference", "in-1-front", "in-1")
    assert [record.command.actor for record in store.commands.list()] == [asked["actor"]]
    told = client.get(CAMERA).json()
    assert (told["findings"], told["unjudged"]) == ([], {})


MODE = "/api/v1/lanes/huu-nghi/in-1/mode"


def test_less_power_for_many_and_more_for_admins(as_role: AsRole, store: Store) -> None:
    """A lane acts alone at an administrator's word; any official may take that back."""
    may = {
        Role.ADMIN: {"auto", "assist", "manual"},
        Role.OPERATOR: {"assist", "manual"},
        Role.MANAGER: {"assist", "manual"},
        Role.MAINTENANCE: set(),
    }
    for role, modes in may.items():
        client = as_role(role)
        answers = {mode: client.post(MODE, json={"mode": mode, "reason": " made up "}) for mode in LaneMode}
        assert {mode for mode, answer in answers.items() if answer.status_code == 202} == modes
        assert {answer.status_code for answer in answers.values()} <= {202, 403}
    sent = store.commands.unsent(datetime.now(UTC))
    assert {(one.kind, one.reason) for one in sent} == {(CommandKind.SET_LANE_MODE, "made up")}
    assert {role: {one.mode for one in sent if one.actor == role.value} for role in may} == may


def test_mode_without_a_reason_or_of_no_such_name_is_refused(as_role: AsRole, store: Store) -> None:
    """And nothing is sent; nor for a lane that is none."""
    client = as_role(Role.ADMIN)
    long = "x" * 201
    for mode, reason in (("auto", None), ("auto", "  "), ("auto", long), ("fast", "made up")):
        assert client.post(MODE, json={"mode": mode, "reason": reason}).status_code == 422
    assert client.post(MODE.replace("in-1", "in-9"), json={"mode": "manual", "reason": "x"}).status_code == 404
    assert store.commands.list() == ()


def test_modes_of_a_lane_are_kept_with_who_why_and_what_became_of_them(as_role: AsRole, store: Store) -> None:
    """The lane tells what its node says; the commands tell every change, refused ones too."""
    client = as_role(Role.ADMIN)
    (lane,) = client.get("/api/v1/lanes").json()["items"]
    assert (lane["mode"], lane["mode_by"], lane["mode_since"]) == ("assist", "", None)
    for mode in ("auto", "manual"):
        assert client.post(MODE, json={"mode": mode, "reason": f"order for {mode}"}).status_code == 202
    refused, done = sorted(store.commands.unsent(datetime.now(UTC)), key=lambda one: one.mode or "")
    info = (
        birth()
        .lanes[0]
        .model_copy(
            update={"mode": done.mode, "mode_reason": done.reason, "mode_by": done.actor, "mode_since": stamp().at}
        )
    )
    answers = [
        CommandResult(site=one.site, node=one.node, command_id=one.command_id, done=not why, detail=why, stamp=stamp())
        for one, why in ((refused, "lane in-1 has no barrier of ours"), (done, ""))
    ]
    Intake(store, late_after_s=60).take(
        [packet(birth(lanes=(info,))), *(packet(one) for one in answers)], datetime.now(UTC)
    )
    (lane,) = client.get("/api/v1/lanes").json()["items"]
    assert (lane["mode"], lane["mode_by"], lane["mode_reason"]) == ("manual", "admin", "order for manual")
    kept = client.get("/api/v1/commands", params={"lane": "in-1", "kind": "set_lane_mode"}).json()
    assert {(one["mode"], one["state"], one["detail"]) for one in kept} == {
        ("auto", "refused", "lane in-1 has no barrier of ours"),
        ("manual", "done", ""),
    }
    assert client.get("/api/v1/commands", params={"lane": "out-1"}).json() == []


def test_large_picture_has_an_address(as_role: AsRole) -> None:
    """With the moment at which it was taken."""
    client = as_role(Role.MAINTENANCE)
    assert client.get(f"{CAMERA}/snapshot").content == jpeg_of(960, 540)
    assert client.get(CAMERA).json()["snapshot_at"] is not None
    assert client.get(f"{CAMERA}-none/snapshot").status_code == 404
    assert client.post(f"{CAMERA}-none/snapshot").status_code == 404


def test_evidence_is_kept_and_released_by_those_who_see_passages(as_role: AsRole, store: Store) -> None:
    """The record says who and why; those without passages see nothing of it."""
    path = f"/api/v1/passages/{UUID(int=1001)}"
    client = as_role(Role.OPERATOR)
    kept = client.post(f"{path}/keep-evidence", json={"reason": "tranh chấp"}).json()
    assert (kept["kind"], kept["reason"], kept["passage_id"]) == ("keep_evidence", "tranh chấp", str(UUID(int=1001)))
    assert client.post(f"{path}/release-evidence", json={}).status_code == 202
    assert len(client.get("/api/v1/commands").json()) == 2
    technician = as_role(Role.MAINTENANCE)
    assert technician.post(f"{path}/keep-evidence", json={}).status_code == 403
    assert technician.get("/api/v1/commands").json() == []
    assert technician.get(f"/api/v1/commands/{kept['command_id']}").status_code == 404
    assert client.post(f"/api/v1/passages/{UUID(int=9)}/keep-evidence", json={}).status_code == 404
