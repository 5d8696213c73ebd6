"""Wishes of people: carried out once, in time, and each answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contract.errors import StoreError
from contract.messages import Command, CommandKind, CommandResult, LaneMode
from contract.region import CameraRegion
from edge.evidence.keeper import EvidenceKeeper
from edge.gate_controller.controller import GateController
from edge.gate_controller.drivers import SimulatedDriver
from edge.gate_controller.settings import GateSettings
from edge.lpr.types import VehicleLeft
from edge.node.commands import CommandDesk, refusal
from edge.node.lane import LaneRunner

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def _command(kind: CommandKind = CommandKind.OPEN, *, lane: str = "in-1", issued_at: datetime | None = None) -> Command:
    issued_at = issued_at or datetime.now(UTC)
    return Command(
        site="made-up",
        node="made-up-1",
        command_id=uuid4(),
        kind=kind,
        lane=lane,
        actor="made-up officer",
        issued_at=issued_at,
        expires_at=issued_at + timedelta(seconds=10),
    )


@pytest.mark.parametrize(
    ("why", "lane", "late_s", "obeyed"),
    [
        (None, "in-1", 9.9, False),
        ("expired", "in-1", 10.0, False),
        ("repeated", "in-1", 1.0, True),
        ("no lane out-9", "out-9", 1.0, False),
    ],
)
def test_only_a_fresh_new_command_for_a_lane_of_ours_counts(
    why: str | None, lane: str, late_s: float, obeyed: bool
) -> None:
    """Too late, a second time, or for another node: refused, with the reason."""
    command = _command(lane=lane, issued_at=NOW)
    known: set[UUID] = {command.command_id} if obeyed else set()
    said = refusal(command, now=NOW + timedelta(seconds=late_s), obeyed=known, lanes=["in-1"])
    assert said is None if why is None else why in (said or "")


class Desk:
    """A desk with a barrier in memory at lane in-1 and none at out-1."""

    def __init__(self, make_lane: Any, evidence: EvidenceKeeper) -> None:
        self.driver = SimulatedDriver()
        self.gate = GateController("in-1", self.driver, GateSettings(driver="simulated", poll_s=0.01))
        self.answers: list[CommandResult] = []
        self.pictures: list[str] = []
        self.regions: dict[str | None, CameraRegion | None] = {}
        self.modes: list[tuple[str, LaneMode | None]] = []
        lanes: dict[str, LaneRunner] = {"in-1": make_lane(gate=self.gate), "out-1": make_lane(gate=None)}
        self.views: list[str | None] = []
        self.desk = CommandDesk(
            lanes,
            {"in-1": self.gate},
            evidence=evidence,
            answer=self.answers.append,
            picture_wanted=self.pictures.append,
            set_region=self._set_region,
            set_mode=self._set_mode,
            confirm_view=lambda command: self.views.append(command.camera),
        )

    def _set_region(self, command: Command) -> str | None:
        if command.camera == "in-1-moon":
            return "lane in-1 has no camera in-1-moon"
        self.regions[command.camera] = command.region
        return None

    def _set_mode(self, command: Command) -> str | None:
        if command.mode is LaneMode.AUTO:
            return "a made-up reason"
        self.modes.append((command.lane, command.mode))
        return None

    def say(self, command: Command) -> CommandResult:
        self.desk.take(command)
        assert self.answers[-1].command_id == command.command_id
        return self.answers[-1]


@pytest.fixture
def desk(make_lane: Any, house: Any) -> Desk:
    return Desk(make_lane, house.evidence)


def test_open_raises_the_arm_once(desk: Desk, wait_until: Any) -> None:
    """The command opens; the same command again is answered and does nothing."""
    command = _command()
    began = datetime.now(UTC)
    desk.gate.start()
    assert desk.say(command).done
    wait_until(lambda: len(desk.gate.events(began)) >= 2, what="the arm is open")
    again = desk.say(command)
    assert (again.done, again.detail) == (False, "repeated: it was carried out before")
    desk.gate.stop()
    assert [event.event for event in desk.gate.events(began)] == ["open_commanded", "opened"]


def test_command_that_comes_too_late_moves_nothing(desk: Desk) -> None:
    """A command that waited somewhere until it had expired is answered so."""
    late = desk.say(_command(issued_at=datetime.now(UTC) - timedelta(minutes=1)))
    assert (late.done, late.detail) == (False, "expired")


def test_lane_without_a_barrier_says_so(desk: Desk) -> None:
    """Opening where there is nothing to open is answered, not swallowed."""
    answer = desk.say(_command(lane="out-1"))
    assert not answer.done
    assert "no barrier" in answer.detail


def test_snapshot_asks_the_lanes_cameras(desk: Desk) -> None:
    """A person who wants to see the lane gets a fresh picture, barrier or not."""
    assert desk.say(_command(CommandKind.SNAPSHOT, lane="out-1")).done
    assert desk.pictures == ["out-1"]


def test_hold_and_release_are_answered(desk: Desk) -> None:
    """Both are known words for a lane with a barrier."""
    assert desk.say(_command(CommandKind.HOLD)).done
    assert desk.say(_command(CommandKind.RELEASE)).done


def test_region_is_set_once_and_in_time(desk: Desk) -> None:
    """With or without a barrier; what the node cannot do comes back as the reason."""
    region = CameraRegion(lane=((0, 0), (1, 0), (1, 1)))

    def command(camera: str, region: CameraRegion | None, ago_s: float = 0.0) -> Command:
        values = _command(issued_at=datetime.now(UTC) - timedelta(seconds=ago_s)).model_dump()
        return Command(**values | {"kind": CommandKind.SET_REGION, "camera": camera, "region": region, "lane": "out-1"})

    first = command("out-1-front", region)
    assert desk.say(first).done
    assert desk.say(first).detail == "repeated: it was carried out before"
    assert desk.say(command("out-1-front", None, ago_s=60)).detail == "expired"
    assert desk.regions == {"out-1-front": region}
    answer = desk.say(command("in-1-moon", region))
    assert (answer.done, answer.detail) == (False, "lane in-1 has no camera in-1-moon")


def test_view_is_confirmed_once_and_in_time(desk: Desk) -> None:
    """Of one camera, with or without a barrier."""
    fresh = _command().model_dump() | {"kind": CommandKind.SET_VIEW_REFERENCE, "camera": "out-1-front", "lane": "out-1"}
    assert desk.say(Command(**fresh)).done
    assert not desk.say(Command(**fresh)).done
    assert desk.views == ["out-1-front"]


def test_mode_is_set_once_and_in_time(desk: Desk) -> None:
    """With or without a barrier; why the node does not do it comes back as the reason."""

    def command(mode: LaneMode, ago_s: float = 0.0) -> Command:
        values = _command(CommandKind.OPEN, lane="out-1", issued_at=datetime.now(UTC) - timedelta(seconds=ago_s))
        special = {"kind": CommandKind.SET_LANE_MODE, "mode": mode, "reason": "made up"}
        return Command(**values.model_dump() | special)

    first = command(LaneMode.MANUAL)
    assert desk.say(first).done
    assert desk.say(first).detail == "repeated: it was carried out before"
    assert desk.say(command(LaneMode.ASSIST, ago_s=60)).detail == "expired"
    refused = desk.say(command(LaneMode.AUTO))
    assert (refused.done, refused.detail) == (False, "a made-up reason")
    assert desk.modes == [("out-1", LaneMode.MANUAL)]


def _about_evidence(kind: CommandKind, passage_id: UUID, *, lane: str = "out-1") -> Command:
    return Command(**_command(lane=lane).model_dump() | {"kind": kind, "passage_id": passage_id})


def test_disputed_pictures_are_kept_until_released(desk: Desk, house: Any, make_lane: Any) -> None:
    """Keep and release are carried out, once each and in time, in a lane with a barrier or without."""
    make_lane().left("in-1-front", VehicleLeft(1, house.seen("12C34567", 0, 9)))
    passage_id = house.told()[0].passage_id
    keep = _about_evidence(CommandKind.KEEP_EVIDENCE, passage_id)
    assert desk.say(keep).done
    assert house.evidence.metrics()["evidence_mb_disputed"] == house.evidence.metrics()["evidence_mb_unsent"]
    assert house.outbox.pictures.usage().disputed > 0
    assert desk.say(keep).detail == "repeated: it was carried out before"
    assert desk.say(_about_evidence(CommandKind.RELEASE_EVIDENCE, passage_id)).done
    assert house.outbox.pictures.usage().disputed == 0


def test_dispute_about_pictures_that_are_not_here_is_answered_so(desk: Desk) -> None:
    """A person learns at once that this node cannot keep what it does not have."""
    answer = desk.say(_about_evidence(CommandKind.KEEP_EVIDENCE, uuid4()))
    assert not answer.done
    assert "this node has no picture of passage" in answer.detail


def test_dispute_that_the_disk_refuses_is_answered_so(desk: Desk, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not written down does not count as done."""

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(house.outbox.pictures, "dispute", full)
    answer = desk.say(_about_evidence(CommandKind.KEEP_EVIDENCE, uuid4()))
    assert (answer.done, answer.detail) == (False, "the disk is full")
