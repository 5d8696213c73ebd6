"""The simulated world: its lanes, their cameras, their faults, and what was declared. Moved by a clock it is given."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np

from contract.messages import Direction
from simulation.lane import LaneWorld, Phase, Visit
from simulation.platform import SimPlatform
from simulation.scene import LaneScene
from simulation.settings import FaultKind, SimGate, SimLane, SimulationSettings
from simulation.traffic import Declared, LaneTraffic, Lorry, declaration_for, no_show

_FIRST = (Declared.EXACT, Declared.NOT_AT_ALL, Declared.MISTYPED, Declared.EXACT)
"""How the first lorry of each lane was declared, so that every outcome is seen soon."""
_NO_SHOWS_S = (45.0, 100.0, 400.0, 1500.0)
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 85]


@dataclass
class SimCamera:
    """A camera's own state: which lane it sees, and what is wrong with it."""

    lane: LaneWorld
    scene: LaneScene
    rear: bool
    fault: FaultKind | None = None
    last_jpeg: bytes = b""

    def busy(self) -> bool:
        """Whether something is to be seen."""
        return (self.lane.departure if self.rear else self.lane.visit) is not None

    def jpeg(self, now_s: float) -> bytes | None:
        """The picture now as JPEG; None when the signal is lost."""
        if self.fault == "signal_lost":
            return None
        if self.fault == "freeze" and self.last_jpeg:
            return self.last_jpeg
        if self.fault == "dark":
            image = self.scene.dark()
        else:
            image = self.scene.rear(self.lane, now_s) if self.rear else self.scene.front(self.lane, now_s)
        _, encoded = cv2.imencode(".jpg", image, _JPEG)
        self.last_jpeg = np.asarray(encoded).tobytes()
        return self.last_jpeg


@dataclass
class World:
    """All gates. `began_at` is the wall clock at world second 0."""

    settings: SimulationSettings
    began_at: datetime
    platform: SimPlatform = field(default_factory=SimPlatform)
    lanes: dict[tuple[str, str], LaneWorld] = field(default_factory=dict)
    cameras: dict[tuple[str, str], SimCamera] = field(default_factory=dict)
    truth: list[dict[str, Any]] = field(default_factory=list)
    _declared: set[str] = field(default_factory=set)
    _number: int = 0
    _rng: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.settings.seed)
        for gate in self.settings.gates:
            for lane in gate.lanes:
                self._add_lane(gate, lane)
        for lane_world in self.lanes.values():
            lane_world.coming = lane_world.traffic.next()
            self._prepare(lane_world, lane_world.coming)
        for number, until_s in enumerate(_NO_SHOWS_S):
            gate = self.settings.gates[number % len(self.settings.gates)]
            self._publish(
                no_show(
                    self._rng, site=gate.site, direction=Direction.IN, number=self._next_number(), now=self.began_at,
                    until_s=until_s,
                )
            )  # fmt: skip

    def _add_lane(self, gate: SimGate, lane: SimLane) -> None:
        place = len(self.lanes)
        rng = random.Random(f"{self.settings.seed}/{gate.site}/{lane.lane}")
        traffic = LaneTraffic(gate.site, lane.lane, lane.direction, rng, _FIRST[place % len(_FIRST)])
        world = LaneWorld(
            gate.site,
            lane,
            traffic,
            rng,
            self.settings.gap_s,
            self.settings.officer_after_s,
            next_at_s=0.5 + 1.5 * place,
        )
        self.lanes[gate.site, lane.lane] = world
        scene = LaneScene(night=lane.night, seed=self.settings.seed + place)
        for camera in lane.cameras:
            self.cameras[gate.site, camera] = SimCamera(world, scene, rear=camera.endswith("-rear"))

    def tick(self, now_s: float) -> None:
        """Let the world move on to `now_s` seconds after its beginning."""
        with self._lock:
            for fault in self.settings.faults:
                camera = self.cameras.get((fault.site, fault.camera))
                if camera is not None and camera.fault is None and now_s >= fault.at_s:
                    camera.fault = fault.kind
            for lane in self.lanes.values():
                for visit in lane.tick(now_s):
                    self._ended(lane, visit)
                if lane.coming is not None and lane.coming.vehicle_id not in self._declared:
                    self._prepare(lane, lane.coming)

    def _prepare(self, lane: LaneWorld, lorry: Lorry) -> None:
        """Declare the lorry that comes next, and draw it ahead."""
        self._declared.add(lorry.vehicle_id)
        now_at = self.began_at + timedelta(seconds=lane.next_at_s)
        record = declaration_for(
            self._rng, lorry, site=lane.site, direction=lane.settings.direction, number=self._next_number(), now=now_at
        )
        if record:
            self._publish(record)
        for camera in self.cameras.values():
            if camera.lane is lane and not camera.rear:
                camera.scene.prepare(lorry)

    def _publish(self, record: dict[str, Any]) -> None:
        self.platform.publish(record)

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _ended(self, lane: LaneWorld, visit: Visit) -> None:
        lorry = visit.lorry
        self.truth.append(
            {
                "vehicle_id": lorry.vehicle_id,
                "site": lane.site,
                "lane": lane.settings.lane,
                "direction": lane.settings.direction.value,
                "plate": lorry.front.text if lorry.front else None,
                "trailer_plate": lorry.rear.text if lorry.rear else None,
                "readable": not lorry.muddy,
                "declared": lorry.declared.value,
                "arrived_at": self._at(visit.arrived_s).isoformat(),
                "left_at": self._at(visit.left_s or visit.arrived_s).isoformat(),
            }
        )
        if lane.settings.direction is Direction.IN and not lorry.muddy:
            for other in self.lanes.values():
                if other.site == lane.site and other.settings.direction is Direction.OUT:
                    self._declared.discard(lorry.vehicle_id)
                    other.traffic.will_leave(lorry)
                    break

    def _at(self, now_s: float) -> datetime:
        return self.began_at + timedelta(seconds=now_s)

    def waiting(self) -> int:
        """How many lorries stand at a barrier now."""
        return sum(lane.phase is Phase.STOPPED for lane in self.lanes.values())
