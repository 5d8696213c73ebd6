"""A whole node: cameras over HTTP, a broker, and a central that commits; things go away and come back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import cv2
import numpy as np
import pytest

from contract.messages import (
    CameraHealth,
    Command,
    CommandKind,
    CommandResult,
    EvidenceKind,
    HealthLevel,
    Metrics,
    Passage,
    Status,
)
from contract.plate import PlateColour, PlateCountry, PlateKind
from contract.region import CameraRegion
from contract.topics import parse_message
from edge.config import NodeConfig
from edge.frame import Image
from edge.lpr.engine import PlateReader
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, Detection, Read
from edge.node.node import run_node
from edge.outbox import Outbox

pytestmark = pytest.mark.timeout(240)
PLATES = {"12C34567": (200, 40, 40), "51D12345": (40, 200, 40), "12R00123": (40, 40, 200)}
"""In these pictures the colour of a plate (blue, green, red) says what stands on it."""


class LaneCamera:
    """A camera over HTTP: an empty lane, or a vehicle with a plate of the given colour. Each frame has its own noise."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.plate: str | None = None
        self.vehicle = False
        self.frozen = False
        self.served = 0
        self._noise = np.random.default_rng(5)
        self._scene = cv2.resize(self._noise.integers(70, 130, (18, 32, 3), dtype=np.uint8), (320, 180))
        self._last = b""

    def passes(self, plate: str | None) -> None:
        """A vehicle stands before the camera."""
        self.vehicle, self.plate = True, plate

    def empty(self) -> None:
        """It has gone."""
        self.vehicle, self.plate = False, None

    def jpeg(self) -> bytes:
        """The next frame."""
        self.served += 1
        if self.frozen and self._last:
            return self._last
        picture = self._scene.copy()
        if self.vehicle:
            picture[20:170, 60:260] = 215
        if self.plate:
            picture[120:150, 120:200] = PLATES[self.plate]
        noisy = np.clip(picture + self._noise.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
        self._last = cv2.imencode(".jpg", noisy)[1].tobytes()
        return self._last


class CameraServer:
    """Serves lane cameras as MJPEG; can be switched off and on again on its port."""

    def __init__(self) -> None:
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._off = threading.Event()
        self.cameras: dict[str, LaneCamera] = {}

    def start(self) -> Self:
        """Switch on."""
        cameras, off = self.cameras, threading.Event()
        self._off = off

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                camera = cameras[self.path.strip("/")]
                with contextlib.suppress(OSError):
                    while not off.wait(0.05):
                        jpeg = camera.jpeg()
                        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                        self.wfile.write(head.encode() + jpeg + b"\r\n")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def add(self, name: str) -> LaneCamera:
        """One camera more."""
        camera = self.cameras[name] = LaneCamera(f"http://127.0.0.1:{self._port}/{name}")
        return camera

    def stop(self) -> None:
        """Switch off; running streams end."""
        self._off.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class ColourDetector:
    """Takes what is coloured for a plate."""

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        spread = image.max(axis=2).astype(int) - image.min(axis=2)
        rows, columns = np.nonzero(spread > 90)
        if len(rows) < 200:
            return []
        box = Box(float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))
        corners = ((box.x1, box.y1), (box.x2, box.y1), (box.x2, box.y2), (box.x1, box.y2))
        return [Detection(box, corners, 0.99)]


class ColourReader:
    """Reads a plate's colour."""

    def read(self, image: Image, detection: Detection) -> Read | None:
        box = detection.box
        inner = image[int(box.y1) + 6 : int(box.y2) - 6, int(box.x1) + 6 : int(box.x2) - 6]
        if not inner.size:
            return None
        seen = np.median(inner.reshape(-1, 3), axis=0)
        text = min(PLATES, key=lambda plate: np.abs(seen - PLATES[plate]).sum())
        return Read(
            text=text,
            confidence=0.97,
            lattice=tuple(((character, 0.97),) for character in text),
            candidates=((text, 0.97),),
            country=PlateCountry.VN,
            kind=PlateKind.VN_CIVIL,
            colour=PlateColour.YELLOW,
            lines=1,
        )


