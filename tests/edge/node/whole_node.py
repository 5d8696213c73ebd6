"""A whole node to test: its cameras over HTTP, in a lane of colours, and what central hears of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import cv2
import numpy as np

from contract.messages import (
    CameraHealth,
    Command,
    CommandKind,
    CommandResult,
    HealthLevel,
    Passage,
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
from edge.node.reload import Reload
from edge.node.service import ServiceManager
from edge.outbox import Outbox

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
        self.manager: ServiceManager | None = None
        self.reload: Reload | None = None
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
        run_node(self.config, reader, self.stop, manager=self.manager, reload=self.reload)

    def begin(self) -> None:
        """Run the node; how its cameras do is the test's to wait for."""
        self._thread.start()

    def start(self) -> None:
        self.begin()
        for camera in ("in-1-front", "in-1-rear"):
            self.wait_for_level(camera, HealthLevel.OK)

    def end(self) -> None:
        self.stop.set()
        if self._thread.is_alive():
            self._thread.join(60)
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
