"""A whole node: cameras over HTTP, a broker, and a central that commits; things go away and come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import numpy as np
import pytest

from contract.messages import (
    CameraHealth,
    CommandKind,
    DecisionReason,
    EvidenceKind,
    HealthLevel,
    LaneInfo,
    LaneMode,
    Metrics,
    Status,
)
from contract.region import CameraRegion
from edge.clock import boot_id
from edge.lpr.types import Detection
from edge.outbox import Outbox
from tests.edge.node.whole_node import CameraServer, ColourDetector, ColourReader, House


@pytest.fixture
def house(tmp_path: Path, broker: Any, make_central: Any) -> Iterator[House]:
    cameras = CameraServer().start()
    house = House(tmp_path / "node", broker, make_central(broker), cameras)
    try:
        house.start()
        yield house
    finally:
        house.end()
        cameras.stop()


def test_vehicle_with_trailer_becomes_one_passage_with_its_pictures(house: House) -> None:
    """From light on two sensors to one record at central: both plates, decision, pictures that show them."""
    (birth, *_) = [status for status in house.central.of(Status) if status.online]
    assert birth.models == {"colours": "1"}
    assert birth.lanes[0].cameras == ("in-1-front", "in-1-rear")
    house.front.passes("12C34567")
    early = house.wait_for("12C34567")
    assert early.revision == 0
    house.front.empty()
    house.rear.passes("12R00123")
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    house.rear.empty()
    whole = house.wait_for("12C34567", lambda passage: passage.second_plate is not None)
    assert whole.second_plate is not None
    assert whole.second_plate.text == "12R00123"
    assert (whole.passage_id, whole.direction, whole.decision.verdict) == (early.passage_id, "in", "ask")
    house.central.wait_for(
        lambda: {ref.sha256 for ref in whole.evidence} <= set(house.central.pictures()), what="all its pictures"
    )
    for ref in whole.evidence:
        picture = house.central.pictures()[ref.sha256]
        shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
        seen = ColourReader().read(shown, ColourDetector().detect(shown, side_px=0)[0])
        assert seen is not None
        assert seen.text == ("12R00123" if ref.camera == "in-1-rear" else "12C34567")
    house.central.wait_for(lambda: bool(house.central.of(Metrics)), what="vital signs")
    values = house.central.of(Metrics)[-1].values
    # whatever a node says, it says when, by this start's clock, and how good that clock is
    assert {message.stamp.boot_id for message in house.central.heard} == {boot_id()}
    assert values["fps_in_1_front"] > 0
    assert values["frames_failed"] == 0


def test_pictures_that_central_has_are_kept_at_the_node(house: House, wait_until: Any) -> None:
    """Each becomes a file, named by its hash; a dispute about them is taken down, and counts in the vital signs."""
    house.front.passes("12C34567")
    house.wait_for("12C34567")
    house.front.empty()
    passage = house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    assert {ref.kind for ref in passage.evidence} == set(EvidenceKind)
    folder = house.config.data_dir / "evidence"
    files = [folder / ref.kind / f"{ref.sha256}.jpg" for ref in passage.evidence]
    wait_until(lambda: all(file.is_file() for file in files), what="the pictures are files")
    assert house.ask(CommandKind.KEEP_EVIDENCE, passage_id=passage.passage_id).done
    house.central.wait_for(
        lambda: any(metrics.values["evidence_mb_disputed"] > 0 for metrics in house.central.of(Metrics)),
        what="the dispute in the vital signs",
    )
    assert house.ask(CommandKind.RELEASE_EVIDENCE, passage_id=passage.passage_id).done
    assert "no picture" in house.ask(CommandKind.KEEP_EVIDENCE, passage_id=uuid4()).detail
    values = house.central.of(Metrics)[-1].values
    assert (values["evidence_damaged"], values["evidence_not_kept"], values["pictures_doubted"]) == (0, 0, 0)


def test_broker_that_goes_and_comes_costs_nothing(house: House, wait_until: Any) -> None:
    """A vehicle that passes while the broker is away is at central when it is back, once."""
    house.broker.kill()
    house.front.passes("12C34567")
    wait_until(lambda: house.waits_on_disk("12C34567", 0), what="the first vehicle is on disk")
    house.front.empty()
    wait_until(lambda: house.waits_on_disk("12C34567", 1), what="all of it is on disk")
    house.front.passes("51D12345")
    wait_until(lambda: house.waits_on_disk("51D12345", 0), what="the second vehicle is on disk")
    house.broker.start()
    house.front.empty()
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    house.wait_for("51D12345", lambda passage: passage.revision >= 1)
    with Outbox.open(house.config.data_dir / "outbox.db") as outbox:
        wait_until(lambda: outbox.counts().pending == 0, what="the outbox is empty")
        assert sorted(house.central.kept) == list(range(1, outbox.counts().last_seq + 1))


def test_camera_that_goes_is_told_and_the_other_works_on(house: House) -> None:
    """A frozen picture and cameras that are switched off are told with their reasons, and healed when they are back."""
    house.rear.frozen = True
    assert house.wait_for_level("in-1-rear", HealthLevel.FAILED).reason == "frozen"
    house.front.passes("12C34567")
    house.wait_for("12C34567")
    house.front.empty()
    house.rear.frozen = False
    house.wait_for_level("in-1-rear", HealthLevel.OK)
    house.cameras.stop()
    assert house.wait_for_level("in-1-front", HealthLevel.FAILED).reason in ("signal_lost", "no_frames")
    house.wait_for_level("in-1-rear", HealthLevel.FAILED)
    house.cameras.start()
    house.wait_for_level("in-1-front", HealthLevel.OK)
    house.front.passes("51D12345")
    house.wait_for("51D12345")


def test_vehicle_in_view_is_told_when_the_node_stops(house: House) -> None:
    """A node that is stopped while a lorry stands before it closes that passage and says goodbye."""
    house.front.passes("12C34567")
    house.wait_for("12C34567")
    house.end()
    house.wait_for("12C34567", lambda passage: passage.revision >= 1)
    house.central.wait_for(lambda: not house.central.of(Status)[-1].online, what="the goodbye")


def test_picture_that_breaks_the_reader_stops_no_lane(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that the reader stumbles over is counted, and the next one is read."""

    def stumble(*_: object, **__: object) -> list[Detection]:
        raise ValueError("a made-up fault")

    with monkeypatch.context() as broken:
        broken.setattr(ColourDetector, "detect", stumble)
        house.front.passes("12C34567")
        house.central.wait_for(
            lambda: any(metrics.values["frames_failed"] > 0 for metrics in house.central.of(Metrics)),
            what="failed frames in the vital signs",
        )
    house.wait_for("12C34567")


