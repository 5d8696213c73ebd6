"""The simulated world: its lanes, their cameras, their faults, and what was declared. Moved by a clock it is given.

`World` belongs to one thread. Pictures may be drawn in others: `SimCamera.jpeg` gets a `Sight`, which never changes.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np

from contract.messages import Direction
from simulation.declarations import Change, Declarant
from simulation.lane import LaneWorld, Sight, Visit
from simulation.platform import SimPlatform
from simulation.scene import LaneScene
from simulation.settings import Fault, FaultKind, SimGate, SimLane, SimulationSettings
from simulation.traffic import Declared, LaneTraffic, Lorry

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
    _last_jpeg: bytes = b""

    def busy(self) -> bool:
        """Whether something is to be seen."""
        return (self.lane.departure if self.rear else self.lane.visit) is not None

    def jpeg(self, sight: Sight) -> bytes | None:
        """The picture of `sight` as JPEG; None when the signal is lost. May run in any thread."""
        if self.fault == "signal_lost":
            return None
        if self.fault == "freeze" and self._last_jpeg:
            return self._last_jpeg
        if self.fault == "dark":
            image = self.scene.dark()
        else:
            image = self.scene.rear(sight) if self.rear else self.scene.front(sight)
        _, encoded = cv2.imencode(".jpg", image, _JPEG)
        self._last_jpeg = np.asarray(encoded).tobytes()
        return self._last_jpeg


@dataclass
class World:
    """All gates. `began_at` is the wall clock at world second 0."""

    settings: SimulationSettings
    began_at: datetime
    platform: SimPlatform = field(default_factory=SimPlatform)
    lanes: dict[tuple[str, str], LaneWorld] = field(default_factory=dict)
    cameras: dict[tuple[str, str], SimCamera] = field(default_factory=dict)
    truth: list[dict[str, Any]] = field(default_factory=list)
    _scenes: dict[int, LaneScene] = field(default_factory=dict)
    _faults: list[Fault] = field(default_factory=list)
    _changes: list[tuple[float, int, Change]] = field(default_factory=list)
    _undrawn: deque[tuple[LaneScene, Lorry]] = field(default_factory=deque)
    _planned: int = 0

    def __post_init__(self) -> None:
        self._declarant = Declarant(random.Random(self.settings.seed), self.began_at)
        self._faults = sorted(self.settings.faults, key=lambda fault: fault.at_s)
        for gate in self.settings.gates:
            for lane in gate.lanes:
                self._add_lane(gate, lane)
        for lane_world in self.lanes.values():
            self._expect_next(lane_world, 0.0)
        for number, until_s in enumerate(_NO_SHOWS_S):
            gate = self.settings.gates[number % len(self.settings.gates)]
            self._plan(self._declarant.no_show(site=gate.site, direction=Direction.IN, until_s=until_s))

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
        scene = LaneScene(
            night=lane.night,
            rear_camera=lane.rear_camera,
            mirrored=lane.direction is Direction.OUT,
            seed=self.settings.seed + place,
        )
        self._scenes[id(world)] = scene
        for camera in lane.cameras:
            self.cameras[gate.site, camera] = SimCamera(world, scene, rear=camera.endswith("-rear"))

    def tick(self, now_s: float) -> None:
        """Let the world move on to `now_s` seconds after its beginning."""
        while self._faults and now_s >= self._faults[0].at_s:
            fault = self._faults.pop(0)
            if camera := self.cameras.get((fault.site, fault.camera)):
                camera.fault = fault.kind
        for lane in self.lanes.values():
            for visit in lane.tick(now_s):
                self._ended(lane, visit)
            if lane.coming is None:
                self._expect_next(lane, now_s)
        while self._changes and now_s >= self._changes[0][0]:
            self.platform.publish(heapq.heappop(self._changes)[2].record)

    def draw_ahead(self) -> None:
        """Draw the lorries that come next, so that no frame waits for it. May run in any thread."""
        while self._undrawn:
            scene, lorry = self._undrawn.popleft()
            scene.prepare(lorry)

    def _expect_next(self, lane: LaneWorld, now_s: float) -> None:
        """The next lorry is on its way: it is declared now, seen later."""
        lane.coming = lorry = lane.traffic.next()
        direction = lane.settings.direction
        for change in self._declarant.for_lorry(lorry, site=lane.site, direction=direction, now_s=now_s):
            self._plan(change)
        scene = self._scenes[id(lane)]
        scene.keep({kept.vehicle_id for kept in lane.in_sight()})
        self._undrawn.append((scene, lorry))

    def _plan(self, change: Change) -> None:
        heapq.heappush(self._changes, (change.due_s, self._planned, change))
        self._planned += 1

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
                    other.traffic.will_leave(lorry)
                    break

    def _at(self, now_s: float) -> datetime:
        return self.began_at + timedelta(seconds=now_s)
