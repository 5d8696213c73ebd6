"""A booth page served for real, over an outbox, a lane and a simulated barrier; and people who visit it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import cv2
import httpx
import numpy as np
from argon2 import PasswordHasher

from contract.messages import (
    Abstention,
    BoothOpening,
    CameraHealth,
    Decision,
    DecisionReason,
    EvidenceKind,
    HealthLevel,
    HealthReason,
    Metrics,
    NodeFinding,
    PlateRead,
    Verdict,
)
from contract.plate import PlateColour, parse
from contract.topics import parse_message
from edge.booth.persons import BoothRole
from edge.clock import stamp
from edge.config import NodeConfig
from edge.evidence.proof import Proof, prove
from edge.frame import Frame
from edge.gate_controller.access_list import AccessListKeeper
from edge.gate_controller.barrier import Mode
from edge.gate_controller.controller import GateController
from edge.gate_controller.simulated import SimulatedArm, SimulatedDriver
from edge.gate_controller.whereabouts import Whereabouts
from edge.lpr.types import Observation, VehicleLeft
from edge.node.booth import Booth
from edge.node.journal import Journal, PassageSoFar
from edge.node.lane import LaneRunner
from edge.outbox import Outbox

PASSWORD = "cầu Kỳ Lừa bắc qua sông"
_FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CHEAP = _FAST.hash(PASSWORD)
"""Checked as any other hash is, and quickly."""
OTHER_PASSWORD = "another made-up password"
OTHER_CHEAP = _FAST.hash(OTHER_PASSWORD)
LANES = ("in-1", "in-2", "out-1")
"""The last has no barrier of ours."""


def booth_config(data_dir: Path, **booth: Any) -> NodeConfig:
    """A node with three lanes."""
    simulated = {"driver": "simulated", "poll_s": 0.02}
    return NodeConfig.model_validate(
        {
            "site": "made-up",
            "node": "made-up-1",
            "data_dir": data_dir,
            "mqtt": {"host": "127.0.0.1", "port": 1, "tls": False},
            "lanes": [
                {"lane": "in-1", "direction": "in", "barrier": simulated},
                {"lane": "in-2", "direction": "in", "barrier": simulated},
                {"lane": "out-1", "direction": "out", "mode": "manual"},
            ],
            "cameras": [
                {"name": f"{lane}-front", "lane": lane, "source": "http://192.0.2.1/video.mjpeg"} for lane in LANES
            ],
            "booth": {"listen": "127.0.0.1:0", "persons_file": data_dir / "booth-persons.json"} | booth,
        }
    )


class BoothHouse:
    """A node's lanes, outbox and booth page, without its cameras: what they see is told by hand."""

    def __init__(self, data_dir: Path, **booth: Any) -> None:
        self.config = booth_config(data_dir, **booth)
        assert self.config.booth is not None
        self.persons_file = self.config.booth.persons_file
        self.persons: dict[str, dict[str, str]] = {}
        self.person("lan")
        self.outbox = Outbox(data_dir / "outbox.db")
        self.drivers = {lane: SimulatedDriver(SimulatedArm(travel_s=0.2)) for lane in LANES[:2]}
        self.gates = {
            lane.lane: GateController(lane.lane, self.drivers[lane.lane], lane.barrier)
            for lane in self.config.lanes
            if lane.lane in self.drivers
        }
        self.connected = False
        self.booth = Booth(
            self.config,
            self.outbox,
            self.gates,
            lanes=self.config.lane_infos,
            connected=lambda: self.connected,
            open_lane=lambda lane, wish, at: self.lanes[lane].opened_by_operator(wish, at),
            on_stored=lambda: None,
        )
        self.journal = Journal(
            self.config, self.outbox, models={"made-up": "1"}, on_stored=lambda: None, on_told=self.booth.told
        )
        self.lanes = {
            lane.lane: LaneRunner(
                lane,
                self.journal,
                access=AccessListKeeper(data_dir / "access-list.json", ""),
                gate=self.gates.get(lane.lane),
                whereabouts=Whereabouts(data_dir / "went-through.jsonl"),
                join_window_s=8.0,
                mode=lambda lane=lane: lane.mode,
            )
            for lane in self.config.lanes
        }
        self._clients: list[httpx.Client] = []

    def person(self, name: str, role: BoothRole = BoothRole.OPERATOR, password_hash: str = CHEAP) -> None:
        """Somebody may log in."""
        self.persons[name] = {"role": role, "password_hash": password_hash}
        self.write_persons()

    def write_persons(self) -> None:
        """Put those who may log in on disk, as the command does, in place of what was there."""
        part = self.persons_file.with_suffix(".new")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        part.write_text(json.dumps(self.persons))
        part.replace(self.persons_file)

    def start(self) -> None:
        """Barriers turn, the page is served."""
        for gate in self.gates.values():
            gate.start()
        self.booth.start()
        pause = threading.Event()
        while self.booth.port is None:
            pause.wait(0.02)

    def end(self) -> None:
        """All of it ends."""
        for client in self._clients:
            client.close()
        self.booth.stop()
        for gate in self.gates.values():
            gate.stop()
        self.outbox.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.booth.port}"

    def client(self) -> httpx.Client:
        """A browser that nobody has logged in with."""
        client = httpx.Client(base_url=self.url, timeout=60)
        self._clients.append(client)
        return client

    def enter(self, name: str = "lan", password: str = PASSWORD) -> httpx.Client:
        """A browser that somebody has logged in with."""
        client = self.client()
        answer = client.post("/login", data={"user": name, "password": password})
        assert answer.status_code == 303, answer.text
        return client

    def openings(self) -> list[BoothOpening]:
        """What waits in the outbox for central to learn of openings."""
        waiting = [parse_message(one.topic, one.payload) for one in self.outbox.pending(1000)]
        return [message for message in waiting if isinstance(message, BoothOpening)]

    def passes(
        self,
        text: str | None,
        lane: str = "in-1",
        *,
        passage_id: UUID | None = None,
        verdict: Verdict = Verdict.ASK,
        ago_s: float = 4.0,
        grey: int = 120,
        lines: int = 1,
        colour: PlateColour = PlateColour.YELLOW,
    ) -> PassageSoFar:
        """A vehicle is told by a lane, with the pictures that prove it."""
        at = datetime.now(UTC) - timedelta(seconds=ago_s)
        settings = next(one for one in self.config.lanes if one.lane == lane)
        proofs = _proofs(f"{lane}-front", at, text, grey)
        reason = DecisionReason.LISTED_EXACT if verdict is Verdict.GRANT else DecisionReason.LANE_ASSIST
        passage = PassageSoFar(
            passage_id=passage_id or uuid4(),
            first_seen_at=at,
            last_seen_at=at + timedelta(seconds=1),
            frames=12,
            reads=8,
            plate=read(text, colour, lines) if text else None,
            abstained=None if text else Abstention.ILLEGIBLE,
            direction=None,
            decision=Decision(verdict=verdict, reason=reason, at=at),
            evidence=tuple(proof.ref for proof in proofs),
            revision=0,
        )
        assert self.journal.record(settings, passage, proofs)
        return passage

    def leaves(self, text: str, lane: str = "in-1") -> None:
        """A vehicle that came three seconds ago has left the view of a lane's camera."""
        at, now_s = datetime.now(UTC), time.monotonic()
        image = _lane_picture(130)
        seen = Observation(
            first_seen_at=at - timedelta(seconds=3),
            last_seen_at=at,
            first_monotonic_s=now_s - 3,
            last_monotonic_s=now_s,
            direction=None,
            plate=read(text),
            second_plate=None,
            abstained=None,
            frames=12,
            reads=8,
            best_frame=Frame(image, f"{lane}-front", at, now_s, 7),
            best_crop=np.ascontiguousarray(image[260:290, 270:370]),
        )
        self.lanes[lane].left(f"{lane}-front", VehicleLeft(1, seen))

    def reports(
        self,
        lane: str,
        level: HealthLevel = HealthLevel.OK,
        reason: HealthReason | None = None,
        grey: int = 90,
        **more: Any,
    ) -> None:
        """A camera tells how it does."""
        now = datetime.now(UTC)
        jpeg = prove(_lane_picture(grey), EvidenceKind.OVERVIEW, camera=f"{lane}-front", captured_at=now).jpeg
        self.booth.told_health(
            CameraHealth(
                site="made-up",
                node="made-up-1",
                lane=lane,
                camera=f"{lane}-front",
                level=level,
                reason=reason,
                since=now - timedelta(minutes=12),
                stamp=stamp(),
                frame_at=now,
                jpeg=jpeg,
                **more,
            )
        )

    def measures(self, *findings: NodeFinding, **values: float) -> None:
        """The node tells how it does."""
        usual = {"outbox_pending": 0.0, "disk_free_mb": 61_300.0, "not_on_disk": 0.0, "cpu_temperature_c": 51.0}
        self.booth.told_metrics(
            Metrics(site="made-up", node="made-up-1", stamp=stamp(), values=usual | values, findings=findings)
        )