def test_region_set_from_central_counts_at_once_and_after_a_restart(house: House, wait_until: Any) -> None:
    """What stands beside the lane is not seen; the birth says where the lane lies; central may take it back."""
    beside = CameraRegion(lane=((0, 0), (0.1, 0), (0.1, 1), (0, 1)))
    assert house.set_region(beside).done
    assert house.central.of(Status)[-1].regions == {"in-1-front": beside}
    refused = house.set_region(beside, camera="in-1-moon")
    assert (refused.done, refused.detail) == (False, "lane in-1 has no camera in-1-moon")

    house.front.passes("12C34567")
    seen = house.front.served
    wait_until(lambda: house.front.served > seen + 40, what="the vehicle stood before the camera")
    house.front.empty()
    house.end()

    again = House(house.config.data_dir, house.broker, house.central, house.cameras)
    try:
        again.start()
        house.central.wait_for(lambda: house.central.of(Status)[-1].online, what="the birth of its next life")
        assert house.central.of(Status)[-1].regions == {"in-1-front": beside}
        assert again.set_region(None).done
        assert house.central.of(Status)[-1].regions == {}
        served = again.front.served
        wait_until(lambda: again.front.served > served + 20, what="the lane was seen empty")
        again.front.passes("51D12345")
        again.wait_for("51D12345")
        assert again.passage("12C34567") is None
    finally:
        again.end()


def test_mode_set_from_central_counts_at_once_and_after_a_restart(house: House) -> None:
    """The next vehicle is decided by it; the birth says who set it and why."""

    def told() -> LaneInfo:
        return house.central.of(Status)[-1].lanes[0]

    assert (told().mode, told().mode_since) == (LaneMode.ASSIST, None)
    refused = house.ask(CommandKind.SET_LANE_MODE, mode=LaneMode.AUTO, reason="made up")
    assert (refused.done, refused.detail) == (
        False,
        "lane in-1 cannot act alone: the node has no access list signed by central",
    )
    assert told().mode is LaneMode.ASSIST
    assert house.ask(CommandKind.SET_LANE_MODE, mode=LaneMode.MANUAL, reason="loop is being mended").done
    assert (told().mode, told().mode_by, told().mode_reason) == (LaneMode.MANUAL, "Lan", "loop is being mended")
    house.front.passes("12C34567")
    decision = house.wait_for("12C34567").decision
    assert decision is not None
    assert decision.reason is DecisionReason.LANE_MANUAL
    since = told().mode_since
    house.end()

    again = House(house.config.data_dir, house.broker, house.central, house.cameras)
    try:
        again.start()
        house.central.wait_for(lambda: house.central.of(Status)[-1].online, what="the birth of its next life")
        assert (told().mode, told().mode_by, told().mode_since) == (LaneMode.MANUAL, "Lan", since)
    finally:
        again.end()


def test_snapshot_brings_a_picture_as_large_as_the_frame(house: House) -> None:
    """The health that follows carries it; the usual ones stay small."""
    told = len(house.central.of(CameraHealth))
    assert house.ask(CommandKind.SNAPSHOT).done
    house.central.wait_for(
        lambda: {health.camera for health in house.central.of(CameraHealth)[told:]} == {"in-1-front", "in-1-rear"},
        what="both cameras' pictures",
    )