class House:
    """A node at a lane with two cameras, run in a thread of the test."""

    def __init__(self, data_dir: Path, broker: Any, central: Any, cameras: CameraServer) -> None:
        self.broker, self.central, self.cameras = broker, central, cameras
        self.front, self.rear = cameras.add("in-1-front"), cameras.add("in-1-rear")
        self.stop = threading.Event()
        self.config = NodeConfig.model_validate(
            {
                "site": "made-up",
                "node": "made-up-1",
                "data_dir": data_dir,
                "report_every_s": 1.0,
                "mqtt": {"host": "127.0.0.1", "port": broker.port, "tls": False, "resend_after_s": 1.0},
                "lanes": [{"lane": "in-1", "direction": "in", "barrier": {"driver": "simulated", "poll_s": 0.05}}],
                "cameras": [
                    self._camera("in-1-front", self.front, "front"),
                    self._camera("in-1-rear", self.rear, "rear"),
                ],
                "health": {"starting_s": 5.0, "no_frames_s": 1.0, "enter_s": 0.5, "heal_s": 0.5},
                "lpr": {"leave_s": 0.4},
            }
        )
        self._thread = threading.Thread(target=self._run, name="node under test")

    @staticmethod
    def _camera(name: str, camera: LaneCamera, view: str) -> dict[str, Any]:
        waits = {"open_timeout_s": 2.0, "read_timeout_s": 1.0, "stale_after_s": 2.0}
        return {"name": name, "lane": "in-1", "source": camera.url, "view": view, "max_fps": 10, **waits}

    def _run(self) -> None:
        reader = PlateReader(ColourDetector(), ColourReader(), LprSettings(), {"colours": "1"})
        run_node(self.config, reader, self.stop)

    def start(self) -> None:
        self._thread.start()
        for camera in ("in-1-front", "in-1-rear"):
            self.wait_for_level(camera, HealthLevel.OK)

    def end(self) -> None:
        self.stop.set()
        if self._thread.is_alive():
            self._thread.join(30)
        assert not self._thread.is_alive(), "the node did not stop"

    def level(self, camera: str) -> HealthLevel | None:
        told = [health for health in self.central.of(CameraHealth) if health.camera == camera]
        return told[-1].level if told else None

    def wait_for_level(self, camera: str, level: HealthLevel) -> CameraHealth:
        self.central.wait_for(lambda: self.level(camera) is level, what=f"{camera} to be {level}")
        return [health for health in self.central.of(CameraHealth) if health.camera == camera][-1]

    def ask(self, kind: CommandKind, **more: Any) -> CommandResult:
        """Central asks for something; the node's answer."""
        now = datetime.now(UTC)
        command = Command(
            site="made-up", node="made-up-1", command_id=uuid4(), kind=kind, lane="in-1", actor="Lan",
            issued_at=now, expires_at=now + timedelta(seconds=60), **more,
        )  # fmt: skip
        self.central.say(command)

        def answers() -> list[CommandResult]:
            return [result for result in self.central.of(CommandResult) if result.command_id == command.command_id]

        self.central.wait_for(lambda: bool(answers()), what=f"the answer to {kind}")
        return answers()[0]

    def set_region(self, region: CameraRegion | None, camera: str = "in-1-front") -> CommandResult:
        """Central says where the lane lies."""
        return self.ask(CommandKind.SET_REGION, camera=camera, region=region)

    def passage(self, plate: str) -> Passage | None:
        """The passage of a plate as central has it last."""
        found = [one for one in self.central.passages().values() if one.plate and one.plate.text == plate]
        assert len(found) < 2, f"{plate} counts {len(found)} times"
        return found[0] if found else None

    def waits_on_disk(self, plate: str, revision: int) -> bool:
        """Whether this revision lies in the outbox."""
        with Outbox.open(self.config.data_dir / "outbox.db") as outbox:
            waiting = [parse_message(pending.topic, pending.payload) for pending in outbox.pending(1000)]
        passages = [message for message in waiting if isinstance(message, Passage) and message.plate]
        return any(passage.plate.text == plate and passage.revision == revision for passage in passages)

    def wait_for(self, plate: str, condition: Callable[[Passage], bool] = lambda _: True) -> Passage:
        def there() -> bool:
            passage = self.passage(plate)
            return passage is not None and condition(passage)

        self.central.wait_for(there, what=f"passage of {plate}")
        passage = self.passage(plate)
        assert passage is not None
        return passage


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
        again.front.passes("51D12345")
        again.wait_for("51D12345")
        assert again.passage("12C34567") is None
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