def form_of(page: str, name: str) -> str:
    """The value of a hidden field."""
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def ask_to_open(client: httpx.Client, lane: str = "in-1", **fields: str) -> httpx.Response:
    """Fill in the form that opens, and send it."""
    page = client.get(f"/open/{lane}").text
    filled = {"csrf": form_of(page, "csrf"), "form": form_of(page, "form"), "reason": "papers", "words": ""}
    return client.post(f"/open/{lane}", data=filled | fields)


def is_open(house: BoothHouse, lane: str = "in-1") -> Callable[[], bool]:
    """Whether the arm is up."""
    return lambda: house.gates[lane].mode is Mode.OPEN


def read(text: str, colour: PlateColour = PlateColour.YELLOW, lines: int = 1) -> PlateRead:
    """A plate as a camera reads it."""
    found = next(iter(parse(text, colour=colour, lines=lines)), None) or parse(text)[0]
    return PlateRead(
        text=text, confidence=0.97, country=found.country, kind=found.kind, colour=colour, lines=1 if lines == 1 else 2
    )


def _proofs(camera: str, at: datetime, text: str | None, grey: int) -> list[Proof]:
    frame = _lane_picture(grey)
    proofs = [prove(frame, EvidenceKind.FRAME, camera=camera, captured_at=at)]
    if text is not None:
        crop = np.full((40, 140, 3), (40, 178, 246), np.uint8)
        latin = "".join(sign for sign in text if sign.isascii())
        cv2.putText(crop, latin, (6, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.75, (20, 20, 20), 2)
        proofs.append(prove(crop, EvidenceKind.CROP, camera=camera, captured_at=at))
    return proofs


def _lane_picture(grey: int) -> Any:
    image = np.full((360, 640, 3), grey, np.uint8)
    cv2.rectangle(image, (180, 60), (460, 320), (grey // 2 + 90,) * 3, -1)
    cv2.rectangle(image, (270, 260), (370, 290), (40, 178, 246), -1)
    return image
