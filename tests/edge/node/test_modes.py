"""Who moves a lane's barrier: set from central with a reason, kept on disk; less power always, more power with care."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from structlog.testing import capture_logs

from contract.messages import AccessList, Command, CommandKind, Direction, LaneInfo, LaneMode, TimeQuality
from edge.config import LaneSettings
from edge.gate_controller.access_list import AccessListKeeper
from edge.node import modes as modes_module
from edge.node.modes import LaneModes

AT = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
LANES = ("in-1", "out-1")
FILE = "lane-modes.json"
INFOS = tuple(LaneInfo(lane=lane, direction=Direction.IN, mode=LaneMode.ASSIST, cameras=()) for lane in LANES)


def configured(mode: LaneMode = LaneMode.ASSIST, reason: str = "ordered by Minh") -> tuple[LaneSettings, ...]:
    """Both lanes as an installer wrote them."""
    return tuple(LaneSettings(lane=lane, direction="in", mode=mode, auto_reason=reason) for lane in LANES)


def modes(
    folder: Path, lanes: tuple[LaneSettings, ...] = (), *, listed_until: datetime | None = AT + timedelta(hours=1)
) -> LaneModes:
    """As a node finds them at its start; lane out-1 has no barrier."""
    access = AccessListKeeper(folder / "access-list.json", "")
    if listed_until is not None:
        access.current = AccessList(
            site="made-up", node="made-up-1", version=1, issued_at=AT, expires_at=listed_until, entries=()
        )
    found = LaneModes(folder / FILE, lanes or configured(), with_barrier={"in-1"}, access=access)
    found.load(AT)
    return found


def wish(mode: LaneMode, *, lane: str = "in-1", actor: str = "lan", reason: str = "made up") -> Command:
    return Command(
        site="made-up", node="made-up-1", command_id=uuid4(), kind=CommandKind.SET_LANE_MODE, lane=lane, mode=mode,
        actor=actor, reason=reason, issued_at=AT, expires_at=AT + timedelta(seconds=20),
    )  # fmt: skip


def full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def test_a_mode_is_told_with_who_why_and_since_when_and_outlives_a_restart(tmp_path: Path) -> None:
    """The other lane stays as it is configured."""
    before = modes(tmp_path)
    assert before.told(INFOS) == INFOS
    assert before.set(wish(LaneMode.AUTO, actor="Lan", reason=" order 12 of the province "), AT) is None
    again = modes(tmp_path)
    assert (again.of("in-1"), again.of("out-1")) == (LaneMode.AUTO, LaneMode.ASSIST)
    told, other = again.told(INFOS)
    assert (told.mode, told.mode_by, told.mode_reason) == (LaneMode.AUTO, "Lan", "order 12 of the province")
    assert told.mode_since == AT
    assert other == INFOS[1]


@pytest.mark.parametrize(
    ("lane", "listed_until", "why"),
    [
        ("out-1", AT + timedelta(hours=1), "lane out-1 has no barrier of ours"),
        ("in-1", None, "no access list signed by central"),
        ("in-1", AT, "access list expired at 2026-03-02T07:00:00+00:00"),
    ],
)
def test_auto_is_refused_where_the_lane_could_not_act_alone(
    tmp_path: Path, lane: str, listed_until: datetime | None, why: str
) -> None:
    """With the reason, and nothing is written; less power is taken all the same."""
    found = modes(tmp_path, listed_until=listed_until)
    assert why in (found.set(wish(LaneMode.AUTO, lane=lane), AT) or "")
    assert found.of(lane) is LaneMode.ASSIST
    assert not (tmp_path / FILE).exists()
    assert found.set(wish(LaneMode.MANUAL, lane=lane), AT) is None
    assert modes(tmp_path).of(lane) is LaneMode.MANUAL


def test_auto_is_refused_on_a_clock_that_was_never_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On it no list has an age."""
    monkeypatch.setattr(modes_module, "time_quality", lambda: TimeQuality.UNSET)
    assert "clock was never set" in (modes(tmp_path).set(wish(LaneMode.AUTO), AT) or "")


def test_a_changed_configuration_counts_more_for_its_lane_alone(tmp_path: Path) -> None:
    """The later one wins; and changing it back does not bring the old mode back."""
    before = modes(tmp_path)
    for lane in LANES:
        assert before.set(wish(LaneMode.MANUAL, lane=lane), AT) is None
    changed = (configured(LaneMode.AUTO)[0], configured()[1])
    with capture_logs() as logs:
        again = modes(tmp_path, changed)
    assert [(line["lane"], line["log_level"]) for line in logs] == [("in-1", "warning"), ("out-1", "info")]
    assert (again.of("in-1"), again.of("out-1")) == (LaneMode.AUTO, LaneMode.MANUAL)
    back = modes(tmp_path)
    assert (back.of("in-1"), back.of("out-1")) == (LaneMode.ASSIST, LaneMode.MANUAL)


def test_another_reason_in_the_configuration_is_a_change(tmp_path: Path) -> None:
    """Somebody has ordered `auto` anew."""
    assert modes(tmp_path, configured(LaneMode.AUTO)).set(wish(LaneMode.MANUAL), AT) is None
    assert modes(tmp_path, configured(LaneMode.AUTO)).of("in-1") is LaneMode.MANUAL
    assert modes(tmp_path, configured(LaneMode.AUTO, "ordered by Hoa")).of("in-1") is LaneMode.AUTO


@pytest.mark.parametrize("content", [b"", b"{", b'{"lanes": {"in-1": {"mode": "fast"}}}'])
def test_what_cannot_be_read_leaves_no_lane_to_itself(tmp_path: Path, content: bytes) -> None:
    """Perhaps somebody had switched `auto` off: it is told, and a person must switch it on again."""
    (tmp_path / FILE).write_bytes(content)
    with capture_logs() as logs:
        found = modes(tmp_path, configured(LaneMode.AUTO))
    assert [line["log_level"] for line in logs] == ["error"]
    told, _ = found.told(INFOS)
    assert (told.mode, told.mode_by, told.mode_since) == (LaneMode.ASSIST, "", AT)
    assert found.set(wish(LaneMode.AUTO), AT) is None
    again = modes(tmp_path, configured(LaneMode.AUTO))
    assert (again.of("in-1"), again.of("out-1")) == (LaneMode.AUTO, LaneMode.ASSIST)


def test_a_disk_that_refuses_gives_no_more_power_and_takes_no_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`auto` needs the disk; switching it off does not, and is on disk as soon as that takes it."""
    found = modes(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("edge.durable.os.fsync", full)
        assert "No space left" in (found.set(wish(LaneMode.AUTO), AT) or "")
    assert found.of("in-1") is LaneMode.ASSIST
    assert found.set(wish(LaneMode.AUTO), AT) is None
    with monkeypatch.context() as broken:
        broken.setattr("edge.durable.os.fsync", full)
        assert found.set(wish(LaneMode.MANUAL), AT) is None
        assert found.of("in-1") is LaneMode.MANUAL
        found.store()
    assert modes(tmp_path).of("in-1") is LaneMode.AUTO
    found.store()
    assert modes(tmp_path).of("in-1") is LaneMode.MANUAL


class Life(RuleBasedStateMachine):
    """Modes set, refused, kept and overruled in any order, beside what an official would expect of them."""

    @initialize(mode=st.sampled_from(LaneMode))
    def begin(self, mode: LaneMode) -> None:
        self.folder = TemporaryDirectory()
        self.configured = dict.fromkeys(LANES, mode)
        self.expected = dict(self.configured)
        self._start()

    def _start(self) -> None:
        lanes = tuple(
            LaneSettings(lane=lane, direction="in", mode=mode, auto_reason="made up")
            for lane, mode in self.configured.items()
        )
        self.modes = modes(Path(self.folder.name), lanes)

    @rule(lane=st.sampled_from(LANES), mode=st.sampled_from(LaneMode))
    def set(self, lane: str, mode: LaneMode) -> None:
        refused = self.modes.set(wish(mode, lane=lane), AT)
        assert (refused is not None) == (mode is LaneMode.AUTO and lane == "out-1")
        if refused is None:
            self.expected[lane] = mode

    @rule()
    def restart(self) -> None:
        self._start()

    @rule(lane=st.sampled_from(LANES), mode=st.sampled_from(LaneMode))
    def configure_and_restart(self, lane: str, mode: LaneMode) -> None:
        if self.configured[lane] is not mode:
            self.configured[lane] = self.expected[lane] = mode
        self._start()

    @invariant()
    def counts(self) -> None:
        if hasattr(self, "expected"):
            assert {lane: self.modes.of(lane) for lane in LANES} == self.expected

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
